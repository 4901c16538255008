//! Retry verdicts: whether a request that got no good answer is tried again, and after how long.
//!
//! Decided by status, reason, what the request may do twice, and by what this run has itself just made, granted or
//! enabled ([`Recent`]). Never by the words of a message; where Google gives no reason, only the e-mail address that
//! a message names counts ([`Recent`], [`names_service_agent`]). One loop (in `gcp`) sleeps; nothing here does.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::http::Body;
use super::{ApiError, Request};

/// What sending a request twice does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The same as sending it once: reads, deletes, creates under a name we chose, whole or partial overwrites.
    Harmless,
    /// Something else (another secret version): after a lost answer somebody has to look first.
    Harmful,
}

/// What went wrong.
#[derive(Debug, Clone, Copy)]
pub enum Trouble<'a> {
    /// An answer that refuses.
    Refused(&'a ApiError),
    /// No connection: the server has not acted.
    Unreachable,
    /// The answer was lost: the server may have acted.
    Lost,
}

/// Where the trouble came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The reply to the request.
    Reply,
    /// A finished operation: it has run and will not run again by itself.
    Operation,
}

/// One attempt that failed.
#[derive(Debug)]
pub struct Attempt<'a> {
    pub request: &'a Request,
    pub trouble: Trouble<'a>,
    pub origin: Origin,
    pub repeat: Repeat,
    /// Attempts made so far, from 1.
    pub tries: u32,
    /// Since the first attempt was sent.
    pub elapsed: Duration,
    /// Since the run began.
    pub now: Duration,
    pub recent: &'a Recent,
    pub contact: Contact,
}

/// Whether anything has ever answered in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// Nothing has: a wrong address, no network.
    Never,
    Made,
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It failed.
    Stop,
    /// Send it again after the delay.
    Again { delay: Duration, because: Because },
    /// The server may have acted and doing it twice would harm: look at the resource first.
    Look,
}

/// Why a request is tried again; shown while waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    Unreachable,
    LostAnswer,
    RateLimit,
    ServerError(u16),
    NotReady,
    OtherOperation,
    ApiJustEnabled(String),
    PrincipalJustMade(String),
    GrantJustMade(String),
    AgentJustMade,
    Conflict,
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("Google cannot be reached"),
            Self::LostAnswer => f.write_str("the answer was lost"),
            Self::RateLimit => f.write_str("Google asks to slow down"),
            Self::ServerError(status) => write!(f, "Google answers {status}"),
            Self::NotReady => f.write_str("what it needs is not ready yet"),
            Self::OtherOperation => f.write_str("another operation runs on it"),
            Self::ApiJustEnabled(api) => write!(f, "`{api}` was enabled moments ago"),
            Self::PrincipalJustMade(email) => write!(f, "`{email}` was made moments ago"),
            Self::GrantJustMade(member) => write!(f, "a grant to `{member}` was made moments ago"),
            Self::AgentJustMade => f.write_str("Google is still setting up its service agent"),
            Self::Conflict => f.write_str("it was changed at the same time"),
        }
    }
}

/// What this run has itself made, so that Google's lag behind it is told apart from a refusal.
///
/// Times are since the run began. Principals and members are e-mail addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recent {
    apis: BTreeMap<String, Duration>,
    principals: BTreeMap<String, Duration>,
    /// By member and role.
    grants: BTreeMap<(String, String), Duration>,
    /// Id and number of the project: a `SERVICE_DISABLED` that names another one is not ours to wait for.
    consumers: Vec<String>,
}

