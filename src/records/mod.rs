//! Inventory and journal as data: entries, versions, legal transitions, keyed hashes. Where they live is
//! `inventory/`; nothing here reads a file, a clock or a source of randomness.

pub mod format;
pub mod hash;
pub mod inventory;
pub mod journal;
pub mod transition;

pub use format::{JournalText, RecordsError};
pub use hash::{HashKey, HashKeyError};
pub use inventory::{CloudKey, Entry, Inventory, OnDelete, Ownership, Tombstone};
pub use journal::{CallId, IllegalEvent, Journal, JournalEvent, Status, Unfinished, What};
pub use transition::TransitionError;
