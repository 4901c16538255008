//! Updates of an instance: `PATCH` merges, `PUT` replaces the settings.

use serde_json::{Map, Value as Json, json};

use super::versions::{self, Version};
use super::{begin, checks, document, instance, invalid, refuse_busy, settings, unknown_version};
use crate::sandbox::check::camel_case;
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::{Begin, Effect, Lasts};
use crate::sandbox::service::{Call, Reply};

const UPDATE: Lasts = Lasts::seconds(15, 60);
/// Version upgrades stop the instance.
const UPGRADE: Lasts = Lasts::seconds(300, 600);

pub(super) fn patch(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, key, old) = instance(call)?;
    let mut wanted = old["settings"].clone();
    if let Some(given) = call.body.get("settings") {
        merge(&mut wanted, given);
        clear(&mut wanted, &call.raw["settings"]);
    }
    change(call, &key, &old, wanted)
}

/// Discovery: "this is not a partial update, so you must include values for all the settings that you want to retain".
pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, key, old) = instance(call)?;
    let wanted = call.body.get("settings").cloned().unwrap_or_else(|| old["settings"].clone());
    change(call, &key, &old, wanted)
}

fn change(call: &mut Call<'_>, key: &str, old: &Json, mut wanted: Json) -> Result<Reply, Fault> {
    refuse_busy(call, key)?;
    let project = call.project()?;
    let body = std::mem::take(&mut call.body);
    if let Some(given) = body["settings"]["settingsVersion"].as_str().filter(|given| *given != "0")
        && old["settings"]["settingsVersion"] != given
    {
        return Err(Fault::new(412, "FAILED_PRECONDITION", "staleData", "Condition does not match."));
    }
    immutable(&body, old)?;
    let current = versions::find(old["databaseVersion"].as_str().unwrap_or_default())
        .expect("stored instances have a known version");
    let version = next_version(&body, old, current)?;
    let zone = old["settings"]["locationPreference"]["zone"].as_str().unwrap_or_default();
    let start = old["settings"]["backupConfiguration"]["startTime"].as_str().unwrap_or_default();
    let edition = old["settings"]["edition"].as_str().unwrap_or_default();
    let facts = settings::Facts { engine: version.engine(), default_edition: edition, zone, backup_start: start };
    settings::fill(&mut wanted, facts);
    checks::settings(&wanted, version)?;
    checks::change(&old["settings"], &wanted)?;
    let number = old["settings"]["settingsVersion"].as_str().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    wanted["settingsVersion"] = json!((number + 1).to_string());
    let name = old["name"].as_str().unwrap_or_default().to_owned();
    let mut arguments = json!({"key": key, "settings": wanted, "version": version.name});
    if let Some(cluster) = body.get("replicationCluster") {
        arguments["replicationCluster"] = cluster.clone();
    }
    let lasts = if version.name == current.name { UPDATE } else { UPGRADE };
    let effects = vec![Effect::call("sqladmin", "updated", arguments)];
    Ok(begin(call, &project, "UPDATE", &name, Begin { targets: vec![key.to_owned()], effects }, lasts))
}

/// Ends an update.
pub(super) fn updated(cloud: &mut Cloud, key: &str, arguments: &Json) {
    let Some(mut document) = cloud.store.get(key).cloned() else { return };
    let old = document["settings"].clone();
    document["settings"] = arguments["settings"].clone();
    let version = versions::find(arguments["version"].as_str().unwrap_or_default());
    if let Some(version) = version.filter(|version| document["databaseVersion"] != version.name) {
        document::set_version(&mut document, version);
    }
    if let Some(cluster) = arguments.get("replicationCluster") {
        document["replicationCluster"] = cluster.clone();
    }
    let new = &document["settings"];
    let moved =
        old["availabilityType"] != new["availabilityType"] || old["locationPreference"] != new["locationPreference"];
    if moved {
        document::set_zones(cloud, &mut document);
    }
    let ways_in = |settings: &Json| {
        let ip = &settings["ipConfiguration"];
        (ip["ipv4Enabled"].clone(), ip["privateNetwork"].clone(), settings["availabilityType"].clone())
    };
    if ways_in(&old) != ways_in(&document["settings"])
        && let Some(version) = version
    {
        keep_addresses(cloud, &mut document, version);
    }
    document::publish_psc(cloud, &mut document);
    cloud.store.put(key, document);
    super::instances::publish_attachment(cloud, key);
}

/// An instance keeps the addresses that it still has a use for.
fn keep_addresses(cloud: &mut Cloud, document: &mut Json, version: Version) {
    let old = document["ipAddresses"].as_array().cloned().unwrap_or_default();
    let mut new = document::addresses(cloud, document, version.engine());
    for address in &mut new {
        if let Some(kept) = old.iter().find(|kept| kept["type"] == address["type"]) {
            *address = kept.clone();
        }
    }
    let map = document.as_object_mut().expect("instances are stored as objects");
    if new.is_empty() {
        map.shift_remove("ipAddresses");
    } else {
        map.insert("ipAddresses".to_owned(), new.into());
    }
}

fn immutable(body: &Json, old: &Json) -> Result<(), Fault> {
    for field in ["name", "region", "project", "instanceType", "masterInstanceName", "backendType"] {
        let given = body.get(field).filter(|given| given.as_str().is_some_and(|text| !text.is_empty()));
        if given.is_some_and(|given| old.get(field).is_some_and(|old| old != given)) {
            return Err(invalid(format!("Invalid request: The {field} of an instance cannot be changed.")));
        }
    }
    match body.get("diskEncryptionConfiguration") {
        Some(given) if old.get("diskEncryptionConfiguration") != Some(given) => {
            Err(invalid("Invalid request: The encryption key of an instance cannot be changed."))
        }
        _ => Ok(()),
    }
}

fn next_version(body: &Json, old: &Json, current: Version) -> Result<Version, Fault> {
    if let Some(release) = body["maintenanceVersion"].as_str() {
        let available = old["availableMaintenanceVersions"].as_array().into_iter().flatten();
        if old["maintenanceVersion"] != release && !available.into_iter().any(|known| known == release) {
            return Err(invalid(format!("Invalid request: Invalid maintenance version ({release}).")));
        }
    }
    let Some(name) = body["databaseVersion"].as_str().filter(|name| *name != current.name) else { return Ok(current) };
    let next = versions::find(name).ok_or_else(|| unknown_version(name))?;
    if current.can_become(next) {
        return Ok(next);
    }
    Err(invalid(format!(
        "Invalid request: The database version of an instance cannot be changed from {} to {}.",
        current.name, next.name
    )))
}

/// JSON merge patch: objects field by field, everything else as a whole.
fn merge(into: &mut Json, given: &Json) {
    let Some(fields) = given.as_object() else {
        *into = given.clone();
        return;
    };
    if !into.is_object() {
        *into = Json::Object(Map::new());
    }
    for (field, value) in fields {
        merge(&mut into[field.as_str()], value);
    }
}

/// A `null` in the body takes a field away; the checked body has lost it.
fn clear(from: &mut Json, raw: &Json) {
    let (Some(map), Some(fields)) = (from.as_object_mut(), raw.as_object()) else { return };
    for (field, value) in fields {
        let name = if map.contains_key(field) { field.clone() } else { camel_case(field) };
        match value {
            Json::Null => drop(map.shift_remove(&name)),
            Json::Object(_) => {
                if let Some(inner) = map.get_mut(&name) {
                    clear(inner, value);
                }
            }
            _ => {}
        }
    }
}
