use serde_json::json;

use crate::sandbox::cloud::{Cloud, Settings};
use crate::sandbox::handle::handle;
use crate::wire::http::Body;
use crate::wire::{Method, Request, Response};

const HOST: &str = "storage.googleapis.com";

fn bucket() -> Cloud {
    let mut cloud = Cloud::new(1, Settings::default());
    cloud.make_project("demo-project-1");
    let body = json!({
        "name": "records-1", "location": "us-central1", "versioning": {"enabled": true},
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": true}}
    });
    let made = send(
        &mut cloud,
        Request::new(Method::Post, HOST, "/storage/v1/b").query("project", "demo-project-1").json(body),
    );
    assert_eq!(made.status, 200, "{:?}", made.body);
    cloud
}

fn send(cloud: &mut Cloud, request: Request) -> Response {
    let now = cloud.now;
    handle(cloud, now, request)
}

fn write(cloud: &mut Cloud, name: &str, over: &str, text: &str) -> Response {
    let mut upload = Request::new(Method::Post, HOST, "/upload/storage/v1/b/records-1/o")
        .query("uploadType", "media")
        .query("name", name)
        .query("ifGenerationMatch", over)
        .header("content-type", "application/json");
    upload.body = Body::Bytes(text.as_bytes().to_vec());
    send(cloud, upload)
}

fn generation(response: &Response) -> String {
    response.body.as_json().unwrap()["generation"].as_str().unwrap().to_owned()
}

fn read(cloud: &mut Cloud, path: &str) -> Response {
    send(cloud, Request::get(HOST, format!("/storage/v1/b/records-1/o/{path}")).query("alt", "media"))
}

#[test]
fn contents_come_back_as_they_were_written() {
    let mut cloud = bucket();
    let text = "{ \"spaces\":   \"stay\" }\n";
    assert_eq!(write(&mut cloud, "stack/inventory.json", "0", text).status, 200);
    let got = read(&mut cloud, "stack%2Finventory.json");
    assert_eq!(got.body, Body::Bytes(text.as_bytes().to_vec()));
    assert_eq!(got.header_value("content-type"), Some("application/json"));
    assert_eq!(read(&mut cloud, "nothing").status, 404);
}

#[test]
fn generations_guard_against_other_writers() {
    let mut cloud = bucket();
    let first = generation(&write(&mut cloud, "lock", "0", "a"));
    let refused = write(&mut cloud, "lock", "0", "b");
    assert_eq!(refused.status, 412);
    assert_eq!(refused.body.as_json().unwrap()["error"]["errors"][0]["reason"], "conditionNotMet");
    let second = generation(&write(&mut cloud, "lock", &first, "c"));
    assert!(second > first);
    assert_eq!(write(&mut cloud, "lock", &first, "d").status, 412);
    let delete = Request::new(Method::Delete, HOST, "/storage/v1/b/records-1/o/lock");
    assert_eq!(send(&mut cloud, delete.clone().query("ifGenerationMatch", first.clone())).status, 412);
    assert_eq!(send(&mut cloud, delete.query("ifGenerationMatch", second)).status, 204);
    assert_eq!(read(&mut cloud, "lock").status, 404);
    let old = Request::get(HOST, "/storage/v1/b/records-1/o/lock").query("alt", "media").query("generation", first);
    assert_eq!(send(&mut cloud, old).body, Body::Bytes(b"a".to_vec()), "the bucket is versioned");
}

#[test]
fn lists_have_prefixes_pages_and_a_mask() {
    let mut cloud = bucket();
    for name in ["a/1", "a/2", "a/b/3", "c"] {
        write(&mut cloud, name, "0", "x");
    }
    let list = |query: &[(&str, &str)]| {
        query.iter().fold(Request::get(HOST, "/storage/v1/b/records-1/o"), |request, (name, value)| {
            request.query(*name, *value)
        })
    };
    let all = send(&mut cloud, list(&[("prefix", "a/"), ("fields", "items(name),nextPageToken")]));
    assert_eq!(all.body.as_json().unwrap(), &json!({"items": [{"name": "a/1"}, {"name": "a/2"}, {"name": "a/b/3"}]}));
    let folders = send(&mut cloud, list(&[("prefix", "a/"), ("delimiter", "/")]));
    assert_eq!(folders.body.as_json().unwrap()["prefixes"], json!(["a/b/"]));
    let page = send(&mut cloud, list(&[("maxResults", "3")]));
    assert!(page.body.as_json().unwrap()["nextPageToken"].is_string());
}

#[test]
fn buckets_are_unique_and_go_only_when_empty() {
    let mut cloud = bucket();
    let again = Request::new(Method::Post, HOST, "/storage/v1/b").query("project", "demo-project-1");
    assert_eq!(send(&mut cloud, again.json(json!({"name": "records-1"}))).status, 409);
    write(&mut cloud, "a", "0", "x");
    let delete = Request::new(Method::Delete, HOST, "/storage/v1/b/records-1");
    assert_eq!(send(&mut cloud, delete.clone()).status, 409);
    let get = send(&mut cloud, Request::get(HOST, "/storage/v1/b/records-1"));
    assert_eq!(get.body.as_json().unwrap()["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], true);
    let patch = Request::new(Method::Patch, HOST, "/storage/v1/b/records-1").json(json!({"labels": {"a": "b"}}));
    assert_eq!(send(&mut cloud, patch).body.as_json().unwrap()["metageneration"], "2");
    let policy = Request::new(Method::Put, HOST, "/storage/v1/b/records-1/iam")
        .json(json!({"bindings": [{"role": "roles/storage.objectViewer", "members": ["user:a@example.com"]}]}));
    assert_eq!(send(&mut cloud, policy).body.as_json().unwrap()["kind"], "storage#policy");
}
