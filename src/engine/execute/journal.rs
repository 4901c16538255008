//! Writes the journal of a run: events of concurrent steps share one sync.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

use crate::inventory::{Store, StoreError};
use crate::records::JournalEvent;

/// The store does not take the journal any more: nothing may be begun.
#[derive(Debug, Clone)]
pub(crate) struct Broken(pub(crate) Arc<StoreError>);

/// Collects events and writes them in batches. Whoever owns the run polls [`Writer::drive`] beside the steps.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    store: &'a dyn Store,
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    queue: Vec<JournalEvent>,
    waiting: Vec<oneshot::Sender<Result<(), Broken>>>,
    broken: Option<Broken>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(store: &'a dyn Store) -> Self {
        Self { store, state: Mutex::default(), wake: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an event with the next batch; nobody waits for it. What comes later in the journal is durable only
    /// together with it.
    pub(crate) fn push(&self, event: JournalEvent) {
        self.state().queue.push(event);
        self.wake.notify_one();
    }

    /// Writes an event; it is durable when this returns.
    ///
    /// # Errors
    /// The store failed, now or before.
    pub(crate) async fn sync(&self, event: JournalEvent) -> Result<(), Broken> {
        let heard = {
            let mut state = self.state();
            if let Some(broken) = &state.broken {
                return Err(broken.clone());
            }
            let (tell, heard) = oneshot::channel();
            state.queue.push(event);
            state.waiting.push(tell);
            heard
        };
        self.wake.notify_one();
        // The writer lives as long as the run: it always answers.
        heard.await.unwrap_or_else(|_| Err(Broken(Arc::new(StoreError::Stopped))))
    }

    /// Why the journal takes nothing any more, if it does not.
    pub(crate) fn broken(&self) -> Option<Broken> {
        self.state().broken.clone()
    }

    /// Writes whatever comes, for ever.
    pub(crate) async fn drive(&self) -> std::convert::Infallible {
        loop {
            self.wake.notified().await;
            // Steps that are ready at the same moment get their events into the same batch.
            tokio::task::yield_now().await;
            self.flush().await;
        }
    }

    /// Writes what is queued.
    pub(crate) async fn flush(&self) {
        let (events, waiting) = {
            let mut state = self.state();
            (std::mem::take(&mut state.queue), std::mem::take(&mut state.waiting))
        };
        if events.is_empty() {
            return;
        }
        let already = self.broken();
        let result = match already {
            Some(broken) => Err(broken),
            None => self.store.append(&events).await.map_err(|error| Broken(Arc::new(error))),
        };
        if let Err(broken) = &result {
            self.state().broken = Some(broken.clone());
        }
        for tell in waiting {
            // A step that was dropped no longer listens.
            let _ = tell.send(result.clone());
        }
    }
}
