//! What the steps of a run share. One task owns it all; locks are held for moments only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::journal::Writer;
use super::payloads::Generated;
use super::policies::Policies;
use crate::engine::inputs::Inputs;
use crate::engine::session::Session;
use crate::kinds::Row;
use crate::model::event::Happening;
use crate::model::{Action, Address, Diagnostic, Doc, ProjectFacts, Reference};
use crate::plan::{Observation, Observed, Plan, Planned, outputs};
use crate::records::{Entry, HashKey, Inventory, JournalEvent, What};

/// What the steps of a run share.
#[derive(Debug)]
pub(crate) struct Shared<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) plan: &'a Plan,
    /// Positions in the plan, by address.
    index: BTreeMap<&'a Address, usize>,
    pub(crate) observed: &'a Observed,
    pub(crate) inputs: &'a Inputs,
    pub(crate) key: &'a HashKey,
    /// The run's id in the journal.
    pub(crate) run: String,
    pub(crate) journal: Writer<'a>,
    pub(crate) policies: Policies,
    pub(crate) generated: Generated,
    /// Resources whose create an interrupted run had begun: a 409 is ours.
    pub(crate) suspects: &'a BTreeSet<Address>,
    /// APIs that the run enables: whether each may be used by now.
    pub(crate) apis: watch::Sender<BTreeMap<String, Gate>>,
    inventory: Mutex<Inventory>,
    /// Outputs of what this run has read or made, by address.
    outputs: Mutex<BTreeMap<Address, Arc<Doc>>>,
    /// Paths of what this run has deleted.
    deleted: Mutex<BTreeSet<String>>,
}

/// Whether an API may be used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Gate {
    Closed,
    Open,
    Failed(Box<Diagnostic>),
}

/// What a run is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) observed: &'a Observed,
    pub(crate) inputs: &'a Inputs,
    pub(crate) key: &'a HashKey,
    pub(crate) suspects: &'a BTreeSet<Address>,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(session: &'a Session<'a>, parts: Parts<'a>, run: String, inventory: Inventory) -> Self {
        let gates = parts.plan.enable_apis.iter().map(|api| (api.clone(), Gate::Closed)).collect();
        Self {
            session,
            plan: parts.plan,
            index: parts.plan.resources.iter().enumerate().map(|(at, planned)| (&planned.address, at)).collect(),
            observed: parts.observed,
            inputs: parts.inputs,
            key: parts.key,
            suspects: parts.suspects,
            run,
            journal: Writer::new(session.store),
            policies: Policies::default(),
            generated: Generated::default(),
            apis: watch::Sender::new(gates),
            inventory: Mutex::new(inventory),
            outputs: Mutex::default(),
            deleted: Mutex::default(),
        }
    }

    pub(crate) fn project(&self) -> &ProjectFacts {
        &self.observed.project
    }

    pub(crate) fn kind(&self, section: &str) -> Option<&'a Row> {
        self.session.kind(section)
    }

    pub(crate) fn inventory(&self) -> Inventory {
        self.inventory.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the inventory says of an address now.
    pub(crate) fn entry(&self, address: &Address) -> Option<Entry> {
        self.inventory.lock().unwrap_or_else(PoisonError::into_inner).entries.get(address).cloned()
    }

    /// Records the end of a step: in the inventory at once, in the journal with the next batch.
    pub(crate) fn record(&self, step: u32, address: &Address, recorded: What) {
        let event =
            JournalEvent { run: self.run.clone(), step, call: RECORD, address: address.clone(), what: recorded };
        {
            let mut inventory = self.inventory.lock().unwrap_or_else(PoisonError::into_inner);
            crate::inventory::replay::event(&mut inventory, &event);
        }
        self.journal.push(event);
    }

    pub(crate) fn set_outputs(&self, address: &Address, outputs: Doc) {
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).insert(address.clone(), Arc::new(outputs));
    }

    /// What the plan does with an address.
    pub(crate) fn planned(&self, address: &Address) -> Option<&'a Planned> {
        self.index.get(address).map(|at| &self.plan.resources[*at])
    }

    /// The outputs of a resource as it is now; absent where it is not known to exist.
    fn outputs(&self, address: &Address) -> Option<Arc<Doc>> {
        if let Some(known) = self.outputs.lock().unwrap_or_else(PoisonError::into_inner).get(address) {
            return Some(Arc::clone(known));
        }
        let planned = self.planned(address)?;
        if !matches!(planned.action, Action::None | Action::Update | Action::Adopt) {
            return None;
        }
        let Some(Observation::Present(live)) = self.observed.resources.get(address) else { return None };
        let row = self.kind(&address.section)?;
        let empty = Doc::map();
        let doc = planned.desired.as_ref().unwrap_or(&empty);
        let outputs = Arc::new(outputs::live(row, &planned.place, self.project(), doc, live));
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).insert(address.clone(), Arc::clone(&outputs));
        Some(outputs)
    }

    /// What fills a template's hole; `own` are the outputs of the resource itself.
    pub(crate) fn fill(&self, reference: &Reference, own: Option<&Doc>) -> Option<Doc> {
        match reference {
            Reference::ProjectNumber => self.project().number.clone().map(Doc::String),
            Reference::Own { output } => own?.at(output).cloned(),
            Reference::Output { address, output } => self.outputs(address)?.at(output).cloned(),
        }
    }

    pub(crate) fn note_deleted(&self, path: String) {
        self.deleted.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
    }

    /// Whether this run has deleted what had this path: its name may linger.
    pub(crate) fn has_deleted(&self, path: &str) -> bool {
        self.deleted.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }

    pub(crate) fn tell(&self, what: Happening) {
        self.session.tell(what);
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.session.client.clock().elapsed()
    }
}

/// The call number under which the end of a step is recorded: behind all its calls.
pub(crate) const RECORD: u32 = u32::MAX;
