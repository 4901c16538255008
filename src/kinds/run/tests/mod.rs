//! Cloud Run's kinds against recorded traffic, request by request and check by check.

mod checks;
mod discovery;
mod health;
mod recorded;
mod requests;
mod shapes;
mod specs;

use serde_json::{Value as Json, json};

use crate::kinds::call::{FinalBackup, Payloads};
use crate::kinds::{Descriptor, Effect, Kind, Live, StepInput};
use crate::model::{Action, Doc, DocPath, Place, ProjectFacts};

pub(super) use super::{Jobs, Services, WorkerPools};

/// No entry of Cloud Run has payloads.
#[derive(Debug)]
struct None_;

impl Payloads for None_ {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

fn place(name: &str) -> Place {
    let values = [("project", "demo"), ("location", "us-central1"), ("name", name)];
    Place { values: values.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect() }
}

fn project() -> ProjectFacts {
    ProjectFacts { id: "demo".to_owned(), number: Some("123456789012".to_owned()) }
}

fn doc(json: Json) -> Doc {
    Doc::from(&json)
}

fn plain(doc: &Doc) -> Json {
    doc.to_json().expect("nothing is unknown in this test")
}

fn live(api: Json) -> Live {
    Live { api, policy: None, extra: Vec::new() }
}

/// A step and everything that it borrows.
struct Step {
    action: Action,
    place: Place,
    project: ProjectFacts,
    desired: Option<Doc>,
    live: Option<Live>,
    changed: Vec<DocPath>,
    removed: Vec<DocPath>,
}

impl Step {
    fn new<K: Kind>(action: Action, name: &str, desired: Json) -> Self {
        let place = place(name);
        let mut desired = doc(desired);
        K::complete(&place, &mut desired);
        let desired = Some(desired);
        Self { action, place, project: project(), desired, live: None, changed: Vec::new(), removed: Vec::new() }
    }

    fn on(mut self, api: Json) -> Self {
        self.live = Some(live(api));
        self
    }

    fn changed(mut self, paths: &[&str]) -> Self {
        self.changed = paths.iter().map(|path| path.parse().unwrap()).collect();
        self
    }

    fn removed(mut self, paths: &[&str]) -> Self {
        self.removed = paths.iter().map(|path| path.parse().unwrap()).collect();
        self
    }

    fn input(&self) -> StepInput<'_> {
        StepInput {
            action: self.action,
            place: &self.place,
            project: &self.project,
            stack: "prefect",
            desired: self.desired.as_ref(),
            live: self.live.as_ref(),
            changed: &self.changed,
            removed: &self.removed,
            payloads: &None_,
            final_backup: FinalBackup::Skip,
        }
    }

    /// The calls as JSON: requests with method, URL and body, and edits of members.
    fn calls<K: Kind>(&self) -> Vec<Json> {
        let calls = K::calls(&self.input()).expect("the step can be carried out");
        calls.iter().map(|call| shown(call.label, &call.effect)).collect()
    }
}

fn shown(label: &str, effect: &Effect) -> Json {
    match effect {
        Effect::Http(http) => {
            let query: Vec<String> = http.request.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let body = http.request.body.as_json().cloned().unwrap_or(Json::Null);
            json!({"label": label, "request": http.request.to_string(), "query": query.join("&"), "body": body})
        }
        Effect::Policy(edit) => json!({
            "label": label, "get": edit.get.to_string(), "set": edit.set.to_string(),
            "add": edit.add, "remove": edit.remove,
        }),
    }
}

fn descriptor(section: &str) -> &'static Descriptor {
    match section {
        "services" => Services::DESCRIPTOR,
        "workerPools" => WorkerPools::DESCRIPTOR,
        "jobs" => Jobs::DESCRIPTOR,
        other => panic!("no kind of Cloud Run: {other}"),
    }
}
