//! The laws over recorded answers, each call's request, each check.

use serde_json::{Value as Json, json};

use super::*;
use crate::kinds::descriptor_calls::tests::{Step, shown};
use crate::kinds::{Row, recorded, row};

const ROW: Row = row::<Repositories>();
const RECORDED: &str = include_str!("../../../tests/recorded/repositories.jsonl");
const REPO: &str = "artifactregistry.googleapis.com/v1/projects/p/locations/r/repositories/repo";

fn place(project: &str, location: &str, name: &str) -> Place {
    let values = [("project", project), ("location", location), ("name", name)];
    Place { values: values.map(|(key, value)| (key.to_owned(), value.to_owned())).into() }
}

fn live_repo() -> Json {
    json!({"name": "projects/p/locations/r/repositories/repo", "format": "DOCKER", "mode": "STANDARD_REPOSITORY",
        "createTime": "2026-01-01T00:00:00Z", "updateTime": "2026-01-01T00:00:00Z", "description": "old",
        "labels": {"stackctl-stack": "demo"}, "registryUri": "r-docker.pkg.dev/p/repo", "satisfiesPzi": true,
        "vulnerabilityScanningConfig": {"enablementState": "SCANNING_DISABLED"},
        "cleanupPolicies": {"theirs": {"id": "theirs", "action": "KEEP", "mostRecentVersions": {"keepCount": 3}},
                            "ours": {"id": "ours", "action": "DELETE", "condition": {"olderThan": "2592000s"}}}})
}

#[test]
fn recorded_answers_come_back_and_differ_in_nothing() {
    recorded::shapes_lose_nothing(&ROW, RECORDED);
    recorded::entries_differ_in_nothing(&ROW, RECORDED, |repository| {
        place("example-project", "us-west1", repository["name"].as_str().unwrap().rsplit('/').next().unwrap())
    });
}

#[test]
fn creating_names_it_in_the_query_as_discovery_spells_it() {
    let step = Step::new("repo").desired(json!({"format": "DOCKER",
        "cleanupPolicies": {"old": {"action": "DELETE", "condition": {"olderThan": "30d"}}}}));
    let calls = Repositories::calls(&step.input(Action::Create));
    assert_eq!(
        shown(calls),
        json!([{"label": "create",
            "request": "POST artifactregistry.googleapis.com/v1/projects/p/locations/r/repositories?repositoryId=repo",
            "body": {"format": "DOCKER", "labels": {"stackctl-stack": "demo"},
                     "cleanupPolicies": {"old": {"action": "DELETE", "condition": {"olderThan": "2592000s"}}}}}])
    );
    let calls = Repositories::calls(&step.input(Action::Create)).unwrap();
    let Effect::Http(http) = &calls[0].effect else { panic!("no request") };
    assert_eq!(http.completion, Completion::Operation);
}

#[test]
fn an_update_is_masked_and_answers_at_once() {
    let step = Step::new("repo")
        .live(live_repo())
        .desired(json!({"format": "DOCKER", "description": "new", "dockerConfig": {"immutableTags": true}}))
        .changed(&["description", "dockerConfig.immutableTags"])
        .removed(&["cleanupPolicies.ours"]);
    assert_eq!(
        shown(Repositories::calls(&step.input(Action::Update))),
        json!([{"label": "update",
            "request": format!("PATCH {REPO}?updateMask=description,dockerConfig,cleanupPolicies"),
            "body": {"description": "new", "dockerConfig": {"immutableTags": true},
                     "cleanupPolicies": {"theirs": {"action": "KEEP", "mostRecentVersions": {"keepCount": 3}}}}}])
    );
    let calls = Repositories::calls(&step.input(Action::Update)).unwrap();
    let Effect::Http(http) = &calls[0].effect else { panic!("no request") };
    assert_eq!(http.completion, Completion::Reply);
}

