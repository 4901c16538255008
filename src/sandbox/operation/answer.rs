//! How each family's operations look, begun, under way and done.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{Effect, Family, Lasts, Operation};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::store::public;
use crate::sandbox::times;

/// Where an operation's metadata or response comes from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    #[default]
    None,
    /// Always this.
    Fixed(Json),
    /// The document under a key as it is when asked for, with `@type`.
    Live { key: String, kind: String },
}

impl Source {
    /// The live document under `key`, as `type.googleapis.com/KIND`.
    pub fn live(key: &str, kind: &str) -> Self {
        Self::Live { key: key.to_owned(), kind: kind.to_owned() }
    }

    fn value(&self, cloud: &Cloud) -> Option<Json> {
        match self {
            Self::None => None,
            Self::Fixed(value) => Some(value.clone()),
            Self::Live { key, kind } => {
                let document = public(cloud.store.get(key)?);
                let mut typed = json!({"@type": format!("type.googleapis.com/{kind}")});
                let map = typed.as_object_mut().expect("made as an object");
                map.extend(document.as_object().cloned().unwrap_or_default());
                Some(typed)
            }
        }
    }
}

/// Why an operation failed, in the words of all families.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Error {
    pub status: u16,
    /// `RESOURCE_IN_USE_BY_ANOTHER_RESOURCE`, `INTERNAL_ERROR`, …
    pub code: String,
    pub message: String,
    pub rpc: Json,
}

impl From<&Fault> for Error {
    fn from(fault: &Fault) -> Self {
        Self {
            status: fault.status,
            code: fault.reason.clone(),
            message: fault.message.clone(),
            rpc: fault.to_rpc_status(),
        }
    }
}

/// What all families are begun with.
#[derive(Debug, Default)]
pub struct Begin {
    /// Keys of what the operation changes: they are busy until it ends.
    pub targets: Vec<String>,
    pub effects: Vec<Effect>,
}

/// A compute operation.
#[derive(Debug)]
pub struct Compute<'a> {
    /// The project's id.
    pub project: &'a str,
    /// `global`, `regions/us-central1`.
    pub scope: &'a str,
    /// `insert`, `delete`, …
    pub operation_type: &'a str,
    /// `projects/P/global/networks/N`
    pub target: &'a str,
    pub target_id: &'a str,
    /// `v1` or `beta`.
    pub version: &'a str,
}

/// The root of compute links.
pub fn compute_link(version: &str, path: &str) -> String {
    format!("https://www.googleapis.com/compute/{version}/{path}")
}

/// Begins a compute operation and gives the answer.
pub fn begin_compute(cloud: &mut Cloud, of: &Compute<'_>, begin: Begin, lasts: Lasts) -> Json {
    let at = times::millis(cloud.now);
    let name = format!("operation-{at}-{}-{}-{}", cloud.ids.hex(13), cloud.ids.hex(8), cloud.ids.hex(8));
    let path = format!("projects/{}/{}/operations/{name}", of.project, of.scope);
    let mut fixed = json!({
        "kind": "compute#operation",
        "id": cloud.ids.numeric(),
        "name": name,
        "operationType": of.operation_type,
        "targetLink": compute_link(of.version, of.target),
        "targetId": of.target_id,
        "user": cloud.settings.caller,
        "insertTime": times::compute(cloud.now),
        "startTime": times::compute(cloud.now),
        "selfLink": compute_link(of.version, &path),
    });
    if of.scope != "global" {
        fixed["region"] = json!(compute_link(of.version, &format!("projects/{}/{}", of.project, of.scope)));
    }
    let key = format!("op/compute/{path}");
    let operation = new(Family::Compute, fixed, begin);
    let operation = cloud.begin(&key, operation, lasts);
    view(cloud, &operation)
}

/// A Cloud SQL operation.
#[derive(Debug)]
pub struct Sql<'a> {
    /// The project's id.
    pub project: &'a str,
    /// `CREATE`, `UPDATE`, …
    pub operation_type: &'a str,
    /// The instance's name.
    pub target_id: &'a str,
    /// The full URL of what is changed.
    pub target_link: String,
    /// Root of links: `https://sqladmin.googleapis.com/sql/v1beta4`.
    pub root: &'a str,
}

