//! What Google fills in for an instance of which nothing is said (recordings sql/instance-*, sandbox aside).

use serde_json::json;

use crate::kinds::sql::Engine;
use crate::kinds::sql::engine::major;
use crate::model::Doc;

/// Values at which a field need not stand in a file, given the rest.
pub(super) fn filled(file: &Doc) -> Doc {
    let is_plus = file.dig_str("edition") == Some("ENTERPRISE_PLUS");
    let is_replica = file.get("masterInstanceName").is_some();
    let kept = if is_plus { 15 } else { 7 };
    let mut filled = Doc::from(&json!({
        "edition": usual_edition(file.dig_str("databaseVersion").unwrap_or_default()),
        "dataDiskSizeGb": 10,
        "dataDiskType": "PD_SSD",
        "replicationType": "SYNCHRONOUS",
        "replicationLagMaxSeconds": 31_536_000,
        "instanceType": if is_replica { "READ_REPLICA_INSTANCE" } else { "CLOUD_SQL_INSTANCE" },
        "dataApiAccess": "DISALLOW_DATA_API",
        "ipConfiguration": {
            "ipv4Enabled": true,
            "sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
            "serverCaMode": "GOOGLE_MANAGED_INTERNAL_CA",
            "pscConfig": {
                "pscAutoDnsEnabled": false,
                "pscWriteEndpointDnsEnabled": false,
                "pscAutoConnectionPolicyEnabled": false,
            },
        },
        "backupConfiguration": {
            "transactionLogRetentionDays": if is_plus { 14 } else { 7 },
            "backupRetentionSettings": {"retainedBackups": kept, "retentionUnit": "COUNT"},
        },
        "insightsConfig": {"queryStringLength": 1024, "queryPlansPerMinute": 5},
    }));
    // What Google picks.
    let takes_backups = file.dig("backupConfiguration.enabled").and_then(Doc::as_bool) == Some(true);
    let mut picked = vec!["maintenanceVersion", "locationPreference.followGaeApplication"];
    if !takes_backups {
        picked.push("backupConfiguration.startTime");
    }
    if file.dig("locationPreference.secondaryZone").is_none() {
        picked.push("locationPreference.zone");
    }
    for field in picked {
        if let Some(value) = file.dig(field) {
            filled.put(field, value.clone());
        }
    }
    filled
}

/// The edition of an instance that names none: the newer versions are made as `ENTERPRISE_PLUS`
/// (<https://cloud.google.com/sql/docs/postgres/editions-intro>).
fn usual_edition(version: &str) -> &'static str {
    let is_new = match Engine::of(version) {
        Some(Engine::Postgres) => major(version) >= Some(16),
        Some(Engine::MySql) => super::super::engine::numbers(version).as_slice() >= [8, 4].as_slice(),
        _ => false,
    };
    if is_new { "ENTERPRISE_PLUS" } else { "ENTERPRISE" }
}
