//! One call of a step: written down, sent, waited for, judged.

use std::time::Duration;

use serde_json::Value as Json;

use super::fault::Fault;
use super::step::Doing;
use crate::engine::observe::Extras;
use crate::gcp::client::CallError;
use crate::gcp::explain;
use crate::gcp::polling::{self, Ended, PollError};
use crate::kinds::call::{Refusal, Satisfied, Verdict as KindVerdict};
use crate::kinds::{Call, Completion, Effect, HttpCall, Live, PolicyEdit};
use crate::model::Diagnostic;
use crate::model::event::Happening;
use crate::records::What;
use crate::wire::operation::{self, Begun, Family, Progress};
use crate::wire::retry::{self, Because, Repeat, Verdict};
use crate::wire::{ApiError, Method, Request};

/// How long a name that was just deleted, or is not to be seen yet, is waited for.
const LINGER_WINDOW: Duration = Duration::from_secs(5 * 60);
/// For how long a kind's own wish to try again is followed.
const KIND_WINDOW: Duration = Duration::from_secs(15 * 60);
/// How long calls take that are neither create, update nor delete (labels, members).
const SMALL_CALL: Duration = Duration::from_secs(3);
/// A limit on attempts of any sort, past all windows.
const MOST_TRIES: u32 = 2_000;

/// What a call gave.
#[derive(Debug)]
pub(crate) enum Gave {
    /// It took hold.
    Effect,
    /// The wanted state was there already.
    Nothing,
}

/// What an attempt came to, short of success.
enum Setback {
    /// Refused, by the reply or inside the operation that had begun.
    Refused {
        error: ApiError,
        by: By,
    },
    /// Nobody knows.
    Unknown(Diagnostic),
    /// It failed, nothing was done.
    Failed(Diagnostic),
    Stopped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Reply,
    Operation,
}

/// What to do after a setback.
enum Next {
    Satisfied,
    Again { because: String, delay: Duration },
    End(Fault),
}

