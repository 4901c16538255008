//! Carries a plan out.
//!
//! One owner over unordered futures: no task is spawned, nothing durable happens in a drop. Before a request that
//! changes anything the journal says so, synced; the operation's name right after the reply; the end after the
//! read-back. So a run may end at any point: the next one looks at what was open and goes on.

mod apis;
mod call;
mod fault;
mod journal;
mod payloads;
mod policies;
mod record;
mod report;
mod shared;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::{Pin, pin};

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::inputs::Inputs;
use super::session::Session;
use super::stop::{Stop, Wish};
use crate::inventory::StoreError;
use crate::model::event::Happening;
use crate::model::{Action, Address, Diagnostic, Doc, Reference, fill};
use crate::plan::schedule::{Schedule, Step};
use crate::plan::{Observed, Plan, Planned};
use crate::records::{HashKey, Inventory};
pub use call::EXISTS;
use fault::Fault;
pub(crate) use record::{tombstone, unique_id};
pub use report::{End, Outcome, Report};
use shared::{Parts, Shared};
use step::{Doing, Part, Remark};

/// What to carry out. The caller holds the lock.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    pub plan: &'a Plan,
    pub observed: &'a Observed,
    pub inputs: &'a Inputs,
    /// As loaded, the journal replayed.
    pub inventory: &'a Inventory,
    /// Resources whose create an interrupted run had begun.
    pub suspects: &'a BTreeSet<Address>,
    pub stop: &'a Stop,
}

/// Carries out a plan.
///
/// Not cancel-safe in what it says, safe in what it does: of a dropped run the journal tells the next one everything.
///
/// # Errors
/// Only what stands before the first step: the records cannot be written. Everything else is in the report.
pub async fn execute(session: &Session<'_>, run: Run<'_>) -> Result<Report, StoreError> {
    let inventory = begin(session, &run).await?;
    let key = inventory.key().expect("an inventory that was read or made has a key");
    let parts = Parts { plan: run.plan, observed: run.observed, inputs: run.inputs, key: &key, suspects: run.suspects };
    let shared = Shared::new(session, parts, run_id(session), inventory);
    let mut owner = Owner::new(&shared, run.stop);
    owner.work().await;
    owner.close().await
}

/// The records before the first step: moved addresses moved, blocked names that are free again dropped, and durable
/// before the journal speaks of them.
async fn begin(session: &Session<'_>, run: &Run<'_>) -> Result<Inventory, StoreError> {
    let mut inventory = run.inventory.clone();
    inventory.expire_tombstones(&session.client.clock().now_text());
    if inventory.project.number.is_none() {
        inventory.project = run.observed.project.clone();
    }
    for planned in &run.plan.resources {
        if let Some(from) = &planned.moved_from {
            // What cannot be moved the plan has refused; what is moved already has its entry there.
            let _ = inventory.record_move(from, &planned.address);
        }
    }
    session.store.checkpoint(&inventory).await?;
    Ok(inventory)
}

/// Begins with the time, so that runs sort.
fn run_id(session: &Session<'_>) -> String {
    let mut random = [0; 4];
    // Without randomness the time still tells runs apart.
    let _ = getrandom::fill(&mut random);
    let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{random}", session.client.clock().now().as_millisecond())
}

type Running<'a> = Pin<Box<dyn Future<Output = Ended> + Send + 'a>>;

/// What a future of the run came to.
enum Ended {
    Step { step: Step, result: Result<Remark, Fault>, elapsed_ms: u64 },
    Apis(Vec<(String, Diagnostic)>),
}

/// The one owner of a run's state.
struct Owner<'a> {
    shared: &'a Shared<'a>,
    stop: &'a Stop,
    schedule: Schedule,
    /// Of every address that the plan changes.
    ends: BTreeMap<Address, End>,
    apis: Vec<(String, Diagnostic)>,
    interrupted: bool,
    running: usize,
}

impl<'a> Owner<'a> {
    fn new(shared: &'a Shared<'a>, stop: &'a Stop) -> Self {
        let schedule = Schedule::new(shared.plan, shared.session.kinds);
        Self { shared, stop, schedule, ends: BTreeMap::new(), apis: Vec::new(), interrupted: false, running: 0 }
    }

