//! Instances: made, read, listed, deleted.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value as Json, json};

use super::versions::{self, Engine, Version};
use super::{
    backups, begin, checks, databases, document, instance, instance_key, invalid, paged, refuse_busy, replicas, root,
    unknown_version, users,
};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::operation::{Begin, Effect, Lasts};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::services::attachments::{Attachment, publish, withdraw};

/// Recorded creates took 155 to 222 seconds; others saw up to 25 minutes.
const CREATE: Lasts = Lasts::seconds(155, 300);
const DELETE: Lasts = Lasts::seconds(89, 140);
/// "When you delete an instance, you can't reuse the name until one week from the deletion date."
const NAME_BLOCKED_HOURS: i64 = 7 * 24;

pub(super) fn insert(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let body = std::mem::take(&mut call.body);
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    checks::name(&project.id, &name)?;
    refuse_taken(call.cloud, &instance_key(&project.id, &name))?;
    let mut body = body;
    let master = replicas::master_of(call, &project, &mut body)?;
    let version = version(&body)?;
    checks::region(body["region"].as_str().unwrap_or("us-central1"))?;
    if version.engine() == Engine::SqlServer && !body["rootPassword"].is_string() && master.is_none() {
        return Err(invalid("Invalid request: rootPassword is required for SQL Server instances."));
    }
    let mut made = document::new(call.cloud, &project, &body, version);
    checks::settings(&made["settings"], version)?;
    let key = instance_key(&project.id, &name);
    let mut targets = vec![key.clone()];
    let mut operation = "CREATE";
    if let Some(master) = master {
        replicas::mark(call.cloud, &master, &mut made);
        targets.push(master);
        operation = "CREATE_REPLICA";
    }
    call.cloud.store.put(key.clone(), made);
    let effects = vec![Effect::call("sqladmin", "created", json!({ "key": key }))];
    Ok(begin(call, &project, operation, &name, Begin { targets, effects }, CREATE))
}

/// A name is taken while it is used and for a week after.
pub(super) fn refuse_taken(cloud: &Cloud, key: &str) -> Result<(), Fault> {
    if !cloud.store.has(key) && cloud.blocked(key).is_none() {
        return Ok(());
    }
    // The text is quoted in public issue threads.
    let message = "The Cloud SQL instance already exists. When you delete an instance, you can't reuse the name of the \
                   deleted instance until one week from the deletion date.";
    Err(Fault::already_exists(message).reason("instanceAlreadyExists"))
}

pub(super) fn version(body: &Json) -> Result<Version, Fault> {
    // Without a version the API makes a MySQL instance.
    let name = body["databaseVersion"].as_str().unwrap_or("MYSQL_8_0");
    versions::find(name).ok_or_else(|| unknown_version(name))
}

/// Ends a create or a clone: the instance runs, with the users and databases that come with its engine.
pub(super) fn created(cloud: &mut Cloud, at: Timestamp, key: &str, arguments: &Json) {
    let Some(document) = cloud.store.get(key).cloned() else { return };
    let Ok(version) = version(&document) else { return };
    let addresses = document::addresses(cloud, &document, version.engine());
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let authority = document::server_ca(cloud, &name, at);
    let replica = document.get("masterInstanceName").is_some();
    let running = cloud.store.get_mut(key).expect("just read");
    running["state"] = json!("RUNNABLE");
    running["serverCaCert"] = authority;
    if !addresses.is_empty() {
        running["ipAddresses"] = json!(addresses);
    }
    publish_attachment(cloud, key);
    if !replica && arguments.get("cloned").is_none() {
        users::seed(cloud, key, version.engine());
        databases::seed(cloud, key, version.engine());
    }
}

/// Who may connect to the instance's attachment follows its settings.
pub(super) fn publish_attachment(cloud: &mut Cloud, key: &str) {
    let Some(document) = cloud.store.get(key) else { return };
    let Some(path) = document["pscServiceAttachmentLink"].as_str().map(str::to_owned) else { return };
    let allowed = document["settings"]["ipConfiguration"]["pscConfig"]["allowedConsumerProjects"].as_array();
    let accepts =
        allowed.map_or_else(Vec::new, |list| list.iter().filter_map(Json::as_str).map(str::to_owned).collect());
    publish(cloud, &Attachment { path, accepts: Some(accepts) });
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, _, document) = instance(call)?;
    Ok(document::shown(&document, root(call)).into())
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let root = root(call);
    let collection = format!("sqladmin/projects/{}/instances", project.id);
    let keys: Vec<String> = call.cloud.store.children(&collection).into_iter().map(|(key, _)| key.to_owned()).collect();
    keys.iter().for_each(|key| call.cloud.look(key));
    let entries = call.cloud.store.children(&collection);
    let entries: Vec<Json> = entries.into_iter().map(|(_, document)| document::shown(document, root)).collect();
    let entries = list::filter(entries, call.query("filter"))?;
    paged(call, "sql#instancesList", entries)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    if document["settings"]["deletionProtectionEnabled"] == true {
        return Err(invalid(
            "The instance is protected. Please disable the deletion protection and try again. To disable deletion \
             protection, update the instance settings with deletionProtectionEnabled set to false.",
        ));
    }
    if document["replicaNames"].as_array().is_some_and(|list| !list.is_empty()) {
        return Err(invalid(
            "Invalid request: The instance has replicas: delete or promote them before you delete the instance.",
        ));
    }
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    backups::keep_last(call, &project, &document)?;
    if let Some(document) = call.cloud.store.get_mut(&key) {
        document["state"] = json!("PENDING_DELETE");
    }
    let effects = vec![Effect::call("sqladmin", "deleted", json!({ "key": key }))];
    Ok(begin(call, &project, "DELETE", &name, Begin { targets: vec![key], effects }, DELETE))
}

/// Ends a delete: all below the instance goes with it, its name stays blocked.
pub(super) fn deleted(cloud: &mut Cloud, at: Timestamp, key: &str) {
    let Some(document) = cloud.store.remove(key) else { return };
    for below in cloud.store.keys_under(&format!("{key}/")) {
        cloud.store.remove(&below);
    }
    if let Some(path) = document["pscServiceAttachmentLink"].as_str() {
        withdraw(cloud, path);
    }
    replicas::forget(cloud, &document);
    cloud.block(key, at.checked_add(NAME_BLOCKED_HOURS.hours()).unwrap_or(at));
}

pub(super) fn connect_settings(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, _, document) = instance(call)?;
    let mut answer = json!({"kind": "sql#connectSettings"});
    let fields = [
        "serverCaCert",
        "ipAddresses",
        "region",
        "databaseVersion",
        "backendType",
        "connectionName",
        "dnsName",
        "dnsNames",
    ];
    for field in fields {
        if let Some(value) = document.get(field) {
            answer[field] = value.clone();
        }
    }
    let ip = &document["settings"]["ipConfiguration"];
    answer["serverCaMode"] = ip["serverCaMode"].clone();
    if ip["pscConfig"]["pscEnabled"] == true {
        answer["pscEnabled"] = json!(true);
    }
    Ok(answer.into())
}
