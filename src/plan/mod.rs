//! Graph, diff, plan, checks on a plan, saved plan, schedule. Pure: every decision is in the plan, nothing is left
//! to choose later.

pub mod observed;
pub mod types;

pub use observed::{Observation, Observed};
pub use types::{Change, Consent, Effect, Estimate, Origin, Plan, Planned, Purpose};
