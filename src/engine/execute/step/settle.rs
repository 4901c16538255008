//! Reads back what was made or changed until it is as wanted, and records it.

use super::{Doing, MOST_LOOKS, Remark, SETTLES_WITHIN};
use crate::engine::execute::fault::Fault;
use crate::engine::execute::payloads::StepPayloads;
use crate::engine::observe::Extras;
use crate::gcp::polling;
use crate::kinds::{Live, Passing};
use crate::model::{Diagnostic, Doc, Severity};

impl Doing<'_> {
    /// Only the records change: what the plan read still holds.
    pub(super) fn note_only(&self) -> Result<(), Fault> {
        let observed = self.shared.observed.resources.get(self.address());
        let Some(crate::plan::Observation::Present(live)) = observed else { return Ok(()) };
        let desired = self.filled(&self.planned.desired.clone().unwrap_or_default(), Some(live))?;
        self.finish(&desired, live, &self.payloads());
        Ok(())
    }

    /// Reads what was made or changed until it is there and as wanted; what is as wanted and incomplete comes with a
    /// remark.
    pub(super) async fn read_back(&self, desired: &Doc, payloads: &StepPayloads<'_>) -> Result<(Live, Remark), Fault> {
        let start = self.shared.elapsed();
        let mut looks = 0;
        loop {
            let live = match self.looked(Extras::Outputs).await {
                Ok(live) => live,
                Err(fault) => return Err(self.half_made(desired, payloads, fault).await),
            };
            let (found, passing) = match live {
                Some(live) => match self.verified(desired, &live, payloads) {
                    Ok(remark) => return Ok((live, remark)),
                    Err(found) => (found, (self.row.passing)(&live)),
                },
                None => (not_visible(), Passing::Shortly),
            };
            let after = self.shared.elapsed().saturating_sub(start);
            looks += u32::from(passing != Passing::WhileItWorks);
            if passing == Passing::No || looks >= MOST_LOOKS || after > SETTLES_WITHIN {
                let fault = Fault::Failed(Box::new(self.about(found)));
                return Err(self.half_made(desired, payloads, fault).await);
            }
            self.waits(found.message);
            match passing {
                Passing::WhileItWorks => {
                    self.shared.session.client.clock().sleep(polling::pause(after, self.usual())).await;
                }
                Passing::Shortly | Passing::No => self.pause(looks).await,
            }
        }
    }

    /// What the kind says of what was read back: a warning says that it is as wanted and incomplete.
    fn verified(&self, desired: &Doc, live: &Live, payloads: &StepPayloads<'_>) -> Result<Remark, Diagnostic> {
        let changed = self.changed();
        let input = self.input(self.action(), Some(desired), Some(live), &changed, &[], payloads);
        match (self.row.verify)(&input, live) {
            Ok(()) => Ok(None),
            Err(found) if found.severity == Severity::Error => Err(found),
            Err(found) => Ok(Some(Box::new(self.about(found)))),
        }
    }

    /// Records what is as wanted.
    pub(super) fn finish(&self, desired: &Doc, live: &Live, payloads: &StepPayloads<'_>) {
        self.shared.set_outputs(self.address(), self.outputs(Some(desired), live));
        self.write_entry(desired, Some(live), payloads);
    }
}

fn not_visible() -> Diagnostic {
    Diagnostic::error("not-visible", "it was written and cannot be read back")
        .hint("run the command again in a few minutes")
}
