//! Repositories.

use serde_json::{Value as Json, json};

use super::{begin, missing, parent, typed};
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::locations::is_region;
use crate::sandbox::mask;
use crate::sandbox::operation::{Effect, Lasts, Source};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;
use crate::sandbox::times;

const SETTABLE: [&str; 13] = [
    "format",
    "description",
    "labels",
    "kmsKeyName",
    "mode",
    "cleanupPolicies",
    "cleanupPolicyDryRun",
    "dockerConfig",
    "mavenConfig",
    "virtualRepositoryConfig",
    "remoteRepositoryConfig",
    "vulnerabilityScanningConfig",
    "platformLogsConfig",
];

const IMMUTABLE: [&str; 3] = ["format", "kmsKeyName", "mode"];

/// The key and document of the repository in the path.
pub(super) fn find(call: &mut Call<'_>) -> Result<(String, Json), Fault> {
    let key = format!("artifactregistry/{}/repositories/{}", parent(call)?, call.param("repositoriesId"));
    call.cloud.look(&key);
    let document = call.cloud.store.get(&key).cloned().ok_or_else(missing)?;
    Ok((key, document))
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let parent = parent(call)?;
    let id = call.query("repositoryId").unwrap_or_default().to_owned();
    check_place(call.param("locationsId"))?;
    check_id(&id)?;
    let name = format!("{parent}/repositories/{id}");
    let key = format!("artifactregistry/{name}");
    if call.cloud.store.has(&key) || call.cloud.busy(&key).is_some() {
        return Err(Fault::already_exists("the repository already exists"));
    }
    let body = std::mem::take(&mut call.body);
    let mut document = json!({"name": name});
    for field in SETTABLE {
        if let Some(value) = body.get(field).filter(|value| is_set(value)) {
            document[field] = value.clone();
        }
    }
    if document["mode"].as_str().is_none_or(|mode| mode == "MODE_UNSPECIFIED") {
        document["mode"] = json!("STANDARD_REPOSITORY");
    }
    check(call, &document)?;
    complete(call, &mut document);
    // Recorded: the operation's response lacks the times that a read has.
    let response = typed(&document, "Repository");
    document["createTime"] = json!(times::microseconds(call.now()));
    document["updateTime"] = document["createTime"].clone();
    if document["format"] != "GENERIC" {
        let (project, location) = (call.project()?.id, call.param("locationsId").to_owned());
        let format = document["format"].as_str().unwrap_or_default().to_lowercase();
        document["registryUri"] = json!(format!("{location}-{format}.pkg.dev/{project}/{id}"));
    }
    let effects = vec![Effect::Put(key.clone(), document)];
    begin(call, vec![key], effects, Source::Fixed(response), Lasts::seconds(5, 14))
}

fn check_place(location: &str) -> Result<(), Fault> {
    if is_region(location) || ["us", "europe", "asia"].contains(&location) {
        return Ok(());
    }
    Err(Fault::forbidden(format!("Location {location} is not found or access is unauthorized.")))
}

fn check_id(id: &str) -> Result<(), Fault> {
    let fits = (1..=63).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits {
        return Ok(());
    }
    Err(Fault::invalid(format!("invalid repository_id \"{id}\": must match ^[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?$")))
}

/// Whether a value of a body says anything: proto3 has no empty maps, lists, texts, and no false.
fn is_set(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => false,
        Json::String(text) => !text.is_empty(),
        Json::Array(list) => !list.is_empty(),
        Json::Object(map) => !map.is_empty(),
        Json::Bool(true) | Json::Number(_) => true,
    }
}

/// What a repository's mode and format allow.
fn check(call: &Call<'_>, document: &Json) -> Result<(), Fault> {
    let format = document["format"].as_str().unwrap_or("FORMAT_UNSPECIFIED");
    if format == "FORMAT_UNSPECIFIED" {
        return Err(Fault::invalid("format is required"));
    }
    let mode = document["mode"].as_str().unwrap_or_default();
    for (field, of) in
        [("virtualRepositoryConfig", "VIRTUAL_REPOSITORY"), ("remoteRepositoryConfig", "REMOTE_REPOSITORY")]
    {
        if document.get(field).is_some() && mode != of {
            return Err(Fault::invalid(format!("{field} can only be set for repositories of mode {of}")));
        }
    }
    if mode == "REMOTE_REPOSITORY" && document.get("remoteRepositoryConfig").is_none() {
        return Err(Fault::invalid("remoteRepositoryConfig is required for repositories of mode REMOTE_REPOSITORY"));
    }
    if document.get("dockerConfig").is_some() && format != "DOCKER" {
        return Err(Fault::invalid("dockerConfig can only be set for repositories of format DOCKER"));
    }
    for policy in document["virtualRepositoryConfig"]["upstreamPolicies"].as_array().into_iter().flatten() {
        let upstream = policy["repository"].as_str().unwrap_or_default();
        if !exists(call, upstream) {
            return Err(Fault::invalid(format!("upstream repository {upstream} does not exist")));
        }
    }
    Ok(())
}

