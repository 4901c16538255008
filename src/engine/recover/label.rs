//! Puts the stack's label on what an interrupted run made and did not get to label.
//!
//! Compute ignores labels on insert, so that making is two calls. Only the label says whose it is where the inventory
//! is lost; no field of the file shows that it is missing. The journal still holds the step: a run that ends here is
//! followed by one that does it again.

use std::time::Duration;

use crate::engine::session::Session;
use crate::gcp::polling;
use crate::kinds::call::{FinalBackup, Payloads};
use crate::kinds::rules::STACK_LABEL;
use crate::kinds::{Effect, Live, Row, StepInput};
use crate::model::{Action, Doc, DocPath, Place, ProjectFacts};
use crate::wire::operation::{self, Progress};
use crate::wire::retry::Repeat;

#[derive(Debug)]
struct NoPayloads;

impl Payloads for NoPayloads {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// The stack that a live resource is labelled with.
pub(super) fn of(row: &Row, place: &Place, live: &Live) -> Option<String> {
    let file = (row.to_file)(place, live);
    file.dig(row.descriptor.labels?)?.get(STACK_LABEL)?.as_str().map(str::to_owned)
}

/// Labels what is ours and is not labelled. What Google refuses is left: it is no less ours for that.
pub(super) async fn complete(
    session: &Session<'_>,
    row: &Row,
    place: &Place,
    project: &ProjectFacts,
    stack: &str,
    live: &Live,
) {
    let Some(labels) = row.descriptor.labels.filter(|_| of(row, place, live).is_none()) else { return };
    let desired: Doc = (row.to_file)(place, live);
    let changed = [DocPath::keys(labels).key(STACK_LABEL)];
    let input = StepInput {
        action: Action::Update,
        place,
        project,
        stack,
        desired: Some(&desired),
        live: Some(live),
        changed: &changed,
        removed: &[],
        payloads: &NoPayloads,
        final_backup: FinalBackup::Skip,
    };
    for call in (row.calls)(&input).unwrap_or_default() {
        let Effect::Http(http) = call.effect else { continue };
        let Ok(reply) = session.client.call(&http.request, Repeat::Harmless, &|_, _| {}).await else { return };
        let family = row.descriptor.family;
        if let Progress::Running(begun) = operation::read(family, &http.request, &reply) {
            let _ = polling::wait(&session.client, &begun, family, Duration::ZERO, &|_, _| {}).await;
        }
    }
}
