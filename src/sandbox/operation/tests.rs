use serde_json::json;

use super::*;
use crate::sandbox::cloud::Settings;

fn cloud(pace: Pace) -> Cloud {
    let mut cloud = Cloud::new(3, Settings { pace, ..Settings::default() });
    cloud.now = "2026-01-01T00:00:00Z".parse().unwrap();
    cloud
}

fn insert(cloud: &mut Cloud) -> (String, Json) {
    let of = Compute {
        project: "p",
        scope: "global",
        operation_type: "insert",
        target: "projects/p/global/networks/n",
        target_id: "7",
        version: "v1",
    };
    let effects = vec![Effect::Put("compute/n".into(), json!({"name": "n"}))];
    let begin = Begin { targets: vec!["compute/n".into()], effects };
    let answer = begin_compute(cloud, &of, begin, Lasts::seconds(10, 10));
    (format!("op/compute/projects/p/global/operations/{}", answer["name"].as_str().unwrap()), answer)
}

#[test]
fn an_instant_operation_is_unfinished_for_exactly_one_poll() {
    let mut cloud = cloud(Pace::Instant);
    let (key, answer) = insert(&mut cloud);
    assert_eq!((&answer["status"], &answer["progress"]), (&json!("RUNNING"), &json!(0)));
    assert!(cloud.busy("compute/n").is_some());
    assert!(!cloud.poll(&key).unwrap().is_done());
    assert!(!cloud.store.has("compute/n"));
    let done = cloud.poll(&key).unwrap();
    assert_eq!(view(&cloud, &done)["status"], "DONE");
    assert!(cloud.store.has("compute/n") && cloud.busy("compute/n").is_none());
    assert!(cloud.poll(&key).unwrap().is_done());
}

#[test]
fn an_instant_operation_that_nobody_asks_for_ends_after_two_looks_or_a_while() {
    let mut looked_at = cloud(Pace::Instant);
    let (key, _) = insert(&mut looked_at);
    looked_at.look("compute/n");
    looked_at.look("compute/n");
    assert!(!looked_at.store.has("compute/n"));
    looked_at.look("compute/n");
    assert!(looked_at.store.has("compute/n"));
    assert!(!looked_at.poll(&key).unwrap().is_done(), "its first poll is unfinished all the same");
    assert!(looked_at.poll(&key).unwrap().is_done());

    let mut left_alone = cloud(Pace::Instant);
    insert(&mut left_alone);
    left_alone.advance(times::plus_seconds(left_alone.now, 10));
    assert!(left_alone.store.has("compute/n"));
}

#[test]
fn a_timed_operation_ends_when_its_time_has_come_however_often_it_is_asked_for() {
    let mut cloud = cloud(Pace::Timed);
    let (key, _) = insert(&mut cloud);
    for _ in 0..5 {
        assert!(!cloud.poll(&key).unwrap().is_done());
    }
    cloud.advance(times::plus_seconds(cloud.now, 9));
    assert!(!cloud.store.has("compute/n"));
    cloud.advance(times::plus_seconds(cloud.now, 1));
    let done = cloud.poll(&key).unwrap();
    assert_eq!(view(&cloud, &done)["endTime"], "2025-12-31T17:00:10.000-07:00");
}

#[test]
fn another_process_finishes_what_this_one_began() {
    let mut here = cloud(Pace::Timed);
    let (key, _) = insert(&mut here);
    let mut there = cloud(Pace::Timed);
    here.store.take_changes().into_iter().for_each(|change| there.replay(change));
    assert!(there.busy("compute/n").is_some());
    there.advance(times::plus_seconds(there.now, 10));
    assert!(there.store.has("compute/n") && there.operation(&key).unwrap().is_done());
}

#[test]
fn a_failed_compute_operation_is_done_and_carries_the_error() {
    let mut cloud = cloud(Pace::Timed);
    let (key, _) = insert(&mut cloud);
    let mut operation = cloud.operation(&key).unwrap();
    operation.ended = Some(operation.due);
    let fault = Fault::invalid("The network is in use").reason("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE");
    operation.error = Some(Error::from(&fault));
    let view = view(&cloud, &operation);
    assert_eq!((&view["status"], &view["httpErrorStatusCode"]), (&json!("DONE"), &json!(400)));
    assert_eq!(view["error"]["errors"][0]["code"], "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE");
}

#[test]
fn only_the_latest_finished_operations_are_remembered() {
    let mut cloud = cloud(Pace::Timed);
    for _ in 0..REMEMBERED + 10 {
        insert(&mut cloud);
        cloud.advance(times::plus_seconds(cloud.now, 10));
    }
    assert_eq!(cloud.store.keys_under("op/").len(), REMEMBERED);
}

#[test]
fn a_timer_fires_once_and_can_be_stopped() {
    let mut cloud = cloud(Pace::Instant);
    cloud.store.put("a", json!({}));
    cloud.store.put("b", json!({}));
    let at = times::plus_seconds(cloud.now, 60);
    cloud.set_timer("a", at, vec![Effect::Delete("a".into())]);
    cloud.set_timer("b", at, vec![Effect::Delete("b".into())]);
    cloud.stop_timer("b");
    cloud.advance(times::plus_seconds(cloud.now, 59));
    assert!(cloud.store.has("a"));
    cloud.advance(at);
    assert!(!cloud.store.has("a") && cloud.store.has("b") && cloud.timer("a").is_none());
}
