//! Networks, subnetworks, addresses.

use google_cloud_compute_v1::model::address::AddressType;
use google_cloud_compute_v1::model::network_routing_config::RoutingMode;
use google_cloud_compute_v1::model::{
    Address, Network, NetworkRoutingConfig, RegionSetLabelsRequest, Subnetwork, SubnetworkSecondaryRange,
    SubnetworksExpandIpCidrRangeRequest, SubnetworksSetPrivateIpGoogleAccessRequest,
};

use super::world;
use crate::answer::{done, known, refusal};
use crate::context::{PROJECT, REGION, World};

/// A network called `main`.
pub async fn make_network(world: &World) {
    let network = Network::new()
        .set_name("main")
        .set_description("One thing")
        .set_auto_create_subnetworks(false)
        .set_mtu(1460)
        .set_routing_config(NetworkRoutingConfig::new().set_routing_mode(RoutingMode::Regional));
    let insert = world.clients.networks.insert().set_project(PROJECT).set_body(network);
    let operation = known(done!(insert).unwrap());
    assert_eq!((operation.operation_type.as_deref(), operation.progress), (Some("insert"), Some(100)));
    operation.to_result().unwrap();
}

/// A subnetwork of it called `apps`.
pub async fn make_subnetwork(world: &World) {
    let pods = SubnetworkSecondaryRange::new().set_range_name("pods").set_ip_cidr_range("10.4.0.0/14");
    let subnet = Subnetwork::new()
        .set_name("apps")
        .set_network(format!("projects/{PROJECT}/global/networks/main"))
        .set_ip_cidr_range("10.0.0.0/24")
        .set_private_ip_google_access(true)
        .set_secondary_ip_ranges([pods]);
    let insert = world.clients.subnetworks.insert().set_project(PROJECT).set_region(REGION).set_body(subnet);
    known(done!(insert).unwrap()).to_result().unwrap();
}

/// An address in it called `database`.
pub async fn make_address(world: &World) {
    let address = Address::new()
        .set_name("database")
        .set_address("10.0.0.5")
        .set_address_type(AddressType::Internal)
        .set_subnetwork(format!("projects/{PROJECT}/regions/{REGION}/subnetworks/apps"));
    let insert = world.clients.addresses.insert().set_project(PROJECT).set_region(REGION).set_body(address);
    known(done!(insert).unwrap()).to_result().unwrap();
}

pub const NETWORK: &str = "networks:
  main: {autoCreateSubnetworks: false, mtu: 1460, description: One thing, routingConfig: {routingMode: REGIONAL}}
";
pub const SUBNETWORK: &str = "subnetworks:
  apps:
    network: main
    ipCidrRange: 10.0.0.0/24
    privateIpGoogleAccess: true
    secondaryIpRanges: [{rangeName: pods, ipCidrRange: 10.4.0.0/14}]
";

#[tokio::test]
async fn networks_are_taken_over() {
    let world = world(NETWORK).await;
    let networks = &world.clients.networks;
    make_network(&world).await;
    world.adopts("networks.main");

    let routing = NetworkRoutingConfig::new().set_routing_mode(RoutingMode::Global);
    let patch = networks.patch().set_project(PROJECT).set_network("main");
    let patch = patch.set_body(Network::new().set_routing_config(routing));
    done!(patch).unwrap().to_result().unwrap();
    world.drifts("networks.main", "routingConfig.routingMode");
    let get = || networks.get().set_project(PROJECT).set_network("main").send();
    let mode = get().await.unwrap().routing_config.unwrap().routing_mode;
    assert_eq!(mode, Some(RoutingMode::Regional));

    done!(networks.delete().set_project(PROJECT).set_network("main")).unwrap().to_result().unwrap();
    assert_eq!(refusal(get().await).http, 404);
    world.makes_anew("networks.main");
    assert_eq!(get().await.unwrap().mtu, Some(1460));

    world.destroys(&[]);
    assert_eq!(refusal(get().await).http, 404);
}

