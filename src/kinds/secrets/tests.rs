//! The laws over recorded answers, each call's request, each check.

use serde_json::json;

use super::*;
use crate::kinds::call::Payloads;
use crate::kinds::descriptor_calls::tests::{Step, shown};
use crate::kinds::payload::{Generate, Source};
use crate::kinds::{Row, recorded, row};

const ROW: Row = row::<Secrets>();
const RECORDED: &str = include_str!("../../../tests/recorded/secrets.jsonl");
const RECORDED_VERSIONS: &str = include_str!("../../../tests/recorded/secretVersions.jsonl");
const SECRET: &str = "secretmanager.googleapis.com/v1/projects/p/secrets/auth";

fn place(name: &str) -> Place {
    let values = [("project", "p"), ("name", name)];
    Place { values: values.map(|(key, value)| (key.to_owned(), value.to_owned())).into() }
}

#[derive(Debug)]
struct Value(&'static [u8]);
impl Payloads for Value {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        (name == "value").then(|| self.0.to_vec())
    }
}

fn calls(step: &Step, action: Action) -> Json {
    shown(Secrets::calls(&StepInput { payloads: &Value(b"admin:hush"), ..step.input(action) }))
}

fn labels(calls: &Json) -> Vec<&str> {
    calls.as_array().unwrap().iter().map(|call| call["label"].as_str().unwrap()).collect()
}

fn live_auth() -> Json {
    json!({"name": "projects/123/secrets/auth", "createTime": "2026-01-01T00:00:00Z", "etag": "\"e\"",
        "replication": {"automatic": {}}, "labels": {"stackctl-stack": "demo"},
        "annotations": {"theirs": "x", "stackctl-rotation": "1"}})
}

fn versions(states: &[(&str, &str)]) -> Vec<(&'static str, Option<Json>)> {
    let list: Vec<Json> = states
        .iter()
        .map(|(number, state)| json!({"name": format!("projects/123/secrets/auth/versions/{number}"), "state": state}))
        .collect();
    vec![(VERSIONS, Some(json!({"versions": list})))]
}

fn with_versions(mut step: Step, states: &[(&str, &str)]) -> Step {
    step.live.as_mut().unwrap().extra = versions(states);
    step
}

#[test]
fn recorded_answers_come_back_and_differ_in_nothing() {
    recorded::shapes_lose_nothing(&ROW, RECORDED);
    recorded::entries_differ_in_nothing(&ROW, RECORDED, |secret| {
        place(secret["name"].as_str().unwrap().rsplit('/').next().unwrap())
    });
}

#[test]
fn a_recorded_secret_is_found_though_its_name_has_the_project_s_number() {
    for (case, secret) in recorded::answers(RECORDED) {
        let name = secret["name"].as_str().unwrap().rsplit('/').next().unwrap();
        assert!(Secrets::is_member(&place(name), &secret), "{case}");
        assert!(!Secrets::is_member(&place("other"), &secret), "{case}");
    }
}

#[test]
fn rotation_is_an_annotation_and_google_s_schedule_has_a_name_of_its_own() {
    let api = json!({"annotations": {"stackctl-rotation": "2"}, "rotation": {"rotationPeriod": "3600s"},
        "versionAliases": {"prod": "3"}});
    let file = json!({"rotation": 2, "rotationSchedule": {"rotationPeriod": "3600s"}, "versionAliases": {"prod": 3}});
    let shapes = DESCRIPTOR.shapes;
    assert_eq!(crate::kinds::shape::to_file(shapes, Doc::from(&api)), Doc::from(&file));
    assert_eq!(crate::kinds::shape::to_api(shapes, Doc::from(&file)), Doc::from(&api));
    let path = |file: &str| crate::kinds::shape::api_path(shapes, file);
    assert_eq!(path("rotation"), "annotations.stackctl-rotation");
    assert_eq!(path("rotationSchedule.rotationPeriod"), "rotation.rotationPeriod");
}

#[test]
fn creating_posts_the_secret_then_its_value_with_a_checksum() {
    let step = Step::new("auth").desired(json!({"generate": {"length": 32, "prefix": "admin:"}, "rotation": 1}));
    assert_eq!(
        calls(&step, Action::Create),
        json!([
            {"label": "create", "request": "POST secretmanager.googleapis.com/v1/projects/p/secrets?secretId=auth",
             "body": {"labels": {"stackctl-stack": "demo"}, "annotations": {"stackctl-rotation": "1"},
                      "replication": {"automatic": {}}}},
            {"label": "add version", "request": format!("POST {SECRET}:addVersion"),
             "body": {"payload": {"data": "YWRtaW46aHVzaA==", "dataCrc32c": crc32c::crc32c(b"admin:hush").to_string()}}}
        ])
    );
}

