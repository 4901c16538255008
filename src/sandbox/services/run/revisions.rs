//! Revisions of services and worker pools.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::address::etag;
use super::deploy;
use super::kind::{Kind, Place, not_found};
use super::needs::Missing;
use super::ready::condition;
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::operation::{Begin, Effect, Lasts, Source};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::services::artifactregistry;
use crate::sandbox::store::public;
use crate::sandbox::times;

const PROTO: &str = "google.cloud.run.v2.Revision";

/// Conditions of a revision that serves.
const HOLDING: [&str; 6] =
    ["Ready", "Active", "ContainerHealthy", "ContainerReady", "MinInstancesProvisioned", "ResourcesAvailable"];

/// Makes the revision of a resource's present template; gives its full name.
pub(super) fn make(
    cloud: &mut Cloud,
    at: Timestamp,
    owner: &str,
    document: &Json,
    missing: Option<&Missing>,
) -> String {
    let short = owner.rsplit('/').next().unwrap_or_default();
    let generation = document["generation"].as_str().and_then(|text| text.parse::<u64>().ok()).unwrap_or(1);
    let name = match document["template"]["revision"].as_str() {
        Some(name) => name.to_owned(),
        None => format!("{short}-{generation:05}-{}", cloud.ids.text("bcdfghjklmnpqrstvwxz2456789", 3)),
    };
    let full = format!("{}/revisions/{name}", document["name"].as_str().unwrap_or_default());
    let time = times::microseconds(at);
    let mut revision = document["template"].as_object().cloned().unwrap_or_default();
    revision.shift_remove("revision");
    let mut revision = Json::from(revision);
    revision["name"] = json!(full);
    revision["uid"] = json!(cloud.ids.uuid());
    revision["generation"] = json!("1");
    revision["createTime"] = json!(time);
    revision["updateTime"] = json!(time);
    revision["creator"] = document["creator"].clone();
    revision["launchStage"] = document["launchStage"].clone();
    revision["service"] = json!(short);
    revision["observedGeneration"] = json!("1");
    revision["etag"] = etag(at, &full);
    let project = owner.split('/').nth(2).unwrap_or_default();
    revision["logUri"] = json!(format!(
        "https://console.cloud.google.com/logs/viewer?project={project}&resource=cloud_run_revision/service_name/\
         {short}/revision_name/{name}&advancedFilter=resource.type%3D%22cloud_run_revision%22"
    ));
    revision["conditions"] = conditions(&time, missing).into();
    revision["containerStatuses"] = digests(cloud, document).into();
    let first = revision["containerStatuses"][0]["imageDigest"].clone();
    revision["$imageDigest"] = first;
    revision["$ownerUid"] = document["uid"].clone();
    revision["$ownerGeneration"] = document["generation"].clone();
    revision["$order"] = json!(generation);
    cloud.store.put(format!("{owner}/revisions/{name}"), revision);
    full
}

fn conditions(time: &str, missing: Option<&Missing>) -> Vec<Json> {
    match missing {
        None => HOLDING.iter().map(|name| condition(name, time)).collect(),
        Some(missing) => {
            let (field, reason) = missing.reason;
            let failed = ["Ready", "ContainerReady"].map(|name| {
                let mut failed = json!({
                    "type": name, "state": "CONDITION_FAILED", "message": missing.message, "lastTransitionTime": time,
                });
                failed[field] = json!(reason);
                failed
            });
            failed.into_iter().collect()
        }
    }
}

/// Each container's image by its digest.
fn digests(cloud: &mut Cloud, document: &Json) -> Vec<Json> {
    let containers = document["template"]["containers"].as_array().cloned().unwrap_or_default();
    let mut list = Vec::new();
    for container in containers {
        let image = container["image"].as_str().unwrap_or_default();
        let Some(digest) = artifactregistry::deployed(cloud, image) else { continue };
        let bare = image.split('@').next().unwrap_or_default();
        let bare = match bare.rsplit_once(':') {
            Some((before, after)) if !after.contains('/') => before,
            _ => bare,
        };
        let mut status = json!({"imageDigest": format!("{bare}@{digest}")});
        if let Some(name) = container.get("name") {
            status["name"] = name.clone();
        }
        list.push(status);
    }
    list
}

