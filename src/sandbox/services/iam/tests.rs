use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::sandbox::cloud::{Cloud, Settings};
use crate::sandbox::handle::handle;
use crate::wire::{Method, Request};

const EMAIL: &str = "prefect-sa@demo-project-1.iam.gserviceaccount.com";

fn send(cloud: &mut Cloud, method: Method, path: &str, body: Json) -> (u16, Json) {
    let mut request = Request::new(method, "iam.googleapis.com", format!("/v1/{path}"));
    if !body.is_null() {
        request = request.json(body);
    }
    let response = handle(cloud, Timestamp::UNIX_EPOCH, request);
    (response.status, response.body.as_json().cloned().unwrap_or_default())
}

fn create(cloud: &mut Cloud) -> (u16, Json) {
    let body = json!({"accountId": "prefect-sa", "serviceAccount": {"displayName": "Prefect"}});
    send(cloud, Method::Post, "projects/demo-project-1/serviceAccounts", body)
}

fn path() -> String {
    format!("projects/demo-project-1/serviceAccounts/{EMAIL}")
}

#[test]
fn an_account_is_made_read_and_deleted_as_recorded() {
    let mut cloud = Cloud::new(1, Settings::default());
    let (status, gone) = send(&mut cloud, Method::Get, &path(), Json::Null);
    assert_eq!(status, 404);
    let listed = json!([{"message": "Unknown service account", "domain": "global", "reason": "notFound"}]);
    assert_eq!(
        gone["error"],
        json!({"code": 404, "message": "Unknown service account", "errors": listed, "status": "NOT_FOUND"})
    );
    let (_, made) = create(&mut cloud);
    let names: Vec<&String> = made.as_object().unwrap().keys().collect();
    assert_eq!(names, ["name", "projectId", "uniqueId", "email", "displayName", "etag", "oauth2ClientId"]);
    assert_eq!(made["uniqueId"].as_str().unwrap().len(), 21);
    let (status, twice) = create(&mut cloud);
    assert_eq!((status, &twice["error"]["status"]), (409, &json!("ALREADY_EXISTS")));
    let message = "Service account prefect-sa already exists within project projects/demo-project-1.";
    assert_eq!(twice["error"]["message"], message);
    let wildcard = format!("projects/-/serviceAccounts/{EMAIL}");
    assert_eq!(send(&mut cloud, Method::Get, &wildcard, Json::Null), (200, made.clone()));
    let by_id = format!("projects/-/serviceAccounts/{}", made["uniqueId"].as_str().unwrap());
    assert_eq!(send(&mut cloud, Method::Get, &by_id, Json::Null), (200, made));
    assert_eq!(send(&mut cloud, Method::Delete, &wildcard, Json::Null), (200, json!({})));
    assert_eq!(send(&mut cloud, Method::Get, &path(), Json::Null).0, 404);
}

#[test]
fn a_patch_answers_with_the_changed_fields_and_the_name() {
    let mut cloud = Cloud::new(1, Settings::default());
    let (_, made) = create(&mut cloud);
    let account = json!({"description": "d", "displayName": "", "etag": made["etag"]});
    let body = json!({"serviceAccount": account, "updateMask": "description,display_name"});
    let (_, patched) = send(&mut cloud, Method::Patch, &path(), body.clone());
    assert_eq!(patched, json!({"description": "d", "name": made["name"]}));
    let (_, read) = send(&mut cloud, Method::Get, &path(), Json::Null);
    assert_eq!((read.get("displayName"), &read["description"]), (None, &json!("d")));
    assert_eq!(send(&mut cloud, Method::Patch, &path(), body).0, 409, "the etag is stale now");
}

#[test]
fn lists_come_in_pages_of_20() {
    let mut cloud = Cloud::new(1, Settings::default());
    for n in 0..25 {
        let body = json!({"accountId": format!("account-{n:02}"), "serviceAccount": {}});
        assert_eq!(send(&mut cloud, Method::Post, "projects/demo-project-1/serviceAccounts", body).0, 200);
    }
    let (_, first) = send(&mut cloud, Method::Get, "projects/demo-project-1/serviceAccounts", Json::Null);
    assert_eq!(first["accounts"].as_array().unwrap().len(), 20);
    assert!(first["nextPageToken"].is_string());
}

#[test]
fn bad_ids_are_refused() {
    let mut cloud = Cloud::new(1, Settings::default());
    for account in ["short", "Upper-case", "9starts-with-digit", "ends-with-", &"x".repeat(31)] {
        let body = json!({"accountId": account, "serviceAccount": {}});
        assert_eq!(send(&mut cloud, Method::Post, "projects/demo-project-1/serviceAccounts", body).0, 400, "{account}");
    }
}

