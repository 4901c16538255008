//! Forwarding rules: the Private Service Connect endpoint of a database.

use google_cloud_compute_v1::model::ForwardingRule;
use google_cloud_compute_v1::model::forwarding_rule::PscConnectionStatus;

use super::compute::{NETWORK, SUBNETWORK, make_address, make_network, make_subnetwork};
use super::sql::{INSTANCE, make_instance};
use super::world;
use crate::answer::{done, known, refusal};
use crate::context::{PROJECT, REGION, World};

async fn make_rule(world: &World) {
    let instance = world.clients.instances.get().set_project(PROJECT).set_instance("main").send().await.unwrap();
    let rule = ForwardingRule::new()
        .set_name("database")
        .set_ip_address(format!("projects/{PROJECT}/regions/{REGION}/addresses/database"))
        .set_network(format!("projects/{PROJECT}/global/networks/main"))
        .set_allow_psc_global_access(true)
        .set_target(instance.psc_service_attachment_link.unwrap());
    let insert = world.clients.forwarding_rules.insert().set_project(PROJECT).set_region(REGION).set_body(rule);
    known(done!(insert).unwrap()).to_result().unwrap();
}

#[tokio::test]
async fn forwarding_rules_are_taken_over() {
    let entries = "addresses:
  database: {subnetwork: apps, address: 10.0.0.5}
forwardingRules:
  database:
    network: main
    address: database
    target: ${sqlInstances.main.pscServiceAttachmentLink}
    allowPscGlobalAccess: true
";
    let world = world(&format!("{NETWORK}{SUBNETWORK}{INSTANCE}{entries}")).await;
    let rules = &world.clients.forwarding_rules;
    make_network(&world).await;
    make_subnetwork(&world).await;
    make_address(&world).await;
    make_instance(&world).await;
    make_rule(&world).await;
    world.adopts("forwardingRules.database");

    let get = || rules.get().set_project(PROJECT).set_region(REGION).set_forwarding_rule("database").send();
    let narrower = ForwardingRule::new().set_allow_psc_global_access(false);
    let patch = rules.patch().set_project(PROJECT).set_region(REGION).set_forwarding_rule("database");
    done!(patch.set_body(narrower)).unwrap().to_result().unwrap();
    world.drifts("forwardingRules.database", "allowPscGlobalAccess");
    assert_eq!(get().await.unwrap().allow_psc_global_access, Some(true));

    let delete = rules.delete().set_project(PROJECT).set_region(REGION).set_forwarding_rule("database");
    done!(delete).unwrap().to_result().unwrap();
    world.makes_anew("forwardingRules.database");
    assert_eq!(get().await.unwrap().psc_connection_status, Some(PscConnectionStatus::Accepted));

    world.destroys(&["sqlInstances.main"]);
    assert_eq!(refusal(get().await).http, 404);
}
