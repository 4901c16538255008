//! The judge judges: right requests pass, each kind of wrong one is refused.

use serde_json::{Value as Json, json};
use stackctl_judge::{faults, lines};

fn line(method: &str, host: &str, path: &str, query: Json, body: Json) -> Json {
    json!({
        "method": method, "host": format!("{host}.googleapis.com"), "path": path, "query": query, "body": body,
        "headers": {"x-goog-user-project": "p"},
    })
}

fn subnetwork(body: Json) -> Json {
    line("POST", "compute", "/compute/v1/projects/p/regions/r/subnetworks", json!({}), body)
}

fn service(query: Json, body: Json) -> Json {
    line("PATCH", "run", "/v2/projects/p/locations/l/services/s", query, body)
}

fn secret(mask: &str) -> Json {
    let body = json!({"labels": {"a": "b"}});
    line("PATCH", "secretmanager", "/v1/projects/p/secrets/s", json!({"updateMask": mask}), body)
}

fn version(data: &str) -> Json {
    let body = json!({"payload": {"data": data}});
    line("POST", "secretmanager", "/v1/projects/p/secrets/s:addVersion", json!({}), body)
}

fn policy(body: Json) -> Json {
    line("POST", "cloudresourcemanager", "/v1/projects/p:setIamPolicy", json!({}), body)
}

fn bucket(query: Json) -> Json {
    line("POST", "storage", "/storage/v1/b", query, json!({"name": "b"}))
}

#[test]
fn right_requests_have_no_fault() {
    let get = |host: &str, path: &str, query: Json| line("GET", host, path, query, Json::Null);
    let bindings = json!([{"role": "roles/viewer", "members": ["allUsers"], "condition": {"expression": "true"}}]);
    let account = json!({"serviceAccount": {"displayName": "x"}, "updateMask": "display_name,description"});
    let account =
        line("PATCH", "iam", "/v1/projects/p/serviceAccounts/a@p.iam.gserviceaccount.com", json!({}), account);
    let right = [
        subnetwork(json!({"name": "s", "ipCidrRange": "10.0.0.0/24", "enableFlowLogs": false})),
        get("us-central1-run", "/v2/projects/p/locations/l/services/s", json!({})),
        get(
            "compute",
            "/compute/v1/projects/p/global/networks",
            json!({"fields": "items(name,selfLink),nextPageToken"}),
        ),
        get("serviceusage", "/v1/projects/p/services", json!({"fields": "services/name,nextPageToken"})),
        service(json!({"updateMask": "template.containers,labels.a.b"}), json!({"template": {"timeout": "3.5s"}})),
        secret("labels,version_destroy_ttl,versionAliases"),
        version("aGk="),
        policy(json!({"policy": {"bindings": bindings, "etag": "BwYV2pEFkbY=", "version": 3}})),
        account,
        bucket(json!({"project": "p", "predefinedAcl": "private"})),
    ];
    for line in right {
        assert_eq!(faults(&line), [""; 0], "{line}");
    }
}

