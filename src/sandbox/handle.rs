//! Answers a request: the whole of the emulator behind one pure function.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};

use super::admin;
use super::check;
use super::cloud::{Cloud, Project};
use super::encode;
use super::fault::{Fault, Style};
use super::faults::Verdict;
use super::fields;
use super::route::{self, NoRoute, Route};
use super::service::{Call, Reply};
use super::services;
use crate::wire::http::Body;
use crate::wire::{Request, Response};

/// What the shell is to do with a request that was handled.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub response: Response,
    /// The answer never arrives: the connection breaks.
    pub lost: bool,
    /// The answer is held back for so long, in real time.
    pub late_ms: u64,
    /// The answer is to be asked for again at this time of the sandbox's clock, with the header
    /// [`super::service::WAITED`].
    pub wait_until: Option<Timestamp>,
}

impl From<Response> for Outcome {
    fn from(response: Response) -> Self {
        Self { response, lost: false, late_ms: 0, wait_until: None }
    }
}

/// Answers a request at a time.
pub fn handle(cloud: &mut Cloud, now: Timestamp, request: Request) -> Response {
    handle_fully(cloud, now, &request).response
}

/// Answers a request and says what else happens to the answer.
pub fn handle_fully(cloud: &mut Cloud, now: Timestamp, request: &Request) -> Outcome {
    cloud.advance(now);
    if request.host == admin::HOST {
        return admin::handle(cloud, request).into();
    }
    let route = route::resolve(&request.host, request.method, &request.path);
    let verdict = cloud.faults.judge(request, route.as_ref().ok());
    if let Verdict::Answer(response) = verdict {
        return (*response).into();
    }
    if verdict == Verdict::LostBefore {
        return Outcome { lost: true, ..Response::json(503, Json::Null).into() };
    }
    let reply = match route {
        Ok(route) => answer(cloud, route, request),
        Err(missing) => no_route(missing, request).into(),
    };
    Outcome {
        response: reply.response,
        lost: verdict == Verdict::LostAfter,
        late_ms: if let Verdict::Late { ms } = verdict { ms } else { 0 },
        wait_until: reply.wait_until,
    }
}

fn answer(cloud: &mut Cloud, route: Route, request: &Request) -> Reply {
    let (api, method) = (route.api, route.method);
    match checked(cloud, route, request) {
        Ok(mut reply) => {
            let alt = request.query_value("$alt").or_else(|| request.query_value("alt"));
            if let (true, Body::Json(json)) = (encode::wants_numbers(alt), &mut reply.response.body) {
                *json = encode::with_numbers(api, method.response.as_deref(), std::mem::take(json));
            }
            if let (Some(mask), Body::Json(json)) = (mask(request), &mut reply.response.body) {
                *json = fields::apply(&mask, std::mem::take(json));
            }
            reply
        }
        Err(fault) => fault.to_response(api.style()).into(),
    }
}

/// Which fields of the answer are wanted: a parameter, or a header, which separates names by dots.
fn mask(request: &Request) -> Option<String> {
    let parameter = request.query_value("fields").or_else(|| request.query_value("$fields"));
    let header = || request.header_value("x-goog-fieldmask").map(|mask| mask.replace('.', "/"));
    parameter.map(str::to_owned).or_else(header)
}

fn checked(cloud: &mut Cloud, route: Route, request: &Request) -> Result<Reply, Fault> {
    let query = check::query(route.method, &request.query)?;
    let project = project(cloud, &route)?;
    let consumer = consumer(cloud, request)?;
    gate(cloud, &route, consumer.as_ref(), project.as_ref())?;
    let (raw, bytes) = match &request.body {
        Body::Empty => (Json::Null, None),
        // What is uploaded is contents, also where it looks like JSON.
        Body::Json(json) if route.upload => (Json::Null, Some(json.to_string().into_bytes())),
        Body::Json(json) => (json.clone(), None),
        Body::Bytes(bytes) if route.upload => (Json::Null, Some(bytes.clone())),
        Body::Bytes(bytes) => (read_json(bytes)?, None),
    };
    let mut call = Call::new(cloud, route, project);
    call.body = check::body(call.route.api, call.route.method, &raw)?;
    call.query = query;
    call.raw = raw;
    call.bytes = bytes;
    call.headers.clone_from(&request.headers);
    services::dispatch(&mut call)
}

fn read_json(bytes: &[u8]) -> Result<Json, Fault> {
    serde_json::from_slice(bytes).map_err(|_| {
        let shown: String = String::from_utf8_lossy(bytes).chars().take(40).collect();
        let message = format!("Invalid JSON payload received. Unexpected token.\n{shown}\n^");
        Fault::invalid(message.clone()).reason("parseError").violations(&[(String::new(), message)]).from_front_end()
    })
}

