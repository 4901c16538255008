//! The calls of an instance's steps.

use serde_json::{Value as Json, json};

use super::DESCRIPTOR;
use crate::kinds::call::{FinalBackup, Satisfied};
use crate::kinds::descriptor_calls::{self as base, Changes};
use crate::kinds::request::{self, At};
use crate::kinds::{Call, Completion, Effect, StepInput};
use crate::model::{Action, Diagnostic, Doc, DocPath};
use crate::wire::Method;
use crate::wire::http::Body;

/// Update call of a version: patched first and alone, as recorded.
pub const PATCH_ALONE: &str = "patchAlone";
/// Update call of the first user's password: the user's, not the instance's.
pub const SET_PASSWORD: &str = "setPassword";

/// Days for which a last backup is kept where the entry says nothing.
const BACKUP_DAYS: i64 = 30;

pub fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    // A password never stands in a body by its source.
    let mut desired = input.desired.cloned();
    if matches!(input.action, Action::Update | Action::Adopt)
        && let Some(doc) = &mut desired
    {
        // It cannot change, and Google's spelling of it is `PROJECT:NAME`.
        doc.take("masterInstanceName");
    }
    let has_password = desired.as_mut().and_then(|doc| doc.take("rootPassword")).is_some();
    let step = StepInput { desired: desired.as_ref(), ..input.clone() };
    match input.action {
        Action::Create => Ok(vec![create(&step, has_password)?]),
        Action::Delete => Ok(vec![delete(&step)?]),
        Action::Replace => Ok(vec![delete(&step)?, create(&step, has_password)?]),
        Action::Update | Action::Adopt => update(&step, has_password),
        Action::None | Action::Forget => Ok(Vec::new()),
    }
}

fn create(step: &StepInput<'_>, has_password: bool) -> Result<Call, Diagnostic> {
    let mut body = base::create_body(&DESCRIPTOR, &StepInput { live: None, ..step.clone() })?;
    if has_password {
        body["rootPassword"] = password(step)?;
    }
    Ok(base::create(&DESCRIPTOR, step, body))
}

fn password(step: &StepInput<'_>) -> Result<Json, Diagnostic> {
    crate::kinds::payload::text_of(step.payloads, "rootPassword", step.place.name()).map(Json::from)
}

fn delete(step: &StepInput<'_>) -> Result<Call, Diagnostic> {
    if let Some(fault) = step.live.and_then(|live| super::protected(step.place, live)) {
        return Err(fault);
    }
    let mut call = base::delete(&DESCRIPTOR, step);
    let Some(live) = step.live.map(|live| &live.api).filter(|live| takes_backups(live)) else { return Ok(call) };
    let Effect::Http(http) = &mut call.effect else { unreachable!("a delete is a request") };
    match step.final_backup {
        FinalBackup::Take => {
            let about = format!("Taken by stackctl before it deleted {}", step.place.name());
            http.request.query.push(("enableFinalBackup".to_owned(), "true".to_owned()));
            http.request.query.push(("finalBackupTtlDays".to_owned(), backup_days(step).to_string()));
            http.request.query.push(("finalBackupDescription".to_owned(), about));
        }
        // The instance's own setting would take one.
        FinalBackup::Skip if live["settings"]["finalBackupConfig"]["enabled"] == true => {
            http.request.query.push(("enableFinalBackup".to_owned(), "false".to_owned()));
        }
        FinalBackup::Skip => {}
    }
    Ok(call)
}

/// Whether the instance can take a last backup: replicas and read pools have none of their own.
pub fn takes_backups(live: &Json) -> bool {
    !live["instanceType"].as_str().is_some_and(|kind| ["READ_REPLICA_INSTANCE", "READ_POOL_INSTANCE"].contains(&kind))
}

/// Days for which the last backup is kept.
pub fn backup_days(step: &StepInput<'_>) -> i64 {
    let live = step.live.and_then(|live| live.api["settings"]["finalBackupConfig"]["retentionDays"].as_i64());
    let wanted = step.desired.and_then(|doc| doc.dig("finalBackupConfig.retentionDays")).and_then(Doc::as_i64);
    wanted.or(live).unwrap_or(BACKUP_DAYS)
}

fn update(step: &StepInput<'_>, has_password: bool) -> Result<Vec<Call>, Diagnostic> {
    let changes = Changes::of(&DESCRIPTOR, step);
    let mut calls = Vec::new();
    for path in changes.by(PATCH_ALONE).unwrap_or_default() {
        calls.extend(patch_alone(step, path)?);
    }
    let moved_on = !calls.is_empty();
    if let Some(mut call) = base::general_update(&DESCRIPTOR, step, &changes.general)? {
        never_a_password(&mut call);
        calls.push(if moved_on { base::with_fresh(call, AFTER_PATCH) } else { call });
    }
    if has_password && changes.by(SET_PASSWORD).is_some() {
        calls.push(set_password(step)?);
    }
    Ok(calls)
}

/// Google answers with none, so a body that starts from the live instance has none; if it ever did, it would stay here.
fn never_a_password(call: &mut Call) {
    if let Effect::Http(http) = &mut call.effect
        && let Body::Json(Json::Object(body)) = &mut http.request.body
    {
        body.shift_remove("rootPassword");
    }
}

/// What a patch of the version has changed by the time of the `PUT`.
const AFTER_PATCH: &[(&str, &str)] =
    &[("settings.settingsVersion", "settings.settingsVersion"), ("maintenanceVersion", "maintenanceVersion")];

fn patch_alone(step: &StepInput<'_>, path: &DocPath) -> Result<Option<Call>, Diagnostic> {
    let desired = step.desired.cloned().unwrap_or_default();
    let field = path.to_string();
    let Some(value) = desired.at(path) else { return Ok(None) };
    let mut doc = Doc::map();
    doc.put(&field, value.clone());
    if let Some(replicas) = desired.get("includeReplicasForMajorVersionUpgrade").filter(|_| field == "databaseVersion")
    {
        doc.put("includeReplicasForMajorVersionUpgrade", replicas.clone());
    }
    let request = request::request(&DESCRIPTOR, Method::Patch, step.place, At::Item).json(request::body(&doc)?);
    let label = if field == "databaseVersion" { "upgrade" } else { "maintain" };
    Ok(Some(base::http(label, request, Completion::Operation, Satisfied::BySuccess)))
}

/// The first user's password, as the real gcloud sets it.
fn set_password(step: &StepInput<'_>) -> Result<Call, Diagnostic> {
    let version = step.live.and_then(|live| live.api["databaseVersion"].as_str()).unwrap_or_default();
    let (name, host) = match super::super::Engine::of(version) {
        Some(super::super::Engine::MySql) => ("root", Some("%")),
        Some(super::super::Engine::SqlServer) => ("sqlserver", None),
        _ => ("postgres", None),
    };
    let body = json!({"name": name, "instance": step.place.name(), "project": step.place.project(),
                      "password": password(step)?});
    let request = request::request(&DESCRIPTOR, Method::Put, step.place, At::Action("/users")).query("name", name);
    let request = match host {
        Some(host) => request.query("host", host),
        None => request,
    };
    Ok(base::http("set password", request.json(body), Completion::Operation, Satisfied::BySuccess))
}
