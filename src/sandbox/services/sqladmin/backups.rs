//! Backups: runs of an instance, and project-level backups, the last one of a deleted instance among them.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value as Json, json};

use super::{begin, instance, instance_key, invalid, no_instance, nothing, paged, refuse_busy, root};
use crate::sandbox::cloud::{Cloud, Project};
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::operation::{Begin, Effect, Lasts};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;
use crate::sandbox::times;

const TAKES: Lasts = Lasts::seconds(30, 120);

pub(super) fn insert_run(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    let id = times::millis(call.now()).to_string();
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let mut run = json!({
        "kind": "sql#backupRun", "status": "RUNNING", "enqueuedTime": times::milliseconds(call.now()), "id": id,
        "startTime": times::milliseconds(call.now()), "type": "ON_DEMAND", "instance": name, "backupKind": "SNAPSHOT",
        "databaseVersion": document["databaseVersion"],
        "location": call.body["location"].as_str().unwrap_or("us"),
    });
    if let Some(text) = call.text("description") {
        run["description"] = json!(text);
    }
    let at = format!("{key}/backupRuns/{id}");
    call.cloud.store.put(at.clone(), run);
    let effects = vec![Effect::call("sqladmin", "backedUp", json!({ "key": at }))];
    Ok(begin(call, &project, "BACKUP_VOLUME", &name, Begin { targets: vec![key], effects }, TAKES))
}

/// Ends a backup.
pub(super) fn finished(cloud: &mut Cloud, at: Timestamp, key: &str) {
    if let Some(run) = cloud.store.get_mut(key) {
        let state = if run["kind"] == "sql#backup" { "state" } else { "status" };
        run[state] = json!("SUCCESSFUL");
        run["endTime"] = json!(times::milliseconds(at));
    }
}

pub(super) fn get_run(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, key, _) = instance(call)?;
    let run = call.cloud.store.get(&format!("{key}/backupRuns/{}", call.param("id"))).ok_or_else(nothing)?;
    Ok(shown(run, root(call)).into())
}

pub(super) fn list_runs(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, key, _) = instance(call)?;
    let root = root(call);
    let runs = call.cloud.store.children(&format!("{key}/backupRuns"));
    let mut runs: Vec<Json> = runs.into_iter().map(|(_, run)| shown(run, root)).collect();
    runs.reverse();
    paged(call, "sql#backupRunsList", runs)
}

fn shown(run: &Json, root: &str) -> Json {
    let mut shown = public(run);
    let text = |field: &str| run[field].as_str().unwrap_or_default();
    shown["selfLink"] = json!(format!("{root}/projects/-/instances/{}/backupRuns/{}", text("instance"), text("id")));
    shown
}

pub(super) fn delete_run(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    let at = format!("{key}/backupRuns/{}", call.param("id"));
    if !call.cloud.store.has(&at) {
        return Err(nothing());
    }
    let name = document["name"].as_str().unwrap_or_default();
    let begun = Begin { targets: vec![key], effects: vec![Effect::Delete(at)] };
    Ok(begin(call, &project, "DELETE_BACKUP", name, begun, Lasts::seconds(5, 20)))
}

/// Restores a backup run over an instance. The sandbox keeps no data: only the operation is played.
pub(super) fn restore(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    let context = &call.body["restoreBackupContext"];
    let source = context["instanceId"].as_str().or(document["name"].as_str()).unwrap_or_default();
    let run = context["backupRunId"].as_str().unwrap_or_default();
    let at = format!("{}/backupRuns/{run}", instance_key(&project.id, source));
    if !call.cloud.store.has(&at) {
        return Err(invalid(format!("Invalid request: The backup run {run} does not exist.")));
    }
    let name = document["name"].as_str().unwrap_or_default();
    let begun = Begin { targets: vec![key], effects: Vec::new() };
    Ok(begin(call, &project, "RESTORE_VOLUME", name, begun, Lasts::seconds(120, 300)))
}

