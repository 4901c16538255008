//! The client of a run: sends a request until it has an answer, a refusal, or has tried long enough.
//!
//! The one place that sleeps between attempts. What to do after each is decided by `wire::retry`.

mod told;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;

use super::clock::Clock;
use super::pace::{Limits, Pace};
use super::transport::{SendError, Transport};
use crate::wire::http::Body;
use crate::wire::retry::{self, Attempt, Because, Origin, Recent, Repeat, Trouble, Verdict};
use crate::wire::{ApiError, Request, Response};
pub use told::Listener;
use told::Told;

/// Random numbers from 0 to less than 1, for the pauses between attempts.
pub type Jitter = Box<dyn Fn() -> f64 + Send + Sync>;

/// Told of each new attempt: why, and after how long.
pub type OnRetry<'a> = &'a (dyn Fn(&Because, Duration) + Send + Sync);

/// Sends requests for one run.
pub struct Client {
    transport: Arc<dyn Transport>,
    clock: Clock,
    pace: Pace,
    jitter: Jitter,
    /// Sent as `x-goog-user-project`, where the request does not say otherwise itself.
    quota_project: Option<String>,
    recent: Mutex<Recent>,
    told: Told,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("quota_project", &self.quota_project).finish_non_exhaustive()
    }
}

/// Why a call has no good answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Google refused.
    #[error("{request} was refused")]
    Refused {
        request: String,
        tries: u32,
        #[source]
        error: ApiError,
    },
    /// The answer was lost or was a server error, and sending it twice would do something else: look first.
    #[error("nobody knows whether {request} took effect")]
    Uncertain {
        request: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer, however often it was tried.
    #[error("{request} got no answer")]
    Unanswered {
        request: String,
        tries: u32,
        #[source]
        source: SendError,
    },
    /// An answer that is no JSON where JSON is due: something between here and Google answered.
    #[error("{request} was answered with something that is not JSON ({excerpt:?})")]
    NotJson { request: String, status: u16, excerpt: String },
    /// There are no usable credentials.
    #[error("{request} cannot be sent without credentials")]
    Credentials {
        request: String,
        #[source]
        source: SendError,
    },
    /// The process was told to stop.
    #[error("stopped")]
    Stopped,
}

impl CallError {
    /// Google's refusal, if it is one.
    pub fn refusal(&self) -> Option<&ApiError> {
        match self {
            Self::Refused { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Whether Google says that what was asked for is not there.
    pub fn is_not_found(&self) -> bool {
        self.refusal().is_some_and(|error| error.status == 404)
    }

    /// The same failure once more, for another of those whom it concerns; causes that cannot be copied keep their
    /// words.
    #[must_use]
    pub fn again(&self) -> Self {
        match self {
            Self::Refused { request, tries, error } => {
                Self::Refused { request: request.clone(), tries: *tries, error: error.clone() }
            }
            Self::NotJson { request, status, excerpt } => {
                Self::NotJson { request: request.clone(), status: *status, excerpt: excerpt.clone() }
            }
            Self::Stopped => Self::Stopped,
            Self::Uncertain { request, source } => {
                Self::Uncertain { request: request.clone(), source: source.to_string().into() }
            }
            Self::Unanswered { request, tries, source } => {
                Self::Unanswered { request: request.clone(), tries: *tries, source: source.again() }
            }
            Self::Credentials { request, source } => {
                Self::Credentials { request: request.clone(), source: source.again() }
            }
        }
    }

    /// Whether the server may have acted all the same.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Uncertain { .. } | Self::Stopped => true,
            Self::Unanswered { source, .. } => matches!(source, SendError::Lost { .. }),
            Self::Refused { error, .. } => matches!(error.status, 408 | 500 | 502..=504),
            Self::NotJson { status, .. } => *status < 400 || *status >= 500,
            Self::Credentials { .. } => false,
        }
    }
}

impl Client {
    /// A client over `transport`; `quota_project` is charged for the calls.
    pub fn new(transport: Arc<dyn Transport>, clock: Clock, limits: Limits) -> Self {
        Self {
            transport,
            clock,
            pace: Pace::new(limits),
            jitter: Box::new(random),
            quota_project: None,
            recent: Mutex::default(),
            told: Told::default(),
        }
    }

