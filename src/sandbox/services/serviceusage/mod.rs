//! Service Usage: which APIs a project may use.
//!
//! Recorded: names carry the project's number, 49 a page, the first answer of an operation holds its name alone,
//! `config` is there in every answer.

mod catalogue;

use serde_json::{Value as Json, json};

use crate::sandbox::cloud::{Project, api_key};
use crate::sandbox::fault::Fault;
use crate::sandbox::handle;
use crate::sandbox::list;
use crate::sandbox::operation::{self, Begin, Effect, Lasts, LongRunning, Source};
use crate::sandbox::service::{Call, Reply, Service, completes_nothing};

pub(super) static SERVICE: Service = Service { host: "serviceusage", handle: answer, complete: completes_nothing };

/// Most APIs that one `batchEnable` takes.
const LARGEST_BATCH: usize = 20;
/// Most APIs that one `batchGet` takes.
const LARGEST_READ: usize = 30;

fn answer(call: &mut Call<'_>) -> Result<Reply, Fault> {
    match call.id().trim_start_matches("serviceusage.") {
        "services.get" => get(call),
        "services.list" => list_services(call),
        "services.batchGet" => batch_get(call),
        "services.enable" => enable(call),
        "services.batchEnable" => batch_enable(call),
        "services.disable" => disable(call),
        "services.generateServiceIdentity" => identity(call),
        "operations.get" => {
            let key = key(call.param("operationsId"));
            call.poll(&key, || Fault::not_found("Operation not found."))
        }
        "operations.list" => Ok(json!({}).into()),
        "operations.cancel" | "operations.delete" => Err(Fault::new(
            501,
            "UNIMPLEMENTED",
            "notImplemented",
            "Operation is not implemented, or supported, or enabled.",
        )),
        _ => Err(Fault::not_played(call.id())),
    }
}

fn key(operation: &str) -> String {
    format!("op/serviceusage/operations/{operation}")
}

/// A service as the API shows it.
fn shown(project: &Project, service: &str, state: &str) -> Json {
    json!({
        "name": format!("projects/{}/services/{service}", project.number),
        "config": {
            "name": service,
            "title": handle::title(service),
            "documentation": {},
            "quota": {},
            "authentication": {},
            "usage": {"requirements": ["serviceusage.googleapis.com/tos/cloud"]},
            "monitoring": {},
        },
        "state": state,
        "parent": format!("projects/{}", project.number),
    })
}

fn state(call: &Call<'_>, project: &Project, service: &str) -> &'static str {
    let document = call.cloud.store.get(&api_key(&project.id, service));
    if document.is_some_and(|document| document["state"] == "ENABLED") { "ENABLED" } else { "DISABLED" }
}

fn check(services: &[String]) -> Result<(), Fault> {
    let unknown: Vec<&str> = services.iter().map(String::as_str).filter(|name| !catalogue::is_known(name)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let names = unknown.join(", ");
    Err(Fault::forbidden(format!("Not found or permission denied for service(s): {names}.")).detail(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        "domain": "serviceusage.googleapis.com",
        "metadata": {"services": names},
    })))
}

fn get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let service = call.param("servicesId").to_owned();
    check(std::slice::from_ref(&service))?;
    Ok(shown(&project, &service, state(call, &project, &service)).into())
}

fn list_services(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let prefix = format!("api/{}/", project.id);
    let mut names: Vec<String> =
        call.cloud.store.under(&prefix).map(|(key, _)| key[prefix.len()..].to_owned()).collect();
    names.extend(catalogue::NAMES.iter().map(|name| format!("{name}.googleapis.com")));
    names.sort();
    names.dedup();
    let entries = names.iter().map(|name| shown(&project, name, state(call, &project, name))).collect();
    let entries = list::filter(entries, call.query("filter"))?;
    // 50 by the documentation; the first page was recorded with 49, the second with 50.
    let default = if call.query("pageToken").is_some() { 50 } else { 49 };
    let size = list::size(call.query("pageSize"), default, 200)?;
    Ok(list::page(entries, size, call.query("pageToken"))?.answer("services").into())
}

