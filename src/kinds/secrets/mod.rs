//! Secrets and their values.
//!
//! An entry is a secret and its newest version together. The value comes from the environment, a file, or is made once;
//! it is added as a version and never read back. Raising `rotation` adds one more; the number stands on the secret as an
//! annotation, put there after the version, so that a run that dies between the two rotates once more rather than
//! not at all. Older versions stay as they are: what still runs with them goes on.

mod checks;
mod spec;
#[cfg(test)]
mod tests;
mod versions;

use serde_json::Value as Json;

use super::call::{Refusal, Satisfied, Verdict};
use super::payload::{Payload, source_of};
use super::request::{self, At};
use super::shape::{put_merged, take_pruned};
use super::{
    Api, Call, CheckInput, Compare, Completion, Descriptor, Durations, Extra, ExtraWhen, FieldRule, Flag, HoldsData,
    IdStyle, Kind, ListStyle, Live, Location, Lookup, Output, Policy, Shape, StepInput, UpdateStyle,
    descriptor_calls as base, int64,
};
use crate::model::{Action, Diagnostic, Doc, DocPath, Map, Place, ProjectFacts};
use crate::wire::Method;
use crate::wire::operation::Family;

pub use spec::SecretSpec;

/// The kind.
#[derive(Debug)]
pub struct Secrets;

/// The annotation that holds the entry's `rotation`.
pub const ROTATION: &str = "stackctl-rotation";

const DISCOVERY: &str = "discovery secretmanager.v1";
const RULES: &str = "field-rules secrets";

