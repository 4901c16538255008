//! The way from parsed files and inputs to a checked stack.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::addresses::{Addresses, Named, outputs_of};
use super::cycle;
use super::draft::Draft;
use super::expand;
use super::expression::resolve::{OpenHole, Scope, resolve};
use super::input::Inputs;
use super::link::{Linked, link};
use super::outputs::{is_general, output};
use super::read::{Draughted, Reader};
use super::secret::{Search, sensitive};
use super::top::{self, Notes, Top};
use super::types::{Entry, Moved, Output, Stack};
use crate::kinds::CheckInput;
use crate::model::fill::fill_in;
use crate::model::tree::{Node, NodeValue};
use crate::model::typed::{self, is_null};
use crate::model::{Address, Diagnostic, DocPath, Reference, Segment, Severity, Span, suggest};

/// What became of the files.
#[derive(Debug, Clone)]
pub struct Built {
    /// Absent where there are errors.
    pub stack: Option<Stack>,
    /// Errors, warnings and notes in the order of the files.
    pub findings: Vec<Diagnostic>,
    /// Stretches of the files that may not be shown.
    pub secrets: Vec<Span>,
}

/// Checks and resolves a stack. Every fault of the files is found in one run.
pub fn build(draft: &Draft, inputs: &Inputs) -> Built {
    let mut notes = Notes { faults: draft.faults.clone(), ..Notes::default() };
    let top = top::read(draft, inputs, &mut notes);
    let scope = Scope {
        inputs,
        sources: &draft.sources,
        variables: &top.variables,
        project: Some(&top.project),
        region: top.region.as_deref(),
        each: None,
        addresses: None,
        own: None,
    };
    let (written, addresses) = expand::entries(draft, &scope, &mut notes);
    if notes.budget.is_spent() {
        // What is there is more than can be read; the fault says so.
        return finish(top, Vec::new(), Vec::new(), HashMap::new(), notes, BTreeSet::new());
    }
    let mut reader = Reader::new(scope, &addresses, &mut notes);
    let mut draughted: Vec<Draughted> = written.into_iter().map(|written| reader.read(written)).collect();
    let mut places = BTreeSet::new();
    let mut rules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for entry in &mut draughted {
        let rules = rules.entry(entry.kind.descriptor.section).or_insert_with(|| sensitive(entry.kind));
        hide_secrets(entry, rules, draft, &mut notes, &mut places);
    }
    let mut linked = link(draughted, &addresses, &top.project, &mut notes);
    notes.faults.extend(cycle::check(&mut linked));
    let positions: HashMap<Address, usize> =
        linked.iter().enumerate().map(|(at, linked)| (linked.entry.address.clone(), at)).collect();
    check_outputs(&linked, &positions, &mut notes);
    let outputs = outputs(draft, &scope, &addresses, &linked, &positions, &mut notes, &mut places);
    check_moved(&top.moved, &addresses, &mut notes);
    check_entries(&linked, &mut notes);
    let entries: Vec<Entry> = linked.into_iter().map(finished).collect();
    check_full_names(&entries, &mut notes);
    finish(top, entries, outputs, positions, notes, places)
}

fn finish(
    top: Top,
    entries: Vec<Entry>,
    outputs: Vec<Output>,
    index: HashMap<Address, usize>,
    mut notes: Notes,
    places: BTreeSet<Span>,
) -> Built {
    notes.faults.sort_by_key(|fault| fault.span.map(|span| (span.source, span.start)));
    let mut findings: Vec<Diagnostic> = Vec::with_capacity(notes.faults.len());
    for fault in notes.faults {
        // Entries that one `forEach` or one default makes share their faults.
        if !findings.iter().rev().take_while(|last| last.span == fault.span).any(|last| same(last, &fault)) {
            findings.push(fault);
        }
    }
    let is_sound = findings.iter().all(|finding| finding.severity != Severity::Error);
    let stack = is_sound.then(|| Stack {
        name: top.name,
        project: top.project,
        region: top.region,
        state: top.state,
        quota_project: top.quota_project,
        apis: top.apis,
        entries,
        outputs,
        moved: top.moved,
        index,
    });
    let secrets = notes.secrets.into_iter().chain(places).collect();
    Built { stack, findings, secrets }
}

