//! The example of each kind: valid, and every request that it leads to is one of Google's.

use serde_json::json;
use stackctl::gcp::client::USER_PROJECT;
use stackctl::kinds::call::{FinalBackup, Payloads};
use stackctl::kinds::{Effect, Flag, Live, StepInput, examples, registry, request, rules};
use stackctl::model::{Action, Doc, DocPath, ProjectFacts, Severity};
use stackctl::stack::{self, Entry, Inputs};
use stackctl::wire::http::Body;
use stackctl::wire::{Request, record};

use crate::registry::{none, resource};

/// The project of the examples.
pub fn project() -> ProjectFacts {
    ProjectFacts { id: "my-project".into(), number: Some("123456789012".into()) }
}

/// The entries of the section's example.
pub fn entries(section: &str) -> Vec<Entry> {
    let text = examples::of(section).unwrap_or_else(|| panic!("{section} has no example"));
    let file = stack::File { name: format!("{section}.yaml"), bytes: text.as_bytes().to_vec() };
    let draft = stack::parse(&[file], &[]).unwrap_or_else(|fault| panic!("{section}: {:?}", fault.findings));
    let wanted = stack::wanted(&draft);
    let env = wanted.env.into_iter().map(|name| (name, "value".to_owned())).collect();
    let inputs = Inputs { env, project_number: project().number, ..Inputs::default() };
    let built = stack::build(&draft, &inputs);
    let bad: Vec<_> = built.findings.iter().filter(|finding| finding.severity != Severity::Note).collect();
    assert!(bad.is_empty(), "the example of {section}: {bad:#?}");
    let entries = built.stack.expect("no errors").entries;
    let own: Vec<_> = entries.into_iter().filter(|entry| &*entry.address.section == section).collect();
    assert!(!own.is_empty(), "the example of {section} has no entry of it");
    own
}

#[derive(Debug)]
struct AnyPayload;
impl Payloads for AnyPayload {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        Some(b"payload".to_vec())
    }
}

/// The document with every hole filled, as when all that it waits for is there.
fn filled(doc: &Doc) -> Doc {
    match doc {
        Doc::Unknown(_) => Doc::from("1"),
        Doc::List(list) => Doc::List(list.iter().map(filled).collect()),
        Doc::Map(map) => Doc::Map(map.iter().map(|(key, value)| (key.clone(), filled(value))).collect()),
        Doc::Sensitive(inner) => Doc::Sensitive(Box::new(filled(inner))),
        other => other.clone(),
    }
}

/// What the judge says of a request as the client sends it.
fn faults_of(request: &Request) -> Vec<String> {
    let mut sent = request.clone().header(USER_PROJECT, "my-project");
    if let (true, Body::Json(body)) = (sent.path.ends_with("/setLabels"), &mut sent.body) {
        // What was just made is read before its labels are set; whole runs are judged with what was sent then.
        body["labelFingerprint"] = json!("42WmSpB8rSM=");
    }
    stackctl_judge::faults(&record::line(1, &sent, None))
}

/// What a request is part of: the resource itself, or its policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Resource,
    Policy,
}

/// A step on an entry of an example.
struct Step<'a> {
    entry: &'a Entry,
    doc: Doc,
    live: Option<Live>,
    changed: Vec<DocPath>,
    removed: Vec<DocPath>,
}

impl<'a> Step<'a> {
    fn new(entry: &'a Entry) -> Self {
        Self { entry, doc: filled(&entry.doc), live: None, changed: Vec::new(), removed: Vec::new() }
    }

    /// The requests of the step, with what they are part of.
    fn requests(&self, action: Action) -> Result<Vec<(Part, Request)>, String> {
        let facts = project();
        let input = StepInput {
            action,
            place: &self.entry.place,
            project: &facts,
            stack: "example",
            desired: (action != Action::Delete).then_some(&self.doc),
            live: self.live.as_ref(),
            changed: &self.changed,
            removed: &self.removed,
            payloads: &AnyPayload,
            final_backup: FinalBackup::Take,
        };
        let calls = (self.entry.kind.calls)(&input)
            .map_err(|fault| format!("{} {action:?} {:?}: {fault:?}", self.entry.address, self.changed))?;
        let mut requests = Vec::new();
        for call in calls {
            match call.effect {
                Effect::Http(http) => requests.push((Part::Resource, http.request)),
                Effect::Policy(edit) => {
                    let policy = json!({"bindings": edit.add, "etag": "BwYV2pEFkbY=", "version": 3});
                    requests.push((Part::Policy, edit.get));
                    requests.push((Part::Policy, edit.set.json(json!({"policy": policy}))));
                }
                #[expect(unreachable_patterns, reason = "further effects are no requests")]
                _ => {}
            }
        }
        Ok(requests)
    }

    /// What the judge says of all requests of the step, and how many there are.
    fn judged(&self, action: Action) -> (usize, Vec<String>) {
        let requests = match self.requests(action) {
            Ok(requests) => requests,
            Err(fault) => return (0, vec![fault]),
        };
        let describe = |fault| format!("{} {action:?} {:?}: {fault}", self.entry.address, self.changed);
        let faults = requests.iter().flat_map(|(_, request)| faults_of(request)).map(describe).collect();
        (requests.len(), faults)
    }

