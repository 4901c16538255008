//! From YAML files to a stack: parse, variables, references, checks, JSON Schema.
//!
//! Pure: files, environment and project facts come in as values; the caller asks which are wanted first.

pub mod expression;
pub mod source;
pub mod types;
pub mod yaml;

pub use source::{Source, Sources};
pub use types::{Because, Entry, Lifecycle, Moved, Need, OnDelete, Output, Stack};
