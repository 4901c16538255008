//! `graph`: what depends on what.

use crate::cli::args::{GraphArgs, GraphFormat};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::{cloud, load, output};
use crate::stack::Entry;
use crate::ui::graph::{self, GraphNode};
use crate::ui::{Printer, diagnostics};

/// Prints the graph.
pub fn run(args: &GraphArgs, printer: &Printer) -> Result<Exit, Failure> {
    let loaded = load::load(&args.stack, cloud::mode(args.stack.sandbox))?;
    if !loaded.findings.is_empty() {
        printer.say(&diagnostics::draw(&loaded.findings, &loaded.sources, printer.err));
    }
    let nodes: Vec<GraphNode> = loaded.stack.entries.iter().map(node).collect();
    let text = match args.format {
        GraphFormat::Dot => graph::dot(&nodes),
        GraphFormat::Mermaid => graph::mermaid(&nodes),
        GraphFormat::Text => graph::text(&nodes),
    };
    output(printer, &text)
}

fn node(entry: &Entry) -> GraphNode {
    let depends_on = entry.needs.iter().map(|need| need.address.clone()).collect();
    GraphNode { address: entry.address.clone(), depends_on }
}
