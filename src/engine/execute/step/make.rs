//! Makes what is not there; what was made is recorded also where the rest went wrong.

use super::{Doing, Remark};
use crate::engine::execute::fault::Fault;
use crate::engine::execute::payloads::StepPayloads;
use crate::engine::execute::record;
use crate::engine::observe::Extras;
use crate::kinds::Live;
use crate::model::{Action, Doc, DocPath};

impl Doing<'_> {
    pub(super) async fn create(&self) -> Result<Remark, Fault> {
        let payloads = self.payloads();
        let all = self.planned.desired.clone().unwrap_or_default();
        let first = self.filled(&record::without(&all, &self.planned.deferred), None)?;
        let changed = self.changed();
        self.send_create(&first, &changed, &payloads).await?;
        let (mut live, mut remark) = self.read_back(&first, &payloads).await?;
        let mut desired = first;
        if !self.planned.deferred.is_empty() {
            desired = self.filled(&all, Some(&live))?;
            let deferred = &self.planned.deferred;
            if let Err(fault) = self.update(Action::Update, &desired, deferred, &[], &payloads).await {
                return Err(self.half_made(&desired, &payloads, fault).await);
            }
            (live, remark) = self.read_back(&desired, &payloads).await?;
        }
        self.finish(&desired, &live, &payloads);
        Ok(remark)
    }

    async fn send_create(&self, first: &Doc, changed: &[DocPath], payloads: &StepPayloads<'_>) -> Result<(), Fault> {
        let calls = self.calls(&self.input(Action::Create, Some(first), None, changed, &[], payloads))?;
        let mut made = false;
        for call in &calls {
            let fault = match self.call(call, None).await {
                Ok(()) => {
                    made = true;
                    continue;
                }
                Err(fault) => fault,
            };
            let fault = match fault {
                Fault::Stale(_) if made || self.has_begun() => {
                    match self.update(Action::Update, first, changed, &[], payloads).await {
                        Ok(()) => return Ok(()),
                        Err(fault) => fault,
                    }
                }
                fault if made || self.has_begun() => fault,
                fault => return Err(fault),
            };
            return Err(match made {
                true => self.half_made(first, payloads, fault).await,
                false => self.left_behind(first, payloads, fault).await,
            });
        }
        Ok(())
    }

    /// Records what was made although the step did not end well: nothing of ours is outside the inventory.
    pub(super) async fn half_made(&self, desired: &Doc, payloads: &StepPayloads<'_>, fault: Fault) -> Fault {
        if matches!(fault, Fault::Stopped | Fault::Store) {
            return fault;
        }
        let live = self.looked(Extras::Always).await.ok().flatten();
        self.record_made(desired, live.as_ref(), payloads);
        fault
    }

    /// A create whose operation failed: what it has left behind, if anything, is ours.
    async fn left_behind(&self, desired: &Doc, payloads: &StepPayloads<'_>, fault: Fault) -> Fault {
        if !matches!(fault, Fault::Stopped | Fault::Store)
            && let Ok(Some(live)) = self.looked(Extras::Always).await
        {
            self.record_made(desired, Some(&live), payloads);
        }
        fault
    }

    fn record_made(&self, desired: &Doc, live: Option<&Live>, payloads: &StepPayloads<'_>) {
        if let Some(live) = live {
            self.shared.set_outputs(self.address(), self.outputs(Some(desired), live));
        }
        self.write_entry(desired, live, payloads);
    }
}
