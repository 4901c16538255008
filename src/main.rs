//! The thin binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    stackctl::cli::main().into()
}
