//! Service accounts, the project's policy, and the APIs that were enabled.

use google_cloud_api_serviceusage_v1::model::State;
use google_cloud_iam_v1::model::{GetPolicyOptions, Policy};
use google_cloud_resourcemanager_v3::model::project;

use super::stack;
use crate::answer::{all, known};
use crate::context::{PROJECT, World};

const EMAIL: &str = "prefect-sa@sandbox-project.iam.gserviceaccount.com";

/// Who holds a role.
pub fn members<'a>(policy: &'a Policy, role: &str) -> Vec<&'a str> {
    let bindings = policy.bindings.iter().filter(|binding| binding.role == role);
    bindings.flat_map(|binding| &binding.members).map(String::as_str).collect()
}

#[tokio::test]
async fn service_accounts_are_read() {
    let world = World::applied(&stack()).await;
    let iam = &world.clients.iam;
    let name = format!("projects/{PROJECT}/serviceAccounts/{EMAIL}");
    let account = known(iam.get_service_account().set_name(&name).send().await.unwrap());
    assert_eq!((account.name.as_str(), account.email.as_str()), (name.as_str(), EMAIL));
    assert_eq!(account.display_name, "Prefect database service account");
    assert_eq!((account.project_id.as_str(), account.disabled), (PROJECT, false));
    assert_eq!(account.unique_id.len(), 21);
    let by_wildcard = iam.get_service_account().set_name(format!("projects/-/serviceAccounts/{}", account.unique_id));
    assert_eq!(by_wildcard.send().await.unwrap(), account);
    let listed = all!(iam.list_service_accounts().set_name(format!("projects/{PROJECT}")));
    assert!(listed.contains(&account));
}

#[tokio::test]
async fn project_policies_are_read() {
    let world = World::applied(&stack()).await;
    let options = GetPolicyOptions::new().set_requested_policy_version(3);
    let get = world.clients.projects.get_iam_policy().set_resource(format!("projects/{PROJECT}")).set_options(options);
    let policy = known(get.send().await.unwrap());
    let member = format!("serviceAccount:{EMAIL}");
    assert!(members(&policy, "roles/cloudsql.client").contains(&member.as_str()), "{policy:?}");
    assert!(members(&policy, "roles/cloudsql.instanceUser").contains(&member.as_str()));
    assert!(!policy.etag.is_empty());
    let tested = world.clients.projects.test_iam_permissions().set_resource(format!("projects/{PROJECT}"));
    let tested = tested.set_permissions(["run.services.create"]).send().await.unwrap();
    assert_eq!(tested.permissions, ["run.services.create"]);
}

#[tokio::test]
async fn projects_are_read() {
    let world = World::applied(&stack()).await;
    let get = world.clients.projects.get_project().set_name(format!("projects/{PROJECT}"));
    let found = known(get.send().await.unwrap());
    assert_eq!((found.project_id.as_str(), &found.state), (PROJECT, &project::State::Active));
    let number = found.name.strip_prefix("projects/").unwrap();
    assert!(number.parse::<u64>().is_ok(), "`{number}` is no project number");
    let by_number = world.clients.projects.get_project().set_name(&found.name).send().await.unwrap();
    assert_eq!(by_number, found);
}

#[tokio::test]
async fn enabled_apis_are_read() {
    let world = World::applied(&stack()).await;
    let usage = &world.clients.usage;
    let name = format!("projects/{PROJECT}/services/run.googleapis.com");
    let run = known(usage.get_service().set_name(&name).send().await.unwrap());
    assert_eq!(run.state, State::Enabled);
    assert_eq!(run.config.clone().unwrap().name, "run.googleapis.com");
    let list = usage.list_services().set_parent(format!("projects/{PROJECT}")).set_filter("state:ENABLED");
    let enabled = all!(list);
    assert!(enabled.iter().any(|service| service.name == run.name));
    assert!(enabled.iter().all(|service| service.state == State::Enabled));
}
