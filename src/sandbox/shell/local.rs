//! The sandbox as a transport in the same process: no socket, no other difference.

use std::path::Path;
use std::time::Duration;

use super::SandboxError;
use super::clock::{Clock, Speed};
use super::keeper::Keeper;
use crate::gcp::transport::{SendError, Sending, Transport};
use crate::sandbox::cloud::{Cloud, Settings};
use crate::sandbox::handle::Outcome;
use crate::sandbox::ids;
use crate::sandbox::service::WAITED;
use crate::wire::{Request, Response};

/// Sends requests to an emulated cloud.
#[derive(Debug, Clone)]
pub struct SandboxTransport {
    pub keeper: Keeper,
}

/// The cloud of a folder (`.stackctl/sandbox/`), made where there is none.
///
/// # Errors
/// The folder cannot be used, or its log is damaged or newer than this stackctl.
pub fn open(dir: &Path, speed: Speed, settings: Settings) -> Result<SandboxTransport, SandboxError> {
    let settings = Settings { pace: speed.pace(), ..settings };
    let cloud = Cloud::new(seed(), settings);
    Ok(SandboxTransport { keeper: Keeper::in_folder(dir, cloud, Clock::system(speed))? })
}

/// A cloud in memory, for tests: always the same ids, the time as `clock` shows it.
pub fn in_memory(clock: Clock, settings: Settings) -> SandboxTransport {
    SandboxTransport { keeper: Keeper::in_memory(Cloud::new(1, settings), clock) }
}

/// Where ids begin: another point for each new cloud.
fn seed() -> u64 {
    let mut bytes = [0; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        Err(_) => ids::hash(&jiff::Timestamp::now().to_string()),
    }
}

impl SandboxTransport {
    /// Handles a request and keeps its answer back for as long as it is to be late.
    ///
    /// # Errors
    /// The answer is lost, or the log cannot be written.
    pub async fn answer(&self, request: Request) -> Result<Response, SendError> {
        let host = request.host.clone();
        let mut outcome = self.ask(request.clone()).await?;
        if let Some(until) = outcome.wait_until {
            tokio::time::sleep(self.keeper.clock.until(until)).await;
            outcome = self.ask(request.header(WAITED, "1")).await?;
        }
        if outcome.late_ms > 0 {
            tokio::time::sleep(Duration::from_millis(outcome.late_ms)).await;
        }
        if outcome.lost {
            return Err(SendError::Lost { host, source: "the sandbox was told to lose this answer".into() });
        }
        Ok(outcome.response)
    }

    async fn ask(&self, request: Request) -> Result<Outcome, SendError> {
        let host = request.host.clone();
        self.keeper.handle(request).await.map_err(|error| SendError::Lost { host, source: Box::new(error) })
    }
}

impl Transport for SandboxTransport {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(self.answer(request))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::admin;
    use crate::wire::Method;

    fn project() -> Request {
        Request::get(admin::HOST, "/state")
    }

    #[tokio::test]
    async fn two_transports_on_one_folder_see_one_cloud() {
        let dir = tempfile::tempdir().unwrap();
        let one = open(dir.path(), Speed::Instant, Settings::default()).unwrap();
        let two = open(dir.path(), Speed::Instant, Settings::default()).unwrap();
        let get = Request::get("compute.googleapis.com", "/compute/v1/projects/demo-project-1/global/networks");
        assert_eq!(one.send(get).await.unwrap().status, 403);
        let seen = two.send(project()).await.unwrap();
        assert!(seen.body.as_json().unwrap().get("project/demo-project-1").is_some());
        assert_eq!(seen, one.send(project()).await.unwrap());
    }

    #[tokio::test]
    async fn a_lost_answer_comes_out_as_lost() {
        let here = in_memory(Clock::system(Speed::Instant), Settings::default());
        let rules = json!([{"on": "/projects/", "what": "lostAfter"}]);
        let order = Request::new(Method::Post, admin::HOST, "/faults").json(rules);
        assert_eq!(here.send(order).await.unwrap().status, 200);
        let get = Request::get("compute.googleapis.com", "/compute/v1/projects/demo-project-1/global/networks");
        assert!(matches!(here.send(get.clone()).await, Err(SendError::Lost { .. })));
        assert!(here.send(get).await.is_ok());
    }

    #[tokio::test]
    async fn many_at_once_are_all_answered() {
        let dir = tempfile::tempdir().unwrap();
        let transport = open(dir.path(), Speed::Instant, Settings::default()).unwrap();
        let one = |n: usize| {
            let path = format!("/compute/v1/projects/demo-project-{n}/global/networks");
            transport.send(Request::get("compute.googleapis.com", path))
        };
        let answers = futures_util::future::join_all((0..100).map(one)).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().status == 403));
    }
}