const FIELDS: &[FieldRule] = &[
    // Where the value comes from: never in a body.
    FieldRule::new("env", "stackctl: names a source").flags(&[Flag::InputOnly]),
    FieldRule::new("file", "stackctl: names a source").flags(&[Flag::InputOnly]),
    FieldRule::new("generate", "stackctl: names a source").flags(&[Flag::InputOnly]),
    FieldRule::new("value", "stackctl: the payload").flags(&[Flag::InputOnly, Flag::Sensitive]),
    FieldRule::new("rotation", "stackctl: an annotation"),
    FieldRule::new("replication", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]),
    FieldRule::new("replication.automatic.customerManagedEncryption", RULES).flags(&[Flag::ServerDefault, Flag::Whole]),
    FieldRule::new("replication.automatic.customerManagedEncryption.kmsKeyName", RULES).compare(Compare::Link),
    FieldRule::new("replication.userManaged.replicas", RULES)
        .flags(&[Flag::Immutable])
        .compare(Compare::KeyedBy("location")),
    FieldRule::new("replication.userManaged.replicas[].customerManagedEncryption.kmsKeyName", RULES)
        .compare(Compare::Link),
    FieldRule::new("topics", "field-rules secrets; a set of names").compare(Compare::Unordered),
    FieldRule::new("topics[].name", RULES).compare(Compare::Link),
    FieldRule::new("expireTime", RULES).flags(&[Flag::ServerDefault]).compare(Compare::Time),
    FieldRule::new("ttl", "recordings secretmanager/secret-manual: answered as expireTime").flags(&[Flag::InputOnly]),
    FieldRule::new("versionDestroyTtl", RULES).compare(Compare::Duration),
    FieldRule::new("rotationSchedule.rotationPeriod", "recordings secretmanager: answered").compare(Compare::Duration),
    // Secret Manager moves it on by a period whenever it comes.
    FieldRule::new("rotationSchedule.nextRotationTime", RULES).flags(&[Flag::InputOnly]),
    FieldRule::new("rotationSchedule.managedRotationStatus", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("tags", RULES).flags(&[Flag::Immutable, Flag::InputOnly]),
    FieldRule::new("name", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("createTime", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("etag", "recordings secretmanager: changes with each update").flags(&[Flag::OutputOnly]),
    FieldRule::new("policyMember", DISCOVERY).flags(&[Flag::OutputOnly]),
];

const SHAPES: &[Shape] = &[
    Shape::Custom { to_api: rotation_to_annotation, to_file: annotation_to_rotation, api_path: rotation_path },
    Shape::Move { file: "rotationSchedule", api: "rotation" },
    Shape::Custom {
        to_api: |doc| int64::to_text(doc, &["versionAliases{}"]),
        to_file: |doc| int64::to_number(doc, &["versionAliases{}"]),
        api_path: |_| None,
    },
];

fn rotation_to_annotation(doc: &mut Doc) {
    if let Some(rotation) = doc.take("rotation") {
        let text = match rotation {
            Doc::Number(number) => Doc::String(number.to_string()),
            other => other,
        };
        put_merged(doc, &format!("annotations.{ROTATION}"), text);
    }
}

fn annotation_to_rotation(doc: &mut Doc) {
    if let Some(mut rotation) = take_pruned(doc, &format!("annotations.{ROTATION}")) {
        int64::to_number(&mut rotation, &[""]);
        doc.put("rotation", rotation);
    }
}

fn rotation_path(path: &str) -> Option<String> {
    (path == "rotation").then(|| format!("annotations.{ROTATION}"))
}

/// The static facts.
pub static DESCRIPTOR: Descriptor = Descriptor {
    section: "secrets",
    noun: "secret",
    doc: "Secrets with their values, from the environment, a file, or made once; never read back.",
    api: Api { host: "secretmanager.googleapis.com", prefix: "/v1/", service: "secretmanager.googleapis.com" },
    location: Location::Global,
    parents: &[],
    collection: "projects/{project}/secrets",
    item: "projects/{project}/secrets/{name}",
    id: IdStyle::Query("secretId"),
    list: Some(ListStyle { items: "secrets", page_size: Some(("pageSize", 25_000)), name: "name", complete: true }),
    readable: true,
    update: UpdateStyle::PatchMask,
    family: Family::None,
    unique_id: Some("createTime"),
    guard: Some("etag"),
    labels: Some("labels"),
    policy: Some(Policy { get_with_post: false, takes_version: true }),
    holds_data: HoldsData::No,
    durations: Durations { create: 2, update: 1, delete: 1 },
    name_blocked_days: None,
    serialised_by: None,
    shapes: SHAPES,
    fields: FIELDS,
    outputs: &[
        Output { name: "name", path: "", doc: "Its name." },
        Output { name: "path", path: "", doc: "Its full name: `projects/P/secrets/NAME`." },
        Output { name: "version", path: "", doc: "The number of its newest enabled version: `3`." },
        Output {
            name: "versionPath",
            path: "",
            doc: "That version's full name: `projects/P/secrets/NAME/versions/3`.",
        },
    ],
};

/// Outputs that only the list of versions gives.
const OF_VERSIONS: &[&str] = &["version", "versionPath"];
/// The further read of the versions, newest first.
const VERSIONS: &str = "versions";

impl Kind for Secrets {
    type Spec = SecretSpec;
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        let is_ok = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 255 || !name.chars().all(is_ok) {
            return Err("1 to 255 letters, digits, `-` and `_`".to_owned());
        }
        Ok(())
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        checks::check(input.doc)
    }

    fn payloads(doc: &Doc) -> Vec<Payload> {
        source_of(doc).map(|source| Payload { name: "value", source }).into_iter().collect()
    }

    fn lacks(live: &Live) -> Vec<&'static str> {
        let is_empty = versions::read(live).is_some_and(|versions| versions::newest(versions).is_none());
        is_empty.then_some("value").into_iter().collect()
    }

    fn unsettled(input: &StepInput<'_>) -> Vec<&'static str> {
        if versions::is_due(input) { OF_VERSIONS.to_vec() } else { Vec::new() }
    }

    fn known_outputs(place: &Place, _: &ProjectFacts, _: &Doc) -> Map {
        Map::from([
            ("name".to_owned(), Doc::from(place.name())),
            ("path".to_owned(), Doc::from(place.fill(DESCRIPTOR.item))),
        ])
    }

    fn live_outputs(place: &Place, live: &Live) -> Map {
        let Some(version) = versions::read(live).and_then(versions::newest) else { return Map::new() };
        let path = format!("{}/versions/{version}", place.fill(DESCRIPTOR.item));
        Map::from([("version".to_owned(), Doc::from(version)), ("versionPath".to_owned(), Doc::from(path))])
    }

    fn lookup(place: &Place, project: &ProjectFacts, doc: Option<&Doc>) -> Lookup {
        let mut lookup = base::lookup(&DESCRIPTOR, place, project, doc);
        lookup.extra.push(Extra {
            name: VERSIONS,
            request: request::request(&DESCRIPTOR, Method::Get, place, At::Action("/versions")),
            pages: Some("versions"),
            when: ExtraWhen::Outputs(OF_VERSIONS),
        });
        lookup
    }

    fn filled(_: &Place, _: &ProjectFacts, _: &Doc) -> Doc {
        Doc::from(&serde_json::json!({"replication": {"automatic": {}}}))
    }

    fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
        let has_source = input.desired.is_some_and(|doc| source_of(doc).is_some());
        // Where the value comes from is no field of Google's.
        let desired = input.desired.map(without_source);
        let step = StepInput { desired: desired.as_ref(), ..input.clone() };
        match input.action {
            Action::Create => create(&step, has_source),
            Action::Replace => {
                let mut calls = vec![base::delete(&DESCRIPTOR, &step)];
                calls.extend(create(&step, has_source)?);
                Ok(calls)
            }
            Action::Update | Action::Adopt => update(input, &step),
            _ => base::calls(&DESCRIPTOR, &step),
        }
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        let is_create = refusal.call == "create" && refusal.error.status == 400;
        let names_topics = refusal.error.message.contains("topic");
        if is_create && names_topics && refusal.error.is(&["FAILED_PRECONDITION", "INVALID_ARGUMENT"]) {
            let agent = "service-PROJECT_NUMBER@gcp-sa-secretmanager.iam.gserviceaccount.com";
            return Verdict::Failed(Box::new(
                Diagnostic::error("topic-refused", refusal.error.message.clone()).field(DocPath::keys("topics")).hint(
                    format!("Secret Manager's own account `{agent}` needs `roles/pubsub.publisher` on the topic"),
                ),
            ));
        }
        Verdict::General
    }

    fn consequences(input: &StepInput<'_>) -> Vec<String> {
        let mut words = Vec::new();
        if matches!(input.action, Action::Delete | Action::Replace) {
            words.push("all versions of the secret are gone for good".to_owned());
        }
        if matches!(input.action, Action::Update | Action::Adopt) && versions::is_due(input) {
            words.push("a new version of the secret is added; older ones stay enabled".to_owned());
        }
        words
    }
}

