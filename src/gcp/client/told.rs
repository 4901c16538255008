//! Words for whoever waits: what takes longer than a moment, and why; each said once until something answers.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::wire::retry::{Because, Contact};

/// Hears what is waited for, in present tense.
pub type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// For so long nobody needs a word.
const QUIET: Duration = Duration::from_secs(2);

/// What was said so far, and to whom.
#[derive(Default)]
pub(super) struct Told(Mutex<State>);

#[derive(Default)]
struct State {
    listener: Option<Listener>,
    answered: bool,
    said: BTreeSet<(String, String)>,
}

impl Told {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn listen(&self, listener: Option<Listener>) {
        self.state().listener = listener;
    }

    /// Whether anything has ever answered.
    pub(super) fn contact(&self) -> Contact {
        if self.state().answered { Contact::Made } else { Contact::Never }
    }

    /// Something answered, well or not.
    pub(super) fn answered(&self) {
        self.state().answered = true;
    }

    /// Something answered well: what was said of the place may be said anew.
    pub(super) fn went_well(&self, place: impl Fn() -> String) {
        let mut state = self.state();
        if !state.said.is_empty() {
            let place = place();
            state.said.retain(|(said, _)| *said != place);
        }
    }

    /// Something is tried again after `delay`, having been tried for `waited`; both as somebody who waits feels them.
    pub(super) fn retry(&self, place: &str, because: &Because, waited: Duration, delay: Duration) {
        if waited + delay >= QUIET {
            let seconds = delay.as_secs_f64().round().max(1.0);
            self.say(place, &because.to_string(), &format!("waits for `{place}`: {because}; next try in {seconds} s"));
        }
    }

    /// Waits for an answer; where none ever came, with a word after a moment.
    pub(super) async fn first<T>(&self, place: impl Fn() -> String, answer: impl Future<Output = T> + Unpin) -> T {
        let listens = {
            let state = self.state();
            state.listener.is_some() && !state.answered
        };
        let mut answer = answer;
        if listens {
            tokio::select! {
                biased;
                answer = &mut answer => return answer,
                () = tokio::time::sleep(QUIET) => {
                    let place = place();
                    // Said once: the first requests go to several hosts at a time.
                    self.say("", "first", &format!("waits for `{place}`: no answer yet"));
                }
            }
        }
        answer.await
    }

    fn say(&self, place: &str, what: &str, words: &str) {
        let listener = {
            let mut state = self.state();
            let is_new = state.said.insert((place.to_owned(), what.to_owned()));
            state.listener.clone().filter(|_| is_new)
        };
        if let Some(listener) = listener {
            listener(words);
        }
    }
}
