//! The part of an instance's spec that says when it is backed up and maintained.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::spec::Value;

/// Backups and point-in-time recovery.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackupConfiguration {
    /// A backup every day.
    pub enabled: Option<Value<bool>>,
    /// When it begins, UTC: `03:00`.
    pub start_time: Option<Value<String>>,
    /// Where backups are kept: a region or multi-region.
    pub location: Option<Value<String>>,
    /// How many are kept.
    pub backup_retention_settings: Option<BackupRetentionSettings>,
    /// PostgreSQL, SQL Server: recovery to any point in time.
    pub point_in_time_recovery_enabled: Option<Value<bool>>,
    /// MySQL: the binary log, for point-in-time recovery, replicas and high availability.
    pub binary_log_enabled: Option<Value<bool>>,
    /// Days of logs for point-in-time recovery: 1 to 7, with `ENTERPRISE_PLUS` to 35.
    pub transaction_log_retention_days: Option<Value<i64>>,
}

/// How many backups are kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackupRetentionSettings {
    /// So many: 1 to 365.
    pub retained_backups: Option<Value<i64>>,
    /// What is counted.
    pub retention_unit: Option<Value<RetentionUnit>>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RetentionUnit {
    Count,
}

/// A last backup when the instance is deleted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FinalBackupConfig {
    /// Turns it on.
    pub enabled: Option<Value<bool>>,
    /// Days for which it is kept: 1 to 365. stackctl's own last backup is kept as long, 30 days by default.
    pub retention_days: Option<Value<i64>>,
}

/// When Google may restart the instance for maintenance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MaintenanceWindow {
    /// The day, 1 (Monday) to 7 (Sunday).
    pub day: Option<Value<i64>>,
    /// The hour, 0 to 23, UTC.
    pub hour: Option<Value<i64>>,
    /// How early it gets a new release.
    pub update_track: Option<Value<UpdateTrack>>,
}

/// How early the instance gets a new release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UpdateTrack {
    Canary,
    Stable,
    Week5,
}

/// A stretch without maintenance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DenyMaintenancePeriod {
    /// Its first day: `2027-11-20`, or `11-20` for every year.
    pub start_date: Value<String>,
    /// Its last day.
    pub end_date: Value<String>,
    /// When the days begin, UTC: `00:00:00`.
    pub time: Value<String>,
}