fn without_source(doc: &Doc) -> Doc {
    let mut doc = doc.clone();
    for field in ["env", "file", "generate", "value"] {
        doc.take(field);
    }
    doc
}

fn create(step: &StepInput<'_>, has_source: bool) -> Result<Vec<Call>, Diagnostic> {
    let step = StepInput { live: None, ..step.clone() };
    let mut body = base::create_body(&DESCRIPTOR, &step)?;
    if body.get("replication").is_none() {
        body["replication"] = serde_json::json!({"automatic": {}});
    }
    let mut calls = vec![base::create(&DESCRIPTOR, &step, body)];
    if has_source {
        calls.push(versions::add(&step)?);
    }
    calls.extend(base::policy_edit(&DESCRIPTOR, &step));
    Ok(calls)
}

/// The version first, then what else changed, the rotation's number among it.
fn update(input: &StepInput<'_>, step: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    let mut calls = Vec::new();
    if versions::is_due(input) {
        calls.push(versions::add(step)?);
    }
    let is_field = |path: &&DocPath| {
        !["env", "file", "generate", "value"].iter().any(|field| path.starts_with(&DocPath::keys(field)))
    };
    let changed: Vec<DocPath> = input.changed.iter().filter(is_field).cloned().collect();
    let removed: Vec<DocPath> = input.removed.iter().filter(is_field).cloned().collect();
    let step = StepInput { changed: &changed, removed: &removed, ..step.clone() };
    let changes = base::Changes::of(&DESCRIPTOR, &step);
    if let Some(call) = base::general_update(&DESCRIPTOR, &step, &changes.general)? {
        calls.push(call);
    }
    calls.extend(base::policy_edit(&DESCRIPTOR, &step));
    Ok(calls)
}

/// A version's number: the last segment of its name.
fn number(version: &Json) -> Option<&str> {
    version["name"].as_str()?.rsplit('/').next()
}

/// A call that adds a version.
fn post_version(step: &StepInput<'_>, body: Json) -> Call {
    let request = request::request(&DESCRIPTOR, Method::Post, step.place, At::Action(":addVersion")).json(body);
    base::http("add version", request, Completion::Reply, Satisfied::BySuccess)
}
