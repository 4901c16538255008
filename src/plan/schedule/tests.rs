use serde_json::json;

use super::*;
use crate::model::Severity;
use crate::plan::testkit::{World, kinds, stack};
use crate::plan::{Desired, Options};

/// A database with what stands in it, and a chain of three beside it.
fn demo() -> Desired {
    stack(json!({
        "networks": {"net": {}},
        "subnetworks": {"sub": {"network": "@networks.net", "ipCidrRange": "10.0.0.0/24"}},
        "addresses": {"ip": {"subnetwork": "@subnetworks.sub", "address": "10.0.0.5"}},
        "sqlInstances": {"db": {"tier": "small"}},
        "sqlDatabases": {"a": {"instance": "=sqlInstances.db"}, "b": {"instance": "=sqlInstances.db"}},
        "services": {"web": {"env": {"LINK": "${sqlInstances.db.link}", "IP": "${addresses.ip.address}"}}}
    }))
}

fn schedule_of(plan: &Plan) -> Schedule {
    assert!(plan.findings.iter().all(|finding| finding.severity != Severity::Error), "{:?}", plan.findings);
    Schedule::new(plan, &kinds())
}

fn fresh() -> Schedule {
    schedule_of(&World::new().plan(&demo()))
}

/// Begins all that may run, and gives their addresses in the order in which they began.
fn begin_all(schedule: &mut Schedule) -> Vec<String> {
    std::iter::from_fn(|| schedule.begin_next()).map(|step| step.address.to_string()).collect()
}

fn id(schedule: &Schedule, address: &str, phase: Phase) -> usize {
    let is_it = |step: &&Step| step.address.to_string() == address && step.phase == phase;
    schedule.steps().iter().find(is_it).unwrap_or_else(|| panic!("no step {address} {phase:?}")).id
}

fn done(schedule: &mut Schedule, address: &str) {
    let id = id(schedule, address, Phase::Apply);
    schedule.done(id);
}

#[test]
fn what_waits_for_nothing_begins_together_the_longest_chain_first() {
    let mut schedule = fresh();
    assert_eq!(begin_all(&mut schedule), ["sqlInstances.db", "networks.net"]);
    assert_eq!(schedule.running(), 2);
    assert_eq!(begin_all(&mut schedule), Vec::<String>::new());
    done(&mut schedule, "networks.net");
    assert_eq!(begin_all(&mut schedule), ["subnetworks.sub"]);
}

#[test]
fn steps_of_one_instance_never_overlap_and_wait_for_no_other() {
    let mut schedule = fresh();
    begin_all(&mut schedule);
    done(&mut schedule, "sqlInstances.db");
    assert_eq!(begin_all(&mut schedule), ["sqlDatabases.a"]);
    done(&mut schedule, "networks.net");
    assert_eq!(begin_all(&mut schedule), ["subnetworks.sub"], "the other database waits, and nothing else for it");
    done(&mut schedule, "sqlDatabases.a");
    assert_eq!(begin_all(&mut schedule), ["sqlDatabases.b"]);
}

#[test]
fn a_failure_lets_the_group_go_on() {
    let mut schedule = fresh();
    begin_all(&mut schedule);
    done(&mut schedule, "sqlInstances.db");
    begin_all(&mut schedule);
    let first = id(&schedule, "sqlDatabases.a", Phase::Apply);
    assert!(schedule.failed(first).is_empty(), "nothing stands on it");
    assert_eq!(begin_all(&mut schedule), ["sqlDatabases.b"]);
}

#[test]
fn a_failure_skips_what_stands_on_it_and_nothing_else() {
    let mut schedule = fresh();
    begin_all(&mut schedule);
    let network = id(&schedule, "networks.net", Phase::Apply);
    let skipped = schedule.failed(network);
    let names: Vec<String> = skipped.iter().map(|skipped| skipped.address.to_string()).collect();
    assert_eq!(names, ["subnetworks.sub", "addresses.ip", "services.web"]);
    assert!(skipped.iter().all(|skipped| skipped.because.to_string() == "networks.net"));
    done(&mut schedule, "sqlInstances.db");
    while let Some(step) = schedule.begin_next() {
        assert_eq!(&*step.address.section, "sqlDatabases");
        schedule.done(step.id);
    }
    assert!(schedule.is_finished());
    assert_eq!(schedule.not_begun().count(), 0, "what was skipped is not what was never begun");
}

