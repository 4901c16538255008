//! Backups, maintenance, insights, zones.

use super::Facts;
use crate::kinds::faults;
use crate::kinds::sql::Engine;
use crate::model::{Diagnostic, Doc, DocPath, Place};

const BACKUPS: &str = "backupConfiguration.enabled";
const BINARY_LOG: &str = "backupConfiguration.binaryLogEnabled";
const POINT_IN_TIME: &str = "backupConfiguration.pointInTimeRecoveryEnabled";

/// All checks of backups, maintenance, insights and zones.
pub fn check(facts: &Facts<'_>, place: &Place) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(high_availability(facts));
    found.extend(point_in_time(facts));
    found.extend(ranges(facts));
    found.extend(times(facts));
    found.extend(deny_periods(facts));
    found.extend(insights(facts));
    found.extend(zones(facts, place));
    found
}

/// Google refuses a regional instance without backups and what its engine recovers to a point in time from: the binary
/// log of MySQL, point-in-time recovery of PostgreSQL (cloud.google.com/sql/docs/postgres/configure-ha; every recorded
/// regional instance has both).
fn high_availability(facts: &Facts<'_>) -> Option<Diagnostic> {
    if facts.text("availabilityType")? != "REGIONAL" || facts.is_replica() {
        return None;
    }
    let (code, log, words, hint) = match facts.engine? {
        Engine::MySql => (
            "needs-binary-log",
            Some(BINARY_LOG),
            "MySQL instance needs backups and the binary log",
            ", binaryLogEnabled: true",
        ),
        Engine::Postgres => (
            "needs-point-in-time",
            Some(POINT_IN_TIME),
            "PostgreSQL instance needs backups and point-in-time recovery",
            ", pointInTimeRecoveryEnabled: true",
        ),
        Engine::SqlServer => ("needs-backups", None, "SQL Server instance needs backups", ""),
    };
    let is_off = |path| facts.doc.dig(path).is_none_or(|value| value.as_bool() == Some(false));
    (is_off(BACKUPS) || log.is_some_and(is_off)).then(|| {
        faults::at("availabilityType", code, format!("a `REGIONAL` {words}"))
            .hint(format!("write `backupConfiguration: {{enabled: true{hint}}}`"))
    })
}

fn point_in_time(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if facts.flag(POINT_IN_TIME) == Some(true) && facts.engine == Some(Engine::MySql) {
        let message = "on MySQL point-in-time recovery comes with the binary log";
        found.push(faults::at(POINT_IN_TIME, "wrong-engine", message).hint("write `binaryLogEnabled: true` instead"));
    }
    let is_off = facts.doc.dig(BACKUPS).is_none_or(|value| value.as_bool() == Some(false));
    for path in [POINT_IN_TIME, BINARY_LOG] {
        if is_off && facts.flag(path) == Some(true) && !facts.is_replica() {
            let message = format!("`{path}` needs backups");
            found.push(faults::at(path, "needs-backups", message).hint("write `enabled: true` beside it"));
        }
    }
    found
}

fn ranges(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let is_plus = facts.edition == Some("ENTERPRISE_PLUS");
    let ranges = [
        ("backupConfiguration.backupRetentionSettings.retainedBackups", 1..=365),
        ("backupConfiguration.transactionLogRetentionDays", 1..=if is_plus { 35 } else { 7 }),
        ("finalBackupConfig.retentionDays", 1..=365),
        ("maintenanceWindow.day", 1..=7),
        ("maintenanceWindow.hour", 0..=23),
        ("passwordValidationPolicy.minLength", 1..=128),
        ("passwordValidationPolicy.reuseInterval", 0..=100),
    ];
    ranges.into_iter().filter_map(|(path, range)| faults::out_of_range(facts.doc, path, range)).collect()
}

fn is_time(text: &str, parts: usize) -> bool {
    let numbers: Vec<&str> = text.split(':').collect();
    let limits = [24, 60, 60];
    numbers.len() == parts
        && numbers
            .iter()
            .zip(limits)
            .all(|(number, limit)| number.len() == 2 && number.parse::<u32>().is_ok_and(|number| number < limit))
}

