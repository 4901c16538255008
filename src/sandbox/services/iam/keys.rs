//! Keys of service accounts. Not recorded: shapes from the discovery document.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::{document, find};
use crate::sandbox::fault::Fault;
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;
use crate::sandbox::times;

/// Most keys that an account may have.
const MOST: usize = 10;

pub(super) fn answer(call: &mut Call<'_>, verb: &str) -> Result<Reply, Fault> {
    let account = find(call)?;
    let collection = format!("{account}/keys");
    let key = format!("{collection}/{}", call.param("keysId"));
    let missing =
        || Fault::not_found(format!("Service account key {} does not exist.", key.rsplit('/').next().unwrap_or("")));
    match verb {
        "keys.create" => create(call, &account, &collection),
        "keys.list" => list_keys(call, &collection),
        "keys.get" => call.cloud.store.get(&key).map(|document| public(document).into()).ok_or_else(missing),
        "keys.delete" => call.cloud.store.remove(&key).map(|_| json!({}).into()).ok_or_else(missing),
        "keys.disable" | "keys.enable" => {
            let map = call.cloud.store.get_mut(&key).and_then(Json::as_object_mut).ok_or_else(missing)?;
            match verb {
                "keys.disable" => drop(map.insert("disabled".to_owned(), json!(true))),
                _ => drop(map.shift_remove("disabled")),
            }
            Ok(json!({}).into())
        }
        _ => Err(Fault::not_played(call.id())),
    }
}

fn create(call: &mut Call<'_>, account: &str, collection: &str) -> Result<Reply, Fault> {
    if call.cloud.store.children(collection).len() >= MOST {
        return Err(Fault::new(
            429,
            "RESOURCE_EXHAUSTED",
            "rateLimitExceeded",
            "Maximum number of keys on account reached.",
        ));
    }
    let id = call.cloud.ids.hex(40);
    let owner = document(call, account);
    let made = json!({
        "name": format!("{}/keys/{id}", owner["name"].as_str().unwrap_or_default()),
        "validAfterTime": times::seconds(call.now()),
        "validBeforeTime": "9999-12-31T23:59:59Z",
        "keyAlgorithm": call.text("keyAlgorithm").unwrap_or("KEY_ALG_RSA_2048"),
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": "USER_MANAGED",
    });
    call.cloud.store.put(format!("{collection}/{id}"), made.clone());
    let mut answer = made;
    let kind = call.text("privateKeyType").unwrap_or("TYPE_GOOGLE_CREDENTIALS_FILE").to_owned();
    answer["privateKeyType"] = json!(kind);
    answer["privateKeyData"] = json!(STANDARD.encode(credentials(call, &owner, &id).to_string()));
    Ok(answer.into())
}

/// A credentials file whose key opens nothing: the sandbox asks nobody for one.
fn credentials(call: &mut Call<'_>, owner: &Json, id: &str) -> Json {
    let bytes = STANDARD.encode(call.cloud.ids.bytes(48));
    json!({
        "type": "service_account",
        "project_id": owner["projectId"],
        "private_key_id": id,
        "private_key": format!("-----BEGIN PRIVATE KEY-----\n{bytes}\n-----END PRIVATE KEY-----\n"),
        "client_email": owner["email"],
        "client_id": owner["uniqueId"],
        "token_uri": "https://oauth2.googleapis.com/token",
        "universe_domain": "googleapis.com",
    })
}

fn list_keys(call: &Call<'_>, collection: &str) -> Result<Reply, Fault> {
    let kinds = call.query.get("keyTypes").cloned().unwrap_or_default();
    let all = call.cloud.store.children(collection).into_iter().map(|(_, document)| public(document));
    let all: Vec<Json> =
        all.filter(|key| kinds.is_empty() || kinds.iter().any(|kind| key["keyType"] == **kind)).collect();
    Ok(if all.is_empty() { json!({}) } else { json!({ "keys": all }) }.into())
}
