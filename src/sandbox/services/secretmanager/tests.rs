use serde_json::{Value as Json, json};

use crate::sandbox::services::caller::{Caller, canonical};
use crate::wire::Method;

const SECRETS: &str = "secretmanager/v1/projects/demo-project-1/secrets";
const SECRET: &str = "secretmanager/v1/projects/demo-project-1/secrets/login";

/// A caller with a secret `login` and as many versions, `value-1` and on.
fn with_versions(count: usize) -> Caller {
    let mut caller = Caller::new(&["secretmanager"]);
    let body = json!({"replication": {"automatic": {}}});
    assert_eq!(caller.send(Method::Post, &format!("{SECRETS}?secretId=login"), body).0, 200);
    for _ in 0..count {
        // "value"
        let body = json!({"payload": {"data": "dmFsdWU="}});
        assert_eq!(caller.send(Method::Post, &format!("{SECRET}:addVersion"), body).0, 200);
    }
    caller
}

#[test]
fn a_secret_is_named_by_the_projects_number_and_has_a_quoted_etag() {
    let mut caller = with_versions(0);
    let (_, secret) = caller.get(SECRET);
    assert_eq!(secret["name"], format!("projects/{}/secrets/login", caller.number()));
    assert!(secret["etag"].as_str().unwrap().starts_with("\"1"), "{secret}");
    let by_number = format!("secretmanager/v1/projects/{}/secrets/login", caller.number());
    assert_eq!(caller.get(&by_number), (200, secret));
    let twice =
        caller.send(Method::Post, &format!("{SECRETS}?secretId=login"), json!({"replication": {"automatic": {}}}));
    assert_eq!(canonical(&twice), (409, "ALREADY_EXISTS"));
    let missing = caller.get(&format!("{SECRETS}/nothing"));
    assert_eq!(canonical(&missing), (404, "NOT_FOUND"));
    assert_eq!(
        missing.1["error"]["message"],
        format!("Secret [projects/{}/secrets/nothing] not found.", caller.number())
    );
    assert!(missing.1["error"].get("errors").is_none(), "{}", missing.1);
    let without = caller.send(Method::Post, &format!("{SECRETS}?secretId=other"), json!({}));
    assert_eq!(canonical(&without), (400, "INVALID_ARGUMENT"));
}

#[test]
fn a_version_is_read_as_it_was_written_with_its_checksum() {
    let mut caller = with_versions(2);
    for version in ["1", "latest"] {
        let (status, access) = caller.get(&format!("{SECRET}/versions/{version}:access"));
        assert_eq!((status, &access["payload"]["data"]), (200, &json!("dmFsdWU=")));
        // CRC-32C of "value".
        assert_eq!(access["payload"]["dataCrc32c"], crc32c::crc32c(b"value").to_string());
    }
    let (_, latest) = caller.get(&format!("{SECRET}/versions/latest"));
    assert!(latest["name"].as_str().unwrap().ends_with("/versions/2"), "{latest}");
    assert!(latest.get("payload").is_none() && !latest.to_string().contains("dmFsdWU"), "{latest}");
    let wrong = json!({"payload": {"data": "dmFsdWU=", "dataCrc32c": "1"}});
    assert_eq!(
        canonical(&caller.send(Method::Post, &format!("{SECRET}:addVersion"), wrong)),
        (400, "INVALID_ARGUMENT")
    );
    assert_eq!(canonical(&caller.get(&format!("{SECRET}/versions/9:access"))), (404, "NOT_FOUND"));
}

#[test]
fn a_version_that_is_off_or_destroyed_cannot_be_read() {
    let mut caller = with_versions(1);
    let version = format!("{SECRET}/versions/1");
    let secret_etag = caller.get(SECRET).1["etag"].clone();
    let (_, enabled) = caller.get(&version);
    let (_, off) = caller.send(Method::Post, &format!("{version}:disable"), json!({}));
    assert_eq!(off["state"], "DISABLED");
    assert_ne!(off["etag"], enabled["etag"]);
    assert_eq!(canonical(&caller.get(&format!("{version}:access"))), (400, "FAILED_PRECONDITION"));
    let stale = json!({"etag": enabled["etag"]});
    assert_eq!(
        canonical(&caller.send(Method::Post, &format!("{version}:enable"), stale)),
        (400, "FAILED_PRECONDITION")
    );
    caller.send(Method::Post, &format!("{version}:enable"), json!({}));
    assert_eq!(caller.get(&format!("{version}:access")).0, 200);
    let (_, gone) = caller.send(Method::Post, &format!("{version}:destroy"), json!({}));
    assert!(gone["state"] == "DESTROYED" && gone["destroyTime"].is_string(), "{gone}");
    assert_eq!(canonical(&caller.get(&format!("{version}:access"))), (400, "FAILED_PRECONDITION"));
    assert_eq!(
        canonical(&caller.send(Method::Post, &format!("{version}:enable"), json!({}))),
        (400, "FAILED_PRECONDITION")
    );
    assert_eq!(caller.get(SECRET).1["etag"], secret_etag);
    // Numbers are never used again.
    let (_, next) = caller.send(Method::Post, &format!("{SECRET}:addVersion"), json!({"payload": {"data": "eA=="}}));
    assert!(next["name"].as_str().unwrap().ends_with("/versions/2"), "{next}");
}

