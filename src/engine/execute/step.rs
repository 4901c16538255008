//! One step: what is done to one resource, from the fresh read to the record of its end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value as Json;

use super::call::Gave;
use super::fault::Fault;
use super::payloads::StepPayloads;
use super::record;
use super::shared::{Gate, Shared};
use crate::engine::observe::{Extras, look_again};
use crate::engine::session::HeldOnes;
use crate::gcp::client::CallError;
use crate::gcp::explain;
use crate::kinds::rules::STACK_LABEL;
use crate::kinds::{Call, Live, Row, StepInput};
use crate::model::event::Happening;
use crate::model::{Action, Address, Diagnostic, Doc, DocPath, Place};
use crate::plan::record::{Applied, entry};
use crate::plan::{Planned, fill, outputs};
use crate::records::{Entry, JournalEvent, What};
use crate::wire::retry::{self, Because};

/// How often a resource that changes between read and write is read again.
const MOST_STALE: u32 = 6;
/// How often a resource that was just made is looked for, or looked at until it is as wanted.
const MOST_LOOKS: u32 = 7;
/// How long lies between two looks at what Google holds.
const HELD_PAUSE: Duration = Duration::from_secs(60);
/// After which a wait for what Google holds ends: its longest known hold is 130 minutes.
const HELD_PATIENCE: Duration = Duration::from_secs(4 * 60 * 60);

/// What a step does. A replacement is two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Create,
    Update,
    Adopt,
    Delete,
    /// It went with another, without a call of its own.
    GoneWith,
    /// Only the records change.
    Record,
    /// It leaves the records and stays in the cloud.
    Forget,
}

impl Part {
    /// What a step of the schedule does; absent where it does nothing.
    pub(crate) fn of(action: Action, planned: &Planned) -> Option<Self> {
        Some(match action {
            Action::Create => Self::Create,
            Action::Update => Self::Update,
            Action::Adopt => Self::Adopt,
            Action::Delete if planned.goes_with.is_some() => Self::GoneWith,
            Action::Delete => Self::Delete,
            Action::Forget => Self::Forget,
            Action::None | Action::Replace => return None,
        })
    }
}

/// A step that runs.
#[derive(Debug)]
pub(crate) struct Doing<'a> {
    pub(crate) shared: &'a Shared<'a>,
    /// Unique in the run.
    pub(crate) step: u32,
    pub(crate) part: Part,
    pub(crate) planned: &'a Planned,
    pub(crate) row: &'a Row,
    /// Of what the step is about: a replacement's delete may be elsewhere than its create.
    pub(crate) place: &'a Place,
    calls: AtomicU32,
    /// An answer of this step was lost: what is found may be its own work.
    lost: AtomicBool,
}

impl<'a> Doing<'a> {
    pub(crate) fn new(shared: &'a Shared<'a>, step: u32, part: Part, planned: &'a Planned, row: &'a Row) -> Self {
        let place = match part {
            Part::Delete | Part::GoneWith => record::former_place(planned).0,
            _ => &planned.place,
        };
        Self { shared, step, part, planned, row, place, calls: AtomicU32::new(0), lost: AtomicBool::new(false) }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.planned.address
    }

    pub(crate) fn action(&self) -> Action {
        match self.part {
            Part::Create => Action::Create,
            Part::Update => Action::Update,
            Part::Adopt => Action::Adopt,
            Part::Delete | Part::GoneWith => Action::Delete,
            Part::Record => Action::None,
            Part::Forget => Action::Forget,
        }
    }

    pub(crate) fn path(&self) -> String {
        self.place.fill(self.row.descriptor.item)
    }

    pub(crate) fn usual(&self) -> Duration {
        let durations = &self.row.descriptor.durations;
        let seconds = match self.part {
            Part::Create => durations.create,
            Part::Delete => durations.delete,
            _ => durations.update,
        };
        Duration::from_secs(u64::from(seconds))
    }

    /// Carries out the step. Nothing is left to choose: the plan has decided.
    ///
    /// # Errors
    /// See [`Fault`].
    pub(crate) async fn run(&self) -> Result<(), Fault> {
        match self.part {
            Part::Forget => {
                self.shared.record(self.step, self.address(), What::Recorded { entry: None, tombstone: None });
                Ok(())
            }
            Part::GoneWith => {
                self.gone();
                Ok(())
            }
            Part::Record => self.note_only(),
            Part::Create | Part::Update | Part::Adopt | Part::Delete => {
                self.gate().await?;
                self.patiently().await
            }
        }
    }

