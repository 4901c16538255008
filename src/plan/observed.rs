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
    /// By address: entries of the stack and entries of the inventory that left the file.
    pub resources: BTreeMap<Address, Observation>,
    /// Enabled services of the project, by name (`run.googleapis.com`).
    pub enabled_apis: Vec<String>,
    /// What Google said to `validateOnly`, where it refused.
    pub dry_runs: BTreeMap<Address, Diagnostic>,
    /// Other things found on the way: foreign addresses on a subnet, the images of a repository.
    pub notes: Vec<Diagnostic>,
}
