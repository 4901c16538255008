//! Times as each API writes them.

use jiff::{Timestamp, ToSpan, tz::Offset};

/// Milliseconds since the epoch.
pub fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A time from milliseconds since the epoch.
pub fn from_millis(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// Compute: `2024-04-11T18:31:38.153-07:00`.
pub fn compute(at: Timestamp) -> String {
    at.to_zoned(Offset::constant(-7).to_time_zone()).strftime("%Y-%m-%dT%H:%M:%S.%3f%:z").to_string()
}

/// Cloud SQL, Resource Manager v1: `2024-04-12T01:38:47.372Z`.
pub fn milliseconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Cloud Run, Secret Manager, Artifact Registry: `2024-04-12T01:38:47.372123Z`.
pub fn microseconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// Knative objects: `2024-04-12T01:38:47Z`.
pub fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `at` and so many seconds more.
pub fn plus_seconds(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(seconds.seconds()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_writes_its_own_way() {
        let at: Timestamp = "2024-04-12T01:31:38.153456Z".parse().unwrap();
        assert_eq!(compute(at), "2024-04-11T18:31:38.153-07:00");
        assert_eq!(milliseconds(at), "2024-04-12T01:31:38.153Z");
        assert_eq!(microseconds(at), "2024-04-12T01:31:38.153456Z");
        assert_eq!(seconds(at), "2024-04-12T01:31:38Z");
        assert_eq!(from_millis(millis(at)), "2024-04-12T01:31:38.153Z".parse().unwrap());
    }
}
