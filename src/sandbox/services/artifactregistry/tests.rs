use serde_json::json;

use super::*;
use crate::sandbox::cloud::{Cloud, Images, Settings};
use crate::sandbox::handle::handle;
use crate::wire::{Method, Request, Response};

const HOST: &str = "artifactregistry.googleapis.com";
const REPOSITORY: &str = "/v1/projects/demo-project-1/locations/us-central1/repositories/r";

fn cloud() -> Cloud {
    let mut cloud = Cloud::new(1, Settings::default());
    cloud.make_project("demo-project-1");
    cloud.set_enabled("demo-project-1", HOST, "ENABLED");
    cloud
}

fn send(cloud: &mut Cloud, method: Method, path: &str, body: Json) -> Response {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut request = Request::new(method, HOST, path);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap();
        request = request.query(name, value);
    }
    let request = if body.is_null() { request } else { request.json(body) };
    let now = cloud.now;
    handle(cloud, now, request)
}

fn get(cloud: &mut Cloud, path: &str) -> Json {
    send(cloud, Method::Get, path, Json::Null).body.as_json().cloned().unwrap_or_default()
}

fn finish(cloud: &mut Cloud, begun: &Response) -> Json {
    let name = begun.body.as_json().unwrap()["name"].as_str().unwrap().to_owned();
    assert!(get(cloud, &format!("/v1/{name}")).get("done").is_none());
    get(cloud, &format!("/v1/{name}"))
}

fn made(cloud: &mut Cloud, body: Json) -> Json {
    let begun = send(
        cloud,
        Method::Post,
        "/v1/projects/demo-project-1/locations/us-central1/repositories?repositoryId=r",
        body,
    );
    assert_eq!(begun.status, 200, "{:?}", begun.body);
    finish(cloud, &begun)
}

#[test]
fn names_of_images_are_taken_apart() {
    let image = parse("us-central1-docker.pkg.dev/p/r/team/server:v1").unwrap();
    assert_eq!((image.name.as_str(), image.tag.as_deref(), image.digest), ("team/server", Some("v1"), None));
    let pinned = parse("europe-docker.pkg.dev/p/r/server@sha256:ab").unwrap();
    assert_eq!((pinned.location.as_str(), pinned.digest.as_deref()), ("europe", Some("sha256:ab")));
    assert_eq!(parse("docker.io/library/postgres:15"), None);
}

#[test]
fn a_pushed_image_is_listed_tagged_and_deleted() {
    let mut cloud = cloud();
    made(&mut cloud, json!({"format": "DOCKER", "mode": "MODE_UNSPECIFIED"}));
    let image = parse("us-central1-docker.pkg.dev/demo-project-1/r/team/server:v1").unwrap();
    assert!(push(&mut cloud, &image, "sha256:aa", 10, "m"));
    assert!(push(&mut cloud, &image, "sha256:bb", 10, "m"), "the tag moves");
    let images = get(&mut cloud, &format!("{REPOSITORY}/dockerImages"))["dockerImages"].clone();
    assert_eq!(images.as_array().unwrap().len(), 2);
    assert_eq!(images[0].get("tags"), None);
    assert_eq!(images[1]["tags"], json!(["v1"]));
    assert_eq!(images[1]["uri"], "us-central1-docker.pkg.dev/demo-project-1/r/team/server@sha256:bb");
    let one = get(&mut cloud, &format!("{REPOSITORY}/dockerImages/team%2Fserver@sha256:bb"));
    assert_eq!(one["name"], images[1]["name"]);
    let tagged = format!("{REPOSITORY}/packages/team%2Fserver/versions/sha256:bb");
    assert_eq!(send(&mut cloud, Method::Delete, &tagged, Json::Null).status, 400);
    let begun = send(&mut cloud, Method::Delete, &format!("{REPOSITORY}/packages/team%2Fserver"), Json::Null);
    assert_eq!(finish(&mut cloud, &begun)["response"]["@type"], "type.googleapis.com/google.protobuf.Empty");
    assert_eq!(get(&mut cloud, &format!("{REPOSITORY}/packages")), json!({}));
    let again = send(&mut cloud, Method::Delete, &format!("{REPOSITORY}/packages/team%2Fserver"), Json::Null);
    assert_eq!(again.status, 404);
}

#[test]
fn a_deployed_image_is_taken_to_exist_unless_the_cloud_is_strict() {
    let mut cloud = cloud();
    made(&mut cloud, json!({"format": "DOCKER"}));
    let reference = "us-central1-docker.pkg.dev/demo-project-1/r/server:v1";
    cloud.settings.images = Images::Strict;
    assert_eq!(deployed(&mut cloud, reference), None);
    cloud.settings.images = Images::Trusted;
    let digest = deployed(&mut cloud, reference).unwrap();
    assert!(digest.starts_with("sha256:") && digest.len() == 71);
    cloud.settings.images = Images::Strict;
    assert_eq!(deployed(&mut cloud, reference), Some(digest), "now it is in the repository");
}

#[test]
fn what_a_mode_does_not_take_and_what_never_changes_is_refused() {
    let mut cloud = cloud();
    let create = "/v1/projects/demo-project-1/locations/us-central1/repositories?repositoryId=v";
    let remote = json!({"format": "DOCKER", "mode": "REMOTE_REPOSITORY"});
    assert_eq!(send(&mut cloud, Method::Post, create, remote).status, 400);
    let upstream = json!({"upstreamPolicies": [{"id": "u", "repository": "projects/demo-project-1/locations/us-central1/repositories/none"}]});
    let virtual_one = json!({"format": "DOCKER", "mode": "VIRTUAL_REPOSITORY", "virtualRepositoryConfig": upstream});
    assert_eq!(send(&mut cloud, Method::Post, create, virtual_one).status, 400);
    made(&mut cloud, json!({"format": "DOCKER", "cleanupPolicies": {"old": {"action": "DELETE"}}}));
    let twice = "/v1/projects/demo-project-1/locations/us-central1/repositories?repositoryId=r";
    assert_eq!(send(&mut cloud, Method::Post, twice, json!({"format": "DOCKER"})).status, 409);
    let changed = send(&mut cloud, Method::Patch, &format!("{REPOSITORY}?updateMask=format"), json!({"format": "NPM"}));
    assert_eq!(changed.status, 400);
    let described = send(
        &mut cloud,
        Method::Patch,
        &format!("{REPOSITORY}?updateMask=description,cleanupPolicies"),
        json!({"description": "d"}),
    );
    let described = described.body.as_json().unwrap();
    assert_eq!((&described["description"], described.get("cleanupPolicies")), (&json!("d"), None));
}
