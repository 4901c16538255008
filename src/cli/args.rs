//! The command line, as clap reads it. A flag that several verbs share stands once.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::Address;

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

/// Where the stack comes from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Stack")]
pub struct StackArgs {
    /// The stack file; may be repeated, later files win; `-` is standard input
    #[arg(short, global = true, long = "file", value_name = "FILE", default_value = "stack.yaml")]
    pub files: Vec<PathBuf>,
    /// Sets a variable of the stack file
    #[arg(global = true, long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Sets variables from a YAML file of `name: value`
    #[arg(global = true, long = "var-file", value_name = "FILE")]
    pub variable_files: Vec<PathBuf>,
    /// Use the emulator inside this program; its cloud is kept in `.stackctl/sandbox/`
    #[arg(global = true, long)]
    pub sandbox: bool,
}

/// Which cloud is meant, for the verbs that talk to one.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Cloud")]
pub struct CloudArgs {
    /// Send every call to `URL/<google host>/<path>`, without credentials
    #[arg(global = true, long, value_name = "URL", conflicts_with = "sandbox")]
    pub endpoint: Option<String>,
    /// The project that quotas and API use are charged to; default: the stack's
    #[arg(global = true, long, value_name = "PROJECT")]
    pub quota_project: Option<String>,
    /// Divide the client's waits (and the sandbox's durations) by FACTOR; with `--sandbox` or `--endpoint`
    #[arg(global = true, long, value_name = "FACTOR")]
    pub clock: Option<ClockArg>,
    /// Append each request and its answer to FILE, one JSON line each, without secrets and tokens
    #[arg(global = true, long, value_name = "FILE", env = "STACKCTL_RECORD")]
    pub record: Option<PathBuf>,
    /// Never ask; a question is answered with no
    #[arg(global = true, long)]
    pub no_input: bool,
    /// Requests under way at once while reading
    #[arg(global = true, long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256), hide = true)]
    pub read_parallelism: u16,
}

/// `instant`, `real`, or a factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClockArg {
    Instant,
    Factor(f64),
}

impl std::str::FromStr for ClockArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "instant" => Ok(Self::Instant),
            "real" => Ok(Self::Factor(1.0)),
            number => match number.parse::<f64>() {
                Ok(factor) if factor.is_finite() && (0.001..=1e6).contains(&factor) => Ok(Self::Factor(factor)),
                _ => Err("`instant`, `real` or a number between 0.001 and 1000000 is expected".to_owned()),
            },
        }
    }
}

/// Which resources of the stack are meant.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Selection")]
pub struct SelectionArgs {
    /// Only this resource and what it depends on (destroy: what depends on it); may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<Address>,
    /// Not this resource, nor what depends on it; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub exclude: Vec<Address>,
}

/// What the user consents to beforehand.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Consent")]
pub struct ConsentArgs {
    /// Make resources ours that exist already: all, or those named
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = false, default_missing_value = "*")]
    pub adopt: Vec<String>,
    /// Consent to delete and recreate this resource, with what it holds
    #[arg(long, value_name = "ADDRESS")]
    pub allow_replace: Vec<Address>,
    /// Consent to lose what this resource holds
    #[arg(long, value_name = "ADDRESS")]
    pub allow_data_loss: Vec<Address>,
}

/// The shape of a plan's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    Text,
    Json,
    Markdown,
    Sarif,
}

/// Text for people or JSON for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    Text,
    Json,
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
    pub stack: StackArgs,
    #[command(flatten)]
    pub cloud: CloudArgs,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub consent: ConsentArgs,
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
    pub stack: StackArgs,
    #[command(flatten)]
    pub cloud: CloudArgs,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub run: RunArgs,
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

#[derive(Debug, Args)]
pub struct SandboxArgs {
    #[command(subcommand)]
    pub verb: SandboxVerb,
}

/// What to do with the emulator.
#[derive(Debug, Subcommand)]
pub enum SandboxVerb {
    /// Serve Google's APIs at `URL/<google host>/<path>` until interrupted
    Serve(ServeArgs),
    /// Forget the emulated cloud
    Reset {
        /// Where the emulated cloud is kept
        #[arg(long, value_name = "DIR", default_value = ".stackctl/sandbox")]
        dir: PathBuf,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Print environment variables that lead gcloud, Terraform and curl to a served sandbox
    Env {
        /// The served sandbox's URL
        #[arg(value_name = "URL", default_value = "http://127.0.0.1:8085")]
        url: String,
    },
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8085")]
    pub listen: std::net::SocketAddr,
    /// Write the port here once it listens
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,
    /// Keep the emulated cloud here; without it, it ends with the server
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// `instant`, `real`, or how many times faster than Google operations run
    #[arg(long, value_name = "instant|real|FACTOR", default_value = "instant")]
    pub clock: ClockArg,
    /// Append one JSON line per request
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn definitions_are_sound() {
        super::Cli::command().debug_assert();
    }
}
