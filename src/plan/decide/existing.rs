//! What is there: ours or not, as the file says or not.

use super::resolve::Own;
use super::sight::{New, There, unique_id};
use super::{Context, Decided, names, usual_ms};
use crate::kinds::rules::STACK_LABEL;
use crate::kinds::{Live, Row};
use crate::model::{Action, Diagnostic, Doc, DocPath, Reference, Template};
use crate::plan::diff::{self, Comparison, Difference};
use crate::plan::inputs::{AdoptedOnes, Others, Wanted};
use crate::plan::outputs::Outcome;
use crate::plan::types::{Change, Effect, Planned};
use crate::records::{Entry, OnDelete, Ownership};

impl<'a> Context<'a> {
    pub(super) fn existing(&mut self, wanted: &'a Wanted, row: &'a Row, there: There<'a>) -> Decided<'a> {
        if there.moves && !self.goes_when_it_leaves(wanted, there.ours) {
            let mut reasons = there.reasons;
            reasons.push("what stands at the former place is not deleted, only forgotten".to_owned());
            return self.create(wanted, row, New { former: there.former, ground: None, reasons });
        }
        let resolved = self.resolve(wanted, row, Own::There(there.live));
        let compared = &resolved.compared;
        self.find_missing(wanted, row, Own::There(there.live), compared);
        let mut difference = self.compare(wanted, row, &there.file, there.ours, compared);
        difference.changes.retain(|change| !self.waits_for_unreadable(change));
        if let Some(lost) = there.lost {
            let was = self.comparison(wanted, row, &there.file, Some(lost), compared);
            diff::mark_drift(&was, &mut difference.changes);
        }
        difference.changes.extend(self.payload_changes(wanted, row, compared, there.live, there.ours));
        let dragged = self.dragged(wanted, row, compared);
        add_missing(&mut difference.changes, dragged.again);
        let mut planned = self.blank(wanted);
        planned.former = there.former;
        planned.unique_id = unique_id(row, there.live);
        planned.reasons = there.reasons;
        planned.reasons.extend(dragged.reasons);
        self.guard(wanted, &mut planned);
        self.take(wanted, &mut planned, difference, there.ours);
        planned.action = if there.ours.is_some() { Action::Update } else { Action::Adopt };
        self.force(row, &mut planned, compared, there.live);
        let is_replaced = there.moves || !dragged.replaced.is_empty() || planned.changes.iter().any(is_forced);
        // What somebody made in the place of ours, and cannot be made like it, goes as ours would.
        match (there.ours, there.ours.or(there.lost)) {
            (_, Some(entry)) if is_replaced => {
                planned.reasons.extend(dragged.replaced);
                planned.goes_with = dragged.parent;
                self.replace(wanted, row, &mut planned, entry);
            }
            (Some(_), _) => settle(&mut planned, row, there.live),
            (None, _) => self.adopt(wanted, row, &mut planned, &there.file),
        }
        let outcome = self.outcome(row, &planned, compared, there.live);
        self.ask_hooks(row, &mut planned, compared, Some(there.live));
        if let (Action::Replace, Some(former), Some(days)) =
            (planned.action, &planned.former, row.descriptor.name_blocked_days)
        {
            planned.consequences.push(names::consequence(former.place.name(), days));
        }
        let carried = match planned.action {
            Action::Replace => self.resolve(wanted, row, Own::Made).carried,
            _ => resolved.carried,
        };
        if planned.action == Action::Replace {
            self.defer(&mut planned, &carried);
        }
        if let Some(entry) = there.ours.filter(|_| self.inputs.options.others == Others::Listed) {
            planned.set_by_others =
                diff::set_by_others(&self.comparison(wanted, row, &there.file, Some(entry), compared));
        }
        planned.desired = Some(carried.into_owned());
        planned.usual_ms = usual_ms(row, &planned);
        planned.needs = self.needs(row, &planned, there.ours.map(|entry| entry.ownership));
        Decided { planned, row, live: Some(there.live), outcome }
    }

    pub(super) fn compare(
        &self,
        wanted: &Wanted,
        row: &Row,
        live: &Doc,
        recorded: Option<&Entry>,
        compared: &Doc,
    ) -> Difference {
        diff::compare(&self.comparison(wanted, row, live, recorded, compared))
    }

    fn comparison<'b>(
        &'b self,
        wanted: &'b Wanted,
        row: &'b Row,
        live: &'b Doc,
        recorded: Option<&'b Entry>,
        compared: &'b Doc,
    ) -> Comparison<'b> {
        Comparison {
            row,
            project: self.inputs.project(),
            desired: compared,
            live,
            recorded,
            key: &self.key,
            lifecycle: &wanted.lifecycle,
            user_keys: &self.user_keys,
        }
    }

    /// Whether a change is one only because another resource could not be read: then nothing can be said.
    fn waits_for_unreadable(&self, change: &Change) -> bool {
        let templates = change.after.as_ref().map(Doc::templates).unwrap_or_default();
        templates.into_iter().flat_map(Template::references).any(|reference| match reference {
            Reference::Output { address, .. } => {
                self.decided.get(address).is_some_and(|decided| decided.outcome == Outcome::Unreadable)
            }
            Reference::Own { .. } | Reference::ProjectNumber => false,
        })
    }

    /// Takes over what differs.
    fn take(&mut self, wanted: &Wanted, planned: &mut Planned, difference: Difference, ours: Option<&Entry>) {
        planned.changes = difference.changes;
        planned.removed = difference.removed;
        planned.members_before = difference.members_before;
        planned.stale_record = difference.stale;
        for fault in difference.faults {
            self.find(fault.of(&wanted.address));
        }
        if let Some(entry) = ours {
            planned.ownership = Some(entry.ownership);
            let guards = (entry.protect, entry.on_delete) == (planned.protect, planned.on_delete);
            planned.stale_record |= !guards || entry.members_before != planned.members_before;
        } else {
            planned.ownership = Some(Ownership::Adopted);
        }
    }

    /// Marks what forces a replacement though no rule says so.
    fn force(&self, row: &Row, planned: &mut Planned, compared: &Doc, live: &Live) {
        if !planned.changes.iter().any(|change| change.effect == Effect::InPlace) {
            return;
        }
        let changed = planned.changed_paths();
        let forced = self.step(row, planned, Some(compared), Some(live), &changed).replaces();
        for change in planned.changes.iter_mut().filter(|change| forced.contains(&change.path)) {
            change.effect = Effect::Replaces;
        }
    }

    fn replace(&mut self, wanted: &'a Wanted, row: &'a Row, planned: &mut Planned, entry: &Entry) {
        planned.action = Action::Replace;
        planned.ownership = Some(Ownership::Created);
        planned.protect |= entry.protect && planned.former.is_some();
        let keeps_its_name = planned.former.is_none() && planned.goes_with.is_none();
        if let Some(days) = row.descriptor.name_blocked_days.filter(|_| keeps_its_name) {
            let finding = names::replace_blocked(wanted, row, days);
            self.find(finding);
        }
        if let Some(finding) = self.cannot_finish(wanted) {
            self.find(finding);
        }
    }

    /// Whether what the inventory has at the former place is deleted when its entry moves.
    fn goes_when_it_leaves(&self, wanted: &Wanted, ours: Option<&Entry>) -> bool {
        let Some(entry) = ours else { return false };
        match (wanted.lifecycle.on_delete.or(entry.on_delete), entry.ownership) {
            (Some(OnDelete::Delete), _) | (None, Ownership::Created) => true,
            (Some(OnDelete::Keep), _) => false,
            (None, Ownership::Adopted) => self.inputs.options.adopted == AdoptedOnes::Delete,
        }
    }

    fn adopt(&mut self, wanted: &Wanted, row: &Row, planned: &mut Planned, file: &Doc) {
        planned.action = Action::Adopt;
        if let Some(stack) = other_stack(row, file, &self.inputs.desired.stack) {
            let message =
                format!("`{}` belongs to the stack `{stack}`: its label `{STACK_LABEL}` says so", wanted.address);
            let finding = Diagnostic::error("other-stack", message).of(&wanted.address).hint(format!(
                "give this one another `name:`, or take it out of `{stack}` with `stackctl inventory forget` there and \
                 remove the label"
            ));
            self.find(finding);
        }
        if let Some(change) = planned.changes.iter().find(|change| is_forced(change)) {
            let (path, noun) = (change.path.clone(), row.descriptor.noun);
            let message = format!("`{}` exists with another `{path}`, which cannot change", wanted.address);
            let finding = Diagnostic::error("cannot-adopt", message)
                .of(&wanted.address)
                .field(path)
                .hint(format!("write the live value to take it over, or another `name:` to make a {noun} of our own"));
            self.find(finding);
        }
    }

    /// What later entries may know of its outputs.
    fn outcome(&self, row: &Row, planned: &Planned, compared: &Doc, live: &Live) -> Outcome {
        match planned.action {
            Action::Replace => Outcome::Made,
            Action::Adopt if !planned.changes.iter().any(is_written) => Outcome::Stays,
            Action::Update | Action::Adopt => {
                let changed = planned.changed_paths();
                Outcome::Changes {
                    unsettled: self.step(row, planned, Some(compared), Some(live), &changed).unsettled(),
                }
            }
            _ => Outcome::Stays,
        }
    }

    /// Consequences and objections of a step that changes something.
    pub(super) fn ask_hooks(&mut self, row: &Row, planned: &mut Planned, desired: &Doc, live: Option<&Live>) {
        if planned.action == Action::None {
            return;
        }
        let changed = planned.changed_paths();
        let step = self.step(row, planned, Some(desired), live, &changed);
        let (consequences, objections) = (step.consequences(), step.objections());
        planned.consequences = consequences;
        for objection in objections {
            self.find(objection.of(&planned.address));
        }
    }
}

/// An update where something is written, or where what is there must be tried again; else nothing.
fn settle(planned: &mut Planned, row: &Row, live: &Live) {
    if planned.changes.iter().any(is_written) {
        return;
    }
    match (row.ails)(live) {
        Some(reason) => planned.reasons.push(reason),
        None => planned.action = Action::None,
    }
}

fn is_written(change: &Change) -> bool {
    change.effect != Effect::Unmanaged
}

fn is_forced(change: &Change) -> bool {
    change.effect == Effect::Replaces
}

/// Adds changes of paths that do not change anyway.
fn add_missing(changes: &mut Vec<Change>, more: Vec<Change>) {
    for change in more {
        if !changes.iter().any(|known| known.path == change.path) {
            changes.push(change);
        }
    }
}

/// The other stack that a live resource's label names.
fn other_stack<'d>(row: &Row, file: &'d Doc, ours: &str) -> Option<&'d str> {
    let labels = file.at(&DocPath::keys(row.descriptor.labels?))?;
    labels.get(STACK_LABEL)?.as_str().filter(|stack| *stack != ours)
}
