//! Sends a call once, with the general retries below, and waits until it is complete.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value as Json;

use super::{By, Setback, repeat};
use crate::engine::execute::step::Doing;
use crate::engine::foreign;
use crate::engine::observe::Extras;
use crate::gcp::client::CallError;
use crate::gcp::explain;
use crate::gcp::polling::{self, Ended, PollError};
use crate::kinds::{Call, Completion, HttpCall, Live};
use crate::model::Diagnostic;
use crate::records::What;
use crate::wire::operation::{self, Begun, Family, Progress};
use crate::wire::{ApiError, Request};

/// For how long what was deleted is looked at until it is gone.
const GONE_WITHIN: Duration = Duration::from_secs(15 * 60);
/// How long calls take that are neither create, update nor delete (labels, members).
const SMALL_CALL: Duration = Duration::from_secs(3);

/// The reason of our own for an answer that was lost without effect.
pub(super) const LOST: &str = "stackctlLostWithoutEffect";

impl Doing<'_> {
    pub(super) async fn attempt(
        &self,
        id: u32,
        call: &Call,
        http: &HttpCall,
        request: &Request,
        live: Option<&Live>,
    ) -> Result<(), Setback> {
        let client = &self.shared.session.client;
        let reply = match client.begin(request, repeat(http), &self.on_resend()).await {
            Ok(reply) => reply,
            Err(CallError::Refused { error, .. }) => return Err(Setback::Refused { error, by: By::Reply }),
            Err(error @ CallError::Uncertain { .. }) => return self.look_after_loss(http, live, error).await,
            Err(CallError::Stopped) => return Err(Setback::Stopped),
            Err(error) if error.may_have_acted() => return Err(Setback::Unknown(self.about(explain::call(&error)))),
            Err(error) => return Err(Setback::Failed(self.about(explain::call(&error)))),
        };
        self.begun.store(true, Ordering::Relaxed);
        self.note_made(&reply);
        match http.completion {
            Completion::Reply => Ok(()),
            Completion::Gone => self.until_gone().await,
            Completion::Operation => {
                let family = self.row.descriptor.family;
                match operation::read(family, request, &reply) {
                    Progress::Done { .. } => Ok(()),
                    Progress::Failed(error) => Err(Setback::Refused { error, by: By::Operation }),
                    Progress::Running(begun) => self.wait(id, call, family, begun).await,
                }
            }
        }
    }

    async fn wait(&self, id: u32, call: &Call, family: Family, begun: Begun) -> Result<(), Setback> {
        let written = self.note_synced(id, What::Began { operation: begun.clone() }).await;
        self.waits(format!("waits for operation `{}`", begun.name));
        let usual = self.usual_of(call);
        let ended = polling::wait(&self.shared.session.client, &begun, family, usual, &self.on_retry()).await;
        if let Err(fault) = written {
            return Err(Setback::Unknown(fault));
        }
        match ended {
            // Google forgets operations after a while; the read-back tells what came of it.
            Ok(Ended::Done(_) | Ended::Forgotten) => Ok(()),
            Ok(Ended::Failed(error)) => Err(Setback::Refused { error, by: By::Operation }),
            Err(PollError::Unreadable { source: CallError::Stopped, .. }) => Err(Setback::Stopped),
            Err(error) => Err(Setback::Unknown(
                self.about(Diagnostic::error("unknown-outcome", explain::chain(&error)))
                    .hint("run the command again: it asks for the operation first"),
            )),
        }
    }

    fn usual_of(&self, call: &Call) -> Duration {
        match call.label {
            "create" | "update" | "delete" => self.usual(),
            _ => self.usual().min(SMALL_CALL),
        }
    }

    /// Waits for the operations that somebody else, or a request of ours whose answer was lost, runs on the same
    /// thing, by their names. Says whether there were any.
    ///
    /// # Errors
    /// They cannot be listed or asked for.
    pub(super) async fn wait_for_others(&self) -> Result<bool, CallError> {
        let session = self.shared.session;
        let running = foreign::running(session, self.row, self.place, &self.on_retry()).await?;
        for begun in &running {
            self.waits(format!("waits for operation `{}`, which runs on it", begun.name));
            let family = self.row.descriptor.family;
            match polling::wait(&session.client, begun, family, self.usual(), &self.on_retry()).await {
                Ok(_) | Err(PollError::Endless { .. }) => {}
                Err(PollError::Unreadable { source, .. }) => return Err(source),
            }
        }
        Ok(!running.is_empty())
    }

    /// The answer to something that may not be done twice was lost: what it would have changed is looked at.
    async fn look_after_loss(&self, http: &HttpCall, before: Option<&Live>, error: CallError) -> Result<(), Setback> {
        self.waits("looks whether it took hold, the answer was lost".to_owned());
        let after = match self.look(Extras::Outputs).await {
            Ok(after) => after,
            Err(CallError::Stopped) => return Err(Setback::Stopped),
            Err(_) => return Err(Setback::Unknown(self.about(explain::call(&error)))),
        };
        if took_hold(before, after.as_ref(), &self.lists()) {
            return Ok(());
        }
        let lost = ApiError {
            status: 0,
            canonical: None,
            reason: Some(LOST.to_owned()),
            message: format!("the answer to {} was lost and it did not take hold", http.request),
            metadata: Vec::new(),
            retry_after_s: None,
        };
        Err(Setback::Refused { error: lost, by: By::Reply })
    }

    /// The further reads that are lists of what hangs on the resource, and under which key their elements stand.
    fn lists(&self) -> Vec<(&'static str, &'static str)> {
        let lookup = (self.row.lookup)(self.place, self.shared.project(), self.planned.desired.as_ref());
        lookup.extra.iter().filter_map(|extra| Some((extra.name, extra.pages?))).collect()
    }

    async fn until_gone(&self) -> Result<(), Setback> {
        let clock = self.shared.session.client.clock();
        let start = clock.elapsed();
        loop {
            let after = clock.elapsed().saturating_sub(start);
            match self.look(Extras::Always).await {
                Ok(None) => return Ok(()),
                Ok(Some(_)) if after < GONE_WITHIN => clock.sleep(polling::pause(after, self.usual())).await,
                Ok(Some(_)) => {
                    let found = Diagnostic::error("not-gone", "it was deleted and is still there");
                    return Err(Setback::Unknown(self.about(found).hint("run the command again in a while")));
                }
                Err(CallError::Stopped) => return Err(Setback::Stopped),
                Err(error) => return Err(Setback::Unknown(self.about(explain::call(&error)))),
            }
        }
    }
}

