//! What may happen to an inventory: the legal transitions of its entries, each in one function.
//!
//! All are idempotent, because a run that recovers another's work may do them again. That one resource stands under
//! one address only is the plan's work: a search here would make an apply of many resources quadratic.

use super::inventory::{Entry, Inventory, Ownership, Tombstone};
use crate::model::Address;

/// A change that an inventory cannot take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The address is taken by another resource.
    #[error("`{address}` is already `{found}` in the inventory")]
    AddressTaken { address: Address, found: String },
    /// Nothing is known under the address.
    #[error("`{address}` is not in the inventory")]
    NotThere { address: Address },
    /// Something is known under the new address.
    #[error("`{to}` is in the inventory already, so `{from}` cannot become it")]
    MoveTaken { from: Address, to: Address },
    /// A resource does not change its kind.
    #[error("`{from}` cannot become `{to}`: they are of different sections")]
    MoveSection { from: Address, to: Address },
}

impl Inventory {
    /// We made it: the entry with ownership `Created`.
    ///
    /// # Errors
    /// `AddressTaken`.
    pub fn record_create(&mut self, address: &Address, entry: Entry) -> Result<(), TransitionError> {
        self.take_in(address, Entry { ownership: Ownership::Created, ..entry })
    }

    /// It was there and becomes ours. What we made stays `Created` (a run that lost its reply adopts its own work).
    ///
    /// # Errors
    /// `AddressTaken`.
    pub fn record_adopt(&mut self, address: &Address, entry: Entry) -> Result<(), TransitionError> {
        let made = self.entries.get(address).is_some_and(|known| {
            known.ownership == Ownership::Created && known.unique_id.is_some() && known.unique_id == entry.unique_id
        });
        let ownership = if made { Ownership::Created } else { Ownership::Adopted };
        self.take_in(address, Entry { ownership, ..entry })
    }

    /// What we manage of it changed; ownership stays as it is.
    ///
    /// # Errors
    /// `NotThere`; `AddressTaken` where the entry speaks of another resource.
    pub fn record_update(&mut self, address: &Address, entry: Entry) -> Result<(), TransitionError> {
        let known = self.entries.get(address).ok_or_else(|| TransitionError::NotThere { address: address.clone() })?;
        let ownership = known.ownership;
        self.take_in(address, Entry { ownership, ..entry })
    }

    /// It is gone from the cloud; its name may be blocked for a while. Not known: nothing but the tombstone changes.
    pub fn record_delete(&mut self, address: &Address, tombstone: Option<Tombstone>) {
        self.entries.remove(address);
        if let Some(stone) = tombstone {
            self.tombstones.retain(|known| known.full_name != stone.full_name);
            self.tombstones.push(stone);
        }
    }

    /// It is no longer ours and stays in the cloud.
    ///
    /// # Errors
    /// `NotThere`.
    pub fn record_forget(&mut self, address: &Address) -> Result<Entry, TransitionError> {
        self.entries.remove(address).ok_or_else(|| TransitionError::NotThere { address: address.clone() })
    }

    /// It is called otherwise; all that stands on it learns the new address.
    ///
    /// # Errors
    /// `NotThere`, `MoveTaken`, `MoveSection`.
    pub fn record_move(&mut self, from: &Address, to: &Address) -> Result<(), TransitionError> {
        if from.section != to.section {
            return Err(TransitionError::MoveSection { from: from.clone(), to: to.clone() });
        }
        if from == to {
            return self
                .entries
                .contains_key(from)
                .then_some(())
                .ok_or(TransitionError::NotThere { address: from.clone() });
        }
        if self.entries.contains_key(to) {
            return Err(match self.entries.contains_key(from) {
                true => TransitionError::MoveTaken { from: from.clone(), to: to.clone() },
                false => TransitionError::NotThere { address: from.clone() },
            });
        }
        let entry = self.record_forget(from)?;
        self.entries.insert(to.clone(), entry);
        for entry in self.entries.values_mut() {
            for address in &mut entry.depends_on {
                if address == from {
                    *address = to.clone();
                }
            }
        }
        Ok(())
    }

    /// Drops the tombstones whose time is over at `now` (RFC 3339, UTC).
    pub fn expire_tombstones(&mut self, now: &str) {
        self.tombstones.retain(|stone| stone.blocked_until.as_str() > now);
    }

    fn take_in(&mut self, address: &Address, entry: Entry) -> Result<(), TransitionError> {
        if let Some(known) = self.entries.get(address)
            && known.full_name != entry.full_name
        {
            return Err(TransitionError::AddressTaken { address: address.clone(), found: known.full_name.clone() });
        }
        self.entries.insert(address.clone(), entry);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
