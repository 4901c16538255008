//! What goes wrong between here and Google while the process lives.

use serde_json::json;
use stackctl::engine::{End, Stop};
use stackctl::model::event::Happening;
use stackctl::plan::Purpose;
use stackctl::wire::{Method, Request};

use crate::compare::{comparable, differences};
use crate::doors::Trouble;
use crate::world::{PROJECT, Process, STACK, World, actions};

const SMALL: &str = r#"
stack: small
region: us-central1
networks:
  net: {autoCreateSubnetworks: false}
subnetworks:
  sub: {network: net, ipCidrRange: 10.0.0.0/24}
addresses:
  ip: {subnetwork: sub, labels: {a: b}}
serviceAccounts:
  robot-one: {displayName: One}
iamBindings:
  client: {role: roles/cloudsql.client, members: [serviceAccount:robot-one]}
  viewer: {role: roles/viewer, members: [serviceAccount:robot-one]}
secrets:
  auth:
    generate: {length: 16}
    iam: [{role: roles/secretmanager.secretAccessor, members: [serviceAccount:robot-one]}]
"#;

/// Every answer of a first apply once in trouble: the same process ends where an undisturbed one does.
async fn every_effect_with(trouble: impl Fn(usize) -> Trouble) {
    let world = World::new();
    let calm = world.apply(STACK).await;
    assert!(calm.report().is_complete());
    let wanted = comparable(world.state().await);
    let entries = world.inventory().await.entries;
    let mut faults = Vec::new();
    for number in 0..calm.effects {
        let world = World::new();
        let outcome = world.run(STACK, Process { trouble: trouble(number), ..Process::default() }).await;
        let mut found = differences(&wanted, &comparable(world.state().await));
        if !outcome.report().is_complete() {
            let ends = &outcome.report().outcomes;
            found.extend(ends.iter().filter(|o| !matches!(o.end, End::Done { .. })).map(|o| format!("{o:?}")));
        }
        if world.inventory().await.entries.keys().ne(entries.keys()) {
            found.push("the inventory differs".to_owned());
        }
        faults.extend(found.into_iter().map(|line| format!("{number}: {line}")));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn every_lost_request_is_sent_again() {
    every_effect_with(Trouble::LostBefore).await;
}

#[tokio::test(start_paused = true)]
async fn every_lost_answer_is_made_up_for_and_nothing_is_done_twice() {
    every_effect_with(Trouble::LostAfter).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_for_a_moment_stops_nothing() {
    every_effect_with(|number| Trouble::Refused(number, 503)).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_to_slow_down_stops_nothing() {
    every_effect_with(|number| Trouble::Refused(number, 429)).await;
}

#[tokio::test(start_paused = true)]
async fn a_service_account_that_flaps_after_its_create_is_waited_for() {
    let world = World::new();
    let message = "Service account projects/p/serviceAccounts/sa does not exist.";
    // Before the create the account is looked for twice: with a project to charge, and without.
    let flap = json!({"on": "iam.projects.serviceAccounts.get", "skip": 2, "times": 8,
        "what": {"flap": {"message": message}}});
    world.order_faults(json!([flap])).await;
    let outcome = world.apply(SMALL).await;
    assert!(outcome.report().is_complete(), "{:#?}", outcome.report().outcomes);
    assert!(outcome.retries().iter().any(|line| line.ends_with("was made moments ago")), "{:?}", outcome.retries());
}

#[tokio::test(start_paused = true)]
async fn an_api_that_takes_a_while_to_come_up_is_waited_for() {
    let world = World::new();
    world.settings(json!({"propagationMs": 25_000})).await;
    let outcome = world.apply(SMALL).await;
    assert!(outcome.report().is_complete(), "{:#?}", outcome.report().outcomes);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_somebody_changes_at_the_same_time_is_read_again() {
    let world = World::new();
    let conflict =
        json!({"error": {"status": 409, "reason": "aborted", "canonical": "ABORTED", "message": "concurrent"}});
    world
        .order_faults(json!([{"on": "cloudresourcemanager.projects.setIamPolicy", "times": 3, "what": conflict}]))
        .await;
    let outcome = world.apply(SMALL).await;
    assert!(outcome.report().is_complete(), "{:#?}", outcome.report().outcomes);
    assert_eq!(outcome.retries().iter().filter(|line| line.ends_with("it was changed at the same time")).count(), 3);
}

#[tokio::test(start_paused = true)]
async fn edits_of_one_policy_that_are_ready_together_are_one_write() {
    let world = World::new();
    let sets = || async {
        let rules = json!([{"on": "cloudresourcemanager.projects.setIamPolicy", "skip": 1,
            "what": {"error": {"status": 400, "reason": "badRequest", "canonical": "INVALID_ARGUMENT", "message": "twice"}}}]);
        world.order_faults(rules).await;
    };
    sets().await;
    let outcome = world.apply(SMALL).await;
    assert!(outcome.report().is_complete(), "a second write would be refused: {:#?}", outcome.report().outcomes);
}

#[tokio::test(start_paused = true)]
async fn a_member_that_google_refuses_takes_no_other_edit_with_it() {
    let world = World::new();
    let refusal =
        json!({"error": {"status": 400, "reason": "badRequest", "canonical": "INVALID_ARGUMENT", "message": "no"}});
    // The joined write is refused, then the first of the two alone.
    world
        .order_faults(json!([{"on": "cloudresourcemanager.projects.setIamPolicy", "times": 2, "what": refusal}]))
        .await;
    let outcome = world.apply(SMALL).await;
    let report = outcome.report();
    assert_eq!((report.failed(), report.done()), (1, report.outcomes.len() - 1), "{:#?}", report.outcomes);
}

#[tokio::test(start_paused = true)]
async fn a_failure_skips_what_stands_on_it_and_nothing_else() {
    let world = World::new();
    let refusal = json!({"error": {"status": 400, "reason": "invalid", "canonical": "INVALID_ARGUMENT", "message": "no such range"}});
    world.order_faults(json!([{"on": "compute.subnetworks.insert", "what": refusal}])).await;
    let outcome = world.apply(SMALL).await;
    let ends: Vec<String> = outcome
        .report()
        .outcomes
        .iter()
        .map(|outcome| match &outcome.end {
            End::Done { .. } => format!("{} done", outcome.address),
            End::Failed(fault) => format!("{} failed: {}", outcome.address, fault.message),
            End::Skipped { because } => format!("{} skipped because of {because}", outcome.address),
            other => format!("{} {other:?}", outcome.address),
        })
        .collect();
    assert_eq!(
        ends,
        [
            "networks.net done",
            "subnetworks.sub failed: Google refused `POST compute.googleapis.com/compute/v1/projects/sandbox-project/\
             regions/us-central1/subnetworks`: 400 invalid: no such range",
            "addresses.ip skipped because of subnetworks.sub",
            "serviceAccounts.robot-one done",
            "iamBindings.client done",
            "iamBindings.viewer done",
            "secrets.auth done",
        ]
    );
    assert!(world.apply(SMALL).await.report().is_complete(), "apply again goes on");
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_done_and_failed_is_a_failure_with_googles_words() {
    let world = World::new();
    assert!(world.apply(SMALL).await.report().is_complete());
    let firewall = json!({"name": "odd", "network": format!("projects/{PROJECT}/global/networks/net")});
    let path = format!("/compute/v1/projects/{PROJECT}/global/firewalls");
    world.send(Request::new(Method::Post, "compute.googleapis.com", path).json(firewall)).await;
    let outcome = world.run(SMALL, Process { purpose: Purpose::Destroy, ..Process::default() }).await;
    let failed: Vec<_> = outcome.report().outcomes.iter().filter(|o| matches!(o.end, End::Failed(_))).collect();
    assert_eq!(failed.len(), 1, "{:#?}", outcome.report().outcomes);
    assert_eq!(failed[0].address.to_string(), "networks.net");
}

#[tokio::test(start_paused = true)]
async fn the_first_wish_to_stop_begins_nothing_new_and_the_next_run_goes_on() {
    let world = World::new();
    let stop = Stop::default();
    stop.press();
    let outcome = world.run(SMALL, Process { stop, ..Process::default() }).await;
    let report = outcome.report();
    assert!(report.interrupted && report.done() == 0 && report.failed() == 0, "{:#?}", report.outcomes);
    assert!(report.outcomes.iter().all(|outcome| outcome.end == End::Stopped));
    assert!(!outcome.events.iter().any(|event| matches!(event.what, Happening::StepStarted { .. })));
    assert!(world.apply(SMALL).await.report().is_complete());
}

#[tokio::test(start_paused = true)]
async fn the_second_wish_to_stop_leaves_at_once_and_the_next_run_finishes_what_runs() {
    let world = World::new();
    let stop = Stop::default();
    let pressing = async {
        // In the middle of the network's insert, and of whatever runs beside it.
        tokio::time::sleep(std::time::Duration::from_secs(55)).await;
        stop.press();
        stop.press();
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        biased;
        outcome = world.run(SMALL, Process { stop: stop.clone(), ..Process::default() }) => outcome,
        () = pressing => unreachable!(),
    };
    let report = outcome.report();
    assert!(report.interrupted, "{:#?}", report.outcomes);
    let outcome = world.apply(SMALL).await;
    assert!(outcome.report().is_complete(), "{:#?}", outcome.report().outcomes);
    assert_eq!(actions(&world.plan(SMALL).await), []);
    assert_eq!(world.inventory().await.entries.len(), 7);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_made_meanwhile_is_not_taken() {
    let world = World::new();
    let exists =
        json!({"error": {"status": 409, "reason": "alreadyExists", "canonical": "ALREADY_EXISTS", "message": "there"}});
    // Enabled beforehand, so that somebody can make the account between plan and create.
    assert!(
        world
            .apply("stack: other\nregion: us-central1\nserviceAccounts: {somebody-one: {}}\n")
            .await
            .report()
            .is_complete()
    );
    world.order_faults(json!([{"on": "iam.projects.serviceAccounts.create", "what": exists}])).await;
    let outcome = world.run(
        "stack: other\nregion: us-central1\nserviceAccounts: {somebody-one: {}, theirs-too: {}}\n",
        Process::default(),
    );
    let theirs = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let body = json!({"accountId": "theirs-too"});
        let path = format!("/v1/projects/{PROJECT}/serviceAccounts");
        world.send(Request::new(Method::Post, "iam.googleapis.com", path).json(body)).await;
    };
    let (outcome, ()) = tokio::join!(outcome, theirs);
    let report = outcome.report();
    let failed: Vec<_> = report
        .outcomes
        .iter()
        .filter_map(|o| match &o.end {
            End::Failed(fault) => Some(fault.code.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(failed, ["exists"], "{:#?}", report.outcomes);
    assert_eq!(world.inventory().await.entries.len(), 1);
}
