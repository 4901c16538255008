//! Buckets: their names are the whole world's, they belong to a project.

use serde_json::{Map, Value as Json, json};

use super::{check, number, tick, time};
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::policy;
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;

/// Fields that a caller may set.
const SETTABLE: [&str; 17] = [
    "labels",
    "versioning",
    "iamConfiguration",
    "lifecycle",
    "cors",
    "website",
    "logging",
    "encryption",
    "retentionPolicy",
    "softDeletePolicy",
    "autoclass",
    "billing",
    "defaultEventBasedHold",
    "storageClass",
    "rpo",
    "hierarchicalNamespace",
    "ipFilter",
];

/// How an update treats what it does not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Merge,
    Replace,
}

/// The key and document of the bucket in the path.
pub(super) fn find(call: &Call<'_>) -> Result<(String, Json), Fault> {
    let name = call.param("bucket");
    let owner = call.cloud.store.get(&format!("storage/names/{name}")).and_then(Json::as_str);
    let key = owner.map(|project| format!("storage/projects/{project}/buckets/{name}"));
    let found = key.and_then(|key| Some((key.clone(), call.cloud.store.get(&key)?.clone())));
    found.ok_or_else(|| Fault::not_found("The specified bucket does not exist."))
}

pub(super) fn insert(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let wanted = call.query("project").unwrap_or_default().to_owned();
    if wanted.is_empty() {
        return Err(Fault::invalid("Required parameter: project").reason("required"));
    }
    let project =
        call.cloud.project_or_new(&wanted).ok_or_else(|| Fault::invalid(format!("Unknown project id: {wanted}")))?;
    let body = std::mem::take(&mut call.body);
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    check_name(&name)?;
    if let Some(owner) = call.cloud.store.get(&format!("storage/names/{name}")).and_then(Json::as_str) {
        let message = if owner == project.id {
            "Your previous request to create the named bucket succeeded and you already own it."
        } else {
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. \
             Please select a different name and try again."
        };
        return Err(Fault::new(409, "ALREADY_EXISTS", "conflict", message));
    }
    let now = tick(call.cloud);
    let location = body["location"].as_str().unwrap_or("US").to_uppercase();
    let multi = ["US", "EU", "ASIA"].contains(&location.as_str());
    let mut document = json!({
        "kind": "storage#bucket", "id": name, "name": name, "projectNumber": project.number,
        "selfLink": format!("https://www.googleapis.com/storage/v1/b/{name}"),
        "generation": now.to_string(), "metageneration": "1", "etag": "CAE=", "location": location,
        "locationType": if multi { "multi-region" } else { "region" }, "storageClass": "STANDARD",
        "timeCreated": time(now), "updated": time(now),
        "softDeletePolicy": {"retentionDurationSeconds": "604800", "effectiveTime": time(now)},
    });
    if multi {
        document["rpo"] = json!("DEFAULT");
    }
    set(&mut document, &body);
    complete(&mut document);
    call.cloud.store.put(format!("storage/names/{name}"), json!(project.id));
    call.cloud.store.put(format!("storage/projects/{}/buckets/{name}", project.id), document.clone());
    Ok(public(&document).into())
}

/// Google's rule: 3 to 63 characters (222 with dots), lower-case letters, digits, `-`, `_` and `.`, not as an address.
fn check_name(name: &str) -> Result<(), Fault> {
    let longest = if name.contains('.') { 222 } else { 63 };
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let fits = (3..=longest).contains(&name.len())
        && edge(name.chars().next())
        && edge(name.chars().last())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c))
        && !name.starts_with("goog")
        && name.parse::<std::net::Ipv4Addr>().is_err();
    if fits { Ok(()) } else { Err(Fault::invalid(format!("Invalid bucket name: '{name}'"))) }
}

fn set(document: &mut Json, body: &Json) {
    for field in SETTABLE {
        if let Some(value) = body.get(field) {
            document[field] = value.clone();
        }
    }
}

