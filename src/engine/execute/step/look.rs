//! Looks at the resource of a step: whether it is there, whether it is the one that the plan saw, whose it is.

use std::sync::atomic::Ordering;

use super::{Doing, MOST_LOOKS, Part};
use crate::engine::execute::fault::Fault;
use crate::engine::execute::record;
use crate::engine::observe::{Extras, look_again};
use crate::gcp::client::CallError;
use crate::gcp::explain;
use crate::kinds::Live;
use crate::kinds::rules::STACK_LABEL;
use crate::model::{Diagnostic, Doc};

impl Doing<'_> {
    /// The resource as it is now.
    pub(crate) async fn look(&self, extras: Extras<'_>) -> Result<Option<Live>, CallError> {
        let doc = match self.part {
            Part::Delete => None,
            _ => self.planned.desired.as_ref(),
        };
        let shared = self.shared;
        look_again(shared.session, self.row, self.place, shared.project(), doc, extras, &self.on_retry()).await
    }

    pub(super) async fn looked(&self, extras: Extras<'_>) -> Result<Option<Live>, Fault> {
        self.look(extras).await.map_err(|error| match error {
            CallError::Stopped => Fault::Stopped,
            error => Fault::Failed(Box::new(self.about(explain::call(&error)))),
        })
    }

    /// The resource as it is now, which the plan knows to exist.
    pub(super) async fn present(&self, extras: Extras<'_>) -> Result<Live, Fault> {
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
    pub(super) fn is_the_planned_one(&self, live: &Live) -> Result<(), Fault> {
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

    /// Whether what a create found there already is this run's work, or that of one which was interrupted.
    ///
    /// The stack's label alone does not say so: what nobody has recorded is adopted or refused, never taken silently.
    pub(crate) fn is_ours(&self, live: &Live) -> bool {
        self.stack_label(live).is_none_or(|label| label == self.shared.plan.stack)
            && (self.has_begun() || self.has_lost_an_answer() || self.is_known_ours(live))
    }

    /// Refuses to make what the plan could not see and is there. Where a request makes it, Google refuses that itself;
    /// members of a policy are added silently, and would then pass for ours.
    pub(super) async fn refuse_hidden(&self) -> Result<(), Fault> {
        let lookup = (self.row.lookup)(self.place, self.shared.project(), self.planned.desired.as_ref());
        if self.part != Part::Create || lookup.item.is_some() {
            return Ok(());
        }
        let Some(live) = self.looked(Extras::Always).await? else { return Ok(()) };
        let members = |doc: &Doc| doc.get("members").and_then(Doc::as_list).map(<[Doc]>::to_vec).unwrap_or_default();
        let there = members(&(self.row.to_file)(self.place, &live));
        let wanted = members(&self.filled(&self.planned.desired.clone().unwrap_or_default(), None)?);
        if !self.is_known_ours(&live) && wanted.iter().any(|member| there.contains(member)) {
            return Err(Fault::Failed(Box::new(self.exists())));
        }
        Ok(())
    }

    /// Whether the records, or those of an interrupted run, speak of it.
    fn is_known_ours(&self, live: &Live) -> bool {
        self.shared.suspects.contains(self.address()) || self.is_recorded(live)
    }

    fn stack_label(&self, live: &Live) -> Option<String> {
        let file = (self.row.to_file)(self.place, live);
        let labels = file.dig(self.row.descriptor.labels?)?;
        labels.get(STACK_LABEL)?.as_str().map(str::to_owned)
    }

    /// Whether the inventory knows it, and not another one that had its name.
    fn is_recorded(&self, live: &Live) -> bool {
        let Some(entry) = self.shared.entry(self.address()) else { return false };
        let found = record::unique_id(self.row, live);
        let same = entry.unique_id.is_none() || found.is_none() || entry.unique_id == found;
        same && entry.full_name == self.planned.full_name
    }

    /// Whether an answer to this step was lost: what is found may be its own work.
    pub(crate) fn has_lost_an_answer(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Whether Google took a request of this step.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }
}