    async fn work(&mut self) {
        let estimate_ms = self.shared.plan.estimate.total_ms;
        self.shared.tell(Happening::RunStarted { steps: self.schedule.steps().len(), estimate_ms });
        let shared = self.shared;
        let stop = self.stop;
        let mut journal = pin!(shared.journal.drive());
        let mut now = pin!(stop.reaches(Wish::Now));
        let mut futures: FuturesUnordered<Running<'a>> = FuturesUnordered::new();
        futures.push(Box::pin(async move { Ended::Apis(apis::enable(shared).await) }));
        loop {
            self.begin_ready(&mut futures);
            tokio::select! {
                biased;
                () = &mut now => {
                    self.interrupted = true;
                    break;
                }
                never = &mut journal => match never {},
                ended = futures.next() => match ended {
                    Some(ended) => self.take(ended),
                    None => break,
                },
            }
        }
    }

    /// Begins what is ready, unless somebody wants to stop or the records cannot be written.
    fn begin_ready(&mut self, futures: &mut FuturesUnordered<Running<'a>>) {
        if self.stop.wish() >= Wish::Drain {
            self.interrupted = true;
            return;
        }
        if self.shared.journal.broken().is_some() {
            return;
        }
        while self.running < self.shared.session.options.parallelism.max(1) {
            let Some(step) = self.schedule.begin_next() else { return };
            let planned = self.planned(&step);
            let part = Part::of(step.action, planned);
            let Some((row, part)) = self.shared.kind(&planned.address.section).zip(part) else {
                let found = Diagnostic::error("unknown-kind", "this stackctl does not know the kind")
                    .of(&planned.address)
                    .hint("use the stackctl that made it, or a newer one");
                self.end(step, Err(Fault::Failed(Box::new(found))), 0);
                continue;
            };
            self.running += 1;
            let shared = self.shared;
            self.shared.tell(Happening::StepStarted {
                address: planned.address.clone(),
                action: planned.action,
                usual_ms: step.usual_ms,
            });
            futures.push(Box::pin(async move {
                let began = shared.session.now_ms();
                let doing = Doing::new(shared, number(&step), part, planned, row);
                let result = doing.run().await;
                Ended::Step { step, result, elapsed_ms: shared.session.now_ms().saturating_sub(began) }
            }));
        }
    }

