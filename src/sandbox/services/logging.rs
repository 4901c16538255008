//! Cloud Logging v2, as far as a deployment looks into logs: entries are written and listed.

use serde_json::{Value as Json, json};

use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::service::{Call, Reply, Service, completes_nothing};
use crate::sandbox::times;

pub(super) const SERVICE: Service = Service { host: "logging", handle, complete: completes_nothing };

/// Entries that a project keeps; the oldest go first.
const KEPT: usize = 1000;

fn handle(call: &mut Call<'_>) -> Result<Reply, Fault> {
    match call.id() {
        "logging.entries.write" => write(call),
        "logging.entries.list" => list(call),
        _ => Err(Fault::not_played(call.id())),
    }
}

/// The project that a resource name (`projects/P`, `projects/P/logs/L`) belongs to.
fn owner(call: &Call<'_>, name: &str) -> Result<String, Fault> {
    let project = name.strip_prefix("projects/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let project = call.cloud.project(project);
    project.map(|project| project.id).ok_or_else(|| Fault::invalid(format!("Invalid resource name: {name}")))
}

fn write(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let body = std::mem::take(&mut call.body);
    for entry in body["entries"].as_array().into_iter().flatten() {
        let mut entry = entry.clone();
        for field in ["logName", "resource"] {
            if entry.get(field).is_none() && body.get(field).is_some() {
                entry[field] = body[field].clone();
            }
        }
        let project = owner(call, entry["logName"].as_str().unwrap_or_default())?;
        let now = times::microseconds(call.now());
        entry["receiveTimestamp"] = json!(now);
        if entry.get("timestamp").is_none() {
            entry["timestamp"] = json!(now);
        }
        if entry.get("insertId").is_none() {
            entry["insertId"] = json!(call.cloud.ids.lower(16));
        }
        let key = format!("logging/{project}");
        let mut entries = call.cloud.store.get(&key).and_then(Json::as_array).cloned().unwrap_or_default();
        entries.push(entry);
        let surplus = entries.len().saturating_sub(KEPT);
        entries.drain(..surplus);
        call.cloud.store.put(key, entries.into());
    }
    Ok(json!({}).into())
}

fn list(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let names = call.body["resourceNames"].as_array().cloned().unwrap_or_default();
    if names.is_empty() {
        return Err(Fault::invalid("resource_names is required"));
    }
    let mut entries = Vec::new();
    for name in names {
        let project = owner(call, name.as_str().unwrap_or_default())?;
        let kept = call.cloud.store.get(&format!("logging/{project}")).and_then(Json::as_array);
        entries.extend(kept.cloned().unwrap_or_default());
    }
    // Comparisons of times and severities are not played: what such a filter leaves is left.
    let entries = list::filter(entries.clone(), call.text("filter")).unwrap_or(entries);
    let mut entries = entries;
    entries.sort_by(|a, b| a["timestamp"].as_str().cmp(&b["timestamp"].as_str()));
    if call.text("orderBy").is_some_and(|order| order.ends_with("desc")) {
        entries.reverse();
    }
    let size = call.body["pageSize"].as_i64().map(|size| size.to_string());
    let page = list::page(entries, list::size(size.as_deref(), 50, 1000)?, call.text("pageToken"))?;
    Ok(page.answer("entries").into())
}
