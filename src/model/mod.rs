//! The words that all rooms share: addresses, places, documents with known and unknown values, positions in a
//! file, diagnostics, actions, events. Pure data; nothing here does I/O or knows a Google API.

pub mod action;
pub mod address;
pub mod diagnostic;
pub mod doc;
pub mod event;
pub mod fill;
pub mod path;
pub mod place;
pub mod secret;
pub mod span;
pub mod spec;
pub mod suggest;
pub mod template;
pub mod tree;
pub mod typed;

pub use action::Action;
pub use address::{Address, Section};
pub use diagnostic::{Diagnostic, Severity};
pub use doc::{Doc, Map};
pub use path::{DocPath, Segment};
pub use place::{Place, ProjectFacts};
pub use span::{SourceId, Span};
pub use template::{Part, Reference, Template};
