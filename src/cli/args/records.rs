//! The verbs that ask the records or the running stack.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{CloudArgs, StackArgs, TextOrJson};
use crate::model::Address;

#[derive(Debug, Args)]
pub struct InventoryArgs {
    #[command(flatten)]
    pub stack: StackArgs,
    #[command(flatten)]
    pub cloud: CloudArgs,
    #[command(subcommand)]
    pub verb: Option<InventoryVerb>,
}

/// What to do with the inventory.
#[derive(Debug, Subcommand)]
pub enum InventoryVerb {
    /// What is ours
    List {
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: TextOrJson,
    },
    /// Let go of a resource: it stays in the cloud and is no longer ours
    Forget { address: Address },
    /// Give a resource another address; the cloud is not touched
    Move { from: Address, to: Address },
}

#[derive(Debug, Args)]
pub struct UnlockArgs {
    #[command(flatten)]
    pub stack: StackArgs,
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct OutputsArgs {
    #[command(flatten)]
    pub stack: StackArgs,
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// Print this output alone, as it is
    pub name: Option<String>,
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: TextOrJson,
}

#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// Only these kinds or resources: `services`, `sqlInstances.prefect-db`; default: all
    #[arg(value_name = "KIND|ADDRESS")]
    pub what: Vec<String>,
    /// The project to export; without it, what is ours of the stack file
    #[arg(long, value_name = "PROJECT")]
    pub project: Option<String>,
    /// Only what stands in this region or location, and what stands in none; may be repeated; default: all
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// Everything found: also what is not this stack's, and what Google made by itself
    #[arg(long)]
    pub all: bool,
    /// The stack's name; default: the one that the resources' labels name, else the project's id
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// Write here rather than to standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long, requires = "out")]
    pub force: bool,
    /// The stack file whose resources are meant; default: stack.yaml
    #[arg(short, long = "file", value_name = "FILE", conflicts_with = "project")]
    pub files: Vec<PathBuf>,
    /// Sets a variable of the stack file
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Sets variables from a YAML file of `name: value`
    #[arg(long = "var-file", value_name = "FILE")]
    pub variable_files: Vec<PathBuf>,
    /// Use the emulator inside this program; its cloud is kept in `.stackctl/sandbox/`
    #[arg(long)]
    pub sandbox: bool,
    #[command(flatten)]
    pub cloud: CloudArgs,
}
