//! Which consents a planned action still needs.

use super::Context;
use crate::kinds::Row;
use crate::model::Action;
use crate::plan::types::{Consent, Planned};
use crate::records::{OnDelete, Ownership};

impl Context<'_> {
    /// The consents that the user has not given. `was` is how the resource became ours; a replacement of what is not
    /// ours (somebody made it in the place of ours) needs both to be its owner and to delete it.
    pub(in crate::plan) fn needs(&self, row: &Row, planned: &Planned, was: Option<Ownership>) -> Vec<Consent> {
        let options = self.inputs.options;
        let adopts = |planned: &Planned| {
            let wanted = self.inputs.desired.entries.get(&planned.address);
            options.adopt.allows(&planned.address) || wanted.is_some_and(|wanted| wanted.lifecycle.adopt)
        };
        let mut needs = Vec::new();
        match planned.action {
            Action::Adopt if !adopts(planned) => needs.push(Consent::Adopt),
            Action::Replace => {
                if planned.protect {
                    needs.push(Consent::Protected);
                }
                if was.is_none() && !adopts(planned) {
                    needs.push(Consent::Adopt);
                }
                let is_precious = self.holds_data(row)
                    || was != Some(Ownership::Created)
                    || planned.on_delete == Some(OnDelete::Keep);
                if is_precious && planned.goes_with.is_none() && !options.replace.allows(&planned.address) {
                    needs.push(Consent::Replace);
                }
            }
            Action::Delete => {
                if planned.protect {
                    needs.push(Consent::Protected);
                }
                let is_root = planned.goes_with.is_none();
                if is_root && self.holds_data(row) && !options.data_loss.allows(&planned.address) {
                    needs.push(Consent::DataLoss);
                }
            }
            _ => {}
        }
        needs
    }
}
