//! What happens during a run, as data: serialisable, replayable; the terminal is one reader of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, Address, Diagnostic};

/// One event of an apply or a destroy. Times are milliseconds since the run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub at_ms: u64,
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Happening {
    /// The run begins: so many steps, so long by estimate.
    RunStarted { steps: usize, estimate_ms: u64 },
    /// Something that belongs to no single resource (enabling APIs, taking the lock, recovering).
    Phase { message: String },
    /// A step begins.
    StepStarted { address: Address, action: Action, usual_ms: u64 },
    /// What a running step now does or waits for, in present tense: ``waits for operation `op-1` ``.
    StepWaiting { address: Address, message: String },
    /// A request is tried again; why, and after how long.
    StepRetrying { address: Address, message: String, delay_ms: u64 },
    /// A step is done.
    StepDone { address: Address, action: Action, elapsed_ms: u64 },
    /// A step failed.
    StepFailed { address: Address, action: Action, elapsed_ms: u64, fault: Diagnostic },
    /// A step was not begun because of another.
    StepSkipped { address: Address, action: Action, because: Address },
    /// A step cannot be finished now: Google holds something; the next run goes on.
    StepHeld { address: Address, action: Action, fault: Diagnostic },
    /// A finding that stops nothing.
    Note { note: Diagnostic },
    /// The run ends.
    RunFinished { done: usize, failed: usize, skipped: usize, held: usize, interrupted: bool, elapsed_ms: u64 },
}

impl Event {
    /// The event in wall time, of a run whose clock goes `factor` times faster.
    #[must_use]
    pub fn faster(mut self, factor: f64) -> Self {
        let scale = |ms: &mut u64| *ms = scaled(*ms, factor);
        scale(&mut self.at_ms);
        match &mut self.what {
            Happening::RunStarted { estimate_ms: ms, .. }
            | Happening::StepStarted { usual_ms: ms, .. }
            | Happening::StepRetrying { delay_ms: ms, .. }
            | Happening::StepDone { elapsed_ms: ms, .. }
            | Happening::StepFailed { elapsed_ms: ms, .. }
            | Happening::RunFinished { elapsed_ms: ms, .. } => scale(ms),
            Happening::Phase { .. }
            | Happening::StepWaiting { .. }
            | Happening::StepSkipped { .. }
            | Happening::StepHeld { .. }
            | Happening::Note { .. } => {}
        }
        self
    }
}

/// Milliseconds of a clock that goes `factor` times faster, in wall time.
pub fn scaled(ms: u64, factor: f64) -> u64 {
    if factor > 0.0 { (ms as f64 / factor).round() as u64 } else { ms }
}
