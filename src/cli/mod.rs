//! The command line: clap's definitions, one file per verb, exit codes. Thin: each verb asks the rooms below.

mod args;
mod ask;
mod bucket;
mod cloud;
mod exit;
mod failure;
mod flow;
mod load;
mod run;
mod saved;
mod show;
mod signal;
mod verbs;

use std::io::ErrorKind;

use clap::Parser;

use crate::ui::printer::{ColourChoice, ColourVariables, Verbosity};
use crate::ui::{Printer, diagnostics};
use args::{Cli, ColorWhen, Common, Verb};
use exit::Exit;
use failure::{Failure, with_causes};

/// Reads the command line, carries it out, says what went wrong.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Wrong } else { Exit::Done };
        }
    };
    let printer = printer(&cli.common);
    match run(&cli.verb, &printer) {
        Ok(exit) => exit,
        Err(failure) => {
            printer.complain(&diagnostics::draw(&failure.diagnostics, &failure.sources, printer.err));
            failure.exit
        }
    }
}

fn printer(common: &Common) -> Printer {
    let verbosity = match (common.quiet, common.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let choice = match common.color {
        ColorWhen::Auto => ColourChoice::Auto,
        ColorWhen::Always => ColourChoice::Always,
        ColorWhen::Never => ColourChoice::Never,
    };
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Printer::of_process(verbosity, choice, ColourVariables { no_color, force: is_set("CLICOLOR_FORCE") })
}

fn run(verb: &Verb, printer: &Printer) -> Result<Exit, Failure> {
    match verb {
        Verb::Completions(args) => verbs::completions::run(args, printer),
        Verb::Schema(args) => verbs::schema::run(args, printer),
        Verb::Explain(args) => verbs::schema::explain(args, printer),
        Verb::Inventory(args) => verbs::inventory::run(args, printer),
        Verb::Unlock(args) => verbs::inventory::unlock(args, printer),
        Verb::Graph(args) => verbs::graph::run(args, printer),
        Verb::Validate(args) => verbs::validate::run(args, printer),
        Verb::Init(args) => verbs::init::run(args, printer),
        Verb::Sandbox(args) => verbs::sandbox::run(&args.verb, printer),
        Verb::Plan(args) => verbs::plan::run(args, printer),
        Verb::Apply(args) => verbs::apply::apply(args, printer),
        Verb::Destroy(args) => verbs::apply::destroy(args, printer),
        Verb::Export(args) => verbs::export::run(args, printer),
        Verb::Outputs(args) => verbs::outputs::run(args, printer),
    }
}

/// Writes a result; a reader that went away (`| head`) is no failure.
fn output(printer: &Printer, text: &str) -> Result<Exit, Failure> {
    match printer.result(text) {
        Ok(()) => Ok(Exit::Done),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(error) => Err(Failure::failed(with_causes("cannot-write", "cannot write to standard output", &error))),
    }
}

/// The async runtime, for the verbs that need one.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    built.map_err(|error| Failure::failed(with_causes("no-runtime", "cannot start the async runtime", &error)))
}

/// JSON for machines, two spaces deep.
fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("views are plain JSON")
}
