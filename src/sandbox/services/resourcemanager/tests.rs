use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::sandbox::cloud::{Cloud, Projects, Settings};
use crate::sandbox::handle::handle;
use crate::wire::{Method, Request};

fn send(cloud: &mut Cloud, method: Method, path: &str, body: Json) -> (u16, Json) {
    let mut request = Request::new(method, "cloudresourcemanager.googleapis.com", path);
    if !body.is_null() {
        request = request.json(body);
    }
    let at: Timestamp = "2024-04-30T17:16:39.043644Z".parse().unwrap();
    let response = handle(cloud, at, request);
    (response.status, response.body.as_json().cloned().unwrap_or_default())
}

fn cloud() -> Cloud {
    Cloud::new(1, Settings { projects: Projects::Strict, ..Settings::default() })
}

#[test]
fn a_project_is_made_changed_and_deleted_as_recorded() {
    let mut cloud = cloud();
    let path = "/v1/projects/demo-project-1";
    assert_eq!(send(&mut cloud, Method::Get, path, Json::Null).0, 403);
    let labels = json!({"managed-by": "me"});
    let parent = json!({"id": "123450001", "type": "organization"});
    let wanted = json!({"labels": labels, "name": "Demo", "parent": parent, "projectId": "demo-project-1"});
    let (_, begun) = send(&mut cloud, Method::Post, "/v1/projects", wanted);
    let operation = format!("/v1/{}", begun["name"].as_str().unwrap());
    send(&mut cloud, Method::Get, &operation, Json::Null);
    let (_, done) = send(&mut cloud, Method::Get, &operation, Json::Null);
    assert_eq!((&done["done"], &done["metadata"]["ready"]), (&json!(true), &json!(true)));
    let (_, made) = send(&mut cloud, Method::Get, path, Json::Null);
    assert_eq!(
        made,
        json!({"projectNumber": made["projectNumber"], "projectId": "demo-project-1", "lifecycleState": "ACTIVE",
               "name": "Demo", "createTime": "2024-04-30T17:16:39.043644Z", "labels": labels, "parent": parent})
    );
    let mut changed = made.clone();
    changed["name"] = json!("Demo 2");
    assert_eq!(send(&mut cloud, Method::Put, path, changed.clone()), (200, changed));
    let number = made["projectNumber"].as_str().unwrap();
    let (_, v3) = send(&mut cloud, Method::Get, &format!("/v3/projects/{number}"), Json::Null);
    assert_eq!((&v3["displayName"], &v3["parent"]), (&json!("Demo 2"), &json!("organizations/123450001")));
    assert_eq!(send(&mut cloud, Method::Delete, path, Json::Null), (200, json!({})));
    assert_eq!(send(&mut cloud, Method::Get, path, Json::Null).1["lifecycleState"], "DELETE_REQUESTED");
}

#[test]
fn a_policy_is_read_changed_and_written_back() {
    let mut cloud = cloud();
    cloud.make_project("demo-project-1");
    let path = |verb: &str| format!("/v1/projects/demo-project-1:{verb}");
    let options = json!({"options": {"requestedPolicyVersion": 3}});
    let (_, mut policy) = send(&mut cloud, Method::Post, &path("getIamPolicy"), options.clone());
    assert_eq!(policy["bindings"][0]["role"], "roles/owner");
    let added = json!({"role": "roles/viewer", "members": ["user:a@example.com"]});
    policy["bindings"].as_array_mut().unwrap().push(added);
    policy["version"] = json!(3);
    let (status, written) = send(&mut cloud, Method::Post, &path("setIamPolicy"), json!({ "policy": policy }));
    assert_eq!((status, &written["version"]), (200, &json!(1)));
    assert_ne!(written["etag"], policy["etag"]);
    let (status, refused) = send(&mut cloud, Method::Post, &path("setIamPolicy"), json!({ "policy": policy }));
    assert_eq!((status, &refused["error"]["status"]), (409, &json!("ABORTED")));
    let (_, v3) = send(&mut cloud, Method::Post, "/v3/projects/demo-project-1:getIamPolicy", options);
    assert_eq!(v3, written);
}

#[test]
fn an_organisation_policy_is_unset_until_somebody_sets_it() {
    let mut cloud = cloud();
    cloud.make_project("demo-project-1");
    let ask = json!({"constraint": "constraints/sql.restrictPublicIp"});
    let path = "/v1/projects/demo-project-1:getEffectiveOrgPolicy";
    assert_eq!(send(&mut cloud, Method::Post, path, ask.clone()), (200, ask.clone()));
    let policy = json!({"constraint": "constraints/sql.restrictPublicIp", "booleanPolicy": {"enforced": true}});
    let set = "/v1/projects/demo-project-1:setOrgPolicy";
    send(&mut cloud, Method::Post, set, json!({ "policy": policy }));
    assert_eq!(send(&mut cloud, Method::Post, path, ask), (200, policy));
}