    /// With the project that is charged (`x-goog-user-project`).
    #[must_use]
    pub fn quota_project(mut self, project: impl Into<String>) -> Self {
        self.quota_project = Some(project.into()).filter(|project| !project.is_empty());
        self
    }

    /// With numbers of the caller's own for the pauses (tests).
    #[must_use]
    pub fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// The run's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whom to tell of what takes longer than anybody waits without a word; nobody from now on where absent.
    pub fn listen(&self, listener: Option<Listener>) {
        self.told.listen(listener);
    }

    /// Notes what the run has made, granted or enabled; `note` gets the record and the time.
    pub fn note(&self, note: impl FnOnce(&mut Recent, Duration)) {
        note(&mut self.recent.lock().unwrap_or_else(PoisonError::into_inner), self.clock.elapsed());
    }

    /// Sends a read and gives its JSON.
    ///
    /// # Errors
    /// See [`CallError`]; 404 is a refusal like any other.
    pub async fn read(&self, request: &Request) -> Result<Json, CallError> {
        self.call(request, Repeat::Harmless, &|_, _| {}).await
    }

    /// Like [`Client::read`]; absent where Google answers 404.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn find(&self, request: &Request) -> Result<Option<Json>, CallError> {
        match self.read(request).await {
            Ok(json) => Ok(Some(json)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a request and gives the JSON of its answer, `null` for an empty one.
    ///
    /// Not cancel-safe: a dropped call may have acted.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call(&self, request: &Request, repeat: Repeat, on_retry: OnRetry<'_>) -> Result<Json, CallError> {
        json(request, self.exchange(request, repeat, on_retry).await?)
    }

    /// Like [`Client::call`], for a request that begins an operation: that another one runs is given back at once,
    /// because the caller can wait for that by its name.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn begin(&self, request: &Request, repeat: Repeat, on_retry: OnRetry<'_>) -> Result<Json, CallError> {
        json(request, self.attempts(request, repeat, on_retry, WhenBusy::GiveBack).await?)
    }

    /// Like [`Client::call`], for answers that may be anything.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn exchange(
        &self,
        request: &Request,
        repeat: Repeat,
        on_retry: OnRetry<'_>,
    ) -> Result<Response, CallError> {
        self.attempts(request, repeat, on_retry, WhenBusy::TryAgain).await
    }

    async fn attempts(
        &self,
        request: &Request,
        repeat: Repeat,
        on_retry: OnRetry<'_>,
        when_busy: WhenBusy,
    ) -> Result<Response, CallError> {
        let began = self.clock.elapsed();
        let mut tries = 0;
        loop {
            tries += 1;
            let failure = match self.send_once(request).await {
                Ok(response) if response.is_success() => {
                    self.told.went_well(|| self.transport.reaches(&request.host));
                    return Ok(response);
                }
                Ok(response) => Failure::Refused(ApiError::from_response(&response), response),
                Err(SendError::Stopped) => return Err(CallError::Stopped),
                Err(source @ SendError::Credentials { .. }) => {
                    return Err(CallError::Credentials { request: request.to_string(), source });
                }
                Err(source) => Failure::Unanswered(source),
            };
            let attempt = Tried { request, repeat, tries, began };
            match self.verdict(&attempt, failure.trouble(), Origin::Reply) {
                Verdict::Again { because: Because::OtherOperation, .. } if when_busy == WhenBusy::GiveBack => {
                    return Err(failure.into_error(request, tries));
                }
                Verdict::Again { delay, because } => {
                    let waited = self.clock.wall(self.clock.elapsed().saturating_sub(began));
                    let place = self.transport.reaches(&request.host);
                    self.told.retry(&place, &because, waited, self.clock.wall(delay));
                    on_retry(&because, delay);
                    self.clock.sleep(delay).await;
                }
                Verdict::Look => {
                    return Err(CallError::Uncertain { request: request.to_string(), source: failure.into_source() });
                }
                Verdict::Stop => return Err(failure.into_error(request, tries)),
            }
        }
    }

