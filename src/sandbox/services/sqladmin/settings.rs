//! What Cloud SQL fills into an instance's settings, and in which spelling it keeps them.
//!
//! Facts: fourteen recordings, April 2024 to February 2026. Where they differ by age, the newest is played.

use serde_json::{Map, Value as Json, json};

use super::versions::Engine;

/// What the defaults depend on besides the settings themselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub engine: Engine,
    pub default_edition: &'a str,
    /// Zone that Google picks where none is asked for.
    pub zone: &'a str,
    /// Start of the daily backup that Google picks: `19:00`.
    pub backup_start: &'a str,
}

/// Completes settings as they were sent.
pub(super) fn fill(settings: &mut Json, facts: Facts<'_>) {
    if !settings.is_object() {
        *settings = json!({});
    }
    let map = settings.as_object_mut().expect("just made an object");
    map.shift_remove("settingsVersion");
    map.insert("kind".to_owned(), json!("sql#settings"));
    default(map, "edition", json!(facts.default_edition));
    default(map, "activationPolicy", json!("ALWAYS"));
    default(map, "availabilityType", json!("ZONAL"));
    default(map, "pricingPlan", json!("PER_USE"));
    default(map, "replicationType", json!("SYNCHRONOUS"));
    default(map, "connectorEnforcement", json!("NOT_REQUIRED"));
    default(map, "dataDiskType", json!("PD_SSD"));
    default(map, "dataDiskSizeGb", json!("10"));
    default(map, "storageAutoResizeLimit", json!("0"));
    default(map, "replicationLagMaxSeconds", json!(31_536_000));
    map.entry("storageAutoResize").or_insert(json!(true));
    map.entry("deletionProtectionEnabled").or_insert(json!(false));
    map.entry("authorizedGaeApplications").or_insert(json!([]));
    if map["edition"] == "ENTERPRISE_PLUS" {
        map.entry("dataCacheConfig").or_insert_with(|| json!({"dataCacheEnabled": false}));
    }
    drop_empty(map, &["userLabels", "databaseFlags", "denyMaintenancePeriods"]);
    location(map, facts.zone);
    backup(map, facts);
    ip_configuration(map);
    insights(map);
    if let Some(window) = map.get_mut("maintenanceWindow").and_then(Json::as_object_mut) {
        window.insert("kind".to_owned(), json!("sql#maintenanceWindow"));
    }
}

fn default(map: &mut Map<String, Json>, field: &str, value: Json) {
    let unset = match map.get(field) {
        None => true,
        Some(Json::String(text)) => text.is_empty() || text.ends_with("_UNSPECIFIED"),
        Some(_) => false,
    };
    if unset {
        map.insert(field.to_owned(), value);
    }
}

fn drop_empty(map: &mut Map<String, Json>, fields: &[&str]) {
    for field in fields {
        let empty = match map.get(*field) {
            Some(Json::Object(inner)) => inner.is_empty(),
            Some(Json::Array(list)) => list.is_empty(),
            _ => false,
        };
        if empty {
            map.shift_remove(*field);
        }
    }
}

fn child<'a>(map: &'a mut Map<String, Json>, field: &str) -> &'a mut Map<String, Json> {
    let value = map.entry(field).or_insert_with(|| json!({}));
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().expect("just made an object")
}

/// Recorded: a secondary zone is kept only where there is a second instance to stand in it.
fn location(map: &mut Map<String, Json>, zone: &str) {
    let zonal = map["availabilityType"] != "REGIONAL";
    let location = child(map, "locationPreference");
    location.insert("kind".to_owned(), json!("sql#locationPreference"));
    default(location, "zone", json!(zone));
    if zonal {
        location.shift_remove("secondaryZone");
    }
}

