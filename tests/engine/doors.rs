//! The two doors through which a run acts on the world, with a counter at each: the transport and the store.
//!
//! Every request is held to Google's discovery documents before it passes the transport's door.
//!
//! At the chosen effect the process "dies": the door never answers again, and whoever waits for the run drops it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use stackctl::gcp::transport::{SendError, Sending, Transport};
use stackctl::inventory::{Loaded, Memory, Owner, Store, Storing};
use stackctl::records::{Inventory, JournalEvent};
use stackctl::wire::{Request, Response, record};
use tokio::sync::Notify;

/// Where a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    Never,
    /// Before the n-th effect, from 0.
    Before(usize),
    /// After it, with its answer lost.
    After(usize),
}

/// What goes wrong at one of the cloud's effects, counted from 0, while the process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// The connection breaks before the request arrives.
    LostBefore(usize),
    /// The request takes effect and its answer is lost.
    LostAfter(usize),
    /// It is refused without effect, with this status.
    Refused(usize, u16),
}

/// Counts effects, and ends the process at one of them.
#[derive(Debug)]
pub struct Counter {
    kill: Kill,
    count: AtomicUsize,
    dead: Notify,
}

impl Counter {
    pub fn new(kill: Kill) -> Arc<Self> {
        Arc::new(Self { kill, count: AtomicUsize::new(0), dead: Notify::new() })
    }

    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Returns when the process dies.
    pub async fn death(&self) {
        self.dead.notified().await;
    }

    async fn die(&self) {
        self.dead.notify_one();
        std::future::pending::<()>().await;
    }

    async fn around<T>(&self, effect: impl Future<Output = T>) -> T {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        if self.kill == Kill::Before(number) {
            self.die().await;
        }
        let result = effect.await;
        if self.kill == Kill::After(number) {
            self.die().await;
        }
        result
    }
}

/// The transport's door. Reads pass uncounted: dying at one is dying after the effect before it.
#[derive(Debug)]
pub struct CloudDoor<T> {
    inner: T,
    counter: Arc<Counter>,
    trouble: Trouble,
    effects: AtomicUsize,
    sent: Sent,
}

/// What was sent that changes something, in order.
pub type Sent = Arc<Mutex<Vec<Request>>>;

impl<T: Transport> CloudDoor<T> {
    pub fn new(inner: T, counter: Arc<Counter>, trouble: Trouble, sent: Sent) -> Self {
        Self { inner, counter, trouble, effects: AtomicUsize::new(0), sent }
    }

    async fn troubled(&self, request: Request) -> Result<Response, SendError> {
        let number = self.effects.fetch_add(1, Ordering::Relaxed);
        let lost = || Err(SendError::Lost { host: "somewhere".into(), source: "the connection broke".into() });
        match self.trouble {
            Trouble::LostBefore(at) if at == number => lost(),
            Trouble::LostAfter(at) if at == number => {
                let _ = self.inner.send(request).await;
                lost()
            }
            Trouble::Refused(at, status) if at == number => {
                let error =
                    json!({"error": {"code": status, "message": "not now", "errors": [{"reason": "backendError"}]}});
                Ok(Response::json(status, error))
            }
            _ => self.inner.send(request).await,
        }
    }
}

impl<T: Transport> Transport for CloudDoor<T> {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move {
            judge(&request);
            if is_read(&request) {
                self.inner.send(request).await
            } else {
                self.sent.lock().unwrap().push(request.clone());
                self.counter.around(self.troubled(request)).await
            }
        })
    }
}

/// Fails the test whose run sends something that Google's discovery documents do not know.
fn judge(request: &Request) {
    let mut faults = stackctl_judge::faults(&record::line(1, request, None));
    // Accounts and policies are read without a project to charge once their APIs were seen not to be enabled in it.
    let is_there_anyway =
        ["iam.googleapis.com", "cloudresourcemanager.googleapis.com"].contains(&request.host.as_str());
    faults.retain(|fault| !(is_there_anyway && is_read(request) && fault.contains("x-goog-user-project")));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

pub fn is_read(request: &Request) -> bool {
    request.method.is_read()
        || request.path.ends_with(":getIamPolicy")
        || request.path.ends_with(":testIamPermissions")
        || request.query_value("validateOnly") == Some("true")
}

/// The store's door.
#[derive(Debug)]
pub struct StoreDoor {
    pub inner: Memory,
    pub counter: Arc<Counter>,
}

impl Store for StoreDoor {
    fn load(&self) -> Storing<'_, Loaded> {
        self.inner.load()
    }

    fn append<'a>(&'a self, events: &'a [JournalEvent]) -> Storing<'a, ()> {
        Box::pin(self.counter.around(self.inner.append(events)))
    }

    fn checkpoint<'a>(&'a self, inventory: &'a Inventory) -> Storing<'a, ()> {
        Box::pin(self.counter.around(self.inner.checkpoint(inventory)))
    }

    fn lock<'a>(&'a self, owner: &'a Owner) -> Storing<'a, ()> {
        self.inner.lock(owner)
    }

    fn release(&self) -> Storing<'_, ()> {
        self.inner.release()
    }

    fn owner(&self) -> Storing<'_, Option<Owner>> {
        self.inner.owner()
    }

    fn break_lock(&self) -> Storing<'_, Option<Owner>> {
        self.inner.break_lock()
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}
