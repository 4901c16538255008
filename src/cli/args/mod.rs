//! The command line, as clap reads it.

mod change;
mod file;
mod records;
mod sandbox;
mod shared;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use change::{ApplyArgs, DestroyArgs, PlanArgs, RunArgs};
pub use file::{
    CompletionsArgs, ExplainArgs, GraphArgs, GraphFormat, InitArgs, SchemaArgs, SchemaName, ValidateArgs,
    ValidateFormat,
};
pub use records::{ExportArgs, InventoryArgs, InventoryVerb, OutputsArgs, UnlockArgs};
pub use sandbox::{SandboxArgs, SandboxVerb, ServeArgs};
pub use shared::{ClockArg, CloudArgs, ConsentArgs, PlanFormat, SelectionArgs, StackArgs, TextOrJson};

/// Makes a Google Cloud project match a YAML stack file, and keeps it so.
#[derive(Debug, Parser)]
#[command(name = "stackctl", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub verb: Verb,
}

/// The exit codes, one meaning each.
pub const EXIT_CODES: &str = "Exit codes:
  0    done, or no changes
  1    failed
  2    changes or drift (only `plan --detailed-exitcode`)
  3    the stack file or the command line is wrong
  4    refused: protected, not ours, locked, a stale saved plan, or the answer was no
  5    incomplete: Google still holds something, or a revision does not serve; run again
  130  interrupted";

/// Flags of every verb.
#[derive(Debug, Args)]
pub struct Common {
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub color: ColorWhen,
    /// Say only results, questions and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Say more: every field of a create, every request and retry
    #[arg(short, long, global = true, help_heading = "Output")]
    pub verbose: bool,
}

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    Auto,
    Always,
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show what apply would do; changes nothing
    Plan(PlanArgs),
    /// Make the project match the file
    Apply(ApplyArgs),
    /// Take down everything that is ours, in reverse order
    Destroy(DestroyArgs),
    /// What is ours: list it, forget it, move it
    Inventory(InventoryArgs),
    /// Say whose lock it is, and remove it
    Unlock(UnlockArgs),
    /// Check the stack file without a cloud
    Validate(ValidateArgs),
    /// Draw the dependency graph
    Graph(GraphArgs),
    /// Print the stack's outputs
    Outputs(OutputsArgs),
    /// Write a stack file of what the project has
    Export(ExportArgs),
    /// Print the JSON Schema of the stack file or of the JSON output
    Schema(SchemaArgs),
    /// Explain a section or a field: type, default, whether it can change, API path
    Explain(ExplainArgs),
    /// Write a first stack file
    Init(InitArgs),
    /// Print a shell's completions
    Completions(CompletionsArgs),
    /// The Google Cloud emulator as a server for other clients
    Sandbox(SandboxArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn definitions_are_sound() {
        super::Cli::command().debug_assert();
    }
}