    /// The resource as the create made it, with what guards updates.
    fn alive(&self) -> Live {
        let descriptor = self.entry.kind.descriptor;
        let mut api = request::api_doc(descriptor, &self.doc);
        if let Some(guard) = descriptor.guard {
            // Base64 as a fingerprint is, and a number as a version is.
            api.put(guard, Doc::from("1111"));
        }
        if resource(descriptor.section).described("labelFingerprint").is_some() {
            api.put("labelFingerprint", Doc::from("42WmSpB8rSM="));
        }
        Live { api: api.to_json().expect("everything is filled"), policy: Some(json!({})), extra: Vec::new() }
    }
}

#[test]
fn every_read_create_and_delete_of_the_examples_is_a_request_of_googles() {
    let mut faults = Vec::new();
    for row in registry::all() {
        for entry in entries(row.descriptor.section) {
            let lookup = (row.lookup)(&entry.place, &project(), Some(&entry.doc));
            let extra = lookup.extra.into_iter().map(|extra| extra.request);
            for request in lookup.item.into_iter().chain(lookup.list).chain(lookup.policy).chain(extra) {
                faults.extend(faults_of(&request));
            }
            let mut step = Step::new(&entry);
            let (count, found) = step.judged(Action::Create);
            assert!(count > 0, "{} is created by no call: {found:?}", entry.address);
            faults.extend(found);
            step.live = Some(unprotected(step.alive()));
            step.removed = leaves(&step.doc);
            let (count, found) = step.judged(Action::Delete);
            assert!(count > 0, "{} is deleted by no call: {found:?}", entry.address);
            faults.extend(found);
        }
    }
    none(faults);
}

/// A resource that may be deleted.
fn unprotected(mut live: Live) -> Live {
    if let Some(protection) = live.api.pointer_mut("/settings/deletionProtectionEnabled") {
        *protection = json!(false);
    }
    live
}

/// The paths of a document's leaves, in canonical form for members.
fn leaves(doc: &Doc) -> Vec<DocPath> {
    fn walk(doc: &Doc, path: &DocPath, found: &mut Vec<DocPath>) {
        match doc {
            Doc::Map(map) => map.iter().for_each(|(key, value)| walk(value, &path.key(key.as_str()), found)),
            Doc::List(list) if path == &DocPath::keys("members") => {
                found.extend(list.iter().filter_map(Doc::as_str).map(|member| path.key(member)));
            }
            _ => found.push(path.clone()),
        }
    }
    let mut found = Vec::new();
    walk(doc, &DocPath::root(), &mut found);
    found
}

/// The fields of an entry that can be changed in place.
fn updatable(entry: &Entry, step: &Step<'_>) -> Vec<DocPath> {
    let is_members = |path: &DocPath| ["iam", "members"].iter().any(|field| path.starts_with(&DocPath::keys(field)));
    let is_fixed = |path: &DocPath| {
        let found = rules::find(entry.kind.descriptor, path);
        [Flag::Immutable, Flag::OutputOnly, Flag::InputOnly].iter().any(|flag| found.has(*flag))
    };
    leaves(&step.doc).into_iter().filter(|path| !is_members(path) && !is_fixed(path)).collect()
}

/// Every request that the section's example leads to, by operation.
pub fn requests(section: &str) -> Vec<(&'static str, Request)> {
    let mut all = Vec::new();
    for entry in entries(section) {
        let lookup = (entry.kind.lookup)(&entry.place, &project(), Some(&entry.doc));
        let extra = lookup.extra.into_iter().map(|extra| extra.request);
        all.extend(lookup.item.into_iter().chain(extra).map(|request| ("read", request)));
        all.extend(lookup.list.map(|request| ("list", request)));
        all.extend(lookup.policy.map(|request| ("iam", request)));
        let mut step = Step::new(&entry);
        let mut add = |step: &Step<'_>, operation: &'static str, action: Action| {
            let requests = step.requests(action).unwrap_or_else(|fault| panic!("{fault}"));
            let part = |part| if part == Part::Policy && section != "iamBindings" { "iam" } else { operation };
            all.extend(requests.into_iter().map(|(of, request)| (part(of), request)));
        };
        add(&step, "create", Action::Create);
        step.live = Some(step.alive());
        for path in updatable(&entry, &step) {
            step.changed = vec![path];
            add(&step, "update", Action::Update);
        }
        step.changed.clear();
        step.live = Some(unprotected(step.alive()));
        step.removed = leaves(&step.doc);
        add(&step, "delete", Action::Delete);
    }
    all
}

#[test]
fn every_updatable_field_of_the_examples_changes_by_requests_of_googles() {
    let mut faults = Vec::new();
    let mut updates = 0;
    for row in registry::all() {
        for entry in entries(row.descriptor.section) {
            let mut step = Step::new(&entry);
            step.live = Some(step.alive());
            for path in updatable(&entry, &step) {
                step.changed = vec![path.clone()];
                let (count, found) = step.judged(Action::Update);
                if count == 0 {
                    faults.push(format!("{}.{path} is changed by no call", entry.address));
                }
                faults.extend(found);
                updates += 1;
            }
        }
    }
    none(faults);
    assert!(updates > 60, "{updates} updates");
}
