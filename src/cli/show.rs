//! Shows plans and what became of runs.

use super::args::PlanFormat;
use super::exit::Exit;
use super::failure::Failure;
use super::flow::Flow;
use super::{output, pretty};
use crate::engine::{End, Report};
use crate::model::event;
use crate::model::{Diagnostic, Doc};
use crate::plan::{Allow, Plan, Planned, Purpose};
use crate::ui::plan_text::{self, Detail};
use crate::ui::printer::Verbosity;
use crate::ui::{Printer, diagnostics, markdown, plan_json, sarif, time, value};

/// Shows a plan in the wanted format; text keeps the findings on standard error, the others hold them.
///
/// Gives the exit code that the plan's errors ask for; `Done` where there are none.
pub fn plan(flow: &Flow, plan: &Plan, format: PlanFormat, printer: &Printer) -> Result<Exit, Failure> {
    let findings = findings(flow, plan);
    let with_findings = || Plan { findings: findings.clone(), ..plan.clone() };
    match format {
        PlanFormat::Text => text(flow, plan, &findings, printer)?,
        PlanFormat::Json => output(printer, &pretty(&plan_json::view(&with_findings())))?,
        PlanFormat::Markdown => output(printer, &markdown::draw(&with_findings()))?,
        PlanFormat::Sarif => {
            let place = |planned: &Planned| flow.loaded.stack.get(&planned.address).map(|entry| entry.key_span);
            output(printer, &pretty(&sarif::draw(&with_findings(), &flow.loaded.sources, &place)))?
        }
    };
    Ok(exit_of(plan))
}

/// What was found in the files and while planning, each with its place in the files where it has one.
fn findings(flow: &Flow, plan: &Plan) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = flow.loaded.findings.clone();
    findings.extend(plan.findings.iter().cloned());
    crate::plan::checks::locate(&mut findings, &flow.loaded.stack);
    findings
}

fn text(flow: &Flow, plan: &Plan, findings: &[Diagnostic], printer: &Printer) -> Result<Exit, Failure> {
    let detail = if printer.verbosity == Verbosity::Verbose { Detail::Everything } else { Detail::Changes };
    let drawn = plan_text::draw(plan, printer.out, detail);
    let head = if plan.is_empty() {
        String::new()
    } else {
        let to = if plan.purpose == Purpose::Destroy { "To take down" } else { "To do for" };
        format!("{to} stack `{}` in project `{}`{}:\n\n", plan.stack, plan.project.id, flow.cloud.words)
    };
    let done = output(printer, &format!("{head}{drawn}"))?;
    if !findings.is_empty() {
        printer.say(&diagnostics::draw(findings, &flow.loaded.sources, printer.err));
    }
    Ok(done)
}

/// Says what adopting cannot see yet.
pub fn hidden(plan: &Plan, adopt: &Allow, printer: &Printer) {
    if *adopt == Allow::Nothing || plan.enable_apis.is_empty() {
        return;
    }
    let apis: Vec<String> = plan.enable_apis.iter().map(|api| format!("`{api}`")).collect();
    printer.say(&format!(
        "What stands behind APIs that are not enabled cannot be seen ({}): `apply` enables them, and then takes over \
         what it finds.",
        apis.join(", ")
    ));
}

/// What is wrong with the file is 3, what stands against the plan in the cloud or the records is 4, what could not be
/// read is 1.
fn exit_of(plan: &Plan) -> Exit {
    let of = |error: &Diagnostic| match () {
        () if error.code.starts_with("unreadable") => Exit::Failed,
        () if error.span.is_some() => Exit::Wrong,
        () => Exit::Refused,
    };
    plan.errors().map(of).max_by_key(|exit| exit.code()).unwrap_or(Exit::Done)
}

/// What was done, what failed, what was skipped, and how to go on; gives the exit code.
pub fn report(report: &Report, factor: f64, printer: &Printer) -> Exit {
    let failed = report.failed();
    let parts: Vec<String> = [
        (report.done(), "done"),
        (failed, "failed"),
        (report.skipped(), "not begun"),
        (report.held(), "held by Google"),
        (report.incomplete(), "of them incomplete"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    let counts = if parts.is_empty() { "nothing done".to_owned() } else { parts.join(", ") };
    printer.say(&format!("\n{counts}, after {}.", time::duration(event::scaled(report.elapsed_ms, factor))));
    for (api, fault) in &report.apis {
        printer.complain(&format!("API `{api}`:"));
        printer.complain(&diagnostics::one(fault, &diagnostics::Sources::default(), printer.err));
    }
    if let Some(fault) = &report.store {
        printer.complain(&diagnostics::one(fault, &diagnostics::Sources::default(), printer.err));
    }
    troubles(report, printer);
    exit_of_report(report)
}

fn troubles(report: &Report, printer: &Printer) {
    let name = |is: &dyn Fn(&End) -> bool| {
        let found: Vec<String> = report
            .outcomes
            .iter()
            .filter(|outcome| is(&outcome.end))
            .map(|outcome| outcome.address.to_string())
            .collect();
        found.join(", ")
    };
    let lists = [
        ("Failed", name(&|end| matches!(end, End::Failed(_)))),
        ("Begun, and nobody saw the end; the next run looks", name(&|end| matches!(end, End::Unknown(_)))),
        ("Skipped because of what failed", name(&|end| matches!(end, End::Skipped { .. }))),
        ("Not begun", name(&|end| matches!(end, End::Stopped))),
        ("Held by Google", name(&|end| matches!(end, End::Held(_)))),
        ("Deployed and not complete, see above", name(&|end| matches!(end, End::Incomplete(_)))),
    ];
    for (words, names) in lists.into_iter().filter(|(_, names)| !names.is_empty()) {
        printer.complain(&format!("{words}: {names}"));
    }
    if report.done() < report.outcomes.len() || !report.apis.is_empty() || report.store.is_some() {
        printer.complain("Run the same command again: it goes on from here.");
    }
}

fn exit_of_report(report: &Report) -> Exit {
    match () {
        () if report.interrupted => Exit::Interrupted,
        () if report.is_complete() => Exit::Done,
        () if report.is_only_incomplete() => Exit::Incomplete,
        () => Exit::Failed,
    }
}

/// The stack's outputs, one a line.
pub fn outputs<'a>(outputs: impl IntoIterator<Item = (&'a String, &'a Doc)>) -> String {
    let line = |(name, doc): (&String, &Doc)| {
        let text = doc.as_str().filter(|_| !matches!(doc, Doc::Sensitive(_)));
        format!("{name} = {}\n", text.map_or_else(|| value::inline(doc), str::to_owned))
    };
    outputs.into_iter().map(line).collect()
}
