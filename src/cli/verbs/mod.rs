//! One file per verb.

pub mod apply;
pub mod completions;
pub mod export;
pub mod graph;
pub mod init;
pub mod inventory;
pub mod outputs;
pub mod plan;
pub mod sandbox;
pub mod schema;
pub mod validate;