/// For how long Google may lag behind a principal or a grant: usually 2 minutes, 7 and more seen
/// (cloud.google.com/iam/docs/access-change-propagation).
pub const IAM_WINDOW: Duration = Duration::from_secs(10 * 60);
/// For how long an API that was just enabled may answer that it is not, and its service agent may lack its grants.
pub const API_WINDOW: Duration = Duration::from_secs(10 * 60);
/// For how long `resourceNotReady` is waited out: firewalls that Google itself made keep a network busy for minutes.
pub const NOT_READY_WINDOW: Duration = Duration::from_secs(10 * 60);
/// For how long another operation on the same Cloud SQL instance is waited for: a create takes up to 25 minutes.
pub const OPERATION_WINDOW: Duration = Duration::from_secs(40 * 60);
/// For how long everything else is tried again.
pub const GENERAL_WINDOW: Duration = Duration::from_secs(5 * 60);
/// For how long the first answer of all is waited for: a wrong address does not become a right one.
pub const FIRST_CONTACT_WINDOW: Duration = Duration::from_secs(5);
/// Most attempts at a server that cannot be reached or answers 5xx.
pub const MOST_TRIES: u32 = 8;
/// The longest pause between two attempts, unless the server names one.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause while an API that was just enabled comes up: it does so any moment.
const LONGEST_API_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause that a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(120);

impl Recent {
    /// Nothing made yet, in the project that goes by these names (id, number).
    pub fn new(consumers: impl IntoIterator<Item = String>) -> Self {
        Self { consumers: consumers.into_iter().filter(|name| !name.is_empty()).collect(), ..Self::default() }
    }

    /// Calls are charged to the project that goes by these names (id, number).
    pub fn charge(&mut self, names: impl IntoIterator<Item = String>) {
        self.consumers = names.into_iter().filter(|name| !name.is_empty()).collect();
    }

    /// This run enabled `api` (`run.googleapis.com`).
    pub fn enabled(&mut self, api: &str, now: Duration) {
        self.apis.insert(api.to_owned(), now);
    }

    /// This run made the principal with this e-mail address.
    pub fn made(&mut self, email: &str, now: Duration) {
        self.principals.insert(email.to_owned(), now);
    }

    /// This run granted `role` to `member` (`serviceAccount:a@b`, `user:a@b`).
    pub fn granted(&mut self, member: &str, role: &str, now: Duration) {
        let email = member.split_once(':').map_or(member, |(_, email)| email);
        if email.contains('@') {
            self.grants.insert((email.to_owned(), role.to_owned()), now);
        }
    }

    /// Whether the refusal is what Google answers while it lags behind what this run did.
    fn explains(&self, attempt: &Attempt<'_>, error: &ApiError) -> Option<Because> {
        if is_disabled_api(error) {
            return self.api_just_enabled(attempt, error);
        }
        let is_operation = attempt.origin == Origin::Operation;
        // A revision that may not do something yet ends its operation with 500 and no reason.
        if !(matches!(error.status, 400 | 403 | 404) || (is_operation && error.status == 500)) {
            return None;
        }
        if let Some(email) = self.principal_just_made(attempt, error) {
            return Some(Because::PrincipalJustMade(email));
        }
        if let Some(member) = self.grant_just_made(attempt, error) {
            return Some(Because::GrantJustMade(member));
        }
        let lately = self.apis.values().any(|at| attempt.now.saturating_sub(*at) <= API_WINDOW);
        (lately && names_service_agent(&error.message)).then_some(Because::AgentJustMade)
    }

    /// The principal that Google does not know everywhere yet. It gives no reason for that: the refusal has to name the
    /// principal, or be about it; what does not exist may go unnamed. Anything else is a refusal of somebody else.
    fn principal_just_made(&self, attempt: &Attempt<'_>, error: &ApiError) -> Option<String> {
        let text = Text::of(attempt.request);
        let is_it = |email: &str| match error.status {
            404 => text.contains(email),
            403 if attempt.origin == Origin::Reply => {
                text.path.contains(email) || (text.contains(email) && error.message.contains(email))
            }
            400 => text.contains(email) && error.message.contains(email),
            _ => false,
        };
        self.principals
            .iter()
            .find(|(email, at)| attempt.now.saturating_sub(**at) <= IAM_WINDOW && is_it(email))
            .map(|(email, _)| email.clone())
    }

