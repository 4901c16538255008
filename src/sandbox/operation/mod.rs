//! Operations: what is under way, when it ends and what it changes then.
//!
//! Three families look different and live alike. An operation is a document under `op/…`; its effects are data, so that
//! another process can finish what this one has begun.

mod answer;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

pub use answer::{Begin, Compute, Error, LongRunning, Source, Sql};
pub use answer::{begin_compute, begin_long_running, begin_sql, compute_link, finished_long_running, view};

use super::cloud::{Cloud, Pace};
use super::fault::Fault;
use super::services;
use super::times;

/// For how long an operation of an instant cloud that nobody asks for stays unfinished.
const UNASKED_MS: i64 = 10_000;
/// How many finished operations are remembered; Google keeps them for weeks, nobody asks for older ones.
const REMEMBERED: usize = 2000;
/// How often what an operation changes may be read before an instant cloud finishes what nobody asks for.
const UNASKED_LOOKS: u32 = 2;

/// How long an operation takes: the range seen at Google, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasts(pub u64, pub u64);

impl Lasts {
    /// A range in seconds.
    pub const fn seconds(from: u64, to: u64) -> Self {
        Self(from * 1000, to * 1000)
    }

    /// Done in the first answer.
    pub const NO_TIME: Self = Self(0, 0);
}

/// What an operation does to the store when it ends; carried out in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// Puts a document.
    Put(String, Json),
    /// Sets top-level fields of a document, where it still exists; `null` takes a field away.
    Merge(String, Map<String, Json>),
    /// Takes a document away.
    Delete(String),
    /// Takes a document and all below it away.
    DeleteTree(String),
    /// Enables or disables an API: project, service, state.
    Api(String, String, String),
    /// Calls the service's `complete` with an action and its arguments; it may fail, which fails the operation, and
    /// its result becomes the operation's response.
    Call(String, String, Json),
}

impl Effect {
    /// A call of a service's `complete`.
    pub fn call(service: &str, action: &str, arguments: Json) -> Self {
        Self::Call(service.to_owned(), action.to_owned(), arguments)
    }
}

/// The three families, and a timer that nobody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Family {
    Compute,
    Sql,
    LongRunning,
    Timer,
}

/// An operation as it is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    pub family: Family,
    /// What every answer about it shows.
    pub fixed: Json,
    pub begun: i64,
    pub due: i64,
    pub ended: Option<i64>,
    /// Whether an answer has shown it done.
    #[serde(default)]
    pub shown: bool,
    /// Keys of what it changes.
    pub targets: Vec<String>,
    pub effects: Vec<Effect>,
    #[serde(default)]
    pub metadata: Source,
    #[serde(default)]
    pub response: Source,
    pub error: Option<Error>,
}

impl Operation {
    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.ended.is_some()
    }
}

impl Cloud {
    /// Remembers an operation under `key` (`op/…`) and returns it as it is now: done at once where it takes no time.
    pub fn begin(&mut self, key: &str, mut operation: Operation, lasts: Lasts) -> Operation {
        let now = times::millis(self.now);
        operation.begun = now;
        if lasts == Lasts::NO_TIME {
            operation.due = now;
            self.save(key, &operation);
            self.finish(key, self.now);
            let mut operation = self.operation(key).expect("just saved");
            operation.shown = true;
            self.save(key, &operation);
            return operation;
        }
        let takes = i64::try_from(self.ids.between(lasts.0, lasts.1)).unwrap_or(i64::MAX);
        operation.due = now.saturating_add(match self.settings.pace {
            Pace::Instant => UNASKED_MS,
            Pace::Timed => takes,
        });
        self.save(key, &operation);
        operation
    }

    /// Lets `effects` happen at a time, seen by nobody; replaces a timer of the same name.
    pub fn set_timer(&mut self, name: &str, at: Timestamp, effects: Vec<Effect>) {
        let operation = Operation {
            family: Family::Timer,
            fixed: Json::Null,
            begun: times::millis(self.now),
            due: times::millis(at),
            ended: None,
            shown: true,
            targets: Vec::new(),
            effects,
            metadata: Source::None,
            response: Source::None,
            error: None,
        };
        self.save(&timer_key(name), &operation);
    }

    /// Stops a timer.
    pub fn stop_timer(&mut self, name: &str) {
        let key = timer_key(name);
        self.index_operation(&key, None);
        self.store.remove(&key);
    }

    /// When a timer fires.
    pub fn timer(&self, name: &str) -> Option<Timestamp> {
        self.operation(&timer_key(name)).map(|timer| times::from_millis(timer.due))
    }

    /// The operation under a key.
    pub fn operation(&self, key: &str) -> Option<Operation> {
        self.store.get(key).and_then(|document| serde_json::from_value(document.clone()).ok())
    }

    fn save(&mut self, key: &str, operation: &Operation) {
        let document = serde_json::to_value(operation).expect("operations are plain data");
        self.index_operation(key, Some(&document));
        self.store.put(key, document);
    }

