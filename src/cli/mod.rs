//! The command line: clap's definitions, one file per verb, exit codes. Thin: each verb asks the rooms below.

pub mod args;
pub mod exit;
