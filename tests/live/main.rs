//! The tutorial's stack on Google itself: plan, apply, an empty plan, drift, an update, destroy; the traffic recorded,
//! and held to what is assumed. Off unless a project is named:
//!
//!     STACKCTL_LIVE_PROJECT=my-project cargo test --test live -- --nocapture
//!
//! Takes half an hour (Cloud SQL), then up to 130 minutes until Google lets go of the subnetwork, and costs about half a
//! dollar: the smallest Cloud SQL instance, one Cloud Run instance and one worker for an hour, an endpoint. It takes
//! down what it made whatever happened, says what is left, and leaves `target/live/NAME.jsonl`, the record to send
//! (without tokens and secrets), with `target/live/NAME.md`, what it says of each assumption.
//!
//! | variable | |
//! |---|---|
//! | `STACKCTL_LIVE_PROJECT` | the project; better one of its own |
//! | `STACKCTL_LIVE_WAIT=no` | do not stay until the subnetwork is free; nothing that stays costs money |
//! | `STACKCTL_LIVE_PRIVATE=yes` | the service may be called by nobody, where `allUsers` is refused |
//! | `STACKCTL_LIVE_ENDPOINT` | an emulator in Google's place |
//!
//! The machine's credentials are used (README, "On Google"); they need the role of an owner or editor with
//! `roles/resourcemanager.projectIamAdmin`.

mod assumptions;
#[path = "../suite/context.rs"]
mod context;
mod life;
mod stack;

use context::{TUTORIAL, Workspace};
use life::{Cloud, Life};
use stack::Callers;

fn asked(name: &str, value: &str) -> bool {
    std::env::var(name).is_ok_and(|given| given == value)
}

#[test]
fn the_tutorials_stack_lives_on_google() {
    let endpoint = std::env::var("STACKCTL_LIVE_ENDPOINT").ok();
    let project = std::env::var("STACKCTL_LIVE_PROJECT").ok().filter(|project| !project.is_empty());
    let Some(project) = project.or_else(|| endpoint.as_ref().map(|_| "sandbox-project".to_owned())) else {
        println!("skipped: set STACKCTL_LIVE_PROJECT to a project of yours (see tests/live/main.rs: it costs money)");
        return;
    };
    let callers = if asked("STACKCTL_LIVE_PRIVATE", "yes") { Callers::Nobody } else { Callers::Everybody };
    let cloud = Cloud { project, endpoint, stays: !asked("STACKCTL_LIVE_WAIT", "no") };
    let life = Life::lived(&cloud, &stack::renamed(TUTORIAL, &life::suffix(), callers));
    println!("{}", life.report());
    life.keep(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/live"));
    assert!(life.faults.is_empty(), "{}", life.faults.join("\n"));
}

#[test]
fn this_suite_runs_against_the_emulator() {
    let server = Workspace::with("");
    let served = server.serve(&["--clock", "instant"]);
    let cloud = Cloud { project: "sandbox-project".into(), endpoint: Some(served.url.clone()), stays: true };
    let life = Life::lived(&cloud, &stack::renamed(TUTORIAL, "abcd", Callers::Everybody));
    assert!(life.faults.is_empty(), "{}", life.faults.join("\n"));
    assert_eq!(life.record.len(), served.requests().len(), "every request that arrived is recorded");
    let report = life.report();
    for said in ["| A2 | confirmed |", "| A13 | confirmed |", "Nothing is left."] {
        assert!(report.contains(said), "{said}:\n{report}");
    }
    assert!(!report.contains("| refuted |"), "{report}");
    server.run(&["validate"]).expect(3);
}

#[test]
fn an_empty_record_confirms_nothing() {
    for assumption in assumptions::ASSUMPTIONS {
        assert_eq!(assumption.verdict(&[]), assumptions::Verdict::Unseen, "{}", assumption.id);
        let texts = [assumption.section, assumption.operation, assumption.assumed, assumption.source];
        assert!(texts.iter().all(|text| !text.is_empty()));
    }
}
