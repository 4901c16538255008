//! The tree of a YAML file: every node with its position and scalars with their raw text.

use super::{Span, Template};

/// A node and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: NodeValue,
    pub span: Span,
}

/// How a scalar was written: only a plain one can be a number, a truth value or null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Quoted,
    Block,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeValue {
    /// Raw text as written; what type it has is decided by who reads it (`1.10` in a string field stays `1.10`).
    Scalar {
        text: String,
        style: Style,
    },
    Sequence(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
    /// A string with holes that only the cloud can fill.
    Template(Template),
}

/// A key of a mapping and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub text: String,
    pub span: Span,
}