/// From `version-cassette-2024-04-16`: what `:access` answered for this payload.
#[test]
fn the_checksum_is_the_recorded_one() {
    let payload =
        b"I always loved sparring with giant candy swords, but I had no idea that was my super secret information!";
    let step = Step::new("auth").desired(json!({"env": "A"}));
    let call = shown(Secrets::calls(&StepInput { payloads: &Value(payload), ..step.input(Action::Create) }));
    assert_eq!(call[1]["body"]["payload"]["dataCrc32c"], "98593831");
}

#[test]
fn a_secret_without_a_source_gets_no_version() {
    let step = Step::new("auth").desired(json!({"replication": {"userManaged": {"replicas": [{"location": "r"}]}}}));
    let calls = calls(&step, Action::Create);
    assert_eq!(labels(&calls), ["create"]);
    assert_eq!(calls[0]["body"]["replication"], json!({"userManaged": {"replicas": [{"location": "r"}]}}));
}

#[test]
fn a_value_that_is_missing_empty_or_too_long_stops_the_step() {
    let step = Step::new("auth").desired(json!({"env": "A"}));
    let none = Secrets::calls(&step.input(Action::Create)).unwrap_err();
    assert_eq!(none.message, "the value of secret `auth` is not at hand");
    static LONG: [u8; 65_537] = [b'x'; 65_537];
    for (bytes, words) in [(&b""[..], "is empty"), (&LONG[..], "has 65537 bytes, Google takes 65536")] {
        let fault = Secrets::calls(&StepInput { payloads: &Value(bytes), ..step.input(Action::Create) }).unwrap_err();
        assert!(fault.message.ends_with(words), "{}", fault.message);
    }
}

#[test]
fn a_rotation_adds_the_version_before_it_writes_the_number() {
    let step = Step::new("auth").live(live_auth()).desired(json!({"env": "A", "rotation": 2})).changed(&["rotation"]);
    let calls = calls(&step, Action::Update);
    assert_eq!(labels(&calls), ["add version", "update"]);
    assert_eq!(
        calls[1],
        json!({"label": "update", "request": format!("PATCH {SECRET}?updateMask=annotations"),
            "body": {"annotations": {"theirs": "x", "stackctl-rotation": "2"}, "etag": "\"e\""}})
    );
}

#[test]
fn the_number_rotates_only_upwards() {
    let due = |live: Json, wanted: Json, action: Action| {
        let step = Step::new("auth").live(live).desired(wanted).changed(&["rotation"]);
        versions::is_due(&step.input(action))
    };
    let bare = || {
        let mut live = live_auth();
        live.as_object_mut().unwrap().remove("annotations");
        live
    };
    assert!(due(live_auth(), json!({"env": "A", "rotation": 2}), Action::Update));
    assert!(!due(live_auth(), json!({"env": "A", "rotation": 0}), Action::Update), "put back by hand");
    assert!(due(bare(), json!({"env": "A", "rotation": 1}), Action::Update), "asked for the first time");
    assert!(!due(bare(), json!({"env": "A", "rotation": 1}), Action::Adopt), "others rely on its value");
    assert!(due(live_auth(), json!({"env": "A", "rotation": 2}), Action::Adopt));
    assert!(!due(live_auth(), json!({"rotation": 2}), Action::Update), "nothing to add");
}

#[test]
fn a_changed_value_adds_a_version_and_nothing_else() {
    let step = Step::new("auth").live(live_auth()).desired(json!({"env": "A", "rotation": 1})).changed(&["value"]);
    assert_eq!(labels(&calls(&step, Action::Update)), ["add version"]);
}

#[test]
fn another_source_of_the_same_value_sends_nothing() {
    let step = Step::new("auth").live(live_auth()).desired(json!({"env": "B", "rotation": 1})).changed(&["env"]);
    assert_eq!(calls(&step, Action::Update), json!([]));
}

#[test]
fn labels_change_by_mask_and_others_stay() {
    let mut live = live_auth();
    live["labels"] = json!({"stackctl-stack": "demo", "theirs": "1", "ours": "2"});
    let step = Step::new("auth")
        .live(live)
        .desired(json!({"env": "A", "labels": {"new": "3"}}))
        .changed(&["labels.new"])
        .removed(&["labels.ours"]);
    assert_eq!(
        calls(&step, Action::Update),
        json!([{"label": "update", "request": format!("PATCH {SECRET}?updateMask=labels"),
            "body": {"labels": {"stackctl-stack": "demo", "theirs": "1", "new": "3"}, "etag": "\"e\""}}])
    );
}

