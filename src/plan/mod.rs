//! Graph, diff, plan, checks on a plan, saved plan, schedule. Pure: every decision is in the plan, nothing is left
//! to choose later.

pub mod diff;
pub mod fill;
pub mod graph;
mod hooks;
pub mod inputs;
pub mod moved;
pub mod observed;
pub mod outputs;
pub mod select;
#[cfg(test)]
mod testkit;
pub mod types;

pub use inputs::{AdoptedOnes, Allow, Desired, Edge, Lifecycle, Options, PlanInputs, Wanted};
pub use observed::{Observation, Observed};
pub use types::{Change, Consent, Effect, Estimate, Former, Origin, Plan, Planned, Purpose};
