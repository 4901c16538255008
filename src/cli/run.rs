//! Carries a plan out: consent, lock, a last look, the run, what became of it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::args::{PlanFormat, RunArgs, TextOrJson};
use super::exit::Exit;
use super::failure::Failure;
use super::flow::{Flow, Sight};
use super::verbs::inventory::stored;
use super::{ask, bucket, output, saved, show, signal};
use crate::engine::{self, End, Run, Session, Stop};
use crate::inventory::Owner;
use crate::model::event::Event;
use crate::model::{Address, Diagnostic, Severity};
use crate::plan::saved::SavedPlan;
use crate::plan::{Allow, Consent, Options, Plan, Purpose};
use crate::records::CloudKey;
use crate::ui::printer::{Interactive, Verbosity};
use crate::ui::progress::{self, EventReader, Remaining};
use crate::ui::{Printer, diagnostics};

/// What a run was asked to do.
pub struct Asked<'a> {
    pub options: Options,
    pub engine: engine::Options,
    pub run: &'a RunArgs,
    pub no_input: bool,
    /// A plan to carry out exactly.
    pub saved: Option<&'a Path>,
}

/// Plans, asks, carries out, reports.
///
/// # Errors
/// What stands before the first step.
pub async fn carry_out(flow: &mut Flow, mut asked: Asked<'_>, printer: &Printer) -> Result<Exit, Failure> {
    flow.speak(printer);
    let survey = flow.survey(asked.engine.reads).await?;
    let command = if asked.options.purpose == Purpose::Destroy { "destroy" } else { "apply" };
    refuse_in_ci(flow)?;
    let saved = asked.saved.map(saved::read).transpose()?;
    if let Some(saved) = &saved {
        asked.options = saved.options(asked.options.now);
    }
    let missing_bucket = bucket::missing(flow, &asked, printer).await?;
    let quiet = flow.session(&|_| {}, asked.engine.clone());
    if in_sandbox(flow) {
        asked.options.data_loss = Allow::All;
    }
    let shown = if asked.run.yes || saved.is_some() {
        None
    } else {
        let records = flow.records(&survey.project).await?;
        let sight = flow.look(&quiet, &survey, &records, records.suspects(), &asked.options).await?;
        let exit = show_and_check(flow, &sight.plan, asked.run, printer)?;
        show::hidden(&sight.plan, &asked.options.adopt, printer);
        if exit != Exit::Done || sight.plan.is_empty() {
            return Ok(exit);
        }
        consent(&sight.plan, &asked, printer)?;
        Some(saved::remember(flow, &asked.options, &sight)?)
    };
    if let Some(bucket) = missing_bucket {
        bucket::make(flow, &asked, bucket, printer).await?;
    }
    let owner = Owner::this(command, flow.cloud.clock.now_text());
    flow.store.lock(&owner).await.map_err(|error| stored(&error))?;
    let result = locked(flow, &survey, &asked, shown.as_ref(), saved.as_ref(), printer).await;
    let released = flow.store.release().await.map_err(|error| stored(&error));
    let exit = result?;
    released.map(|()| exit)
}

fn in_sandbox(flow: &Flow) -> bool {
    flow.cloud.key == CloudKey::Sandbox
}

/// A pipeline's runner is new every time: its local records would say that nothing is ours.
fn refuse_in_ci(flow: &Flow) -> Result<(), Failure> {
    let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    if flow.cloud.key != CloudKey::Google || flow.loaded.stack.state.is_some() || !in_ci {
        return Ok(());
    }
    Err(Failure::refused(
        Diagnostic::error("no-state-in-ci", "a pipeline needs the inventory in a bucket, and the stack names none")
            .hint("write `state: gs://BUCKET/PREFIX` at the top of the stack file"),
    ))
}

fn show_and_check(flow: &Flow, plan: &Plan, run: &RunArgs, printer: &Printer) -> Result<Exit, Failure> {
    if run.format == TextOrJson::Text {
        let exit = show::plan(flow, plan, PlanFormat::Text, printer)?;
        if exit != Exit::Done {
            return Ok(exit);
        }
    } else if let Some(error) = plan.errors().next() {
        return Err(Failure::refused(error.clone()));
    }
    let missing: Vec<(&Address, Consent)> = plan
        .missing_consents()
        // Typing the stack's name consents to all that destroy lists.
        .filter(|(_, need)| !(plan.purpose == Purpose::Destroy && *need == Consent::DataLoss && !run.yes))
        .collect();
    if missing.is_empty() {
        return Ok(Exit::Done);
    }
    Err(Failure::refused(needs_consent(&missing)))
}

