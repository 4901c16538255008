//! Waiting for an operation: seldom at first, closely around its usual end.

use std::time::Duration;

use serde_json::Value as Json;

use super::client::{CallError, Client, OnRetry};
use crate::wire::ApiError;
use crate::wire::operation::{self, Begun, Family, Progress};

/// An operation that runs longer than this is left to itself; the next run looks for it by its name.
const PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// How an operation ended.
#[derive(Debug)]
pub enum Ended {
    /// Well; with the result where its family carries one.
    Done(Option<Json>),
    /// With an error.
    Failed(ApiError),
    /// Google knows of no operation of that name (any more).
    Forgotten,
}

/// Why it is not known how an operation ended. A failed poll is not a failed operation.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// Its state could not be read.
    #[error("operation `{name}` cannot be asked for")]
    Unreadable {
        name: String,
        #[source]
        source: CallError,
    },
    /// It runs and runs.
    #[error("operation `{name}` still runs after {after:?}")]
    Endless { name: String, after: Duration },
}

/// Waits until an operation has ended; `usual` is how long it usually takes, zero where nobody knows.
///
/// Cancel-safe: it only reads.
///
/// # Errors
/// See [`PollError`].
pub async fn wait(
    client: &Client,
    begun: &Begun,
    family: Family,
    usual: Duration,
    on_retry: OnRetry<'_>,
) -> Result<Ended, PollError> {
    let clock = client.clock();
    let start = clock.elapsed();
    loop {
        let after = clock.elapsed().saturating_sub(start);
        if after > PATIENCE {
            return Err(PollError::Endless { name: begun.name.clone(), after });
        }
        clock.sleep(pause(after, usual)).await;
        match ask(client, begun, family, on_retry).await? {
            Some(ended) => return Ok(ended),
            None => continue,
        }
    }
}

/// Asks once; absent while it runs.
///
/// # Errors
/// See [`PollError`].
pub async fn ask(
    client: &Client,
    begun: &Begun,
    family: Family,
    on_retry: OnRetry<'_>,
) -> Result<Option<Ended>, PollError> {
    let reply = match client.call(&begun.poll, crate::wire::retry::Repeat::Harmless, on_retry).await {
        Ok(reply) => reply,
        Err(error) if error.is_not_found() => return Ok(Some(Ended::Forgotten)),
        Err(source) => return Err(PollError::Unreadable { name: begun.name.clone(), source }),
    };
    let progress = match family {
        Family::None => operation::read_any("v1", &begun.poll, &reply),
        family => operation::read(family, &begun.poll, &reply),
    };
    Ok(match progress {
        Progress::Running(_) => None,
        Progress::Done { response } => Some(Ended::Done(response)),
        Progress::Failed(error) => Some(Ended::Failed(error)),
    })
}

/// The pause before the next poll of an operation that has run for `elapsed`.
///
/// The first polls come quickly, for what ends at once; then they thin out until half of the usual time is over;
/// from there an operation that ends is noticed within a fiftieth of what it took.
pub fn pause(elapsed: Duration, usual: Duration) -> Duration {
    const FIRST: Duration = Duration::from_millis(100);
    const SHORTEST: Duration = Duration::from_millis(400);
    const LONGEST: Duration = Duration::from_secs(10);
    if elapsed < Duration::from_secs(1) {
        return (elapsed * 2).clamp(FIRST, SHORTEST);
    }
    let half = usual / 2;
    if elapsed < half {
        return elapsed.mul_f64(0.3).min(half - elapsed).max(FIRST);
    }
    elapsed.mul_f64(0.02).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times at which an operation of that usual duration is asked for, in seconds.
    fn polls(usual: u64, until: f64) -> Vec<f64> {
        let (mut now, mut times) = (Duration::ZERO, Vec::new());
        while now.as_secs_f64() < until {
            now += pause(now, Duration::from_secs(usual));
            times.push(now.as_secs_f64());
        }
        times
    }

    #[test]
    fn what_ends_at_once_is_noticed_at_once() {
        assert!(polls(300, 1.0).len() >= 3);
        for actual in [0.2, 0.5, 1.0, 1.2, 2.0] {
            let noticed = *polls(60, actual).last().unwrap();
            assert!(noticed <= actual * 1.3 + 0.4, "{actual} noticed at {noticed}");
        }
    }

    #[test]
    fn the_end_is_noticed_within_a_twentieth_around_the_usual_time() {
        for usual in [10, 60, 300, 1500] {
            for actual in [0.6, 0.8, 1.0, 1.3] {
                let actual = actual * usual as f64;
                let noticed = *polls(usual, actual).last().unwrap();
                assert!(noticed <= actual * 1.02 + 0.4, "{usual}: {actual} noticed at {noticed}");
            }
        }
    }

    #[test]
    fn long_operations_are_not_asked_for_all_the_time() {
        assert!(polls(300, 300.0).len() < 70, "{}", polls(300, 300.0).len());
        assert!(polls(10, 10.0).len() < 25, "{}", polls(10, 10.0).len());
    }
}