#[test]
fn a_deleted_account_comes_back_under_its_unique_id_and_its_grants_follow() {
    let mut cloud = Cloud::new(1, Settings::default());
    let (_, made) = create(&mut cloud);
    let unique = made["uniqueId"].as_str().unwrap();
    crate::sandbox::policy::seed(
        &mut cloud,
        "policy/projects/demo-project-1",
        vec![json!({"role": "roles/viewer", "members": [format!("serviceAccount:{EMAIL}")]})],
    );
    let member = |cloud: &Cloud| {
        cloud.store.get("policy/projects/demo-project-1/$policy").unwrap()["bindings"][0]["members"][0].clone()
    };
    send(&mut cloud, Method::Delete, &path(), Json::Null);
    assert_eq!(member(&cloud), format!("deleted:serviceAccount:{EMAIL}?uid={unique}"));
    let undelete = format!("projects/demo-project-1/serviceAccounts/{unique}:undelete");
    let (status, restored) = send(&mut cloud, Method::Post, &undelete, json!({}));
    assert_eq!((status, &restored["restoredAccount"]["email"]), (200, &json!(EMAIL)));
    assert_eq!(member(&cloud), format!("serviceAccount:{EMAIL}"));
}

#[test]
fn disabled_is_there_only_while_it_is_so() {
    let mut cloud = Cloud::new(1, Settings::default());
    create(&mut cloud);
    assert_eq!(send(&mut cloud, Method::Post, &format!("{}:disable", path()), json!({})), (200, json!({})));
    assert_eq!(send(&mut cloud, Method::Get, &path(), Json::Null).1["disabled"], true);
    send(&mut cloud, Method::Post, &format!("{}:enable", path()), json!({}));
    assert_eq!(send(&mut cloud, Method::Get, &path(), Json::Null).1.get("disabled"), None);
}

#[test]
fn a_key_shows_its_secret_once() {
    let mut cloud = Cloud::new(1, Settings::default());
    create(&mut cloud);
    let (_, key) = send(&mut cloud, Method::Post, &format!("{}/keys", path()), json!({}));
    assert!(key["privateKeyData"].is_string());
    let (_, read) = send(&mut cloud, Method::Get, key["name"].as_str().unwrap(), Json::Null);
    assert_eq!((read.get("privateKeyData"), &read["name"]), (None, &key["name"]));
    let (_, listed) = send(&mut cloud, Method::Get, &format!("{}/keys", path()), Json::Null);
    assert_eq!(listed["keys"], json!([read]));
    assert_eq!(
        send(&mut cloud, Method::Get, "projects/demo-project-1/serviceAccounts", Json::Null).1["accounts"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_role_of_a_project_is_made_changed_deleted_and_had_back() {
    let mut cloud = Cloud::new(1, Settings::default());
    let roles = "projects/demo-project-1/roles";
    let one = "projects/demo-project-1/roles/deployer";
    let role = json!({"title": "T", "includedPermissions": ["run.services.get"], "stage": "GA"});
    let (status, made) = send(&mut cloud, Method::Post, roles, json!({"roleId": "deployer", "role": role}));
    assert_eq!((status, &made["name"], &made["stage"]), (200, &json!(one), &json!("GA")));
    let twice = send(&mut cloud, Method::Post, roles, json!({"roleId": "deployer", "role": {}}));
    assert_eq!((twice.0, &twice.1["error"]["status"]), (409, &json!("ALREADY_EXISTS")));
    let (_, listed) = send(&mut cloud, Method::Get, roles, Json::Null);
    assert_eq!(listed["roles"][0]["name"], one);
    assert!(listed["roles"][0].get("includedPermissions").is_none(), "{listed}");
    let stale = json!({"title": "U", "etag": "AAAA"});
    assert_eq!(send(&mut cloud, Method::Patch, one, stale).0, 409);
    let (_, changed) = send(&mut cloud, Method::Patch, one, json!({"title": "U", "etag": made["etag"]}));
    assert_eq!((&changed["title"], &changed["includedPermissions"]), (&json!("U"), &json!(["run.services.get"])));
    assert_eq!(send(&mut cloud, Method::Delete, one, Json::Null).1["deleted"], true);
    assert_eq!(send(&mut cloud, Method::Get, roles, Json::Null).1, json!({}));
    let again = send(&mut cloud, Method::Post, roles, json!({"roleId": "deployer", "role": {}}));
    assert_eq!((again.0, &again.1["error"]["status"]), (400, &json!("FAILED_PRECONDITION")));
    let back = send(&mut cloud, Method::Post, &format!("{one}:undelete"), json!({}));
    assert_eq!((back.0, back.1.get("deleted")), (200, None));
    let (status, missing) = send(&mut cloud, Method::Get, "projects/demo-project-1/roles/nobody", Json::Null);
    assert_eq!((status, &missing["error"]["status"]), (404, &json!("NOT_FOUND")));
}
