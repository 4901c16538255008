//! One step: what is done to one resource, from the fresh read to the record of its end.

mod change;
mod intent;
mod look;
mod make;
mod settle;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value as Json;

use super::fault::Fault;
use super::payloads::StepPayloads;
use super::record;
use super::shared::{Gate, Shared};
use crate::engine::session::HeldOnes;
use crate::kinds::{Call, Live, Row, StepInput};
use crate::model::event::Happening;
use crate::model::{Action, Address, Diagnostic, Doc, DocPath, Place, Reference, fill};
use crate::plan::{Effect, Planned, outputs};
use crate::records::What;
use crate::wire::retry::{self, Because};

/// How often a resource that changes between read and write is read again.
pub(crate) const MOST_STALE: u32 = 6;
/// How often a resource that was just made is looked for, or looked at until it is as wanted.
const MOST_LOOKS: u32 = 7;
/// How long a resource that Google still works on is waited for.
pub(crate) const SETTLES_WITHIN: Duration = Duration::from_secs(20 * 60);
/// How long lies between two looks at what Google holds.
const HELD_PAUSE: Duration = Duration::from_secs(60);
/// After which a wait for what Google holds ends: its longest known hold is 130 minutes.
const HELD_PATIENCE: Duration = Duration::from_secs(4 * 60 * 60);

/// What is still incomplete about a resource that is as the file says.
pub(crate) type Remark = Option<Box<Diagnostic>>;

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

/// Since when the API of a step may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Api {
    EnabledBefore,
    /// This run has enabled it: the plan could not see what stands behind it.
    EnabledNow,
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
    /// Google took a request of this step.
    pub(crate) begun: AtomicBool,
}

impl<'a> Doing<'a> {
    pub(crate) fn new(shared: &'a Shared<'a>, step: u32, part: Part, planned: &'a Planned, row: &'a Row) -> Self {
        let place = match part {
            Part::Delete | Part::GoneWith => record::former_place(planned).0,
            _ => &planned.place,
        };
        let (calls, lost, begun) = (AtomicU32::new(0), AtomicBool::new(false), AtomicBool::new(false));
        Self { shared, step, part, planned, row, place, calls, lost, begun }
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
    pub(crate) async fn run(&self) -> Result<Remark, Fault> {
        match self.part {
            Part::Forget => {
                self.shared.record(self.step, self.address(), What::Recorded { entry: None, tombstone: None });
                Ok(None)
            }
            Part::GoneWith => {
                self.gone();
                Ok(None)
            }
            Part::Record => self.note_only().map(|()| None),
            Part::Create | Part::Update | Part::Adopt | Part::Delete => {
                if self.gate().await? == Api::EnabledNow {
                    self.refuse_hidden().await?;
                }
                self.patiently().await
            }
        }
    }

    /// Waits for the API, where this run enables it.
    async fn gate(&self) -> Result<Api, Fault> {
        let api = self.row.descriptor.api.service;
        let mut gates = self.shared.apis.subscribe();
        if !gates.borrow().contains_key(api) {
            return Ok(Api::EnabledBefore);
        }
        let is_closed = gates.borrow().get(api) == Some(&Gate::Closed);
        if is_closed {
            self.waits(format!("waits until `{api}` is enabled"));
        }
        let settled = gates.wait_for(|gates| gates.get(api) != Some(&Gate::Closed)).await;
        // The sender lives as long as the run: the wait never fails.
        let failed = settled.is_ok_and(|gates| matches!(gates.get(api), Some(Gate::Failed(_))));
        if failed { Err(Fault::Skipped(Address::new("apis", api))) } else { Ok(Api::EnabledNow) }
    }

    /// Once, or with `--wait` until Google lets go.
    async fn patiently(&self) -> Result<Remark, Fault> {
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

    async fn once(&self) -> Result<Remark, Fault> {
        match self.part {
            Part::Create => self.create().await,
            Part::Update | Part::Adopt => self.change().await,
            Part::Delete => self.delete().await.map(|()| None),
            Part::GoneWith | Part::Record | Part::Forget => Ok(None),
        }
    }

    fn outputs(&self, desired: Option<&Doc>, live: &Live) -> Doc {
        let empty = Doc::map();
        outputs::live(self.row, self.place, self.shared.project(), desired.unwrap_or(&empty), live)
    }

    fn payloads(&self) -> StepPayloads<'_> {
        StepPayloads::new(self.shared.inputs, &self.shared.generated, self.address(), self.shared.key)
    }

    fn changed(&self) -> Vec<DocPath> {
        let changes = self.planned.changes.iter().filter(|change| change.effect != Effect::Unmanaged);
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
        let lookup = |reference: &Reference| self.shared.fill(reference, own.as_ref());
        fill::fill(template, &lookup).map_err(|missing| {
            let names: Vec<String> = missing.iter().map(|reference| format!("`${{{reference}}}`")).collect();
            let found = Diagnostic::error("no-output", format!("there is no {}", names.join(", ")));
            Fault::Failed(Box::new(self.about(found).hint("`stackctl explain KIND` lists the outputs of a kind")))
        })
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

    pub(crate) fn about(&self, found: Diagnostic) -> Diagnostic {
        if found.address.is_some() { found } else { found.of(self.address()) }
    }

    pub(crate) fn waits(&self, message: String) {
        self.shared.tell(Happening::StepWaiting { address: self.address().clone(), message });
    }

    async fn pause(&self, tries: u32) {
        self.shared.session.client.clock().sleep(retry::pause(tries, 0.5)).await;
    }

    /// Tells of retries.
    pub(crate) fn on_retry(&self) -> impl Fn(&Because, Duration) + Send + Sync + '_ {
        |because, delay| self.tell_retry(&because.to_string(), delay)
    }

    /// Tells that something which changes the cloud is sent again, and remembers where its answer was lost.
    pub(crate) fn on_resend(&self) -> impl Fn(&Because, Duration) + Send + Sync + '_ {
        |because, delay| {
            if matches!(because, Because::LostAnswer | Because::ServerError(_)) {
                self.lost.store(true, Ordering::Relaxed);
            }
            self.tell_retry(&because.to_string(), delay);
        }
    }

    pub(crate) fn tell_retry(&self, because: &str, delay: Duration) {
        self.shared.tell(Happening::StepRetrying {
            address: self.address().clone(),
            message: because.to_owned(),
            delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        });
    }
}
