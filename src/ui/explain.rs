//! What a kind or a field is, as a person reads it.

use std::fmt::Write;

use super::look::{Look, Tone, wrap};
use crate::stack::explain::{Explanation, Named, Required};

/// The list of kinds.
pub fn kinds(kinds: &[Named], look: Look) -> String {
    let mut out = String::from("Sections of a stack file:\n\n");
    names(&mut out, kinds.iter().map(|kind| (kind.name.as_str(), kind.doc.as_str())), look);
    out.push_str("\n`stackctl explain SECTION` lists its fields, `stackctl explain SECTION.FIELD` explains one.\n");
    out
}

/// One kind or field.
pub fn draw(explanation: &Explanation, look: Look) -> String {
    let mut out = format!("{}\n", look.paint(Tone::Bold, &explanation.subject));
    let _ = writeln!(out, "  {}\n", wrap(&explanation.doc, look.width, 2, "  "));
    fact(&mut out, "type", &explanation.kind, look);
    if explanation.required == Required::Yes && explanation.subject.contains('.') {
        fact(&mut out, "required", "yes", look);
    }
    for (name, value) in [("default", &explanation.default), ("at Google", &explanation.api_path)] {
        if let Some(value) = value {
            fact(&mut out, name, value, look);
        }
    }
    for remark in &explanation.remarks {
        fact(&mut out, "note", remark, look);
    }
    section(&mut out, "One of", explanation.allowed.iter().map(|a| (&*a.value, a.doc.as_deref().unwrap_or(""))), look);
    let shown = |field: &crate::stack::explain::Field| match field.required {
        Required::Yes => format!("{} (required)", field.name),
        Required::No => field.name.clone(),
    };
    let fields: Vec<(String, &str)> = explanation.fields.iter().map(|field| (shown(field), &*field.doc)).collect();
    section(&mut out, "Fields", fields.iter().map(|(name, doc)| (name.as_str(), *doc)), look);
    section(&mut out, "Outputs", explanation.outputs.iter().map(|o| (&*o.name, &*o.doc)), look);
    out
}

fn fact(out: &mut String, name: &str, value: &str, look: Look) {
    let _ = writeln!(out, "  {name:<10} {}", wrap(value, look.width, 13, "             "));
}

fn section<'a>(out: &mut String, title: &str, rows: impl Iterator<Item = (&'a str, &'a str)>, look: Look) {
    let rows: Vec<(&str, &str)> = rows.collect();
    if !rows.is_empty() {
        let _ = writeln!(out, "\n{}", look.paint(Tone::Bold, title));
        names(out, rows.into_iter(), look);
    }
}

/// Names, with their docs in a column where the name leaves room, below it otherwise.
fn names<'a>(out: &mut String, rows: impl Iterator<Item = (&'a str, &'a str)>, look: Look) {
    const COLUMN: usize = 26;
    let indent = " ".repeat(COLUMN);
    for (name, doc) in rows {
        let text = wrap(doc, look.width, COLUMN, &indent);
        if name.len() + 3 > COLUMN {
            let _ = writeln!(out, "  {name}\n{indent}{text}");
        } else {
            let _ = writeln!(out, "{}", format!("  {name:<width$}{text}", width = COLUMN - 2).trim_end());
        }
    }
}
