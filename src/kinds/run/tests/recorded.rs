//! Recorded answers: read without loss, and equal to the entries that asked for them.

use super::*;
use crate::kinds::rules::{self, Compare, Flag};
use crate::kinds::{canonical, shape};

const RECORDED: &str = include_str!("../../../../tests/fixtures/kinds/run/recorded.jsonl");
const REQUESTS: &str = include_str!("../../../../tests/fixtures/kinds/run/requests.jsonl");

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

fn recorded_project() -> ProjectFacts {
    ProjectFacts { id: "${projectId}".to_owned(), number: Some("${projectNumber}".to_owned()) }
}

#[test]
fn every_recorded_answer_comes_back_as_it_was() {
    let mut count = 0;
    for line in lines(RECORDED) {
        let shapes = section(&line).shapes;
        let file = shape::to_file(shapes, doc(line["resource"].clone()));
        assert!(file.get("template").is_none() && file.get("image").is_some(), "{} is flat", line["case"]);
        assert_eq!(plain(&shape::to_api(shapes, file)), line["resource"], "{}", line["case"]);
        count += 1;
    }
    assert!(count > 50, "{count} recorded answers");
}

/// The fields of `desired` that differ from `live`, as the planner compares: field by field, in canonical form.
fn differing(
    descriptor: &'static Descriptor,
    path: &DocPath,
    desired: &Doc,
    live: Option<&Doc>,
    found: &mut Vec<String>,
) {
    let rule = rules::find(descriptor, path);
    if [Flag::OutputOnly, Flag::ClientStamp, Flag::InputOnly].iter().any(|flag| rule.has(*flag)) {
        return;
    }
    let project = recorded_project();
    match (desired, live) {
        // A client's way to say "not set".
        (Doc::Null, None) => {}
        (Doc::Map(map), live) if !map.is_empty() => {
            for (key, value) in map {
                differing(descriptor, &path.key(key.as_str()), value, live.and_then(|live| live.get(key)), found);
            }
        }
        (Doc::List(list), Some(Doc::List(elements)))
            if rule.compare() == Compare::Plain
                && list.len() == elements.len()
                && list.iter().all(|e| e.as_map().is_some()) =>
        {
            for (index, (value, live)) in list.iter().zip(elements).enumerate() {
                differing(descriptor, &path.index(index), value, Some(live), found);
            }
        }
        (desired, live) => {
            let wanted = canonical::canonical(descriptor, path, desired, &project);
            let there = match live {
                Some(live) => Some(canonical::canonical(descriptor, path, live, &project)),
                None => rule.default().map(|default| canonical::canonical(descriptor, path, &default, &project)),
            };
            if there.as_ref() != Some(&wanted) {
                found.push(format!("{path}: {wanted:?} ≠ {there:?}"));
            }
        }
    }
}

fn to_file(descriptor: &'static Descriptor, api: &Json) -> Doc {
    super::super::calls::to_file(descriptor, &recorded_place(), &live(api.clone()))
}

#[test]
fn an_entry_differs_in_nothing_from_the_answer_to_its_request() {
    let mut count = 0;
    let is_google = |line: &Json| !line["case"].as_str().unwrap().starts_with("unverified/");
    for line in lines(REQUESTS).filter(is_google) {
        let descriptor = section(&line);
        let desired = to_file(descriptor, &line["request"]);
        let live = to_file(descriptor, &line["answer"]);
        let mut found = Vec::new();
        differing(descriptor, &DocPath::root(), &desired, Some(&live), &mut found);
        // The answer of one recorded update still has the mount of before.
        found.retain(|found| !(line["case"] == "run/job-sql-2025-09" && found.starts_with("volumeMounts")));
        assert_eq!(found, Vec::<String>::new(), "{} {}", line["case"], line["method"]);
        count += 1;
    }
    assert!(count >= 13, "{count} recorded requests");
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
        let mut found = Vec::new();
        differing(descriptor, &DocPath::root(), &desired, Some(&live), &mut found);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        assert!(found.iter().all(|found| found.starts_with(path)), "{path}: {found:?}");
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
    let mut found = Vec::new();
    differing(descriptor, &DocPath::root(), &desired, Some(&live), &mut found);
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
