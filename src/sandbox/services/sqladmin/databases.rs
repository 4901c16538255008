//! Databases of an instance.

use serde_json::{Value as Json, json};

use super::versions::Engine;
use super::{begin, begin_at, document, instance, instances, invalid, nothing, refuse_busy, refuse_stopped, root};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::{Begin, Lasts};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;

/// The databases that come with an engine.
const MYSQL_SYSTEM: [&str; 4] = ["information_schema", "mysql", "performance_schema", "sys"];
const SQL_SERVER_SYSTEM: [&str; 4] = ["master", "model", "msdb", "tempdb"];

pub(super) fn seed(cloud: &mut Cloud, instance: &str, engine: Engine) {
    match engine {
        Engine::Postgres => put(cloud, instance, "postgres", "UTF8", "en_US.UTF8"),
        Engine::MySql => MYSQL_SYSTEM.iter().for_each(|name| put(cloud, instance, name, "utf8", "utf8_general_ci")),
        Engine::SqlServer => {}
    }
}

fn put(cloud: &mut Cloud, instance: &str, name: &str, charset: &str, collation: &str) {
    let mut parts = instance.split('/').skip(2);
    let (project, short) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
    let mut database = json!({
        "kind": "sql#database", "charset": charset, "collation": collation, "name": name, "instance": short,
        "project": project,
    });
    database["etag"] = json!(document::etag(&database));
    cloud.store.put(key(instance, name), database);
}

pub(super) fn key(instance: &str, name: &str) -> String {
    format!("{instance}/databases/{}", name.replace('%', "%25").replace('/', "%2F"))
}

/// What an engine takes where a database says nothing, or only a charset.
fn charset_and_collation(body: &Json, engine: Engine, version: &str) -> (String, String) {
    let text = |field: &str| body[field].as_str().filter(|text| !text.is_empty());
    let (charset, collation) = match engine {
        Engine::Postgres => ("UTF8", "en_US.UTF8"),
        Engine::MySql if version.starts_with("MYSQL_5") => ("utf8", "utf8_general_ci"),
        Engine::MySql => ("utf8mb4", "utf8mb4_0900_ai_ci"),
        Engine::SqlServer => ("", "SQL_Latin1_General_CP1_CI_AS"),
    };
    let charset = text("charset").unwrap_or(charset);
    let fitting = match charset.to_lowercase().as_str() {
        _ if engine != Engine::MySql => collation,
        "utf8" | "utf8mb3" => "utf8_general_ci",
        "utf8mb4" if version.starts_with("MYSQL_5") => "utf8mb4_general_ci",
        "utf8mb4" => "utf8mb4_0900_ai_ci",
        "latin1" => "latin1_swedish_ci",
        "ascii" => "ascii_general_ci",
        "binary" => "binary",
        _ => collation,
    };
    (charset.to_owned(), text("collation").unwrap_or(fitting).to_owned())
}

pub(super) fn insert(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    refuse_stopped(&document)?;
    let body = std::mem::take(&mut call.body);
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    let engine = instances::version(&document)?.engine();
    check_name(&name, engine)?;
    if call.cloud.store.has(&self::key(&key, &name)) || is_system(&name, engine) {
        // Both texts are quoted in public issue threads.
        return Err(invalid(match engine {
            Engine::Postgres => format!(
                "Invalid request: failed to create database {name}. Detail: pq: database \"{name}\" already exists."
            ),
            _ => format!("Invalid request: Error 1007: Can't create database '{name}'; database exists."),
        }));
    }
    let version = document["databaseVersion"].as_str().unwrap_or_default();
    let (charset, collation) = charset_and_collation(&body, engine, version);
    put(call.cloud, &key, &name, &charset, &collation);
    let instance = document["name"].as_str().unwrap_or_default();
    let link = format!("{}/projects/{}/instances/{instance}/databases/{name}", root(call), project.id);
    Ok(begin_at(call, &project, "CREATE_DATABASE", instance, link, Begin::default(), Lasts::NO_TIME))
}

fn check_name(name: &str, engine: Engine) -> Result<(), Fault> {
    let longest = if engine == Engine::Postgres { 63 } else { 64 };
    if name.is_empty() || name.len() > longest {
        return Err(invalid(format!(
            "Invalid request: Invalid database name ({name}): it must have 1 to {longest} bytes."
        )));
    }
    Ok(())
}

fn is_system(name: &str, engine: Engine) -> bool {
    match engine {
        Engine::Postgres => ["postgres", "template0", "template1", "cloudsqladmin"].contains(&name),
        Engine::MySql => MYSQL_SYSTEM.contains(&name),
        Engine::SqlServer => SQL_SERVER_SYSTEM.contains(&name),
    }
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, key, _) = instance(call)?;
    let database = call.cloud.store.get(&self::key(&key, call.param("database"))).ok_or_else(nothing)?;
    Ok(shown(database, root(call)).into())
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, key, document) = instance(call)?;
    refuse_stopped(&document)?;
    let root = root(call);
    let databases = call.cloud.store.children(&format!("{key}/databases"));
    let databases: Vec<Json> = databases.into_iter().map(|(_, database)| shown(database, root)).collect();
    let mut answer = json!({"kind": "sql#databasesList"});
    if !databases.is_empty() {
        answer["items"] = json!(databases);
    }
    Ok(answer.into())
}

fn shown(database: &Json, root: &str) -> Json {
    let mut shown = public(database);
    let text = |field: &str| database[field].as_str().unwrap_or_default();
    let (project, instance, name) = (text("project"), text("instance"), text("name"));
    shown["selfLink"] = json!(format!("{root}/projects/{project}/instances/{instance}/databases/{name}"));
    shown
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    refuse_stopped(&document)?;
    let name = call.param("database").to_owned();
    let old = call.cloud.store.get(&self::key(&key, &name)).cloned().ok_or_else(nothing)?;
    let body = std::mem::take(&mut call.body);
    let text = |field: &str| body[field].as_str().or(old[field].as_str()).unwrap_or_default().to_owned();
    let (charset, collation) = (text("charset"), text("collation"));
    let engine = instances::version(&document)?.engine();
    let changed = old["charset"] != charset || old["collation"] != collation;
    if changed && engine == Engine::Postgres {
        return Err(invalid(
            "Invalid request: The charset and the collation of a PostgreSQL database cannot be changed.",
        ));
    }
    put(call.cloud, &key, &name, &charset, &collation);
    let instance = document["name"].as_str().unwrap_or_default();
    Ok(begin(call, &project, "UPDATE_DATABASE", instance, Begin::default(), Lasts::NO_TIME))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    refuse_stopped(&document)?;
    let name = call.param("database").to_owned();
    let at = self::key(&key, &name);
    let database = call.cloud.store.get(&at).ok_or_else(nothing)?;
    if is_system(&name, instances::version(&document)?.engine()) {
        return Err(invalid(format!("Invalid request: The system database {name} cannot be deleted.")));
    }
    if database["$inUse"] == true {
        // The text is quoted in public issue threads.
        return Err(invalid(format!(
            "Invalid request: failed to delete database \"{name}\". Detail: pq: database \"{name}\" is being accessed by \
             other users. (Please use psql client to delete database that is not owned by \"cloudsqlsuperuser\")."
        )));
    }
    call.cloud.store.remove(&at);
    let instance = document["name"].as_str().unwrap_or_default();
    Ok(begin(call, &project, "DELETE_DATABASE", instance, Begin::default(), Lasts::NO_TIME))
}
