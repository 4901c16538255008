//! What a step does, as values: the engine owns the few ways to carry one out.

use serde_json::Value as Json;

use super::Live;
use crate::model::{Action, Diagnostic, Doc, DocPath, Place, ProjectFacts};
use crate::wire::policy::Binding;
use crate::wire::{ApiError, Request};

/// What a step starts from. Everything is known by now.
#[derive(Debug, Clone)]
pub struct StepInput<'a> {
    pub action: Action,
    pub place: &'a Place,
    pub project: &'a ProjectFacts,
    /// The stack's name, for the `stackctl-stack` label.
    pub stack: &'a str,
    /// What the file wants, in file space; absent for a delete.
    pub desired: Option<&'a Doc>,
    /// The resource as read just before the step; absent for a create.
    pub live: Option<&'a Live>,
    /// The changed paths, in file space, as the plan decided.
    pub changed: &'a [DocPath],
    /// Paths that the file once set and no longer does, to be removed or reset. For a delete: all paths that we set,
    /// by the inventory, so that what others added is told apart (members of a binding).
    pub removed: &'a [DocPath],
    /// Values that never enter a document: a secret's payload, a built-in user's password; by name.
    pub payloads: &'a dyn Payloads,
    /// Delete: take a last backup where the kind can.
    pub final_backup: FinalBackup,
}

/// Whether a delete takes a last backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinalBackup {
    Take,
    Skip,
}

/// Gives secret values at the last moment.
pub trait Payloads: std::fmt::Debug + Sync {
    /// The bytes of a named payload (`value`, `password`); `None` where the file gives none.
    fn get(&self, name: &str) -> Option<Vec<u8>>;
}

/// One call of a step. Calls of a step run in order; each waits for the one before to complete.
#[derive(Debug, Clone)]
pub struct Call {
    /// What it does, for people: `create`, `set labels`, `grow the range`.
    pub label: &'static str,
    pub effect: Effect,
}

/// What a call is.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a step has a handful of calls, and none is moved about")]
pub enum Effect {
    /// A request.
    Http(Box<HttpCall>),
    /// Members added to or taken from an IAM policy; edits of one policy are joined into one write.
    Policy(PolicyEdit),
}

/// A request and what follows it.
#[derive(Debug, Clone)]
pub struct HttpCall {
    pub request: Request,
    pub completion: Completion,
    /// Fields of the body to fill from a fresh read of the resource just before sending: `(body path, live path)`,
    /// both dotted, in API space (`labelFingerprint` after a create).
    pub fresh: &'static [(&'static str, &'static str)],
    /// Answers that mean that the wanted state is already there.
    pub satisfied_by: Satisfied,
}

/// How a call is known to be complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// With the reply.
    Reply,
    /// With the operation that the reply names; of the kind's family.
    Operation,
    /// When a read of the resource answers 404 (deletes whose operation is not to be had).
    Gone,
}

/// Which refusals are as good as success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Satisfied {
    BySuccess,
    /// A delete: 404 is fine.
    ByNotFound,
    /// A create that this run or an interrupted one began: 409 is looked at and adopted.
    ByAlreadyExists,
}

/// An edit of an IAM policy.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyEdit {
    /// Reads the policy.
    pub get: Request,
    /// Writes it: the body is `{"policy": …}`, filled by the engine.
    pub set: Request,
    pub add: Vec<Binding>,
    pub remove: Vec<Binding>,
}

/// What a kind says of an answer that its call got, beyond what holds for all Google APIs.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Nothing special: the general rules decide.
    General,
    /// Try again; the words are shown while waiting.
    Retry { because: String },
    /// Google holds something: the step ends as held, the next run goes on.
    Held(Box<Diagnostic>),
    /// It failed; a better message than Google's.
    Failed(Box<Diagnostic>),
}

/// The context in which a kind judges an error.
#[derive(Debug)]
pub struct Refusal<'a> {
    pub action: Action,
    pub place: &'a Place,
    pub call: &'static str,
    pub error: &'a ApiError,
    /// The resource as last read (API space), with its further reads put in under their names
    /// ([`Lookup::extra`](super::Lookup)): `live["addresses"]["items"]`.
    pub live: Option<&'a Json>,
}
