//! Replicas and clones: instances made of another one.

use serde_json::{Value as Json, json};

use super::{begin, checks, document, instance, instance_key, instances, invalid, no_instance, refuse_busy, versions};
use crate::sandbox::cloud::{Cloud, Project};
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::{Begin, Effect, Lasts};
use crate::sandbox::service::{Call, Reply};

/// The key of the instance that a new one is to replicate; fills in what a replica takes over from it.
pub(super) fn master_of(call: &mut Call<'_>, project: &Project, body: &mut Json) -> Result<Option<String>, Fault> {
    let Some(master) = body["masterInstanceName"].as_str().map(str::to_owned) else { return Ok(None) };
    let short = master.rsplit(':').next().unwrap_or_default();
    let key = instance_key(&project.id, short);
    let Some(document) = call.cloud.store.get(&key) else { return Err(no_instance()) };
    if document["state"] != "RUNNABLE" {
        return Err(invalid("Invalid request: The primary instance is not running."));
    }
    let backup = &document["settings"]["backupConfiguration"];
    let mysql = document["databaseVersion"].as_str().is_some_and(|version| version.starts_with("MYSQL"));
    if backup["enabled"] != true || (mysql && backup["binaryLogEnabled"] != true) {
        return Err(invalid(
            "Invalid request: The primary instance must have automated backups and log archiving enabled to have \
             replicas.",
        ));
    }
    for field in ["databaseVersion", "region"] {
        if body[field].is_null() {
            body[field] = document[field].clone();
        }
    }
    if body["databaseVersion"] != document["databaseVersion"] {
        return Err(invalid("Invalid request: A replica must have the database version of its primary instance."));
    }
    for field in ["tier", "edition"] {
        if body["settings"][field].is_null() {
            body["settings"][field] = document["settings"][field].clone();
        }
    }
    refuse_busy(call, &key)?;
    Ok(Some(key))
}

/// Ties a new replica and its primary together.
pub(super) fn mark(cloud: &mut Cloud, master: &str, replica: &mut Json) {
    let name = replica["name"].clone();
    let Some(document) = cloud.store.get_mut(master) else { return };
    match document["replicaNames"].as_array_mut() {
        Some(list) => list.push(name),
        None => document["replicaNames"] = json!([name]),
    }
    let owner = format!(
        "{}:{}",
        document["project"].as_str().unwrap_or_default(),
        document["name"].as_str().unwrap_or_default()
    );
    replica["instanceType"] = json!("READ_REPLICA_INSTANCE");
    replica["masterInstanceName"] = json!(owner);
    replica["replicaConfiguration"] = json!({"kind": "sql#replicaConfiguration"});
}

/// The primary of a deleted or promoted replica forgets it.
pub(super) fn forget(cloud: &mut Cloud, replica: &Json) {
    let Some((project, master)) = replica["masterInstanceName"].as_str().and_then(|name| name.split_once(':')) else {
        return;
    };
    let Some(document) = cloud.store.get_mut(&instance_key(project, master)) else { return };
    let Some(list) = document.get_mut("replicaNames").and_then(Json::as_array_mut) else { return };
    list.retain(|name| *name != replica["name"]);
    if list.is_empty() {
        document.as_object_mut().expect("instances are stored as objects").shift_remove("replicaNames");
    }
}

pub(super) fn promote(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = replica(call)?;
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let effects = vec![Effect::call("sqladmin", "promoted", json!({ "key": key }))];
    Ok(begin(call, &project, "PROMOTE_REPLICA", &name, Begin { targets: vec![key], effects }, Lasts::seconds(60, 180)))
}

/// Ends a promotion.
pub(super) fn promoted(cloud: &mut Cloud, key: &str) {
    let Some(mut document) = cloud.store.get(key).cloned() else { return };
    forget(cloud, &document);
    document["instanceType"] = json!("CLOUD_SQL_INSTANCE");
    let map = document.as_object_mut().expect("instances are stored as objects");
    map.shift_remove("masterInstanceName");
    map.shift_remove("replicaConfiguration");
    cloud.store.put(key, document);
    let engine = cloud.store.get(key).and_then(|document| instances::version(document).ok());
    if let Some(version) = engine {
        super::users::seed(cloud, key, version.engine());
        super::databases::seed(cloud, key, version.engine());
    }
}

/// Starts or stops the replication.
pub(super) fn run(call: &mut Call<'_>, operation: &str) -> Result<Reply, Fault> {
    let (project, key, document) = replica(call)?;
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let begun = Begin { targets: vec![key], effects: Vec::new() };
    Ok(begin(call, &project, operation, &name, begun, Lasts::seconds(5, 30)))
}

fn replica(call: &mut Call<'_>) -> Result<(Project, String, Json), Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    if document.get("masterInstanceName").is_none() {
        return Err(invalid("Invalid request: The instance is not a read replica."));
    }
    Ok((project, key, document))
}

/// A clone is a new instance with the settings, users and databases of its source.
pub(super) fn clone(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, source, document) = instance(call)?;
    refuse_busy(call, &source)?;
    let context = call.body["cloneContext"].clone();
    let name = context["destinationInstanceName"].as_str().unwrap_or_default().to_owned();
    checks::name(&project.id, &name)?;
    let key = instance_key(&project.id, &name);
    instances::refuse_taken(call.cloud, &key)?;
    let version = versions::find(document["databaseVersion"].as_str().unwrap_or_default())
        .expect("stored instances have a known version");
    let mut sent = json!({"name": name, "region": document["region"], "settings": document["settings"]});
    if let Some(zone) = context["preferredZone"].as_str() {
        sent["settings"]["locationPreference"]["zone"] = json!(zone);
    }
    sent["settings"]["deletionProtectionEnabled"] = json!(false);
    let made = document::new(call.cloud, &project, &sent, version);
    call.cloud.store.put(key.clone(), made);
    copy_below(call.cloud, &source, &key, &name);
    let effects = vec![Effect::call("sqladmin", "created", json!({"key": key, "cloned": true}))];
    let begun = Begin { targets: vec![key], effects };
    Ok(begin(call, &project, "CLONE", &name, begun, Lasts::seconds(200, 400)))
}

fn copy_below(cloud: &mut Cloud, source: &str, target: &str, name: &str) {
    for part in ["users", "databases"] {
        let prefix = format!("{source}/{part}/");
        let copies: Vec<(String, Json)> = cloud
            .store
            .under(&prefix)
            .map(|(key, document)| {
                let mut copy = document.clone();
                copy["instance"] = json!(name);
                (format!("{target}/{part}/{}", &key[prefix.len()..]), copy)
            })
            .collect();
        copies.into_iter().for_each(|(key, copy)| cloud.store.put(key, copy));
    }
}
