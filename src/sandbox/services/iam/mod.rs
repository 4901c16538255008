//! IAM: service accounts, their keys and policies; roles of a project.
//!
//! Recorded: everything is synchronous; what is unset is absent; an update answers with the changed fields and the name
//! alone; the 404 of an account that never was differs from that of a replica that is behind (an ordered fault).

mod keys;
mod roles;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::sandbox::check::camel_case;
use crate::sandbox::cloud::Project;
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::operation::Effect;
use crate::sandbox::policy;
use crate::sandbox::service::{Call, Reply, Service, completes_nothing};
use crate::sandbox::store::public;
use crate::sandbox::times;

pub(super) static SERVICE: Service = Service { host: "iam", handle: answer, complete: completes_nothing };

/// For how long a deleted account can be had back.
const UNDELETE_SECONDS: i64 = 30 * 24 * 3600;

fn answer(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let verb = call.id().trim_start_matches("iam.projects.serviceAccounts.");
    match verb {
        "create" => create(call),
        "list" => list_accounts(call),
        "get" => get(call),
        "patch" => patch(call),
        "update" => update(call),
        "delete" => delete(call),
        "undelete" => undelete(call),
        "disable" | "enable" => switch(call, verb),
        "getIamPolicy" => {
            let key = find(call)?;
            policy::get(call, &key)
        }
        "setIamPolicy" => {
            let key = find(call)?;
            policy::set(call, &key)
        }
        "testIamPermissions" => Ok(policy::test(call)),
        "signBlob" | "signJwt" => super::iamcredentials::sign(call, verb),
        _ if verb.starts_with("keys.") => keys::answer(call, verb),
        _ if call.id().starts_with("iam.projects.roles.") => roles::answer(call),
        _ => Err(Fault::not_played(call.id())),
    }
}

fn collection(project: &Project) -> String {
    format!("iam/projects/{}/serviceAccounts", project.id)
}

/// The key of the account in the path: by e-mail or unique id, the project may be `-`.
pub(super) fn find(call: &Call<'_>) -> Result<String, Fault> {
    let wanted = call.param("serviceAccountsId");
    let project = match call.project() {
        Ok(project) => Some(project),
        Err(_) => wanted
            .split_once('@')
            .and_then(|(_, domain)| domain.strip_suffix(".iam.gserviceaccount.com"))
            .and_then(|id| call.cloud.project(id)),
    };
    if let Some(key) = project.as_ref().map(|project| format!("{}/{wanted}", collection(project)))
        && call.cloud.store.has(&key)
    {
        return Ok(key);
    }
    let within = project.map_or("iam/projects/".to_owned(), |project| format!("{}/", collection(&project)));
    let mut all = call.cloud.store.under(&within);
    let by_id = all.find(|(_, document)| document["uniqueId"] == wanted);
    by_id.map(|(key, _)| key.to_owned()).ok_or_else(|| Fault::not_found("Unknown service account"))
}

fn document(call: &Call<'_>, key: &str) -> Json {
    call.cloud.store.get(key).cloned().expect("an account that was found has its document")
}

fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let account = call.text("accountId").unwrap_or_default().to_owned();
    check_account(&account)?;
    check_texts(&call.body["serviceAccount"])?;
    let email = format!("{account}@{}.iam.gserviceaccount.com", project.id);
    let key = format!("{}/{email}", collection(&project));
    if call.cloud.store.has(&key) {
        let message = format!("Service account {account} already exists within project projects/{}.", project.id);
        return Err(Fault::already_exists(message));
    }
    let unique = call.cloud.ids.digits(20);
    let unique = format!("1{unique}");
    let mut made = json!({
        "name": format!("projects/{}/serviceAccounts/{email}", project.id),
        "projectId": project.id,
        "uniqueId": unique,
        "email": email,
    });
    for name in ["displayName", "description"] {
        if let Some(text) = call.text(&format!("serviceAccount.{name}")).filter(|text| !text.is_empty()) {
            made[name] = json!(text);
        }
    }
    made["etag"] = json!(etag(call));
    made["oauth2ClientId"] = json!(unique);
    call.cloud.store.put(key, made.clone());
    Ok(made.into())
}

fn check_account(account: &str) -> Result<(), Fault> {
    if !(6..=30).contains(&account.len()) {
        let message = format!("The account ID \"{account}\" does not have a length between 6 and 30.");
        return Err(Fault::invalid(message).reason("badRequest"));
    }
    let fits = account.starts_with(|c: char| c.is_ascii_lowercase())
        && !account.ends_with('-')
        && account.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits {
        return Ok(());
    }
    let message =
        format!("Invalid service account ID \"{account}\": it must match the pattern '[a-z]([-a-z0-9]*[a-z0-9])'.");
    Err(Fault::invalid(message).reason("badRequest"))
}

fn check_texts(account: &Json) -> Result<(), Fault> {
    for (name, words, longest) in [("displayName", "display name", 100), ("description", "description", 256)] {
        if account[name].as_str().is_some_and(|text| text.len() > longest) {
            let message = format!("The {words} is too long: it may have up to {longest} bytes in UTF-8.");
            return Err(Fault::invalid(message).reason("badRequest"));
        }
    }
    Ok(())
}

