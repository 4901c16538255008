//! Values that stand in no document: whether what they come from has moved.

use super::Context;
use crate::kinds::{Live, Row, Source};
use crate::model::{Doc, DocPath};
use crate::plan::inputs::Wanted;
use crate::plan::outputs::Outcome;
use crate::plan::types::{Change, Effect, Origin};
use crate::records::Entry;

/// The output of a secret that says which of its values is the newest.
const VERSION: &str = "version";

impl Context<'_> {
    /// Changes of payloads of a resource that is there; `live` lacks some, others hash differently than what was last
    /// sent, or follow a secret that changes in this run.
    pub(super) fn payload_changes(
        &self,
        wanted: &Wanted,
        row: &Row,
        doc: &Doc,
        live: &Live,
        ours: Option<&Entry>,
    ) -> Vec<Change> {
        let payloads = (row.payloads)(doc);
        if payloads.is_empty() {
            return Vec::new();
        }
        let lacks = (row.lacks)(live);
        let loaded = self.inputs.observed.payloads.get(&wanted.address);
        let mut changes = Vec::new();
        for payload in payloads {
            let path = DocPath::keys(payload.name);
            let sent = ours.and_then(|entry| entry.fields.get(&path));
            let now = loaded.and_then(|loaded| loaded.get(payload.name));
            let moved = sent.is_some() && now.is_some() && sent != now;
            let follows = ours.is_some() && self.follows_a_change(&payload.source);
            if lacks.contains(&payload.name) {
                changes.push(change(path, None));
            } else if moved || follows {
                changes.push(change(path, Some(hidden())));
            }
        }
        changes
    }

    /// Whether the value is that of a secret that this run writes anew: it is made, or gets another version.
    fn follows_a_change(&self, source: &Source) -> bool {
        let Source::Secret(path) = source else { return false };
        let is_it = |decided: &&super::Decided<'_>| decided.planned.place.fill(decided.row.descriptor.item) == *path;
        let mut secrets = self.decided.values().filter(|decided| &*decided.planned.address.section == "secrets");
        secrets.find(is_it).is_some_and(|decided| match &decided.outcome {
            Outcome::Made => true,
            Outcome::Changes { unsettled } => unsettled.contains(&VERSION),
            Outcome::Stays | Outcome::Unreadable => false,
        })
    }
}

fn change(path: DocPath, before: Option<Doc>) -> Change {
    Change { path, before, after: Some(hidden()), origin: Origin::Edit, effect: Effect::InPlace }
}

fn hidden() -> Doc {
    Doc::Sensitive(Box::new(Doc::Null))
}
