//! Requests of which only the shape is evidence: their answers were invented, or imitated.
//!
//! `requests.jsonl`: what a controller sends for kinds that no trusted recording holds; the sandbox must know each
//! method, parameter and field. `gcloud.jsonl`: what the real gcloud sends for the tutorial; each must be answered with
//! the status with which gcloud went on, whether there is a gcloud here or not.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};
use stackctl::sandbox::cloud::{Cloud, Settings};
use stackctl::sandbox::handle::handle;
use stackctl::wire::http::Body;
use stackctl::wire::{Method, Request, Response};

use super::names;

const HOSTS: [&str; 8] =
    ["artifactregistry", "cloudresourcemanager", "compute", "iam", "run", "secretmanager", "serviceusage", "sqladmin"];

/// What is asked for and not played, each with its reason. The sandbox answers 501 and names it.
pub const NOT_PLAYED: [(&str, &str); 2] = [
    ("/backendServices", "load balancers are no kind of a stack; a producer's case makes one"),
    ("/switchover", "a replica in another region takes over: no kind changes that"),
];

fn cloud(project: &str) -> Cloud {
    let mut cloud = Cloud::new(7, Settings::default());
    cloud.now = "2026-01-01T00:00:00Z".parse().expect("a time");
    cloud.make_project(project);
    for host in HOSTS {
        cloud.set_enabled(project, &format!("{host}.googleapis.com"), "ENABLED");
    }
    cloud
}

fn lines(name: &str) -> Vec<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name);
    let text = fs::read_to_string(path).expect("the requests are in the repository");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
}

/// Sends a request; operations begun before are over by then.
fn send(cloud: &mut Cloud, request: Request) -> Response {
    cloud.now = cloud.now.checked_add(jiff::SignedDuration::from_secs(11)).expect("within the calendar");
    let now = cloud.now;
    handle(cloud, now, request)
}

fn method(name: &Json) -> Method {
    serde_json::from_value(name.clone()).expect("a method of HTTP")
}

/// What is wrong with an answer to a well-formed request.
fn fault(response: &Response) -> Option<String> {
    let Some(answer) = response.body.as_json() else { return Some("a page in place of an answer".to_owned()) };
    let message = answer["error"]["message"].as_str().unwrap_or_default();
    let malformed = ["Invalid JSON payload", "Invalid value at", "Required parameter"];
    let refused = response.status == 501 || malformed.iter().any(|start| message.starts_with(start));
    refused.then(|| format!("{} {message}", response.status))
}

/// Sends all requests of unverified cases; gives what is not understood, and the lines of the table that were needed.
pub fn unverified() -> (usize, Vec<String>, Vec<&'static str>) {
    const PROJECT: &str = "test-project-1";
    let (mut wrong, mut used, mut case, mut sent) = (Vec::new(), Vec::new(), Json::Null, 0);
    let mut cloud = cloud(PROJECT);
    for line in lines("requests.jsonl") {
        if line["case"] != case {
            case = line["case"].clone();
            cloud = self::cloud(PROJECT);
        }
        let number = cloud.project(PROJECT).expect("made above").number;
        let text = line.to_string().replace("${projectId}", PROJECT).replace("${projectNumber}", &number);
        let line: Json = serde_json::from_str(&names::plain_placeholders(&text)).expect("still JSON");
        let url = line["url"].as_str().expect("recorded");
        let Some((host, path, query)) = super::play::split(url) else { continue };
        let mut request = Request::new(method(&line["method"]), host, path);
        request.query = query;
        if !line["request"].is_null() {
            request.body = Body::Json(line["request"].clone());
        }
        sent += 1;
        let answer = send(&mut cloud, request);
        if let Some(fault) = fault(&answer) {
            match NOT_PLAYED.iter().find(|(part, _)| answer.status == 501 && url.contains(part)) {
                Some((part, _)) => used.push(*part),
                None => wrong.push(format!("{} {} {url}\n    {fault}", line["case"], line["method"])),
            }
        }
    }
    (sent, wrong, used)
}

/// Sends what gcloud sends for the tutorial; gives the requests whose status is another.
pub fn gcloud() -> (usize, Vec<String>) {
    const PROJECT: &str = "demo-project-1";
    let mut cloud = cloud(PROJECT);
    cloud.set_enabled(PROJECT, "servicenetworking.googleapis.com", "ENABLED");
    let number = cloud.project(PROJECT).expect("made above").number;
    let (mut wrong, mut sent) = (Vec::new(), 0);
    for line in lines("gcloud.jsonl") {
        let text = line.to_string().replace("123456789012", &number);
        let line: Json = serde_json::from_str(&text).expect("still JSON");
        let text = |name: &str| line[name].as_str().expect("recorded").to_owned();
        let mut request = Request::new(method(&line["method"]), text("host"), text("path"));
        let query = line["query"].as_object().into_iter().flatten();
        request.query = query.map(|(name, value)| (name.clone(), plain(value))).collect();
        if !line["body"].is_null() {
            request.body = Body::Json(live(&cloud, line["body"].clone()));
        }
        sent += 1;
        let answer = send(&mut cloud, request);
        if line["status"] != answer.status {
            let body = answer.body.as_json().unwrap_or(&Json::Null);
            let (command, path) = (text("command"), text("path"));
            let message = &body["error"]["message"];
            wrong.push(format!("`{command}`: {path}\n    {} in place of {} {message}", answer.status, line["status"]));
        }
    }
    (sent, wrong)
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A recorded body without the versions of another cloud, and with the attachment of this one.
fn live(cloud: &Cloud, mut body: Json) -> Json {
    for pointer in ["/policy", "/metadata", ""] {
        if let Some(map) = body.pointer_mut(pointer).and_then(Json::as_object_mut) {
            map.remove("etag");
            map.remove("resourceVersion");
        }
    }
    let instance = cloud.store.get("sqladmin/projects/demo-project-1/instances/prefect-db");
    if body["target"].as_str().is_some_and(|target| target.contains("/serviceAttachments/"))
        && let Some(instance) = instance
    {
        body["target"] = json!(instance["pscServiceAttachmentLink"]);
    }
    body
}