/// A new etag: the bytes of a short number, as recorded (`MDEwMjE5MjA=`).
fn etag(call: &mut Call<'_>) -> String {
    STANDARD.encode(format!("0102{}", call.cloud.ids.digits(4)))
}

fn list_accounts(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let all = call.cloud.store.children(&collection(&project));
    let all = all.into_iter().map(|(_, document)| public(document)).collect();
    let size = list::size(call.query("pageSize"), 20, 100)?;
    Ok(list::page(all, size, call.query("pageToken"))?.answer("accounts").into())
}

fn get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let key = find(call)?;
    Ok(public(&document(call, &key)).into())
}

/// The mask is in the body; what comes back are the changed fields and the name.
fn patch(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let key = find(call)?;
    let given = call.body["serviceAccount"].clone();
    let mask: Vec<String> =
        call.text("updateMask").unwrap_or_default().split(',').map(|path| camel_case(path.trim())).collect();
    check_texts(&given)?;
    check_etag(call, &key)?;
    let mut changed = document(call, &key);
    let mut answer = json!({});
    for path in mask.iter().filter(|path| !path.is_empty()) {
        match path.as_str() {
            "displayName" | "description" => {
                let text = given[path.as_str()].as_str().unwrap_or_default();
                set(&mut changed, path, text);
                set(&mut answer, path, text);
            }
            "etag" | "name" => {}
            other => {
                let message = format!("Update of `{other}` is not supported: only display_name and description are.");
                return Err(Fault::invalid(message).reason("badRequest"));
            }
        }
    }
    changed["etag"] = json!(etag(call));
    answer["name"] = changed["name"].clone();
    call.cloud.store.put(key, changed);
    Ok(answer.into())
}

fn check_etag(call: &Call<'_>, key: &str) -> Result<(), Fault> {
    let given = call.raw["serviceAccount"]["etag"].as_str().or(call.raw["etag"].as_str());
    let stored = document(call, key);
    let stale =
        given.is_some_and(|given| policy::decode(given) != policy::decode(stored["etag"].as_str().unwrap_or_default()));
    if stale {
        return Err(Fault::aborted(
            "There were concurrent changes to the service account. Please retry the whole read-modify-write with \
             exponential backoff.",
        ));
    }
    Ok(())
}

fn set(document: &mut Json, name: &str, text: &str) {
    let map = document.as_object_mut().expect("accounts are objects");
    if text.is_empty() {
        map.shift_remove(name);
    } else {
        map.insert(name.to_owned(), json!(text));
    }
}

fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let key = find(call)?;
    check_texts(&call.body)?;
    check_etag(call, &key)?;
    let mut changed = document(call, &key);
    for name in ["displayName", "description"] {
        let text = call.text(name).unwrap_or_default().to_owned();
        set(&mut changed, name, &text);
    }
    changed["etag"] = json!(etag(call));
    call.cloud.store.put(key, changed.clone());
    Ok(public(&changed).into())
}

fn members(account: &Json) -> (String, String) {
    let email = account["email"].as_str().unwrap_or_default();
    let unique = account["uniqueId"].as_str().unwrap_or_default();
    (format!("serviceAccount:{email}"), format!("deleted:serviceAccount:{email}?uid={unique}"))
}

/// The account goes; policies that named it say `deleted:…` from now on.
fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let key = find(call)?;
    let account = call.cloud.store.remove(&key).expect("an account that was found has its document");
    for below in call.cloud.store.keys_under(&format!("{key}/")) {
        call.cloud.store.remove(&below);
    }
    let (alive, gone) = members(&account);
    policy::rename_member(call.cloud, &alive, &gone);
    let kept = format!("iam-deleted/{}", account["uniqueId"].as_str().unwrap_or_default());
    let at = times::plus_seconds(call.now(), UNDELETE_SECONDS);
    call.cloud.set_timer(&kept, at, vec![Effect::Delete(kept.clone())]);
    call.cloud.store.put(kept, account);
    Ok(json!({}).into())
}

fn undelete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project().ok();
    let kept = format!("iam-deleted/{}", call.param("serviceAccountsId"));
    let account = call.cloud.store.get(&kept).cloned();
    let account = account.filter(|account| project.as_ref().is_none_or(|project| account["projectId"] == *project.id));
    let account = account.ok_or_else(|| Fault::not_found("Unknown service account"))?;
    let email = account["email"].as_str().unwrap_or_default();
    let key = format!("iam/projects/{}/serviceAccounts/{email}", account["projectId"].as_str().unwrap_or_default());
    if call.cloud.store.has(&key) {
        return Err(Fault::already_exists(format!("Service account {email} already exists.")));
    }
    call.cloud.stop_timer(&kept);
    call.cloud.store.remove(&kept);
    let (alive, gone) = members(&account);
    call.cloud.store.put(key, account.clone());
    policy::rename_member(call.cloud, &gone, &alive);
    Ok(json!({"restoredAccount": public(&account)}).into())
}

fn switch(call: &mut Call<'_>, verb: &str) -> Result<Reply, Fault> {
    let key = find(call)?;
    let map = call.cloud.store.get_mut(&key).and_then(Json::as_object_mut).expect("just found");
    match verb {
        "disable" => drop(map.insert("disabled".to_owned(), json!(true))),
        _ => drop(map.shift_remove("disabled")),
    }
    Ok(json!({}).into())
}

#[cfg(test)]
mod tests;
