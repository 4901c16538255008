//! What was read of a project, to make a stack file of.

use serde_json::Value as Json;

use crate::kinds::{Live, Row};
use crate::model::{Diagnostic, Place, ProjectFacts};

/// A live resource and where it stands.
#[derive(Debug, Clone)]
pub struct Resource {
    pub row: &'static Row,
    pub place: Place,
    /// As read, its policy and further reads included where they were asked for.
    pub live: Live,
}

impl Resource {
    /// The path by which other resources name it: `projects/P/global/networks/N`, with the project's id.
    pub fn path(&self) -> String {
        self.place.fill(self.row.descriptor.item)
    }

    /// Its section.
    pub fn section(&self) -> &'static str {
        self.row.descriptor.section
    }
}

/// What was read of a project.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub project: ProjectFacts,
    /// Enabled services, by name.
    pub enabled_apis: Vec<String>,
    /// In the order of the registry.
    pub resources: Vec<Resource>,
    /// The project's IAM policy, where it could be read.
    pub policy: Option<Json>,
    /// What could not be read, and what is there of kinds that stackctl does not manage.
    pub notes: Vec<Diagnostic>,
}
