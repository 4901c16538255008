//! What was read of the cloud, as the planner's input.

use std::collections::BTreeMap;

use crate::kinds::Live;
use crate::model::{Address, Diagnostic, ProjectFacts};

/// What a read of one resource found.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// Google says that it is not there.
    Absent,
    /// It is there.
    Present(Box<Live>),
    /// It could not be read (403, a proxy's HTML); the plan can say nothing of it and apply refuses.
    Unreadable(Box<Diagnostic>),
}

/// What was read of the cloud.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    pub project: ProjectFacts,
    /// By address: entries of the stack at the place that the stack says, entries of the inventory that left the file
    /// at the place that the inventory says. What has a `moved` line stands under its new address.
    pub resources: BTreeMap<Address, Observation>,
    /// By address, where the inventory's place is another than the stack's (name or region changed in the file): what
    /// stands at the inventory's.
    pub former: BTreeMap<Address, Observation>,
    /// Keyed hashes of the payloads that could be loaded again (from the environment, from files), by address and
    /// payload name, made with the inventory's key by [`crate::records::HashKey::hash`] of a `Doc::String` of the
    /// bytes in base64.
    pub payloads: BTreeMap<Address, BTreeMap<String, String>>,
    /// Enabled services of the project, by name (`run.googleapis.com`).
    pub enabled_apis: Vec<String>,
    /// What Google said to `validateOnly`, where it refused.
    pub dry_runs: BTreeMap<Address, Diagnostic>,
    /// Other things found on the way: foreign addresses on a subnet, the images of a repository.
    pub notes: Vec<Diagnostic>,
}