#[test]
fn two_failures_skip_what_stands_on_both_once() {
    let mut schedule = fresh();
    begin_all(&mut schedule);
    let (network, instance) =
        (id(&schedule, "networks.net", Phase::Apply), id(&schedule, "sqlInstances.db", Phase::Apply));
    let first = schedule.failed(network).len();
    let second: Vec<String> = schedule.failed(instance).iter().map(|skipped| skipped.address.to_string()).collect();
    assert_eq!((first, second), (3, vec!["sqlDatabases.a".to_owned(), "sqlDatabases.b".to_owned()]));
    assert!(schedule.is_finished());
}

#[test]
fn what_was_never_begun_is_known_after_an_interruption() {
    let mut schedule = fresh();
    let first = schedule.begin_next().unwrap();
    schedule.done(first.id);
    assert_eq!(schedule.not_begun().count(), schedule.steps().len() - 1);
    assert!(!schedule.is_finished());
}

#[test]
fn what_is_left_is_the_longest_chain() {
    let mut schedule = fresh();
    assert_eq!(schedule.remaining_ms(), 330_000, "the instance and the service");
    begin_all(&mut schedule);
    done(&mut schedule, "sqlInstances.db");
    assert_eq!(schedule.remaining_ms(), 52_000, "network, subnetwork, address, service");
}

#[test]
fn the_estimate_counts_what_runs_together_once() {
    let plan = World::new().plan(&demo());
    let estimate = estimate(&plan, &kinds());
    let chain: Vec<String> = estimate.chain.iter().map(ToString::to_string).collect();
    assert_eq!((estimate.total_ms, chain.join(" ")), (330_000, "sqlInstances.db services.web".to_owned()));
}

#[test]
fn a_replacement_is_a_delete_and_then_a_create_around_those_that_follow_it() {
    let world = World::with(&demo());
    let moved = stack(json!({
        "networks": {"net": {}, "other": {}},
        "subnetworks": {"sub": {"network": "@networks.other", "ipCidrRange": "10.0.0.0/24"}},
        "addresses": {"ip": {"subnetwork": "@subnetworks.sub", "address": "10.0.0.5"}},
        "sqlInstances": {"db": {"tier": "small"}},
        "sqlDatabases": {"a": {"instance": "=sqlInstances.db"}, "b": {"instance": "=sqlInstances.db"}},
        "services": {"web": {"env": {"LINK": "${sqlInstances.db.link}", "IP": "${addresses.ip.address}"}}}
    }));
    let mut schedule = schedule_of(&world.plan(&moved));
    let mut ran = Vec::new();
    while let Some(step) = schedule.begin_next() {
        ran.push(format!("{:?} {}", step.phase, step.address));
        schedule.done(step.id);
    }
    let at = |step: &str| ran.iter().position(|ran| ran == step).unwrap_or_else(|| panic!("{step} in {ran:?}"));
    let order =
        ["Delete addresses.ip", "Delete subnetworks.sub", "Apply subnetworks.sub", "Apply addresses.ip"].map(at);
    assert!(order.is_sorted(), "{ran:?}");
}

#[test]
fn destroy_goes_against_the_arrows_and_begins_with_what_costs() {
    let world = World::with(&demo());
    let options = Options { data_loss: crate::plan::Allow::All, ..World::options(Purpose::Destroy) };
    let mut schedule = schedule_of(&world.plan_with(&demo(), &options));
    assert_eq!(begin_all(&mut schedule), ["services.web"]);
    let web = id(&schedule, "services.web", Phase::Delete);
    schedule.done(web);
    assert_eq!(begin_all(&mut schedule), ["sqlInstances.db", "addresses.ip"]);
    let ip = id(&schedule, "addresses.ip", Phase::Delete);
    let skipped: Vec<String> = schedule.failed(ip).iter().map(|skipped| skipped.address.to_string()).collect();
    assert_eq!(skipped, ["networks.net", "subnetworks.sub"], "what it stands on cannot go either");
}

#[test]
#[should_panic(expected = "only what runs can end")]
fn what_does_not_run_cannot_end() {
    let mut schedule = fresh();
    done(&mut schedule, "services.web");
}