    /// Decides on an operation that ended with `error`: the request that began it may be sent again.
    pub fn judge_operation(&self, request: &Request, error: &ApiError, tries: u32, began: Duration) -> Verdict {
        let attempt = Tried { request, repeat: Repeat::Harmless, tries, began };
        self.verdict(&attempt, Trouble::Refused(error), Origin::Operation)
    }

    fn verdict(&self, tried: &Tried<'_>, trouble: Trouble<'_>, origin: Origin) -> Verdict {
        let now = self.clock.elapsed();
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = Attempt {
            request: tried.request,
            trouble,
            origin,
            repeat: tried.repeat,
            tries: tried.tries,
            elapsed: now.saturating_sub(tried.began),
            now,
            recent: &recent,
            contact: self.told.contact(),
        };
        retry::judge(&attempt, (self.jitter)())
    }

    async fn send_once(&self, request: &Request) -> Result<Response, SendError> {
        let wait = self.pace.take(&request.host, self.clock.elapsed());
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
        let mut request = request.clone();
        if let Some(project) = &self.quota_project
            && request.header_value(USER_PROJECT).is_none()
        {
            request = request.header(USER_PROJECT, project);
        }
        request.headers.retain(|(_, value)| !value.is_empty());
        let host = request.host.clone();
        let sending = self.transport.send(request);
        let answer = self.told.first(|| self.transport.reaches(&host), sending).await;
        if answer.is_ok() {
            self.told.answered();
        }
        answer
    }
}

/// The header that names the project to charge. A request that has it with an empty value is sent without it: reads
/// of a bucket of another project.
pub const USER_PROJECT: &str = "x-goog-user-project";

/// What to do where another operation runs on the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WhenBusy {
    TryAgain,
    GiveBack,
}

struct Tried<'a> {
    request: &'a Request,
    repeat: Repeat,
    tries: u32,
    began: Duration,
}

enum Failure {
    Refused(ApiError, Response),
    Unanswered(SendError),
}

impl Failure {
    fn trouble(&self) -> Trouble<'_> {
        match self {
            Self::Refused(error, _) => Trouble::Refused(error),
            Self::Unanswered(SendError::Connect { .. }) => Trouble::Unreachable,
            Self::Unanswered(_) => Trouble::Lost,
        }
    }

    fn into_source(self) -> Box<dyn std::error::Error + Send + Sync> {
        match self {
            Self::Refused(error, _) => Box::new(error),
            Self::Unanswered(source) => Box::new(source),
        }
    }

    fn into_error(self, request: &Request, tries: u32) -> CallError {
        let name = request.to_string();
        match self {
            Self::Refused(_, Response { status, body: Body::Bytes(bytes), .. }) => not_json(request, status, &bytes),
            Self::Refused(error, _) => CallError::Refused { request: name, tries, error },
            Self::Unanswered(source) => CallError::Unanswered { request: name, tries, source },
        }
    }
}

fn json(request: &Request, response: Response) -> Result<Json, CallError> {
    match response.body {
        Body::Json(json) => Ok(json),
        Body::Empty => Ok(Json::Null),
        Body::Bytes(bytes) => Err(not_json(request, response.status, &bytes)),
    }
}

fn not_json(request: &Request, status: u16, bytes: &[u8]) -> CallError {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(400)]);
    let excerpt: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect();
    CallError::NotJson { request: request.to_string(), status, excerpt }
}

fn random() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness pauses are merely less spread.
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests;
