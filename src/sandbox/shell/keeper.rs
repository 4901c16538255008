//! Keeps one cloud: the single owner through whom all requests of a process go.
//!
//! With a folder, a thread of its own takes all requests that are waiting, handles them under the folder's lock, syncs
//! once and answers all. Without one, requests are handled where they are asked, with no thread at all: a test on a
//! stepped clock stays deterministic.

use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use tokio::sync::oneshot;

use super::SandboxError;
use super::clock::Clock;
use super::journal::Journal;
use crate::sandbox::cloud::{Cloud, DEFAULT_PROJECT};
use crate::sandbox::handle::{Outcome, handle_fully};
use crate::wire::Request;

/// Most requests that share one sync.
const BATCH: usize = 256;

/// Answers requests from one cloud; cheap to clone.
#[derive(Debug, Clone)]
pub struct Keeper {
    way: Way,
    pub clock: Clock,
}

#[derive(Debug, Clone)]
enum Way {
    Here(Arc<Mutex<Cloud>>),
    Thread(mpsc::Sender<Job>),
}

#[derive(Debug)]
struct Job {
    request: Request,
    answer: oneshot::Sender<Result<Outcome, Arc<SandboxError>>>,
}

impl Keeper {
    /// A cloud that lives in memory alone.
    pub fn in_memory(mut cloud: Cloud, clock: Clock) -> Self {
        cloud.now = cloud.now.max(clock.now());
        ensure_project(&mut cloud);
        cloud.store.take_changes();
        Self { way: Way::Here(Arc::new(Mutex::new(cloud))), clock }
    }

    /// The cloud of a folder, made where there is none; `cloud` brings seed and settings.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn in_folder(dir: &Path, mut cloud: Cloud, clock: Clock) -> Result<Self, SandboxError> {
        let mut journal = Journal::open(dir, &mut cloud)?;
        let clock = clock.not_before(cloud.now);
        {
            let _held = journal.lock()?;
            journal.catch_up(&mut cloud)?;
            cloud.now = cloud.now.max(clock.now());
            ensure_project(&mut cloud);
            journal.append(&mut cloud)?;
        }
        let (sender, jobs) = mpsc::channel();
        let owner = Owner { cloud, journal, clock: clock.clone() };
        let spawned = thread::Builder::new().name("sandbox".to_owned()).spawn(move || owner.run(&jobs));
        spawned.map_err(|source| SandboxError::Storage { path: dir.to_owned(), source })?;
        Ok(Self { way: Way::Thread(sender), clock })
    }

    /// Handles a request; what it changed is durable when this returns.
    ///
    /// # Errors
    /// The log could not be read or written; nothing is then known of the request's effect.
    pub async fn handle(&self, request: Request) -> Result<Outcome, Arc<SandboxError>> {
        match &self.way {
            Way::Here(cloud) => {
                let mut cloud = cloud.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let outcome = handle_fully(&mut cloud, self.clock.now(), &request);
                cloud.store.take_changes();
                Ok(outcome)
            }
            Way::Thread(sender) => {
                let (answer, outcome) = oneshot::channel();
                sender.send(Job { request, answer }).expect("the owner thread lives as long as a keeper");
                outcome.await.expect("the owner thread answers each job")
            }
        }
    }

    /// Looks at the cloud of a keeper without a folder; for tests.
    ///
    /// # Panics
    /// The keeper has a folder.
    pub fn inspect<T>(&self, look: impl FnOnce(&mut Cloud) -> T) -> T {
        match &self.way {
            Way::Here(cloud) => look(&mut cloud.lock().unwrap_or_else(std::sync::PoisonError::into_inner)),
            Way::Thread(_) => panic!("only a cloud in memory can be looked at"),
        }
    }
}

/// The project that stands ready.
fn ensure_project(cloud: &mut Cloud) {
    if cloud.project(DEFAULT_PROJECT).is_none() {
        cloud.make_project(DEFAULT_PROJECT);
    }
}

struct Owner {
    cloud: Cloud,
    journal: Journal,
    clock: Clock,
}

impl Owner {
    fn run(mut self, jobs: &mpsc::Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH {
                match jobs.try_recv() {
                    Ok(job) => batch.push(job),
                    Err(_) => break,
                }
            }
            match self.handle(&batch) {
                Ok(outcomes) => batch.into_iter().zip(outcomes).for_each(|(job, outcome)| {
                    // Whoever asked may have gone.
                    let _ = job.answer.send(Ok(outcome));
                }),
                Err(error) => {
                    let error = Arc::new(error);
                    for job in batch {
                        let _ = job.answer.send(Err(error.clone()));
                    }
                }
            }
        }
    }

    fn handle(&mut self, batch: &[Job]) -> Result<Vec<Outcome>, SandboxError> {
        let _held = self.journal.lock()?;
        self.journal.catch_up(&mut self.cloud)?;
        let outcomes = batch.iter().map(|job| handle_fully(&mut self.cloud, self.clock.now(), &job.request)).collect();
        self.journal.append(&mut self.cloud)?;
        Ok(outcomes)
    }
}
