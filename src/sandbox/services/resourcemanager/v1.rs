//! Resource Manager v1: the older shape of projects.

use serde_json::{Value as Json, json};

use super::{create, document, mark_active, mark_deleted, put};
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;

pub(super) fn answer(call: &mut Call<'_>, verb: &str) -> Result<Reply, Fault> {
    match verb {
        "projects.get" => {
            let project = call.project()?;
            Ok(public(&document(call, &project)).into())
        }
        "projects.list" => list_projects(call),
        "projects.create" => make(call),
        "projects.update" => update(call),
        "projects.delete" => {
            let project = call.project()?;
            mark_deleted(call, &project).map(|()| json!({}).into())
        }
        "projects.undelete" => {
            let project = call.project()?;
            mark_active(call, &project).map(|()| json!({}).into())
        }
        "projects.getAncestry" => ancestry(call),
        _ => Err(Fault::not_played(call.id())),
    }
}

fn list_projects(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let all = call.cloud.store.children("project").into_iter().map(|(_, document)| public(document)).collect();
    let entries = list::filter(all, call.query("filter"))?;
    let size = list::size(call.query("pageSize"), 500, 1000)?;
    Ok(list::page(entries, size, call.query("pageToken"))?.answer("projects").into())
}

fn make(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let id = call.text("projectId").unwrap_or_default().to_owned();
    let mut fields = json!({});
    for name in ["name", "labels", "parent"] {
        if let Some(value) = call.body.get(name) {
            fields[name] = value.clone();
        }
    }
    create(call, &id, fields, |document| {
        let mut shown = json!({"@type": "type.googleapis.com/google.cloudresourcemanager.v1.Project"});
        let map = shown.as_object_mut().expect("made as an object");
        map.extend(public(document).as_object().cloned().unwrap_or_default());
        shown
    })
}

/// Replaces what can be changed: name and labels; another parent is refused.
fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let mut updated = document(call, &project);
    let moved = call.body.get("parent").is_some_and(|parent| updated.get("parent").is_some_and(|old| old != parent));
    if moved {
        return Err(Fault::invalid("The parent of a project cannot be changed by an update."));
    }
    for name in ["name", "labels", "parent"] {
        let map = updated.as_object_mut().expect("projects are objects");
        match call.body.get(name) {
            Some(Json::Null) | None => drop(map.shift_remove(name)),
            Some(value) => drop(map.insert(name.to_owned(), value.clone())),
        }
    }
    put(call, &project, updated.clone());
    Ok(public(&updated).into())
}

fn ancestry(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let document = document(call, &project);
    let mut ancestors = vec![json!({"resourceId": {"type": "project", "id": project.id}})];
    if let Some(parent) = document.get("parent") {
        ancestors.push(json!({ "resourceId": parent }));
    }
    Ok(json!({ "ancestor": ancestors }).into())
}
