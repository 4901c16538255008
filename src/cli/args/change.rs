//! The verbs that plan, and those that change something.

use std::path::PathBuf;

use clap::Args;

use super::shared::{CloudArgs, ConsentArgs, PlanFormat, SelectionArgs, StackArgs, TextOrJson};
use crate::model::Address;

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub stack: StackArgs,
    #[command(flatten)]
    pub cloud: CloudArgs,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub consent: ConsentArgs,
    /// Save exactly what `apply FILE` will do
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 2 where there are changes or drift
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// List what others set on our resources: IAM members, labels, environment, database flags
    #[arg(long)]
    pub unmanaged: bool,
    /// Plan what `destroy` would do
    #[arg(long)]
    pub destroy: bool,
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PlanFormat,
}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// A plan saved with `plan --out`; refused if what it compared has moved
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    #[command(flatten)]
    pub work: WorkArgs,
    #[command(flatten)]
    pub consent: ConsentArgs,
}

/// On what a run works, and how: what `apply` and `destroy` share.
#[derive(Debug, Clone, Args)]
pub struct WorkArgs {
    #[command(flatten)]
    pub stack: StackArgs,
    #[command(flatten)]
    pub cloud: CloudArgs,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub run: RunArgs,
}

/// How a run is carried out.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Run")]
pub struct RunArgs {
    /// Do not ask before changing things
    #[arg(short, long)]
    pub yes: bool,
    /// Steps under way at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallelism: u16,
    /// `json` writes one event a line to standard output
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: TextOrJson,
}

#[derive(Debug, Args)]
pub struct DestroyArgs {
    #[command(flatten)]
    pub work: WorkArgs,
    /// Consent to lose what this resource holds
    #[arg(long, value_name = "ADDRESS")]
    pub allow_data_loss: Vec<Address>,
    /// Delete what was only adopted, too
    #[arg(long)]
    pub include_adopted: bool,
    /// Take no last backup of Cloud SQL instances
    #[arg(long)]
    pub no_final_backup: bool,
    /// Stay until Google lets go of what it holds (up to 130 minutes)
    #[arg(long)]
    pub wait: bool,
}
