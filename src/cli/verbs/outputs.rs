//! `outputs`: what the stack gives, from the live project.

use crate::cli::args::{OutputsArgs, TextOrJson};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::flow::Flow;
use crate::cli::{output, pretty, runtime, show};
use crate::engine;
use crate::model::{Diagnostic, Doc};
use crate::plan::{Options, Purpose};
use crate::ui::{Printer, value};

/// Prints the outputs that are known; one alone as it is.
pub fn run(args: &OutputsArgs, printer: &Printer) -> Result<Exit, Failure> {
    let runtime = runtime()?;
    let _guard = runtime.enter();
    let mut flow = Flow::open(&args.stack, &args.cloud)?;
    flow.speak(printer);
    let reads = usize::from(args.cloud.read_parallelism);
    let sight = runtime.block_on(async {
        let survey = flow.survey(reads).await?;
        let options = Options::new(Purpose::Apply, flow.cloud.clock.now_text());
        let session = flow.session(&|_| {}, engine::Options { reads, ..engine::Options::default() });
        let records = flow.records(&survey.project).await?;
        let suspects = records.suspects();
        flow.look(&session, &survey, &records, suspects, &options).await
    })?;
    let outputs = &sight.plan.outputs;
    let text = match (&args.name, args.format) {
        (Some(name), format) => one(name, outputs.get(name), format)?,
        (None, TextOrJson::Text) => show::outputs(outputs),
        (None, TextOrJson::Json) => {
            let json: serde_json::Map<_, _> =
                outputs.iter().map(|(name, doc)| (name.clone(), value::json(doc))).collect();
            pretty(&json)
        }
    };
    output(printer, &text)
}

fn one(name: &str, doc: Option<&Doc>, format: TextOrJson) -> Result<String, Failure> {
    let Some(doc) = doc else {
        return Err(Failure::wrong(
            Diagnostic::error("no-output", format!("the stack has no output `{name}`"))
                .hint("`stackctl outputs` lists them"),
        ));
    };
    if !doc.is_known() {
        return Err(Failure::failed(
            Diagnostic::error("unknown-output", format!("output `{name}` is not known before `stackctl apply`"))
                .hint("run `stackctl apply`"),
        ));
    }
    Ok(match (format, doc) {
        (TextOrJson::Json, doc) => pretty(&value::json(doc)),
        (TextOrJson::Text, Doc::String(text)) => text.clone(),
        (TextOrJson::Text, doc) => value::inline(doc),
    })
}