fn project(cloud: &mut Cloud, route: &Route) -> Result<Option<Project>, Fault> {
    let Some(name) = route.project.as_deref().filter(|name| *name != "-") else { return Ok(None) };
    let manages_projects = route.host == "cloudresourcemanager";
    match cloud.project_or_new(name) {
        Some(project) => Ok(Some(project)),
        None if manages_projects => Err(Fault::forbidden("The caller does not have permission")),
        None => Err(consumer_fault(
            &route.host,
            name,
            "CONSUMER_INVALID",
            &format!("Permission denied on resource project {name}."),
        )),
    }
}

/// The project that pays: `x-goog-user-project`.
fn consumer(cloud: &mut Cloud, request: &Request) -> Result<Option<Project>, Fault> {
    let name = request.header_value("x-goog-user-project").filter(|name| !name.is_empty());
    let Some(name) = name else { return Ok(None) };
    let host = request.host.trim_end_matches(".googleapis.com");
    cloud.project_or_new(name).map(Some).ok_or_else(|| {
        let message = format!(
            "Caller does not have required permission to use project {name}. Grant the caller the \
             roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use \
             permission, by visiting https://console.developers.google.com/iam-admin/iam/project?project={name} and \
             then retry. Propagation of the new permission may take a few minutes."
        );
        consumer_fault(host, name, "USER_PROJECT_DENIED", &message)
    })
}

fn consumer_fault(host: &str, project: &str, reason: &str, message: &str) -> Fault {
    let info = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": format!("{host}.googleapis.com"), "consumer": format!("projects/{project}")},
    });
    Fault::forbidden(message).detail(info).from_front_end()
}

/// Refuses calls of an API that is not enabled where it must be: in the project that pays and, but for the APIs that
/// every caller reaches through his tool's own project, in the project that is called.
fn gate(cloud: &Cloud, route: &Route, consumer: Option<&Project>, called: Option<&Project>) -> Result<(), Fault> {
    let service = format!("{}.googleapis.com", route.host);
    let shared = ["cloudresourcemanager", "iam", "iamcredentials", "serviceusage"].contains(&route.host.as_str());
    let called = called.filter(|_| !shared);
    for project in consumer.into_iter().chain(called) {
        if !cloud.is_enabled(&project.id, &service) {
            return Err(disabled(&service, project));
        }
    }
    Ok(())
}

fn disabled(service: &str, project: &Project) -> Fault {
    let title = title(service);
    let number = &project.number;
    let url = format!("https://console.developers.google.com/apis/api/{service}/overview?project={number}");
    let message = format!(
        "{title} has not been used in project {number} before or it is disabled. Enable it by visiting {url} then \
         retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and \
         retry."
    );
    let links = json!([{"description": "Google developers console API activation", "url": url}]);
    let mut fault = Fault::forbidden(message).reason("accessNotConfigured").from_front_end();
    fault.domain = "usageLimits";
    fault.detail(json!({"@type": "type.googleapis.com/google.rpc.Help", "links": links})).detail(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_DISABLED",
        "domain": "googleapis.com",
        "metadata": {
            "activationUrl": url,
            "consumer": format!("projects/{number}"),
            "containerInfo": number,
            "service": service,
            "serviceTitle": title,
        },
    }))
}

/// The name under which Google lists an API.
pub(super) fn title(service: &str) -> String {
    let known = match service.trim_end_matches(".googleapis.com") {
        "artifactregistry" => "Artifact Registry API",
        "cloudbuild" => "Cloud Build API",
        "cloudresourcemanager" => "Cloud Resource Manager API",
        "cloudscheduler" => "Cloud Scheduler API",
        "compute" => "Compute Engine API",
        "iam" => "Identity and Access Management (IAM) API",
        "iamcredentials" => "IAM Service Account Credentials API",
        "logging" => "Cloud Logging API",
        "monitoring" => "Cloud Monitoring API",
        "run" => "Cloud Run Admin API",
        "runtimeconfig" => "Cloud Runtime Configuration API",
        "secretmanager" => "Secret Manager API",
        "servicenetworking" => "Service Networking API",
        "serviceusage" => "Service Usage API",
        "sqladmin" => "Cloud SQL Admin API",
        "storage" => "Cloud Storage API",
        other => return format!("{other} API"),
    };
    known.to_owned()
}

fn no_route(missing: NoRoute, request: &Request) -> Response {
    match missing {
        NoRoute::UnknownHost => {
            Fault::not_played(&format!("{}{}", request.host, request.path)).to_response(Style::Status)
        }
        NoRoute::Elsewhere(collection) => Fault::not_played(&collection).to_response(Style::Status),
        NoRoute::UnknownPath => {
            let path = percent_decode_str(&request.path).decode_utf8_lossy().replace('<', "&lt;");
            let page = format!(
                "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error 404 (Not Found)!!1</title>\n  \
                 <p><b>404.</b> <ins>That’s an error.</ins>\n  <p>The requested URL <code>{path}</code> was not found on \
                 this server.  <ins>That’s all we know.</ins>\n"
            );
            Response {
                status: 404,
                headers: vec![("content-type".to_owned(), "text/html; charset=UTF-8".to_owned())],
                body: Body::Bytes(page.into_bytes()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