#[test]
fn every_kind_of_wrong_request_is_refused() {
    let conditional = json!([{"role": "r", "members": ["m"], "condition": {"expression": "true"}}]);
    let mut uncharged = service(json!({}), json!({}));
    uncharged["headers"] = json!({});
    let cases = [
        (line("GET", "example", "/", json!({}), Json::Null), "no discovery document"),
        (line("GET", "compute", "/compute/v1/projects/p/networks", json!({}), Json::Null), "no method"),
        (line("PUT", "compute", "/compute/v1/projects/p/global/networks/n", json!({}), Json::Null), "no method"),
        (line("DELETE", "run", "/v2/projects/p/locations/l/jobs/j", json!({"force": "true"}), Json::Null), "`force`"),
        (service(json!({"validateOnly": "yes"}), json!({})), "`yes` is no boolean"),
        (bucket(json!({"project": "p", "projection": "all"})), "not one of Google's values"),
        (bucket(json!({})), "parameter `project` is missing"),
        (subnetwork(json!({"ipRange": "x"})), "`Subnetwork.ipRange` is not in Google's schema"),
        (subnetwork(json!({"privateIpGoogleAccess": "yes"})), "is no boolean"),
        (subnetwork(json!({"secondaryIpRanges": {}})), "is no list"),
        (subnetwork(json!({"purpose": "PUBLIC"})), "not one of Google's values"),
        (subnetwork(json!({"gatewayAddress": "10.0.0.1"})), "is output only"),
        (service(json!({}), json!({"template": {"timeout": "5m"}})), "is no duration"),
        (service(json!({}), json!({"template": {"maxInstanceRequestConcurrency": 3_000_000_000_u64}})), "int32"),
        (service(json!({"updateMask": "template.nothing"}), json!({})), "there is no field `nothing`"),
        (service(json!({"updateMask": "labels,uri"}), json!({})), "`uri` is output only"),
        (secret("lables"), "there is no field `lables`"),
        (line("PATCH", "secretmanager", "/v1/projects/p/secrets/s", json!({}), json!({})), "`updateMask` is missing"),
        (version("not base64!"), "is not base64"),
        (version("‹redacted›"), "is not base64"),
        (policy(json!({"policy": {"bindings": []}})), "`policy.etag` is missing"),
        (policy(json!({"policy": {"bindings": conditional, "etag": "a"}})), "no version 3"),
        (line("POST", "cloudresourcemanager", "/v1/projects/p:getIamPolicy", json!({}), json!({})), "in version 3"),
        (uncharged, "`x-goog-user-project` is missing"),
    ];
    for (line, expected) in &cases {
        let found = faults(line);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}: {found:?}\n{line}");
    }
}

#[test]
fn times_and_64_bit_numbers_have_their_spelling() {
    let with = |body: Json| line("POST", "secretmanager", "/v1/projects/p/secrets", json!({"secretId": "s"}), body);
    let body = |field: &str, value: Json| with(json!({"replication": {"automatic": {}}, field: value}));
    assert_eq!(faults(&body("expireTime", json!("2026-11-22T01:02:03.5Z"))), [""; 0]);
    assert_eq!(faults(&body("expireTime", json!("2026-11-22T01:02:03+02:00"))), [""; 0]);
    assert_eq!(faults(&body("versionAliases", json!({"a": "3"}))), [""; 0]);
    for (field, value) in [("expireTime", json!("2026-11-22")), ("versionAliases", json!({"a": "three"}))] {
        assert_eq!(faults(&body(field, value.clone())).len(), 1, "{field}: {value}");
    }
    assert_eq!(faults(&body("versionAliases", json!({"a": 3}))).len(), 1, "64-bit integers are strings");
}

#[test]
fn lists_are_read_to_their_end_and_operations_where_they_are() {
    let list = |query: Json, answer: Json| {
        let mut line = line("GET", "run", "/v2/projects/p/locations/l/services", query, Json::Null);
        line["response"] = answer;
        line
    };
    let first = list(json!({}), json!({"services": [], "nextPageToken": "two"}));
    assert_eq!(lines(&[first.clone(), list(json!({"pageToken": "two"}), json!({}))]).faults, [""; 0]);
    let cut = lines(&[first, list(json!({"pageToken": "three"}), json!({}))]).faults;
    assert!(cut.len() == 1 && cut[0].contains("next page"), "{cut:?}");

    let mut made = subnetwork(json!({"name": "s"}));
    let link = "https://www.googleapis.com/compute/v1/projects/p/regions/r/operations/o";
    made["response"] = json!({"kind": "compute#operation", "name": "o", "selfLink": link});
    let poll = |path: &str| {
        line("GET", "compute", &format!("/compute/v1/projects/p/{path}/operations/o"), json!({}), Json::Null)
    };
    assert_eq!(lines(&[made.clone(), poll("regions/r")]).faults, [""; 0]);
    assert_eq!(lines(&[made, poll("global")]).faults.len(), 1);
}
