//! Refusals, in the shape of the API that refuses.

use serde_json::{Value as Json, json};

use crate::wire::Response;

/// How an API writes its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Compute, Cloud SQL: `errors[]`, no `status`.
    Listed,
    /// Resource Manager v1, IAM: `errors[]` and `status`.
    ListedWithStatus,
    /// The newer ones: `status`, no `errors[]`.
    Status,
}

/// Why a request, or an operation, fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub status: u16,
    /// `NOT_FOUND`, …
    pub canonical: &'static str,
    /// `errors[].reason`; in operations of compute and SQL the error's code.
    pub reason: String,
    pub domain: &'static str,
    pub message: String,
    /// `errors[].locationType` and `errors[].location`.
    pub location: Option<Box<(&'static str, String)>>,
    pub details: Vec<Json>,
    /// Said by Google's front end rather than by the API: all parts are there in every API.
    pub front_end: bool,
}

impl Fault {
    /// A fault with all that follows from its canonical name.
    pub fn new(status: u16, canonical: &'static str, reason: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            canonical,
            reason: reason.to_owned(),
            domain: "global",
            message: message.into(),
            location: None,
            details: Vec::new(),
            front_end: false,
        }
    }

    /// 404 `notFound`.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "NOT_FOUND", "notFound", message)
    }

    /// 409 `alreadyExists`.
    pub fn already_exists(message: impl Into<String>) -> Self {
        Self::new(409, "ALREADY_EXISTS", "alreadyExists", message)
    }

    /// 400 `invalid`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", "invalid", message)
    }

    /// 400 `FAILED_PRECONDITION`.
    pub fn precondition(message: impl Into<String>) -> Self {
        Self::new(400, "FAILED_PRECONDITION", "failedPrecondition", message)
    }

    /// 409 `ABORTED`: somebody else was faster.
    pub fn aborted(message: impl Into<String>) -> Self {
        Self::new(409, "ABORTED", "aborted", message)
    }

    /// 403 `forbidden`.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "PERMISSION_DENIED", "forbidden", message)
    }

    /// 412 `conditionNotMet`: a stale fingerprint or etag in compute.
    pub fn condition_not_met(message: impl Into<String>) -> Self {
        let mut fault = Self::new(412, "FAILED_PRECONDITION", "conditionNotMet", message);
        fault.location = Some(Box::new(("header", "If-Match".to_owned())));
        fault
    }

    /// 501: Google knows the method, the sandbox does not play it.
    pub fn not_played(method: &str) -> Self {
        let message = format!("The sandbox does not play `{method}`: Google has this method, the emulator does not.");
        Self::new(501, "UNIMPLEMENTED", "notImplemented", message).from_front_end()
    }

    /// With another reason.
    #[must_use]
    pub fn reason(mut self, reason: &str) -> Self {
        self.reason = reason.to_owned();
        self
    }

    /// With a detail (`google.rpc.ErrorInfo`, …).
    #[must_use]
    pub fn detail(mut self, detail: Json) -> Self {
        self.details.push(detail);
        self
    }

    /// With `BadRequest` details: pairs of field and description.
    #[must_use]
    pub fn violations(self, violations: &[(String, String)]) -> Self {
        let listed: Vec<Json> = violations
            .iter()
            .map(|(field, description)| match field.as_str() {
                "" => json!({"description": description}),
                field => json!({"field": field, "description": description}),
            })
            .collect();
        self.detail(json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": listed}))
    }

    /// Marked as said by Google's front end.
    #[must_use]
    pub fn from_front_end(mut self) -> Self {
        self.front_end = true;
        self
    }

    /// `google.rpc.Status`, as it stands in a failed `google.longrunning` operation.
    pub fn to_rpc_status(&self) -> Json {
        let mut status = json!({"code": rpc_code(self.canonical), "message": self.message});
        if !self.details.is_empty() {
            status["details"] = json!(self.details);
        }
        status
    }

    /// The error response.
    pub fn to_response(&self, style: Style) -> Response {
        let mut error = json!({"code": self.status, "message": self.message});
        if style != Style::Status {
            let mut listed = json!({"message": self.message, "domain": self.domain, "reason": self.reason});
            if let Some((kind, place)) = self.location.as_deref() {
                listed["locationType"] = json!(kind);
                listed["location"] = json!(place);
            }
            error["errors"] = json!([listed]);
        }
        if self.front_end || style != Style::Listed {
            error["status"] = json!(self.canonical);
        }
        if !self.details.is_empty() && (self.front_end || style != Style::Listed) {
            error["details"] = json!(self.details);
        }
        Response::json(self.status, json!({ "error": error }))
    }
}

fn rpc_code(canonical: &str) -> u8 {
    match canonical {
        "CANCELLED" => 1,
        "INVALID_ARGUMENT" => 3,
        "DEADLINE_EXCEEDED" => 4,
        "NOT_FOUND" => 5,
        "ALREADY_EXISTS" => 6,
        "PERMISSION_DENIED" => 7,
        "RESOURCE_EXHAUSTED" => 8,
        "FAILED_PRECONDITION" => 9,
        "ABORTED" => 10,
        "OUT_OF_RANGE" => 11,
        "UNIMPLEMENTED" => 12,
        "INTERNAL" => 13,
        "UNAVAILABLE" => 14,
        "UNAUTHENTICATED" => 16,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_refuses_in_its_own_shape() {
        let fault = Fault::not_found("gone");
        let of = |style| fault.to_response(style).body.as_json().unwrap()["error"].clone();
        let listed = json!([{"message": "gone", "domain": "global", "reason": "notFound"}]);
        assert_eq!(of(Style::Listed), json!({"code": 404, "message": "gone", "errors": listed}));
        assert_eq!(of(Style::Status), json!({"code": 404, "message": "gone", "status": "NOT_FOUND"}));
        let both = json!({"code": 404, "message": "gone", "errors": listed, "status": "NOT_FOUND"});
        assert_eq!(of(Style::ListedWithStatus), both);
    }
}
