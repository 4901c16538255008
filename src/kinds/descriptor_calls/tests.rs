//! What a descriptor alone leads to: requests as values. Also the steps and words with which other kinds test.

use super::*;
use crate::kinds::call::{FinalBackup, Payloads};
use crate::kinds::{Api, Compare, Durations, FieldRule, HoldsData, ListStyle, Location, Policy, Shape};

/// A descriptor to vary in tests.
pub(crate) fn descriptor() -> Descriptor {
    Descriptor {
        section: "things",
        noun: "thing",
        doc: "A thing.",
        api: Api { host: "things.googleapis.com", prefix: "/v1/", service: "things.googleapis.com" },
        location: Location::Region,
        parents: &[],
        collection: "projects/{project}/locations/{location}/things",
        item: "projects/{project}/locations/{location}/things/{name}",
        id: IdStyle::Query("thingId"),
        list: Some(ListStyle { items: "things", page_size: Some(("pageSize", 1000)), name: "name", complete: true }),
        readable: true,
        update: UpdateStyle::PatchMask,
        family: Family::LongRunning { version: "v1" },
        unique_id: Some("uid"),
        guard: Some("etag"),
        labels: Some("labels"),
        policy: Some(Policy { get_with_post: false, takes_version: true }),
        holds_data: HoldsData::No,
        durations: Durations { create: 1, update: 1, delete: 1 },
        name_blocked_days: None,
        serialised_by: None,
        shapes: &[],
        fields: &[],
        outputs: &[],
    }
}

/// No payloads at all.
#[derive(Debug)]
pub(crate) struct NoPayloads;
impl Payloads for NoPayloads {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// A step to put together in tests: JSON in, request values out.
pub(crate) struct Step {
    pub place: Place,
    pub project: ProjectFacts,
    pub desired: Option<Doc>,
    pub live: Option<Live>,
    pub changed: Vec<DocPath>,
    pub removed: Vec<DocPath>,
}

impl Step {
    /// A step on the resource `name` of project `p` in region `r`.
    pub(crate) fn new(name: &str) -> Self {
        let values = [("project", "p"), ("location", "r"), ("name", name)];
        Self {
            place: Place { values: values.map(|(key, value)| (key.to_owned(), value.to_owned())).into() },
            project: ProjectFacts { id: "p".into(), number: Some("123".into()) },
            desired: None,
            live: None,
            changed: Vec::new(),
            removed: Vec::new(),
        }
    }

