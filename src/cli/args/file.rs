//! The verbs that need no cloud.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::StackArgs;

#[derive(Debug, Args)]
pub struct ValidateArgs {
    #[command(flatten)]
    pub stack: StackArgs,
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ValidateFormat,
}

/// The shape of `validate`'s output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ValidateFormat {
    Text,
    Json,
    Sarif,
}

#[derive(Debug, Args)]
pub struct GraphArgs {
    #[command(flatten)]
    pub stack: StackArgs,
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: GraphFormat,
}

/// The shape of `graph`'s output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Graphviz
    Dot,
    /// Mermaid, as code hosts draw it
    Mermaid,
    /// Waves of what can be made together
    Text,
}

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Which schema
    #[arg(value_name = "WHICH", default_value = "stack")]
    pub which: SchemaName,
}

/// The schemas in `schemas/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// The stack file
    Stack,
    /// `plan --format json`
    Plan,
    /// Events of `apply --format json`
    Event,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// `KIND` or `KIND.FIELD`, as in `sqlInstances.ipConfiguration.sslMode`; without it, the list of kinds
    #[arg(value_name = "KIND[.FIELD]")]
    pub what: Option<String>,
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where to write
    #[arg(short, long = "file", value_name = "FILE", default_value = "stack.yaml")]
    pub file: PathBuf,
    /// The stack's name; default: the folder's
    #[arg(long)]
    pub stack: Option<String>,
    /// The project's id
    #[arg(long)]
    pub project: Option<String>,
    #[arg(long, default_value = "us-central1")]
    pub region: String,
    /// A bucket for the inventory, for teams and pipelines: `gs://bucket/prefix`
    #[arg(long, value_name = "URL")]
    pub state: Option<String>,
    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    pub shell: clap_complete::Shell,
}
