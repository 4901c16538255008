use serde_json::json;

use super::*;
use crate::sandbox::cloud::Settings;
use crate::sandbox::route;
use crate::wire::Method;

const RESOURCE: &str = "run/projects/demo-project-1/locations/l/services/s";

fn cloud() -> Cloud {
    let mut cloud = Cloud::new(1, Settings::default());
    cloud.make_project("demo-project-1");
    cloud
}

fn call<'a>(cloud: &'a mut Cloud, verb: &str, body: Json) -> Call<'a> {
    let path = format!("/v1/projects/demo-project-1:{verb}");
    let route = route::resolve("cloudresourcemanager.googleapis.com", Method::Post, &path).unwrap();
    let project = cloud.project("demo-project-1");
    let mut call = Call::new(cloud, route, project);
    call.body = body;
    call
}

fn write(cloud: &mut Cloud, policy: Json) -> Result<Json, Fault> {
    let mut call = call(cloud, "setIamPolicy", json!({ "policy": policy }));
    set(&mut call, RESOURCE).map(|reply| reply.response.body.as_json().unwrap().clone())
}

fn read(cloud: &mut Cloud, version: i64) -> Json {
    let call = call(cloud, "getIamPolicy", json!({"options": {"requestedPolicyVersion": version}}));
    get(&call, RESOURCE).unwrap().response.body.as_json().unwrap().clone()
}

#[test]
fn a_stale_etag_is_refused_and_the_current_one_accepted_in_either_alphabet() {
    let mut cloud = cloud();
    let first = write(&mut cloud, json!({"etag": "ACAB", "bindings": []})).unwrap();
    let fault = write(&mut cloud, json!({"etag": "ACAB", "bindings": []})).unwrap_err();
    assert_eq!((fault.status, fault.canonical), (409, "ABORTED"));
    // Bytes that need `+` and `/` in one alphabet, `-` and `_` in the other.
    cloud.store.put(key(RESOURCE), json!({"etag": "+/+/AAAA"}));
    assert!(write(&mut cloud, json!({"etag": "-_-_AAAA", "bindings": []})).is_ok());
    assert_eq!(first["bindings"], Json::Null);
    assert_eq!(first["version"], 1);
}

#[test]
fn bindings_of_a_role_are_merged_and_members_checked() {
    let mut cloud = cloud();
    let policy = json!({"bindings": [
        {"role": "roles/viewer", "members": ["user:b@example.com"]},
        {"role": "roles/editor", "members": ["user:a@example.com"]},
        {"role": "roles/viewer", "members": ["user:a@example.com", "user:b@example.com"]},
        {"role": "roles/owner", "members": []},
    ]});
    let written = write(&mut cloud, policy).unwrap();
    assert_eq!(
        written["bindings"],
        json!([
            {"role": "roles/editor", "members": ["user:a@example.com"]},
            {"role": "roles/viewer", "members": ["user:a@example.com", "user:b@example.com"]},
        ])
    );
    let one = |member: &str| json!({"bindings": [{"role": "roles/viewer", "members": [member]}]});
    let fault = write(&mut cloud, one("somebody@example.com")).unwrap_err();
    assert!(fault.message.contains("is of an unknown type"));
    let missing = "serviceAccount:nobody@demo-project-1.iam.gserviceaccount.com";
    let fault = write(&mut cloud, one(missing)).unwrap_err();
    assert_eq!(fault.message, "Service account nobody@demo-project-1.iam.gserviceaccount.com does not exist.");
    assert!(write(&mut cloud, one("serviceAccount:service-1@gcp-sa-run.iam.gserviceaccount.com")).is_ok());
}

#[test]
fn conditions_need_version_3_to_be_written_and_to_be_read() {
    let mut cloud = cloud();
    let condition = json!({"title": "t", "expression": "request.time < timestamp('2030-01-01T00:00:00Z')"});
    let binding = json!({"role": "roles/viewer", "members": ["user:a@example.com"], "condition": condition});
    assert_eq!(write(&mut cloud, json!({"version": 1, "bindings": [binding]})).unwrap_err().status, 400);
    let written = write(&mut cloud, json!({"version": 3, "bindings": [binding]})).unwrap();
    assert_eq!((&written["version"], &written["bindings"][0]["condition"]), (&json!(3), &condition));
    assert_eq!(read(&mut cloud, 3)["bindings"], written["bindings"]);
    let old = read(&mut cloud, 1);
    assert_eq!(old["version"], 1);
    assert!(old["bindings"][0]["role"].as_str().unwrap().starts_with("roles/viewer_withcond_"));
    assert_eq!(old["bindings"][0].get("condition"), None);
}

#[test]
fn a_deleted_service_account_keeps_its_place_under_its_unique_id() {
    let mut cloud = cloud();
    let email = "a@demo-project-1.iam.gserviceaccount.com";
    cloud.store.put(format!("iam/projects/demo-project-1/serviceAccounts/{email}"), json!({}));
    let member = format!("serviceAccount:{email}");
    write(&mut cloud, json!({"bindings": [{"role": "roles/viewer", "members": [member]}]})).unwrap();
    let before = read(&mut cloud, 3)["etag"].clone();
    let gone = format!("deleted:serviceAccount:{email}?uid=1");
    rename_member(&mut cloud, &member, &gone);
    let policy = read(&mut cloud, 3);
    assert_eq!(policy["bindings"][0]["members"], json!([gone]));
    assert_ne!(policy["etag"], before);
}