/// The backup that a deletion leaves: asked for by the request, else by the settings.
pub(super) fn keep_last(call: &mut Call<'_>, project: &Project, document: &Json) -> Result<(), Fault> {
    let settings = &document["settings"]["finalBackupConfig"];
    let wanted = match call.query("enableFinalBackup") {
        Some(text) => text == "true",
        None => settings["enabled"] == true,
    };
    let (days, until) = (call.query("finalBackupTtlDays"), call.query("finalBackupExpiryTime"));
    if !wanted {
        return Ok(());
    }
    let days = days.and_then(|text| text.parse::<i64>().ok()).or_else(|| settings["retentionDays"].as_i64());
    let days = days.filter(|days| *days > 0).unwrap_or(30);
    if days > 365 {
        return Err(invalid("Invalid request: The final backup can be kept for at most 365 days."));
    }
    let expires = match until {
        Some(text) => text.to_owned(),
        None => times::milliseconds(call.now().checked_add((days * 24).hours()).unwrap_or(call.now())),
    };
    let description = call.query("finalBackupDescription").map(str::to_owned);
    let mut backup = new_backup(call.cloud, project, document, "FINAL");
    backup["ttlDays"] = json!(days.to_string());
    backup["expiryTime"] = json!(expires);
    backup["state"] = json!("SUCCESSFUL");
    if let Some(text) = description {
        backup["description"] = json!(text);
    }
    store(call.cloud, &backup);
    Ok(())
}

fn new_backup(cloud: &mut Cloud, project: &Project, document: &Json, kind: &str) -> Json {
    let id = cloud.ids.uuid();
    let now = times::milliseconds(cloud.now);
    let name = format!("projects/{}/backups/{id}", project.id);
    let instance = document["name"].as_str().unwrap_or_default();
    json!({
        "kind": "sql#backup",
        "name": name,
        "selfLink": format!("https://sqladmin.googleapis.com/v1/{name}"),
        "type": kind,
        "instance": format!("projects/{}/instances/{instance}", project.id),
        "location": document["region"],
        "backupInterval": {"startTime": now, "endTime": now},
        "state": "RUNNING",
        "databaseVersion": document["databaseVersion"],
        "backupKind": "SNAPSHOT",
        "instanceSettings": public(document),
    })
}

fn store(cloud: &mut Cloud, backup: &Json) {
    let name = backup["name"].as_str().unwrap_or_default();
    cloud.store.put(format!("sqladmin/{name}"), backup.clone());
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let named = call.text("instance").unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
    let key = instance_key(&project.id, &named);
    let document = call.cloud.store.get(&key).cloned().ok_or_else(no_instance)?;
    refuse_busy(call, &key)?;
    let mut backup = new_backup(call.cloud, &project, &document, "ON_DEMAND");
    if let Some(text) = call.text("description") {
        backup["description"] = json!(text);
    }
    store(call.cloud, &backup);
    let at = format!("sqladmin/{}", backup["name"].as_str().unwrap_or_default());
    let effects = vec![Effect::call("sqladmin", "backedUp", json!({ "key": at }))];
    Ok(begin(call, &project, "BACKUP_VOLUME", &named, Begin { targets: vec![key], effects }, TAKES))
}

fn find(call: &Call<'_>) -> Result<(String, Json), Fault> {
    let key = format!("sqladmin/projects/{}/backups/{}", call.project()?.id, call.param("backupsId"));
    let backup = call.cloud.store.get(&key).cloned().ok_or_else(nothing)?;
    Ok((key, backup))
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    find(call).map(|(_, backup)| public(&backup).into())
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let collection = format!("sqladmin/projects/{}/backups", call.project()?.id);
    let backups = call.cloud.store.children(&collection).into_iter().map(|(_, backup)| public(backup)).collect();
    let backups = list::filter(backups, call.query("filter"))?;
    let page = list::page(backups, list::size(call.query("pageSize"), 500, 2000)?, call.query("pageToken"))?;
    Ok(page.answer("backups").into())
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (key, backup) = find(call)?;
    let project = call.project()?;
    let instance = backup["instance"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default();
    let begun = Begin { targets: Vec::new(), effects: vec![Effect::Delete(key)] };
    Ok(begin(call, &project, "DELETE_BACKUP", instance, begun, Lasts::seconds(5, 20)))
}
