//! Reads a positioned tree into a typed spec and a document, collecting faults instead of stopping at the first.

use serde::de::DeserializeOwned;

use super::tree::Node;
use super::{Diagnostic, Doc, DocPath, Span};

/// What a typed read found.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The document, typed as the spec asked (a string field holds `1.10` as written).
    pub doc: Doc,
    pub faults: Vec<Diagnostic>,
    pub references: Vec<FoundReference>,
    /// Where each value stands in the file.
    pub spans: Vec<(DocPath, Span)>,
}

/// A field that refers to another resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundReference {
    pub path: DocPath,
    pub span: Span,
    /// The section it refers to.
    pub section: &'static str,
    /// `path`, `name`, `email`, `versioned` or `member`.
    pub form: &'static str,
    /// As written.
    pub text: String,
}

/// Reads `node` as a `T`.
pub fn read<T: DeserializeOwned>(_node: &Node) -> Typed {
    Typed::default()
}
