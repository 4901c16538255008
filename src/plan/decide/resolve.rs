//! Fills an entry's templates from what is known of other resources' outputs.

use std::borrow::Cow;

use super::Context;
use crate::kinds::{Live, Row};
use crate::model::fill::fill_known;
use crate::model::{Diagnostic, Doc, DocPath, Part, Reference, Segment, Template};
use crate::plan::inputs::Wanted;
use crate::plan::outputs::{Answer, Outcome, Outputs};

/// Whether the entry's own outputs are there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Own<'a> {
    /// It is made: only what follows from the file is known.
    Made,
    /// It is there.
    There(&'a Live),
}

/// An entry's document with its templates filled.
#[derive(Debug, Clone)]
pub(super) struct Resolved<'d> {
    /// As the plan compares and shows it: outputs of what changes in place count as known where they are.
    pub compared: Cow<'d, Doc>,
    /// As the plan carries it: outputs of what this run changes are filled just before the step.
    pub carried: Cow<'d, Doc>,
}

impl<'a> Context<'a> {
    /// Fills what is known.
    pub(super) fn resolve(&self, wanted: &'a Wanted, row: &'a Row, own: Own<'a>) -> Resolved<'a> {
        if wanted.doc.is_known() {
            return Resolved { compared: Cow::Borrowed(&wanted.doc), carried: Cow::Borrowed(&wanted.doc) };
        }
        let compared = fill_known(&wanted.doc, &|reference| known(self.answer_in(wanted, row, own, reference)));
        let carried = fill_known(&wanted.doc, &|reference| match reference {
            Reference::Output { address, .. } if self.changes_in_place(address) => None,
            _ => known(self.answer_in(wanted, row, own, reference)),
        });
        Resolved { compared: Cow::Owned(compared), carried: Cow::Owned(carried) }
    }

    fn changes_in_place(&self, address: &crate::model::Address) -> bool {
        self.decided.get(address).is_some_and(|decided| matches!(decided.outcome, Outcome::Changes { .. }))
    }

    fn answer_in(&self, wanted: &Wanted, row: &Row, own: Own<'_>, reference: &Reference) -> Answer {
        let Reference::Own { output } = reference else { return self.answer(reference) };
        let (live, outcome) = match own {
            Own::Made => (None, Outcome::Made),
            Own::There(live) => (Some(live), Outcome::Stays),
        };
        let (place, doc, project) = (&wanted.place, &wanted.doc, self.inputs.project());
        Outputs { row, place, project, doc, live, outcome: &outcome }.answer(output)
    }

    /// Outputs that a settled resource does not have are findings.
    pub(super) fn find_missing(&mut self, wanted: &Wanted, row: &Row, own: Own<'_>, compared: &Doc) {
        if compared.is_known() {
            return;
        }
        let mut findings = Vec::new();
        for (path, template) in templates(compared) {
            for reference in template.references() {
                if self.answer_in(wanted, row, own, reference) == Answer::Missing {
                    findings.push(no_output(wanted, path.clone(), reference));
                }
            }
        }
        self.findings.extend(findings);
    }

    /// The stack's outputs, as far as they are known.
    pub(in crate::plan) fn stack_output(&self, value: &Doc) -> Doc {
        fill_known(value, &|reference| known(self.answer(reference)))
    }
}

fn known(answer: Answer) -> Option<Doc> {
    match answer {
        Answer::Known(value) => Some(value),
        Answer::AfterApply | Answer::Missing => None,
    }
}

fn no_output(wanted: &Wanted, path: DocPath, reference: &Reference) -> Diagnostic {
    let message = match reference {
        Reference::Output { address, output } => format!("`{address}` exists and has no `{output}`"),
        Reference::Own { output } => format!("`{}` exists and has no `{output}`", wanted.address),
        Reference::ProjectNumber => "the project's number is not known".to_owned(),
    };
    Diagnostic::error("no-output", message).of(&wanted.address).field(path).hint(
        "turn on what gives it that output (for `pscServiceAttachmentLink`: `pscEnabled`), or name another output",
    )
}

/// The fields that name the resource's own outputs and wait for them.
pub(super) fn deferred(doc: &Doc) -> Vec<DocPath> {
    let is_own = |part: &Part| matches!(part, Part::Reference(Reference::Own { .. }));
    let own = templates(doc).into_iter().filter(|(_, template)| template.0.iter().any(is_own));
    own.map(|(path, _)| path).collect()
}

/// All templates in a document, each with its path.
pub(super) fn templates(doc: &Doc) -> Vec<(DocPath, &Template)> {
    let mut found = Vec::new();
    collect(doc, &mut Vec::new(), &mut found);
    found
}

fn collect<'d>(doc: &'d Doc, path: &mut Vec<Segment>, found: &mut Vec<(DocPath, &'d Template)>) {
    match doc {
        Doc::Unknown(template) => found.push((DocPath(path.clone()), template)),
        Doc::Sensitive(inner) => collect(inner, path, found),
        Doc::Map(map) => {
            for (key, value) in map {
                path.push(Segment::Key(key.clone()));
                collect(value, path, found);
                path.pop();
            }
        }
        Doc::List(list) => {
            for (index, value) in list.iter().enumerate() {
                path.push(Segment::Index(index));
                collect(value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}
