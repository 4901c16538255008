use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::sandbox::cloud::{Cloud, Settings};
use crate::sandbox::handle::handle;
use crate::wire::{Method, Request};

fn send(cloud: &mut Cloud, request: Request) -> (u16, Json) {
    let response = handle(cloud, Timestamp::UNIX_EPOCH, request);
    (response.status, response.body.as_json().cloned().unwrap_or_default())
}

fn post(cloud: &mut Cloud, path: &str, body: Json) -> (u16, Json) {
    let path = format!("/v1/projects/demo-project-1/{path}");
    send(cloud, Request::new(Method::Post, "serviceusage.googleapis.com", path).json(body))
}

fn get(cloud: &mut Cloud, path: &str) -> (u16, Json) {
    send(cloud, Request::get("serviceusage.googleapis.com", format!("/v1/{path}")))
}

#[test]
fn enabling_goes_through_an_operation_as_recorded() {
    let mut cloud = Cloud::new(1, Settings::default());
    let number = cloud.make_project("demo-project-1").number;
    let (status, begun) = post(&mut cloud, "services/run.googleapis.com:enable", json!({}));
    let name = begun["name"].as_str().unwrap().to_owned();
    assert_eq!((status, &begun), (200, &json!({ "name": name })));
    assert!(name.starts_with(&format!("operations/acat.p2-{number}-")));
    let running = json!({"name": name, "metadata": {"@type": "type.googleapis.com/google.protobuf.Empty"}});
    assert_eq!(get(&mut cloud, &name).1, running);
    let (_, done) = get(&mut cloud, &name);
    assert_eq!(done["done"], true);
    assert_eq!(done["response"]["service"]["name"], format!("projects/{number}/services/run.googleapis.com"));
    assert_eq!(get(&mut cloud, &format!("projects/{number}/services/run.googleapis.com")).1["state"], "ENABLED");
    let (_, again) = post(&mut cloud, "services/run.googleapis.com:enable", json!({}));
    assert_eq!((&again["name"], &again["done"]), (&json!("operations/noop.DONE_OPERATION"), &json!(true)));
}

#[test]
fn a_batch_is_enabled_together_and_a_slip_refused() {
    let mut cloud = Cloud::new(1, Settings::default());
    let services = json!({"serviceIds": ["run.googleapis.com", "sqladmin.googleapis.com"]});
    let (_, begun) = post(&mut cloud, "services:batchEnable", services);
    let name = begun["name"].as_str().unwrap().to_owned();
    get(&mut cloud, &name);
    assert_eq!(get(&mut cloud, &name).1["response"]["services"].as_array().unwrap().len(), 2);
    assert!(cloud.is_enabled("demo-project-1", "sqladmin.googleapis.com"));
    let (status, refused) = post(&mut cloud, "services:batchEnable", json!({"serviceIds": ["runn.googleapis.com"]}));
    assert_eq!(status, 403);
    let reason = &refused["error"]["details"][0]["reason"];
    assert_eq!(reason, "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED");
    assert_eq!(post(&mut cloud, "services:batchEnable", json!({})).0, 400);
}

#[test]
fn lists_come_in_pages_and_honour_filter_and_fields() {
    let mut cloud = Cloud::new(1, Settings::default());
    cloud.make_project("demo-project-1");
    let list = |cloud: &mut Cloud, token: Option<&str>| {
        let mut request = Request::get("serviceusage.googleapis.com", "/v1/projects/demo-project-1/services")
            .query("fields", "services/name,nextPageToken");
        request.query.extend(token.map(|token| ("pageToken".to_owned(), token.to_owned())));
        send(cloud, request).1
    };
    let first = list(&mut cloud, None);
    assert_eq!(first["services"].as_array().unwrap().len(), 49);
    assert_eq!(first["services"][0].as_object().unwrap().len(), 1);
    let second = list(&mut cloud, first["nextPageToken"].as_str());
    assert_ne!(first["services"][0], second["services"][0]);
    let request = Request::get("serviceusage.googleapis.com", "/v1/projects/demo-project-1/services");
    let enabled = send(&mut cloud, request.query("filter", "state:ENABLED")).1;
    assert!(enabled["services"].as_array().unwrap().iter().all(|service| service["state"] == "ENABLED"));
    assert_eq!(enabled["services"].as_array().unwrap().len(), 20);
}