    /// Waits for the API, where this run enables it.
    async fn gate(&self) -> Result<(), Fault> {
        let api = self.row.descriptor.api.service;
        let mut gates = self.shared.apis.subscribe();
        if !gates.borrow().contains_key(api) {
            return Ok(());
        }
        self.waits(format!("waits until `{api}` is enabled"));
        let settled = gates.wait_for(|gates| gates.get(api) != Some(&Gate::Closed)).await;
        // The sender lives as long as the run: the wait never fails.
        let failed = settled.is_ok_and(|gates| matches!(gates.get(api), Some(Gate::Failed(_))));
        if failed { Err(Fault::Skipped(Address::new("apis", api))) } else { Ok(()) }
    }

    /// Once, or with `--wait` until Google lets go.
    async fn patiently(&self) -> Result<(), Fault> {
        let start = self.shared.elapsed();
        loop {
            let held = match self.once().await {
                Err(Fault::Held(found)) => found,
                other => return other,
            };
            let waited = self.shared.elapsed().saturating_sub(start);
            if self.shared.session.options.held == HeldOnes::Report || waited > HELD_PATIENCE {
                return Err(Fault::Held(held));
            }
            self.waits(held.message.clone());
            self.shared.session.client.clock().sleep(HELD_PAUSE).await;
        }
    }

    async fn once(&self) -> Result<(), Fault> {
        match self.part {
            Part::Create => self.create().await,
            Part::Update | Part::Adopt => self.change().await,
            Part::Delete => self.delete().await,
            Part::GoneWith | Part::Record | Part::Forget => Ok(()),
        }
    }

    async fn create(&self) -> Result<(), Fault> {
        let payloads = self.payloads();
        let all = self.planned.desired.clone().unwrap_or_default();
        let first = self.filled(&record::without(&all, &self.planned.deferred), None)?;
        let changed = self.changed();
        let calls = self.calls(&self.input(Action::Create, Some(&first), None, &changed, &[], &payloads))?;
        let mut made = false;
        for call in &calls {
            match self.call(call, None).await {
                Ok(_) => made = true,
                Err(Fault::Stale(_)) if made => {
                    self.update(Action::Update, &first, &changed, &[], &payloads).await?;
                    break;
                }
                Err(fault) if made => return Err(self.half_made(&first, &payloads, fault).await),
                Err(fault) => return Err(fault),
            }
        }
        let mut live = self.read_back(&first, &payloads).await?;
        let mut desired = first;
        if !self.planned.deferred.is_empty() {
            desired = self.filled(&all, Some(&live))?;
            let deferred = &self.planned.deferred;
            if let Err(fault) = self.update(Action::Update, &desired, deferred, &[], &payloads).await {
                return Err(self.half_made(&desired, &payloads, fault).await);
            }
            live = self.read_back(&desired, &payloads).await?;
        }
        self.finish(&desired, &live, &payloads)
    }

    async fn change(&self) -> Result<(), Fault> {
        let payloads = self.payloads();
        let template = self.planned.desired.clone().unwrap_or_default();
        let changed = self.changed();
        let live = self.present(Extras::Outputs).await?;
        let desired = self.filled(&template, Some(&live))?;
        // An update of nothing is one more try of what did not start.
        if self.part == Part::Adopt && changed.is_empty() && self.planned.removed.is_empty() {
            return self.finish(&desired, &live, &payloads);
        }
        self.update(self.action(), &desired, &changed, &self.planned.removed, &payloads).await?;
        let live = self.read_back(&desired, &payloads).await?;
        self.finish(&desired, &live, &payloads)
    }

    /// Changes what is there, from a fresh read; anew where it changes in between.
    async fn update(
        &self,
        action: Action,
        desired: &Doc,
        changed: &[DocPath],
        removed: &[DocPath],
        payloads: &StepPayloads<'_>,
    ) -> Result<(), Fault> {
        let mut tries = 0;
        loop {
            tries += 1;
            let live = self.present(Extras::Outputs).await?;
            let calls = self.calls(&self.input(action, Some(desired), Some(&live), changed, removed, payloads))?;
            match self.all(&calls, Some(&live)).await {
                Err(Fault::Stale(found)) if tries >= MOST_STALE => return Err(Fault::Failed(found)),
                Err(Fault::Stale(_)) => self.pause(tries).await,
                other => return other.map(|_| ()),
            }
        }
    }

    async fn delete(&self) -> Result<(), Fault> {
        let payloads = self.payloads();
        let removed = self.all_of_ours();
        let mut tries = 0;
        loop {
            tries += 1;
            let Some(live) = self.looked(Extras::Always).await? else { break };
            self.is_the_planned_one(&live)?;
            let calls = self.calls(&self.input(Action::Delete, None, Some(&live), &[], &removed, &payloads))?;
            match self.all(&calls, Some(&live)).await {
                Err(Fault::Stale(found)) if tries >= MOST_STALE => return Err(Fault::Failed(found)),
                Err(Fault::Stale(_)) => self.pause(tries).await,
                Err(fault) => return Err(fault),
                Ok(_) => break,
            }
        }
        self.gone();
        Ok(())
    }

