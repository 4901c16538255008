//! What is made: it does not exist yet, or does not any more.

use super::resolve::{Own, deferred};
use super::sight::New;
use super::{Context, Decided, names, usual_ms};
use crate::kinds::{Flag, Row};
use crate::model::{Action, Doc, DocPath, Segment};
use crate::plan::inputs::Wanted;
use crate::plan::outputs::Outcome;
use crate::plan::types::{Change, Effect, Origin, Planned};
use crate::records::Ownership;

impl<'a> Context<'a> {
    pub(super) fn create(&mut self, wanted: &'a Wanted, row: &'a Row, new: New<'a>) -> Decided<'a> {
        let resolved = self.resolve(wanted, row, Own::Made);
        self.find_missing(wanted, row, Own::Made, &resolved.compared);
        let mut planned = self.blank(wanted);
        planned.action = Action::Create;
        planned.former = new.former;
        planned.reasons = new.reasons;
        planned.ownership = Some(Ownership::Created);
        self.guard(wanted, &mut planned);
        if let Some(live) = new.ground {
            let file = (row.to_file)(&wanted.place, live);
            planned.members_before = self.compare(wanted, row, &file, None, &resolved.compared).members_before;
        }
        planned.changes = fields(row, &resolved.compared);
        planned.changes.extend(payload_fields(row, &resolved.compared));
        self.defer(&mut planned, &resolved.carried);
        if let Some(stone) = self.inputs.inventory.tombstone(&wanted.full_name, &self.inputs.options.now) {
            let finding = names::still_blocked(wanted, stone);
            self.find(finding);
        }
        self.ask_hooks(row, &mut planned, &resolved.compared, None);
        planned.usual_ms = usual_ms(row, &planned);
        planned.desired = Some(resolved.carried.into_owned());
        Decided { planned, row, live: None, outcome: Outcome::Made }
    }

    /// Fields that name the resource's own outputs are set by an update right after the create.
    pub(super) fn defer(&self, planned: &mut Planned, carried: &Doc) {
        planned.deferred = deferred(carried);
        if !planned.deferred.is_empty() {
            let paths: Vec<String> = planned.deferred.iter().map(|path| format!("`{path}`")).collect();
            let verb = if paths.len() == 1 { "names" } else { "name" };
            planned.reasons.push(format!(
                "{} {verb} what is known only once it exists: a second update sets that",
                paths.join(", ")
            ));
        }
    }

    /// What the file says of its end, for the inventory.
    pub(super) fn guard(&self, wanted: &Wanted, planned: &mut Planned) {
        planned.protect = wanted.lifecycle.protect;
        planned.on_delete = wanted.lifecycle.on_delete;
    }
}

/// Every field that is set, as changes from nothing.
fn fields(row: &Row, doc: &Doc) -> Vec<Change> {
    let mut changes = Vec::new();
    let has_secrets = row.descriptor.fields.iter().any(|rule| rule.has(Flag::Sensitive));
    let mut path = Vec::new();
    for (key, value) in doc.as_map().into_iter().flatten() {
        path.push(Segment::Key(key.clone()));
        collect(row, has_secrets, &mut path, value, &mut changes);
        path.pop();
    }
    changes
}

fn collect(row: &Row, has_secrets: bool, path: &mut Vec<Segment>, doc: &Doc, changes: &mut Vec<Change>) {
    match doc {
        Doc::Map(map) if !map.is_empty() => {
            for (key, value) in map {
                path.push(Segment::Key(key.clone()));
                collect(row, has_secrets, path, value, changes);
                path.pop();
            }
        }
        value => {
            let path = DocPath(path.clone());
            let secret = has_secrets && crate::kinds::rules::find(row.descriptor, &path).has(Flag::Sensitive);
            let value = match value {
                Doc::Sensitive(_) => value.clone(),
                value if secret => Doc::Sensitive(Box::new(value.clone())),
                value => value.clone(),
            };
            changes.push(from_nothing(path, value));
        }
    }
}

fn payload_fields(row: &Row, doc: &Doc) -> Vec<Change> {
    let hidden = || Doc::Sensitive(Box::new(Doc::Null));
    let payloads = (row.payloads)(doc);
    payloads.iter().map(|payload| from_nothing(DocPath::keys(payload.name), hidden())).collect()
}

fn from_nothing(path: DocPath, after: Doc) -> Change {
    Change { path, before: None, after: Some(after), origin: Origin::Edit, effect: Effect::InPlace }
}