fn batch_get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let names = call.query.get("names").cloned().unwrap_or_default();
    if names.is_empty() || names.len() > LARGEST_READ {
        return Err(Fault::invalid(format!("Between 1 and {LARGEST_READ} service names must be given.")));
    }
    let services: Vec<String> =
        names.iter().map(|name| name.rsplit('/').next().unwrap_or_default().to_owned()).collect();
    check(&services)?;
    let shown: Vec<Json> =
        services.iter().map(|service| shown(&project, service, state(call, &project, service))).collect();
    Ok(json!({ "services": shown }).into())
}

fn enable(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let service = call.param("servicesId").to_owned();
    check(std::slice::from_ref(&service))?;
    let response = json!({
        "@type": "type.googleapis.com/google.api.serviceusage.v1.EnableServiceResponse",
        "service": shown(&project, &service, "ENABLED"),
    });
    if state(call, &project, &service) == "ENABLED" {
        return Ok(operation::finished_long_running("operations/noop.DONE_OPERATION", response).into());
    }
    Ok(begin(call, &project, "acat.p2", &[service], "ENABLED", response))
}

fn batch_enable(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let given = call.body["serviceIds"].as_array().cloned().unwrap_or_default();
    let services: Vec<String> = given.iter().filter_map(Json::as_str).map(str::to_owned).collect();
    if services.is_empty() || services.len() > LARGEST_BATCH {
        return Err(Fault::invalid(format!(
            "Request contains an invalid argument: between 1 and {LARGEST_BATCH} services can be enabled at once."
        )));
    }
    check(&services)?;
    let enabled: Vec<Json> = services.iter().map(|service| shown(&project, service, "ENABLED")).collect();
    let response = json!({
        "@type": "type.googleapis.com/google.api.serviceusage.v1.BatchEnableServicesResponse",
        "services": enabled,
    });
    if services.iter().all(|service| state(call, &project, service) == "ENABLED") {
        return Ok(operation::finished_long_running("operations/noop.DONE_OPERATION", response).into());
    }
    Ok(begin(call, &project, "acat.p2", &services, "ENABLED", response))
}

fn disable(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let service = call.param("servicesId").to_owned();
    check(std::slice::from_ref(&service))?;
    let response = json!({
        "@type": "type.googleapis.com/google.api.serviceusage.v1.DisableServiceResponse",
        "service": shown(&project, &service, "DISABLED"),
    });
    if state(call, &project, &service) == "DISABLED" {
        return Ok(operation::finished_long_running("operations/noop.DONE_OPERATION", response).into());
    }
    Ok(begin(call, &project, "acat.p17", &[service], "DISABLED", response))
}

fn begin(
    call: &mut Call<'_>,
    project: &Project,
    kind: &str,
    services: &[String],
    state: &str,
    response: Json,
) -> Reply {
    let id = format!("{kind}-{}-{}", project.number, call.cloud.ids.uuid());
    let name = format!("operations/{id}");
    let effects =
        services.iter().map(|service| Effect::Api(project.id.clone(), service.clone(), state.to_owned())).collect();
    let of = LongRunning {
        key: &key(&id),
        name: name.clone(),
        metadata: Source::Fixed(operation::empty()),
        response: Source::Fixed(response),
    };
    let begin = Begin { targets: Vec::new(), effects };
    operation::begin_long_running(call.cloud, of, begin, Lasts::seconds(26, 50));
    // The first answer is the name alone.
    json!({ "name": name }).into()
}

/// The agent of a service, made at once.
fn identity(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let service = call.param("servicesId").to_owned();
    check(std::slice::from_ref(&service))?;
    let short = service.trim_end_matches(".googleapis.com");
    let response = json!({
        "@type": "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity",
        "email": format!("service-{}@gcp-sa-{short}.iam.gserviceaccount.com", project.number),
        "uniqueId": format!("1{:020}", crate::sandbox::ids::hash(&format!("{}/{service}", project.id))),
    });
    let id = format!("finished.DONE_OPERATION-{}", call.cloud.ids.uuid());
    Ok(operation::finished_long_running(&format!("operations/{id}"), response).into())
}

#[cfg(test)]
mod tests;
