//! Versions of a secret: added, read, switched off, destroyed.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::secrets;
use super::{Scope, check_etag, etag, micros, tick};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::operation::Effect;
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;

/// Google's limit on a payload.
const LARGEST: usize = 65_536;

pub(super) fn add(call: &mut Call<'_>, scope: &Scope) -> Result<Reply, Fault> {
    let (key, secret) = secrets::find(call, scope)?;
    let payload = &call.body["payload"];
    let data = read_bytes(payload["data"].as_str().unwrap_or_default())?;
    if data.is_empty() {
        return Err(Fault::invalid("Field [payload.data] is required."));
    }
    if data.len() > LARGEST {
        let message = format!("The payload size [{}] exceeds the maximum of [{LARGEST}] bytes.", data.len());
        return Err(Fault::invalid(message));
    }
    let checksum = payload["dataCrc32c"].as_str().and_then(|text| text.parse::<i64>().ok());
    if checksum.is_some_and(|given| given != i64::from(crc32c::crc32c(&data))) {
        return Err(Fault::invalid("The provided checksum does not match the checksum of the payload."));
    }
    let number = secret["$last"].as_i64().unwrap_or(0) + 1;
    let at = tick(call.cloud);
    let mut version = json!({
        "name": format!("{}/versions/{number}", secret["name"].as_str().unwrap_or_default()),
        "createTime": micros(at),
        "state": "ENABLED",
    });
    if let Some(status) = replication_status(&secret) {
        version["replicationStatus"] = status;
    }
    if checksum.is_some() {
        version["clientSpecifiedPayloadChecksum"] = json!(true);
    }
    version["etag"] = etag(at);
    version["$data"] = json!(STANDARD.encode(&data));
    call.cloud.store.put(format!("{key}/versions/{number}"), version.clone());
    if let Some(secret) = call.cloud.store.get_mut(&key) {
        secret["$last"] = json!(number);
    }
    Ok(public(&version).into())
}

pub(super) fn get(call: &mut Call<'_>, scope: &Scope) -> Result<Reply, Fault> {
    find(call, scope).map(|(_, version)| public(&version).into())
}

pub(super) fn list(call: &mut Call<'_>, scope: &Scope) -> Result<Reply, Fault> {
    let (key, _) = secrets::find(call, scope)?;
    let mut versions: Vec<(i64, Json)> = call
        .cloud
        .store
        .children(&format!("{key}/versions"))
        .into_iter()
        .map(|(key, version)| (last_number(key), public(version)))
        .collect();
    versions.sort_by_key(|(number, _)| -number);
    let entries = list::filter(versions.into_iter().map(|(_, version)| version).collect(), call.query("filter"))?;
    let total = entries.len();
    let page = list::page(entries, list::size(call.query("pageSize"), 25, 25_000)?, call.query("pageToken"))?;
    let mut answer = page.answer("versions");
    if total > 0 {
        answer["totalSize"] = json!(total);
    }
    Ok(answer.into())
}

pub(super) fn access(call: &mut Call<'_>, scope: &Scope) -> Result<Reply, Fault> {
    let (_, version) = find(call, scope)?;
    let state = version["state"].as_str().unwrap_or_default();
    if state != "ENABLED" {
        let name = version["name"].as_str().unwrap_or_default();
        return Err(Fault::precondition(format!("Secret Version [{name}] is in {state} state.")));
    }
    let data = version["$data"].as_str().unwrap_or_default();
    let sum = crc32c::crc32c(&STANDARD.decode(data).unwrap_or_default());
    Ok(json!({"name": version["name"], "payload": {"data": data, "dataCrc32c": sum.to_string()}}).into())
}

/// Enables or disables; doing it again changes the etag all the same, as recorded.
pub(super) fn set_state(call: &mut Call<'_>, scope: &Scope, state: &str) -> Result<Reply, Fault> {
    let (key, mut version) = find(call, scope)?;
    check_etag(&version, call.text("etag"))?;
    refuse_destroyed(&version)?;
    version["state"] = json!(state);
    let map = version.as_object_mut().expect("versions are stored as objects");
    if map.shift_remove("scheduledDestroyTime").is_some() {
        call.cloud.stop_timer(&key);
    }
    save(call, key, version)
}

