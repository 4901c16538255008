//! Reads a positioned tree into a typed spec and a document, collecting faults instead of stopping at the first.
//!
//! A serde [`Deserializer`](serde::Deserializer) over [`Node`]s. Serde's derived code stops at the first error, so a
//! read that fails is begun again with the faulty value left out (a required field is then given a stand-in), until
//! nothing new is found: every fault of an entry shows in one run, at the cost of one more read of that entry each.
//!
//! What specs can rely on:
//! - unknown fields are faults without `deny_unknown_fields`; a `null` in a map is as if it were not there;
//! - a text field takes the raw text of a scalar (`1.10` stays `1.10`), a number or truth value must be plain;
//! - a field that takes a text *or* a map is a [`TextOr`](super::spec::TextOr);
//! - `serde(flatten)`, `serde(untagged)` and internal tags go through serde's own buffer: positions, raw text and
//!   the collecting of faults are lost there. Do not use them in specs.
//!
//! [`Value`](super::spec::Value), [`Ref`](super::spec::Ref) and [`Member`](super::spec::Member) are recognised by
//! their marker names: a template may stand only in a `Value` (or where a reference may), references are listed.

mod access;
mod error;
mod path;
mod reader;
mod scalar;
mod stand_in;
mod state;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;

use self::path::Path;
use self::reader::Reader;
use self::state::State;
use super::tree::Node;
use super::{Diagnostic, Doc, DocPath, Span};

pub use self::scalar::{is_null, plain};

/// How many faults of one entry are looked for.
pub const FAULTS_AT_MOST: usize = 64;

/// What a typed read found.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The document, typed as the spec asked (a string field holds `1.10` as written). Faulty values are not in it.
    /// Lists and maps have the order and positions of the tree: [`Node::span_at`] finds where a path stands.
    pub doc: Doc,
    /// In the order of the file.
    pub faults: Vec<Diagnostic>,
    pub references: Vec<FoundReference>,
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

/// Reads `node` as a `T` for its document, faults and references.
pub fn read<T: DeserializeOwned>(node: &Node) -> Typed {
    read_value::<T>(node).1
}

/// Reads `node` as a `T`; the value is there where nothing is wrong.
pub fn read_value<T: DeserializeOwned>(node: &Node) -> (Option<T>, Typed) {
    let mut state = State::default();
    let (value, doc) = loop {
        let known = state.known();
        state.begin();
        let mut doc = Doc::Null;
        let root = Path::root();
        let reader = Reader { node, place: node.span, path: &root, state: &mut state, out: &mut doc };
        match T::deserialize(reader) {
            Ok(value) => break (Some(value), doc),
            Err(error) => state.blame(error, node, node.span, &root),
        };
        if state.is_bad(node) || state.known() == known || !state.may_go_on() {
            break (None, Doc::map());
        }
    };
    let (faults, references) = state.finish();
    (value.filter(|_| faults.is_empty()), Typed { doc, faults, references })
}