fn same(one: &Diagnostic, other: &Diagnostic) -> bool {
    one.code == other.code && one.message == other.message && one.span == other.span && one.field == other.field
}

fn hide_secrets(
    entry: &mut Draughted,
    sensitive: &[&'static str],
    draft: &Draft,
    notes: &mut Notes,
    places: &mut BTreeSet<Span>,
) {
    let mut search = Search {
        row: Some(entry.kind),
        sensitive,
        address: Some(&entry.address),
        known: &notes.secrets,
        sources: &draft.sources,
        warnings: &mut notes.faults,
        places,
    };
    search.mark(&mut entry.doc, &entry.node);
}

/// Expressions that stay open must name outputs that there are.
fn check_outputs(linked: &[Linked], positions: &HashMap<Address, usize>, notes: &mut Notes) {
    for at in linked {
        let left: Vec<&Reference> =
            at.entry.doc.templates().into_iter().flat_map(|template| template.references()).collect();
        for open in &at.entry.open {
            let (target, output) = match &open.reference {
                Reference::Own { output } => (at, output),
                Reference::Output { address, output } => (&linked[positions[address]], output),
                Reference::ProjectNumber => continue,
            };
            if left.contains(&&open.reference)
                && let Some(mut fault) = unknown_output(&target.entry, output, open.span)
            {
                fault.address = Some(at.entry.address.clone());
                notes.faults.push(fault);
            }
        }
    }
}

fn unknown_output(target: &Draughted, output: &DocPath, at: Span) -> Option<Diagnostic> {
    let name = match output.0.first() {
        Some(Segment::Key(name)) => name.as_str(),
        _ => "",
    };
    let row = target.kind;
    if outputs_of(row).any(|known| known == name) || is_general(name) {
        return None;
    }
    let section = row.descriptor.section;
    let known: Vec<&str> = outputs_of(row).chain(["name", "project", "region"]).collect();
    let fault = Diagnostic::error("unknown-output", format!("`{}` has no output `{output}`", target.address)).at(at);
    let set: Vec<&str> = target.doc.as_map().into_iter().flat_map(|map| map.keys().map(String::as_str)).collect();
    Some(match suggest::nearest(name, known.iter().copied().chain(set)) {
        Some(near) => fault.label(format!("did you mean `{near}`?")),
        None => fault
            .label("neither an output nor a field that the file sets")
            .hint(format!("`{section}` has {}", suggest::listed(known))),
    })
}

fn outputs(
    draft: &Draft,
    scope: &Scope<'_>,
    addresses: &Addresses,
    linked: &[Linked],
    positions: &HashMap<Address, usize>,
    notes: &mut Notes,
    places: &mut BTreeSet<Span>,
) -> Vec<Output> {
    let Some(node) = draft.root.get("outputs").filter(|node| !is_null(node)) else { return Vec::new() };
    if !matches!(node.value, NodeValue::Mapping(_)) {
        let fault = Diagnostic::error("wrong-type", "`outputs` is a map of values by name");
        notes.faults.push(fault.at(node.span).label("a map belongs here"));
        return Vec::new();
    }
    let scope = Scope { addresses: Some(addresses), ..*scope };
    let mut outputs = Vec::new();
    for (key, node) in node.entries().iter().filter(|(_, node)| !is_null(node)) {
        let mut node = node.clone();
        let mut open: Vec<OpenHole> = Vec::new();
        resolve(&mut node, &scope, &mut notes.findings(&mut open));
        let mut value = typed::read::<serde::de::IgnoredAny>(&node).doc;
        let mut search = Search {
            row: None,
            sensitive: &[],
            address: None,
            known: &notes.secrets,
            sources: &draft.sources,
            warnings: &mut notes.faults,
            places,
        };
        search.mark(&mut value, &node);
        fill_in(&mut value, &|reference| output(linked, positions, reference));
        let left: Vec<&Reference> = value.templates().into_iter().flat_map(|template| template.references()).collect();
        for hole in &open {
            if let Reference::Output { address, output } = &hole.reference
                && left.contains(&&hole.reference)
            {
                notes.faults.extend(unknown_output(&linked[positions[address]].entry, output, hole.span));
            }
        }
        outputs.push(Output { name: key.text.clone(), value, span: key.span });
    }
    outputs
}

fn check_moved(moved: &[Moved], addresses: &Addresses, notes: &mut Notes) {
    let mut from = BTreeMap::new();
    for one in moved {
        let fault = |message: String| Diagnostic::error("bad-move", message).at(one.span);
        if one.from == one.to {
            notes.faults.push(fault(format!("`{}` moves to itself", one.from)));
        } else if one.from.section != one.to.section {
            notes.faults.push(
                fault(format!("`{}` cannot become `{}`: they are of different kinds", one.from, one.to))
                    .hint("a resource keeps its kind; delete the one and create the other"),
            );
        } else if let Some(span) = addresses.span(&one.from) {
            notes
                .faults
                .push(fault(format!("`{}` moves away and still stands in the file", one.from)).related(span, "here"));
        } else if matches!(addresses.find(&one.to.section, &one.to.key), Named::Nothing)
            && !moved.iter().any(|next| next.from == one.to)
        {
            let mut unknown = addresses.unknown_entry(&one.to.section, &one.to.key, one.span);
            unknown.code = "bad-move".to_owned();
            notes.faults.push(unknown);
        } else if let Some(earlier) = from.insert(one.from.clone(), one.span) {
            notes.faults.push(fault(format!("`{}` moves twice", one.from)).related(earlier, "first here"));
        }
    }
}

/// Names, and the kinds' own checks where an entry has no fault yet.
fn check_entries(linked: &[Linked], notes: &mut Notes) {
    for Linked { entry, .. } in linked {
        let name = entry.place.name();
        if !notes.broken.contains(&entry.name_span)
            && let Err(words) = (entry.kind.check_name)(name)
        {
            notes.faults.push(
                Diagnostic::error(
                    "bad-name",
                    format!("`{name}` cannot name a {}: {words}", entry.kind.descriptor.noun),
                )
                .at(entry.name_span)
                .of(&entry.address)
                .hint("`name:` gives an entry another name than its key"),
            );
        }
        if entry.is_faulty {
            continue;
        }
        for mut finding in (entry.kind.check)(&CheckInput { place: &entry.place, doc: &entry.doc }) {
            if finding.span.is_none() {
                finding.span = Some(span_of(&entry.node, entry.key_span, finding.field.as_ref()));
            }
            finding.address.get_or_insert_with(|| entry.address.clone());
            notes.faults.push(finding);
        }
    }
}

fn span_of(node: &Arc<Node>, key: Span, field: Option<&DocPath>) -> Span {
    match field.and_then(|field| field.0.first().map(|first| (field, first))) {
        Some((field, Segment::Key(first))) if node.get(first).is_some() => node.span_at(field),
        _ => key,
    }
}

fn finished(linked: Linked) -> Entry {
    let Linked { entry, edges, .. } = linked;
    let descriptor = entry.kind.descriptor;
    Entry {
        full_name: format!("//{}/{}", descriptor.api.host, entry.place.fill(descriptor.item)),
        address: entry.address,
        kind: entry.kind,
        place: entry.place,
        doc: entry.doc,
        lifecycle: entry.lifecycle,
        needs: edges.into_iter().map(|edge| edge.need).collect(),
        key_span: entry.key_span,
        node: entry.node,
    }
}

fn check_full_names(entries: &[Entry], notes: &mut Notes) {
    let mut seen: HashMap<&str, &Entry> = HashMap::with_capacity(entries.len());
    for entry in entries {
        if let Some(first) = seen.get(entry.full_name.as_str()) {
            notes.faults.push(
                Diagnostic::error(
                    "same-resource",
                    format!("`{}` and `{}` are one resource: `{}`", first.address, entry.address, entry.full_name),
                )
                .at(entry.key_span)
                .of(&entry.address)
                .label("again here")
                .related(first.key_span, "first here")
                .hint("give one of them another `name:`, or another place"),
            );
        } else {
            seen.insert(&entry.full_name, entry);
        }
    }
}