#[tokio::test]
async fn subnetworks_are_taken_over() {
    let world = world(&format!("{NETWORK}{SUBNETWORK}")).await;
    let subnetworks = &world.clients.subnetworks;
    make_network(&world).await;
    make_subnetwork(&world).await;
    world.adopts("subnetworks.apps");

    let closed = SubnetworksSetPrivateIpGoogleAccessRequest::new().set_private_ip_google_access(false);
    let set = subnetworks.set_private_ip_google_access().set_project(PROJECT).set_region(REGION);
    done!(set.set_subnetwork("apps").set_body(closed)).unwrap().to_result().unwrap();
    world.drifts("subnetworks.apps", "privateIpGoogleAccess");
    let get = || subnetworks.get().set_project(PROJECT).set_region(REGION).set_subnetwork("apps").send();
    let found = get().await.unwrap();
    assert_eq!(found.private_ip_google_access, Some(true));

    let logging = Subnetwork::new().set_fingerprint(found.fingerprint.unwrap());
    let logging = logging.set_enable_flow_logs(true);
    let patch = subnetworks.patch().set_project(PROJECT).set_region(REGION).set_subnetwork("apps");
    done!(patch.set_body(logging)).unwrap().to_result().unwrap();
    assert_eq!(get().await.unwrap().log_config.and_then(|log| log.enable), Some(true));
    world.plans_nothing();

    let delete = subnetworks.delete().set_project(PROJECT).set_region(REGION).set_subnetwork("apps");
    done!(delete).unwrap().to_result().unwrap();
    world.makes_anew("subnetworks.apps");
    let found = get().await.unwrap();
    assert_eq!(found.secondary_ip_ranges[0].ip_cidr_range.as_deref(), Some("10.4.0.0/14"));

    let wider = SubnetworksExpandIpCidrRangeRequest::new().set_ip_cidr_range("10.0.0.0/23");
    let expand = subnetworks.expand_ip_cidr_range().set_project(PROJECT).set_region(REGION);
    done!(expand.set_subnetwork("apps").set_body(wider)).unwrap().to_result().unwrap();
    let planned = world.planned(&[], "subnetworks.apps");
    assert_eq!(planned["action"], "replace", "a range never shrinks: {planned:#}");

    world.destroys(&[]);
    assert_eq!(refusal(get().await).http, 404);
}

#[tokio::test]
async fn addresses_are_taken_over() {
    let entries = "addresses:
  database: {subnetwork: apps, address: 10.0.0.5, labels: {team: data}}
";
    let world = world(&format!("{NETWORK}{SUBNETWORK}{entries}")).await;
    let addresses = &world.clients.addresses;
    make_network(&world).await;
    make_subnetwork(&world).await;
    make_address(&world).await;
    let get = || addresses.get().set_project(PROJECT).set_region(REGION).set_address("database").send();
    label(&world, "data").await;
    world.adopts("addresses.database");

    label(&world, "web").await;
    world.drifts("addresses.database", "labels");
    assert_eq!(get().await.unwrap().labels["team"], "data");

    let delete = addresses.delete().set_project(PROJECT).set_region(REGION).set_address("database");
    done!(delete).unwrap().to_result().unwrap();
    world.makes_anew("addresses.database");
    let found = get().await.unwrap();
    assert_eq!((found.address.as_deref(), found.labels["team"].as_str()), (Some("10.0.0.5"), "data"));

    world.destroys(&[]);
    assert_eq!(refusal(get().await).http, 404);
}

/// Sets the address's label `team`, leaving others alone.
async fn label(world: &World, team: &str) {
    let addresses = &world.clients.addresses;
    let get = addresses.get().set_project(PROJECT).set_region(REGION).set_address("database");
    let found = get.send().await.unwrap();
    let mut labels = found.labels.clone();
    labels.insert("team".to_owned(), team.to_owned());
    let body = RegionSetLabelsRequest::new().set_label_fingerprint(found.label_fingerprint.unwrap()).set_labels(labels);
    let set = addresses.set_labels().set_project(PROJECT).set_region(REGION).set_resource("database").set_body(body);
    done!(set).unwrap().to_result().unwrap();
}
