//! Resource Manager v3: the newer shape of the same projects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::{create, document, mark_active, mark_deleted, put};
use crate::sandbox::fault::Fault;
use crate::sandbox::ids;
use crate::sandbox::list;
use crate::sandbox::operation::finished_long_running;
use crate::sandbox::service::{Call, Reply};

pub(super) fn answer(call: &mut Call<'_>, verb: &str) -> Result<Reply, Fault> {
    match verb {
        "projects.get" => {
            let project = call.project()?;
            Ok(shown(&document(call, &project)).into())
        }
        "projects.list" | "projects.search" => list_projects(call),
        "projects.create" => make(call),
        "projects.patch" => patch(call),
        "projects.delete" => {
            let project = call.project()?;
            mark_deleted(call, &project)?;
            Ok(finished(call, &document(call, &project)))
        }
        "projects.undelete" => {
            let project = call.project()?;
            mark_active(call, &project)?;
            Ok(finished(call, &document(call, &project)))
        }
        _ => Err(Fault::not_played(call.id())),
    }
}

/// The stored project, which has the v1 shape, in the v3 shape.
fn shown(document: &Json) -> Json {
    let mut shown = json!({"name": format!("projects/{}", document["projectNumber"].as_str().unwrap_or_default())});
    if let (Some(kind), Some(id)) = (document["parent"]["type"].as_str(), document["parent"]["id"].as_str()) {
        shown["parent"] = json!(format!("{kind}s/{id}"));
    }
    shown["projectId"] = document["projectId"].clone();
    shown["state"] = document["lifecycleState"].clone();
    shown["displayName"] = document["name"].clone();
    shown["createTime"] = document["createTime"].clone();
    shown["updateTime"] = document.get("$updateTime").unwrap_or(&document["createTime"]).clone();
    shown["etag"] = json!(format!("W/\"{}\"", hash(document)));
    if let Some(labels) = document.get("labels") {
        shown["labels"] = labels.clone();
    }
    shown
}

fn hash(document: &Json) -> String {
    STANDARD.encode(ids::hash(&document.to_string()).to_be_bytes())
}

fn list_projects(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let parent = call.query("parent").map(str::to_owned);
    let all = call.cloud.store.children("project").into_iter().map(|(_, document)| shown(document));
    let all = all.filter(|entry| parent.as_ref().is_none_or(|parent| entry["parent"] == **parent)).collect();
    let query = call.query("query").map(|text| text.replace("id:", "projectId:"));
    let entries = list::filter(all, query.as_deref())?;
    let size = list::size(call.query("pageSize"), 500, 1000)?;
    Ok(list::page(entries, size, call.query("pageToken"))?.answer("projects").into())
}

fn typed(document: &Json) -> Json {
    let mut typed = json!({"@type": "type.googleapis.com/google.cloud.resourcemanager.v3.Project"});
    let map = typed.as_object_mut().expect("made as an object");
    map.extend(shown(document).as_object().cloned().unwrap_or_default());
    typed
}

fn finished(call: &mut Call<'_>, document: &Json) -> Reply {
    let name = format!("operations/up.{}", call.cloud.ids.numeric());
    finished_long_running(&name, typed(document)).into()
}

fn make(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let id = call.text("projectId").unwrap_or_default().to_owned();
    let mut fields = json!({"name": call.text("displayName").unwrap_or(&id)});
    if let Some(labels) = call.body.get("labels") {
        fields["labels"] = labels.clone();
    }
    if let Some((kind, parent)) = call.text("parent").and_then(|parent| parent.split_once('/')) {
        fields["parent"] = json!({"type": kind.trim_end_matches('s'), "id": parent});
    }
    create(call, &id, fields, typed)
}

fn patch(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let mut updated = document(call, &project);
    if let Some(etag) = call.raw["etag"].as_str()
        && shown(&updated)["etag"] != etag
    {
        return Err(Fault::aborted("The project was changed by another caller: read it again."));
    }
    let mask = call.query("updateMask").unwrap_or("*").to_owned();
    for (field, stored) in [("displayName", "name"), ("labels", "labels")] {
        let snake = crate::sandbox::check::snake_case(field);
        let named = mask.split(',').any(|name| name == "*" || name == field || name == snake);
        if named {
            let map = updated.as_object_mut().expect("projects are objects");
            match call.body.get(field) {
                Some(value) => drop(map.insert(stored.to_owned(), value.clone())),
                None if mask != "*" => drop(map.shift_remove(stored)),
                None => {}
            }
        }
    }
    updated["$updateTime"] = json!(crate::sandbox::times::microseconds(call.now()));
    put(call, &project, updated.clone());
    Ok(finished(call, &updated))
}
