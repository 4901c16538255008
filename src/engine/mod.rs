//! Observes the cloud, checks before the first change, carries plans out, takes up what an interrupted run left.
//!
//! The way of a run: [`survey()`] (the project and its enabled APIs) → [`load_records`] → [`load_inputs`] →
//! [`observe()`] → the plan (pure, in `plan/`) → [`dry_run()`] → [`preflight()`] → show and ask → lock, read the
//! records again, [`recover()`], observe and plan again and compare → [`execute()`]. Everything that is shown comes
//! out as events and as a [`Report`]; nothing here prints.

mod anyway;
pub mod dry_run;
pub mod execute;
mod foreign;
pub mod inputs;
pub mod observe;
pub mod preflight;
pub mod recover;
pub mod session;
pub mod stop;
pub mod survey;
pub mod sweep;

pub use dry_run::dry_run;
pub use execute::{EXISTS, End, Outcome, Report, Run, execute, new_key};
pub use inputs::{Inputs, Unset, load_inputs};
pub use observe::{Look, observe};
pub use preflight::preflight;
pub use recover::{Records, load_records, recover};
pub use session::{HeldOnes, Listen, Options, Session};
pub use stop::Stop;
pub use survey::{Survey, survey};
pub use sweep::{Swept, sweep};
