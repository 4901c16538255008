//! Roles that a project makes for itself. Google's own roles are not played.
//!
//! From discovery; messages as quoted in public issue threads. Nothing of it is recorded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::sandbox::cloud::Project;
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::mask;
use crate::sandbox::policy;
use crate::sandbox::service::{Call, Reply};

pub(super) fn answer(call: &mut Call<'_>) -> Result<Reply, Fault> {
    match call.id().rsplit('.').next().unwrap_or_default() {
        "create" => create(call),
        "get" => Ok(found(call)?.1.into()),
        "list" => list_roles(call),
        "patch" => patch(call),
        "delete" => mark(call, Mark::Deleted),
        "undelete" => mark(call, Mark::Alive),
        _ => Err(Fault::not_played(call.id())),
    }
}

fn key(project: &Project, id: &str) -> String {
    format!("iam/projects/{}/roles/{id}", project.id)
}

fn etag(call: &mut Call<'_>) -> Json {
    json!(STANDARD.encode(call.cloud.ids.digits(8)))
}

/// The key and the document of the role in the path.
fn found(call: &Call<'_>) -> Result<(String, Json), Fault> {
    let (project, id) = (call.project()?, call.param("rolesId"));
    let key = key(&project, id);
    let missing = || Fault::not_found(format!("The role named projects/{}/roles/{id} was not found.", project.id));
    let document = call.cloud.store.get(&key).cloned().ok_or_else(missing)?;
    Ok((key, document))
}

fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let id = call.text("roleId").unwrap_or_default().to_owned();
    let fits = (3..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    if !fits {
        return Err(Fault::invalid(format!(
            "The role_id ({id}) must be 3 to 64 characters of letters, digits, underscores and periods."
        )));
    }
    let key = key(&project, &id);
    match call.cloud.store.get(&key) {
        Some(known) if known["deleted"] == true => {
            return Err(Fault::precondition(format!(
                "You can't create a role with role_id ({id}) where there is an existing role with that role_id in a \
                 deleted state."
            )));
        }
        Some(_) => {
            let message = format!("A role named {id} in projects/{} already exists.", project.id);
            return Err(Fault::already_exists(message));
        }
        None => {}
    }
    let mut made = json!({"name": format!("projects/{}/roles/{id}", project.id)});
    copy(&mut made, &call.body["role"], &["title", "description", "includedPermissions", "stage"]);
    made["etag"] = etag(call);
    call.cloud.store.put(key, made.clone());
    Ok(made.into())
}

/// What is set and not empty; the stage `ALPHA` is the zero of its type and never shown.
fn copy(into: &mut Json, from: &Json, fields: &[&str]) {
    for field in fields {
        let empty = match &from[*field] {
            Json::Null => true,
            Json::String(text) => text.is_empty() || text == "ALPHA" && *field == "stage",
            Json::Array(list) => list.is_empty(),
            _ => false,
        };
        if !empty {
            into[*field] = from[*field].clone();
        }
    }
}

/// A list leaves the permissions out unless the view is `FULL`, and deleted roles unless they are asked for.
fn list_roles(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let with_deleted = call.flag("showDeleted");
    let full = call.query("view") == Some("FULL");
    let all = call.cloud.store.children(&format!("iam/projects/{}/roles", project.id)).into_iter();
    let shown = all.filter(|(_, role)| with_deleted || role["deleted"] != true).map(|(_, role)| {
        let mut role = role.clone();
        if let Some(map) = role.as_object_mut().filter(|_| !full) {
            map.shift_remove("includedPermissions");
        }
        role
    });
    let shown = shown.collect();
    let size = list::size(call.query("pageSize"), 300, 1000)?;
    Ok(list::page(shown, size, call.query("pageToken"))?.answer("roles").into())
}

fn patch(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (key, mut document) = found(call)?;
    check_etag(&document, call.text("etag"))?;
    let body = call.body.clone();
    match call.query("updateMask").map(mask::paths) {
        Some(paths) if !paths.is_empty() => mask::apply(&mut document, &body, &paths),
        _ => copy(&mut document, &body, &["title", "description", "includedPermissions", "stage"]),
    }
    document["etag"] = etag(call);
    call.cloud.store.put(key, document.clone());
    Ok(document.into())
}

fn check_etag(document: &Json, given: Option<&str>) -> Result<(), Fault> {
    let stored = document["etag"].as_str().unwrap_or_default();
    let stale =
        given.filter(|given| !given.is_empty()).is_some_and(|given| policy::decode(given) != policy::decode(stored));
    if stale {
        return Err(Fault::aborted(
            "There were concurrent changes to the role. Please retry the whole read-modify-write with exponential \
             backoff.",
        ));
    }
    Ok(())
}

/// Whether a role can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Alive,
    Deleted,
}

/// A deleted role stays, marked; it can be had back.
fn mark(call: &mut Call<'_>, mark: Mark) -> Result<Reply, Fault> {
    let (key, mut document) = found(call)?;
    let etag_given = call.query("etag").or_else(|| call.text("etag")).map(str::to_owned);
    check_etag(&document, etag_given.as_deref())?;
    let is_deleted = document["deleted"] == true;
    if is_deleted == (mark == Mark::Deleted) {
        let state = if is_deleted { "already deleted" } else { "not deleted" };
        return Err(Fault::precondition(format!("The role {} is {state}.", call.param("rolesId"))));
    }
    let map = document.as_object_mut().expect("roles are objects");
    match mark {
        Mark::Deleted => drop(map.insert("deleted".to_owned(), json!(true))),
        Mark::Alive => drop(map.shift_remove("deleted")),
    }
    document["etag"] = etag(call);
    call.cloud.store.put(key, document.clone());
    Ok(document.into())
}
