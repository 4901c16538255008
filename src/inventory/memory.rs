//! Records in memory: for tests, and for what is never kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::owner::Owner;
use super::store::{Loaded, Store, StoreError, Storing};
use crate::records::{Inventory, Journal, JournalEvent};

/// Records that live as long as somebody holds a clone; all clones see the same.
///
/// What a real store keeps as text is kept as text here, too, so that nothing survives that could not be written.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    inventory: Option<String>,
    journal: String,
    lock: Option<Owner>,
}

impl Memory {
    /// Frees the lock, as the end of a process does.
    pub fn forget_lock(&self) {
        self.kept().lock = None;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> Result<Loaded, StoreError> {
        let kept = self.kept();
        let wrong = |source| StoreError::Records { place: self.place(), source };
        let inventory = kept.inventory.as_deref().map(Inventory::read).transpose().map_err(wrong)?;
        Ok(Loaded { inventory, journal: Journal::read(&kept.journal).map_err(wrong)?.journal })
    }

    fn take_lock(&self, owner: &Owner) -> Result<(), StoreError> {
        let mut kept = self.kept();
        match &kept.lock {
            Some(other) if other != owner => {
                Err(StoreError::Locked { place: self.place(), owner: Some(other.clone()) })
            }
            _ => {
                kept.lock = Some(owner.clone());
                Ok(())
            }
        }
    }
}

impl Store for Memory {
    fn load(&self) -> Storing<'_, Loaded> {
        Box::pin(async { self.read() })
    }

    fn append<'a>(&'a self, events: &'a [JournalEvent]) -> Storing<'a, ()> {
        Box::pin(async {
            let lines: String = events.iter().map(JournalEvent::to_line).collect();
            self.kept().journal.push_str(&lines);
            Ok(())
        })
    }

    fn checkpoint<'a>(&'a self, inventory: &'a Inventory) -> Storing<'a, ()> {
        Box::pin(async {
            let mut kept = self.kept();
            kept.inventory = Some(inventory.write());
            kept.journal.clear();
            Ok(())
        })
    }

    fn lock<'a>(&'a self, owner: &'a Owner) -> Storing<'a, ()> {
        Box::pin(async { self.take_lock(owner) })
    }

    fn release(&self) -> Storing<'_, ()> {
        Box::pin(async {
            self.forget_lock();
            Ok(())
        })
    }

    fn owner(&self) -> Storing<'_, Option<Owner>> {
        Box::pin(async { Ok(self.kept().lock.clone()) })
    }

    fn break_lock(&self) -> Storing<'_, Option<Owner>> {
        Box::pin(async { Ok(self.kept().lock.take()) })
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }
}
