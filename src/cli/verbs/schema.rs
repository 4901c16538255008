//! `schema` and `explain`: what can be written, for editors and for people.

use schemars::generate::SchemaSettings;

use crate::cli::args::{ExplainArgs, SchemaArgs, SchemaName};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::{output, pretty};
use crate::model::Diagnostic;
use crate::stack::{self, explain};
use crate::ui::Printer;
use crate::ui::plan_json::PlanView;

/// Prints a schema.
pub fn run(args: &SchemaArgs, printer: &Printer) -> Result<Exit, Failure> {
    let schema = match args.which {
        SchemaName::Stack => stack::schema(),
        SchemaName::Plan => view::<PlanView>(),
        SchemaName::Event => view::<crate::model::event::Event>(),
    };
    output(printer, &pretty(&schema))
}

fn view<T: schemars::JsonSchema>() -> serde_json::Value {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<T>().to_value()
}

/// Explains a kind or a field.
pub fn explain(args: &ExplainArgs, printer: &Printer) -> Result<Exit, Failure> {
    let Some(subject) = &args.what else {
        return output(printer, &crate::ui::explain::kinds(&explain::kinds(), printer.out));
    };
    let explanation = explain::explain(subject).map_err(|error| {
        Failure::wrong(Diagnostic::error("nothing-to-explain", error.to_string()).hint(error.hint()))
    })?;
    output(printer, &crate::ui::explain::draw(&explanation, printer.out))
}