    /// Keeps the indices of unfinished operations true.
    pub(super) fn index_operation(&mut self, key: &str, document: Option<&Json>) {
        if let Some(old) = self.operation(key) {
            self.due.remove(&(old.due, key.to_owned()));
            self.done.remove(&(old.ended.unwrap_or_default(), key.to_owned()));
            for target in &old.targets {
                if let Some(keys) = self.busy.get_mut(target) {
                    keys.remove(key);
                    if keys.is_empty() {
                        self.busy.remove(target);
                    }
                }
            }
        }
        let Some(operation) = document.and_then(|d| serde_json::from_value::<Operation>(d.clone()).ok()) else {
            return;
        };
        if let Some(ended) = operation.ended {
            self.polls.remove(key);
            self.done.insert((ended, key.to_owned()));
            return;
        }
        self.due.insert((operation.due, key.to_owned()));
        for target in operation.targets {
            self.busy.entry(target).or_default().insert(key.to_owned());
        }
    }

    /// The unfinished operation that changes `key`, if there is one: the one begun first.
    pub fn busy(&self, key: &str) -> Option<&str> {
        self.busy.get(key)?.first().map(String::as_str)
    }

    /// Ends all operations whose time has come, in the order of their ends.
    pub fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        // Bounded: each round ends one, and effects begin nothing that is due at once.
        while let Some((due, key)) = self.due.first().cloned() {
            if due > times::millis(self.now) {
                return;
            }
            self.finish(&key, times::from_millis(due));
            self.due.remove(&(due, key));
        }
    }

    /// Asks for an operation: counts as a poll.
    pub fn poll(&mut self, key: &str) -> Option<Operation> {
        let mut operation = self.operation(key)?;
        if operation.shown || self.settings.pace == Pace::Timed {
            return Some(operation);
        }
        let polls = self.polls.entry(key.to_owned()).or_insert(0);
        *polls += 1;
        if *polls == 1 {
            operation.ended = None;
            return Some(operation);
        }
        if !operation.is_done() {
            self.finish(key, self.now);
        }
        let mut operation = self.operation(key)?;
        operation.shown = true;
        self.save(key, &operation);
        Some(operation)
    }

    /// Reads what an operation may be changing: finishes, in an instant cloud, what nobody asks for.
    pub fn look(&mut self, key: &str) {
        if self.settings.pace == Pace::Timed {
            return;
        }
        let Some(operation) = self.busy(key).map(str::to_owned) else { return };
        if self.polls.contains_key(&operation) {
            return;
        }
        let looks = self.looks.entry(operation.clone()).or_insert(0);
        *looks += 1;
        if *looks > UNASKED_LOOKS {
            self.looks.remove(&operation);
            self.finish(&operation, self.now);
        }
    }

    /// Ends an operation: its effects take hold.
    fn finish(&mut self, key: &str, at: Timestamp) {
        let Some(mut operation) = self.operation(key) else { return };
        let effects = std::mem::take(&mut operation.effects);
        if operation.family == Family::Timer {
            self.index_operation(key, None);
            self.store.remove(key);
        }
        for effect in effects {
            match self.carry_out(effect, at) {
                Ok(None) => {}
                Ok(Some(response)) => operation.response = Source::Fixed(response),
                Err(fault) => {
                    operation.error = Some(Error::from(&fault));
                    break;
                }
            }
        }
        if operation.family != Family::Timer {
            operation.ended = Some(times::millis(at));
            self.save(key, &operation);
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let oldest = (self.done.len() > REMEMBERED).then(|| self.done.pop_first()).flatten();
        if let Some((_, oldest)) = oldest {
            self.store.remove(&oldest);
        }
    }

    fn carry_out(&mut self, effect: Effect, at: Timestamp) -> Result<Option<Json>, Fault> {
        match effect {
            Effect::Put(key, document) => self.store.put(key, document),
            Effect::Merge(key, fields) => {
                if let Some(map) = self.store.get_mut(&key).and_then(Json::as_object_mut) {
                    for (name, value) in fields {
                        match value {
                            Json::Null => drop(map.shift_remove(&name)),
                            value => drop(map.insert(name, value)),
                        }
                    }
                }
            }
            Effect::Delete(key) => drop(self.store.remove(&key)),
            Effect::DeleteTree(key) => {
                self.store.remove(&key);
                for below in self.store.keys_under(&format!("{key}/")) {
                    self.store.remove(&below);
                }
            }
            Effect::Api(project, service, state) => self.set_enabled(&project, &service, &state),
            Effect::Call(service, action, arguments) => {
                return services::complete(self, at, &service, &action, &arguments);
            }
        }
        Ok(None)
    }
}

fn timer_key(name: &str) -> String {
    format!("op/timer/{name}")
}

/// An empty response, as `google.longrunning` writes it.
pub fn empty() -> Json {
    json!({"@type": "type.googleapis.com/google.protobuf.Empty"})
}

#[cfg(test)]
mod tests;
