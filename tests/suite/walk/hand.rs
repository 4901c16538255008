//! A person with curl: reads and changes resources over HTTP as Google's documents say, knowing nothing of the
//! program's kinds.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Map, Value as Json, json};

use crate::registry;

/// The project, region and parent instance of all walks.
pub const PROJECT: &str = "my-project";
pub const REGION: &str = "us-central1";
const INSTANCE: &str = "main";

/// Polls of one operation at most.
const POLLS: usize = 200;

/// What Google alone says of a resource and discovery does not mark so.
const GOOGLES: &[&str] = &[
    "etag",
    "fingerprint",
    "labelFingerprint",
    "kind",
    "id",
    "selfLink",
    "selfLinkWithId",
    "creationTimestamp",
    "createTime",
    "updateTime",
    "generation",
    "observedGeneration",
    "terminalCondition",
    "conditions",
    "latestReadyRevision",
    "latestCreatedRevision",
    "trafficStatuses",
    "instanceSplitStatuses",
    "connectionName",
    "dnsName",
    "dnsNames",
    "serverCaCert",
    "ipAddresses",
    "gceZone",
    "secondaryGceZone",
    "failoverReplica",
    "subnetworks",
    "peerings",
    "gatewayAddress",
    "users",
    "status",
    "region",
    "project",
    "uniqueId",
    "oauth2ClientId",
    "pscConnectionId",
    "pscConnectionStatus",
    "latestCreatedExecution",
    "executionCount",
    "lastModifier",
    "creator",
    "uid",
    "uri",
    "urls",
    "reconciling",
    "client",
    "clientVersion",
];

/// Marked as output only, and changed by a method of its own.
const OURS: &[&str] = &["disabled"];

/// A served sandbox and somebody who speaks to it.
pub struct Hand {
    url: String,
}

/// Where a section's resources are.
struct Where {
    host: &'static str,
    collection: String,
    /// The parameter that names a new resource; empty where the body does.
    id: &'static str,
}

fn place(section: &str) -> Where {
    let (global, regional) =
        (format!("/compute/v1/projects/{PROJECT}/global"), format!("/compute/v1/projects/{PROJECT}/regions/{REGION}"));
    let run = format!("/v2/projects/{PROJECT}/locations/{REGION}/{section}");
    let sql = format!("/v1/projects/{PROJECT}/instances");
    let (host, collection, id) = match section {
        "networks" => ("compute", format!("{global}/networks"), ""),
        "subnetworks" | "addresses" | "forwardingRules" => ("compute", format!("{regional}/{section}"), ""),
        "serviceAccounts" => ("iam", format!("/v1/projects/{PROJECT}/serviceAccounts"), ""),
        "sqlInstances" => ("sqladmin", sql, ""),
        "sqlDatabases" => ("sqladmin", format!("{sql}/{INSTANCE}/databases"), ""),
        "sqlUsers" => ("sqladmin", format!("{sql}/{INSTANCE}/users"), ""),
        "secrets" => ("secretmanager", format!("/v1/projects/{PROJECT}/secrets"), "secretId"),
        "repositories" => {
            ("artifactregistry", format!("/v1/projects/{PROJECT}/locations/{REGION}/repositories"), "repositoryId")
        }
        "services" => ("run", run, "serviceId"),
        "workerPools" => ("run", run, "workerPoolId"),
        "jobs" => ("run", run, "jobId"),
        other => panic!("no place for {other}"),
    };
    Where { host, collection, id }
}

impl Where {
    fn item(&self, name: &str) -> String {
        let at = if self.host == "iam" { format!("@{PROJECT}.iam.gserviceaccount.com") } else { String::new() };
        format!("{}/{name}{at}", self.collection)
    }
}

