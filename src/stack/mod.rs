//! From YAML files to a stack: parse, variables, references, checks, JSON Schema.
//!
//! Pure: files, environment and project facts come in as values; the caller asks which are wanted first.

pub mod source;
pub mod yaml;
