//! What the inventory says of a resource after a step.

use std::collections::BTreeMap;

use super::diff::fields;
use super::types::Planned;
use crate::kinds::{Live, Row};
use crate::model::{Doc, DocPath, ProjectFacts};
use crate::records::{Entry, HashKey, Ownership};

/// A step that has taken hold.
#[derive(Debug, Clone, Copy)]
pub struct Applied<'a> {
    pub planned: &'a Planned,
    pub row: &'a Row,
    pub project: &'a ProjectFacts,
    /// The wanted document with every template filled, as it was sent; with templates left: what is not known yet is
    /// not recorded.
    pub doc: &'a Doc,
    /// As it was read back; absent before the request is sent.
    pub live: Option<&'a Live>,
    /// Keyed hashes of the payloads that were sent, by name; of those that were not sent, what was recorded before.
    pub payloads: &'a BTreeMap<String, String>,
    pub key: &'a HashKey,
}

/// The entry of a create, an update, an adopt or the second half of a replacement; also what such a step's `Intended`
/// in the journal carries, and the entry of a resource without an action whose record is stale.
pub fn entry(applied: &Applied<'_>) -> Entry {
    let planned = applied.planned;
    let mut fields = fields::managed(applied.row.descriptor, applied.project, applied.key, applied.doc);
    fields.extend(applied.payloads.iter().map(|(name, hash)| (DocPath::keys(name), hash.clone())));
    let read = applied.live.and_then(|live| super::decide::unique_id(applied.row, live));
    Entry {
        place: planned.place.clone(),
        full_name: planned.full_name.clone(),
        unique_id: read.or_else(|| stays(planned).then(|| planned.unique_id.clone()).flatten()),
        ownership: planned.ownership.unwrap_or(Ownership::Created),
        fields,
        depends_on: planned.depends_on.clone(),
        members_before: planned.members_before.clone(),
        protect: planned.protect,
        on_delete: planned.on_delete,
    }
}

/// Whether the resource is the same one after the step.
fn stays(planned: &Planned) -> bool {
    use crate::model::Action;
    !matches!(planned.action, Action::Create | Action::Replace)
}