fn exists(call: &Call<'_>, repository: &str) -> bool {
    let Some((project, rest)) = repository.strip_prefix("projects/").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let Some(project) = call.cloud.project(project) else { return false };
    call.cloud.store.has(&format!("artifactregistry/projects/{}/{rest}", project.id))
}

/// What the server adds to every repository.
fn complete(call: &Call<'_>, document: &mut Json) {
    document["satisfiesPzi"] = json!(true);
    let project = call.project().map(|project| project.id).unwrap_or_default();
    let scanned = document["format"] == "DOCKER" && document["mode"] != "VIRTUAL_REPOSITORY";
    let enabled = call.cloud.is_enabled(&project, "containerscanning.googleapis.com");
    let off = document["vulnerabilityScanningConfig"]["enablementConfig"] == "DISABLED";
    let (state, reason) = match (scanned, off, enabled) {
        (false, ..) if document["format"] == "DOCKER" => {
            ("SCANNING_UNSUPPORTED", Some("Repository mode VIRTUAL_REPOSITORY is not supported.".to_owned()))
        }
        (false, ..) => {
            let format = document["format"].as_str().unwrap_or_default();
            ("SCANNING_UNSUPPORTED", Some(format!("Repository format {format} is not supported.")))
        }
        (true, true, _) => ("SCANNING_DISABLED", Some("Scanning is disabled for the repository.".to_owned())),
        (true, false, false) => {
            ("SCANNING_DISABLED", Some("API containerscanning.googleapis.com is not enabled.".to_owned()))
        }
        (true, false, true) => ("SCANNING_ACTIVE", None),
    };
    let config = document
        .as_object_mut()
        .expect("repositories are stored as objects")
        .entry("vulnerabilityScanningConfig")
        .or_insert_with(|| json!({}));
    config["enablementState"] = json!(state);
    config["lastEnableTime"] = json!(times::microseconds(call.now()));
    match reason {
        Some(reason) => config["enablementStateReason"] = json!(reason),
        None => drop(config.as_object_mut().and_then(|map| map.shift_remove("enablementStateReason"))),
    }
    if let Some(policies) = document["cleanupPolicies"].as_object_mut() {
        for (id, policy) in policies {
            policy["id"] = json!(id);
        }
    } else if let Some(map) = document.as_object_mut() {
        // Indexing made a null of what is not there.
        map.retain(|_, value| !value.is_null());
    }
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    find(call).map(|(_, document)| public(&document).into())
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let collection = format!("artifactregistry/{}/repositories", parent(call)?);
    let mut entries: Vec<Json> =
        call.cloud.store.children(&collection).into_iter().map(|(_, document)| public(document)).collect();
    entries = list::filter(entries, call.query("filter"))?;
    list::order(&mut entries, call.query("orderBy"));
    let page = list::page(entries, list::size(call.query("pageSize"), 100, 1000)?, call.query("pageToken"))?;
    Ok(page.answer("repositories").into())
}

pub(super) fn patch(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (key, mut document) = find(call)?;
    let body = std::mem::take(&mut call.body);
    let paths = match call.query("updateMask").filter(|mask| !mask.is_empty() && *mask != "*") {
        Some(mask) => mask::paths(mask),
        // Without a mask what is sent is changed.
        None => body.as_object().into_iter().flatten().map(|(field, _)| vec![field.clone()]).collect(),
    };
    for path in &paths {
        let same = body.get(&path[0]).is_none_or(|given| document.get(&path[0]) == Some(given));
        if !SETTABLE.contains(&path[0].as_str()) && path[0] != "name" {
            return Err(Fault::invalid(format!("invalid update mask: {} cannot be updated", path.join("."))));
        }
        if IMMUTABLE.contains(&path[0].as_str()) && !same {
            return Err(Fault::invalid(format!("{} is immutable", path[0])));
        }
    }
    let paths: Vec<Vec<String>> = paths.into_iter().filter(|path| path[0] != "name").collect();
    mask::apply(&mut document, &body, &paths);
    let map = document.as_object_mut().expect("repositories are stored as objects");
    map.retain(|field, value| is_set(value) || field == "vulnerabilityScanningConfig");
    check(call, &document)?;
    complete(call, &mut document);
    document["updateTime"] = json!(times::microseconds(call.now()));
    call.cloud.store.put(key, document.clone());
    Ok(public(&document).into())
}

/// A repository goes with all that is in it.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (key, _) = find(call)?;
    if call.cloud.busy(&key).is_some() {
        return Err(Fault::aborted("the repository has an operation in progress"));
    }
    let effects = vec![Effect::DeleteTree(key.clone())];
    begin(call, vec![key], effects, Source::None, Lasts::seconds(2, 6))
}
