//! Laws that hold of every plan, over generated stacks and their successors.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::plan::schedule::{Phase, Schedule};
use crate::plan::testkit::kinds;

/// A service's image, whether it has a label, its subnetwork, address and account.
type Service = (u8, bool, Option<usize>, Option<usize>, usize);

/// What a generated stack has: how many of each, and which of two values each field has.
#[derive(Debug, Clone)]
struct Shape {
    networks: usize,
    /// By subnetwork: its network and the third number of its range.
    subnetworks: Vec<(usize, u8)>,
    /// By address: its subnetwork and its last number.
    addresses: Vec<(usize, u8)>,
    accounts: usize,
    services: Vec<Service>,
    members: Vec<usize>,
    secret: Option<i64>,
}

fn shape() -> impl Strategy<Value = Shape> {
    let services =
        (0..3_u8, any::<bool>(), proptest::option::of(0..4_usize), proptest::option::of(0..4_usize), 0..3_usize);
    (
        1..3_usize,
        proptest::collection::vec((0..3_usize, 0..4_u8), 0..4),
        proptest::collection::vec((0..4_usize, 5..8_u8), 0..4),
        1..3_usize,
        proptest::collection::vec(services, 0..4),
        proptest::collection::vec(0..3_usize, 0..3),
        proptest::option::of(1..4_i64),
    )
        .prop_map(|(networks, subnetworks, addresses, accounts, services, members, secret)| Shape {
            networks,
            subnetworks,
            addresses,
            accounts,
            services,
            members,
            secret,
        })
}

/// The shape as a stack: what would be had twice, or stands on nothing, is left out.
fn stack_of(shape: &Shape) -> Json {
    let mut json = json!({"networks": {}, "subnetworks": {}, "addresses": {}, "serviceAccounts": {}, "iamBindings": {},
        "secrets": {}, "services": {}});
    for at in 0..shape.networks {
        json["networks"][format!("n{at}")] = json!({"autoCreateSubnetworks": false});
    }
    // Ranges only grow, so a key goes with its range; the same range may come under another key.
    let mut subnets: BTreeMap<(usize, u8), String> = BTreeMap::new();
    for (at, (network, third)) in shape.subnetworks.iter().enumerate() {
        let network = network % shape.networks;
        if subnets.contains_key(&(network, *third)) {
            continue;
        }
        let (key, range) = (format!("s{at}-{network}-{third}"), format!("10.{network}.{third}.0/24"));
        json["subnetworks"][&key] = json!({"network": format!("@networks.n{network}"), "ipCidrRange": range});
        subnets.insert((network, *third), key);
    }
    let subnets: Vec<String> = subnets.into_values().collect();
    let mut taken = std::collections::BTreeSet::new();
    for (at, (subnet, last)) in shape.addresses.iter().enumerate() {
        let Some(subnet) = subnets.get(subnet % subnets.len().max(1)) else { continue };
        if taken.insert((subnet, *last)) {
            let entry = json!({"subnetwork": format!("@subnetworks.{subnet}"), "address": format!("10.0.0.{last}")});
            json["addresses"][format!("a{at}")] = entry;
        }
    }
    for at in 0..shape.accounts {
        json["serviceAccounts"][format!("sa{at}")] = json!({"displayName": format!("Account {at}")});
    }
    let mut members: Vec<usize> = shape.members.iter().map(|member| member % shape.accounts).collect();
    members.sort_unstable();
    members.dedup();
    if !members.is_empty() {
        let members: Vec<String> = members.iter().map(|at| format!("serviceAccount:@serviceAccounts.sa{at}")).collect();
        json["iamBindings"]["b"] = json!({"role": "roles/r", "members": members});
    }
    if let Some(rotation) = shape.secret {
        json["secrets"]["auth"] = json!({"env": "AUTH", "rotation": rotation});
    }
    for (at, (image, label, _, address, account)) in shape.services.iter().enumerate() {
        let mut entry = json!({"image": format!("img:{image}"), "serviceAccount": format!("^serviceAccounts.sa{}", account % shape.accounts)});
        if *label {
            entry["labels"] = json!({"team": "web"});
        }
        let name = address.map(|address| format!("a{address}"));
        if let Some(name) = name.filter(|name| json["addresses"].get(name).is_some()) {
            entry["env"]["IP"] = json!(format!("${{addresses.{name}.address}}"));
        }
        if shape.secret.is_some() {
            entry["env"]["AUTH"] = json!({"secret": "@secrets.auth", "version": "${secrets.auth.version}"});
        }
        json["services"][format!("w{at}")] = entry;
    }
    json
}

fn allowed(purpose: Purpose) -> Options {
    Options { replace: Allow::All, data_loss: Allow::All, ..World::options(purpose) }
}

/// In which order the steps of one phase run, one at a time.
fn order(plan: &Plan, phase: Phase) -> BTreeMap<Address, usize> {
    let mut schedule = Schedule::new(plan, &kinds());
    let mut order = BTreeMap::new();
    while let Some(step) = schedule.begin_next() {
        if step.phase == phase {
            order.insert(step.address.clone(), order.len());
        }
        schedule.done(step.id);
    }
    order
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// The model of the cloud panics where a step finds its ground missing, an address taken, or a template unfilled.
    #[test]
    fn a_plan_that_was_carried_out_leaves_nothing_to_do(before in shape(), after in shape()) {
        let mut world = World::with(&stack(stack_of(&before)));
        let first = world.plan(&stack(stack_of(&before)));
        prop_assert!(first.is_empty(), "{}", show(&first));
        let desired = stack(stack_of(&after));
        let plan = world.plan_with(&desired, &allowed(Purpose::Apply));
        world.carry_out(&plan);
        let second = world.plan(&desired);
        prop_assert!(second.is_empty(), "after {}\n{}", show(&plan), show(&second));
        let ours: Vec<&Address> = world.inventory.entries.keys().collect();
        let mut wanted: Vec<&Address> = desired.entries.keys().collect();
        wanted.sort();
        prop_assert_eq!(ours, wanted, "what is ours is what the file says");
    }

    #[test]
    fn the_order_respects_dependencies_and_destroy_is_the_reverse(shape in shape()) {
        let desired = stack(stack_of(&shape));
        let mut world = World::new();
        let plan = world.plan(&desired);
        let made = order(&plan, Phase::Apply);
        world.carry_out(&plan);
        let plan = world.plan_with(&desired, &allowed(Purpose::Destroy));
        let gone = order(&plan, Phase::Delete);
        prop_assert_eq!(made.len(), gone.len());
        for wanted in desired.entries.values() {
            for edge in &wanted.edges {
                prop_assert!(made[&edge.to] < made[&wanted.address], "{} before {}", edge.to, wanted.address);
                prop_assert!(gone[&wanted.address] < gone[&edge.to], "{} goes before {}", wanted.address, edge.to);
            }
        }
        world.carry_out(&plan);
        prop_assert!(world.live.is_empty() && world.inventory.entries.is_empty());
    }

    #[test]
    fn the_same_inputs_give_the_same_plan(before in shape(), after in shape()) {
        let world = World::with(&stack(stack_of(&before)));
        let plan = || world.plan_with(&stack(stack_of(&after)), &allowed(Purpose::Apply));
        prop_assert_eq!(show(&plan()), show(&plan()));
    }
}