#[test]
fn the_schedule_goes_under_google_s_name_for_it() {
    let step = Step::new("auth")
        .live(live_auth())
        .desired(json!({"env": "A", "rotation": 1, "topics": [{"name": "projects/p/topics/t"}],
            "rotationSchedule": {"nextRotationTime": "2027-01-01T00:00:00Z", "rotationPeriod": "30d"}}))
        .changed(&["rotationSchedule.rotationPeriod", "topics"]);
    assert_eq!(
        calls(&step, Action::Update),
        json!([{"label": "update", "request": format!("PATCH {SECRET}?updateMask=rotation,topics"),
            "body": {"rotation": {"nextRotationTime": "2027-01-01T00:00:00Z", "rotationPeriod": "2592000s"},
                     "topics": [{"name": "projects/p/topics/t"}], "etag": "\"e\""}}])
    );
}

#[test]
fn a_secret_whose_making_was_interrupted_gets_its_version() {
    let step = with_versions(Step::new("auth").live(live_auth()).desired(json!({"env": "A", "rotation": 1})), &[]);
    assert_eq!(Secrets::lacks(step.live.as_ref().unwrap()), ["value"]);
    assert_eq!(labels(&calls(&step, Action::Update)), ["add version"]);
    assert_eq!(labels(&calls(&step, Action::Adopt)), ["add version"]);
    let full = with_versions(step, &[("1", "ENABLED")]);
    assert_eq!(Secrets::lacks(full.live.as_ref().unwrap()), [""; 0]);
    assert_eq!(calls(&full, Action::Adopt), json!([]));
    assert_eq!(Secrets::lacks(&recorded::live(&live_auth())), [""; 0], "versions were not read");
}

#[test]
fn versions_are_listed_where_somebody_needs_them_and_never_read() {
    let lookup = Secrets::lookup(&place("auth"), &ProjectFacts::default(), None);
    assert_eq!(lookup.item.unwrap().to_string(), format!("GET {SECRET}"));
    assert_eq!(lookup.list.unwrap().to_string(), "GET secretmanager.googleapis.com/v1/projects/p/secrets");
    let extra = &lookup.extra[0];
    assert_eq!(extra.request.to_string(), format!("GET {SECRET}/versions"));
    assert_eq!((extra.pages, extra.when), (Some("versions"), ExtraWhen::Outputs(&["version", "versionPath"])));
}

#[test]
fn the_output_is_the_newest_enabled_version() {
    let step = with_versions(
        Step::new("auth").live(live_auth()),
        &[("11", "DISABLED"), ("10", "ENABLED"), ("9", "ENABLED"), ("8", "DESTROYED")],
    );
    let outputs = Secrets::live_outputs(&place("auth"), step.live.as_ref().unwrap());
    assert_eq!(
        Doc::Map(outputs),
        Doc::from(&json!({"version": "10", "versionPath": "projects/p/secrets/auth/versions/10"}))
    );
    assert_eq!(Secrets::live_outputs(&place("auth"), &recorded::live(&live_auth())), Map::new());
    let (_, version) = recorded::answers(RECORDED_VERSIONS).remove(0);
    assert_eq!(versions::newest(&[version]), Some("1"));
}

#[test]
fn outputs_are_unknown_only_while_a_version_is_due() {
    let step = Step::new("auth").live(live_auth()).desired(json!({"env": "A", "rotation": 2})).changed(&["rotation"]);
    assert_eq!(Secrets::unsettled(&step.input(Action::Update)), ["version", "versionPath"]);
    let step = Step::new("auth").live(live_auth()).desired(json!({"env": "A", "rotation": 1})).changed(&["labels.a"]);
    assert_eq!(Secrets::unsettled(&step.input(Action::Update)), [""; 0]);
    let known = Secrets::known_outputs(&place("auth"), &ProjectFacts::default(), &Doc::map());
    assert_eq!(Doc::Map(known), Doc::from(&json!({"name": "auth", "path": "projects/p/secrets/auth"})));
}

#[test]
fn the_source_is_named_for_the_engine() {
    let payloads = Secrets::payloads(&Doc::from(&json!({"generate": {"length": 8, "charset": "hex"}})));
    let generate = Generate { prefix: String::new(), length: 8, charset: "0123456789abcdef".to_owned() };
    assert_eq!(payloads, [Payload { name: "value", source: Source::Generate(generate) }]);
    assert_eq!(Secrets::payloads(&Doc::from(&json!({"labels": {}}))), []);
}

#[test]
fn members_are_added_after_the_value() {
    let step = Step::new("auth").desired(json!({"env": "A",
        "iam": [{"role": "roles/secretmanager.secretAccessor", "members": ["serviceAccount:a@p.iam.gserviceaccount.com"]}]}));
    let calls = calls(&step, Action::Create);
    assert_eq!(labels(&calls), ["create", "add version", "set members"]);
    assert_eq!(calls[2]["get"], format!("GET {SECRET}:getIamPolicy"));
    assert_eq!(calls[2]["set"], format!("POST {SECRET}:setIamPolicy"));
}

