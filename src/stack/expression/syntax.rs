//! Expressions as values.

use std::ops::Range;

use crate::model::DocPath;

/// A piece of a scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands as it is; `$${` is `${` here.
    Text(String),
    Hole(Hole),
}

/// One `${…}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    pub expression: Expression,
    /// The bytes of the scalar's text from `$` to behind `}`.
    pub range: Range<usize>,
}

/// Something and the bytes of the scalar's text where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    pub value: T,
    pub range: Range<usize>,
}

/// What stands between the braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// `env.NAME`, `env.NAME:-default`, `env.NAME:?message`
    Env { name: String, fallback: Fallback },
    /// `var.name`, `var.name.field`
    Variable { name: Located<String>, path: DocPath },
    /// `each.key`, `each.value`, `each.value.field`
    Each { part: EachPart, path: DocPath },
    /// `file("path")`
    File { path: String },
    /// `project.id`
    ProjectId,
    /// `project.number`
    ProjectNumber,
    /// `region`
    Region,
    /// `self.output`
    Own { output: DocPath },
    /// `section.key.output`
    Output { section: Located<String>, key: Located<String>, output: Located<DocPath> },
}

/// What an unset environment variable becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fallback {
    /// A fault.
    None,
    /// This, also where it is empty.
    Default(Vec<Piece>),
    /// A fault with these words, also where it is empty.
    Require(String),
}

/// What of a `forEach` is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EachPart {
    Key,
    Value,
}

/// Why a `${…}` is no expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The bytes of the scalar's text to point at.
    pub range: Range<usize>,
    pub message: String,
    pub label: Option<String>,
    pub hint: Option<String>,
}