impl Hand {
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned() }
    }

    /// Asks, and gives the status and the answer.
    fn ask(&self, method: &str, host: &str, path: &str, body: Option<&Json>) -> (u16, Json) {
        let address = self.url.trim_start_matches("http://");
        let text = body.map(Json::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{method} /{host}.googleapis.com{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Json::Null))
    }

    /// Asks for a change and waits until it is made.
    #[track_caller]
    fn does(&self, method: &str, host: &str, path: &str, body: Option<&Json>) -> Json {
        let (status, mut answer) = self.ask(method, host, path, body);
        assert!(status < 300, "by hand: {method} {path} {}: {status} {answer}", body.unwrap_or(&Json::Null));
        for _ in 0..POLLS {
            let Some(path) = pending(host, &answer) else {
                assert!(answer.get("error").is_none(), "by hand: {method} {path}: {answer}");
                return answer;
            };
            answer = self.ask("GET", host, &path, None).1;
        }
        panic!("{method} {path} does not end: {answer}");
    }

    /// A resource as it is, with its own policy where it has one; `None` where there is none.
    pub fn read(&self, section: &str, name: &str) -> Option<Json> {
        if section == "iamBindings" {
            return Some(self.policy("cloudresourcemanager", &format!("/v1/projects/{PROJECT}"), "POST"));
        }
        let place = place(section);
        if section == "sqlUsers" {
            return [place.collection.clone(), place.collection.replace("/main/", "/second/")].iter().find_map(
                |users| {
                    let listed = self.ask("GET", place.host, users, None).1;
                    listed["items"].as_array()?.iter().find(|user| user["name"] == name).cloned()
                },
            );
        }
        let (mut status, mut found) = self.ask("GET", place.host, &place.item(name), None);
        if section == "sqlDatabases" && status == 404 {
            let elsewhere = place.item(name).replace("/main/", "/second/");
            (status, found) = self.ask("GET", place.host, &elsewhere, None);
        }
        if status == 404 {
            return None;
        }
        assert_eq!(status, 200, "{section} {name}: {found}");
        if let Some(method) = policy_method(section) {
            let policy = self.policy(place.host, &place.item(name), method);
            found["iamPolicy"] = json!({"bindings": policy["bindings"]});
        }
        Some(found)
    }

    fn policy(&self, host: &str, item: &str, method: &str) -> Json {
        let version = "options.requestedPolicyVersion=3";
        let (query, body) = match (method, host) {
            ("POST", "iam") => (format!("?{version}"), Some(json!({}))),
            ("POST", _) => (String::new(), Some(json!({"options": {"requestedPolicyVersion": 3}}))),
            _ => (format!("?{version}"), None),
        };
        let (status, policy) = self.ask(method, host, &format!("{item}:getIamPolicy{query}"), body.as_ref());
        assert_eq!(status, 200, "{item}: {policy}");
        policy
    }

    /// Writes the bindings of `wanted`, as read with its etag.
    fn bind(&self, host: &str, item: &str, method: &str, wanted: &Json) {
        let etag = self.policy(host, item, method)["etag"].clone();
        let policy = json!({"policy": {"version": 3, "etag": etag, "bindings": wanted}});
        self.does("POST", host, &format!("{item}:setIamPolicy"), Some(&policy));
    }

    /// Makes the live resource what `wanted` was when it was read, the way Google wants it done.
    pub fn change(&self, section: &str, name: &str, wanted: &Json) {
        if section == "iamBindings" {
            let item = format!("/v1/projects/{PROJECT}");
            return self.bind("cloudresourcemanager", &item, "POST", &wanted["bindings"]);
        }
        let place = place(section);
        let live = self.read(section, name).unwrap();
        if let Some(method) = policy_method(section).filter(|_| live["iamPolicy"] != wanted["iamPolicy"]) {
            self.bind(place.host, &place.item(name), method, &wanted["iamPolicy"]["bindings"]);
        }
        let (live, wanted) = (settings(section, &live), settings(section, wanted));
        let patch = difference(&live, &wanted);
        if patch.is_empty() {
            return;
        }
        match place.host {
            "compute" => self.change_compute(&place, section, name, &patch, &wanted),
            "sqladmin" => self.change_sql(&place, section, name, &patch, &wanted),
            "iam" => self.change_account(&place, name, &patch),
            _ => self.change_masked(&place, section, name, &patch, &wanted),
        }
    }

    /// Run, Secret Manager, Artifact Registry: a mask names the changed fields, the body holds them.
    fn change_masked(&self, place: &Where, section: &str, name: &str, patch: &Map<String, Json>, wanted: &Json) {
        let mut body = Map::new();
        // Jobs alone take no mask: what is not sent goes.
        let fields: Vec<String> = match section {
            "jobs" => wanted.as_object().unwrap().keys().cloned().collect(),
            _ => patch.keys().cloned().collect(),
        };
        for field in &fields {
            body.insert(field.clone(), wanted.get(field).cloned().unwrap_or(Json::Null));
        }
        let etag = self.read(section, name).unwrap()["etag"].clone();
        if !etag.is_null() {
            body.insert("etag".to_owned(), etag);
        }
        let mask = if section == "jobs" { String::new() } else { format!("?updateMask={}", fields.join(",")) };
        let path = format!("{}{mask}", place.item(name));
        body.retain(|_, value| !value.is_null());
        self.does("PATCH", place.host, &path, Some(&Json::Object(body)));
    }

    fn change_account(&self, place: &Where, name: &str, patch: &Map<String, Json>) {
        let item = place.item(name);
        let mut patch = patch.clone();
        if let Some(disabled) = patch.shift_remove("disabled") {
            let verb = if disabled == true { "disable" } else { "enable" };
            self.does("POST", place.host, &format!("{item}:{verb}"), Some(&json!({})));
        }
        if !patch.is_empty() {
            let mask: Vec<_> = patch.keys().map(|field| field.replace("displayName", "display_name")).collect();
            patch.insert("etag".to_owned(), self.read("serviceAccounts", name).unwrap()["etag"].clone());
            patch.retain(|_, value| !value.is_null());
            let body = json!({"serviceAccount": patch, "updateMask": mask.join(",")});
            self.does("PATCH", place.host, &item, Some(&body));
        }
    }

    /// Instances and databases take what changes; a user is changed by name.
    fn change_sql(&self, place: &Where, section: &str, name: &str, patch: &Map<String, Json>, wanted: &Json) {
        if section == "sqlUsers" {
            let host = wanted["host"].as_str().map(|host| format!("&host={}", host.replace('%', "%25")));
            let path = format!("{}?name={name}{}", place.collection, host.unwrap_or_default());
            self.does("PUT", place.host, &path, Some(&Json::Object(patch.clone())));
            return;
        }
        self.does("PATCH", place.host, &place.item(name), Some(&Json::Object(patch.clone())));
    }

    /// Some fields have methods of their own, the rest goes with the fingerprint.
    fn change_compute(&self, place: &Where, section: &str, name: &str, patch: &Map<String, Json>, wanted: &Json) {
        let item = place.item(name);
        let mut patch = patch.clone();
        let current = |field: &str| self.read(section, name).unwrap()[field].clone();
        if patch.shift_remove("labels").is_some() {
            let labels = wanted.get("labels").cloned().unwrap_or(json!({}));
            let body = json!({"labels": labels, "labelFingerprint": current("labelFingerprint")});
            self.does("POST", place.host, &format!("{item}/setLabels"), Some(&body));
        }
        for (field, verb) in [
            ("privateIpGoogleAccess", "setPrivateIpGoogleAccess"),
            ("ipCidrRange", "expandIpCidrRange"),
            ("target", "setTarget"),
        ] {
            if let Some(value) = patch.shift_remove(field) {
                self.does("POST", place.host, &format!("{item}/{verb}"), Some(&json!({ field: value })));
            }
        }
        if patch.get("autoCreateSubnetworks") == Some(&json!(false)) {
            patch.shift_remove("autoCreateSubnetworks");
            self.does("POST", place.host, &format!("{item}/switchToCustomMode"), None);
        }
        for (field, value) in &mut patch {
            *value = wanted.get(field).cloned().unwrap_or(value.clone());
        }
        if !patch.is_empty() {
            let fingerprint = current("fingerprint");
            if !fingerprint.is_null() {
                patch.insert("fingerprint".to_owned(), fingerprint);
            }
            self.does("PATCH", place.host, &item, Some(&Json::Object(patch)));
        }
    }

    pub fn delete(&self, section: &str, name: &str) {
        let place = place(section);
        let path = match section {
            "sqlUsers" => format!("{}?name={name}", place.collection),
            _ => place.item(name),
        };
        self.does("DELETE", place.host, &path, None);
    }

    /// Deletes the resource and makes it as `wanted` was when it was read.
    pub fn make_anew(&self, section: &str, name: &str, wanted: &Json) {
        if section == "iamBindings" {
            return self.change(section, name, wanted);
        }
        let place = place(section);
        self.delete(section, name);
        let mut body = settings(section, wanted);
        let parameter = match place.id {
            "" => String::new(),
            id => format!("?{id}={name}"),
        };
        if place.id.is_empty() && section != "serviceAccounts" {
            body["name"] = json!(name);
        }
        if section == "serviceAccounts" {
            body = json!({"accountId": name, "serviceAccount": body});
        }
        let labels =
            body.as_object_mut().filter(|_| place.host == "compute").and_then(|map| map.shift_remove("labels"));
        self.does("POST", place.host, &format!("{}{parameter}", place.collection), Some(&body));
        if let Some(labels) = labels {
            let fingerprint = self.read(section, name).unwrap()["labelFingerprint"].clone();
            let body = json!({"labels": labels, "labelFingerprint": fingerprint});
            self.does("POST", place.host, &format!("{}/setLabels", place.item(name)), Some(&body));
        }
        if let Some(method) = policy_method(section).filter(|_| wanted["iamPolicy"]["bindings"].is_array()) {
            self.bind(place.host, &place.item(name), method, &wanted["iamPolicy"]["bindings"]);
        }
    }
}

