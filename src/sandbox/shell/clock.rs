//! What time it is in the sandbox.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::sandbox::cloud::Pace;

/// How the sandbox's time passes, as the command line says it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// Operations are done after one unfinished poll.
    Instant,
    /// Google's durations, so many times faster; 1 is real time.
    Factor(f64),
}

impl Speed {
    /// How operations take their time.
    pub fn pace(self) -> Pace {
        match self {
            Self::Instant => Pace::Instant,
            Self::Factor(_) => Pace::Timed,
        }
    }

    fn factor(self) -> f64 {
        match self {
            Self::Instant => 1.0,
            Self::Factor(factor) => factor,
        }
    }
}

/// Shows the sandbox's time: begins at a point and runs with a factor over a source of real time.
#[derive(Clone)]
pub struct Clock {
    source: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    began: Timestamp,
    shows: Timestamp,
    factor: f64,
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("shows", &self.shows).field("factor", &self.factor).finish_non_exhaustive()
    }
}

impl Clock {
    /// The machine's clock.
    pub fn system(speed: Speed) -> Self {
        Self::over(Timestamp::now, speed)
    }

    /// Tokio's clock, from a point on: paused, it is stepped by the test.
    pub fn tokio(from: Timestamp, speed: Speed) -> Self {
        let began = tokio::time::Instant::now();
        let source = move || from + SignedDuration::try_from(began.elapsed()).unwrap_or(SignedDuration::ZERO);
        Self::over(source, speed)
    }

    fn over(source: impl Fn() -> Timestamp + Send + Sync + 'static, speed: Speed) -> Self {
        let began = source();
        Self { source: Arc::new(source), began, shows: began, factor: speed.factor() }
    }

    /// Begins at a later point: the log has already seen it.
    #[must_use]
    pub fn not_before(mut self, point: Timestamp) -> Self {
        self.shows = self.shows.max(point);
        self
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        let passed = (self.source)().duration_since(self.began);
        self.shows.checked_add(passed.mul_f64(self.factor)).unwrap_or(Timestamp::MAX)
    }

    /// How long it takes in real time until the sandbox's clock shows `at`.
    pub fn until(&self, at: Timestamp) -> Duration {
        let left = at.duration_since(self.now());
        Duration::try_from(left).unwrap_or(Duration::ZERO).div_f64(self.factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_runs_as_much_faster_as_the_factor_says() {
        let from: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = Clock::tokio(from, Speed::Factor(100.0));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(clock.now(), "2026-01-01T00:10:00Z".parse().unwrap());
        assert_eq!(clock.until("2026-01-01T00:11:40Z".parse().unwrap()), Duration::from_secs(1));
        assert_eq!(clock.until(from), Duration::ZERO);
        let later = clock.not_before("2026-01-02T00:00:00Z".parse().unwrap());
        assert_eq!(later.now(), "2026-01-02T00:10:00Z".parse().unwrap());
    }
}