/// Whether a change that was sent shows. Before a create's later calls nothing was read: then whatever hangs on the
/// resource by now (`lists`) came from the call.
fn took_hold(before: Option<&Live>, after: Option<&Live>, lists: &[(&'static str, &'static str)]) -> bool {
    let Some(after) = after else { return false };
    match before {
        Some(before) => before.api != after.api || before.policy != after.policy || before.extra != after.extra,
        None => lists.iter().any(|(name, key)| {
            let read = after.extra.iter().find(|(extra, _)| extra == name).and_then(|(_, json)| json.as_ref());
            read.and_then(|json| json.get(*key)?.as_array()).is_some_and(|list: &Vec<Json>| !list.is_empty())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn live(extra: Json) -> Live {
        Live { api: json!({"name": "x"}), policy: None, extra: vec![("further", Some(extra))] }
    }

    #[test]
    fn what_hangs_on_a_new_resource_shows_only_in_lists_of_it() {
        let lists = [("further", "versions")];
        assert!(took_hold(None, Some(&live(json!({"versions": [{"name": "1"}]}))), &lists));
        assert!(!took_hold(None, Some(&live(json!({"versions": []}))), &lists));
        // A reserved address names its users: that says nothing of a rule's labels.
        assert!(!took_hold(None, Some(&live(json!({"users": ["a rule"]}))), &[]));
    }

    #[test]
    fn a_change_shows_against_what_was_read_before() {
        let before = live(json!({"versions": [{"name": "1"}]}));
        let after = live(json!({"versions": [{"name": "1"}, {"name": "2"}]}));
        assert!(took_hold(Some(&before), Some(&after), &[]));
        assert!(!took_hold(Some(&before), Some(&before.clone()), &[]));
        assert!(!took_hold(Some(&before), None, &[]));
    }
}
