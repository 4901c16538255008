//! Inventory and journal as data: entries, versions, legal transitions. Where they live is `inventory/`.

pub mod inventory;
pub mod journal;

pub use inventory::{CloudKey, Entry, Inventory, Ownership, Tombstone};
pub use journal::{Journal, JournalEvent};