pub(super) fn destroy(call: &mut Call<'_>, scope: &Scope) -> Result<Reply, Fault> {
    let (_, secret) = secrets::find(call, scope)?;
    let (key, mut version) = find(call, scope)?;
    check_etag(&version, call.text("etag"))?;
    refuse_destroyed(&version)?;
    let delay = secret["versionDestroyTtl"].as_str().and_then(|ttl| ttl.strip_suffix('s')?.parse::<f64>().ok());
    let now = call.now();
    match delay {
        // With a delay the version is switched off now and destroyed later.
        Some(seconds) => {
            let at = now.checked_add(SignedDuration::from_secs_f64(seconds)).unwrap_or(now);
            version["state"] = json!("DISABLED");
            version["scheduledDestroyTime"] = micros(at);
            let fields =
                json!({"state": "DESTROYED", "destroyTime": micros(at), "scheduledDestroyTime": null, "$data": null});
            let fields = fields.as_object().cloned().unwrap_or_default();
            call.cloud.set_timer(&key, at, vec![Effect::Merge(key.clone(), fields)]);
        }
        None => {
            version["state"] = json!("DESTROYED");
            version["destroyTime"] = micros(now);
            version.as_object_mut().expect("versions are stored as objects").shift_remove("$data");
        }
    }
    save(call, key, version)
}

/// The number of a version that is given as a number, an alias or `latest`; `None` where there is none.
pub(super) fn number_of(cloud: &Cloud, key: &str, version: &str) -> Option<String> {
    let secret = cloud.store.get(key)?;
    let number = match version {
        "latest" => secret["$last"].as_i64().map(|number| number.to_string()),
        number if number.bytes().all(|byte| byte.is_ascii_digit()) => Some(number.to_owned()),
        alias => secret["versionAliases"][alias].as_str().map(str::to_owned),
    }?;
    cloud.store.has(&format!("{key}/versions/{number}")).then_some(number)
}

fn find(call: &mut Call<'_>, scope: &Scope) -> Result<(String, Json), Fault> {
    let (secret, version) = (call.param("secretsId").to_owned(), call.param("versionsId").to_owned());
    let name = format!("{}/secrets/{secret}", scope.name);
    let key = format!("{}/secrets/{secret}", scope.key);
    let number = number_of(call.cloud, &key, &version);
    let found = number.and_then(|number| {
        let key = format!("{key}/versions/{number}");
        let document = call.cloud.store.get(&key)?.clone();
        Some((key, document))
    });
    found.ok_or_else(|| match (call.cloud.store.has(&key), version.as_str()) {
        (false, _) | (true, "latest") => Fault::not_found(format!("Secret [{name}] not found or has no versions.")),
        (true, version) => Fault::not_found(format!("Secret Version [{name}/versions/{version}] not found.")),
    })
}

fn save(call: &mut Call<'_>, key: String, mut version: Json) -> Result<Reply, Fault> {
    let at = tick(call.cloud);
    version["etag"] = etag(at);
    call.cloud.store.put(key, version.clone());
    Ok(public(&version).into())
}

fn refuse_destroyed(version: &Json) -> Result<(), Fault> {
    if version["state"] != "DESTROYED" {
        return Ok(());
    }
    let name = version["name"].as_str().unwrap_or_default();
    Err(Fault::precondition(format!("Secret Version [{name}] is in DESTROYED state.")))
}

fn replication_status(secret: &Json) -> Option<Json> {
    let replication = secret.get("replication")?;
    Some(match replication["userManaged"]["replicas"].as_array() {
        Some(replicas) => {
            let replicas: Vec<Json> = replicas.iter().map(|replica| json!({"location": replica["location"]})).collect();
            json!({"userManaged": {"replicas": replicas}})
        }
        None => json!({"automatic": {}}),
    })
}

fn last_number(key: &str) -> i64 {
    key.rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn read_bytes(text: &str) -> Result<Vec<u8>, Fault> {
    let padded = format!("{}{}", text, "=".repeat((4 - text.len() % 4) % 4));
    STANDARD.decode(&padded).or_else(|_| URL_SAFE.decode(&padded)).map_err(|_| {
        Fault::invalid(format!("Invalid value at 'payload.data' (TYPE_BYTES), Base64 decoding failed for \"{text}\""))
    })
}
