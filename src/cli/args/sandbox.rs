//! The emulator's verbs.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::ClockArg;

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
