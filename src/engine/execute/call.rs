//! One call of a step: written down, sent, waited for, judged.

mod attempt;
mod refusal;

use std::time::Duration;

pub use refusal::EXISTS;

use super::fault::Fault;
use super::step::Doing;
use crate::engine::observe::Extras;
use crate::gcp::client::CallError;
use crate::gcp::explain;
use crate::kinds::call::Satisfied;
use crate::kinds::{Call, Effect, HttpCall, Live, PolicyEdit};
use crate::model::Diagnostic;
use crate::records::What;
use crate::wire::http::Body;
use crate::wire::retry::{self, Repeat};
use crate::wire::{ApiError, Method, Request};

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
    /// What was wanted is there already.
    Satisfied,
    Again {
        because: String,
        delay: Duration,
    },
    End(Fault),
}

/// An attempt that was refused.
struct Tried<'a> {
    request: &'a Request,
    by: By,
    tries: u32,
    /// When the call was first sent, on the run's clock.
    began: Duration,
}

impl Doing<'_> {
    /// Carries out one call. `live` is the resource as last read, where it was.
    ///
    /// # Errors
    /// See [`Fault`]; the journal says by then what is known.
    pub(crate) async fn call(&self, call: &Call, live: Option<&Live>) -> Result<(), Fault> {
        match &call.effect {
            Effect::Http(http) => self.http(call, http, live).await,
            Effect::Policy(edit) => self.policy(call, edit).await,
        }
    }

    async fn policy(&self, call: &Call, edit: &PolicyEdit) -> Result<(), Fault> {
        let id = self.intend(call.label).await?;
        let result = self.shared.policies.edit(&self.shared.session.client, edit.clone(), &self.on_retry()).await;
        match result {
            Ok(_) => {
                self.note(id, What::Succeeded);
                Ok(())
            }
            Err(error) => Err(self.ended(id, call, error)),
        }
    }

    async fn http(&self, call: &Call, http: &HttpCall, live: Option<&Live>) -> Result<(), Fault> {
        let began = self.shared.elapsed();
        let mut tries = 0;
        let mut id = self.intend(call.label).await?;
        loop {
            tries += 1;
            let request = self.ready_to_send(http).await?;
            let (by, setback) = match self.attempt(id, call, http, &request, live).await {
                Ok(()) => {
                    self.note(id, What::Succeeded);
                    return Ok(());
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
                    return Ok(());
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
        if let Body::Json(body) = &mut request.body {
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

/// What sending a call twice does. A `POST` that is no create and no delete may do more, unless the server refuses it
/// once the resource has changed.
fn repeat(http: &HttpCall) -> Repeat {
    let is_guarded = !http.fresh.is_empty() || retry::is_guarded(&http.request);
    match (http.request.method, http.satisfied_by) {
        (Method::Post, Satisfied::BySuccess) if !is_guarded => Repeat::Harmful,
        _ => Repeat::Harmless,
    }
}

/// Whether a call may not be sent again before somebody has looked.
pub(crate) fn is_harmful(call: &Call) -> bool {
    matches!(&call.effect, Effect::Http(http) if repeat(http) == Repeat::Harmful)
}

/// Puts a value at a dotted path, making objects on the way.
fn put(body: &mut serde_json::Value, dotted: &str, value: serde_json::Value) {
    let mut at = body;
    for key in dotted.split('.') {
        if !at.is_object() {
            *at = serde_json::Value::Object(serde_json::Map::new());
        }
        at = at.as_object_mut().expect("made an object above").entry(key).or_insert(serde_json::Value::Null);
    }
    *at = value;
}