    fn planned(&self, step: &Step) -> &'a Planned {
        self.shared.planned(&step.address).expect("a schedule's steps are of its plan")
    }

    fn take(&mut self, ended: Ended) {
        match ended {
            Ended::Apis(failed) => self.apis = failed,
            Ended::Step { step, result, elapsed_ms } => {
                self.running -= 1;
                self.end(step, result, elapsed_ms);
            }
        }
    }

    fn end(&mut self, step: Step, result: Result<Remark, Fault>, elapsed_ms: u64) {
        let planned = self.planned(&step);
        let (address, action) = (planned.address.clone(), planned.action);
        let end = match result {
            Ok(remark) => {
                self.schedule.done(step.id);
                remark.map_or(End::Done { elapsed_ms }, |found| End::Incomplete(*found))
            }
            Err(Fault::Failed(fault) | Fault::Stale(fault)) => End::Failed(*fault),
            Err(Fault::Held(fault)) => End::Held(*fault),
            Err(Fault::Unknown(fault)) => End::Unknown(*fault),
            Err(Fault::Skipped(because)) => End::Skipped { because },
            Err(Fault::Stopped | Fault::Store) => End::Stopped,
        };
        self.tell_end(&address, action, &end, elapsed_ms);
        let failed = !matches!(end, End::Done { .. } | End::Incomplete(_));
        // A replacement is done when both its steps are; what stands against it once stays.
        let before = self.ends.get(&address).is_some_and(|end| !matches!(end, End::Done { .. }));
        if !before {
            self.ends.insert(address.clone(), end);
        }
        if failed {
            for skipped in self.schedule.failed(step.id) {
                let action = self.shared.planned(&skipped.address).map_or(Action::None, |planned| planned.action);
                self.skip(&skipped.address, action, &skipped.because);
            }
        }
    }

    fn skip(&mut self, address: &Address, action: Action, because: &Address) {
        if address == because || self.ends.get(address).is_some_and(|end| !matches!(end, End::Done { .. })) {
            return;
        }
        let because = because.clone();
        self.shared.tell(Happening::StepSkipped { address: address.clone(), action, because: because.clone() });
        self.ends.insert(address.clone(), End::Skipped { because });
    }

    fn tell_end(&self, address: &Address, action: Action, end: &End, elapsed_ms: u64) {
        let address = address.clone();
        self.shared.tell(match end {
            End::Incomplete(found) => {
                self.shared.tell(Happening::StepDone { address, action, elapsed_ms });
                Happening::Note { note: found.clone() }
            }
            End::Done { .. } => Happening::StepDone { address, action, elapsed_ms },
            End::Failed(fault) | End::Unknown(fault) => {
                Happening::StepFailed { address, action, elapsed_ms, fault: fault.clone() }
            }
            End::Held(fault) => Happening::StepHeld { address, action, fault: fault.clone() },
            End::Skipped { because } => Happening::StepSkipped { address, action, because: because.clone() },
            End::Stopped => return,
        });
    }

    /// Resources without an action of which the records say something else by now.
    async fn bring_records_up_to_date(&self) {
        let behind = self.schedule.steps().len();
        let stale = self.shared.plan.resources.iter().filter(|p| p.action == Action::None && p.stale_record);
        for (at, planned) in stale.enumerate() {
            if let Some(row) = self.shared.kind(&planned.address.section) {
                let number = u32::try_from(behind + at + 1).unwrap_or(u32::MAX);
                // What cannot be filled yet is brought up to date by the next run.
                let _ = Doing::new(self.shared, number, Part::Record, planned, row).run().await;
            }
        }
    }

    /// Writes what is left to write, and says what became of it all.
    async fn close(mut self) -> Result<Report, StoreError> {
        let rest: Vec<Address> = self.schedule.not_begun().map(|step| step.address.clone()).collect();
        // A wish to stop that came when everything had begun stopped nothing.
        let interrupted = self.interrupted && (!rest.is_empty() || self.stop.wish() == Wish::Now);
        for address in rest {
            self.ends.entry(address).or_insert(End::Stopped);
        }
        self.bring_records_up_to_date().await;
        self.shared.journal.flush().await;
        let inventory = self.shared.inventory();
        let mut store = self.shared.journal.broken().map(|broken| broken.0.diagnostic());
        // Of a run that was left at once, or whose calls are open, the journal is what the next one needs.
        let is_open = self.ends.values().any(|end| matches!(end, End::Unknown(_)));
        if store.is_none()
            && !is_open
            && self.stop.wish() < Wish::Now
            && let Err(error) = self.shared.session.store.checkpoint(&inventory).await
        {
            store = Some(error.diagnostic());
        }
        let shared = self.shared;
        let lookup = |reference: &Reference| shared.fill(reference, None);
        let outputs = |(name, doc): (&String, &Doc)| (name.clone(), fill::fill_known(doc, &lookup));
        let changed = shared.plan.resources.iter().filter_map(|planned| {
            let end = self.ends.get(&planned.address)?.clone();
            Some(Outcome { address: planned.address.clone(), action: planned.action, end })
        });
        let report = Report {
            outcomes: changed.collect(),
            apis: std::mem::take(&mut self.apis),
            interrupted,
            store,
            outputs: shared.plan.outputs.iter().map(outputs).collect(),
            inventory,
            elapsed_ms: shared.session.now_ms(),
        };
        self.shared.tell(Happening::RunFinished {
            done: report.done(),
            failed: report.failed(),
            skipped: report.skipped(),
            held: report.held(),
            interrupted: report.interrupted,
            elapsed_ms: report.elapsed_ms,
        });
        Ok(report)
    }
}

/// The number of a step in the journal; 0 is the enabling of APIs.
fn number(step: &Step) -> u32 {
    u32::try_from(step.id + 1).expect("a plan has fewer than four billion steps")
}

/// The key of a new inventory.
pub fn new_key() -> HashKey {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    HashKey::new(bytes)
}

#[cfg(test)]
mod tests;
