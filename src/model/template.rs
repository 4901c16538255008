//! Strings with holes that only the cloud can fill.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Address, DocPath};

/// What is left of a `${…}` after everything known without the cloud has been put in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reference {
    /// `${sqlInstances.prefect-db.pscServiceAttachmentLink}`: an output of another resource.
    Output { address: Address, output: DocPath },
    /// `${self.url}`: an output of the resource itself.
    Own { output: DocPath },
    /// `${project.number}`: read first, before anything is planned.
    ProjectNumber,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// Text that stands as it is.
    Literal(String),
    /// A hole.
    Reference(Reference),
}

/// Literals and references in order; at least one reference.
///
/// A template that is one reference alone keeps the type of what fills it; every other one is a string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template(pub Vec<Part>);

impl Template {
    /// A template of one reference alone.
    pub fn whole(reference: Reference) -> Self {
        Self(vec![Part::Reference(reference)])
    }

    /// The references in it, in order.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Reference(reference) => Some(reference),
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output { address, output } => write!(f, "{address}.{output}"),
            Self::Own { output } => write!(f, "self.{output}"),
            Self::ProjectNumber => f.write_str("project.number"),
        }
    }
}

/// As the user would write it: `https://${project.number}.example`.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Literal(text) => f.write_str(&text.replace("${", "$${"))?,
                Part::Reference(reference) => write!(f, "${{{reference}}}")?,
            }
        }
        Ok(())
    }
}
