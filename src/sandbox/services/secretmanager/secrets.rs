//! Secrets: what they are called, how they are replicated, when they go.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use super::{Scope, check_etag, etag, micros, tick};
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::mask;
use crate::sandbox::operation::Effect;
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;

/// Fields that a caller may set; all others of the document are the server's.
const SETTABLE: [&str; 10] = [
    "replication",
    "labels",
    "annotations",
    "topics",
    "expireTime",
    "rotation",
    "versionAliases",
    "versionDestroyTtl",
    "customerManagedEncryption",
    "secretType",
];

/// Fields that an update may name.
const UPDATABLE: [&str; 9] = [
    "labels",
    "annotations",
    "topics",
    "expireTime",
    "ttl",
    "rotation",
    "versionAliases",
    "versionDestroyTtl",
    "customerManagedEncryption",
];

/// The key and document of the secret in the path.
pub(super) fn find(call: &mut Call<'_>, scope: &Scope) -> Result<(String, Json), Fault> {
    let id = call.param("secretsId");
    let (key, name) = (format!("{}/secrets/{id}", scope.key), format!("{}/secrets/{id}", scope.name));
    match call.cloud.store.get(&key) {
        Some(document) => Ok((key, document.clone())),
        None => Err(Fault::not_found(format!("Secret [{name}] not found."))),
    }
}

pub(super) fn create(call: &mut Call<'_>, scope: &Scope) -> Result<Reply, Fault> {
    let id = call.query("secretId").unwrap_or_default().to_owned();
    check_id(&id)?;
    let (key, name) = (format!("{}/secrets/{id}", scope.key), format!("{}/secrets/{id}", scope.name));
    if call.cloud.store.has(&key) {
        return Err(Fault::already_exists(format!("Secret [{name}] already exists.")));
    }
    let body = std::mem::take(&mut call.body);
    check_replication(&body, scope)?;
    let at = tick(call.cloud);
    let mut document = json!({"name": name});
    for field in SETTABLE {
        if let Some(value) = body.get(field).filter(|value| is_set(field, value)) {
            document[field] = value.clone();
        }
    }
    let expires = expiry(&mut document, &body, at);
    check_topics(&document)?;
    document["createTime"] = micros(at);
    document["etag"] = etag(at);
    plan_expiry(call, &key, expires);
    call.cloud.store.put(key, document.clone());
    Ok(public(&document).into())
}

pub(super) fn get(call: &mut Call<'_>, scope: &Scope) -> Result<Reply, Fault> {
    find(call, scope).map(|(_, document)| public(&document).into())
}

pub(super) fn list(call: &mut Call<'_>, scope: &Scope) -> Result<Reply, Fault> {
    let mut entries: Vec<Json> = call
        .cloud
        .store
        .children(&format!("{}/secrets", scope.key))
        .into_iter()
        .map(|(_, document)| public(document))
        .collect();
    // "Secrets are sorted in reverse by create_time (newest first)": discovery.
    entries.sort_by(|a, b| b["createTime"].as_str().cmp(&a["createTime"].as_str()));
    let entries = list::filter(entries, call.query("filter"))?;
    let total = entries.len();
    let page = list::page(entries, list::size(call.query("pageSize"), 25, 25_000)?, call.query("pageToken"))?;
    let mut answer = page.answer("secrets");
    if total > 0 {
        answer["totalSize"] = json!(total);
    }
    Ok(answer.into())
}

pub(super) fn patch(call: &mut Call<'_>, scope: &Scope) -> Result<Reply, Fault> {
    let (key, mut document) = find(call, scope)?;
    check_etag(&document, call.text("etag"))?;
    let wanted = call.query("updateMask").unwrap_or_default();
    let paths = if wanted == "*" {
        UPDATABLE.iter().map(|field| vec![(*field).to_owned()]).collect()
    } else {
        mask::paths(wanted)
    };
    if paths.is_empty() {
        return Err(Fault::invalid("Field [update_mask] is required."));
    }
    let body = std::mem::take(&mut call.body);
    for path in &paths {
        if path[0] == "replication" && keeps_replication(&document, &body) {
            continue;
        }
        if !UPDATABLE.contains(&path[0].as_str()) {
            return Err(Fault::invalid(format!("The field [{}] in the update_mask is not updatable.", path.join("."))));
        }
    }
    let stored: Vec<Vec<String>> = paths.iter().filter(|path| path[0] != "ttl").cloned().collect();
    mask::apply(&mut document, &body, &stored);
    let map = document.as_object_mut().expect("secrets are stored as objects");
    map.retain(|field, value| is_set(field, value));
    check_topics(&document)?;
    check_aliases(call, &key, &document)?;
    if paths.iter().any(|path| path[0] == "ttl" || path[0] == "expireTime") {
        let expires = expiry(&mut document, &body, call.now());
        plan_expiry(call, &key, expires);
    }
    let at = tick(call.cloud);
    document["etag"] = etag(at);
    call.cloud.store.put(key, document.clone());
    Ok(public(&document).into())
}