/// More resources than this are adopted with one flag for all.
const FEW: usize = 3;

/// One refusal for all that is missing; the plan above it says what for.
fn needs_consent(missing: &[(&Address, Consent)]) -> Diagnostic {
    let of = |wanted: Consent| -> Vec<&Address> {
        missing.iter().filter(|(_, need)| *need == wanted).map(|(address, _)| *address).collect()
    };
    let flags = |flag: &str, addresses: &[&Address]| -> Vec<String> {
        addresses.iter().map(|address| format!("`{flag} {address}`")).collect()
    };
    let adopt = of(Consent::Adopt);
    let mut add = if adopt.len() > FEW { vec!["`--adopt`".to_owned()] } else { flags("--adopt", &adopt) };
    add.extend(flags("--allow-replace", &of(Consent::Replace)));
    add.extend(flags("--allow-data-loss", &of(Consent::DataLoss)));
    let guarded = of(Consent::Protected);
    let mut hints = Vec::new();
    if !add.is_empty() {
        hints.push(format!("to consent, add {}", add.join(" ")));
    }
    if !guarded.is_empty() {
        let names: Vec<String> = guarded.iter().map(|address| format!("`{address}`")).collect();
        hints.push(format!("take `lifecycle.protect` out of {} and apply first", names.join(", ")));
    }
    let count = missing.len();
    let resources = if count == 1 { "1 resource needs".to_owned() } else { format!("{count} resources need") };
    Diagnostic::error("needs-consent", format!("{resources} your consent; nothing was changed")).hint(hints.join("; "))
}

fn consent(plan: &Plan, asked: &Asked<'_>, printer: &Printer) -> Result<(), Failure> {
    let may_ask = printer.interactive == Interactive::Yes && !asked.no_input;
    let yes = match plan.purpose {
        _ if !may_ask => false,
        Purpose::Apply => ask::confirm(printer, "Carry this out?"),
        Purpose::Destroy => {
            let question = format!("Everything above goes, with what it holds. Type `{}` to go on:", plan.stack);
            ask::typed(printer, &question, &plan.stack)
        }
    };
    if yes {
        return Ok(());
    }
    let why = if may_ask { "the answer was no" } else { "nobody is there to answer" };
    Err(Failure::refused(
        Diagnostic::error("not-confirmed", format!("nothing was changed: {why}"))
            .hint("`--yes` answers beforehand; `stackctl plan` shows what it would do"),
    ))
}

async fn locked(
    flow: &Flow,
    survey: &engine::Survey,
    asked: &Asked<'_>,
    shown: Option<&SavedPlan>,
    saved: Option<&SavedPlan>,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let says = lines(printer);
    let listen = |event: Event| {
        says.lock().unwrap_or_else(PoisonError::into_inner).read(&event.faster(flow.cloud.factor));
    };
    let quiet = flow.session(&listen, asked.engine.clone());
    let mut records = flow.records(&survey.project).await?;
    let stop = Stop::default();
    let suspects = engine::recover(&quiet, &mut records, &survey.project, &stop).await.map_err(Failure::failed)?;
    let sight = flow.look(&quiet, survey, &records, suspects, &asked.options).await?;
    match (shown, saved) {
        (Some(shown), _) => saved::matches(shown, flow, &sight)?,
        (None, Some(saved)) => {
            saved::matches(saved, flow, &sight)?;
            show::plan(flow, &sight.plan, PlanFormat::Text, printer)?;
        }
        (None, None) => {
            let exit = show_and_check(flow, &sight.plan, asked.run, printer)?;
            if exit != Exit::Done {
                return Ok(exit);
            }
        }
    }
    if sight.plan.is_empty() {
        return outputs(asked, sight.plan.outputs.iter(), printer);
    }
    let against = engine::preflight(&quiet, &sight.plan, &sight.inputs).await;
    refuse_if_wrong(flow, &against, printer)?;
    let mut report = execute(flow, asked, &sight, printer).await?;
    let mut exit = show::report(&report, flow.cloud.factor, printer);
    if was_hidden(flow, asked, &report) {
        printer.say("\nWhat was not to be seen before its API was enabled is taken over now.");
        let survey = engine::survey(&quiet, &survey.project.id).await.map_err(Failure::failed)?;
        let records = flow.records(&survey.project).await?;
        let sight = flow.look(&quiet, &survey, &records, records.suspects(), &asked.options).await?;
        let shown = show_and_check(flow, &sight.plan, asked.run, printer)?;
        if shown != Exit::Done {
            return Ok(shown);
        }
        report = execute(flow, asked, &sight, printer).await?;
        exit = show::report(&report, flow.cloud.factor, printer);
    }
    if exit == Exit::Done {
        outputs(asked, report.outputs.iter(), printer)?;
    }
    Ok(exit)
}

