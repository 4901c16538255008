use serde_json::json;

use super::*;
use crate::model::{Doc, DocPath};
use crate::plan::testkit::{World, kinds, stack};
use crate::plan::{Change, Desired, Origin};

fn desired(tier: &str) -> Desired {
    stack(json!({
        "networks": {"net": {}},
        "subnetworks": {"sub": {"network": "@networks.net", "ipCidrRange": "10.0.0.0/24"}},
        "sqlInstances": {"db": {"tier": tier}},
        "sqlDatabases": {"a": {"instance": "=sqlInstances.db"}}
    }))
}

/// An update and three that stay.
fn update() -> Plan {
    World::with(&desired("small")).plan(&desired("large"))
}

/// Four creates.
fn create() -> Plan {
    World::new().plan(&desired("small"))
}

fn destroy() -> Plan {
    World::with(&desired("small")).destroy(&desired("small"))
}

/// The faults of a plan after a change of one of its resources.
fn broken(mut plan: Plan, address: &str, change: impl Fn(&mut Planned)) -> Vec<String> {
    assert_eq!(lint(&plan, &kinds()), Vec::<String>::new(), "it is sound before");
    change(plan.resources.iter_mut().find(|planned| planned.address.to_string() == address).unwrap());
    lint(&plan, &kinds())
}

fn change(effect: Effect) -> Change {
    let (before, after) = (None, Some(Doc::from("x")));
    Change { path: DocPath::keys("field"), before, after, origin: Origin::Edit, effect }
}

#[track_caller]
fn says(faults: &[String], words: &str) {
    assert!(faults.iter().any(|fault| fault.contains(words)), "{words}: {faults:#?}");
}

#[test]
fn what_stands_twice_is_found() {
    let mut plan = create();
    plan.resources.push(plan.resources[0].clone());
    says(&lint(&plan, &kinds()), "`networks.net` stands in the plan twice");
    let name = create().get(&"networks.net".parse().unwrap()).unwrap().full_name.clone();
    let faults = broken(create(), "subnetworks.sub", |planned| planned.full_name = name.clone());
    says(&faults, "`subnetworks.sub` and `networks.net` are one resource");
}

#[test]
fn an_order_that_breaks_dependencies_is_found() {
    let mut plan = create();
    plan.resources.reverse();
    says(&lint(&plan, &kinds()), "`subnetworks.sub` comes before `networks.net`, which it needs");
    let nowhere: Address = "networks.nowhere".parse().unwrap();
    let faults = broken(create(), "subnetworks.sub", |planned| planned.depends_on.push(nowhere.clone()));
    says(&faults, "`subnetworks.sub` needs `networks.nowhere`, which is not in the plan");
    let points: [fn(&mut Planned, Address); 3] =
        [|p, other| p.releases.push(other), |p, other| p.freed_by.push(other), |p, other| p.goes_with = Some(other)];
    for point in points {
        let faults = broken(update(), "subnetworks.sub", |planned| point(planned, nowhere.clone()));
        says(&faults, "`subnetworks.sub` speaks of `networks.nowhere`, which is not in the plan");
    }
}

#[test]
fn actions_that_do_not_fit_their_changes_are_found() {
    let db = "sqlInstances.db";
    says(&broken(update(), db, |p| p.changes.clear()), "an update changes something, or says why");
    says(&broken(update(), db, |p| p.action = Action::None), "nothing happens, so nothing changes");
    says(&broken(update(), db, |p| p.changes[0].effect = Effect::Replaces), "what forces a replacement replaces");
    says(&broken(update(), db, |p| p.desired = None), "what stays is wanted");
    says(&broken(update(), db, |p| (p.changes[0].before, p.changes[0].after) = (None, None)), "a before or an after");
    says(&broken(update(), db, |p| p.removed.push(DocPath::keys("gone"))), "what is removed is among the changes");
    says(&broken(update(), db, |p| p.deferred.push(DocPath::keys("later"))), "only what is made defers");
    says(&broken(update(), "networks.net", |p| p.changes.push(change(Effect::InPlace))), "so nothing changes");
    let faults = broken(update(), "networks.net", |p| p.changes.push(change(Effect::Unmanaged)));
    assert_eq!(faults, Vec::<String>::new(), "what is only let go of is no change of the cloud");
}

#[test]
fn consents_that_nobody_should_be_asked_for_are_found() {
    let db = "sqlInstances.db";
    says(&broken(update(), db, |p| p.needs.push(Consent::Adopt)), "only what is adopted or replaced needs `--adopt`");
    says(&broken(update(), db, |p| p.needs.push(Consent::DataLoss)), "only a delete needs `--allow-data-loss`");
    says(&broken(destroy(), db, |p| p.needs.push(Consent::DataLoss)), "each consent is asked for once");
}

#[test]
fn a_destroy_that_makes_something_is_found() {
    let faults = broken(destroy(), "networks.net", |planned| planned.action = Action::Create);
    says(&faults, "destroy only takes away");
    says(&broken(destroy(), "networks.net", |planned| planned.desired = Some(Doc::Null)), "what goes is not wanted");
}
