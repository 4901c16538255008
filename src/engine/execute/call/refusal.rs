//! What follows from a refusal: first what the call itself says, then the kind, then what holds for all of Google.

use std::time::Duration;

use serde_json::Value as Json;

use super::attempt::LOST;
use super::{By, Next, Tried};
use crate::engine::execute::fault::Fault;
use crate::engine::execute::step::{Doing, MOST_STALE};
use crate::engine::observe::Extras;
use crate::gcp::client::CallError;
use crate::gcp::explain;
use crate::kinds::call::{Refusal, Satisfied, Verdict as KindVerdict};
use crate::kinds::{Call, HttpCall, Live};
use crate::model::Diagnostic;
use crate::records::What;
use crate::wire::retry::{self, Because, Verdict};
use crate::wire::{ApiError, Method, Request};

/// How long a name that was just deleted, or is not to be seen yet, is waited for.
const LINGER_WINDOW: Duration = Duration::from_secs(5 * 60);
/// For how long a kind's own wish to try again is followed.
const KIND_WINDOW: Duration = Duration::from_secs(15 * 60);
/// A limit on attempts of any sort, past all windows.
const MOST_TRIES: u32 = 2_000;

impl Doing<'_> {
    pub(super) async fn next(
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
        if retry::is_busy(error) {
            return self.after_others(tried, error).await;
        }
        let there = match self.look(Extras::All).await {
            Ok(there) => there,
            Err(CallError::Stopped) => return Next::End(Fault::Stopped),
            // The refusal counts, not that nobody could look.
            Err(_) => live.cloned(),
        };
        if tried.by == By::Operation
            && let Some(next) = self.after_operation(http, tried, error, there.as_ref())
        {
            return next;
        }
        self.judged(call, http, tried, error, there.as_ref()).await
    }

    /// Another operation runs on the same thing: it is waited for by its name, where one can be had.
    async fn after_others(&self, tried: &Tried<'_>, error: &ApiError) -> Next {
        let within = self.within(tried);
        if within >= retry::OPERATION_WINDOW || tried.tries >= MOST_TRIES {
            return Next::End(Fault::Failed(Box::new(self.refused(tried.request, error))));
        }
        let delay = match self.wait_for_others().await {
            Err(CallError::Stopped) => return Next::End(Fault::Stopped),
            Ok(true) => Duration::ZERO,
            // It has ended by now, or cannot be seen.
            Ok(false) | Err(_) => retry::pause(tried.tries, 0.5),
        };
        Next::Again { because: Because::OtherOperation.to_string(), delay }
    }

    /// An operation that failed for what passes is begun again. What a create has left behind cannot be created once
    /// more: where the kind says that it ails, it is mended by an update.
    fn after_operation(
        &self,
        http: &HttpCall,
        tried: &Tried<'_>,
        error: &ApiError,
        there: Option<&Live>,
    ) -> Option<Next> {
        let client = &self.shared.session.client;
        let verdict = client.judge_operation(tried.request, error, tried.tries, tried.began);
        let Verdict::Again { delay, because } = verdict else { return None };
        let is_create = http.satisfied_by == Satisfied::ByAlreadyExists;
        Some(match there {
            Some(live) if is_create && (self.row.ails)(live).is_some() => {
                self.tell_retry(&because.to_string(), delay);
                Next::End(Fault::Stale(Box::new(self.refused(tried.request, error))))
            }
            _ => Next::Again { because: because.to_string(), delay },
        })
    }

    async fn judged(
        &self,
        call: &Call,
        http: &HttpCall,
        tried: &Tried<'_>,
        error: &ApiError,
        there: Option<&Live>,
    ) -> Next {
        match self.kinds_verdict(call, error, there) {
            KindVerdict::Held(found) => return Next::End(Fault::Held(Box::new(self.about(*found)))),
            KindVerdict::Failed(found) => return Next::End(Fault::Failed(Box::new(self.about(*found)))),
            KindVerdict::Retry { because } if self.within(tried) < KIND_WINDOW && tried.tries < MOST_TRIES => {
                return Next::Again { because, delay: retry::pause(tried.tries, 0.5) };
            }
            KindVerdict::Retry { .. } | KindVerdict::General => {}
        }
        if http.satisfied_by == Satisfied::ByAlreadyExists && self.may_be_there(tried, error, there) {
            return self.already_there(tried, error, there).await;
        }
        if is_stale(error) && tried.request.method != Method::Delete {
            return self.stale(http, tried, error);
        }
        Next::End(Fault::Failed(Box::new(self.refused(tried.request, error))))
    }

    /// A guard that is read just before sending is read again; otherwise the step begins anew.
    fn stale(&self, http: &HttpCall, tried: &Tried<'_>, error: &ApiError) -> Next {
        if !http.fresh.is_empty() && tried.tries < MOST_STALE {
            return Next::Again { because: Because::Conflict.to_string(), delay: retry::pause(tried.tries, 0.5) };
        }
        Next::End(Fault::Stale(Box::new(self.refused(tried.request, error))))
    }

    fn within(&self, tried: &Tried<'_>) -> Duration {
        self.shared.elapsed().saturating_sub(tried.began)
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

    /// Whether a create's refusal says that there is one. Cloud SQL says so of databases with 400: where an answer was
    /// lost and the resource is there, that was it.
    fn may_be_there(&self, tried: &Tried<'_>, error: &ApiError, there: Option<&Live>) -> bool {
        let is_400 = error.status == 400 && tried.by == By::Reply;
        is_already_there(error) || (is_400 && self.has_lost_an_answer() && there.is_some())
    }

    /// A create was refused because there is one: ours, if this run or an interrupted one began it.
    async fn already_there(&self, tried: &Tried<'_>, error: &ApiError, there: Option<&Live>) -> Next {
        let was_deleted = self.shared.has_deleted(&self.path()) && !self.has_lost_an_answer();
        match there {
            Some(live) if !was_deleted && self.is_ours(live) => self.taken_up().await,
            _ if (there.is_none() || was_deleted) && self.within(tried) < LINGER_WINDOW => Next::Again {
                because: "the name is still taken by what was deleted".to_owned(),
                delay: retry::pause(tried.tries, 0.5),
            },
            Some(_) => Next::End(Fault::Failed(Box::new(self.exists()))),
            None => Next::End(Fault::Failed(Box::new(self.refused(tried.request, error)))),
        }
    }

    /// What is there is our own work, and may still be under way.
    async fn taken_up(&self) -> Next {
        match self.wait_for_others().await {
            Err(CallError::Stopped) => Next::End(Fault::Stopped),
            // Where nobody can look, the read-back tells what came of it.
            Ok(_) | Err(_) => Next::Satisfied,
        }
    }

    /// That something is there and not ours to touch.
    pub(in crate::engine::execute) fn exists(&self) -> Diagnostic {
        let address = self.address();
        let message = format!("`{}` exists and is not this stack's", self.planned.full_name);
        self.about(Diagnostic::error(EXISTS, message)).hint(format!(
            "look at what differs with `stackctl plan`; `stackctl apply --adopt {address}` takes it over, another              `name:` makes one of our own"
        ))
    }

    fn refused(&self, request: &Request, error: &ApiError) -> Diagnostic {
        self.about(explain::refusal(&request.to_string(), error))
    }

    /// A failed policy edit: what it says, and what is known by then.
    pub(super) fn ended(&self, id: u32, call: &Call, error: CallError) -> Fault {
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
}

/// The code of the refusal to take what exists and is not ours.
pub const EXISTS: &str = "exists";

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

fn is_already_there(error: &ApiError) -> bool {
    error.status == 409 && !error.is(&["ABORTED"])
}

/// Somebody changed it between read and write: an etag, fingerprint or version no longer fits.
fn is_stale(error: &ApiError) -> bool {
    error.status == 412 || (error.status == 409 && error.is(&["ABORTED", "conditionNotMet", "staleData"]))
}