/// Whether a create met what exists and may be adopted: it could not be seen while its API was not enabled.
fn was_hidden(flow: &Flow, asked: &Asked<'_>, report: &engine::Report) -> bool {
    let may_adopt = |address: &Address| {
        let entry = flow.loaded.stack.get(address);
        asked.options.adopt.allows(address) || entry.is_some_and(|entry| entry.lifecycle.adopt)
    };
    let exists = |end: &End| matches!(end, End::Failed(fault) if fault.code == engine::EXISTS);
    !report.interrupted
        && report.store.is_none()
        && report.outcomes.iter().any(|outcome| exists(&outcome.end) && may_adopt(&outcome.address))
}

fn outputs<'a>(
    asked: &Asked<'_>,
    outputs: impl Iterator<Item = (&'a String, &'a crate::model::Doc)>,
    printer: &Printer,
) -> Result<Exit, Failure> {
    if asked.run.format == TextOrJson::Text && asked.options.purpose == Purpose::Apply {
        let text = show::outputs(outputs);
        if !text.is_empty() {
            return output(printer, &format!("\n{text}"));
        }
    }
    Ok(Exit::Done)
}

async fn execute(flow: &Flow, asked: &Asked<'_>, sight: &Sight, printer: &Printer) -> Result<engine::Report, Failure> {
    flow.fall_silent();
    let reader = Mutex::new(reader(flow, asked, &sight.plan, printer));
    let listen = |event: Event| {
        reader.lock().unwrap_or_else(PoisonError::into_inner).read(&event.faster(flow.cloud.factor));
    };
    let session: Session<'_> = flow.session(&listen, asked.engine.clone());
    let stop = Stop::default();
    let run = Run {
        plan: &sight.plan,
        observed: &sight.observed,
        inputs: &sight.inputs,
        inventory: &sight.inventory,
        suspects: &sight.suspects,
        stop: &stop,
    };
    let signals = async {
        for words in ["Stopping: no new steps; what runs is finished. Again to leave at once.", "Leaving."] {
            signal::first().await;
            printer.complain(words);
            stop.press();
        }
        std::future::pending::<()>().await;
    };
    let executed = tokio::select! {
        biased;
        executed = engine::execute(&session, run) => executed,
        () = signals => unreachable!("the signals' future never ends"),
    };
    executed.map_err(|error| stored(&error))
}

fn reader(flow: &Flow, asked: &Asked<'_>, plan: &Plan, printer: &Printer) -> Box<dyn EventReader> {
    match asked.run.format {
        TextOrJson::Json => progress::json_lines(),
        TextOrJson::Text if printer.verbosity == Verbosity::Quiet => progress::quiet(printer.err),
        TextOrJson::Text if printer.interactive == Interactive::Yes => {
            progress::live(printer.err, Remaining::of(plan, flow.cloud.factor))
        }
        TextOrJson::Text => progress::lines(printer.err),
    }
}

/// For what is said before a run: plain lines, unless machines listen.
fn lines(printer: &Printer) -> Mutex<Box<dyn EventReader>> {
    Mutex::new(if printer.verbosity == Verbosity::Quiet {
        progress::quiet(printer.err)
    } else {
        progress::lines(printer.err)
    })
}

/// Shows what the checks before the first change found.
fn refuse_if_wrong(flow: &Flow, found: &[Diagnostic], printer: &Printer) -> Result<(), Failure> {
    if found.iter().any(|finding| finding.severity == Severity::Error) {
        let sources = flow.loaded.sources.clone();
        return Err(Failure { exit: Exit::Failed, diagnostics: found.to_vec(), sources });
    }
    if !found.is_empty() {
        printer.say(&diagnostics::draw(found, &flow.loaded.sources, printer.err));
    }
    Ok(())
}
