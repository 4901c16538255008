//! The one clock of a run, over tokio's time: real, scaled, or stepped where a test pauses tokio.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// A clock that began at `epoch` and runs `factor` times as fast as tokio's.
///
/// Factor 1 is real time; 100 makes a wait of 100 seconds take one.
#[derive(Debug, Clone)]
pub struct Clock {
    epoch: Timestamp,
    start: Instant,
    factor: f64,
}

impl Clock {
    /// Real time, from now on.
    pub fn real() -> Self {
        Self::new(Timestamp::now(), 1.0)
    }

    /// A clock that shows `epoch` now. A factor that is not above zero counts as 1.
    pub fn new(epoch: Timestamp, factor: f64) -> Self {
        let factor = if factor.is_finite() && factor > 0.0 { factor } else { 1.0 };
        Self { epoch, start: Instant::now(), factor }
    }

    /// Time on this clock since it began.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed().mul_f64(self.factor)
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        self.epoch + self.elapsed()
    }

    /// What it shows, RFC 3339, UTC, whole seconds.
    pub fn now_text(&self) -> String {
        text(self.now())
    }

    /// How long `duration` on this clock takes on the wall.
    pub fn wall(&self, duration: Duration) -> Duration {
        duration.div_f64(self.factor)
    }

    /// Waits for `duration` on this clock. Cancel-safe.
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(self.wall(duration)).await;
    }
}

/// A time as records write it: RFC 3339, UTC, whole seconds.
pub fn text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_scaled_clock_shows_what_was_waited_for() {
        let clock = Clock::new(Timestamp::UNIX_EPOCH, 100.0);
        let before = Instant::now();
        clock.sleep(Duration::from_secs(3600)).await;
        assert!(before.elapsed() >= Duration::from_secs(36));
        assert!(before.elapsed() < Duration::from_secs(37));
        assert_eq!(clock.now_text(), "1970-01-01T01:00:00Z");
    }
}
