//! `export`: what the project has, as a stack file.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::cli::args::{ExportArgs, StackArgs};
use crate::cli::cloud;
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, with_causes};
use crate::cli::flow::Flow;
use crate::cli::{output, runtime};
use crate::engine::{self, Session, Survey, Swept};
use crate::export::{self, Export, Scope, Wish};
use crate::inventory::memory::Memory;
use crate::kinds::registry;
use crate::model::{Address, Diagnostic, Severity, suggest};
use crate::records::Inventory;
use crate::stack::SANDBOX_PROJECT;
use crate::ui::diagnostics::Sources;
use crate::ui::{Printer, diagnostics};

/// The stack file that is taken where none is named.
const STACK_FILE: &str = "stack.yaml";

/// Reads the project and writes its stack file.
pub fn run(args: &ExportArgs, printer: &Printer) -> Result<Exit, Failure> {
    let what = What::parse(&args.what)?;
    let runtime = runtime()?;
    let _guard = runtime.enter();
    let (found, made) = runtime.block_on(async {
        match source(args) {
            Source::Project(project) => of_project(args, &what, &project).await,
            Source::Stack(files) => of_stack(args, &what, files).await,
        }
    })?;
    let mut findings = made.findings.clone();
    findings.extend(export::check(&made.text, &found).into_iter().map(as_warning));
    let written = write(args, &made, printer)?;
    if !findings.is_empty() {
        printer.say(&diagnostics::draw(&findings, &Sources::default(), printer.err));
    }
    Ok(written)
}

/// What the command line asks for by name.
#[derive(Debug, Default)]
struct What {
    sections: BTreeSet<String>,
    addresses: BTreeSet<Address>,
}

impl What {
    fn parse(words: &[String]) -> Result<Self, Failure> {
        let mut what = Self::default();
        for word in words {
            if registry::find(word).is_some() {
                what.sections.insert(word.clone());
                continue;
            }
            match word.parse::<Address>() {
                Ok(address) if registry::find(&address.section).is_some() => {
                    what.sections.insert(address.section.to_string());
                    what.addresses.insert(address);
                }
                _ => return Err(Failure::wrong(unknown(word))),
            }
        }
        // A section named beside addresses is meant whole.
        let whole = |section: &str| words.iter().any(|word| word == section);
        if what.sections.iter().any(|section| whole(section)) && !what.addresses.is_empty() {
            return Err(Failure::wrong(
                Diagnostic::error("bad-selection", "kinds and single resources cannot be asked for together")
                    .hint("export them one after the other"),
            ));
        }
        Ok(what)
    }
}

fn unknown(word: &str) -> Diagnostic {
    let sections = registry::all().iter().map(|row| row.descriptor.section);
    let fault = Diagnostic::error("unknown-kind", format!("`{word}` is neither a kind nor an address"));
    match suggest::nearest(word.split('.').next().unwrap_or(word), sections.clone()) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault.hint(format!("kinds are {}", suggest::listed(sections))),
    }
}

enum Source {
    Project(String),
    Stack(Vec<PathBuf>),
}

/// A project by its id; else a stack file, whose own resources are meant.
fn source(args: &ExportArgs) -> Source {
    let default = PathBuf::from(STACK_FILE);
    match (&args.project, args.files.as_slice()) {
        (Some(project), _) if args.sandbox && project != SANDBOX_PROJECT => Source::Project(project.clone()),
        (Some(project), _) => Source::Project(project.clone()),
        (None, []) if args.sandbox && !default.exists() => Source::Project(SANDBOX_PROJECT.to_owned()),
        (None, []) => Source::Stack(vec![default]),
        (None, files) => Source::Stack(files.to_vec()),
    }
}