#[test]
fn an_update_needs_a_mask_and_touches_what_it_names() {
    let mut caller = with_versions(0);
    let body = json!({"labels": {"a": "b"}, "annotations": {"c": "d"}});
    assert_eq!(canonical(&caller.send(Method::Patch, SECRET, body.clone())), (400, "INVALID_ARGUMENT"));
    let (_, changed) = caller.send(Method::Patch, &format!("{SECRET}?updateMask=labels"), body);
    assert_eq!((&changed["labels"], changed.get("annotations")), (&json!({"a": "b"}), None));
    let refused = caller.send(Method::Patch, &format!("{SECRET}?updateMask=replication"), json!({}));
    assert_eq!(canonical(&refused), (400, "INVALID_ARGUMENT"));
    let keyed = json!({"replication": {"automatic": {"customerManagedEncryption": {"kmsKeyName": "k"}}}});
    let (status, changed) = caller.send(Method::Patch, &format!("{SECRET}?updateMask=replication"), keyed.clone());
    assert_eq!((status, &changed["replication"]), (200, &keyed["replication"]));
    let stale = json!({"labels": {}, "etag": "\"1\""});
    let refused = caller.send(Method::Patch, &format!("{SECRET}?updateMask=labels"), stale);
    assert_eq!(canonical(&refused), (400, "FAILED_PRECONDITION"));
}

#[test]
fn a_secret_expires_at_its_time() {
    let mut caller = Caller::new(&["secretmanager"]);
    let body = json!({"replication": {"automatic": {}}, "ttl": "7200s"});
    let (_, made) = caller.send(Method::Post, &format!("{SECRETS}?secretId=login"), body);
    assert!(made["expireTime"].as_str().unwrap().starts_with("2026-01-01T02:00:00"), "{made}");
    assert!(made.get("ttl").is_none());
    caller.pass(1);
    assert_eq!(caller.get(SECRET).0, 200);
    caller.pass(2);
    assert_eq!(caller.get(SECRET).0, 404);
}

#[test]
fn lists_are_cut_into_pages_and_filtered() {
    let mut caller = with_versions(3);
    caller.send(
        Method::Post,
        &format!("{SECRETS}?secretId=other"),
        json!({"replication": {"automatic": {}}, "labels": {"a": "b"}}),
    );
    let (_, first) = caller.get(&format!("{SECRETS}?pageSize=1"));
    assert_eq!((first["secrets"].as_array().unwrap().len(), &first["totalSize"]), (1, &json!(2)));
    let token = first["nextPageToken"].as_str().unwrap();
    let (_, second) = caller.get(&format!("{SECRETS}?pageSize=1&pageToken={token}"));
    assert!(
        second["secrets"][0]["name"].as_str().unwrap().ends_with("/login") && second.get("nextPageToken").is_none()
    );
    let (_, labelled) = caller.get(&format!("{SECRETS}?filter=labels.a=b"));
    assert_eq!(labelled["totalSize"], 1);
    let (_, versions) = caller.get(&format!("{SECRET}/versions?fields=versions/name"));
    assert_eq!(versions["versions"].as_array().unwrap().len(), 3);
    assert_eq!(versions["versions"][0].as_object().unwrap().len(), 1);
}

#[test]
fn a_deleted_secret_takes_its_versions_and_its_policy_along() {
    let mut caller = with_versions(1);
    let policy = json!({"policy": {"bindings": [{"role": "roles/secretmanager.secretAccessor", "members": ["user:a@example.com"]}]}});
    assert_eq!(caller.send(Method::Post, &format!("{SECRET}:setIamPolicy"), policy).0, 200);
    assert_eq!(caller.send(Method::Delete, SECRET, Json::Null), (200, json!({})));
    assert!(caller.cloud.resources_of("demo-project-1").keys().all(|key| !key.contains("/secrets/")));
}
