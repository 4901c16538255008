//! The three families of long-running operations, read alike.
//!
//! Facts: `compute#operation` is DONE at HTTP 200 also when it failed; `sql#operation` likewise;
//! `google.longrunning` has `done` absent until true, then `response` or `error`. Some replies are no operations
//! although their siblings are (Artifact Registry's PATCH): those are results.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{ApiError, Request};

/// Which family an API's operations belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The reply is the resource itself.
    None,
    /// `compute#operation`
    Compute,
    /// `sql#operation`
    Sql,
    /// `google.longrunning.Operation`; the version segment under which it is polled: `v1`, `v2`.
    LongRunning { version: &'static str },
}

/// An operation that was begun: enough to find it again after a crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// The operation's name, for people.
    pub name: String,
    /// How to ask for it.
    pub poll: Request,
}

/// What a reply or a poll says of an operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Not done; ask again.
    Running(Begun),
    /// Done; `response` where the family carries the result.
    Done { response: Option<Json> },
    /// Done, and failed.
    Failed(ApiError),
}

/// Reads the reply to `request`, be it a mutation or a poll of an operation of the same family.
///
/// A reply that is no operation of the family is the result itself.
pub fn read(family: Family, request: &Request, reply: &Json) -> Progress {
    match family {
        Family::None => result(reply),
        Family::Compute if is_kind(reply, "compute#operation") => status_style(reply, request, compute_poll),
        Family::Sql if is_kind(reply, "sql#operation") => status_style(reply, request, sql_poll),
        Family::LongRunning { version } if is_long_running(reply) => long_running(version, request, reply),
        Family::Compute | Family::Sql | Family::LongRunning { .. } => result(reply),
    }
}

/// The family that `reply` itself shows, for operations that are found again after a crash; `version` is that of
/// `google.longrunning` polls.
pub fn read_any(version: &'static str, request: &Request, reply: &Json) -> Progress {
    let family = if is_kind(reply, "compute#operation") {
        Family::Compute
    } else if is_kind(reply, "sql#operation") {
        Family::Sql
    } else {
        Family::LongRunning { version }
    };
    read(family, request, reply)
}

fn result(reply: &Json) -> Progress {
    Progress::Done { response: Some(reply.clone()) }
}

fn is_kind(reply: &Json, kind: &str) -> bool {
    reply.get("kind").and_then(Json::as_str) == Some(kind)
}

/// Names of `google.longrunning` operations are `operations/…` or `…/operations/…`; a resource's never are.
fn is_long_running(reply: &Json) -> bool {
    reply
        .get("name")
        .and_then(Json::as_str)
        .is_some_and(|name| name.starts_with("operations/") || name.contains("/operations/"))
}

/// `compute#operation` and `sql#operation`: a `status`, and `error.errors[]` inside a finished one.
fn status_style(reply: &Json, request: &Request, poll: fn(&Request, &Json, &str) -> Option<String>) -> Progress {
    let name = reply.get("name").and_then(Json::as_str).unwrap_or_default();
    if reply.get("status").and_then(Json::as_str) != Some("DONE") {
        return match poll(request, reply, name) {
            Some(path) => {
                Progress::Running(Begun { name: name.to_owned(), poll: Request::get(request.host.as_str(), path) })
            }
            None => Progress::Failed(unreadable("an operation without a name or a place to ask for it")),
        };
    }
    match reply.get("error").and_then(first_listed) {
        Some((code, message)) => Progress::Failed(ApiError {
            status: listed_status(reply, &code),
            canonical: None,
            reason: Some(code),
            message,
            metadata: Vec::new(),
            retry_after_s: None,
        }),
        None => Progress::Done { response: None },
    }
}

fn first_listed(error: &Json) -> Option<(String, String)> {
    let errors = error.get("errors")?.as_array()?;
    let first = errors.first()?;
    let text = |entry: &Json, key: &str| entry.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let messages: Vec<String> =
        errors.iter().map(|entry| text(entry, "message")).filter(|message| !message.is_empty()).collect();
    let code = text(first, "code");
    let message = if messages.is_empty() { format!("the operation failed ({code})") } else { messages.join("; ") };
    Some((code, message))
}