/// The revisions of an owner, the newest first; of all owners where the id is `-`.
pub(super) fn of(call: &mut Call<'_>, kind: &Kind, place: &Place, owner: &str) -> Vec<(String, Json)> {
    let owners: Vec<String> = if owner == "-" {
        deploy::all(call, kind, place).into_iter().map(|(key, _)| key).collect()
    } else {
        vec![place.key(kind, owner)]
    };
    let mut list: Vec<(String, Json)> = owners
        .iter()
        .flat_map(|owner| call.cloud.store.children(&format!("{owner}/revisions")))
        .map(|(key, document)| (key.to_owned(), document.clone()))
        .collect();
    list.sort_by_key(|(_, document)| std::cmp::Reverse(document["$order"].as_u64().unwrap_or(0)));
    list
}

pub(super) fn list(call: &mut Call<'_>, kind: &'static Kind, place: &Place, owner: &str) -> Result<Reply, Fault> {
    if owner != "-" {
        deploy::find(call, kind, place, owner)?;
    }
    let entries = of(call, kind, place, owner).into_iter().map(|(_, revision)| public(&revision)).collect();
    let page = list::page(entries, list::size(call.query("pageSize"), 100, 1000)?, call.query("pageToken"))?;
    Ok(page.answer("revisions").into())
}

fn find(call: &Call<'_>, kind: &Kind, place: &Place, owner: &str) -> Result<(String, Json), Fault> {
    let id = call.param("revisionsId");
    let key = format!("{}/revisions/{id}", place.key(kind, owner));
    let document = call.cloud.store.get(&key).cloned().ok_or_else(|| not_found(place, id, "REVISION"))?;
    Ok((key, document))
}

pub(super) fn get(call: &mut Call<'_>, kind: &'static Kind, place: &Place, owner: &str) -> Result<Reply, Fault> {
    find(call, kind, place, owner).map(|(_, revision)| public(&revision).into())
}

pub(super) fn delete(call: &mut Call<'_>, kind: &'static Kind, place: &Place, owner: &str) -> Result<Reply, Fault> {
    let (key, revision) = find(call, kind, place, owner)?;
    refuse_serving(call.cloud, &key, &revision)?;
    let now = times::microseconds(call.now());
    let mut copy = revision;
    copy["deleteTime"] = json!(now);
    let gone = format!("run/gone/{}", copy["uid"].as_str().unwrap_or_default());
    call.cloud.store.put(gone.clone(), copy);
    let live = Source::live(&gone, PROTO);
    let begun = Begin { targets: vec![key.clone()], effects: vec![Effect::Delete(key)] };
    Ok(call.begin_long_running(&place.path(), live.clone(), live, begun, Lasts::seconds(1, 3)))
}

/// A revision that takes traffic, or that is the latest, stays.
pub(super) fn refuse_serving(cloud: &Cloud, key: &str, revision: &Json) -> Result<(), Fault> {
    let Some((owner, name)) = key.split_once("/revisions/") else { return Ok(()) };
    let Some(document) = cloud.store.get(owner) else { return Ok(()) };
    let latest = document["latestCreatedRevision"] == revision["name"];
    let mut targets = document["trafficStatuses"].as_array().into_iter().flatten();
    let serves =
        targets.any(|target| target["revision"].as_str().is_some_and(|full| full.rsplit('/').next() == Some(name)));
    if !latest && !serves {
        return Ok(());
    }
    Err(Fault::precondition(format!("Revision '{name}' cannot be deleted: it is the latest one or takes traffic.")))
}
