//! An instance as a document: what the server adds to what was sent.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::settings::{Facts, fill};
use super::versions::{Engine, Version};
use crate::sandbox::cloud::{Cloud, Project};
use crate::sandbox::store::public;
use crate::sandbox::times;

/// A region's zones, where they are not `a`, `b` and `c`.
const ZONES: [(&str, &str); 3] = [("us-central1", "abcf"), ("europe-west1", "bcd"), ("us-east1", "bcd")];

/// Builds the document of a new instance, not running yet. `sent` has passed the checks.
pub(super) fn new(cloud: &mut Cloud, project: &Project, sent: &Json, version: Version) -> Json {
    let name = sent["name"].as_str().unwrap_or_default();
    let region = sent["region"].as_str().unwrap_or("us-central1");
    let mut settings = sent.get("settings").cloned().unwrap_or_else(|| json!({}));
    complete_settings(cloud, &mut settings, region, version);
    settings["settingsVersion"] = json!("1");
    let suffix = cloud.ids.lower(6);
    let mut document = json!({
        "kind": "sql#instance",
        "state": "PENDING_CREATE",
        "databaseVersion": version.name,
        "settings": settings,
        "backendType": "SECOND_GEN",
        "name": name,
        "project": project.id,
        "region": region,
        "connectionName": format!("{}:{region}:{name}", project.id),
        "instanceType": sent["instanceType"].as_str().unwrap_or("CLOUD_SQL_INSTANCE"),
        "serviceAccountEmailAddress": format!("p{}-{suffix}@gcp-sa-cloud-sql.iam.gserviceaccount.com", project.number),
        "createTime": times::milliseconds(cloud.now),
        "satisfiesPzi": true,
        "sqlNetworkArchitecture": "NEW_NETWORK_ARCHITECTURE",
        "includeReplicasForMajorVersionUpgrade": false,
    });
    for field in ["diskEncryptionConfiguration", "nodeCount", "replicationCluster"] {
        if let Some(value) = sent.get(field) {
            document[field] = value.clone();
        }
    }
    set_version(&mut document, version);
    set_zones(cloud, &mut document);
    publish_psc(cloud, &mut document);
    document
}

/// Fills settings of an instance in `region`.
pub(super) fn complete_settings(cloud: &mut Cloud, settings: &mut Json, region: &str, version: Version) {
    let zone = pick_zone(cloud, region, "");
    let start = format!("{:02}:00", cloud.ids.between(0, 23));
    let facts = Facts {
        engine: version.engine(),
        default_edition: version.default_edition(),
        zone: &zone,
        backup_start: &start,
    };
    fill(settings, facts);
}

/// Everything that follows from the database version.
pub(super) fn set_version(document: &mut Json, version: Version) {
    document["databaseVersion"] = json!(version.name);
    document["databaseInstalledVersion"] = json!(version.installed());
    document["maintenanceVersion"] = json!(version.maintenance());
    let upgrades = version.upgrades();
    let map = document.as_object_mut().expect("instances are stored as objects");
    if upgrades.is_empty() {
        map.shift_remove("upgradableDatabaseVersions");
    } else {
        map.insert("upgradableDatabaseVersions".to_owned(), upgrades.into());
    }
    let gemini = match version.engine() {
        Engine::Postgres => json!({
            "entitled": false, "googleVacuumMgmtEnabled": false, "oomSessionCancelEnabled": true,
            "activeQueryEnabled": false, "indexAdvisorEnabled": false,
        }),
        Engine::MySql => json!({
            "entitled": false, "activeQueryEnabled": false, "indexAdvisorEnabled": false, "flagRecommenderEnabled": false,
        }),
        Engine::SqlServer => return,
    };
    map.insert("geminiConfig".to_owned(), gemini);
}

/// Where the instance, and the second one of a regional instance, stand.
pub(super) fn set_zones(cloud: &mut Cloud, document: &mut Json) {
    let region = document["region"].as_str().unwrap_or_default().to_owned();
    let zone = document["settings"]["locationPreference"]["zone"].as_str().unwrap_or_default().to_owned();
    let asked = document["settings"]["locationPreference"]["secondaryZone"].as_str().map(str::to_owned);
    let regional = document["settings"]["availabilityType"] == "REGIONAL";
    let second = asked.unwrap_or_else(|| pick_zone(cloud, &region, &zone));
    let map = document.as_object_mut().expect("instances are stored as objects");
    map.insert("gceZone".to_owned(), json!(zone));
    if regional {
        map.insert("secondaryGceZone".to_owned(), json!(second));
        map.insert("failoverReplica".to_owned(), json!({"available": true}));
    } else {
        map.shift_remove("secondaryGceZone");
        map.shift_remove("failoverReplica");
    }
}

