//! Enables APIs: all in one request first, beside everything that needs none of them, then probes.

use std::time::Duration;

use super::shared::{Gate, Shared};
use crate::gcp::client::CallError;
use crate::gcp::explain;
use crate::gcp::polling::{self, Ended};
use crate::kinds::apis;
use crate::model::event::Happening;
use crate::model::{Action, Address, Diagnostic};
use crate::records::{JournalEvent, What};
use crate::wire::Request;
use crate::wire::operation::{self, Progress};
use crate::wire::retry::Repeat;

/// The step under which the journal has it.
const STEP: u32 = 0;

/// Enables what the plan wants and opens each API's gate once it answers. Gives what could not be enabled.
pub(crate) async fn enable(shared: &Shared<'_>) -> Vec<(String, Diagnostic)> {
    let wanted = &shared.plan.enable_apis;
    let mut failed = Vec::new();
    if wanted.is_empty() {
        return failed;
    }
    shared.tell(Happening::Phase { message: format!("enables {}", names(wanted)) });
    let requests = apis::enable(&shared.project().id, &wanted.iter().cloned().collect());
    for (call, request) in (0..).zip(&requests) {
        let batch = &names_of(request);
        if let Err(found) = enable_batch(shared, call, request, batch).await {
            failed.extend(batch.iter().map(|api| (api.clone(), found.clone())));
            set(shared, batch, &Gate::Failed(Box::new(found)));
            continue;
        }
        shared.session.client.note(|recent, now| batch.iter().for_each(|api| recent.enabled(api, now)));
        futures_util::future::join_all(batch.iter().map(|api| probe(shared, api))).await;
    }
    failed
}

/// The services that a request enables.
fn names_of(request: &Request) -> Vec<String> {
    let listed = request.body.as_json().and_then(|body| body.get("serviceIds")?.as_array());
    listed.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

async fn enable_batch(shared: &Shared<'_>, call: u32, request: &Request, batch: &[String]) -> Result<(), Diagnostic> {
    let stopped = || Diagnostic::error("stopped", "the run was stopped");
    let address = Address::new("apis", batch.first().map_or("", String::as_str));
    let event = |what| JournalEvent { run: shared.run.clone(), step: STEP, call, address: address.clone(), what };
    let intended = What::Intended { action: Action::Update, label: "enable".to_owned(), entry: None };
    shared.journal.sync(event(intended)).await.map_err(|broken| broken.0.diagnostic())?;
    let usual = Duration::from_secs(u64::from(apis::USUAL_SECONDS));
    let client = &shared.session.client;
    let outcome = match client.call(request, Repeat::Harmless, &|_, _| {}).await {
        Ok(reply) => match operation::read(apis::FAMILY, request, &reply) {
            Progress::Done { .. } => Ok(()),
            Progress::Failed(error) => Err(explain::refusal(&request.to_string(), &error)),
            Progress::Running(begun) => {
                let began = shared.journal.sync(event(What::Began { operation: begun.clone() })).await;
                began.map_err(|broken| broken.0.diagnostic())?;
                match polling::wait(client, &begun, apis::FAMILY, usual, &|_, _| {}).await {
                    Ok(Ended::Done(_) | Ended::Forgotten) => Ok(()),
                    Ok(Ended::Failed(error)) => Err(explain::refusal(&request.to_string(), &error)),
                    Err(polling::PollError::Unreadable { source: CallError::Stopped, .. }) => return Err(stopped()),
                    Err(error) => Err(Diagnostic::error("unknown-outcome", explain::chain(&error))),
                }
            }
        },
        Err(CallError::Stopped) => return Err(stopped()),
        Err(error) => Err(explain::call(&error)),
    };
    shared.journal.push(event(match &outcome {
        Ok(()) => What::Succeeded,
        Err(found) => What::Failed { message: found.message.clone() },
    }));
    outcome
}

/// Reads something of the API until it no longer says that it is not enabled, then lets its steps begin.
async fn probe(shared: &Shared<'_>, api: &String) {
    let first = shared.plan.resources.iter().find_map(|planned| {
        let row = shared.kind(&planned.address.section)?;
        (row.descriptor.api.service == api && planned.action.changes_cloud()).then_some((row, planned))
    });
    if let Some((_, planned)) = first
        && let Some(request) = apis::probe(api, &planned.place)
    {
        // What else the read answers is for the steps to find out.
        let _ = shared.session.client.find(&request).await;
    }
    set(shared, std::slice::from_ref(api), &Gate::Open);
}

fn set(shared: &Shared<'_>, apis: &[String], gate: &Gate) {
    shared.apis.send_modify(|gates| {
        for api in apis {
            gates.insert(api.clone(), gate.clone());
        }
    });
}

fn names(apis: &[String]) -> String {
    apis.iter().map(|api| format!("`{api}`")).collect::<Vec<_>>().join(", ")
}
