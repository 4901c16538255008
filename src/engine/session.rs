//! What a run works with.

use std::sync::Arc;

use crate::gcp::Client;
use crate::inventory::Store;
use crate::kinds::Row;
use crate::kinds::call::FinalBackup;
use crate::model::event::{Event, Happening};

/// Hears of what happens.
pub type Listen<'a> = &'a (dyn Fn(Event) + Send + Sync);

/// What a run works with: the way to the cloud, the records, who listens.
#[derive(Clone)]
pub struct Session<'a> {
    pub client: Arc<Client>,
    pub store: &'a dyn Store,
    pub listen: Listen<'a>,
    /// The kinds: `kinds::registry::all()`.
    pub kinds: &'a [Row],
    pub options: Options,
}

/// How a run goes about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Steps at once; one that waits for an operation counts.
    pub parallelism: usize,
    /// Reads at once.
    pub reads: usize,
    /// Whether deletes take a last backup where the kind can.
    pub final_backup: FinalBackup,
    /// What to do about resources that Google holds.
    pub held: HeldOnes,
}

/// What to do about resources that Google holds (a subnetwork with a serverless address).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldOnes {
    /// They are named and left to the next run.
    Report,
    /// `--wait`: asked for again until they go.
    Wait,
}

impl Default for Options {
    fn default() -> Self {
        Self { parallelism: 64, reads: 32, final_backup: FinalBackup::Take, held: HeldOnes::Report }
    }
}

impl<'a> Session<'a> {
    /// The kind of a section; absent where an inventory of a richer stackctl speaks of one that this does not know.
    pub fn kind(&self, section: &str) -> Option<&'a Row> {
        self.kinds.iter().find(|row| row.descriptor.section == section)
    }

    /// Tells the listener.
    pub fn tell(&self, what: Happening) {
        (self.listen)(Event { at_ms: self.now_ms(), what });
    }

    /// Milliseconds on the run's clock.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.client.clock().elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("store", &self.store).field("options", &self.options).finish_non_exhaustive()
    }
}
