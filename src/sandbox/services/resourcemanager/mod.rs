//! Resource Manager: projects and their IAM policies, v1 and v3 over the same stored project.

mod org_policy;
mod v1;
mod v3;

use serde_json::{Value as Json, json};

use crate::sandbox::cloud::{Project, is_project_id};
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::{Begin, Effect, Lasts, LongRunning, Source, begin_long_running};
use crate::sandbox::policy;
use crate::sandbox::service::{Call, Reply, Service, completes_nothing};
use crate::sandbox::times;

pub(super) static SERVICE: Service =
    Service { host: "cloudresourcemanager", handle: answer, complete: completes_nothing };

fn answer(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let verb = call.id().trim_start_matches("cloudresourcemanager.");
    match verb {
        "projects.getIamPolicy" => {
            let resource = policy_of(&call.project()?);
            policy::get(call, &resource)
        }
        "projects.setIamPolicy" => {
            let resource = policy_of(&call.project()?);
            refuse_everybody(call)?;
            policy::set(call, &resource)
        }
        "projects.testIamPermissions" => Ok(policy::test(call)),
        "operations.get" => {
            let key = format!("op/cloudresourcemanager/{}", call.param("operationsId"));
            call.poll(&key, || Fault::not_found("Operation not found."))
        }
        _ if org_policy::plays(verb) => org_policy::answer(call, verb),
        _ if call.route.api.version == "v3" => v3::answer(call, verb),
        _ => v1::answer(call, verb),
    }
}

/// The key under which a project's policy hangs.
fn policy_of(project: &Project) -> String {
    format!("policy/projects/{}", project.id)
}

/// A project's policy takes neither `allUsers` nor `allAuthenticatedUsers`.
fn refuse_everybody(call: &Call<'_>) -> Result<(), Fault> {
    let bindings = call.body["policy"]["bindings"].as_array().into_iter().flatten();
    let mut members = bindings.flat_map(|binding| binding["members"].as_array().into_iter().flatten());
    match members.find(|member| *member == "allUsers" || *member == "allAuthenticatedUsers") {
        None => Ok(()),
        Some(_) => {
            Err(Fault::invalid("Policy members allUsers and allAuthenticatedUsers are not allowed on this resource."))
        }
    }
}

fn document(call: &Call<'_>, project: &Project) -> Json {
    let key = format!("project/{}", project.id);
    call.cloud.store.get(&key).cloned().expect("a project that was found has its document")
}

fn put(call: &mut Call<'_>, project: &Project, document: Json) {
    call.cloud.store.put(format!("project/{}", project.id), document);
}

/// Makes a project through an operation; `fields` are those of the v1 project.
fn create(call: &mut Call<'_>, id: &str, fields: Json, shown: impl FnOnce(&Json) -> Json) -> Result<Reply, Fault> {
    if !is_project_id(id) {
        return Err(Fault::invalid(format!(
            "field [project_id] has issue [project_id contains invalid characters or has a wrong length: {id}]"
        )));
    }
    if call.cloud.project(id).is_some() {
        return Err(Fault::already_exists("Requested entity already exists"));
    }
    let project = call.cloud.make_project(id);
    let mut made = document(call, &project);
    let map = made.as_object_mut().expect("projects are objects");
    map.extend(fields.as_object().cloned().unwrap_or_default());
    put(call, &project, made.clone());
    let operation = format!("cp.{}", call.cloud.ids.numeric());
    let name = format!("operations/{operation}");
    let version = &call.route.api.version;
    let metadata = match version.as_str() {
        "v3" => json!({
            "@type": "type.googleapis.com/google.cloud.resourcemanager.v3.CreateProjectMetadata",
            "createTime": made["createTime"], "gettable": true, "ready": true,
        }),
        _ => json!({
            "@type": "type.googleapis.com/google.cloudresourcemanager.v1.ProjectCreationStatus",
            "gettable": true, "ready": true,
        }),
    };
    let of = LongRunning {
        key: &format!("op/cloudresourcemanager/{operation}"),
        name: name.clone(),
        metadata: Source::Fixed(metadata),
        response: Source::Fixed(shown(&made)),
    };
    begin_long_running(call.cloud, of, Begin::default(), Lasts::seconds(3, 12));
    Ok(json!({ "name": name }).into())
}

/// A deleted project can be had back for 30 days.
fn mark_deleted(call: &mut Call<'_>, project: &Project) -> Result<(), Fault> {
    let mut marked = document(call, project);
    if marked["lifecycleState"] != "ACTIVE" {
        return Err(Fault::precondition("Precondition check failed."));
    }
    marked["lifecycleState"] = json!("DELETE_REQUESTED");
    put(call, project, marked);
    let at = times::plus_seconds(call.now(), 30 * 24 * 3600);
    let name = format!("project/{}", project.id);
    call.cloud.set_timer(&name, at, vec![Effect::Delete(name.clone())]);
    Ok(())
}

fn mark_active(call: &mut Call<'_>, project: &Project) -> Result<(), Fault> {
    let mut marked = document(call, project);
    if marked["lifecycleState"] == "ACTIVE" {
        return Err(Fault::precondition("Precondition check failed."));
    }
    marked["lifecycleState"] = json!("ACTIVE");
    put(call, project, marked);
    call.cloud.stop_timer(&format!("project/{}", project.id));
    Ok(())
}

#[cfg(test)]
mod tests;