/// What the server adds to the access settings.
fn complete(document: &mut Json) {
    let map: &mut Map<String, Json> = document.as_object_mut().expect("buckets are stored as objects");
    let config = map.entry("iamConfiguration").or_insert_with(|| json!({}));
    let uniform = config["uniformBucketLevelAccess"]["enabled"] == true;
    config["uniformBucketLevelAccess"] = json!({ "enabled": uniform });
    config["bucketPolicyOnly"] = json!({ "enabled": uniform });
    if !config["publicAccessPrevention"].is_string() {
        config["publicAccessPrevention"] = json!("inherited");
    }
    if map.get("labels").is_some_and(|labels| labels.as_object().is_some_and(Map::is_empty)) {
        map.shift_remove("labels");
    }
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, document) = find(call)?;
    check(call, "Metageneration", number(&document, "metageneration"))?;
    Ok(public(&document).into())
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let wanted = call.query("project").unwrap_or_default();
    let project = call.cloud.project(wanted).ok_or_else(|| Fault::invalid(format!("Unknown project id: {wanted}")))?;
    let prefix = call.query("prefix").unwrap_or_default();
    let entries = call.cloud.store.children(&format!("storage/projects/{}/buckets", project.id));
    let named = |document: &&Json| document["name"].as_str().is_some_and(|name| name.starts_with(prefix));
    let entries = entries.into_iter().map(|(_, document)| document).filter(named).map(public).collect();
    let page = list::page(entries, list::size(call.query("maxResults"), 1000, 1000)?, call.query("pageToken"))?;
    let mut answer = page.answer("items");
    answer["kind"] = json!("storage#buckets");
    Ok(answer.into())
}

pub(super) fn change(call: &mut Call<'_>, how: Change) -> Result<Reply, Fault> {
    let (key, mut document) = find(call)?;
    check(call, "Metageneration", number(&document, "metageneration"))?;
    let body = std::mem::take(&mut call.body);
    if how == Change::Replace {
        let map = document.as_object_mut().expect("buckets are stored as objects");
        map.retain(|field, _| !SETTABLE.contains(&field.as_str()) || field == "storageClass");
    }
    merge(&mut document, &body, &call.raw);
    complete(&mut document);
    let now = tick(call.cloud);
    document["metageneration"] = json!((number(&document, "metageneration") + 1).to_string());
    document["updated"] = time(now);
    call.cloud.store.put(key, document.clone());
    Ok(public(&document).into())
}

/// Labels are merged one by one, a `null` takes one away; everything else is replaced.
fn merge(document: &mut Json, body: &Json, raw: &Json) {
    let labels = document["labels"].clone();
    set(document, body);
    if let (Some(old), Some(map)) = (labels.as_object(), document.as_object_mut()) {
        let labels = map.entry("labels").or_insert_with(|| json!({}));
        if let Some(labels) = labels.as_object_mut() {
            for (name, value) in old {
                labels.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    for (field, value) in raw.as_object().into_iter().flatten() {
        match value {
            Json::Null => drop(document.as_object_mut().and_then(|map| map.shift_remove(field))),
            Json::Object(inner) if field == "labels" => {
                for (name, _) in inner.iter().filter(|(_, value)| value.is_null()) {
                    document["labels"].as_object_mut().and_then(|labels| labels.shift_remove(name));
                }
            }
            _ => {}
        }
    }
    document.as_object_mut().expect("buckets are stored as objects").retain(|_, value| !value.is_null());
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (key, document) = find(call)?;
    check(call, "Metageneration", number(&document, "metageneration"))?;
    let inside = call.cloud.store.keys_under(&format!("{key}/"));
    if inside.iter().any(|below| !below.ends_with("/$policy")) {
        return Err(Fault::new(409, "FAILED_PRECONDITION", "conflict", "The bucket you tried to delete is not empty."));
    }
    for below in inside {
        call.cloud.store.remove(&below);
    }
    call.cloud.store.remove(&key);
    let name = call.param("bucket").to_owned();
    call.cloud.store.remove(&format!("storage/names/{name}"));
    Ok(Reply::no_content())
}

/// This API's policy is the body itself, not a field of it.
pub(super) fn policy(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (key, _) = find(call)?;
    let name = call.param("bucket").to_owned();
    if call.id() == "storage.buckets.testIamPermissions" {
        let permissions = call.query.get("permissions").cloned().unwrap_or_default();
        return Ok(json!({"kind": "storage#testIamPermissionsResponse", "permissions": permissions}).into());
    }
    let mut reply = if call.id() == "storage.buckets.setIamPolicy" {
        let policy = std::mem::take(&mut call.body);
        call.body = json!({ "policy": policy });
        policy::set(call, &key)?
    } else {
        let version = call.query("optionsRequestedPolicyVersion").and_then(|text| text.parse::<i64>().ok());
        call.body = json!({"options": {"requestedPolicyVersion": version}});
        policy::get(call, &key)?
    };
    if let crate::wire::http::Body::Json(policy) = &mut reply.response.body {
        policy["kind"] = json!("storage#policy");
        policy["resourceId"] = json!(format!("projects/_/buckets/{name}"));
    }
    Ok(reply)
}
