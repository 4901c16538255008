//! Secrets with their versions, and repositories.

use google_cloud_artifactregistry_v1::model::repository::{Format, Mode};
use google_cloud_secretmanager_v1::model::secret_version::State;

use super::identity::members;
use super::stack;
use crate::answer::{all, known};
use crate::context::{PROJECT, REGION, World};

#[tokio::test]
async fn secrets_are_read() {
    let world = World::applied(&stack()).await;
    let secrets = &world.clients.secrets;
    let name = format!("projects/{PROJECT}/secrets/prefect-auth");
    let secret = known(secrets.get_secret().set_name(&name).send().await.unwrap());
    assert!(secret.name.ends_with("/secrets/prefect-auth"));
    assert!(!secret.name.contains(PROJECT), "names say the project's number: {}", secret.name);
    assert_eq!(secret.labels["stackctl-stack"], "prefect");
    assert!(secret.replication.clone().unwrap().automatic().is_some());
    let listed = all!(secrets.list_secrets().set_parent(format!("projects/{PROJECT}")));
    assert_eq!(listed, [secret]);
    let policy = known(secrets.get_iam_policy().set_resource(&name).send().await.unwrap());
    let member = "serviceAccount:prefect-sa@sandbox-project.iam.gserviceaccount.com";
    assert_eq!(members(&policy, "roles/secretmanager.secretAccessor"), [member]);
}

#[tokio::test]
async fn secret_versions_and_payloads_are_read() {
    let stack = stack().replace("\nrepositories:", "  given: {env: GIVEN}\n\nrepositories:");
    let world = World::with(&stack).await;
    world.run_with(&["apply", "--yes"], &[("GIVEN", "a known payload")], 0);
    let secrets = &world.clients.secrets;
    let of = |secret: &str| format!("projects/{PROJECT}/secrets/{secret}");
    let versions = all!(secrets.list_secret_versions().set_parent(of("given")));
    assert_eq!(versions.len(), 1);
    assert!(versions[0].name.ends_with("/secrets/given/versions/1"));
    assert_eq!(versions[0].state, State::Enabled);
    let given = secrets.access_secret_version().set_name(of("given/versions/latest")).send().await.unwrap();
    let payload = known(given).payload.unwrap();
    assert_eq!(&payload.data[..], b"a known payload");
    assert!(payload.data_crc32c.is_some());
    let generated = secrets.access_secret_version().set_name(of("prefect-auth/versions/1")).send().await.unwrap();
    let generated = generated.payload.unwrap().data;
    assert!(generated.starts_with(b"admin:"));
    assert_eq!(generated.len(), "admin:".len() + 32);
    let stored = world.everything_stackctl_wrote();
    assert!(!stored.contains(std::str::from_utf8(&generated).unwrap()), "the payload is kept nowhere else");
    assert!(!stored.contains("a known payload"));
}

#[tokio::test]
async fn repositories_are_read() {
    let world = World::applied(&stack()).await;
    let registry = &world.clients.registry;
    let parent = format!("projects/{PROJECT}/locations/{REGION}");
    let name = format!("{parent}/repositories/prefect-repo");
    let repository = known(registry.get_repository().set_name(&name).send().await.unwrap());
    assert_eq!(repository.name, name);
    assert_eq!((&repository.format, &repository.mode), (&Format::Docker, &Mode::StandardRepository));
    assert_eq!(repository.labels["stackctl-stack"], "prefect");
    assert_eq!(repository.registry_uri, format!("{REGION}-docker.pkg.dev/{PROJECT}/prefect-repo"));
    assert_eq!(all!(registry.list_repositories().set_parent(parent)), [repository]);
}
