//! The journal: what a run was about to do, had begun, and saw the end of.

use serde::{Deserialize, Serialize};

use crate::model::{Action, Address};
use crate::wire::operation::Begun;

use super::inventory::Entry;

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
}

/// The events of a run that did not close its records.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Journal {
    pub events: Vec<JournalEvent>,
}
