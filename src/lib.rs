//! stackctl makes a Google Cloud project match a YAML stack file.
//!
//! The rooms of the house, from the ground up; a room uses only rooms above it in this list. `ARCHITECTURE.md`
//! says what each holds, `tests/tidy.rs` fails the build when a room reaches where it may not.

pub mod cli;
pub mod engine;
pub mod export;
pub mod gcp;
pub mod images;
pub mod inventory;
pub mod kinds;
pub mod model;
pub mod plan;
pub mod records;
pub mod sandbox;
pub mod stack;
pub mod ui;
pub mod wire;
