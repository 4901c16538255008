//! Networks, subnetworks, addresses and forwarding rules.

use google_cloud_compute_v1::model::address::{AddressType, Purpose, Status};
use google_cloud_compute_v1::model::forwarding_rule::PscConnectionStatus;
use google_cloud_compute_v1::model::network::NetworkFirewallPolicyEnforcementOrder;
use google_cloud_compute_v1::model::network_routing_config::RoutingMode;
use google_cloud_compute_v1::model::subnetwork::{self, PrivateIpv6GoogleAccess, StackType};

use super::stack;
use crate::answer::{all, known};
use crate::context::{PROJECT, REGION, World};

const PREFIX: &str = "https://www.googleapis.com/compute/v1/projects/sandbox-project";

#[tokio::test]
async fn networks_are_read() {
    let world = World::applied(&stack()).await;
    let networks = &world.clients.networks;
    let network = networks.get().set_project(PROJECT).set_network("prefect-network").send().await.unwrap();
    let network = known(network);
    assert_eq!(network.name.as_deref(), Some("prefect-network"));
    assert_eq!(network.auto_create_subnetworks, Some(false));
    assert_eq!(network.routing_config.clone().unwrap().routing_mode, Some(RoutingMode::Regional));
    let order = network.network_firewall_policy_enforcement_order.clone();
    assert_eq!(order, Some(NetworkFirewallPolicyEnforcementOrder::AfterClassicFirewall));
    assert_eq!(network.self_link, Some(format!("{PREFIX}/global/networks/prefect-network")));
    assert_eq!(network.self_link_with_id, Some(format!("{PREFIX}/global/networks/{}", network.id.unwrap())));
    assert_eq!(network.subnetworks, [format!("{PREFIX}/regions/{REGION}/subnetworks/prefect-subnet")]);
    let listed = all!(networks.list().set_project(PROJECT).set_filter("name = prefect-network"));
    assert_eq!(listed, [network]);
}

#[tokio::test]
async fn subnetworks_are_read() {
    let world = World::applied(&stack()).await;
    let subnetworks = &world.clients.subnetworks;
    let get = subnetworks.get().set_project(PROJECT).set_region(REGION).set_subnetwork("prefect-subnet");
    let subnet = known(get.send().await.unwrap());
    assert_eq!(subnet.ip_cidr_range.as_deref(), Some("10.0.0.0/24"));
    assert_eq!(subnet.gateway_address.as_deref(), Some("10.0.0.1"));
    assert_eq!(subnet.private_ip_google_access, Some(true));
    assert_eq!(subnet.network, Some(format!("{PREFIX}/global/networks/prefect-network")));
    assert_eq!(subnet.region, Some(format!("{PREFIX}/regions/{REGION}")));
    assert_eq!(subnet.purpose, Some(subnetwork::Purpose::Private));
    assert_eq!(subnet.stack_type, Some(StackType::Ipv4Only));
    assert_eq!(subnet.private_ipv_6_google_access, Some(PrivateIpv6GoogleAccess::DisableGoogleAccess));
    assert_eq!(subnet.fingerprint.clone().unwrap().len(), 8, "a fingerprint is eight bytes");
    let listed = all!(subnetworks.list().set_project(PROJECT).set_region(REGION));
    assert!(listed.contains(&subnet));
    let everywhere = all!(subnetworks.aggregated_list().set_project(PROJECT));
    let (_, here) = everywhere.iter().find(|(scope, _)| scope == "regions/us-central1").unwrap();
    assert!(here.subnetworks.contains(&subnet));
}

#[tokio::test]
async fn addresses_are_read() {
    let world = World::applied(&stack()).await;
    let addresses = &world.clients.addresses;
    let get = addresses.get().set_project(PROJECT).set_region(REGION).set_address("prefect-db-ip");
    let address = known(get.send().await.unwrap());
    assert_eq!(address.address.as_deref(), Some("10.0.0.5"));
    assert_eq!(address.address_type, Some(AddressType::Internal));
    assert_eq!(address.purpose, Some(Purpose::GceEndpoint));
    assert_eq!(address.status, Some(Status::InUse), "the forwarding rule uses it");
    assert_eq!(address.users, [format!("{PREFIX}/regions/{REGION}/forwardingRules/prefect-db-endpoint")]);
    assert_eq!(address.subnetwork, Some(format!("{PREFIX}/regions/{REGION}/subnetworks/prefect-subnet")));
    assert_eq!(address.labels["stackctl-stack"], "prefect");
    let ours = |listed: Vec<_>| assert!(listed.contains(&address), "{listed:?}");
    ours(all!(addresses.list().set_project(PROJECT).set_region(REGION)));
}

#[tokio::test]
async fn forwarding_rules_are_read() {
    let world = World::applied(&stack()).await;
    let rules = &world.clients.forwarding_rules;
    let get = rules.get().set_project(PROJECT).set_region(REGION).set_forwarding_rule("prefect-db-endpoint");
    let rule = known(get.send().await.unwrap());
    assert_eq!(rule.ip_address.as_deref(), Some("10.0.0.5"));
    assert_eq!(rule.psc_connection_status, Some(PscConnectionStatus::Accepted));
    assert!(rule.psc_connection_id.is_some_and(|id| id > 0));
    assert_eq!(rule.load_balancing_scheme, None, "an endpoint balances no load");
    assert_eq!(rule.network, Some(format!("{PREFIX}/global/networks/prefect-network")));
    assert_eq!(rule.labels["stackctl-stack"], "prefect");
    let instance = world.clients.instances.get().set_project(PROJECT).set_instance("prefect-db").send().await.unwrap();
    let attachment = instance.psc_service_attachment_link.unwrap();
    assert!(rule.target.clone().unwrap().ends_with(&attachment), "{:?} {attachment}", rule.target);
    assert_eq!(all!(rules.list().set_project(PROJECT).set_region(REGION)), [rule]);
}
