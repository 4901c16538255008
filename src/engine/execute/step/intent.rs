//! Writes down what a step does: before each request, after it, and what the inventory says in the end.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use super::{Doing, Part};
use crate::engine::execute::fault::Fault;
use crate::engine::execute::payloads::StepPayloads;
use crate::kinds::Live;
use crate::model::{Diagnostic, Doc, DocPath};
use crate::plan::record::{Applied, entry};
use crate::records::{Entry, JournalEvent, What};

impl Doing<'_> {
    /// Writes down what is about to be done, and gives the number of the call; durable when this returns.
    pub(crate) async fn intend(&self, label: &str) -> Result<u32, Fault> {
        let id = self.calls.fetch_add(1, Ordering::Relaxed);
        let entry = match self.part {
            Part::Create | Part::Update | Part::Adopt => {
                let desired = self.planned.desired.clone().unwrap_or_default();
                Some(Box::new(self.entry(&desired, None, &self.payloads())))
            }
            Part::Delete | Part::GoneWith | Part::Record | Part::Forget => None,
        };
        let what = What::Intended { action: self.action(), label: label.to_owned(), entry };
        self.shared.journal.sync(self.event(id, what)).await.map_err(|_| Fault::Store)?;
        Ok(id)
    }

    /// Writes down what became of a call, with the next batch.
    pub(crate) fn note(&self, call: u32, what: What) {
        self.shared.journal.push(self.event(call, what));
    }

    /// Writes down what became of a call; durable when this returns.
    pub(crate) async fn note_synced(&self, call: u32, what: What) -> Result<(), Diagnostic> {
        let written = self.shared.journal.sync(self.event(call, what)).await;
        written.map_err(|broken| broken.0.diagnostic())
    }

    fn event(&self, call: u32, what: What) -> JournalEvent {
        let (run, address) = (self.shared.run.clone(), self.address().clone());
        JournalEvent { run, step: self.step, call, address, what }
    }

    /// Writes down that the resource is ours, and what we set.
    pub(super) fn write_entry(&self, desired: &Doc, live: Option<&Live>, payloads: &StepPayloads<'_>) {
        let entry = self.entry(desired, live, payloads);
        let recorded = What::Recorded { entry: Some(Box::new(entry)), tombstone: None };
        self.shared.record(self.step, self.address(), recorded);
    }

    /// What the inventory will say: of payloads that were not sent, what it said before.
    fn entry(&self, doc: &Doc, live: Option<&Live>, payloads: &StepPayloads<'_>) -> Entry {
        let before = self.shared.entry(self.address());
        let mut hashes: BTreeMap<String, String> = BTreeMap::new();
        for payload in (self.row.payloads)(doc) {
            let known = before.as_ref().and_then(|entry| entry.fields.get(&DocPath::keys(payload.name)));
            hashes.extend(known.map(|hash| (payload.name.to_owned(), hash.clone())));
        }
        hashes.extend(payloads.given());
        entry(&Applied {
            planned: self.planned,
            row: self.row,
            project: self.shared.project(),
            doc,
            live,
            payloads: &hashes,
            key: self.shared.key,
        })
    }
}
