//! What the journal says happened since the inventory was written.

use crate::records::{Inventory, Journal, JournalEvent, What};

/// Brings the inventory up to what the journal's closed steps say. Idempotent.
///
/// Steps that are not closed are left alone: only a look at the cloud tells what became of them.
pub fn replay(inventory: &mut Inventory, journal: &Journal) {
    journal.events().iter().for_each(|closed| event(inventory, closed));
}

/// Takes in what one event says of the inventory: nothing, but for the end of a step.
pub fn event(inventory: &mut Inventory, event: &JournalEvent) {
    let What::Recorded { entry, tombstone } = &event.what else { return };
    match entry {
        Some(entry) => {
            inventory.entries.insert(event.address.clone(), (**entry).clone());
            if let Some(stone) = tombstone {
                inventory.tombstones.retain(|known| known.full_name != stone.full_name);
                inventory.tombstones.push(stone.clone());
            }
        }
        None => inventory.record_delete(&event.address, tombstone.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, ProjectFacts};
    use crate::records::{CloudKey, Entry, HashKey, Ownership, Tombstone};

    fn recorded(step: u32, key: &str, full_name: Option<&str>) -> JournalEvent {
        let entry = full_name.map(|full_name| {
            Box::new(Entry {
                place: crate::model::Place::default(),
                full_name: full_name.to_owned(),
                unique_id: None,
                ownership: Ownership::Created,
                fields: Default::default(),
                depends_on: Vec::new(),
                members_before: Vec::new(),
                protect: false,
                on_delete: None,
            })
        });
        let tombstone = full_name.is_none().then(|| Tombstone {
            full_name: key.to_owned(),
            deleted_at: "2026-01-01T00:00:00Z".into(),
            blocked_until: "2026-01-08T00:00:00Z".into(),
        });
        JournalEvent {
            run: "r".into(),
            step,
            call: 0,
            address: Address::new("networks", key),
            what: What::Recorded { entry, tombstone },
        }
    }

    #[test]
    fn the_last_word_on_an_address_holds_however_often_it_is_replayed() {
        let mut journal = Journal::default();
        for event in [recorded(0, "a", Some("//a")), recorded(1, "b", Some("//b")), recorded(2, "a", None)] {
            journal.push(event).unwrap();
        }
        let key = HashKey::new([7; 32]);
        let mut inventory = Inventory::new("s", CloudKey::Google, ProjectFacts::default(), &key);
        replay(&mut inventory, &journal);
        replay(&mut inventory, &journal);
        assert_eq!(inventory.entries.keys().map(ToString::to_string).collect::<Vec<_>>(), ["networks.b"]);
        assert_eq!(inventory.tombstones.len(), 1);
    }
}