#[test]
fn a_joined_repository_that_others_added_stays() {
    let theirs = json!({"id": "theirs", "repository": "projects/p/locations/r/repositories/a", "priority": 1});
    let mut live = live_repo();
    live["virtualRepositoryConfig"] = json!({"upstreamPolicies": [theirs]});
    let ours = json!({"id": "ours", "repository": "projects/p/locations/r/repositories/b"});
    let step = Step::new("repo")
        .live(live)
        .desired(json!({"format": "DOCKER", "virtualRepositoryConfig": {"upstreamPolicies": [ours]}}))
        .changed(&["virtualRepositoryConfig.upstreamPolicies[id=ours]"]);
    let calls = shown(Repositories::calls(&step.input(Action::Update)));
    assert_eq!(calls[0]["body"], json!({"virtualRepositoryConfig": {"upstreamPolicies": [ours, theirs]}}));
}

#[test]
fn deletion_is_of_the_whole_and_counts_what_goes() {
    let mut step = Step::new("repo").live(live_repo());
    assert_eq!(
        shown(Repositories::calls(&step.input(Action::Delete))),
        json!([{"label": "delete", "request": format!("DELETE {REPO}")}])
    );
    let words = |step: &Step| Repositories::consequences(&step.input(Action::Delete)).remove(0);
    assert_eq!(words(&step), "everything in the repository is lost");
    let mut extra = |name: &'static str, answer: Json| {
        let live = step.live.as_mut().unwrap();
        live.extra = vec![(name, Some(answer))];
        words(&step)
    };
    assert_eq!(extra(IMAGES, json!({"dockerImages": [{}, {}]})), "2 images are lost");
    assert_eq!(extra(IMAGES, json!({"dockerImages": [{}]})), "1 image is lost");
    assert_eq!(extra(IMAGES, json!({})), "the repository is empty: nothing is lost with it");
    assert_eq!(extra(PACKAGES, json!({"packages": [{}, {}, {}]})), "3 images with all their versions are lost");
    let mut live = live_repo();
    live["format"] = json!("NPM");
    live["sizeBytes"] = json!("2500000000");
    let mut step = Step::new("repo").live(live);
    step.live.as_mut().unwrap().extra = vec![(PACKAGES, Some(json!({"packages": [{}]})))];
    assert_eq!(words(&step), "1 package is lost (2.5 GB)");
}

#[test]
fn what_is_in_it_is_read_only_where_it_is_to_go() {
    let docker = Doc::from(&json!({"format": "DOCKER"}));
    let lookup = Repositories::lookup(&place("p", "r", "repo"), &ProjectFacts::default(), Some(&docker));
    assert_eq!(lookup.item.unwrap().to_string(), format!("GET {REPO}"));
    assert_eq!(lookup.extra[0].request.to_string(), format!("GET {REPO}/dockerImages"));
    assert_eq!((lookup.extra[0].pages, lookup.extra[0].when), (Some("dockerImages"), ExtraWhen::Loss));
    let lookup = Repositories::lookup(&place("p", "r", "repo"), &ProjectFacts::default(), None);
    assert_eq!(lookup.extra[0].request.to_string(), format!("GET {REPO}/packages"));
}

#[test]
fn host_and_url_follow_from_place_and_format() {
    let outputs = |project: &str, format: &str| {
        let doc = Doc::from(&json!({"format": format}));
        Repositories::known_outputs(&place(project, "us-central1", "repo"), &ProjectFacts::default(), &doc)
    };
    let docker = outputs("my-project", "DOCKER");
    assert_eq!(docker["host"], Doc::from("us-central1-docker.pkg.dev"));
    assert_eq!(docker["url"], Doc::from("us-central1-docker.pkg.dev/my-project/repo"));
    assert_eq!(docker["path"], Doc::from("projects/my-project/locations/us-central1/repositories/repo"));
    assert_eq!(outputs("example.com:old", "NPM")["url"], Doc::from("us-central1-npm.pkg.dev/example.com/old/repo"));
    let live = Repositories::live_outputs(&place("p", "r", "repo"), &recorded::live(&live_repo()));
    assert_eq!(live["url"], Doc::from("r-docker.pkg.dev/p/repo"), "as `registryUri` says");
}

