//! Cloud SQL Admin, `v1` and `v1beta4` over the same instances.
//!
//! Facts: fourteen recordings and discovery. PSC, refusals of settings and most operations beside create, update and
//! delete are not recorded: their shapes are discovery's, their messages are quoted in public issue threads where a
//! comment says so.

mod actions;
mod backups;
mod certificates;
mod checks;
mod databases;
mod document;
mod execute;
mod flags;
mod instances;
mod replicas;
mod settings;
mod tiers;
mod updates;
mod users;
mod versions;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::sandbox::cloud::{Cloud, Project};
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::operation::{Begin, Lasts, Sql, view};
use crate::sandbox::service::{Call, Reply, Service};

pub(super) const SERVICE: Service = Service { host: "sqladmin", handle, complete };

fn handle(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let method = call.id().trim_start_matches("sql.").to_owned();
    match method.as_str() {
        "instances.insert" => instances::insert(call),
        "instances.get" => instances::get(call),
        "instances.list" => instances::list(call),
        "instances.delete" => instances::delete(call),
        "instances.patch" => updates::patch(call),
        "instances.update" => updates::update(call),
        "instances.clone" => replicas::clone(call),
        "instances.promoteReplica" => replicas::promote(call),
        "instances.startReplica" => replicas::run(call, "START_REPLICA"),
        "instances.stopReplica" => replicas::run(call, "STOP_REPLICA"),
        "instances.restart" => actions::restart(call),
        "instances.failover" => actions::failover(call),
        "instances.resetSslConfig" => actions::reset_ssl(call),
        "instances.addServerCa" | "instances.rotateServerCa" => actions::rotate_ca(call),
        "instances.listServerCas" => actions::list_cas(call),
        "instances.restoreBackup" => backups::restore(call),
        "instances.executeSql" => execute::answer(call),
        "connect.get" => instances::connect_settings(call),
        "databases.insert" => databases::insert(call),
        "databases.get" => databases::get(call),
        "databases.list" => databases::list(call),
        "databases.patch" | "databases.update" => databases::update(call),
        "databases.delete" => databases::delete(call),
        "users.insert" => users::insert(call),
        "users.get" => users::get(call),
        "users.list" => users::list(call),
        "users.update" => users::update(call),
        "users.delete" => users::delete(call),
        "operations.get" => operation(call),
        "operations.list" => operations(call),
        "flags.list" => flag_list(call),
        "tiers.list" => Ok(tiers::list().into()),
        "backupRuns.insert" => backups::insert_run(call),
        "backupRuns.get" => backups::get_run(call),
        "backupRuns.list" => backups::list_runs(call),
        "backupRuns.delete" => backups::delete_run(call),
        "Backups.CreateBackup" | "backups.createBackup" => backups::create(call),
        "Backups.GetBackup" | "backups.getBackup" => backups::get(call),
        "Backups.ListBackups" | "backups.listBackups" => backups::list(call),
        "Backups.DeleteBackup" | "backups.deleteBackup" => backups::delete(call),
        "sslCerts.insert" => certificates::insert(call),
        "sslCerts.get" => certificates::get(call),
        "sslCerts.list" => certificates::list(call),
        "sslCerts.delete" => certificates::delete(call),
        _ => Err(Fault::not_played(call.id())),
    }
}

/// Ends what was begun; every action names the instance by its key.
fn complete(cloud: &mut Cloud, at: Timestamp, action: &str, arguments: &Json) -> Result<Option<Json>, Fault> {
    let key = arguments["key"].as_str().unwrap_or_default();
    match action {
        "created" => instances::created(cloud, at, key, arguments),
        "deleted" => instances::deleted(cloud, at, key),
        "updated" => updates::updated(cloud, key, arguments),
        "promoted" => replicas::promoted(cloud, key),
        "failedOver" => actions::failed_over(cloud, key),
        "rotated" => actions::rotated(cloud, at, key),
        "backedUp" => backups::finished(cloud, at, key),
        _ => {}
    }
    Ok(None)
}

