//! `plan`: what apply would do; changes nothing.

use crate::cli::args::PlanArgs;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::flow::{self, Flow, Sight};
use crate::cli::verbs::inventory::stored;
use crate::cli::{runtime, saved, show};
use crate::engine;
use crate::plan::{Options, Others, Planned, Purpose};
use crate::ui::Printer;

/// Plans and prints.
pub fn run(args: &PlanArgs, printer: &Printer) -> Result<Exit, Failure> {
    let runtime = runtime()?;
    let _guard = runtime.enter();
    let mut flow = Flow::open(&args.stack, &args.cloud)?;
    let purpose = if args.destroy { Purpose::Destroy } else { Purpose::Apply };
    let others = if args.unmanaged { Others::Listed } else { Others::LeftAlone };
    let options = flow::options(purpose, flow.cloud.clock.now_text(), &args.selection, &args.consent)?;
    let options = Options { others, ..options };
    flow.speak(printer);
    let sight = runtime.block_on(look(&mut flow, args, &options))?;
    if let Some(bucket) = runtime.block_on(flow.store.missing_bucket()).map_err(|error| stored(&error))? {
        printer.say(&format!("There is no bucket `{bucket}` yet; `stackctl apply` makes it."));
    }
    let shown = show::plan(&flow, &sight.plan, args.format, printer)?;
    show::hidden(&sight.plan, &options.adopt, printer);
    if shown != Exit::Done {
        return Ok(shown);
    }
    let is_untouched = |planned: &Planned| planned.set_by_others.is_empty();
    if args.unmanaged && sight.plan.resources.iter().all(is_untouched) {
        printer.say("Others have set nothing on the stack's resources.");
    }
    if let Some(path) = &args.out {
        saved::write(path, &flow, &options, &sight)?;
        printer.say(&format!("Saved to `{0}`; `stackctl apply {0}` does exactly this.", path.display()));
    }
    Ok(if args.detailed_exitcode && !sight.plan.is_empty() { Exit::Changes } else { Exit::Done })
}

async fn look(flow: &mut Flow, args: &PlanArgs, options: &Options) -> Result<Sight, Failure> {
    let reads = usize::from(args.cloud.read_parallelism);
    let survey = flow.survey(reads).await?;
    let session = flow.session(&|_| {}, engine::Options { reads, ..engine::Options::default() });
    let records = flow.records(&survey.project).await?;
    let suspects = records.suspects();
    flow.look(&session, &survey, &records, suspects, options).await
}
