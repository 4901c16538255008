//! From the command line's files to a stack: reads files, environment and variables, draws what is wrong.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::args::StackArgs;
use super::exit::Exit;
use super::failure::{Failure, with_causes};
use crate::model::{Diagnostic, Severity};

use crate::plan;
use crate::stack::{self, Built, Draft, File, FileName, Inputs, Mode, Stack};
use crate::ui::diagnostics::Sources;

/// More than this is not read from a stack file, a variable file or standard input.
const LARGEST_FILE: u64 = 64 << 20;

/// A stack that was read, and what is needed to read it again once the project's number is known.
#[derive(Debug)]
pub struct Loaded {
    draft: Draft,
    inputs: Inputs,
    pub stack: Stack,
    /// Warnings and notes.
    pub findings: Vec<Diagnostic>,
    pub sources: Sources,
    /// The folder that relative paths and the local records belong to: the first file's.
    pub folder: PathBuf,
}

/// Reads and checks the stack.
///
/// # Errors
/// Everything that is wrong with the files, in one failure with their texts.
pub fn load(args: &StackArgs, mode: Mode) -> Result<Loaded, Failure> {
    let files = args.files.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let variable_files = args.variable_files.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let draft = stack::parse(&files, &variable_files).map_err(|unreadable| {
        let sources = texts(&unreadable.sources, Vec::new());
        Failure { exit: Exit::Wrong, diagnostics: unreadable.findings, sources }
    })?;
    let folders: Vec<PathBuf> = args.files.iter().chain(&args.variable_files).map(|path| folder_of(path)).collect();
    let inputs = gather(&draft, args, mode, &folders)?;
    let folder = folders.first().cloned().unwrap_or_else(|| PathBuf::from("."));
    let (stack, findings, sources) = build(&draft, &inputs)?;
    Ok(Loaded { draft, inputs, stack, findings, sources, folder })
}

impl Loaded {
    /// The files that `${file("…")}` names, by their names as written.
    pub fn named_files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let read = self.inputs.files.iter();
        read.filter_map(|(name, contents)| Some((name.path.as_str(), contents.as_deref().ok()?)))
    }

    /// The environment variables that the files name, and their values where they are set.
    pub fn environment(&self) -> impl Iterator<Item = (String, Option<&str>)> {
        let wanted = stack::wanted(&self.draft).env.into_iter();
        wanted.map(|name| {
            let value = self.inputs.env.get(&name).map(String::as_str);
            (name, value)
        })
    }

    /// `--var NAME=VALUE`, in order.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.inputs.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Reads the stack again, now that the project's number is known.
    ///
    /// # Errors
    /// What is only then seen to be wrong.
    pub fn number(&mut self, number: Option<&str>) -> Result<(), Failure> {
        if self.inputs.project_number.as_deref() != number {
            self.inputs.project_number = number.map(str::to_owned);
            (self.stack, self.findings, self.sources) = build(&self.draft, &self.inputs)?;
        }
        Ok(())
    }
}

fn build(draft: &Draft, inputs: &Inputs) -> Result<(Stack, Vec<Diagnostic>, Sources), Failure> {
    let Built { stack, mut findings, secrets } = stack::build(draft, inputs);
    findings.extend(stack.iter().flat_map(plan::checks::offline));
    let sources = texts(&draft.sources, secrets);
    match stack {
        Some(stack) if !findings.iter().any(|finding| finding.severity == Severity::Error) => {
            Ok((stack, findings, sources))
        }
        _ => Err(Failure { exit: Exit::Wrong, diagnostics: findings, sources }),
    }
}

fn texts(sources: &stack::Sources, secrets: Vec<crate::model::Span>) -> Sources {
    let files = sources.0.iter().map(|source| (shown(&source.name), source.text.clone())).collect();
    Sources { files, secrets }
}

fn shown(name: &str) -> String {
    if name == "-" { "<standard input>".to_owned() } else { name.to_owned() }
}

fn read(path: &Path) -> Result<File, Failure> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    let read = if name == "-" {
        std::io::stdin().lock().take(LARGEST_FILE).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut bytes))
    };
    match read {
        Ok(_) => Ok(File { name, bytes }),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    use std::io::ErrorKind;
    let name = path.display();
    let (code, message, hint) = match error.kind() {
        ErrorKind::NotFound => (
            "no-file",
            format!("there is no file `{name}`"),
            "`stackctl init` writes a first stack file, `-f FILE` names another",
        ),
        ErrorKind::IsADirectory => ("is-folder", format!("`{name}` is a folder"), "name the file in it with `-f FILE`"),
        _ => {
            let diagnostic = with_causes("cannot-read", format!("cannot read `{name}`"), error);
            return Failure::wrong(diagnostic.hint("check the file's rights"));
        }
    };
    Failure::wrong(Diagnostic::error(code, message).hint(hint))
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn gather(draft: &Draft, args: &StackArgs, mode: Mode, folders: &[PathBuf]) -> Result<Inputs, Failure> {
    let wanted = stack::wanted(draft);
    let env = wanted.env.into_iter().filter_map(|name| Some((name.clone(), std::env::var(&name).ok()?))).collect();
    let files: BTreeMap<FileName, Result<Vec<u8>, String>> = wanted
        .files
        .into_iter()
        .map(|file| {
            let folder = folders.get(usize::from(file.source.0)).map_or(Path::new("."), PathBuf::as_path);
            let content = std::fs::read(folder.join(&file.path)).map_err(|error| error.to_string());
            (file, content)
        })
        .collect();
    let variables = args.variables.iter().map(|text| variable(text)).collect::<Result<Vec<_>, _>>()?;
    Ok(Inputs { mode, env, files, variables, project_number: None })
}

fn variable(text: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Failure::wrong(
            Diagnostic::error("bad-variable", format!("`--var {text}` names no variable and value"))
                .hint("write `--var NAME=VALUE`"),
        )),
    }
}