#[test]
fn a_replacement_and_a_deletion_lose_the_versions() {
    let step = Step::new("auth").live(live_auth()).desired(json!({"env": "A"}));
    assert_eq!(labels(&calls(&step, Action::Replace)), ["delete", "create", "add version"]);
    let delete = calls(&step, Action::Delete);
    assert_eq!(delete, json!([{"label": "delete", "request": format!("DELETE {SECRET}")}]));
    assert_eq!(Secrets::consequences(&step.input(Action::Delete)), ["all versions of the secret are gone for good"]);
}

fn findings(doc: Json) -> Vec<String> {
    let doc = Doc::from(&doc);
    let found = Secrets::check(&CheckInput { place: &place("auth"), doc: &doc });
    assert!(
        found.iter().all(|fault| fault.field.is_some() && (fault.hint.is_some() || fault.label.is_some())),
        "{found:?}"
    );
    found.iter().map(|fault| format!("{} {}", fault.code, fault.field.as_ref().unwrap())).collect()
}

#[test]
fn what_cannot_work_is_found() {
    let topics = json!([{"name": "projects/p/topics/t"}]);
    let cases = [
        (json!({"generate": {"length": 32, "prefix": "admin:"}}), vec![]),
        (json!({}), vec![]),
        (json!({"env": "A", "file": "b"}), vec!["payload-source file"]),
        (json!({"rotation": 1}), vec!["no-source rotation"]),
        (json!({"env": "A", "rotation": -1}), vec!["out-of-range rotation"]),
        (json!({"generate": {"length": 4}}), vec!["out-of-range generate.length"]),
        (json!({"generate": {"charset": "ab"}}), vec!["weak-charset generate.charset"]),
        (json!({"generate": {"charset": "hex"}}), vec![]),
        (json!({"replication": {}}), vec!["replication-choice replication"]),
        (
            json!({"replication": {"automatic": {}, "userManaged": {"replicas": [{"location": "r"}]}}}),
            vec!["replication-choice replication"],
        ),
        (
            json!({"replication": {"userManaged": {"replicas": []}}}),
            vec!["no-replicas replication.userManaged.replicas"],
        ),
        (json!({"labels": {"A": "b"}}), vec!["bad-label labels.A"]),
        (json!({"annotations": {"stackctl-rotation": "1"}}), vec!["reserved-annotation annotations.stackctl-rotation"]),
        (json!({"annotations": {"-a": "1"}}), vec!["bad-annotation annotations.-a"]),
        (json!({"annotations": {"a": "x".repeat(17_000)}}), vec!["annotations-too-long annotations"]),
        (json!({"topics": [{"name": "t"}]}), vec!["bad-topic topics[0].name"]),
        (json!({"ttl": "30d", "expireTime": "2027-01-01T00:00:00Z"}), vec!["expiry-twice ttl"]),
        (json!({"expireTime": "tomorrow"}), vec!["bad-time expireTime"]),
        (json!({"ttl": "soon"}), vec!["bad-duration ttl"]),
        (json!({"versionDestroyTtl": "3600s"}), vec!["too-short versionDestroyTtl"]),
        (
            json!({"rotationSchedule": {"nextRotationTime": "2027-01-01T00:00:00Z"}}),
            vec!["needs-topics rotationSchedule"],
        ),
        (
            json!({"topics": topics, "rotationSchedule": {"rotationPeriod": "30d"}}),
            vec!["needs-next-time rotationSchedule.rotationPeriod"],
        ),
        (
            json!({"topics": topics, "rotationSchedule": {"rotationPeriod": "60s", "nextRotationTime": "2027-01-01T00:00:00Z"}}),
            vec!["too-short rotationSchedule.rotationPeriod"],
        ),
        (json!({"versionAliases": {"latest": 1}}), vec!["bad-alias versionAliases.latest"]),
        (json!({"versionAliases": {"prod": 0}}), vec!["out-of-range versionAliases.prod"]),
    ];
    for (doc, expected) in cases {
        assert_eq!(findings(doc.clone()), expected, "{doc}");
    }
}

#[test]
fn names_follow_google_s_rule() {
    for name in ["a", "Prefect_auth-1", &"a".repeat(255)] {
        assert_eq!(Secrets::check_name(name), Ok(()), "{name}");
    }
    for name in ["", "a.b", "a/b", &"a".repeat(256)] {
        assert!(Secrets::check_name(name).is_err(), "{name}");
    }
}
