//! Flags that several verbs share: each stands once.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::Address;

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