/// Recorded: each engine keeps its own switch for logs and drops the other's.
fn backup(map: &mut Map<String, Json>, facts: Facts<'_>) {
    let plus = map["edition"] == "ENTERPRISE_PLUS";
    let backup = child(map, "backupConfiguration");
    backup.insert("kind".to_owned(), json!("sql#backupConfiguration"));
    default(backup, "startTime", json!(facts.backup_start));
    backup.entry("enabled").or_insert(json!(false));
    let retention = child(backup, "backupRetentionSettings");
    default(retention, "retentionUnit", json!("COUNT"));
    default(retention, "retainedBackups", json!(if plus { 15 } else { 7 }));
    default(backup, "transactionLogRetentionDays", json!(if plus { 14 } else { 7 }));
    match facts.engine {
        Engine::MySql => drop(backup.shift_remove("pointInTimeRecoveryEnabled")),
        Engine::Postgres | Engine::SqlServer => drop(backup.shift_remove("binaryLogEnabled")),
    }
    let point_in_time = backup.get("pointInTimeRecoveryEnabled").cloned();
    match point_in_time.clone().filter(|_| facts.engine == Engine::Postgres) {
        Some(enabled) => drop(backup.insert("replicationLogArchivingEnabled".to_owned(), enabled)),
        None => drop(backup.shift_remove("replicationLogArchivingEnabled")),
    }
    let logs = point_in_time.or_else(|| backup.get("binaryLogEnabled").cloned()) == Some(json!(true));
    let state = if logs { "CLOUD_STORAGE" } else { "TRANSACTIONAL_LOG_STORAGE_STATE_UNSPECIFIED" };
    backup.insert("transactionalLogStorageState".to_owned(), json!(state));
    backup.insert("backupTier".to_owned(), json!("STANDARD"));
}

fn ip_configuration(map: &mut Map<String, Json>) {
    let ip = child(map, "ipConfiguration");
    ip.entry("ipv4Enabled").or_insert(json!(true));
    ip.entry("authorizedNetworks").or_insert(json!([]));
    for network in ip.get_mut("authorizedNetworks").and_then(Json::as_array_mut).into_iter().flatten() {
        network["kind"] = json!("sql#aclEntry");
    }
    let strict = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED";
    if !ip.contains_key("sslMode") && ip.get("requireSsl") == Some(&json!(true)) {
        ip.insert("sslMode".to_owned(), json!(strict));
    }
    default(ip, "sslMode", json!("ALLOW_UNENCRYPTED_AND_ENCRYPTED"));
    let required = ip.get("sslMode") == Some(&json!(strict));
    ip.insert("requireSsl".to_owned(), json!(required));
    default(ip, "serverCaMode", json!("GOOGLE_MANAGED_INTERNAL_CA"));
    ip.entry("serverCertificateRotationMode").or_insert(json!("SERVER_CERTIFICATE_ROTATION_MODE_UNSPECIFIED"));
}

