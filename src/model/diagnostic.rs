//! Faults and notes, as data: what is wrong, where, and the way out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, DocPath, Span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    Note,
    Warning,
    Error,
}

/// One finding about a stack file, a plan or a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable, machine readable: `unknown-field`, `tier-needs-enterprise`. Kebab case.
    pub code: String,
    /// What is wrong, one sentence, names in backticks, no full stop.
    pub message: String,
    /// Where in a file, if it has a place there.
    pub span: Option<Span>,
    /// Words at the marker under the line: what was expected.
    pub label: Option<String>,
    /// Other places that belong to it (the first of two duplicate keys, the lines of a cycle), each with its words.
    pub related: Vec<(Span, String)>,
    /// The resource it is about.
    pub address: Option<Address>,
    /// The field it is about, in the stack file's spelling.
    pub field: Option<DocPath>,
    /// The way out, without the word `hint:`; best a command or the text to write.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error with a code and a message.
    pub fn error(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning with a code and a message.
    pub fn warning(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A note with a code and a message.
    pub fn note(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    fn new(severity: Severity, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: code.into(),
            message: message.into(),
            span: None,
            label: None,
            related: Vec::new(),
            address: None,
            field: None,
            hint: None,
        }
    }

    /// With a place in a file.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// With words at the marker.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// With the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// About a resource.
    #[must_use]
    pub fn of(mut self, address: &Address) -> Self {
        self.address = Some(address.clone());
        self
    }

    /// About a field.
    #[must_use]
    pub fn field(mut self, field: DocPath) -> Self {
        self.field = Some(field);
        self
    }

    /// With another place that belongs to it.
    #[must_use]
    pub fn related(mut self, span: Span, words: impl Into<String>) -> Self {
        self.related.push((span, words.into()));
        self
    }
}