    fn gone(&self) {
        self.shared.note_deleted(self.path());
        let (_, full_name) = record::former_place(self.planned);
        let tombstone = record::tombstone(self.row, full_name, self.shared.session.client.clock().now());
        self.shared.record(self.step, self.address(), What::Recorded { entry: None, tombstone });
    }

    /// The paths that we set, by the inventory; what was there before us stays.
    fn all_of_ours(&self) -> Vec<DocPath> {
        let Some(entry) = self.shared.entry(self.address()) else { return self.planned.removed.clone() };
        entry.fields.keys().filter(|path| !entry.members_before.contains(path)).cloned().collect()
    }

    async fn all(&self, calls: &[Call], live: Option<&Live>) -> Result<Vec<Gave>, Fault> {
        let mut gave = Vec::with_capacity(calls.len());
        for call in calls {
            gave.push(self.call(call, live).await?);
        }
        Ok(gave)
    }

    /// Only the records change: what the plan read still holds.
    fn note_only(&self) -> Result<(), Fault> {
        let observed = self.shared.observed.resources.get(self.address());
        let Some(crate::plan::Observation::Present(live)) = observed else { return Ok(()) };
        let desired = self.filled(&self.planned.desired.clone().unwrap_or_default(), Some(live))?;
        self.finish(&desired, live, &self.payloads())
    }

    /// Records what was made although the step did not end well: nothing of ours is outside the inventory.
    async fn half_made(&self, desired: &Doc, payloads: &StepPayloads<'_>, fault: Fault) -> Fault {
        if matches!(fault, Fault::Stopped | Fault::Store) {
            return fault;
        }
        let live = self.looked(Extras::Always).await.ok().flatten();
        if let Some(live) = &live {
            self.shared.set_outputs(self.address(), self.outputs(Some(desired), live));
        }
        self.write_entry(desired, live.as_ref(), payloads);
        fault
    }

    /// Reads what was made or changed until it is there and as wanted.
    async fn read_back(&self, desired: &Doc, payloads: &StepPayloads<'_>) -> Result<Live, Fault> {
        let mut tries = 0;
        loop {
            tries += 1;
            let found = match self.looked(Extras::Outputs).await {
                Ok(Some(live)) => {
                    let changed = self.changed();
                    let input = self.input(self.action(), Some(desired), Some(&live), &changed, &[], payloads);
                    match (self.row.verify)(&input, &live) {
                        Ok(()) => return Ok(live),
                        Err(found) => found,
                    }
                }
                Ok(None) => Diagnostic::error("not-visible", "it was written and cannot be read back")
                    .hint("run the command again in a few minutes"),
                Err(fault) => return Err(self.half_made(desired, payloads, fault).await),
            };
            if tries >= MOST_LOOKS {
                let fault = Fault::Failed(Box::new(self.about(found)));
                return Err(self.half_made(desired, payloads, fault).await);
            }
            self.waits(found.message);
            self.pause(tries).await;
        }
    }

    fn finish(&self, desired: &Doc, live: &Live, payloads: &StepPayloads<'_>) -> Result<(), Fault> {
        self.shared.set_outputs(self.address(), self.outputs(Some(desired), live));
        self.write_entry(desired, Some(live), payloads);
        Ok(())
    }

    fn write_entry(&self, desired: &Doc, live: Option<&Live>, payloads: &StepPayloads<'_>) {
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

    fn outputs(&self, desired: Option<&Doc>, live: &Live) -> Doc {
        let empty = Doc::map();
        outputs::live(self.row, self.place, self.shared.project(), desired.unwrap_or(&empty), live)
    }

    fn payloads(&self) -> StepPayloads<'_> {
        StepPayloads::new(self.shared.inputs, &self.shared.generated, self.address(), self.shared.key)
    }

    fn changed(&self) -> Vec<DocPath> {
        let unmanaged = crate::plan::Effect::Unmanaged;
        let changes = self.planned.changes.iter().filter(|change| change.effect != unmanaged);
        changes.map(|change| change.path.clone()).filter(|path| !self.planned.removed.contains(path)).collect()
    }

