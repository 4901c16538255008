//! Secrets with their versions, and repositories.

use google_cloud_artifactregistry_v1::model::Repository;
use google_cloud_artifactregistry_v1::model::repository::Format;
use google_cloud_gax::error::rpc::Code;
use google_cloud_secretmanager_v1::model::replication::Automatic;
use google_cloud_secretmanager_v1::model::secret_version::State;
use google_cloud_secretmanager_v1::model::{Replication, Secret, SecretPayload};
use google_cloud_wkt::FieldMask;

use super::world;
use crate::answer::{all, done, known, refusal};
use crate::context::{PROJECT, REGION, World};

/// A secret that is replicated by itself, with labels and annotations.
pub async fn make_secret(world: &World, id: &str) -> Secret {
    let secret = Secret::new()
        .set_replication(Replication::new().set_automatic(Automatic::new()))
        .set_labels([("team", "web")])
        .set_annotations([("owner", "web")]);
    let create = world.clients.secrets.create_secret().set_parent(format!("projects/{PROJECT}")).set_secret_id(id);
    known(create.set_secret(secret).send().await.unwrap())
}

#[tokio::test]
async fn secrets_are_taken_over() {
    let entries = "secrets:
  signing-key: {labels: {team: web}, annotations: {owner: web}}
";
    let world = world(entries).await;
    let secrets = &world.clients.secrets;
    let made = make_secret(&world, "signing-key").await;
    let payload = SecretPayload::new().set_data("from elsewhere");
    let version = secrets.add_secret_version().set_parent(&made.name).set_payload(payload).send().await.unwrap();
    assert!(known(version).name.ends_with("/versions/1"));
    world.adopts("secrets.signing-key");

    let get = || secrets.get_secret().set_name(&made.name).send();
    let other = get().await.unwrap().set_annotations([("owner", "data")]).set_labels([("not", "in-the-mask")]);
    let mask = FieldMask::default().set_paths(["annotations"]);
    let updated = known(secrets.update_secret().set_secret(other).set_update_mask(mask).send().await.unwrap());
    assert_eq!((updated.annotations["owner"].as_str(), updated.labels["team"].as_str()), ("data", "web"));
    world.drifts("secrets.signing-key", "annotations");
    assert_eq!(get().await.unwrap().annotations["owner"], "web");
    let latest = secrets.access_secret_version().set_name(format!("{}/versions/latest", made.name));
    assert_eq!(&latest.send().await.unwrap().payload.unwrap().data[..], b"from elsewhere", "versions stay");

    secrets.delete_secret().set_name(&made.name).send().await.unwrap();
    assert_eq!(refusal(get().await).code, Code::NotFound);
    world.makes_anew("secrets.signing-key");
    assert_eq!(get().await.unwrap().labels["team"], "web");

    world.destroys(&["secrets.signing-key"]);
    assert_eq!(refusal(get().await).code, Code::NotFound);
}

#[tokio::test]
async fn secret_versions_live_as_at_google() {
    let world = world("").await;
    let secrets = &world.clients.secrets;
    let made = make_secret(&world, "rotating").await;
    for payload in ["one", "two"] {
        let payload = SecretPayload::new().set_data(payload);
        secrets.add_secret_version().set_parent(&made.name).set_payload(payload).send().await.unwrap();
    }
    let of = |version: &str| format!("{}/versions/{version}", made.name);
    let disabled = known(secrets.disable_secret_version().set_name(of("2")).send().await.unwrap());
    assert_eq!(disabled.state, State::Disabled);
    let access = refusal(secrets.access_secret_version().set_name(of("2")).send().await);
    assert_eq!((access.http, access.code), (400, Code::FailedPrecondition));
    let enabled = known(secrets.enable_secret_version().set_name(of("2")).send().await.unwrap());
    assert_eq!(enabled.state, State::Enabled);
    assert_ne!(enabled.etag, disabled.etag, "each change of state is another version of the version");
    let destroyed = known(secrets.destroy_secret_version().set_name(of("1")).send().await.unwrap());
    assert_eq!(destroyed.state, State::Destroyed);
    assert!(destroyed.destroy_time.is_some());
    let states: Vec<State> =
        all!(secrets.list_secret_versions().set_parent(&made.name)).into_iter().map(|version| version.state).collect();
    assert_eq!(states, [State::Enabled, State::Destroyed], "the newest first");
}

#[tokio::test]
async fn repositories_are_taken_over() {
    let entries = "repositories:
  images: {format: DOCKER, description: One thing, labels: {team: web}}
";
    let world = world(entries).await;
    let registry = &world.clients.registry;
    let parent = format!("projects/{PROJECT}/locations/{REGION}");
    let name = format!("{parent}/repositories/images");
    let repository = Repository::new().set_format(Format::Docker).set_description("One thing");
    let create = registry.create_repository().set_parent(&parent).set_repository_id("images");
    let made = known(done!(create.set_repository(repository.set_labels([("team", "web")]))).unwrap());
    assert_eq!((made.name.as_str(), &made.format), (name.as_str(), &Format::Docker));
    world.adopts("repositories.images");

    let get = || registry.get_repository().set_name(&name).send();
    let other = get().await.unwrap().set_description("Other thing").set_labels([("not", "in-the-mask")]);
    let mask = FieldMask::default().set_paths(["description"]);
    let updated = known(registry.update_repository().set_repository(other).set_update_mask(mask).send().await.unwrap());
    assert_eq!((updated.description.as_str(), updated.labels["team"].as_str()), ("Other thing", "web"));
    world.drifts("repositories.images", "description");
    assert_eq!(get().await.unwrap().description, "One thing");

    done!(registry.delete_repository().set_name(&name)).unwrap();
    assert_eq!(refusal(get().await).code, Code::NotFound);
    world.makes_anew("repositories.images");
    assert_eq!(get().await.unwrap().labels["team"], "web");

    world.destroys(&["repositories.images"]);
    assert_eq!(refusal(get().await).code, Code::NotFound);
}
