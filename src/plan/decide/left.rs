//! What is ours and is to go: it left the file, or the stack is destroyed.

use super::sight::{is_same, unique_id};
use super::{Context, Decided, blank, names, unknown_kind, usual_ms};
use crate::kinds::{Flag, Live, Row, rules};
use crate::model::{Action, Address, Diagnostic, DocPath, Severity};
use crate::plan::inputs::AdoptedOnes;
use crate::plan::observed::Observation;
use crate::plan::outputs::Outcome;
use crate::plan::types::Planned;
use crate::records::{Entry, OnDelete, Ownership};

/// Why it is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum Cause {
    LeftTheFile,
    Destroy,
}

impl<'a> Context<'a> {
    /// Decides on an entry of the inventory that is to go.
    pub fn left(&mut self, address: &'a Address, entry: &'a Entry, cause: Cause) {
        let Some(row) = self.inputs.kind(&address.section) else {
            let mut finding = unknown_kind(address);
            finding.severity = Severity::Warning;
            self.find(finding);
            return;
        };
        let mut planned = blank(address, entry.place.clone(), entry.full_name.clone());
        planned.moved_from = self.renamed.from.get(address).cloned();
        (planned.protect, planned.on_delete) = self.guards(address, entry);
        if cause == Cause::LeftTheFile {
            planned.reasons.push("it is no longer in the file".to_owned());
        }
        let live = match self.inputs.observed.resources.get(address) {
            Some(Observation::Present(live)) => Some(&**live),
            Some(Observation::Absent) => None,
            Some(Observation::Unreadable(fault)) => return self.left_alone(row, planned, (**fault).clone()),
            None => {
                let fault = Diagnostic::error("not-read", format!("`{address}` was not read"));
                return self.left_alone(row, planned, fault.hint("this is a fault of stackctl's"));
            }
        };
        planned.unique_id = live.and_then(|live| unique_id(row, live));
        match stays(self.inputs.options.adopted, row, &planned, entry, live) {
            Some(reason) => {
                planned.action = Action::Forget;
                planned.reasons.push(reason);
            }
            None => self.delete(row, &mut planned, entry, live),
        }
        planned.usual_ms = usual_ms(row, &planned);
        self.decided.insert(address.clone(), Decided { planned, row, live, outcome: Outcome::Unreadable });
    }

    /// It could not be read: the finding refuses the plan.
    fn left_alone(&mut self, row: &'a Row, mut planned: Planned, fault: Diagnostic) {
        planned.reasons.push("it could not be read".to_owned());
        self.find(fault.of(&planned.address));
        let address = planned.address.clone();
        self.decided.insert(address, Decided { planned, row, live: None, outcome: Outcome::Unreadable });
    }

    /// What guards its end: the file's word, where it is still in the file.
    fn guards(&self, address: &Address, entry: &Entry) -> (bool, Option<OnDelete>) {
        match self.inputs.desired.entries.get(address) {
            Some(wanted) => (wanted.lifecycle.protect, wanted.lifecycle.on_delete),
            None => (entry.protect, entry.on_delete),
        }
    }

    fn delete(&mut self, row: &Row, planned: &mut Planned, entry: &Entry, live: Option<&Live>) {
        planned.action = Action::Delete;
        if is_additive(row) {
            let goes = |path: &&DocPath| {
                takes_all(self.inputs.options.adopted, planned) || !entry.members_before.contains(path)
            };
            planned.removed = entry.fields.keys().filter(goes).cloned().collect();
        }
        let step = self.step(row, planned, None, live, &[]);
        let (mut consequences, objections) = (step.consequences(), step.objections());
        if let Some(days) = row.descriptor.name_blocked_days {
            consequences.push(names::consequence(planned.place.name(), days));
        }
        planned.consequences = consequences;
        for objection in objections {
            self.find(objection.of(&planned.address));
        }
    }
}

/// Why it stays in the cloud though it leaves the inventory; `None`: it goes.
fn stays(adopted: AdoptedOnes, row: &Row, planned: &Planned, entry: &Entry, live: Option<&Live>) -> Option<String> {
    let Some(live) = live else { return Some("it is gone from the cloud already".to_owned()) };
    if !is_same(row, entry, live) {
        return Some("somebody made it again under the same name: this one is not ours".to_owned());
    }
    match (planned.on_delete, entry.ownership, adopted) {
        (Some(OnDelete::Keep), ..) => Some("`lifecycle.onDelete: keep` leaves it in the cloud".to_owned()),
        (None, Ownership::Adopted, AdoptedOnes::Forget) => {
            Some("it was there before this stack: it stays in the cloud (`--include-adopted` deletes it)".to_owned())
        }
        _ if is_additive(row) && !takes_all(adopted, planned) && members(row, entry).next().is_none() => {
            Some("all its members were there before this stack".to_owned())
        }
        _ => None,
    }
}

/// Whether the kind is a share in something that others share in.
fn is_additive(row: &Row) -> bool {
    row.descriptor.fields.iter().any(|rule| rule.has(Flag::Additive))
}

/// Whether what was there before us goes, too.
fn takes_all(adopted: AdoptedOnes, planned: &Planned) -> bool {
    adopted == AdoptedOnes::Delete || planned.on_delete == Some(OnDelete::Delete)
}

/// The members that we put into a shared set.
fn members<'e>(row: &Row, entry: &'e Entry) -> impl Iterator<Item = &'e DocPath> {
    let is_member = |path: &&DocPath| {
        let set = DocPath(path.0[..path.0.len().saturating_sub(1)].to_vec());
        rules::find(row.descriptor, &set).has(Flag::Additive)
    };
    entry.fields.keys().filter(is_member).filter(|path| !entry.members_before.contains(path))
}
