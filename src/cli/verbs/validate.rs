//! `validate`: everything that can be known of a stack file without a cloud.

use serde_json::json;

use crate::cli::args::{ValidateArgs, ValidateFormat};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::{cloud, load, output, pretty};
use crate::model::{Diagnostic, Severity};
use crate::ui::diagnostics::Sources;
use crate::ui::plan_json::FindingView;
use crate::ui::{Printer, diagnostics, sarif};

/// Reads, checks and reports.
pub fn run(args: &ValidateArgs, printer: &Printer) -> Result<Exit, Failure> {
    match load::load(&args.stack, cloud::mode(args.stack.sandbox)) {
        Ok(loaded) => {
            let findings = loaded.findings;
            let words = format!("`{}` is valid: {} resources.", loaded.stack.name, loaded.stack.entries.len());
            report(args.format, printer, &findings, &loaded.sources, &words)
        }
        // A file that cannot be opened is no finding about a file.
        Err(failure) if failure.sources.files.is_empty() => Err(failure),
        Err(failure) => report(args.format, printer, &failure.diagnostics, &failure.sources, ""),
    }
}

fn report(
    format: ValidateFormat,
    printer: &Printer,
    findings: &[Diagnostic],
    sources: &Sources,
    words: &str,
) -> Result<Exit, Failure> {
    let wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
    match format {
        ValidateFormat::Text => {
            if !findings.is_empty() {
                printer.complain(&diagnostics::draw(findings, sources, printer.err));
            }
            if !wrong {
                output(printer, words)?;
            }
        }
        ValidateFormat::Json => {
            let findings: Vec<FindingView> = findings.iter().map(FindingView::from).collect();
            output(printer, &pretty(&json!({"valid": !wrong, "findings": findings})))?;
        }
        ValidateFormat::Sarif => {
            output(printer, &pretty(&sarif::faults(findings, sources)))?;
        }
    }
    Ok(if wrong { Exit::Wrong } else { Exit::Done })
}