fn findings(doc: Json) -> Vec<String> {
    let doc = Doc::from(&doc);
    let found = Repositories::check(&CheckInput { place: &place("p", "r", "repo"), doc: &doc });
    assert!(found.iter().all(|fault| fault.field.is_some() && fault.hint.is_some()), "{found:?}");
    found.iter().map(|fault| format!("{} {}", fault.code, fault.field.as_ref().unwrap())).collect()
}

#[test]
fn what_cannot_work_is_found() {
    let hub = json!({"dockerRepository": {"publicRepository": "DOCKER_HUB"}});
    let policy = |policy: Json| json!({"format": "DOCKER", "cleanupPolicies": {"p": policy}});
    let cases = [
        (json!({"format": "DOCKER"}), vec![]),
        (json!({"format": "NPM", "dockerConfig": {"immutableTags": true}}), vec!["wrong-format dockerConfig"]),
        (json!({"format": "DOCKER", "mavenConfig": {}}), vec!["wrong-format mavenConfig"]),
        (json!({"format": "DOCKER", "mode": "REMOTE_REPOSITORY", "remoteRepositoryConfig": hub}), vec![]),
        (json!({"format": "DOCKER", "remoteRepositoryConfig": hub}), vec!["wrong-mode remoteRepositoryConfig"]),
        (json!({"format": "DOCKER", "mode": "REMOTE_REPOSITORY"}), vec!["needs-config mode"]),
        (json!({"format": "DOCKER", "mode": "VIRTUAL_REPOSITORY"}), vec![]),
        (
            json!({"format": "NPM", "mode": "REMOTE_REPOSITORY", "remoteRepositoryConfig": hub}),
            vec!["wrong-format remoteRepositoryConfig.dockerRepository"],
        ),
        (
            json!({"format": "DOCKER", "mode": "REMOTE_REPOSITORY", "remoteRepositoryConfig": {}}),
            vec!["one-source remoteRepositoryConfig"],
        ),
        (
            json!({"format": "DOCKER", "mode": "REMOTE_REPOSITORY", "remoteRepositoryConfig": {"dockerRepository": {}}}),
            vec!["one-source remoteRepositoryConfig.dockerRepository"],
        ),
        (
            json!({"format": "DOCKER", "mode": "VIRTUAL_REPOSITORY",
                "virtualRepositoryConfig": {"upstreamPolicies": [{"id": "a"}, {"id": "a"}]}}),
            vec!["duplicate-id virtualRepositoryConfig.upstreamPolicies[1].id"],
        ),
        (json!({"format": "DOCKER", "labels": {"A": "b"}}), vec!["bad-label labels.A"]),
        (policy(json!({"action": "DELETE", "condition": {"olderThan": "30d"}})), vec![]),
        (policy(json!({"action": "KEEP", "mostRecentVersions": {"keepCount": 5}})), vec![]),
        (policy(json!({"action": "DELETE"})), vec!["policy-choice cleanupPolicies.p"]),
        (
            policy(json!({"action": "DELETE", "mostRecentVersions": {"keepCount": 0}})),
            vec![
                "keep-only cleanupPolicies.p.mostRecentVersions",
                "out-of-range cleanupPolicies.p.mostRecentVersions.keepCount",
            ],
        ),
        (
            policy(json!({"action": "DELETE", "condition": {"olderThan": "a month"}})),
            vec!["bad-duration cleanupPolicies.p.condition.olderThan"],
        ),
        (
            policy(json!({"action": "DELETE", "condition": {"tagState": "UNTAGGED", "tagPrefixes": ["v"]}})),
            vec!["no-tags cleanupPolicies.p.condition.tagPrefixes"],
        ),
    ];
    for (doc, expected) in cases {
        assert_eq!(findings(doc.clone()), expected, "{doc}");
    }
}