async fn of_project(args: &ExportArgs, what: &What, project: &str) -> Result<(export::Found, Export), Failure> {
    let cloud = cloud::open(&args.cloud, args.sandbox, Path::new("."))?;
    let client = cloud.client(args.cloud.quota_project.as_deref().unwrap_or(project));
    let records = Memory::default();
    let options = engine::Options { reads: usize::from(args.cloud.read_parallelism), ..engine::Options::default() };
    let session = Session { client, store: &records, listen: &|_| {}, kinds: registry::all(), options };
    let survey = engine::survey(&session, project).await.map_err(Failure::failed)?;
    export_of(args, what, &session, &survey, None).await
}

async fn of_stack(args: &ExportArgs, what: &What, files: Vec<PathBuf>) -> Result<(export::Found, Export), Failure> {
    let stack = StackArgs {
        files,
        variables: args.variables.clone(),
        variable_files: args.variable_files.clone(),
        sandbox: args.sandbox,
    };
    let mut flow = Flow::open(&stack, &args.cloud)?;
    let reads = usize::from(args.cloud.read_parallelism);
    let survey = flow.survey(reads).await?;
    let records = flow.records(&survey.project).await?;
    let fresh = || {
        let name = &flow.loaded.stack.name;
        Inventory::new(name, flow.cloud.key.clone(), survey.project.clone(), &engine::new_key())
    };
    let inventory = records.inventory.unwrap_or_else(fresh);
    let session = flow.session(&|_| {}, engine::Options { reads, ..engine::Options::default() });
    let ours = (!args.all).then_some(&inventory);
    let mut args = args.clone();
    args.stack.get_or_insert_with(|| flow.loaded.stack.name.clone());
    let (found, made) = export_of(&args, what, &session, &survey, ours).await?;
    if ours.is_some_and(|inventory| inventory.entries.is_empty()) {
        return Err(Failure::wrong(
            Diagnostic::error("nothing-ours", format!("nothing is ours yet in the stack `{}`", inventory.stack))
                .hint("`stackctl export --all` exports everything in its project"),
        ));
    }
    Ok((found, made))
}

async fn export_of(
    args: &ExportArgs,
    what: &What,
    session: &Session<'_>,
    survey: &Survey,
    ours: Option<&Inventory>,
) -> Result<(export::Found, Export), Failure> {
    let swept = Swept { sections: what.sections.clone(), locations: args.region.iter().cloned().collect() };
    let found = engine::sweep(session, registry::all(), survey, &swept).await.map_err(Failure::failed)?;
    let region = match args.region.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    };
    let wish = Wish {
        stack: args.stack.clone(),
        scope: if args.all { Scope::Everything } else { Scope::People },
        sections: what.sections.clone(),
        addresses: what.addresses.clone(),
        ours,
        region,
    };
    let made = export::export(&found, &wish);
    Ok((found, made))
}

/// The file is written all the same: whoever reads it must know what is wrong with it.
fn as_warning(mut finding: Diagnostic) -> Diagnostic {
    finding.severity = Severity::Warning;
    finding.span = None;
    finding
}

fn write(args: &ExportArgs, made: &Export, printer: &Printer) -> Result<Exit, Failure> {
    let Some(file) = &args.out else { return output(printer, &made.text) };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(args.force).create_new(!args.force);
    let written = options.open(file).and_then(|mut out| out.write_all(made.text.as_bytes()));
    written.map_err(|error| refused(file, &error))?;
    let entries = if made.entries == 1 { "1 entry".to_owned() } else { format!("{} entries", made.entries) };
    printer.say(&format!(
        "Wrote {entries} to `{}`. Next: `stackctl plan --adopt -f {}`.",
        file.display(),
        file.display()
    ));
    Ok(Exit::Done)
}

fn refused(file: &Path, error: &std::io::Error) -> Failure {
    if error.kind() == ErrorKind::AlreadyExists {
        return Failure::refused(
            Diagnostic::error("file-exists", format!("`{}` is there already", file.display()))
                .hint("`--force` replaces it, another `--out` writes elsewhere"),
        );
    }
    Failure::failed(with_causes("cannot-write", format!("cannot write `{}`", file.display()), error))
}