    /// The member whose grant is not honoured yet: the refusal names it, and no other role than the one it was given.
    fn grant_just_made(&self, attempt: &Attempt<'_>, error: &ApiError) -> Option<String> {
        // A member of a policy that is being written is named by the request too: 400 there is no lag of a grant.
        if error.status == 400 && attempt.origin == Origin::Reply {
            return None;
        }
        let text = Text::of(attempt.request);
        let is_it = |(email, role): &(String, String)| {
            text.contains(email)
                && error.message.contains(email.as_str())
                && (!error.message.contains("roles/") || error.message.contains(role.as_str()))
        };
        self.grants
            .iter()
            .find(|(grant, at)| attempt.now.saturating_sub(**at) <= IAM_WINDOW && is_it(grant))
            .map(|((email, _), _)| email.clone())
    }

    fn api_just_enabled(&self, attempt: &Attempt<'_>, error: &ApiError) -> Option<Because> {
        if let Some(consumer) = error.metadata("consumer") {
            let consumer = consumer.strip_prefix("projects/").unwrap_or(consumer);
            if !self.consumers.is_empty() && !self.consumers.iter().any(|ours| ours == consumer) {
                return None;
            }
        }
        let api = error.metadata("service").unwrap_or(&attempt.request.host);
        let at = self.apis.get(api)?;
        (attempt.now.saturating_sub(*at) <= API_WINDOW).then(|| Because::ApiJustEnabled(api.to_owned()))
    }
}

/// Whether the refusal says that the API is not enabled (403 `SERVICE_DISABLED`, in older APIs `accessNotConfigured`).
pub fn is_disabled_api(error: &ApiError) -> bool {
    error.status == 403 && error.is(&["SERVICE_DISABLED", "accessNotConfigured"])
}

/// Whether another operation runs on the same Cloud SQL instance. Which of the two reasons it is, is not recorded.
pub fn is_busy(error: &ApiError) -> bool {
    error.status == 409 && error.is(&["operationInProgress", "instanceOperationInProgress"])
}

/// Whether the server refuses the request once the resource has changed: its body carries an etag, a fingerprint or a
/// settings version as they were read.
pub fn is_guarded(request: &Request) -> bool {
    let Body::Json(body) = &request.body else { return false };
    let guards = [
        "/etag",
        "/fingerprint",
        "/labelFingerprint",
        "/policy/etag",
        "/serviceAccount/etag",
        "/settings/settingsVersion",
    ];
    guards.iter().any(|guard| body.pointer(guard).and_then(|value| value.as_str()).is_some_and(|text| !text.is_empty()))
}

/// Whether Google says to slow down: 429, and Compute's 403 `rateLimitExceeded`. `quotaExceeded` is a limit on
/// resources and does not go by waiting.
pub fn is_rate_limit(error: &ApiError) -> bool {
    let reasons = ["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"];
    (error.status == 429 && !error.is(&["quotaExceeded", "QUOTA_EXCEEDED"]))
        || (error.status == 403 && error.is(&reasons))
}

