//! What Google's clients made: stackctl takes it over without changing a field, sees what they change, puts it back,
//! makes anew what they delete; and what stackctl destroys is gone for them.

mod compute;
mod endpoint;
mod identity;
mod run;
mod sql;
mod storage;

pub use compute::{make_address, make_network, make_subnetwork};
pub use sql::{finish, make_instance};
pub use storage::make_secret;

use crate::answer::done;
use crate::context::{PROJECT, World};

const HEAD: &str = "stack: made\nproject: sandbox-project\nregion: us-central1\n\n";

/// A stack of these entries and a cloud in which the APIs are enabled, by Google's client.
pub async fn world(entries: &str) -> World {
    let world = World::with(&format!("{HEAD}{entries}")).await;
    enable(&world).await;
    world
}

/// Enables what the kinds need.
pub async fn enable(world: &World) {
    let services = ["compute", "iam", "cloudresourcemanager", "sqladmin", "secretmanager", "artifactregistry", "run"];
    let usage = &world.clients.usage;
    let request = usage.batch_enable_services().set_parent(format!("projects/{PROJECT}"));
    let request = request.set_service_ids(services.map(|service| format!("{service}.googleapis.com")));
    let enabled = done!(request).unwrap();
    assert_eq!(enabled.services.len(), services.len());
    assert_eq!(enabled.failures.len(), 0);
}

#[tokio::test]
async fn services_are_enabled() {
    let world = world("apis: [pubsub.googleapis.com]\n").await;
    world.run(&["apply", "--yes"], 0);
    world.plans_nothing();
    let get = world.clients.usage.get_service().set_name(format!("projects/{PROJECT}/services/pubsub.googleapis.com"));
    assert_eq!(get.send().await.unwrap().state, google_cloud_api_serviceusage_v1::model::State::Enabled);
}
