//! Recorded answers: read without loss, and equal to the entries that asked for them.

use super::*;
use crate::kinds::{recorded, registry, shape};

const SERVICES: &str = include_str!("../../../../tests/recorded/services.jsonl");
const JOBS: &str = include_str!("../../../../tests/recorded/jobs.jsonl");
const REQUESTS: &str = include_str!("../../../../tests/fixtures/kinds/run/requests.jsonl");
const UNVERIFIED: &str = include_str!("../../../../tests/fixtures/kinds/run/unverified.jsonl");

fn lines(text: &str) -> impl Iterator<Item = Json> + '_ {
    text.lines().map(|line| serde_json::from_str(line).expect("fixtures are JSON lines"))
}

fn section(line: &Json) -> &'static Descriptor {
    descriptor(line["section"].as_str().unwrap())
}

/// The place of recorded resources, whose project is a placeholder.
fn recorded_place() -> Place {
    let mut place = place("x");
    place.values.insert("project".to_owned(), "${projectId}".to_owned());
    place
}

#[test]
fn recorded_answers_lose_nothing_and_differ_in_nothing_from_their_entries() {
    for (section, answers) in [("services", SERVICES), ("jobs", JOBS)] {
        let row = registry::find(section).expect("the kind is registered");
        recorded::shapes_lose_nothing(row, answers);
        recorded::entries_differ_in_nothing(row, answers, |_| recorded_place());
    }
}

#[test]
fn shapes_without_a_witness_lose_nothing_either() {
    let mut cases = std::collections::BTreeSet::new();
    for line in lines(UNVERIFIED) {
        let shapes = section(&line).shapes;
        let file = shape::to_file(shapes, doc(line["resource"].clone()));
        assert!(file.get("template").is_none() && file.get("image").is_some(), "{} is flat", line["case"]);
        assert_eq!(plain(&shape::to_api(shapes, file)), line["resource"], "{}", line["case"]);
        cases.insert(line["case"].as_str().unwrap().to_owned());
    }
    assert_eq!(cases.len(), 6, "{cases:?}");
}

/// The fields of `desired` that differ from `live`, as the planner compares them.
fn differing(section: &Json, desired: &Doc, live: &Doc) -> Vec<String> {
    recorded::differences(registry::find(section.as_str().unwrap()).unwrap(), desired, live)
}

fn to_file(descriptor: &'static Descriptor, api: &Json) -> Doc {
    super::super::calls::to_file(descriptor, &recorded_place(), &live(api.clone()))
}

#[test]
fn an_entry_differs_in_nothing_from_the_answer_to_its_request() {
    let mut count = 0;
    for line in lines(REQUESTS) {
        let descriptor = section(&line);
        let desired = to_file(descriptor, &without_nulls(&line["request"]));
        let live = to_file(descriptor, &line["answer"]);
        let mut found = differing(&line["section"], &desired, &live);
        // The answer of one recorded update still has the mount of before.
        found.retain(|path| !(line["case"] == "run/job-sql-2025-09" && path.starts_with("volumeMounts")));
        assert_eq!(found, Vec::<String>::new(), "{} {}", line["case"], line["method"]);
        count += 1;
    }
    assert!(count >= 13, "{count} recorded requests");
}

/// A null is a client's way to say "not set".
fn without_nulls(json: &Json) -> Json {
    match json {
        Json::Object(map) => {
            let set = map.iter().filter(|(_, value)| !value.is_null());
            Json::Object(set.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
        }
        Json::Array(list) => Json::Array(list.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

#[test]
fn one_changed_field_is_one_difference() {
    let line = lines(REQUESTS).find(|line| line["case"] == "run/service-cassette-2024-04-16").unwrap();
    let descriptor = section(&line);
    let live = to_file(descriptor, &line["answer"]);
    for (path, value) in [
        ("image", json!("gcr.io/cloudrun/other")),
        ("timeout", json!("301s")),
        ("resources.limits.cpu", json!("2")),
        ("resources.limits.memory", json!("1Gi")),
        ("env.FOO", json!("baz")),
        ("env.NEW", json!("")),
        ("labels.team", json!("x")),
        ("revision.scaling.maxInstanceCount", json!(7)),
        ("startupProbe.periodSeconds", json!(10)),
        ("ports", json!([{"containerPort": 9090}])),
        ("maxInstanceRequestConcurrency", json!(1)),
        ("traffic", json!([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": "x", "percent": 100}])),
    ] {
        let mut desired = to_file(descriptor, &line["request"]);
        desired.put(path, doc(value));
        let found = differing(&line["section"], &desired, &live);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        assert!(found.iter().all(|found| found.replace("[\"", ".").starts_with(path)), "{path}: {found:?}");
    }
}

#[test]
fn other_spellings_of_the_same_are_no_difference() {
    let line = lines(REQUESTS).find(|line| line["case"] == "run/service-cassette-2024-04-16").unwrap();
    let descriptor = section(&line);
    let live = to_file(descriptor, &line["answer"]);
    let desired = doc(json!({
        "timeout": "5m", "resources": {"limits": {"cpu": "1", "memory": "0.5Gi"}, "startupCpuBoost": false},
        "ports": [{"containerPort": 8080}], "scaling": {"minInstanceCount": 0, "scalingMode": "AUTOMATIC"},
        "sessionAffinity": false, "traffic": [{"percent": 100}], "launchStage": "BETA", "description": "",
        "revision": {"scaling": {"minInstanceCount": 0}}, "customAudiences": [], "ingress": "INGRESS_TRAFFIC_ALL",
    }));
    let found = differing(&line["section"], &desired, &live);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn names_alone_are_full_paths_once_read() {
    let api = json!({"template": {
        "containers": [{"image": "i", "env": [{"name": "A", "valueSource": {"secretKeyRef": {"secret": "s", "version": "1"}}}]}],
        "vpcAccess": {"networkInterfaces": [{"network": "n", "subnetwork": "sn"}]},
        "volumes": [{"name": "v", "secret": {"secret": "s"}}],
    }});
    let file = Services::to_file(&place("x"), &live(api));
    assert_eq!(file.dig_str("vpcAccess.network"), Some("projects/demo/global/networks/n"));
    assert_eq!(file.dig_str("vpcAccess.subnetwork"), Some("projects/demo/regions/us-central1/subnetworks/sn"));
    assert_eq!(file.dig_str("env.A.secret"), Some("projects/demo/secrets/s"));
    assert_eq!(file.dig_str("volumes.v.secret"), Some("projects/demo/secrets/s"));
}
