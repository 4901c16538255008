//! Changes and deletes what is there.

use super::{Doing, MOST_STALE, Part, Remark};
use crate::engine::execute::call::is_harmful;
use crate::engine::execute::fault::Fault;
use crate::engine::execute::payloads::StepPayloads;
use crate::engine::execute::record;
use crate::engine::observe::Extras;
use crate::kinds::{Call, Live};
use crate::model::{Action, Doc, DocPath};
use crate::records::What;

impl Doing<'_> {
    pub(super) async fn change(&self) -> Result<Remark, Fault> {
        let payloads = self.payloads();
        let template = self.planned.desired.clone().unwrap_or_default();
        let changed = self.changed();
        let live = self.present(Extras::Outputs).await?;
        let desired = self.filled(&template, Some(&live))?;
        // An update of nothing is one more try of what did not start.
        if self.part == Part::Adopt && changed.is_empty() && self.planned.removed.is_empty() {
            self.finish(&desired, &live, &payloads);
            return Ok(None);
        }
        self.update(self.action(), &desired, &changed, &self.planned.removed, &payloads).await?;
        let (live, remark) = self.read_back(&desired, &payloads).await?;
        self.finish(&desired, &live, &payloads);
        Ok(remark)
    }

    /// Changes what is there, from a fresh read; anew where it changes in between.
    pub(super) async fn update(
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
            match self.all(&calls, &live).await {
                Err(Fault::Stale(found)) if tries >= MOST_STALE => return Err(Fault::Failed(found)),
                Err(Fault::Stale(_)) => self.pause(tries).await,
                other => return other,
            }
        }
    }

    pub(super) async fn delete(&self) -> Result<(), Fault> {
        let payloads = self.payloads();
        let removed = self.all_of_ours();
        let mut tries = 0;
        loop {
            tries += 1;
            let Some(live) = self.looked(Extras::Always).await? else { break };
            self.is_the_planned_one(&live)?;
            let calls = self.calls(&self.input(Action::Delete, None, Some(&live), &[], &removed, &payloads))?;
            match self.all(&calls, &live).await {
                Err(Fault::Stale(found)) if tries >= MOST_STALE => return Err(Fault::Failed(found)),
                Err(Fault::Stale(_)) => self.pause(tries).await,
                Err(fault) => return Err(fault),
                Ok(()) => break,
            }
        }
        self.gone();
        Ok(())
    }

    /// Records that it is gone.
    pub(super) fn gone(&self) {
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

    async fn all(&self, calls: &[Call], live: &Live) -> Result<(), Fault> {
        for (at, call) in calls.iter().enumerate() {
            // What the calls before have changed must not pass for the effect of one whose answer is lost.
            let seen = if at > 0 && is_harmful(call) { self.looked(Extras::Outputs).await? } else { None };
            self.call(call, Some(seen.as_ref().unwrap_or(live))).await?;
        }
        Ok(())
    }
}
