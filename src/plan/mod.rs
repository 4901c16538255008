//! Graph, diff, plan, checks on a plan, saved plan, schedule. Pure: every decision is in the plan, nothing is left
//! to choose later.

pub mod build;
pub mod checks;
mod decide;
pub mod diff;
mod finish;
pub mod graph;
mod hooks;
pub mod implied;
pub mod inputs;
pub mod lint;
pub mod moved;
pub mod observed;
pub mod outputs;
pub mod policies;
pub mod record;
mod room;
pub mod saved;
pub mod schedule;
pub mod select;
#[cfg(test)]
mod testkit;
pub mod types;

pub use build::build;
pub use checks::locate;
pub use inputs::{AdoptedOnes, Allow, Desired, Edge, Lifecycle, Options, Others, PlanInputs, Wanted};
pub use observed::{Observation, Observed};
pub use types::{Change, Consent, Effect, Estimate, Foreign, Former, Origin, Plan, Planned, Purpose};
