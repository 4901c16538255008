//! A token bucket per API, so that a run stays below Google's quotas instead of running into them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How fast an API may be asked.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    /// The API's host without a region in front.
    host: &'static str,
    per_second: f64,
    burst: f64,
}

/// Per-user quotas as the APIs' quota pages state them, taken a little below; bursts fill within a minute.
const RATES: &[Rate] = &[
    // cloud.google.com/sql/docs/quotas: 180 requests a minute a user.
    Rate { host: "sqladmin.googleapis.com", per_second: 2.9, burst: 60.0 },
    // cloud.google.com/compute/docs/api-rate-limits: 1,500 a minute.
    Rate { host: "compute.googleapis.com", per_second: 20.0, burst: 200.0 },
    // cloud.google.com/iam/quotas: 600 writes a minute.
    Rate { host: "iam.googleapis.com", per_second: 9.5, burst: 60.0 },
    // cloud.google.com/resource-manager/quotas: 600 reads a minute.
    Rate { host: "cloudresourcemanager.googleapis.com", per_second: 9.5, burst: 60.0 },
    // cloud.google.com/service-usage/quotas
    Rate { host: "serviceusage.googleapis.com", per_second: 4.0, burst: 40.0 },
    // cloud.google.com/secret-manager/quotas: 600 writes a minute.
    Rate { host: "secretmanager.googleapis.com", per_second: 9.5, burst: 300.0 },
];

const OTHER: Rate = Rate { host: "", per_second: 20.0, burst: 100.0 };

/// Whose limits hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// Google's.
    Google,
    /// None: an emulator.
    None,
}

/// The buckets of one run.
#[derive(Debug)]
pub struct Pace {
    limits: Limits,
    /// By host: when the bucket would be full again, since the clock began.
    full_at: Mutex<BTreeMap<&'static str, Duration>>,
}

impl Pace {
    /// Full buckets.
    pub fn new(limits: Limits) -> Self {
        Self { limits, full_at: Mutex::default() }
    }

    /// Takes a token for a request to `host` and says how long to wait before sending it.
    pub fn take(&self, host: &str, now: Duration) -> Duration {
        if self.limits == Limits::None {
            return Duration::ZERO;
        }
        let rate = rate_of(host);
        let per_token = Duration::from_secs_f64(1.0 / rate.per_second);
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = full_at.entry(rate.host).or_insert(now);
        *bucket = (*bucket).max(now) + per_token;
        bucket.saturating_sub(now + per_token.mul_f64(rate.burst))
    }
}

fn rate_of(host: &str) -> &'static Rate {
    RATES.iter().find(|rate| host == rate.host || host.ends_with(&format!("-{}", rate.host))).unwrap_or(&OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_what_follows_is_spread() {
        let pace = Pace::new(Limits::Google);
        let waits: Vec<Duration> =
            (0..62).map(|_| pace.take("sqladmin.googleapis.com", Duration::from_secs(5))).collect();
        assert!(waits[..60].iter().all(Duration::is_zero));
        assert!((0.3..0.4).contains(&waits[60].as_secs_f64()));
        assert!((0.6..0.8).contains(&waits[61].as_secs_f64()));
        assert!(pace.take("sqladmin.googleapis.com", Duration::from_secs(60)).is_zero());
        assert!(pace.take("us-central1-run.googleapis.com", Duration::from_secs(5)).is_zero());
    }

    #[test]
    fn an_emulator_has_no_limits() {
        let pace = Pace::new(Limits::None);
        assert!((0..10_000).all(|_| pace.take("sqladmin.googleapis.com", Duration::ZERO).is_zero()));
    }
}
