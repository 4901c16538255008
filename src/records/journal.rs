//! The journal: what a run was about to do, had begun, and saw the end of.
//!
//! A small state machine: the events are the record, the status of a call follows from them, and [`next`] alone says
//! which event may follow which.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Action, Address};
use crate::wire::operation::Begun;

use super::inventory::{Entry, Tombstone};

/// One event of the journal; a step's calls are told apart by `step` (unique in a run) and `call`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEvent {
    pub run: String,
    pub step: u32,
    pub call: u32,
    pub address: Address,
    pub what: What,
}

/// What happened to a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum What {
    /// About to send: synced before the request leaves. `entry` is what the inventory will say if it succeeds.
    Intended { action: Action, label: String, entry: Option<Box<Entry>> },
    /// The reply named an operation.
    Began { operation: Begun },
    /// Seen to have taken hold, or to be gone.
    Succeeded,
    /// Refused, with nothing done.
    Failed { message: String },
    /// Not known; the next run looks.
    Unknown { message: String },
    /// A step is over: what the inventory says of the address from now on (absent: it is not ours, or gone), and the
    /// name that is blocked. A call of its own, made of this one event: the inventory itself is only written at the
    /// end of a run, or now and then.
    Recorded { entry: Option<Box<Entry>>, tombstone: Option<Tombstone> },
}

/// Where a call stands, by its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Written down; whether the request left is not known.
    Intended,
    /// An operation runs, or ran when last heard of.
    Began,
    /// Done.
    Succeeded,
    /// Refused, with nothing done.
    Failed,
    /// The answer was lost.
    Unknown,
}

impl Status {
    /// Whether nobody needs to look any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// A call within a journal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId {
    pub run: String,
    pub step: u32,
    pub call: u32,
}

/// An event that cannot follow what the journal says of its call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("journal: `{address}`, step {step}, call {call}: `{event}` cannot follow {}",
    before.map_or("nothing".to_owned(), |status| format!("`{status:?}`")))]
pub struct IllegalEvent {
    pub address: Address,
    pub step: u32,
    pub call: u32,
    pub before: Option<Status>,
    pub event: &'static str,
}

/// The status after `what`, or `None` where it may not follow `before`. The one place with the legal transitions.
pub fn next(before: Option<Status>, what: &What) -> Option<Status> {
    Some(match (before, what) {
        (None, What::Intended { .. }) => Status::Intended,
        (None, What::Recorded { .. }) => Status::Succeeded,
        (Some(Status::Intended | Status::Unknown), What::Began { .. }) => Status::Began,
        (Some(Status::Intended | Status::Began | Status::Unknown), What::Succeeded) => Status::Succeeded,
        (Some(Status::Intended | Status::Began | Status::Unknown), What::Failed { .. }) => Status::Failed,
        (Some(Status::Intended | Status::Began | Status::Unknown), What::Unknown { .. }) => Status::Unknown,
        _ => return None,
    })
}

/// A call whose end no run has seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    pub id: CallId,
    pub address: Address,
    pub status: Status,
    pub action: Action,
    pub label: String,
    /// What the inventory will say if it took hold.
    pub entry: Option<Box<Entry>>,
    /// The operation to ask first, if one was named.
    pub operation: Option<Begun>,
}

/// The events of runs that did not close their records, in the order in which they were written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Journal {
    events: Vec<JournalEvent>,
    calls: BTreeMap<CallId, Call>,
}

/// What the events say of a call: positions in `events`.
#[derive(Debug, Clone, PartialEq)]
struct Call {
    status: Status,
    intended: usize,
    began: Option<usize>,
}

impl Journal {
    /// The events, oldest first.
    pub fn events(&self) -> &[JournalEvent] {
        &self.events
    }

    /// Whether nothing was ever written to it.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Takes an event in; unchanged where it is illegal.
    ///
    /// # Errors
    /// The event cannot follow what the journal says of its call.
    pub fn push(&mut self, event: JournalEvent) -> Result<(), IllegalEvent> {
        let id = CallId { run: event.run.clone(), step: event.step, call: event.call };
        let before = self.calls.get(&id).map(|call| call.status);
        let status = next(before, &event.what).ok_or_else(|| IllegalEvent {
            address: event.address.clone(),
            step: event.step,
            call: event.call,
            before,
            event: event.what.name(),
        })?;
        let position = self.events.len();
        let call = self.calls.entry(id).or_insert(Call { status, intended: position, began: None });
        call.status = status;
        if matches!(event.what, What::Began { .. }) {
            call.began = Some(position);
        }
        self.events.push(event);
        Ok(())
    }

    /// Where a call stands; `None`: the journal does not know it.
    pub fn status(&self, id: &CallId) -> Option<Status> {
        self.calls.get(id).map(|call| call.status)
    }

    /// The calls whose end no run has seen, in the order in which they were intended.
    pub fn unfinished(&self) -> Vec<Unfinished> {
        let mut open: Vec<(&CallId, &Call)> = self.calls.iter().filter(|(_, call)| !call.status.is_final()).collect();
        open.sort_by_key(|(_, call)| call.intended);
        open.into_iter().map(|(id, call)| self.describe(id, call)).collect()
    }

    fn describe(&self, id: &CallId, call: &Call) -> Unfinished {
        let intended = &self.events[call.intended];
        let What::Intended { action, label, entry } = &intended.what else {
            unreachable!("a call begins with `Intended`")
        };
        let operation = call.began.and_then(|position| match &self.events[position].what {
            What::Began { operation } => Some(operation.clone()),
            _ => None,
        });
        Unfinished {
            id: id.clone(),
            address: intended.address.clone(),
            status: call.status,
            action: *action,
            label: label.clone(),
            entry: entry.clone(),
            operation,
        }
    }
}

impl What {
    /// The event's name, as the format spells it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Intended { .. } => "intended",
            Self::Began { .. } => "began",
            Self::Succeeded => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::Recorded { .. } => "recorded",
        }
    }
}

#[cfg(test)]
mod tests;
