//! Users of an instance: built-in ones with a password, and those of IAM.

use serde_json::{Value as Json, json};

use super::versions::{Engine, Version};
use super::{begin, document, instance, instances, invalid, nothing, refuse_busy, refuse_stopped};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::{Begin, Lasts};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;

const SQL_SERVER_INTERNAL: [&str; 2] = ["##MS_PolicyEventProcessingLogin##", "##MS_PolicyTsqlExecutionLogin##"];

/// The users that come with an engine.
pub(super) fn seed(cloud: &mut Cloud, instance: &str, engine: Engine) {
    match engine {
        Engine::Postgres => put(cloud, instance, json!({"name": "postgres"}), engine),
        Engine::MySql => put(cloud, instance, json!({"name": "root", "host": "%"}), engine),
        Engine::SqlServer => {
            for name in SQL_SERVER_INTERNAL {
                put(cloud, instance, json!({"name": name, "sqlserverUserDetails": {"disabled": true}}), engine);
            }
            let roles = json!({"serverRoles": ["CustomerDbRootRole"]});
            put(cloud, instance, json!({"name": "sqlserver", "sqlserverUserDetails": roles}), engine);
        }
    }
}

/// Stores a user under its name and host with what the server adds.
fn put(cloud: &mut Cloud, instance: &str, mut user: Json, engine: Engine) {
    let (project, short) = owner(instance);
    user["kind"] = json!("sql#user");
    user["project"] = json!(project);
    user["instance"] = json!(short);
    match engine {
        // Recorded in 2026; a user of PostgreSQL has no host.
        Engine::Postgres => user["iamStatus"] = json!("IAM_STATUS_UNSPECIFIED"),
        Engine::MySql => {
            let policy =
                user.as_object_mut().expect("users are objects").entry("passwordPolicy").or_insert_with(|| json!({}));
            policy["status"] = json!({});
        }
        Engine::SqlServer => {}
    }
    if user["type"].as_str().is_some_and(|kind| kind.starts_with("CLOUD_IAM")) {
        user["iamStatus"] = json!("ACTIVE");
    }
    user["etag"] = json!(document::etag(&user));
    let host = user["host"].as_str().unwrap_or_default();
    let key = key(instance, user["name"].as_str().unwrap_or_default(), host);
    cloud.store.put(key, user);
}

fn owner(instance: &str) -> (&str, &str) {
    let mut parts = instance.split('/').skip(2);
    (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default())
}

fn key(instance: &str, name: &str, host: &str) -> String {
    format!("{instance}/users/{}@{host}", name.replace('%', "%25").replace('/', "%2F"))
}

pub(super) fn insert(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    refuse_stopped(&document)?;
    let version = instances::version(&document)?;
    let body = std::mem::take(&mut call.body);
    let mut user = json!({});
    let kind = body["type"].as_str().unwrap_or("BUILT_IN");
    let name = login(body["name"].as_str().unwrap_or_default(), kind, version, &document)?;
    user["name"] = json!(name);
    if version.engine() == Engine::MySql {
        user["host"] = json!(body["host"].as_str().filter(|host| !host.is_empty()).unwrap_or("%"));
    }
    if kind != "BUILT_IN" {
        user["type"] = json!(kind);
        if body["password"].as_str().is_some_and(|password| !password.is_empty()) {
            return Err(invalid("Invalid request: A user of IAM cannot have a password."));
        }
    }
    for field in ["passwordPolicy", "dualPasswordType", "sqlserverUserDetails"] {
        if let Some(value) = body.get(field) {
            user[field] = value.clone();
        }
    }
    // Roles are taken and never shown again.
    if let Some(roles) = body.get("databaseRoles") {
        user["$databaseRoles"] = roles.clone();
    }
    let at = self::key(&key, &name, user["host"].as_str().unwrap_or_default());
    if call.cloud.store.has(&at) {
        return Err(Fault::already_exists(format!("The user {name} already exists.")).reason("userAlreadyExists"));
    }
    put(call.cloud, &key, user, version.engine());
    let instance = document["name"].as_str().unwrap_or_default();
    Ok(begin(call, &project, "CREATE_USER", instance, Begin::default(), Lasts::NO_TIME))
}

/// The name under which a user logs in, if it can be one.
fn login(name: &str, kind: &str, version: Version, document: &Json) -> Result<String, Fault> {
    let longest = match version.engine() {
        Engine::Postgres => 63,
        Engine::MySql => 32,
        Engine::SqlServer => 128,
    };
    if kind.starts_with("CLOUD_IAM") {
        return iam_login(name, kind, version, document, longest);
    }
    if name.is_empty() || name.len() > longest {
        return Err(invalid(format!(
            "Invalid request: Invalid user name ({name}): it must have 1 to {longest} bytes."
        )));
    }
    Ok(name.to_owned())
}

