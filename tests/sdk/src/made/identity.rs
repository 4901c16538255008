//! Service accounts and bindings of the project's policy.

use google_cloud_gax::error::rpc::Code;
use google_cloud_iam_admin_v1::model::ServiceAccount;
use google_cloud_iam_v1::model::{Binding, GetPolicyOptions, Policy};
use google_cloud_wkt::FieldMask;

use super::world;
use crate::answer::{known, refusal};
use crate::context::{PROJECT, World};
use crate::reads::members;

const EMAIL: &str = "deployer@sandbox-project.iam.gserviceaccount.com";

#[tokio::test]
async fn service_accounts_are_taken_over() {
    let entries = "serviceAccounts:
  deployer: {displayName: One name, description: One thing, disabled: false}
";
    let world = world(entries).await;
    let iam = &world.clients.iam;
    let account = ServiceAccount::new().set_display_name("One name").set_description("One thing");
    let create = iam.create_service_account().set_name(format!("projects/{PROJECT}")).set_account_id("deployer");
    let made = known(create.set_service_account(account).send().await.unwrap());
    assert_eq!((made.email.as_str(), made.display_name.as_str()), (EMAIL, "One name"));
    world.adopts("serviceAccounts.deployer");

    let get = || iam.get_service_account().set_name(&made.name).send();
    let other = get().await.unwrap().set_display_name("Other name").set_description("Not in the mask");
    let patch = iam.patch_service_account().set_service_account(other);
    let patched = patch.set_update_mask(FieldMask::default().set_paths(["display_name"])).send().await.unwrap();
    assert_eq!((patched.display_name.as_str(), patched.description.as_str()), ("Other name", ""), "only what changed");
    assert_eq!(get().await.unwrap().description, "One thing");
    world.drifts("serviceAccounts.deployer", "displayName");
    assert_eq!(get().await.unwrap().display_name, "One name");

    iam.disable_service_account().set_name(&made.name).send().await.unwrap();
    assert!(get().await.unwrap().disabled);
    world.drifts("serviceAccounts.deployer", "disabled");
    assert!(!get().await.unwrap().disabled);

    iam.delete_service_account().set_name(&made.name).send().await.unwrap();
    assert_eq!(refusal(get().await).code, Code::NotFound);
    world.makes_anew("serviceAccounts.deployer");
    assert_ne!(get().await.unwrap().unique_id, made.unique_id, "another account under the same name");

    world.destroys(&[]);
    assert_eq!(refusal(get().await).code, Code::NotFound);
}

async fn policy(world: &World) -> Policy {
    let options = GetPolicyOptions::new().set_requested_policy_version(3);
    let get = world.clients.projects.get_iam_policy().set_resource(format!("projects/{PROJECT}"));
    known(get.set_options(options).send().await.unwrap())
}

async fn write(world: &World, policy: Policy) {
    let set = world.clients.projects.set_iam_policy().set_resource(format!("projects/{PROJECT}"));
    known(set.set_policy(policy.set_version(3)).send().await.unwrap());
}

#[tokio::test]
async fn project_bindings_are_taken_over() {
    let entries = "iamBindings:
  auditors:
    role: roles/logging.viewer
    members: [\"group:audit@example.com\", \"user:ann@example.com\"]
";
    let world = world(entries).await;
    let role = "roles/logging.viewer";
    let mut found = policy(&world).await;
    let given = ["group:audit@example.com", "user:ann@example.com", "user:other@example.com"];
    found.bindings.push(Binding::new().set_role(role).set_members(given));
    write(&world, found).await;
    world.adopts("iamBindings.auditors");
    assert_eq!(members(&policy(&world).await, role), given, "the third one is not ours");

    let mut found = policy(&world).await;
    for binding in found.bindings.iter_mut().filter(|binding| binding.role == role) {
        binding.members.retain(|member| member != "user:ann@example.com");
    }
    write(&world, found).await;
    world.drifts("iamBindings.auditors", "members");
    let mut now = members(&policy(&world).await, role).iter().map(ToString::to_string).collect::<Vec<_>>();
    now.sort();
    assert_eq!(now, given);

    let mut found = policy(&world).await;
    found.bindings.retain(|binding| binding.role != role);
    write(&world, found).await;
    world.makes_anew("iamBindings.auditors");
    let mut now = members(&policy(&world).await, role).iter().map(ToString::to_string).collect::<Vec<_>>();
    now.sort();
    assert_eq!(now, given[..2]);

    world.destroys(&[]);
    assert!(members(&policy(&world).await, role).is_empty());
}
