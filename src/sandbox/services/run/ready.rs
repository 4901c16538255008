//! The end of a deployment: a revision that serves, or the reason why none does.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::kind::{Kind, Place};
use super::needs::Missing;
use super::{Makes, address, executions, needs, revisions};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::services::serverless;
use crate::sandbox::times;

/// Ends the operations of this service.
pub(super) fn complete(
    cloud: &mut Cloud,
    at: Timestamp,
    action: &str,
    arguments: &Json,
) -> Result<Option<Json>, Fault> {
    let key = arguments["key"].as_str().unwrap_or_default();
    match action {
        "ready" => ready(cloud, at, key, arguments)?,
        "deleted" => deleted(cloud, at, key, arguments["gone"].as_str().unwrap_or_default()),
        "executed" => executions::finished(cloud, at, key)?,
        _ => {}
    }
    Ok(None)
}

fn ready(cloud: &mut Cloud, at: Timestamp, key: &str, arguments: &Json) -> Result<(), Fault> {
    let Some(mut document) = cloud.store.get(key).cloned() else { return Ok(()) };
    let Some(place) = Place::of_key(cloud, key) else { return Ok(()) };
    let Some(kind) = key.split('/').nth(5).and_then(Kind::of) else { return Ok(()) };
    // A later change has taken over: its own operation ends it.
    if document["generation"] != arguments["generation"] || document.get("deleteTime").is_some() {
        return Ok(());
    }
    if let Some(ingress) = document.as_object_mut().and_then(|map| map.shift_remove("$ingress")) {
        document["ingress"] = ingress;
    }
    let template = kind.template(&document).clone();
    let old: Vec<String> =
        document["$subnets"].as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect();
    let new = needs::subnets(&place.project, &place.location, &template);
    let missing = needs::missing(cloud, &place.project, &template, kind.makes)
        .or_else(|| needs::take_addresses(cloud, key, &old, &new));
    if old != new && new.is_empty() && !old.is_empty() {
        serverless::detach(cloud, key);
    }
    document["$subnets"] = json!(new);
    let revision = (kind.makes != Makes::Task && arguments["moves"] == true)
        .then(|| revisions::make(cloud, at, key, &document, missing.as_ref()));
    let map = document.as_object_mut().expect("resources are stored as objects");
    map.shift_remove("reconciling");
    map.insert("observedGeneration".to_owned(), map["generation"].clone());
    if let Some(name) = &revision {
        map.insert("latestCreatedRevision".to_owned(), json!(name));
    }
    let message = missing.as_ref().map(|missing| {
        let short = revision.as_deref().and_then(|name| name.rsplit('/').next());
        match short {
            Some(name) => format!("Revision '{name}' is not ready and cannot serve traffic. {}", missing.message),
            None => missing.message.clone(),
        }
    });
    match (&missing, message) {
        (Some(missing), Some(message)) => {
            failed(map, at, kind, missing, &message);
            cloud.store.put(key, document);
            Err(missing.fault(message))
        }
        _ => {
            succeeded(map, at, kind, revision.as_deref());
            if kind.makes == Makes::Service {
                serve(&place, &mut document);
            }
            cloud.store.put(key, document);
            if kind.makes == Makes::Task {
                executions::start_by_token(cloud, key);
            }
            Ok(())
        }
    }
}

/// The conditions that a kind has beside the terminal one; recorded: a job has none.
const fn others(makes: Makes) -> &'static [&'static str] {
    match makes {
        Makes::Service => &["RoutesReady", "ConfigurationsReady"],
        Makes::WorkerPool => &["ConfigurationsReady"],
        Makes::Task => &[],
    }
}

fn succeeded(map: &mut Map<String, Json>, at: Timestamp, kind: &Kind, revision: Option<&str>) {
    let time = times::microseconds(at);
    map.insert("terminalCondition".to_owned(), condition("Ready", &time));
    let old = map.get("conditions").cloned().unwrap_or_default();
    let list: Vec<Json> = others(kind.makes)
        .iter()
        .map(|name| {
            // A condition keeps the time at which it became true; routes are made anew.
            let mut known = old.as_array().into_iter().flatten();
            let known = known.find(|known| known["type"] == *name && known["state"] == "CONDITION_SUCCEEDED");
            known.filter(|_| *name != "RoutesReady").cloned().unwrap_or_else(|| condition(name, &time))
        })
        .collect();
    if !list.is_empty() {
        map.insert("conditions".to_owned(), list.into());
    }
    if let Some(name) = revision {
        map.insert("latestReadyRevision".to_owned(), json!(name));
    }
    if kind.makes == Makes::WorkerPool {
        let splits = map.get("instanceSplits").cloned().unwrap_or_default();
        map.insert("instanceSplitStatuses".to_owned(), splits);
    }
}

/// A condition that holds.
pub(super) fn condition(name: &str, time: &str) -> Json {
    json!({"type": name, "state": "CONDITION_SUCCEEDED", "lastTransitionTime": time})
}

fn failed(map: &mut Map<String, Json>, at: Timestamp, kind: &Kind, missing: &Missing, message: &str) {
    let time = times::microseconds(at);
    let (field, reason) = missing.reason;
    let failed = |name: &str| {
        let mut condition =
            json!({"type": name, "state": "CONDITION_FAILED", "message": message, "lastTransitionTime": time});
        condition[field] = json!(reason);
        condition
    };
    map.insert("terminalCondition".to_owned(), failed("Ready"));
    let list: Vec<Json> = others(kind.makes)
        .iter()
        .map(|name| match *name {
            "RoutesReady" if map.contains_key("latestReadyRevision") => condition(name, &time),
            "RoutesReady" => json!({"type": name, "state": "CONDITION_PENDING", "lastTransitionTime": time}),
            name => failed(name),
        })
        .collect();
    if !list.is_empty() {
        map.insert("conditions".to_owned(), list.into());
    }
}

/// URLs and shares of traffic of a service that serves.
fn serve(place: &Place, document: &mut Json) {
    let name = document["name"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default().to_owned();
    let statuses: Vec<Json> = document["traffic"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|target| {
            let mut status = target.clone();
            if let Some(tag) = target["tag"].as_str().filter(|tag| !tag.is_empty()) {
                status["uri"] = json!(address::tagged(&place.project, &place.location, &name, tag));
            }
            status
        })
        .collect();
    let map = document.as_object_mut().expect("resources are stored as objects");
    map.insert("trafficStatuses".to_owned(), statuses.into());
    if map.get("defaultUriDisabled") == Some(&json!(true)) {
        map.shift_remove("uri");
        map.shift_remove("urls");
        return;
    }
    map.insert("uri".to_owned(), json!(address::hashed(&place.project, &place.location, &name)));
    map.insert("urls".to_owned(), json!(address::all(&place.project, &place.location, &name)));
}

/// The resource is gone; the copy that its operation shows says so.
fn deleted(cloud: &mut Cloud, at: Timestamp, key: &str, gone: &str) {
    serverless::detach(cloud, key);
    cloud.store.remove(key);
    for below in cloud.store.keys_under(&format!("{key}/")) {
        cloud.store.remove(&below);
    }
    let Some(copy) = cloud.store.get_mut(gone) else { return };
    let time = times::microseconds(at);
    copy["updateTime"] = json!(time);
    copy["observedGeneration"] = copy["generation"].clone();
    copy["etag"] = address::etag(at, copy["name"].as_str().unwrap_or_default());
    copy["terminalCondition"] = condition("Ready", &time);
    copy.as_object_mut().expect("resources are stored as objects").shift_remove("reconciling");
}
