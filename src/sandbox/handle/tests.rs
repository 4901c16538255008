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

/// A path of a method, every variable filled with something.
fn path_of(api: &super::super::discovery::Api, method: &super::super::discovery::ApiMethod) -> String {
    let segments = api.full_path(method);
    let filled =
        segments.split('/').map(|segment| match segment.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some(("project" | "projectsId" | "projectId" | "namespacesId" | "v1Id1", verb)) => {
                format!("demo-project-1{verb}")
            }
            Some(("locationsId" | "region", verb)) => format!("us-central1{verb}"),
            Some(("v1Id", verb)) => format!("projects{verb}"),
            Some((_, verb)) => format!("x1{verb}"),
            None => segment.to_owned(),
        });
    format!("/{}", filled.collect::<Vec<_>>().join("/"))
}

fn verb_of(name: &str) -> crate::wire::Method {
    use crate::wire::Method;
    [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete]
        .into_iter()
        .find(|method| method.as_str() == name)
        .unwrap()
}

#[test]
fn every_method_that_google_documents_is_played_or_named_as_not_played() {
    let (mut played, mut not_played) = (0, Vec::new());
    for api in super::super::discovery::all() {
        let host = if api.name == "sql" { "sqladmin" } else { &api.name };
        for method in &api.methods {
            let mut cloud = cloud();
            cloud.make_project("demo-project-1");
            cloud.set_enabled("demo-project-1", &format!("{host}.googleapis.com"), "ENABLED");
            let mut request =
                Request::new(verb_of(&method.verb), format!("{host}.googleapis.com"), path_of(api, method));
            if method.request.is_some() {
                request = request.json(json!({}));
            }
            let response = handle(&mut cloud, now(), request);
            let answer = response.body.as_json().unwrap_or_else(|| panic!("`{}` answers a page", method.id));
            if response.status == 501 {
                let message = answer["error"]["message"].as_str().unwrap();
                // Google itself does not have some of Service Usage's operations, and says so.
                let googles_own = message == "Operation is not implemented, or supported, or enabled.";
                assert!(googles_own || message.contains(&format!("`{}", method.id)), "{}: {message}", method.id);
                assert_eq!(answer["error"]["status"], "UNIMPLEMENTED", "{message}");
                not_played.push(&method.id);
            } else {
                played += 1;
            }
        }
    }
    assert!(played > 380, "{played} methods are played, these are not: {not_played:#?}");
}

#[test]
fn a_collection_beyond_the_documents_is_not_played_rather_than_not_there() {
    for (host, path, name) in [
        ("compute.googleapis.com", "/compute/v1/projects/demo-project-1/zones", "compute.zones"),
        ("www.googleapis.com", "/compute/beta/projects/demo-project-1/zones/z/instances", "compute.instances"),
        ("iam.googleapis.com", "/v1/roles/run.invoker", "iam.roles"),
        ("cloudresourcemanager.googleapis.com", "/v3/folders", "cloudresourcemanager.folders"),
        ("storage.googleapis.com", "/storage/v1/b/bucket/acl", "storage.acl"),
    ] {
        let response = handle(&mut cloud(), now(), Request::get(host, path));
        let answer = response.body.as_json().unwrap_or_else(|| panic!("`{path}` answers a page"));
        let message = answer["error"]["message"].as_str().unwrap();
        assert_eq!((response.status, &answer["error"]["status"]), (501, &json!("UNIMPLEMENTED")));
        assert!(message.contains(&format!("`{name}`")), "{message}");
    }
}

#[test]
fn a_field_mask_in_the_header_cuts_the_answer_like_the_parameter() {
    let mut cloud = cloud();
    let path = "/v1/projects/demo-project-1/services";
    let services = || Request::get("serviceusage.googleapis.com", path).query("filter", "state:ENABLED");
    let by_header = handle(&mut cloud, now(), services().header("x-goog-fieldmask", "services.name"));
    let by_parameter = handle(&mut cloud, now(), services().query("fields", "services/name"));
    assert_eq!(by_header.body, by_parameter.body);
    let body = by_header.body.as_json().unwrap();
    assert_eq!(body["services"][0].as_object().unwrap().len(), 1, "{body}");
}
