use super::super::cloud::{Projects, Settings};
use super::*;
use crate::wire::ApiError;

fn cloud() -> Cloud {
    Cloud::new(1, Settings::default())
}

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn list_networks() -> Request {
    Request::get("compute.googleapis.com", "/compute/v1/projects/demo-project-1/global/networks")
}

#[test]
fn an_api_that_is_not_enabled_says_so_with_service_and_consumer() {
    let mut cloud = cloud();
    let response = handle(&mut cloud, now(), list_networks());
    let error = ApiError::from_response(&response);
    assert_eq!((error.status, error.reason.as_deref()), (403, Some("SERVICE_DISABLED")));
    assert_eq!(error.metadata("service"), Some("compute.googleapis.com"));
    let number = cloud.project("demo-project-1").unwrap().number;
    assert_eq!(error.metadata("consumer"), Some(format!("projects/{number}").as_str()));
    let body = response.body.as_json().unwrap();
    assert_eq!(body["error"]["errors"][0]["reason"], "accessNotConfigured");
}

#[test]
fn the_project_that_pays_needs_the_api_too() {
    let mut cloud = cloud();
    cloud.make_project("demo-project-1");
    cloud.set_enabled("demo-project-1", "compute.googleapis.com", "ENABLED");
    let request = list_networks().header("x-goog-user-project", "other-project");
    let error = ApiError::from_response(&handle(&mut cloud, now(), request));
    let other = cloud.project("other-project").unwrap().number;
    assert_eq!(error.metadata("consumer"), Some(format!("projects/{other}").as_str()));
}

#[test]
fn a_project_that_nobody_made_is_refused_where_projects_are_strict() {
    let mut cloud = cloud();
    cloud.settings.projects = Projects::Strict;
    let error = ApiError::from_response(&handle(&mut cloud, now(), list_networks()));
    assert_eq!((error.status, error.reason.as_deref()), (403, Some("CONSUMER_INVALID")));
    let get = Request::get("cloudresourcemanager.googleapis.com", "/v1/projects/demo-project-1");
    let error = ApiError::from_response(&handle(&mut cloud, now(), get));
    assert_eq!((error.status, error.message.as_str()), (403, "The caller does not have permission"));
}

#[test]
fn a_path_that_google_does_not_have_answers_a_page() {
    let response = handle(&mut cloud(), now(), Request::get("run.googleapis.com", "/v7/projects"));
    assert_eq!(response.status, 404);
    assert!(response.header_value("content-type").unwrap().starts_with("text/html"));
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let mut cloud = cloud();
    let mut request = Request::new(
        crate::wire::Method::Post,
        "serviceusage.googleapis.com",
        "/v1/projects/demo-project-1/services/run.googleapis.com:enable",
    );
    request.body = Body::Bytes(b"{oops".to_vec());
    let error = ApiError::from_response(&handle(&mut cloud, now(), request));
    assert_eq!(error.status, 400);
    assert!(error.message.starts_with("Invalid JSON payload received."));
}
