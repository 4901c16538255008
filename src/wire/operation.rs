//! The three families of long-running operations, read alike.
//!
//! Facts: `compute#operation` is DONE at HTTP 200 also when it failed; `sql#operation` likewise;
//! `google.longrunning` has `done` absent until true, then `response` or `error`.

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