fn times(facts: &Facts<'_>) -> Option<Diagnostic> {
    let path = "backupConfiguration.startTime";
    let time = facts.text(path)?;
    (!is_time(time, 2)).then(|| {
        faults::at(path, "bad-time", format!("`{time}` is no time of day")).hint("a time looks like `03:00`, UTC")
    })
}

fn deny_periods(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let path = "denyMaintenancePeriods";
    let periods = facts.doc.dig(path).and_then(Doc::as_list).unwrap_or_default();
    let mut found = Vec::new();
    if periods.len() > 1 {
        let message = format!("`{path}` has {} periods, Google takes one", periods.len());
        found.push(faults::at(path, "too-many-periods", message).hint("keep one of up to 90 days"));
    }
    for (index, period) in periods.iter().enumerate() {
        let at = |key: &str| DocPath::keys(path).index(index).key(key);
        for key in ["startDate", "endDate"] {
            let Some(date) = period.dig_str(key).filter(|date| !is_date(date)) else { continue };
            let message = format!("`{date}` is no date");
            found.push(
                Diagnostic::error("bad-date", message).field(at(key)).hint("a date looks like `2027-11-20` or `11-20`"),
            );
        }
        if let Some(time) = period.dig_str("time").filter(|time| !is_time(time, 3)) {
            let message = format!("`{time}` is no time of day");
            found.push(Diagnostic::error("bad-time", message).field(at("time")).hint("a time looks like `00:00:00`"));
        }
    }
    found
}

fn is_date(text: &str) -> bool {
    let full = if text.len() == 5 { format!("2024-{text}") } else { text.to_owned() };
    full.len() == 10 && full.parse::<jiff::civil::Date>().is_ok()
}

fn insights(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let is_plus = facts.edition == Some("ENTERPRISE_PLUS");
    let mut found = Vec::new();
    let ranges = [
        ("insightsConfig.queryStringLength", 256..=if is_plus { 1_048_576 } else { 4500 }),
        ("insightsConfig.queryPlansPerMinute", 0..=if is_plus { 200 } else { 20 }),
    ];
    found.extend(ranges.into_iter().filter_map(|(path, range)| faults::out_of_range(facts.doc, path, range)));
    let enabled = "insightsConfig.queryInsightsEnabled";
    let is_off = facts.doc.dig(enabled).is_none_or(|value| value.as_bool() == Some(false));
    if is_off && facts.doc.get("insightsConfig").and_then(Doc::as_map).is_some_and(has_more_than_falses) {
        let message = "`insightsConfig` does nothing while `queryInsightsEnabled` is off";
        found.push(faults::warn_at(enabled, "insights-off", message).hint("write `queryInsightsEnabled: true`"));
    }
    found
}

fn has_more_than_falses(map: &crate::model::Map) -> bool {
    map.values().any(|value| value.as_bool() != Some(false))
}

fn zones(facts: &Facts<'_>, place: &Place) -> Vec<Diagnostic> {
    let (first, second) = ("locationPreference.zone", "locationPreference.secondaryZone");
    let mut found = Vec::new();
    for path in [first, second] {
        let Some(zone) = facts.text(path).filter(|_| !place.location().is_empty()) else { continue };
        if !zone.starts_with(&format!("{}-", place.location())) {
            let message = format!("zone `{zone}` is not in region `{}`", place.location());
            found.push(faults::at(path, "zone-outside-region", message).hint(format!("`{}-a`, …", place.location())));
        }
    }
    if facts.has(second) && facts.text("availabilityType").is_none_or(|kind| kind == "ZONAL") {
        let message = "only a `REGIONAL` instance has a second zone";
        found.push(faults::warn_at(second, "no-second-zone", message).hint("write `availabilityType: REGIONAL`"));
    }
    if facts.text(first).is_some() && facts.text(first) == facts.text(second) {
        found.push(
            faults::at(second, "same-zone", "the standby needs another zone than the primary")
                .label("expected another zone"),
        );
    }
    found
}