/// Compute says which HTTP status the failure stands for; Cloud SQL does not, so what is no refusal of ours counts
/// as the server's fault.
fn listed_status(reply: &Json, code: &str) -> u16 {
    let stated = reply.get("httpErrorStatusCode").and_then(Json::as_u64).and_then(|status| u16::try_from(status).ok());
    stated.unwrap_or(match code {
        "INTERNAL_ERROR" | "internalError" | "UNKNOWN" | "UNKNOWN_ERROR" => 500,
        _ => 400,
    })
}

/// `…/projects/P/{global,regions/R,zones/Z}/operations/NAME`: from the operation's own link, put behind the prefix
/// of the request, so that an emulator's links work as Google's do.
fn compute_poll(request: &Request, reply: &Json, name: &str) -> Option<String> {
    let (prefix, rest) = split_projects(&request.path)?;
    let linked = reply.get("selfLink").and_then(Json::as_str).and_then(split_projects).map(|(_, rest)| rest);
    if let Some(rest) = linked.filter(|rest| rest.contains("/operations/")) {
        return Some(format!("{prefix}{rest}"));
    }
    if name.is_empty() {
        return None;
    }
    let mut segments = rest.split('/');
    let (projects, project, scope) = (segments.next()?, segments.next()?, segments.next()?);
    let scope = match (scope, segments.next()) {
        ("regions" | "zones", Some(place)) => format!("{scope}/{place}"),
        _ => "global".to_owned(),
    };
    Some(format!("{prefix}{projects}/{project}/{scope}/operations/{name}"))
}

/// `…/projects/P/operations/NAME`.
fn sql_poll(request: &Request, _: &Json, name: &str) -> Option<String> {
    let (prefix, rest) = split_projects(&request.path)?;
    let project = rest.split('/').nth(1)?;
    (!name.is_empty()).then(|| format!("{prefix}projects/{project}/operations/{name}"))
}

/// Splits before `projects/`.
fn split_projects(path: &str) -> Option<(&str, &str)> {
    let at = path.find("/projects/")? + 1;
    Some(path.split_at(at))
}

fn long_running(version: &str, request: &Request, reply: &Json) -> Progress {
    let name = reply.get("name").and_then(Json::as_str).unwrap_or_default();
    if let Some(status) = reply.get("error").filter(|error| !error.is_null()) {
        return Progress::Failed(rpc_error(status));
    }
    if reply.get("done").and_then(Json::as_bool) == Some(true) {
        return Progress::Done { response: reply.get("response").cloned() };
    }
    Progress::Running(Begun {
        name: name.to_owned(),
        poll: Request::get(request.host.as_str(), format!("/{version}/{name}")),
    })
}

/// A `google.rpc.Status`: its code is gRPC's, not HTTP's.
fn rpc_error(status: &Json) -> ApiError {
    let code = status.get("code").and_then(Json::as_u64).unwrap_or(2);
    let (http, canonical) = CODES.get(usize::try_from(code).unwrap_or(2)).copied().unwrap_or((500, "UNKNOWN"));
    let mut error = ApiError::from_json(http, status, None);
    error.canonical = Some(canonical.to_owned());
    error
}

/// HTTP status and canonical name by gRPC code (google/rpc/code.proto).
const CODES: [(u16, &str); 17] = [
    (200, "OK"),
    (499, "CANCELLED"),
    (500, "UNKNOWN"),
    (400, "INVALID_ARGUMENT"),
    (504, "DEADLINE_EXCEEDED"),
    (404, "NOT_FOUND"),
    (409, "ALREADY_EXISTS"),
    (403, "PERMISSION_DENIED"),
    (429, "RESOURCE_EXHAUSTED"),
    (400, "FAILED_PRECONDITION"),
    (409, "ABORTED"),
    (400, "OUT_OF_RANGE"),
    (501, "UNIMPLEMENTED"),
    (500, "INTERNAL"),
    (503, "UNAVAILABLE"),
    (500, "DATA_LOSS"),
    (401, "UNAUTHENTICATED"),
];