impl Doing<'_> {
    /// Carries out one call. `live` is the resource as last read, where it was.
    ///
    /// # Errors
    /// See [`Fault`]; the journal says by then what is known.
    pub(crate) async fn call(&self, call: &Call, live: Option<&Live>) -> Result<Gave, Fault> {
        match &call.effect {
            Effect::Http(http) => self.http(call, http, live).await,
            Effect::Policy(edit) => self.policy(call, edit).await,
        }
    }

    async fn policy(&self, call: &Call, edit: &PolicyEdit) -> Result<Gave, Fault> {
        let id = self.intend(call.label).await?;
        let result = self.shared.policies.edit(&self.shared.session.client, edit.clone(), &self.on_retry()).await;
        match result {
            Ok(_) => {
                self.note(id, What::Succeeded);
                Ok(Gave::Effect)
            }
            Err(error) => Err(self.ended(id, call, error)),
        }
    }

    async fn http(&self, call: &Call, http: &HttpCall, live: Option<&Live>) -> Result<Gave, Fault> {
        let began = self.shared.elapsed();
        let mut tries = 0;
        let mut id = self.intend(call.label).await?;
        loop {
            tries += 1;
            let request = self.ready_to_send(http).await?;
            let (by, setback) = match self.attempt(id, call, http, &request, live).await {
                Ok(gave) => {
                    self.note(id, What::Succeeded);
                    return Ok(gave);
                }
                Err(Setback::Stopped) => return Err(Fault::Stopped),
                Err(Setback::Unknown(found)) => {
                    self.note(id, What::Unknown { message: found.message.clone() });
                    return Err(Fault::Unknown(Box::new(found)));
                }
                Err(Setback::Failed(found)) => {
                    self.note(id, What::Failed { message: found.message.clone() });
                    return Err(Fault::Failed(Box::new(found)));
                }
                Err(Setback::Refused { error, by }) => (by, error),
            };
            let tried = Tried { request: &request, by, tries, began };
            match self.next(call, http, &tried, &setback, live).await {
                Next::Satisfied => {
                    self.note(id, What::Succeeded);
                    return Ok(Gave::Nothing);
                }
                Next::End(fault) => {
                    self.note(id, What::Failed { message: setback.to_string() });
                    return Err(fault);
                }
                Next::Again { because, delay } => {
                    self.tell_retry(&because, delay);
                    self.shared.session.client.clock().sleep(delay).await;
                    if by == By::Operation {
                        // The operation is over: what is sent next is another intent.
                        self.note(id, What::Failed { message: setback.to_string() });
                        id = self.intend(call.label).await?;
                    }
                }
            }
        }
    }

    /// Sends once (with the general retries below) and waits until it is complete.
    async fn attempt(
        &self,
        id: u32,
        call: &Call,
        http: &HttpCall,
        request: &Request,
        live: Option<&Live>,
    ) -> Result<Gave, Setback> {
        let client = &self.shared.session.client;
        let reply = match client.call(request, repeat(http), &self.on_retry()).await {
            Ok(reply) => reply,
            Err(CallError::Refused { error, .. }) => return Err(Setback::Refused { error, by: By::Reply }),
            Err(error @ CallError::Uncertain { .. }) => return self.look_after_loss(http, live, error).await,
            Err(CallError::Stopped) => return Err(Setback::Stopped),
            Err(error) if error.may_have_acted() => return Err(Setback::Unknown(self.about(explain::call(&error)))),
            Err(error) => return Err(Setback::Failed(self.about(explain::call(&error)))),
        };
        self.note_made(&reply);
        match http.completion {
            Completion::Reply => Ok(Gave::Effect),
            Completion::Gone => self.until_gone().await.map(|()| Gave::Nothing),
            Completion::Operation => {
                let family = self.row.descriptor.family;
                match operation::read(family, request, &reply) {
                    Progress::Done { .. } => Ok(Gave::Effect),
                    Progress::Failed(error) => Err(Setback::Refused { error, by: By::Operation }),
                    Progress::Running(begun) => self.wait(id, call, family, begun).await,
                }
            }
        }
    }

    async fn wait(&self, id: u32, call: &Call, family: Family, begun: Begun) -> Result<Gave, Setback> {
        let written = self.note_synced(id, What::Began { operation: begun.clone() }).await;
        self.waits(format!("waits for operation `{}`", begun.name));
        let usual = self.usual_of(call);
        let ended = polling::wait(&self.shared.session.client, &begun, family, usual, &self.on_retry()).await;
        if let Err(fault) = written {
            return Err(Setback::Unknown(fault));
        }
        match ended {
            // Google forgets operations after a while; the read-back tells what came of it.
            Ok(Ended::Done(_) | Ended::Forgotten) => Ok(Gave::Effect),
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

    /// The answer to something that may not be done twice was lost: what it would have changed is looked at.
    async fn look_after_loss(&self, http: &HttpCall, before: Option<&Live>, error: CallError) -> Result<Gave, Setback> {
        self.waits("looks whether it took hold, the answer was lost".to_owned());
        let after = match self.look(Extras::Outputs).await {
            Ok(after) => after,
            Err(CallError::Stopped) => return Err(Setback::Stopped),
            Err(_) => return Err(Setback::Unknown(self.about(explain::call(&error)))),
        };
        if took_hold(before, after.as_ref()) {
            return Ok(Gave::Nothing);
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

    async fn until_gone(&self) -> Result<(), Setback> {
        let clock = self.shared.session.client.clock();
        let start = clock.elapsed();
        loop {
            let after = clock.elapsed().saturating_sub(start);
            match self.look(Extras::Always).await {
                Ok(None) => return Ok(()),
                Ok(Some(_)) if after < KIND_WINDOW => clock.sleep(polling::pause(after, self.usual())).await,
                Ok(Some(_)) => {
                    let found = Diagnostic::error("not-gone", "it was deleted and is still there");
                    return Err(Setback::Unknown(self.about(found).hint("run the command again in a while")));
                }
                Err(CallError::Stopped) => return Err(Setback::Stopped),
                Err(error) => return Err(Setback::Unknown(self.about(explain::call(&error)))),
            }
        }
    }

    /// What follows from a refusal: first what the call itself says, then the kind, then what holds for all of Google.
    async fn next(
        &self,
        call: &Call,
        http: &HttpCall,
        tried: &Tried<'_>,
        error: &ApiError,
        live: Option<&Live>,
    ) -> Next {
        if http.satisfied_by == Satisfied::ByNotFound && error.status == 404 {
            return Next::Satisfied;
        }
        if error.is(&[LOST]) && tried.tries < retry::MOST_TRIES {
            return Next::Again { because: Because::LostAnswer.to_string(), delay: retry::pause(tried.tries, 0.5) };
        }
        if tried.by == By::Operation {
            let client = &self.shared.session.client;
            if let Verdict::Again { delay, because } =
                client.judge_operation(tried.request, error, tried.tries, tried.began)
            {
                return Next::Again { because: because.to_string(), delay };
            }
        }
        let there = match self.look(Extras::All).await {
            Ok(there) => there,
            Err(CallError::Stopped) => return Next::End(Fault::Stopped),
            // The refusal counts, not that nobody could look.
            Err(_) => live.cloned(),
        };
        let within = self.shared.elapsed().saturating_sub(tried.began);
        match self.kinds_verdict(call, error, there.as_ref()) {
            KindVerdict::Held(found) => return Next::End(Fault::Held(Box::new(self.about(*found)))),
            KindVerdict::Failed(found) => return Next::End(Fault::Failed(Box::new(self.about(*found)))),
            KindVerdict::Retry { because } if within < KIND_WINDOW && tried.tries < MOST_TRIES => {
                return Next::Again { because, delay: retry::pause(tried.tries, 0.5) };
            }
            KindVerdict::Retry { .. } | KindVerdict::General => {}
        }
        if http.satisfied_by == Satisfied::ByAlreadyExists && is_already_there(error) {
            return self.already_there(tried, error, there.as_ref(), within);
        }
        if is_stale(error) && tried.request.method != Method::Delete {
            return Next::End(Fault::Stale(Box::new(self.refused(tried.request, error))));
        }
        Next::End(Fault::Failed(Box::new(self.refused(tried.request, error))))
    }

    fn kinds_verdict(&self, call: &Call, error: &ApiError, live: Option<&Live>) -> KindVerdict {
        let seen = live.map(with_extras);
        (self.row.judge)(&Refusal {
            action: self.action(),
            place: self.place,
            call: call.label,
            error,
            live: seen.as_ref(),
        })
    }

    /// A create was refused because there is one: ours, if this run or an interrupted one began it.
    fn already_there(&self, tried: &Tried<'_>, error: &ApiError, there: Option<&Live>, within: Duration) -> Next {
        let was_deleted = self.shared.has_deleted(&self.path()) && !self.has_lost_an_answer();
        match there {
            Some(live) if !was_deleted && self.is_ours(live) => Next::Satisfied,
            _ if (there.is_none() || was_deleted) && within < LINGER_WINDOW => Next::Again {
                because: "the name is still taken by what was deleted".to_owned(),
                delay: retry::pause(tried.tries, 0.5),
            },
            Some(_) => Next::End(Fault::Failed(Box::new(
                self.about(Diagnostic::error(
                    "exists",
                    format!("`{}` exists by now and was not made by this stack", self.planned.full_name),
                ))
                .hint(format!("look at it with `stackctl plan`, then run `stackctl apply --adopt {}`", self.address())),
            ))),
            None => Next::End(Fault::Failed(Box::new(self.refused(tried.request, error)))),
        }
    }

    fn refused(&self, request: &Request, error: &ApiError) -> Diagnostic {
        self.about(explain::refusal(&request.to_string(), error))
    }

    /// A failed policy edit: what it says, and what is known by then.
    fn ended(&self, id: u32, call: &Call, error: CallError) -> Fault {
        if matches!(error, CallError::Stopped) {
            return Fault::Stopped;
        }
        let found = self.about(explain::call(&error));
        if error.refusal().is_none() && error.may_have_acted() {
            self.note(id, What::Unknown { message: found.message.clone() });
            return Fault::Unknown(Box::new(found));
        }
        self.note(id, What::Failed { message: found.message.clone() });
        let verdict = error.refusal().map(|error| self.kinds_verdict(call, error, None));
        match verdict {
            Some(KindVerdict::Failed(better)) => Fault::Failed(Box::new(self.about(*better))),
            Some(KindVerdict::Held(held)) => Fault::Held(Box::new(self.about(*held))),
            _ => Fault::Failed(Box::new(found)),
        }
    }

    /// The request with the fields of its body that a fresh read gives.
    async fn ready_to_send(&self, http: &HttpCall) -> Result<Request, Fault> {
        let mut request = http.request.clone();
        if http.fresh.is_empty() {
            return Ok(request);
        }
        let live = match self.look(Extras::Always).await {
            Ok(Some(live)) => live,
            Ok(None) => return Ok(request),
            Err(CallError::Stopped) => return Err(Fault::Stopped),
            Err(error) => return Err(Fault::Failed(Box::new(self.about(explain::call(&error))))),
        };
        if let crate::wire::http::Body::Json(body) = &mut request.body {
            for (to, from) in http.fresh {
                let value = from.split('.').try_fold(&live.api, |json, key| json.get(key));
                if let Some(value) = value {
                    put(body, to, value.clone());
                }
            }
        }
        Ok(request)
    }
}

struct Tried<'a> {
    request: &'a Request,
    by: By,
    tries: u32,
    began: Duration,
}

/// The reason of our own for an answer that was lost without effect.
const LOST: &str = "stackctlLostWithoutEffect";

/// The resource with its further reads put in under their names.
fn with_extras(live: &Live) -> Json {
    let mut seen = live.api.clone();
    if let Json::Object(map) = &mut seen {
        for (name, json) in &live.extra {
            map.insert((*name).to_owned(), json.clone().unwrap_or(Json::Null));
        }
    }
    seen
}

/// What sending a call twice does. A `POST` that is no create and no delete may do more.
fn repeat(http: &HttpCall) -> Repeat {
    match (http.request.method, http.satisfied_by) {
        (Method::Post, Satisfied::BySuccess) => Repeat::Harmful,
        _ => Repeat::Harmless,
    }
}

fn is_already_there(error: &ApiError) -> bool {
    error.status == 409 && !error.is(&["operationInProgress", "ABORTED"])
}

/// Somebody changed it between read and write: an etag, fingerprint or version no longer fits.
fn is_stale(error: &ApiError) -> bool {
    error.status == 412 || (error.status == 409 && error.is(&["ABORTED", "conditionNotMet", "staleData"]))
}

/// Whether a change that was sent shows. Before a create's later calls nothing was read: then whatever hangs on the
/// resource by now came from the call.
fn took_hold(before: Option<&Live>, after: Option<&Live>) -> bool {
    let Some(after) = after else { return false };
    match before {
        Some(before) if before.api != after.api || before.policy != after.policy => true,
        Some(before) if !before.extra.is_empty() => before.extra != after.extra,
        _ => after.extra.iter().any(|(_, json)| json.as_ref().is_some_and(has_elements)),
    }
}

fn has_elements(json: &Json) -> bool {
    json.as_object().is_some_and(|map| map.values().any(|value| value.as_array().is_some_and(|list| !list.is_empty())))
}

/// Puts a value at a dotted path, making objects on the way.
fn put(body: &mut Json, dotted: &str, value: Json) {
    let mut at = body;
    for key in dotted.split('.') {
        if !at.is_object() {
            *at = Json::Object(serde_json::Map::new());
        }
        at = at.as_object_mut().expect("made an object above").entry(key).or_insert(Json::Null);
    }
    *at = value;
}

impl Doing<'_> {
    pub(crate) fn tell_retry(&self, because: &str, delay: Duration) {
        self.shared.tell(Happening::StepRetrying {
            address: self.address().clone(),
            message: because.to_owned(),
            delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        });
    }
}