/// Cloud Run refuses an image pull, inside a finished operation and with no
/// reason, while the grants of its own service agent (`service-NUMBER@….iam.gserviceaccount.com`) are on their way.
/// Only the shape of the agent's e-mail address is looked for, not the words around it.
fn names_service_agent(message: &str) -> bool {
    message.match_indices("service-").any(|(at, prefix)| {
        let rest = &message[at + prefix.len()..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0
            && rest[digits..].starts_with('@')
            && rest[digits..]
                .split(|c: char| !(c.is_ascii_alphanumeric() || "@.-".contains(c)))
                .next()
                .is_some_and(|host| host.contains(".iam.gserviceaccount.com"))
    })
}

/// All text of a request in which a principal can be named.
struct Text {
    path: String,
    body: String,
}

impl Text {
    fn of(request: &Request) -> Self {
        let body = match &request.body {
            Body::Json(json) => json.to_string(),
            Body::Empty | Body::Bytes(_) => String::new(),
        };
        let query: String = request.query.iter().map(|(_, value)| format!(" {value}")).collect();
        Self { path: request.path.replace("%40", "@") + &query, body }
    }

    fn contains(&self, email: &str) -> bool {
        self.path.contains(email) || self.body.contains(email)
    }
}

/// Decides on a failed attempt. `jitter` is random, at least 0 and less than 1.
pub fn judge(attempt: &Attempt<'_>, jitter: f64) -> Verdict {
    match attempt.trouble {
        Trouble::Unreachable => {
            let limit = match attempt.contact {
                Contact::Never => Limit { window: FIRST_CONTACT_WINDOW, tries: MOST_TRIES },
                Contact::Made => Limit::tries(),
            };
            again(attempt, &limit, Because::Unreachable, None, jitter)
        }
        Trouble::Lost => after_loss(attempt, Because::LostAnswer, None, jitter),
        Trouble::Refused(error) => refused(attempt, error, jitter),
    }
}

fn refused(attempt: &Attempt<'_>, error: &ApiError, jitter: f64) -> Verdict {
    let asked = error.retry_after_s.map(|s| Duration::from_secs(s).min(LONGEST_ASKED));
    if is_rate_limit(error) {
        return again(attempt, &Limit::within(GENERAL_WINDOW), Because::RateLimit, asked, jitter);
    }
    if error.is(&["resourceNotReady", "RESOURCE_NOT_READY"]) {
        return again(attempt, &Limit::within(NOT_READY_WINDOW), Because::NotReady, asked, jitter);
    }
    if is_busy(error) {
        return again(attempt, &Limit::within(OPERATION_WINDOW), Because::OtherOperation, asked, jitter);
    }
    if let Some(because) = attempt.recent.explains(attempt, error) {
        let window = match because {
            Because::ApiJustEnabled(_) | Because::AgentJustMade => API_WINDOW,
            _ => IAM_WINDOW,
        };
        return again(attempt, &Limit::within(window), because, asked, jitter);
    }
    match error.status {
        // What an operation ended with is not the server's passing weakness.
        408 | 500 | 502 | 503 | 504 if attempt.origin == Origin::Reply => {
            after_loss(attempt, Because::ServerError(error.status), asked, jitter)
        }
        // A guard that no longer fits will not fit again: whoever read it reads it anew.
        409 if error.is(&["ABORTED"]) && !is_guarded(attempt.request) => {
            again(attempt, &Limit::tries(), Because::Conflict, asked, jitter)
        }
        _ => Verdict::Stop,
    }
}

/// The server may or may not have acted.
fn after_loss(attempt: &Attempt<'_>, because: Because, asked: Option<Duration>, jitter: f64) -> Verdict {
    match attempt.repeat {
        Repeat::Harmless => again(attempt, &Limit::tries(), because, asked, jitter),
        Repeat::Harmful => Verdict::Look,
    }
}

/// How long and how often.
struct Limit {
    window: Duration,
    tries: u32,
}

impl Limit {
    fn tries() -> Self {
        Self { window: GENERAL_WINDOW, tries: MOST_TRIES }
    }

    /// A window alone; the tries that fit into it are few because pauses grow.
    fn within(window: Duration) -> Self {
        Self { window, tries: 1_000 }
    }
}

fn again(attempt: &Attempt<'_>, limit: &Limit, because: Because, asked: Option<Duration>, jitter: f64) -> Verdict {
    let mut pause = pause(attempt.tries, jitter);
    if matches!(because, Because::ApiJustEnabled(_)) {
        pause = pause.min(LONGEST_API_PAUSE);
    }
    let delay = asked.unwrap_or_default().max(pause);
    if attempt.tries >= limit.tries || attempt.elapsed + delay > limit.window {
        return Verdict::Stop;
    }
    Verdict::Again { delay, because }
}

/// The pause after the `tries`-th attempt: 1 s, doubled each time up to [`LONGEST_PAUSE`], of which between half and
/// all is taken.
pub fn pause(tries: u32, jitter: f64) -> Duration {
    let full = Duration::from_secs(1).saturating_mul(1 << tries.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
    full.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests;
