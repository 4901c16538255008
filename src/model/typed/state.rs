//! What a read remembers from one attempt to the next: faults, values to leave out, fields to stand in for.

use std::collections::HashSet;

use super::error::Stop;
use super::path::Path;
use super::{FAULTS_AT_MOST, FoundReference};
use crate::model::tree::{Key, Node, NodeValue};
use crate::model::{Diagnostic, DocPath, Span, suggest};

#[derive(Default)]
pub(super) struct State {
    faults: Vec<Diagnostic>,
    /// Faults that every attempt meets again, by the address of the key.
    seen: HashSet<usize>,
    /// Values that are left out, by their address in the tree.
    bad: HashSet<usize>,
    /// Required fields that get a stand-in, by the address of their map.
    supplied: HashSet<(usize, &'static str)>,
    references: Vec<FoundReference>,
}

/// The path of the field that an unknown one is meant to be.
fn meant_field(fault: &Diagnostic) -> Option<DocPath> {
    let near = fault.label.as_deref()?.strip_prefix(MEANT)?.strip_suffix("`?")?;
    let (_, parent) = fault.field.as_ref()?.0.split_last()?;
    Some(DocPath(parent.to_vec()).key(near))
}

const MEANT: &str = "did you mean `";

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of).addr()
}

impl State {
    pub(super) fn begin(&mut self) {
        self.references.clear();
    }

    pub(super) fn may_go_on(&self) -> bool {
        self.faults.len() < FAULTS_AT_MOST
    }

    pub(super) fn finish(mut self) -> (Vec<Diagnostic>, Vec<FoundReference>) {
        let is_cut = !self.may_go_on();
        self.drop_misspelt();
        if is_cut {
            let words = format!("more than {FAULTS_AT_MOST} faults in one entry: the others are not looked for");
            self.faults.push(Diagnostic {
                span: self.faults.last().and_then(|last| last.span),
                ..Diagnostic::note("more-faults", words)
            });
        }
        self.faults.sort_by_key(|fault| fault.span.map(|span| (span.source, span.start)));
        (self.faults, self.references)
    }

    /// A field that is there under a misspelt name is not reported as missing, too.
    fn drop_misspelt(&mut self) {
        let misspelt: Vec<DocPath> = self.faults.iter().filter_map(meant_field).collect();
        self.faults.retain(|fault| {
            fault.code != "missing-field" || !fault.field.as_ref().is_some_and(|field| misspelt.contains(field))
        });
    }

    pub(super) fn is_bad(&self, node: &Node) -> bool {
        !self.bad.is_empty() && self.bad.contains(&address(node))
    }

    /// Leaves a value out from now on, without a word.
    pub(super) fn leave_out(&mut self, node: &Node) {
        self.bad.insert(address(node));
    }

    pub(super) fn refer(&mut self, reference: FoundReference) {
        self.references.push(reference);
    }

    /// Writes down why `node` could not be read, unless that is done, and leaves it out from now on.
    pub(super) fn blame(&mut self, stop: Stop, node: &Node, place: Span, path: &Path<'_>) -> Stop {
        if stop != Stop::Reported {
            self.leave_out(node);
            let at = if node.span.end > node.span.start { node.span } else { place };
            self.note(stop, at, path);
        }
        Stop::Reported
    }

    /// Writes down a fault.
    pub(super) fn note(&mut self, stop: Stop, at: Span, path: &Path<'_>) {
        let (code, message) = match stop {
            Stop::Reported => return,
            Stop::Words { code, message } => (code, message),
            other => ("bad-value", other.to_string()),
        };
        self.faults.push(Diagnostic::error(code, message).at(at).field(path.to_doc_path()));
    }

    /// How much has been found out so far: an attempt that adds nothing is the last.
    pub(super) fn known(&self) -> usize {
        self.bad.len() + self.supplied.len()
    }

    /// Writes down a fault with its place, and leaves the value out from now on.
    pub(super) fn refuse(&mut self, fault: Diagnostic, node: &Node) -> Stop {
        self.leave_out(node);
        self.faults.push(fault);
        Stop::Reported
    }

    /// Writes down an unknown field, once.
    pub(super) fn unknown_field(&mut self, key: &Key, known: &[&'static str], path: &Path<'_>) {
        if !self.seen.insert(address(key)) {
            return;
        }
        let label = match suggest::nearest(&key.text, known.iter().copied()) {
            Some(near) => format!("{MEANT}{near}`?"),
            None if known.is_empty() => "no field belongs here".to_owned(),
            None => format!("expected {}", suggest::listed(known.iter().copied())),
        };
        self.faults.push(
            Diagnostic::error("unknown-field", format!("unknown field `{}`", key.text))
                .at(key.span)
                .label(label)
                .field(path.key(&key.text).to_doc_path()),
        );
    }

    /// A required field is absent (or was left out): it gets a stand-in in the next attempt.
    pub(super) fn missing(&mut self, field: &'static str, node: &Node, place: Span, path: &Path<'_>) {
        let map = address(node);
        if !self.supplied.insert((map, field)) {
            // The stand-in did not do: the whole map cannot be read.
            self.leave_out(node);
            return;
        }
        let left_out = matches!(&node.value, NodeValue::Mapping(entries)
            if entries.iter().any(|(key, value)| key.text == field && self.is_bad(value)));
        if !left_out {
            self.faults.push(
                Diagnostic::error("missing-field", format!("`{field}` is missing"))
                    .at(place)
                    .label(format!("this needs `{field}`"))
                    .field(path.key(field).to_doc_path()),
            );
        }
    }

    /// The fields of a map that get a stand-in.
    pub(super) fn stand_ins(&self, node: &Node) -> Vec<&'static str> {
        if self.supplied.is_empty() {
            return Vec::new();
        }
        let map = address(node);
        let mut fields: Vec<_> = self.supplied.iter().filter(|(at, _)| *at == map).map(|(_, field)| *field).collect();
        fields.sort_unstable();
        fields
    }
}
