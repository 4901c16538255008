//! `init`: a first stack file that says what can be written in it.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::cli::args::InitArgs;
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, with_causes};
use crate::cli::pretty;
use crate::model::Diagnostic;
use crate::ui::Printer;

/// The schema that the first line of the file names.
const SCHEMA: &str = "stack.schema.json";

/// A service account's name has 6 to 30 characters: what stands before `-runner`.
const ACCOUNT_STEM: usize = 22;

/// Writes the file, and the schema beside it so that editors complete it.
pub fn run(args: &InitArgs, printer: &Printer) -> Result<Exit, Failure> {
    let stack = match &args.stack {
        Some(name) => name.clone(),
        None => folder_name(&args.file),
    };
    let text = first_file(&stack, args);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(args.force).create_new(!args.force);
    let written = options.open(&args.file).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| refused(&args.file, &error))?;
    let schema = args.file.with_file_name(SCHEMA);
    std::fs::write(&schema, pretty(&crate::stack::schema())).map_err(|error| {
        Failure::failed(with_causes("cannot-write", format!("cannot write `{}`", schema.display()), &error))
    })?;
    printer.say(&format!(
        "Wrote `{}`, and `{}` with which editors complete it.",
        args.file.display(),
        schema.display()
    ));
    printer.say("Next: `stackctl plan --sandbox` shows what it would make, in the emulator, without an account.");
    Ok(Exit::Done)
}

fn refused(file: &Path, error: &std::io::Error) -> Failure {
    if error.kind() == ErrorKind::AlreadyExists {
        return Failure::refused(
            Diagnostic::error("file-exists", format!("`{}` is there already", file.display()))
                .hint("`stackctl init --force` replaces it, `--file NAME` writes another"),
        );
    }
    Failure::failed(with_causes("cannot-write", format!("cannot write `{}`", file.display()), error))
}

/// The folder's name as a stack's name: lower case, digits and dashes.
fn folder_name(file: &Path) -> String {
    let folder = std::path::absolute(file).ok().and_then(|path| path.parent().map(Path::to_path_buf));
    let name = folder.and_then(|path| path.file_name().map(|name| name.to_string_lossy().to_lowercase()));
    let clean: String = name
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
        .collect();
    let clean = clean.trim_matches(|c: char| !c.is_ascii_lowercase()).to_owned();
    if clean.is_empty() { "my-stack".to_owned() } else { clean }
}

/// `STACK-runner`, cut to what a service account's name may have.
fn account_name(stack: &str) -> String {
    let stem: String = stack.chars().take(ACCOUNT_STEM).collect();
    format!("{}-runner", stem.trim_end_matches('-'))
}

fn first_file(stack: &str, args: &InitArgs) -> String {
    let project = args.project.clone().unwrap_or_else(|| "${env.PROJECT_ID:?set it to your project's id}".to_owned());
    let state = match &args.state {
        Some(url) => format!("state: {url}\n"),
        None => "# state: gs://my-project-stackctl   # where teams and pipelines keep the inventory\n".to_owned(),
    };
    let account = account_name(stack);
    format!(
        "# yaml-language-server: $schema={SCHEMA}\n\
         # `stackctl explain` lists what can be written here, `stackctl explain services` one section.\n\
         stack: {stack}\n\
         project: {project}\n\
         region: {region}\n\
         {state}\n\
         serviceAccounts:\n\
         \x20 {account}:\n\
         \x20   displayName: Runs {stack}\n\n\
         repositories:\n\
         \x20 {stack}-images: {{format: DOCKER}}\n\n\
         # services:\n\
         #   web:\n\
         #     image: ${{repositories.{stack}-images.url}}/web:v1\n\
         #     serviceAccount: {account}\n\
         #     invokers: [allUsers]\n\n\
         # outputs:\n\
         #   url: ${{services.web.url}}\n",
        region = args.region,
    )
}