fn unreadable(message: &str) -> ApiError {
    ApiError {
        status: 502,
        canonical: None,
        reason: Some("unreadableOperation".to_owned()),
        message: message.to_owned(),
        metadata: Vec::new(),
        retry_after_s: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Method;
    use serde_json::json;

    fn poll_of(progress: Progress) -> String {
        match progress {
            Progress::Running(begun) => begun.poll.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn compute_is_polled_where_its_link_says() {
        let request = Request::new(
            Method::Post,
            "compute.googleapis.com",
            "/compute/v1/projects/p/regions/us-central1/subnetworks",
        );
        let reply = json!({"kind": "compute#operation", "name": "operation-1", "status": "RUNNING",
            "selfLink": "https://www.googleapis.com/compute/beta/projects/p/regions/us-central1/operations/operation-1"});
        assert_eq!(
            poll_of(read(Family::Compute, &request, &reply)),
            "GET compute.googleapis.com/compute/v1/projects/p/regions/us-central1/operations/operation-1"
        );
        let reply = json!({"kind": "compute#operation", "name": "operation-1", "status": "PENDING"});
        assert_eq!(
            poll_of(read(Family::Compute, &request, &reply)),
            "GET compute.googleapis.com/compute/v1/projects/p/regions/us-central1/operations/operation-1"
        );
        let request = Request::new(Method::Delete, "c", "/compute/v1/projects/p/global/networks/n");
        assert_eq!(
            poll_of(read(Family::Compute, &request, &reply)),
            "GET c/compute/v1/projects/p/global/operations/operation-1"
        );
    }

    #[test]
    fn a_done_operation_may_have_failed() {
        let request = Request::get("compute.googleapis.com", "/compute/v1/projects/p/global/operations/o");
        let reply = json!({"kind": "compute#operation", "name": "o", "status": "DONE", "progress": 100,
            "httpErrorStatusCode": 400, "httpErrorMessage": "BAD REQUEST",
            "error": {"errors": [{"code": "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", "message": "in use"}]}});
        let Progress::Failed(error) = read(Family::Compute, &request, &reply) else { panic!() };
        assert_eq!((error.status, error.message.as_str()), (400, "in use"));
        assert!(error.is(&["RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"]));
    }

    #[test]
    fn sql_operations_are_asked_for_by_name() {
        let request = Request::new(Method::Post, "sqladmin.googleapis.com", "/v1/projects/p/instances");
        let reply = json!({"kind": "sql#operation", "name": "e60a", "status": "PENDING", "targetProject": "p"});
        assert_eq!(
            poll_of(read(Family::Sql, &request, &reply)),
            "GET sqladmin.googleapis.com/v1/projects/p/operations/e60a"
        );
        let done = json!({"kind": "sql#operation", "name": "e60a", "status": "DONE"});
        assert_eq!(read(Family::Sql, &request, &done), Progress::Done { response: None });
    }

    #[test]
    fn long_running_is_done_when_it_says_so() {
        let request = Request::new(Method::Post, "run.googleapis.com", "/v2/projects/p/locations/r/services");
        let family = Family::LongRunning { version: "v2" };
        let name = "projects/p/locations/r/operations/u";
        assert_eq!(
            poll_of(read(family, &request, &json!({"name": name, "metadata": {"name": "x"}}))),
            "GET run.googleapis.com/v2/projects/p/locations/r/operations/u"
        );
        assert_eq!(
            read(family, &request, &json!({"name": name, "done": true, "response": {"a": 1}})),
            Progress::Done { response: Some(json!({"a": 1})) }
        );
        let Progress::Failed(error) = read(
            family,
            &request,
            &json!({"name": name, "done": true, "error": {"code": 7, "message": "no",
            "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "X"}]}}),
        ) else {
            panic!()
        };
        assert_eq!((error.status, error.canonical.as_deref()), (403, Some("PERMISSION_DENIED")));
        assert!(error.is(&["X"]));
    }

    #[test]
    fn a_reply_that_is_no_operation_is_the_result() {
        let request = Request::new(Method::Patch, "artifactregistry.googleapis.com", "/v1/projects/p/x");
        let reply = json!({"name": "projects/p/locations/r/repositories/q"});
        assert_eq!(
            read(Family::LongRunning { version: "v1" }, &request, &reply),
            Progress::Done { response: Some(reply.clone()) }
        );
    }

    #[test]
    fn the_family_of_a_found_operation_shows_in_itself() {
        let request = Request::get("c", "/compute/v1/projects/p/global/operations/o");
        let reply = json!({"kind": "compute#operation", "name": "o", "status": "DONE"});
        assert_eq!(read_any("v1", &request, &reply), Progress::Done { response: None });
        let request = Request::get("s", "/v1/operations/acat.p2-1");
        assert!(matches!(read_any("v1", &request, &json!({"name": "operations/acat.p2-1"})), Progress::Running(_)));
    }
}
