//! Asks Google at plan time whether it would take a change (`validateOnly`), for the kinds that can.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt};

use super::inputs::Inputs;
use super::session::Session;
use crate::gcp::{CallError, explain};
use crate::kinds::StepInput;
use crate::kinds::call::{FinalBackup, Payloads};
use crate::model::{Action, Address, Diagnostic, DocPath, Severity};
use crate::plan::{Observation, Observed, Plan, Planned};
use crate::wire::Request;
use crate::wire::retry::Repeat;

/// A plan sends no secret.
#[derive(Debug)]
struct NoPayloads;

impl Payloads for NoPayloads {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// What Google refuses of a plan's creates and updates, as far as everything that they refer to is live by now.
///
/// A 403 is a note: a plan needs the right to view only. What could not be asked is left out.
pub async fn dry_run(session: &Session<'_>, plan: &Plan, observed: &Observed) -> BTreeMap<Address, Diagnostic> {
    let requests = plan.resources.iter().filter_map(|planned| {
        let request = request(session, plan, observed, planned)?;
        Some((planned.address.clone(), request))
    });
    let asked = requests.map(|(address, request)| async move {
        let refused = session.client.call(&request, Repeat::Harmless, &|_, _| {}).await.err()?;
        let finding = finding(&address, &refused)?;
        Some((address, finding))
    });
    stream::iter(asked)
        .buffer_unordered(session.options.reads.max(1))
        .filter_map(|found| async { found })
        .collect()
        .await
}

fn request(session: &Session<'_>, plan: &Plan, observed: &Observed, planned: &Planned) -> Option<Request> {
    let desired = planned.desired.as_ref().filter(|doc| doc.is_known())?;
    if !matches!(planned.action, Action::Create | Action::Update | Action::Adopt) || planned.changes.is_empty() {
        return None;
    }
    let stands = |address: &Address| plan.get(address).is_none_or(|other| other.action == Action::None);
    if !planned.depends_on.iter().all(stands) || !plan.enable_apis.is_empty() {
        return None;
    }
    let row = session.kind(&planned.address.section)?;
    let live = match observed.resources.get(&planned.address) {
        Some(Observation::Present(live)) => Some(&**live),
        _ => None,
    };
    let changed: Vec<DocPath> = planned.changes.iter().map(|change| change.path.clone()).collect();
    (row.dry_run)(&StepInput {
        action: planned.action,
        place: &planned.place,
        project: &plan.project,
        stack: &plan.stack,
        desired: Some(desired),
        live,
        changed: &changed,
        removed: &planned.removed,
        payloads: &NoPayloads,
        final_backup: FinalBackup::Take,
    })
}

fn finding(address: &Address, refused: &CallError) -> Option<Diagnostic> {
    let refusal = refused.refusal()?;
    let mut found = explain::call(refused).of(address);
    found.code = "dry-run".to_owned();
    if refusal.status == 403 {
        found.severity = Severity::Note;
        found.message = format!("Google was not asked whether it takes the change: {}", found.message);
    }
    Some(found)
}

/// Payloads that the plan's steps need and that cannot be had, each with the way out.
pub fn missing_values(plan: &Plan, inputs: &Inputs) -> Vec<Diagnostic> {
    let makes = |planned: &&Planned| matches!(planned.action, Action::Create | Action::Replace);
    let names = |planned: &Planned, name: &str| {
        let path = DocPath::keys(name);
        makes(&planned) || planned.changes.iter().any(|change| change.path == path)
    };
    let mut faults = Vec::new();
    for planned in &plan.resources {
        for payload in inputs.of(&planned.address) {
            if names(planned, payload.name) {
                faults.extend(inputs.fault(&planned.address, payload.name));
            }
        }
    }
    faults
}