fn pick_zone(cloud: &mut Cloud, region: &str, not: &str) -> String {
    let letters = ZONES.iter().find(|(name, _)| *name == region).map_or("abc", |(_, letters)| letters);
    let zones: Vec<String> =
        letters.chars().map(|letter| format!("{region}-{letter}")).filter(|zone| zone != not).collect();
    zones[usize::try_from(cloud.ids.between(0, zones.len() as u64 - 1)).unwrap_or(0)].clone()
}

/// With PSC an instance has an attachment and a name in DNS. Not recorded: shapes from discovery and Google's page
/// on Private Service Connect.
pub(super) fn publish_psc(cloud: &mut Cloud, document: &mut Json) {
    let enabled = document["settings"]["ipConfiguration"]["pscConfig"]["pscEnabled"] == true;
    if !enabled || document.get("pscServiceAttachmentLink").is_some() {
        return;
    }
    let region = document["region"].as_str().unwrap_or_default();
    let (tenant, instance, tail) = (cloud.ids.hex(17), cloud.ids.hex(12), cloud.ids.hex(16));
    let link =
        format!("projects/{tenant}-tp/regions/{region}/serviceAttachments/a-{instance}-psc-service-attachment-{tail}");
    let name = format!("{instance}.{}.{region}.sql.goog.", cloud.ids.lower(12));
    document["dnsNames"] = json!([{
        "name": name, "connectionType": "PRIVATE_SERVICE_CONNECT", "dnsScope": "INSTANCE", "recordManager": "CUSTOMER",
    }]);
    document["pscServiceAttachmentLink"] = json!(link);
    document["dnsName"] = json!(name);
}

/// Addresses of a running instance.
pub(super) fn addresses(cloud: &mut Cloud, document: &Json, engine: Engine) -> Vec<Json> {
    let ip = &document["settings"]["ipConfiguration"];
    let mut list = Vec::new();
    let public_address = |cloud: &mut Cloud, kind: &str| {
        let parts: Vec<String> = (0..3).map(|_| cloud.ids.between(1, 254).to_string()).collect();
        json!({"type": kind, "ipAddress": format!("34.{}", parts.join("."))})
    };
    if ip["ipv4Enabled"] == true {
        list.push(public_address(cloud, "PRIMARY"));
        // Recorded for single PostgreSQL instances, and for no others.
        if engine == Engine::Postgres && document["settings"]["availabilityType"] == "ZONAL" {
            list.push(public_address(cloud, "OUTGOING"));
        }
    }
    if ip["privateNetwork"].is_string() {
        let (third, fourth) = (cloud.ids.between(0, 254), cloud.ids.between(2, 254));
        list.push(json!({"type": "PRIVATE", "ipAddress": format!("10.64.{third}.{fourth}")}));
    }
    list
}

/// The certificate authority of an instance.
pub(super) fn server_ca(cloud: &mut Cloud, instance: &str, at: Timestamp) -> Json {
    let qualifier = cloud.ids.uuid();
    let mut body = String::new();
    for _ in 0..18 {
        body += &cloud.ids.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64);
        body.push('\n');
    }
    json!({
        "kind": "sql#sslCert",
        "certSerialNumber": "0",
        "cert": format!("-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"),
        "commonName": format!("C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA,dnQualifier={qualifier}"),
        "sha1Fingerprint": cloud.ids.hex(40),
        "instance": instance,
        "createTime": times::milliseconds(at),
        "expirationTime": times::milliseconds(times::plus_seconds(at, 10 * 365 * 86_400)),
    })
}

/// The document as an answer shows it: without notes, with its link and an etag of its content.
pub(super) fn shown(document: &Json, root: &str) -> Json {
    let mut shown = public(document);
    let map: &mut Map<String, Json> = shown.as_object_mut().expect("instances are stored as objects");
    let (project, name) = (map["project"].as_str().unwrap_or_default(), map["name"].as_str().unwrap_or_default());
    let link = format!("{root}/projects/{project}/instances/{name}");
    let etag = etag(document);
    map.insert("selfLink".to_owned(), json!(link));
    map.insert("etag".to_owned(), json!(etag));
    shown
}

/// Recorded: 64 hexadecimal digits.
pub(super) fn etag(document: &Json) -> String {
    Sha256::digest(public(document).to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}
