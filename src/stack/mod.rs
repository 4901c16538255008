//! From YAML files to a [`Stack`]: parse, variables, references, checks, JSON Schema.
//!
//! Pure: files, environment and project facts come in as values. The way:
//!
//! 1. [`parse`] files into a [`Draft`]; syntax faults end it here.
//! 2. [`wanted`] names the environment variables and files to load.
//! 3. [`build`] with the [`Inputs`] gives the [`Stack`] and every finding. Without the project's number what needs it
//!    stays unknown; with it, build again.

mod addresses;
mod budget;
mod build;
mod cycle;
mod draft;
mod envelope;
mod expand;
pub mod explain;
mod expression;
mod input;
mod link;
mod merge;
mod outputs;
mod read;
mod reference;
mod schema;
mod secret;
pub mod source;
mod top;
mod types;
mod variable;
mod yaml;

pub use build::{Built, build};
pub use draft::{Draft, File, Unreadable, parse};
pub use input::{FileName, Inputs, Mode, SANDBOX_PROJECT, Wanted, wanted};
pub use schema::schema;
pub use source::{Source, Sources};
pub use types::{Because, Entry, Lifecycle, Moved, Need, OnDelete, Output, Stack};
pub use yaml::{LIMITS, Limits};

#[cfg(test)]
mod tests;