/// Begins a Cloud SQL operation and gives the answer.
pub fn begin_sql(cloud: &mut Cloud, of: &Sql<'_>, begin: Begin, lasts: Lasts) -> Json {
    let name = cloud.ids.uuid();
    let fixed = json!({
        "kind": "sql#operation",
        "targetLink": of.target_link,
        "user": cloud.settings.caller,
        "insertTime": times::milliseconds(cloud.now),
        "operationType": of.operation_type,
        "name": name,
        "targetId": of.target_id,
        "selfLink": format!("{}/projects/{}/operations/{name}", of.root, of.project),
        "targetProject": of.project,
    });
    let key = format!("op/sql/projects/{}/operations/{name}", of.project);
    let operation = cloud.begin(&key, new(Family::Sql, fixed, begin), lasts);
    // The first answer is one step behind: PENDING, without a start time.
    let mut answer = view(cloud, &operation);
    if !operation.is_done() {
        answer["status"] = json!("PENDING");
        answer.as_object_mut().expect("made as an object").shift_remove("startTime");
    }
    answer
}

/// A `google.longrunning` operation.
#[derive(Debug)]
pub struct LongRunning<'a> {
    /// The key: `op/run/projects/P/locations/R/operations/UUID`, the project by its id.
    pub key: &'a str,
    /// The name as answers show it.
    pub name: String,
    pub metadata: Source,
    /// What it answers when done; a `Call` effect that returns something replaces it.
    pub response: Source,
}

/// Begins a `google.longrunning` operation and gives the answer.
pub fn begin_long_running(cloud: &mut Cloud, of: LongRunning<'_>, begin: Begin, lasts: Lasts) -> Json {
    let mut operation = new(Family::LongRunning, json!({"name": of.name}), begin);
    operation.metadata = of.metadata;
    operation.response = of.response;
    let operation = cloud.begin(of.key, operation, lasts);
    view(cloud, &operation)
}

/// An operation that is done in its first answer and is not remembered.
pub fn finished_long_running(name: &str, response: Json) -> Json {
    json!({"name": name, "done": true, "response": response})
}

fn new(family: Family, fixed: Json, begin: Begin) -> Operation {
    Operation {
        family,
        fixed,
        begun: 0,
        due: 0,
        ended: None,
        shown: false,
        targets: begin.targets,
        effects: begin.effects,
        metadata: Source::None,
        response: Source::None,
        error: None,
    }
}

/// An operation as its API shows it now.
pub fn view(cloud: &Cloud, operation: &Operation) -> Json {
    let mut view = operation.fixed.clone();
    match operation.family {
        Family::Compute => compute_state(&mut view, operation),
        Family::Sql => sql_state(&mut view, operation),
        Family::LongRunning => long_running_state(cloud, &mut view, operation),
        Family::Timer => {}
    }
    view
}

fn compute_state(view: &mut Json, operation: &Operation) {
    let Some(ended) = operation.ended else {
        view["status"] = json!("RUNNING");
        view["progress"] = json!(0);
        return;
    };
    view["status"] = json!("DONE");
    view["progress"] = json!(100);
    view["endTime"] = json!(times::compute(times::from_millis(ended)));
    if let Some(error) = &operation.error {
        view["httpErrorStatusCode"] = json!(error.status);
        view["httpErrorMessage"] = json!(status_text(error.status));
        view["error"] = json!({"errors": [{"code": error.code, "message": error.message}]});
    }
}

fn sql_state(view: &mut Json, operation: &Operation) {
    view["startTime"] = json!(times::milliseconds(times::from_millis(operation.begun)));
    let Some(ended) = operation.ended else {
        view["status"] = json!("RUNNING");
        return;
    };
    view["status"] = json!("DONE");
    view["endTime"] = json!(times::milliseconds(times::from_millis(ended)));
    if let Some(error) = &operation.error {
        let one = json!({"kind": "sql#operationError", "code": error.code, "message": error.message});
        view["error"] = json!({"kind": "sql#operationErrors", "errors": [one]});
    }
}

fn long_running_state(cloud: &Cloud, view: &mut Json, operation: &Operation) {
    if let Some(metadata) = operation.metadata.value(cloud) {
        view["metadata"] = metadata;
    }
    if operation.ended.is_none() {
        return;
    }
    view["done"] = json!(true);
    match &operation.error {
        Some(error) => view["error"] = error.rpc.clone(),
        None => view["response"] = operation.response.value(cloud).unwrap_or_else(super::empty),
    }
}

fn status_text(status: u16) -> &'static str {
    match status {
        400 => "BAD REQUEST",
        403 => "FORBIDDEN",
        404 => "NOT FOUND",
        409 => "CONFLICT",
        412 => "PRECONDITION FAILED",
        503 => "SERVICE UNAVAILABLE",
        _ => "INTERNAL SERVER ERROR",
    }
}