    pub(crate) fn at(mut self, key: &str, value: &str) -> Self {
        self.place.values.insert(key.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn desired(mut self, json: Json) -> Self {
        self.desired = Some(Doc::from(&json));
        self
    }

    pub(crate) fn live(mut self, api: Json) -> Self {
        let policy = self.live.and_then(|live| live.policy);
        self.live = Some(Live { api, policy, extra: Vec::new() });
        self
    }

    pub(crate) fn policy(mut self, policy: Json) -> Self {
        self.live.as_mut().expect("live first").policy = Some(policy);
        self
    }

    pub(crate) fn changed(mut self, paths: &[&str]) -> Self {
        self.changed = paths.iter().map(|path| path.parse().unwrap()).collect();
        self
    }

    pub(crate) fn removed(mut self, paths: &[&str]) -> Self {
        self.removed = paths.iter().map(|path| path.parse().unwrap()).collect();
        self
    }

    pub(crate) fn input(&self, action: Action) -> StepInput<'_> {
        StepInput {
            action,
            place: &self.place,
            project: &self.project,
            stack: "demo",
            desired: self.desired.as_ref(),
            live: self.live.as_ref(),
            changed: &self.changed,
            removed: &self.removed,
            payloads: &NoPayloads,
            final_backup: FinalBackup::Skip,
        }
    }
}

/// Calls as JSON: `{"label", "request": "METHOD host/path?query", "body"}`, `{"label", "add", "remove"}`.
pub(crate) fn shown(calls: Result<Vec<Call>, Diagnostic>) -> Json {
    let show = |call: Call| match call.effect {
        Effect::Http(http) => {
            let mut text = http.request.to_string();
            for (index, (key, value)) in http.request.query.iter().enumerate() {
                text.push_str(&format!("{}{key}={value}", if index == 0 { '?' } else { '&' }));
            }
            let mut json = json!({"label": call.label, "request": text});
            if let Some(body) = http.request.body.as_json() {
                json["body"] = body.clone();
            }
            if !http.fresh.is_empty() {
                json["fresh"] = json!(http.fresh);
            }
            json
        }
        Effect::Policy(edit) => {
            json!({"label": call.label, "get": edit.get.to_string(), "set": edit.set.to_string(),
                   "add": edit.add, "remove": edit.remove})
        }
    };
    Json::Array(calls.expect("calls").into_iter().map(show).collect())
}

static FIELDS: &[FieldRule] = &[
    FieldRule::new("name", "x").flags(&[Flag::OutputOnly]),
    FieldRule::new("etag", "x").flags(&[Flag::OutputOnly]),
    FieldRule::new("timeout", "x").compare(Compare::Duration),
    FieldRule::new("mode", "x").default("\"A\""),
];

fn masked() -> Descriptor {
    Descriptor { fields: FIELDS, ..descriptor() }
}

#[test]
fn a_create_names_the_resource_and_carries_the_label_and_members() {
    let step = Step::new("a/b").desired(json!({"timeout": "5m", "labels": {"x": "y"},
        "iam": [{"role": "roles/r", "members": ["allUsers"]}]}));
    let things = "things.googleapis.com/v1/projects/p/locations/r/things";
    assert_eq!(
        shown(calls(&masked(), &step.input(Action::Create))),
        json!([
            {"label": "create", "request": format!("POST {things}?thingId=a/b"),
             "body": {"timeout": "300s", "labels": {"stackctl-stack": "demo", "x": "y"}}},
            {"label": "set members", "get": format!("GET {things}/a%2Fb:getIamPolicy"),
             "set": format!("POST {things}/a%2Fb:setIamPolicy"),
             "add": [{"role": "roles/r", "members": ["allUsers"]}], "remove": []},
        ])
    );
}

#[test]
fn a_masked_update_sends_the_changed_fields_and_the_guard() {
    let live = json!({"name": "x", "etag": "E", "labels": {"theirs": "1", "gone": "2"}, "mode": "B", "note": "n"});
    let step = Step::new("t")
        .desired(json!({"timeout": "2s", "labels": {"ours": "3"}}))
        .live(live)
        .changed(&["timeout", "labels.ours"])
        .removed(&["labels.gone", "mode", "note"]);
    assert_eq!(
        shown(calls(&masked(), &step.input(Action::Update))),
        json!([{"label": "update",
            "request": "PATCH things.googleapis.com/v1/projects/p/locations/r/things/t?updateMask=timeout,labels,mode,note",
            "body": {"timeout": "2s", "labels": {"theirs": "1", "stackctl-stack": "demo", "ours": "3"}, "mode": "A", "etag": "E"}}])
    );
}

#[test]
fn a_patch_without_mask_names_what_goes() {
    let descriptor = Descriptor { update: UpdateStyle::PatchChanged, labels: None, ..masked() };
    let step = Step::new("t")
        .desired(json!({"log": {"on": true}}))
        .live(json!({"log": {"on": false, "keep": 1, "filter": "x"}, "note": "n"}))
        .changed(&["log.on"])
        .removed(&["log.filter"]);
    assert_eq!(
        shown(calls(&descriptor, &step.input(Action::Update)))[0]["body"],
        json!({"log": {"on": true, "keep": 1, "filter": null}})
    );
}

#[test]
fn a_full_update_starts_from_the_live_resource() {
    let descriptor = Descriptor {
        update: UpdateStyle::Put,
        labels: None,
        guard: Some("settings.version"),
        shapes: &[Shape::Nest { api: "settings", outer: &["name", "etag"] }],
        ..masked()
    };
    let step = Step::new("t")
        .desired(json!({"mode": "C"}))
        .live(json!({"name": "t", "settings": {"mode": "B", "theirs": 1, "version": "7"}, "new": 1}))
        .changed(&["mode"]);
    let shown = shown(calls(&descriptor, &step.input(Action::Update)));
    assert_eq!(shown[0]["request"], "PUT things.googleapis.com/v1/projects/p/locations/r/things/t");
    assert_eq!(shown[0]["body"], json!({"settings": {"mode": "C", "theirs": 1, "version": "7"}, "new": 1}));
}

#[test]
fn members_are_added_where_missing_and_removed_where_named() {
    let step = Step::new("t")
        .desired(json!({"iam": [{"role": "a", "members": ["user:Ann@x.y", "allUsers"]}]}))
        .live(json!({}))
        .policy(json!({"bindings": [{"role": "a", "members": ["user:ann@x.y", "theirs", "gone"]}]}))
        .changed(&["iam.a.allUsers"])
        .removed(&["iam.a.gone"]);
    let shown = shown(calls(&Descriptor { labels: None, ..masked() }, &step.input(Action::Update)));
    assert_eq!(shown.as_array().unwrap().len(), 1);
    assert_eq!(shown[0]["add"], json!([{"role": "a", "members": ["allUsers"]}]));
    assert_eq!(shown[0]["remove"], json!([{"role": "a", "members": ["gone"]}]));
}

#[test]
fn labels_with_a_call_of_their_own_follow_the_create() {
    static APART: &[FieldRule] = &[FieldRule::new("labels", "x").via("setLabels")];
    let descriptor = Descriptor { fields: APART, id: IdStyle::Body("name"), ..descriptor() };
    let step = Step::new("t").desired(json!({"labels": {"a": "b"}}));
    let shown = |action, step: &Step| shown(calls(&descriptor, &step.input(action)));
    let set = "POST things.googleapis.com/v1/projects/p/locations/r/things/t/setLabels";
    assert_eq!(
        shown(Action::Create, &step),
        json!([
            {"label": "create", "request": "POST things.googleapis.com/v1/projects/p/locations/r/things", "body": {"name": "t"}},
            {"label": "set labels", "request": set, "body": {"labels": {"stackctl-stack": "demo", "a": "b"}},
             "fresh": [["labelFingerprint", "labelFingerprint"]]},
        ])
    );
    let step = step
        .live(json!({"labels": {"theirs": "1", "c": "d"}, "labelFingerprint": "F"}))
        .changed(&["labels.a"])
        .removed(&["labels.c"]);
    assert_eq!(
        shown(Action::Update, &step),
        json!([{"label": "set labels", "request": set,
            "body": {"labels": {"theirs": "1", "stackctl-stack": "demo", "a": "b"}, "labelFingerprint": "F"}}])
    );
}

#[test]
fn an_adopt_without_changes_sends_nothing() {
    let step = Step::new("t").desired(json!({"mode": "A"})).live(json!({"mode": "A"}));
    assert_eq!(shown(calls(&masked(), &step.input(Action::Adopt))), json!([]));
}

#[test]
fn a_delete_is_satisfied_by_not_found() {
    let step = Step::new("t").live(json!({}));
    let calls = calls(&masked(), &step.input(Action::Delete)).unwrap();
    let Effect::Http(http) = &calls[0].effect else { panic!("no request") };
    assert_eq!((http.request.method, http.satisfied_by), (Method::Delete, Satisfied::ByNotFound));
}

#[test]
fn members_of_a_collection_are_known_by_their_last_segment() {
    let step = Step::new("t");
    for (name, is) in [("t", true), ("projects/p/locations/r/things/t", true), ("things/tt", false)] {
        assert_eq!(is_member(&descriptor(), &step.place, &json!({"name": name})), is, "{name}");
    }
}