fn iam_login(name: &str, kind: &str, version: Version, document: &Json, longest: usize) -> Result<String, Fault> {
    let flag = match version.engine() {
        Engine::Postgres => "cloudsql.iam_authentication",
        Engine::MySql => "cloudsql_iam_authentication",
        Engine::SqlServer => return Err(invalid("Invalid request: SQL Server has no users of IAM.")),
    };
    let mut flags = document["settings"]["databaseFlags"].as_array().into_iter().flatten();
    if !flags.any(|set| set["name"] == flag && set["value"] == "on") {
        return Err(invalid(format!(
            "Invalid request: Cloud IAM users need IAM authentication: set the database flag {flag} to on."
        )));
    }
    if !name.contains('@') {
        return Err(invalid(format!(
            "Invalid request: Invalid user name ({name}): a Cloud IAM user is an e-mail address."
        )));
    }
    if name.chars().any(char::is_uppercase) {
        return Err(invalid(format!(
            "Invalid request: Invalid user name ({name}): a Cloud IAM user is in lower case."
        )));
    }
    if version.engine() == Engine::MySql {
        return Ok(name.split('@').next().unwrap_or_default().to_owned());
    }
    // The text is quoted in public issue threads.
    if kind == "CLOUD_IAM_SERVICE_ACCOUNT" && name.ends_with(".gserviceaccount.com") {
        return Err(invalid(
            "Invalid request: Database username for Cloud IAM service account should be created without \
             \".gserviceaccount.com\" suffix.",
        ));
    }
    if name.len() > longest {
        return Err(invalid(format!("Invalid request: Invalid user name ({name}): it has more than {longest} bytes.")));
    }
    Ok(name.to_owned())
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, key, _) = instance(call)?;
    let (name, host) = (call.param("name").to_owned(), call.query("host").unwrap_or_default().to_owned());
    let found = find(call, &key, &name, &host).or_else(|| find(call, &key, &name, "%"));
    found.map(|(_, user)| public(&user).into()).ok_or_else(nothing)
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, key, document) = instance(call)?;
    refuse_stopped(&document)?;
    let users: Vec<Json> =
        call.cloud.store.children(&format!("{key}/users")).into_iter().map(|(_, user)| public(user)).collect();
    let mut answer = json!({"kind": "sql#usersList"});
    if !users.is_empty() {
        answer["items"] = json!(users);
    }
    Ok(answer.into())
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    refuse_stopped(&document)?;
    let version = instances::version(&document)?;
    let body = std::mem::take(&mut call.body);
    let name = call.query("name").or(body["name"].as_str()).unwrap_or_default().to_owned();
    let host = call.query("host").or(body["host"].as_str()).unwrap_or_default().to_owned();
    let host = if version.engine() == Engine::MySql && host.is_empty() { "%".to_owned() } else { host };
    let (_, mut user) = find(call, &key, &name, &host)
        .ok_or_else(|| Fault::not_found(format!("The user {name} does not exist.")).reason("userDoesNotExist"))?;
    if user.get("type").is_some() && body["password"].is_string() {
        return Err(invalid("Invalid request: A user of IAM cannot have a password."));
    }
    for field in ["passwordPolicy", "dualPasswordType", "sqlserverUserDetails"] {
        if let Some(value) = body.get(field) {
            user[field] = value.clone();
        }
    }
    let roles =
        call.query.get("databaseRoles").map(|roles| json!(roles)).or_else(|| body.get("databaseRoles").cloned());
    if let Some(roles) = roles {
        user["$databaseRoles"] = roles;
    }
    put(call.cloud, &key, user, version.engine());
    let instance = document["name"].as_str().unwrap_or_default();
    Ok(begin(call, &project, "UPDATE_USER", instance, Begin::default(), Lasts::NO_TIME))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    refuse_stopped(&document)?;
    let version = instances::version(&document)?;
    let name = call.query("name").unwrap_or_default().to_owned();
    let host = call.query("host").unwrap_or_default().to_owned();
    let Some((at, user)) = find(call, &key, &name, &host) else {
        return Err(match version.engine() {
            // Recorded: the host is part of the name.
            Engine::MySql => {
                invalid(format!("Invalid request: Error 1396: Operation DROP USER failed for '{name}'@'{host}'."))
            }
            _ => Fault::not_found(format!("The user {name} does not exist.")).reason("userDoesNotExist"),
        });
    };
    if let Some(what) = user["$owns"].as_str() {
        return Err(invalid(format!(
            "Invalid request: failed to delete user {name}: . role \"{name}\" cannot be dropped because some objects \
             depend on it Details: {what}."
        )));
    }
    call.cloud.store.remove(&at);
    let instance = document["name"].as_str().unwrap_or_default();
    Ok(begin(call, &project, "DELETE_USER", instance, Begin::default(), Lasts::NO_TIME))
}

/// Whether an instance has a user of that name, on any host.
pub(super) fn exists(call: &Call<'_>, instance: &str, name: &str) -> bool {
    let users = call.cloud.store.children(&format!("{instance}/users"));
    users.into_iter().any(|(_, user)| user["name"] == name)
}

/// The key and document of a user. The host is part of a MySQL user's name and means nothing elsewhere.
fn find(call: &Call<'_>, instance: &str, name: &str, host: &str) -> Option<(String, Json)> {
    let exact = key(instance, name, host);
    let plain = key(instance, name, "");
    let found = [exact, plain].into_iter().find(|key| call.cloud.store.has(key))?;
    let user = call.cloud.store.get(&found)?.clone();
    Some((found, user))
}