/// `https://sqladmin.googleapis.com/sql/v1beta4` or `…/v1`: links say the version that was called.
fn root(call: &Call<'_>) -> &'static str {
    if call.route.version == "v1" {
        "https://sqladmin.googleapis.com/v1"
    } else {
        "https://sqladmin.googleapis.com/sql/v1beta4"
    }
}

fn instance_key(project: &str, instance: &str) -> String {
    format!("sqladmin/projects/{project}/instances/{instance}")
}

/// The project, key and document of the instance in the path; counts as a look at it.
fn instance(call: &mut Call<'_>) -> Result<(Project, String, Json), Fault> {
    let project = call.project()?;
    let key = instance_key(&project.id, call.param("instance"));
    call.cloud.look(&key);
    match call.cloud.store.get(&key) {
        Some(document) => Ok((project, key.clone(), document.clone())),
        None => Err(no_instance()),
    }
}

fn no_instance() -> Fault {
    Fault::not_found("The Cloud SQL instance does not exist.").reason("instanceDoesNotExist")
}

/// 404 of everything below an instance, as recorded for databases.
fn nothing() -> Fault {
    Fault::not_found("Not Found")
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::invalid(message)
}

/// Cloud SQL runs one operation at a time on an instance.
fn refuse_busy(call: &Call<'_>, key: &str) -> Result<(), Fault> {
    if call.cloud.busy(key).is_none() {
        return Ok(());
    }
    let message = "Operation failed because another operation was already in progress. Try your request after the \
                   current operation is complete.";
    Err(Fault::new(409, "ABORTED", "operationInProgress", message))
}

/// Users and databases need a running server.
fn refuse_stopped(document: &Json) -> Result<(), Fault> {
    if document["state"] == "RUNNABLE" && document["settings"]["activationPolicy"] != "NEVER" {
        return Ok(());
    }
    Err(invalid("Invalid request: Invalid request since instance is not running."))
}

/// Begins an operation on an instance.
fn begin(
    call: &mut Call<'_>,
    project: &Project,
    operation_type: &str,
    instance: &str,
    begin: Begin,
    lasts: Lasts,
) -> Reply {
    let root = root(call);
    let target_link = format!("{root}/projects/{}/instances/{instance}", project.id);
    begin_at(call, project, operation_type, instance, target_link, begin, lasts)
}

/// Begins an operation whose link names something below the instance.
fn begin_at(
    call: &mut Call<'_>,
    project: &Project,
    operation_type: &str,
    instance: &str,
    target_link: String,
    begin: Begin,
    lasts: Lasts,
) -> Reply {
    let root = root(call);
    let of = Sql { project: &project.id, operation_type, target_id: instance, target_link, root };
    call.begin_sql(of, begin, lasts)
}

fn operation(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let key = format!("op/sql/projects/{}/operations/{}", project.id, call.param("operation"));
    call.poll(&key, || {
        Fault::not_found("The Cloud SQL instance operation does not exist.").reason("operationDoesNotExist")
    })
}

fn operations(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let wanted = call.query("instance").map(str::to_owned);
    let prefix = format!("op/sql/projects/{}/operations/", project.id);
    let keys = call.cloud.store.keys_under(&prefix);
    let shown = keys.iter().filter_map(|key| call.cloud.operation(key)).map(|operation| view(call.cloud, &operation));
    let mut entries: Vec<Json> =
        shown.filter(|entry| wanted.as_ref().is_none_or(|wanted| entry["targetId"] == *wanted)).collect();
    entries.sort_by(|a, b| b["insertTime"].as_str().cmp(&a["insertTime"].as_str()));
    paged(call, "sql#operationsList", entries)
}

/// A list as this API answers it: `kind`, `items` where there are any, `nextPageToken`.
fn paged(call: &Call<'_>, kind: &str, entries: Vec<Json>) -> Result<Reply, Fault> {
    let size = list::size(call.query("maxResults"), 500, 1000)?;
    let page = list::page(entries, size, call.query("pageToken"))?;
    let mut answer = json!({ "kind": kind });
    if let Some(map) = page.answer("items").as_object() {
        answer.as_object_mut().expect("made as an object").extend(map.clone());
    }
    Ok(answer.into())
}

fn flag_list(call: &Call<'_>) -> Result<Reply, Fault> {
    let engine = match call.query("databaseVersion") {
        None => None,
        Some(name) => Some(versions::find(name).ok_or_else(|| unknown_version(name))?.engine()),
    };
    Ok(flags::list(engine).into())
}

fn unknown_version(name: &str) -> Fault {
    invalid(format!("Invalid request: Invalid database version ({name})."))
}

#[cfg(test)]
mod tests;