/// Recorded: what is off vanishes, the message stays.
fn insights(map: &mut Map<String, Json>) {
    if let Some(insights) = map.get_mut("insightsConfig").and_then(Json::as_object_mut) {
        insights.retain(|_, value| *value != json!(false) && *value != json!(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSTGRES: Facts<'static> =
        Facts { engine: Engine::Postgres, default_edition: "ENTERPRISE", zone: "us-central1-a", backup_start: "12:00" };

    fn filled(mut settings: Json, facts: Facts<'_>) -> Json {
        fill(&mut settings, facts);
        settings
    }

    /// From `sql/instance-insights-2026-01`, but for `serverCaMode`, which the recording's normaliser removed.
    #[test]
    fn the_newest_recorded_instance_is_reproduced() {
        let sent = json!({
            "activationPolicy": "ALWAYS", "dataDiskType": "PD_SSD", "edition": "ENTERPRISE",
            "insightsConfig": {"queryInsightsEnabled": false, "queryPlansPerMinute": 5, "queryStringLength": 1024,
                               "recordApplicationTags": false, "recordClientAddress": false},
            "ipConfiguration": {"ipv4Enabled": true, "sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"},
            "storageAutoResize": true, "tier": "db-custom-1-3840"
        });
        let expected = json!({
            "activationPolicy": "ALWAYS", "authorizedGaeApplications": [], "availabilityType": "ZONAL",
            "backupConfiguration": {
                "backupRetentionSettings": {"retainedBackups": 7, "retentionUnit": "COUNT"}, "backupTier": "STANDARD",
                "enabled": false, "kind": "sql#backupConfiguration", "startTime": "12:00",
                "transactionLogRetentionDays": 7,
                "transactionalLogStorageState": "TRANSACTIONAL_LOG_STORAGE_STATE_UNSPECIFIED"
            },
            "connectorEnforcement": "NOT_REQUIRED", "dataDiskSizeGb": "10", "dataDiskType": "PD_SSD",
            "deletionProtectionEnabled": false, "edition": "ENTERPRISE",
            "insightsConfig": {"queryPlansPerMinute": 5, "queryStringLength": 1024},
            "ipConfiguration": {
                "authorizedNetworks": [], "ipv4Enabled": true, "requireSsl": false,
                "serverCaMode": "GOOGLE_MANAGED_INTERNAL_CA",
                "serverCertificateRotationMode": "SERVER_CERTIFICATE_ROTATION_MODE_UNSPECIFIED",
                "sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"
            },
            "kind": "sql#settings",
            "locationPreference": {"kind": "sql#locationPreference", "zone": "us-central1-a"},
            "pricingPlan": "PER_USE", "replicationLagMaxSeconds": 31_536_000, "replicationType": "SYNCHRONOUS",
            "storageAutoResize": true, "storageAutoResizeLimit": "0", "tier": "db-custom-1-3840"
        });
        assert_eq!(filled(sent, POSTGRES), expected);
    }

    #[test]
    fn each_engine_keeps_its_own_log_switch() {
        let sent = json!({"backupConfiguration": {"binaryLogEnabled": false, "pointInTimeRecoveryEnabled": false}});
        let of = |engine| filled(sent.clone(), Facts { engine, ..POSTGRES })["backupConfiguration"].clone();
        let (postgres, mysql, server) = (of(Engine::Postgres), of(Engine::MySql), of(Engine::SqlServer));
        assert_eq!(
            (postgres.get("binaryLogEnabled"), &postgres["replicationLogArchivingEnabled"]),
            (None, &json!(false))
        );
        assert_eq!((&mysql["binaryLogEnabled"], mysql.get("pointInTimeRecoveryEnabled")), (&json!(false), None));
        assert_eq!(server["pointInTimeRecoveryEnabled"], false);
        assert!(server.get("replicationLogArchivingEnabled").is_none() && server.get("binaryLogEnabled").is_none());
        let on = json!({"backupConfiguration": {"enabled": true, "pointInTimeRecoveryEnabled": true}});
        assert_eq!(filled(on, POSTGRES)["backupConfiguration"]["transactionalLogStorageState"], "CLOUD_STORAGE");
    }

    #[test]
    fn a_secondary_zone_needs_a_regional_instance() {
        let zones = json!({"zone": "r-d", "secondaryZone": "r-b"});
        let of = |kind: &str| filled(json!({"availabilityType": kind, "locationPreference": zones}), POSTGRES);
        assert!(of("ZONAL")["locationPreference"].get("secondaryZone").is_none());
        assert_eq!(of("REGIONAL")["locationPreference"]["secondaryZone"], "r-b");
    }

    #[test]
    fn client_certificates_and_the_old_switch_say_the_same() {
        let of = |ip: Json| filled(json!({ "ipConfiguration": ip }), POSTGRES)["ipConfiguration"].clone();
        assert_eq!(of(json!({"requireSsl": true}))["sslMode"], "TRUSTED_CLIENT_CERTIFICATE_REQUIRED");
        assert_eq!(of(json!({"sslMode": "ENCRYPTED_ONLY"}))["requireSsl"], false);
    }
}
