//! Decides what happens to each resource, dependencies first: what becomes of a resource depends on what becomes of
//! those that it stands on.

mod cascade;
mod consents;
mod created;
mod existing;
mod left;
mod names;
mod payloads;
mod resolve;
mod sight;

use std::collections::HashMap;

use super::diff::UserKeys;
use super::hooks::Step;
use super::inputs::{PlanInputs, Wanted};
use super::moved::Renamed;
use super::outputs::{Answer, Outcome, Outputs};
use super::select::Selection;
use super::types::{Former, Planned};
use crate::kinds::{HoldsData, Live, Row};
use crate::model::{Action, Address, Diagnostic, Doc, DocPath, Place, Reference};
use crate::records::{CloudKey, Entry, HashKey};

pub(super) use left::Cause;
use sight::Sight;
pub(super) use sight::unique_id;

/// What was decided so far, and by what.
pub(super) struct Context<'a> {
    pub inputs: PlanInputs<'a>,
    pub renamed: &'a Renamed<'a>,
    pub selection: &'a Selection,
    pub key: HashKey,
    pub user_keys: UserKeys,
    pub decided: HashMap<Address, Decided<'a>>,
    pub findings: Vec<Diagnostic>,
}

/// A decision and what later ones need of it.
#[derive(Debug)]
pub(super) struct Decided<'a> {
    pub planned: Planned,
    pub row: &'a Row,
    pub live: Option<&'a Live>,
    pub outcome: Outcome,
}

impl<'a> Context<'a> {
    /// Decides on an entry of the file. What it stands on has been decided on.
    pub fn wanted(&mut self, wanted: &'a Wanted) {
        let Some(row) = self.inputs.kind(&wanted.address.section) else {
            self.findings.push(unknown_kind(&wanted.address));
            return;
        };
        let decided = match sight::look(self, wanted, row) {
            Sight::New(new) => self.create(wanted, row, new),
            Sight::There(there) => self.existing(wanted, row, there),
            Sight::Unreadable(fault) => self.nothing(wanted, row, fault, Some("it could not be read")),
            Sight::Refused(fault) => self.nothing(wanted, row, fault, None),
        };
        self.decided.insert(wanted.address.clone(), decided);
    }

    /// Nothing can be done with it; the finding refuses the plan.
    fn nothing(&mut self, wanted: &'a Wanted, row: &'a Row, fault: Diagnostic, reason: Option<&str>) -> Decided<'a> {
        self.findings.push(fault);
        let mut planned = self.blank(wanted);
        planned.reasons.extend(reason.map(str::to_owned));
        Decided { planned, row, live: None, outcome: Outcome::Unreadable }
    }

    /// A plan that does nothing with an entry of the file.
    fn blank(&self, wanted: &Wanted) -> Planned {
        let moved_from = self.renamed.from.get(&wanted.address).cloned();
        Planned { moved_from, ..blank(&wanted.address, wanted.place.clone(), wanted.full_name.clone()) }
    }

    /// What an output will say.
    pub fn answer(&self, reference: &Reference) -> Answer {
        match reference {
            Reference::ProjectNumber => match &self.inputs.project().number {
                Some(number) => Answer::Known(Doc::from(number.as_str())),
                None => Answer::AfterApply,
            },
            Reference::Output { address, output } => match self.decided.get(address) {
                Some(decided) => self.outputs(decided, address).answer(output),
                None => Answer::AfterApply,
            },
            Reference::Own { .. } => Answer::AfterApply,
        }
    }

    fn outputs<'b>(&'b self, decided: &'b Decided<'a>, address: &Address) -> Outputs<'b> {
        let wanted = self.inputs.desired.entries.get(address);
        Outputs {
            row: decided.row,
            place: &decided.planned.place,
            project: self.inputs.project(),
            doc: decided.planned.desired.as_ref().or(wanted.map(|wanted| &wanted.doc)).unwrap_or(&Doc::Null),
            live: decided.live,
            outcome: &decided.outcome,
        }
    }

    /// The step that a plan describes, for the hooks.
    fn step<'b>(
        &'b self,
        row: &'b Row,
        planned: &'b Planned,
        desired: Option<&'b Doc>,
        live: Option<&'b Live>,
        changed: &'b [DocPath],
    ) -> Step<'b> {
        Step {
            row,
            action: planned.action,
            place: &planned.place,
            project: self.inputs.project(),
            stack: &self.inputs.desired.stack,
            desired,
            live,
            changed,
            removed: &planned.removed,
        }
    }

    /// Whether losing it loses data. In the sandbox nothing does.
    pub fn holds_data(&self, row: &Row) -> bool {
        self.inputs.inventory.cloud != CloudKey::Sandbox && matches!(row.descriptor.holds_data, HoldsData::Yes(_))
    }

    fn find(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }
}

/// A plan that does nothing.
pub(super) fn blank(address: &Address, place: Place, full_name: String) -> Planned {
    Planned {
        address: address.clone(),
        action: Action::None,
        place,
        full_name,
        former: None,
        unique_id: None,
        desired: None,
        changes: Vec::new(),
        removed: Vec::new(),
        deferred: Vec::new(),
        ownership: None,
        members_before: Vec::new(),
        protect: false,
        on_delete: None,
        reasons: Vec::new(),
        consequences: Vec::new(),
        needs: Vec::new(),
        depends_on: Vec::new(),
        releases: Vec::new(),
        after: Vec::new(),
        freed_by: Vec::new(),
        set_by_others: Vec::new(),
        moved_from: None,
        goes_with: None,
        stale_record: false,
        usual_ms: 0,
    }
}

fn former_of(entry: &Entry) -> Former {
    Former { place: entry.place.clone(), full_name: entry.full_name.clone() }
}

fn unknown_kind(address: &Address) -> Diagnostic {
    Diagnostic::error("unknown-kind", format!("this stackctl does not know the kind of `{address}`"))
        .of(address)
        .hint("use the stackctl that made it, or a newer one")
}

/// Usual duration of an action, milliseconds.
pub(super) fn usual_ms(row: &Row, planned: &Planned) -> u64 {
    let durations = row.descriptor.durations;
    let seconds = match planned.action {
        Action::Create => durations.create,
        Action::Update => durations.update,
        Action::Adopt if planned.changes.is_empty() => 0,
        Action::Adopt => durations.update,
        Action::Delete if planned.goes_with.is_some() => 0,
        Action::Delete => durations.delete,
        Action::Replace if planned.goes_with.is_some() => durations.create,
        Action::Replace => durations.delete + durations.create,
        Action::None | Action::Forget => 0,
    };
    u64::from(seconds) * 1000
}