pub(super) fn delete(call: &mut Call<'_>, scope: &Scope) -> Result<Reply, Fault> {
    let (key, document) = find(call, scope)?;
    check_etag(&document, call.query("etag"))?;
    call.cloud.stop_timer(&key);
    for below in call.cloud.store.keys_under(&format!("{key}/")) {
        call.cloud.store.remove(&below);
    }
    call.cloud.store.remove(&key);
    Ok(json!({}).into())
}

fn check_id(id: &str) -> Result<(), Fault> {
    let fits = (1..=255).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if fits {
        return Ok(());
    }
    Err(Fault::invalid(format!("The provided Secret ID [{id}] does not match the expected format [[a-zA-Z_0-9]+]")))
}

fn check_replication(body: &Json, scope: &Scope) -> Result<(), Fault> {
    let replication = body.get("replication");
    if scope.regional {
        return match replication {
            None => Ok(()),
            Some(_) => Err(Fault::invalid("Field [replication] is not allowed for regional secrets.")),
        };
    }
    let kinds = ["automatic", "userManaged"];
    match replication.map(|replication| kinds.iter().filter(|kind| replication.get(**kind).is_some()).count()) {
        Some(1) => Ok(()),
        _ => Err(Fault::invalid("Field [replication] is required: one of [automatic] or [user_managed] must be set.")),
    }
}

/// What an empty map or list in a body means: nothing. An empty message (`replication.automatic`) means itself.
fn is_set(field: &str, value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Array(list) => !list.is_empty(),
        Json::Object(map) => {
            !map.is_empty() || !["labels", "annotations", "versionAliases", "rotation"].contains(&field)
        }
        _ => true,
    }
}

/// A `ttl` is kept as the time that it means. Gives that time where it lies ahead: Google refuses one that does not,
/// but a recording played later must not lose its secret.
fn expiry(document: &mut Json, body: &Json, at: Timestamp) -> Option<Timestamp> {
    if let Some(seconds) = body["ttl"].as_str().and_then(|ttl| ttl.strip_suffix('s')?.parse::<f64>().ok()) {
        let expires = at.checked_add(SignedDuration::from_secs_f64(seconds)).unwrap_or(Timestamp::MAX);
        document["expireTime"] = micros(expires);
    }
    let expires: Timestamp = document["expireTime"].as_str()?.parse().ok()?;
    (expires > at).then_some(expires)
}

/// An expired secret goes with all its versions.
fn plan_expiry(call: &mut Call<'_>, key: &str, expires: Option<Timestamp>) {
    match expires {
        Some(at) => call.cloud.set_timer(key, at, vec![Effect::DeleteTree(key.to_owned())]),
        None => call.cloud.stop_timer(key),
    }
}

/// Whether only the keys of a replication differ, which can be changed.
fn keeps_replication(document: &Json, body: &Json) -> bool {
    let bare = |replication: &Json| {
        let mut bare = replication.clone();
        for place in ["/automatic", "/userManaged"] {
            let holder = bare.pointer_mut(place);
            let Some(holder) = holder.and_then(Json::as_object_mut) else { continue };
            holder.shift_remove("customerManagedEncryption");
            for replica in holder.get_mut("replicas").and_then(Json::as_array_mut).into_iter().flatten() {
                replica.as_object_mut().map(|replica| replica.shift_remove("customerManagedEncryption"));
            }
        }
        bare
    };
    bare(&document["replication"]) == bare(&body["replication"])
}

fn check_topics(document: &Json) -> Result<(), Fault> {
    if document.get("rotation").is_some() && document.get("topics").is_none() {
        return Err(Fault::invalid("Field [topics] must be set when [rotation] is set."));
    }
    Ok(())
}

fn check_aliases(call: &Call<'_>, key: &str, document: &Json) -> Result<(), Fault> {
    for (alias, number) in document["versionAliases"].as_object().into_iter().flatten() {
        let number = number.as_str().unwrap_or_default();
        if !call.cloud.store.has(&format!("{key}/versions/{number}")) {
            let name = document["name"].as_str().unwrap_or_default();
            let message = format!("Alias [{alias}] refers to [{name}/versions/{number}], which does not exist.");
            return Err(Fault::invalid(message));
        }
    }
    Ok(())
}
