//! How a step can end other than well.

use crate::model::{Address, Diagnostic};

/// How a step can end other than well.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It failed.
    Failed(Box<Diagnostic>),
    /// Google holds something.
    Held(Box<Diagnostic>),
    /// Begun, and nobody knows how it ended.
    Unknown(Box<Diagnostic>),
    /// The resource changed between read and write: read it again and begin anew.
    Stale(Box<Diagnostic>),
    /// What it needs is not there.
    Skipped(Address),
    /// The process was told to stop.
    Stopped,
    /// The records cannot be written.
    Store,
}