    fn input<'b>(
        &'b self,
        action: Action,
        desired: Option<&'b Doc>,
        live: Option<&'b Live>,
        changed: &'b [DocPath],
        removed: &'b [DocPath],
        payloads: &'b StepPayloads<'_>,
    ) -> StepInput<'b> {
        StepInput {
            action,
            place: self.place,
            project: self.shared.project(),
            stack: &self.shared.plan.stack,
            desired,
            live,
            changed,
            removed,
            payloads,
            final_backup: self.shared.session.options.final_backup,
        }
    }

    fn calls(&self, input: &StepInput<'_>) -> Result<Vec<Call>, Fault> {
        (self.row.calls)(input).map_err(|found| Fault::Failed(Box::new(self.about(found))))
    }

    /// The document with all holes filled; `live` gives the resource's own outputs.
    fn filled(&self, template: &Doc, live: Option<&Live>) -> Result<Doc, Fault> {
        let own = live.map(|live| self.outputs(None, live));
        let lookup = |reference: &crate::model::Reference| self.shared.fill(reference, own.as_ref());
        fill::fill(template, &lookup).map_err(|missing| {
            let names: Vec<String> = missing.iter().map(|reference| format!("`${{{reference}}}`")).collect();
            let found = Diagnostic::error("no-output", format!("there is no {}", names.join(", ")));
            Fault::Failed(Box::new(self.about(found).hint("`stackctl explain KIND` lists the outputs of a kind")))
        })
    }

    /// The resource as it is now.
    pub(crate) async fn look(&self, extras: Extras<'_>) -> Result<Option<Live>, CallError> {
        let doc = match self.part {
            Part::Delete => None,
            _ => self.planned.desired.as_ref(),
        };
        let shared = self.shared;
        look_again(shared.session, self.row, self.place, shared.project(), doc, extras, &self.on_retry()).await
    }

    async fn looked(&self, extras: Extras<'_>) -> Result<Option<Live>, Fault> {
        self.look(extras).await.map_err(|error| match error {
            CallError::Stopped => Fault::Stopped,
            error => Fault::Failed(Box::new(self.about(explain::call(&error)))),
        })
    }

    /// The resource as it is now, which the plan knows to exist.
    async fn present(&self, extras: Extras<'_>) -> Result<Live, Fault> {
        let mut tries = 0;
        loop {
            tries += 1;
            if let Some(live) = self.looked(extras).await? {
                if self.part != Part::Create {
                    self.is_the_planned_one(&live)?;
                }
                return Ok(live);
            }
            // What was just made may not be to be seen yet; what the plan saw is gone.
            if self.part != Part::Create || tries >= MOST_LOOKS {
                let found = Diagnostic::error("gone", format!("`{}` is no longer there", self.planned.full_name));
                return Err(Fault::Failed(Box::new(
                    self.about(found).hint("somebody deleted it since the plan was made: plan again"),
                )));
            }
            self.pause(tries).await;
        }
    }

    /// Whether what is there is what the plan saw.
    fn is_the_planned_one(&self, live: &Live) -> Result<(), Fault> {
        let Some(planned) = &self.planned.unique_id else { return Ok(()) };
        match record::unique_id(self.row, live) {
            Some(found) if found != *planned => {
                let found = Diagnostic::error(
                    "recreated",
                    format!("`{}` is another one than the plan saw", self.planned.full_name),
                );
                Err(Fault::Failed(Box::new(
                    self.about(found)
                        .hint("somebody deleted it and made it again: plan again, and adopt it if it is to be yours"),
                )))
            }
            _ => Ok(()),
        }
    }

    /// Whether what a create found there already is this stack's work.
    pub(crate) fn is_ours(&self, live: &Live) -> bool {
        let known = self.shared.entry(self.address());
        let label = self.row.descriptor.labels.and_then(|path| {
            let file = (self.row.to_file)(self.place, live);
            file.dig(path).and_then(|labels| labels.get(STACK_LABEL)).and_then(Doc::as_str).map(str::to_owned)
        });
        match label {
            Some(label) => label == self.shared.plan.stack,
            None => {
                self.lost.load(Ordering::Relaxed)
                    || self.shared.suspects.contains(self.address())
                    || known.is_some_and(|entry| entry.full_name == self.planned.full_name)
            }
        }
    }

    pub(crate) fn has_lost_an_answer(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Notes a principal: Google takes a while until all of it knows one.
    pub(crate) fn note_made(&self, reply: &Json) {
        if self.part != Part::Create || &*self.address().section != "serviceAccounts" {
            return;
        }
        if let Some(email) = reply.get("email").and_then(Json::as_str) {
            self.shared.session.client.note(|recent, now| recent.made(email, now));
        }
    }

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

    pub(crate) fn about(&self, found: Diagnostic) -> Diagnostic {
        if found.address.is_some() { found } else { found.of(self.address()) }
    }

    pub(crate) fn waits(&self, message: String) {
        self.shared.tell(Happening::StepWaiting { address: self.address().clone(), message });
    }

    async fn pause(&self, tries: u32) {
        self.shared.session.client.clock().sleep(retry::pause(tries, 0.5)).await;
    }

    /// Tells of retries, and remembers that an answer was lost.
    pub(crate) fn on_retry(&self) -> impl Fn(&Because, Duration) + Send + Sync + '_ {
        |because, delay| {
            if matches!(because, Because::LostAnswer | Because::ServerError(_)) {
                self.lost.store(true, Ordering::Relaxed);
            }
            self.tell_retry(&because.to_string(), delay);
        }
    }
}
