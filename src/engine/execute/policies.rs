//! One writer per IAM policy: all edits that are ready go into one read-modify-write with the etag.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::sync::oneshot;

use crate::gcp::client::OnRetry;
use crate::gcp::{CallError, Client};
use crate::kinds::PolicyEdit;
use crate::wire::policy;
use crate::wire::retry::{self, Because, Repeat};

/// How often a policy that others change at the same time is read again.
const MOST_TRIES: u32 = 12;

type Outcome = Result<Json, CallError>;

/// The edits that wait, by policy.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    queues: Mutex<BTreeMap<String, Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    is_written: bool,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    edit: PolicyEdit,
    done: oneshot::Sender<Outcome>,
}

impl Policies {
    fn queues(&self) -> MutexGuard<'_, BTreeMap<String, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out an edit together with all others of the same policy that are ready, and gives the new policy.
    ///
    /// # Errors
    /// What Google refused it with; an edit that is refused does not take others with it.
    pub(crate) async fn edit(&self, client: &Client, edit: PolicyEdit, on_retry: OnRetry<'_>) -> Outcome {
        let key = format!("{}{}", edit.set.host, edit.set.path);
        let (done, outcome) = oneshot::channel();
        let leads = {
            let mut queues = self.queues();
            let queue = queues.entry(key.clone()).or_default();
            queue.waiting.push(Waiting { edit, done });
            !std::mem::replace(&mut queue.is_written, true)
        };
        if leads {
            self.lead(client, &key, on_retry).await;
        }
        // Whoever leads lives as long as the run: it always answers.
        outcome.await.unwrap_or(Err(CallError::Stopped))
    }

    /// Writes batch after batch until none waits.
    async fn lead(&self, client: &Client, key: &str, on_retry: OnRetry<'_>) {
        loop {
            // Edits that become ready at the same moment get into the same batch.
            tokio::task::yield_now().await;
            let batch = {
                let mut queues = self.queues();
                let queue = queues.get_mut(key).expect("whoever leads has queued its own edit");
                let batch = std::mem::take(&mut queue.waiting);
                queue.is_written = !batch.is_empty();
                batch
            };
            if batch.is_empty() {
                return;
            }
            write_batch(client, batch, on_retry).await;
        }
    }
}

async fn write_batch(client: &Client, batch: Vec<Waiting>, on_retry: OnRetry<'_>) {
    let edits: Vec<&PolicyEdit> = batch.iter().map(|waiting| &waiting.edit).collect();
    let outcome = write(client, &edits, on_retry).await;
    let is_one_at_fault = batch.len() > 1 && outcome.as_ref().is_err_and(is_fault_of_content);
    for waiting in batch {
        let answer = match &outcome {
            Err(_) if is_one_at_fault => write(client, &[&waiting.edit], on_retry).await,
            Ok(policy) => Ok(policy.clone()),
            Err(error) => Err(error.again()),
        };
        // A step that was dropped no longer listens.
        let _ = waiting.done.send(answer);
    }
}

/// A member or a role that Google does not take: the others of the batch are not at fault.
fn is_fault_of_content(error: &CallError) -> bool {
    error.refusal().is_some_and(|refusal| matches!(refusal.status, 400 | 403 | 404))
}

async fn write(client: &Client, edits: &[&PolicyEdit], on_retry: OnRetry<'_>) -> Outcome {
    let first = edits.first().expect("a batch has an edit");
    let add: Vec<_> = edits.iter().flat_map(|edit| edit.add.iter().cloned()).collect();
    let remove: Vec<_> = edits.iter().flat_map(|edit| edit.remove.iter().cloned()).collect();
    let mut tries = 0;
    loop {
        tries += 1;
        let current = client.call(&first.get, Repeat::Harmless, on_retry).await?;
        let wanted = policy::edit(&current, &add, &remove);
        if is_same(&current, &wanted) {
            return Ok(current);
        }
        let set = first.set.clone().json(json!({ "policy": wanted }));
        match client.call(&set, Repeat::Harmless, on_retry).await {
            Ok(policy) => {
                client.note(|recent, now| {
                    for (binding, member) in add.iter().flat_map(|b| b.members.iter().map(move |m| (b, m))) {
                        recent.granted(member, &binding.role, now);
                    }
                });
                return Ok(policy);
            }
            Err(error) if tries < MOST_TRIES && is_conflict(&error) => {
                let delay = retry::pause(tries, 0.5).min(Duration::from_secs(5));
                on_retry(&Because::Conflict, delay);
                client.clock().sleep(delay).await;
            }
            Err(error) => return Err(error),
        }
    }
}

fn is_conflict(error: &CallError) -> bool {
    error.refusal().is_some_and(|refusal| matches!(refusal.status, 409 | 412))
}

fn is_same(current: &Json, wanted: &Json) -> bool {
    let bindings = |policy: &Json| policy.get("bindings").and_then(Json::as_array).cloned().unwrap_or_default();
    bindings(current) == bindings(wanted)
}
