//! The sandbox's own door, at a host that is not Google's: for tests and for `sandbox reset`.
//!
//! `GET /state?project=P`: what a project holds. `POST /reset`: an empty cloud. `POST /faults` with rules, `DELETE
//! /faults`. `POST /settings` with `{"pace": "instant" | "timed", "projects": "onUse" | "strict", "propagationMs"}`.
//! `POST /release`: Google lets go of all serverless addresses that nobody uses.

use serde_json::{Value as Json, json};

use super::cloud::{Cloud, Pace, Projects};
use super::faults::Rule;
use super::services::serverless;
use crate::wire::{Method, Request, Response};

/// The host of the sandbox's own door.
pub const HOST: &str = "sandbox.localhost";

/// Answers a request at the sandbox's own door.
pub(super) fn handle(cloud: &mut Cloud, request: &Request) -> Response {
    let body = request.body.as_json().unwrap_or(&Json::Null);
    match (request.method, request.path.as_str()) {
        (Method::Get, "/state") => state(cloud, request.query_value("project")),
        (Method::Post, "/reset") => {
            reset(cloud);
            Response::json(200, json!({}))
        }
        (Method::Post, "/faults") => faults(cloud, body),
        (Method::Delete, "/faults") => {
            cloud.faults.clear();
            Response::json(200, json!({}))
        }
        (Method::Post, "/settings") => settings(cloud, body),
        (Method::Post, "/release") => {
            serverless::release_all(cloud);
            Response::json(200, json!({}))
        }
        _ => Response::json(404, json!({"error": {"code": 404, "message": "the sandbox has no such door"}})),
    }
}

fn state(cloud: &Cloud, project: Option<&str>) -> Response {
    let state: serde_json::Map<String, Json> = match project {
        Some(project) => {
            cloud.resources_of(project).into_iter().map(|(key, document)| (key.to_owned(), document.clone())).collect()
        }
        None => cloud.store.all().iter().map(|(key, document)| (key.clone(), document.clone())).collect(),
    };
    Response::json(200, Json::Object(state))
}

/// Empties the cloud; ids go on, so that nothing comes back under the same one.
fn reset(cloud: &mut Cloud) {
    for key in cloud.store.keys_under("") {
        cloud.index_operation(&key, None);
        cloud.store.remove(&key);
    }
    let mut fresh = Cloud::new(cloud.ids.seed, cloud.settings.clone());
    (fresh.ids, fresh.now) = (cloud.ids, cloud.now);
    std::mem::swap(&mut fresh.store, &mut cloud.store);
    *cloud = fresh;
}

fn faults(cloud: &mut Cloud, body: &Json) -> Response {
    match serde_json::from_value::<Vec<Rule>>(body.clone()) {
        Ok(rules) => {
            rules.into_iter().for_each(|rule| cloud.faults.add(rule));
            Response::json(200, json!({}))
        }
        Err(error) => Response::json(400, json!({"error": {"code": 400, "message": error.to_string()}})),
    }
}

fn settings(cloud: &mut Cloud, body: &Json) -> Response {
    match body["pace"].as_str() {
        Some("instant") => cloud.settings.pace = Pace::Instant,
        Some("timed") => cloud.settings.pace = Pace::Timed,
        _ => {}
    }
    match body["projects"].as_str() {
        Some("onUse") => cloud.settings.projects = Projects::OnUse,
        Some("strict") => cloud.settings.projects = Projects::Strict,
        _ => {}
    }
    if let Some(ms) = body["propagationMs"].as_i64() {
        cloud.settings.propagation_ms = ms;
    }
    Response::json(200, json!({}))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::cloud::Settings;
    use super::super::handle::handle;
    use super::*;

    #[test]
    fn reset_leaves_nothing_and_is_a_change() {
        let mut cloud = Cloud::new(1, Settings::default());
        cloud.make_project("demo-project-1");
        cloud.store.take_changes();
        handle(&mut cloud, Timestamp::UNIX_EPOCH, Request::new(Method::Post, HOST, "/reset"));
        assert!(cloud.project("demo-project-1").is_none());
        assert!(cloud.store.take_changes().iter().all(|(_, document)| document.is_none()));
    }
}
