//! One file per verb.

pub mod completions;
pub mod graph;
pub mod init;
pub mod inventory;
pub mod sandbox;
pub mod schema;
pub mod validate;
