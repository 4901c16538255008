//! What became of a run.

use std::collections::BTreeMap;

use crate::model::{Action, Address, Diagnostic, Doc};
use crate::records::Inventory;

/// What became of one step.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    Done {
        elapsed_ms: u64,
    },
    /// It is as the file says, and something is still missing that the next run does not make (a revision that gets no
    /// requests).
    Incomplete(Diagnostic),
    Failed(Diagnostic),
    /// Not begun, because of that one.
    Skipped {
        because: Address,
    },
    /// Google holds something; the next run goes on.
    Held(Diagnostic),
    /// Begun, and nobody saw its end; the next run looks.
    Unknown(Diagnostic),
    /// Not begun, because the run was stopped.
    Stopped,
}

/// What became of a resource that the plan changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub address: Address,
    pub action: Action,
    pub end: End,
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Of everything that the plan changes, in the order of the plan.
    pub outcomes: Vec<Outcome>,
    /// APIs that could not be enabled, or were not known to be, each with the reason.
    pub apis: Vec<(String, Diagnostic)>,
    /// Somebody stopped it.
    pub interrupted: bool,
    /// The records could not be written: nothing was begun from there on.
    pub store: Option<Diagnostic>,
    /// Outputs of the stack, as far as they are known.
    pub outputs: BTreeMap<String, Doc>,
    /// What is ours now.
    pub inventory: Inventory,
    pub elapsed_ms: u64,
}

impl Report {
    /// Outcomes that `is` accepts.
    pub fn count(&self, is: impl Fn(&End) -> bool) -> usize {
        self.outcomes.iter().filter(|outcome| is(&outcome.end)).count()
    }

    /// Steps that did what they were to do, with a remark or without.
    pub fn done(&self) -> usize {
        self.count(|end| matches!(end, End::Done { .. } | End::Incomplete(_)))
    }

    /// Those with a remark.
    pub fn incomplete(&self) -> usize {
        self.count(|end| matches!(end, End::Incomplete(_)))
    }

    /// Failed steps, and those whose end nobody saw.
    pub fn failed(&self) -> usize {
        self.count(|end| matches!(end, End::Failed(_) | End::Unknown(_)))
    }

    pub fn skipped(&self) -> usize {
        self.count(|end| matches!(end, End::Skipped { .. } | End::Stopped))
    }

    pub fn held(&self) -> usize {
        self.count(|end| matches!(end, End::Held(_)))
    }

    /// Everything was done.
    pub fn is_complete(&self) -> bool {
        self.apis.is_empty() && self.store.is_none() && self.incomplete() == 0 && self.done() == self.outcomes.len()
    }

    /// All that is missing is what Google holds and what waits for that, or what is deployed and does not serve (exit
    /// code 5).
    pub fn is_only_incomplete(&self) -> bool {
        self.held() + self.incomplete() > 0
            && self.apis.is_empty()
            && self.store.is_none()
            && !self.interrupted
            && self.failed() == 0
            && self.count(|end| matches!(end, End::Stopped)) == 0
    }
}