/// The path of an operation that has not ended, if the answer is one.
fn pending(host: &str, answer: &Json) -> Option<String> {
    let name = answer["name"].as_str().unwrap_or_default();
    match answer["kind"].as_str() {
        Some("compute#operation") if answer["status"] != "DONE" => {
            let link = answer["selfLink"].as_str().unwrap();
            Some(format!("/compute/v1/{}", &link[link.find("projects/").unwrap()..]))
        }
        Some("sql#operation") if answer["status"] != "DONE" => {
            Some(format!("/v1/projects/{PROJECT}/operations/{name}"))
        }
        None if name.contains("/operations/") && answer["done"] != true => {
            Some(format!("/{}/{name}", if host == "run" { "v2" } else { "v1" }))
        }
        _ => None,
    }
}

fn policy_method(section: &str) -> Option<&'static str> {
    match section {
        "services" | "jobs" | "workerPools" | "secrets" | "repositories" => Some("GET"),
        "serviceAccounts" => Some("POST"),
        _ => None,
    }
}

/// What a person set of a resource: without what Google says of it.
pub fn settings(section: &str, live: &Json) -> Json {
    if section == "iamBindings" {
        return json!({"bindings": live["bindings"]});
    }
    let mut kept = registry::resource(section).without_outputs(live, OURS);
    if let Some(map) = kept.as_object_mut() {
        map.shift_remove("iamPolicy");
        if section != "sqlUsers" {
            map.shift_remove("name");
        }
    }
    if let Some(map) = kept.as_object_mut() {
        map.retain(|key, _| !GOOGLES.contains(&key.as_str()));
    }
    without_stamps(&mut kept);
    kept
}

/// Cloud SQL stamps what is nested, too.
fn without_stamps(value: &mut Json) {
    match value {
        Json::Object(map) => {
            map.retain(|key, _| !["kind", "settingsVersion"].contains(&key.as_str()));
            map.values_mut().for_each(without_stamps);
        }
        Json::Array(list) => list.iter_mut().for_each(without_stamps),
        _ => {}
    }
}

/// What a patch says that makes `live` be `wanted`: changed fields, null for what goes, lists whole.
fn difference(live: &Json, wanted: &Json) -> Map<String, Json> {
    let (empty, mut patch) = (Map::new(), Map::new());
    let (live, wanted) = (live.as_object().unwrap_or(&empty), wanted.as_object().unwrap_or(&empty));
    for (key, value) in wanted {
        match live.get(key) {
            Some(there) if there == value => {}
            Some(there @ Json::Object(_)) if value.is_object() => {
                patch.insert(key.clone(), Json::Object(difference(there, value)));
            }
            _ => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    for key in live.keys().filter(|key| !wanted.contains_key(*key)) {
        patch.insert(key.clone(), if live[key] == true { json!(false) } else { Json::Null });
    }
    patch
}
