//! What a sandbox holds, flat and without what every run draws anew.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value as Json;

/// Fields of each resource: `template.containers[0].env[DB_IP].value` and its value.
pub type State = BTreeMap<String, BTreeMap<String, Json>>;

/// Fields that are drawn, counted, or of the moment.
const DRAWN: [&str; 23] = [
    "$operation",
    "backupConfiguration.startTime",
    "cert",
    "commonName",
    "dnsName",
    "etag",
    "fingerprint",
    "gceZone",
    "generation",
    "id",
    "labelFingerprint",
    "latestCreatedRevision",
    "latestReadyRevision",
    "locationPreference.zone",
    "oauth2ClientId",
    "observedGeneration",
    "pscConnectionId",
    "selfLinkWithId",
    "serviceAccountEmailAddress",
    "sha1Fingerprint",
    "uid",
    "uniqueId",
    "at",
];

/// What the sandbox at `url` holds of a project.
pub fn read(url: &str, project: &str) -> State {
    let all = ask(url, "GET", "/sandbox.localhost/state");
    let attachments = drawn_names(&all);
    let is_own = |key: &str| ["op/", "block/"].iter().any(|prefix| key.starts_with(prefix));
    // What a revision holds is what its service or worker pool held then; those are read.
    let is_past = |key: &str| key.contains("/revisions/");
    let of_project = |key: &str| key.contains(&format!("/{project}/")) && !is_own(key) && !is_past(key);
    let entries = all.as_object().expect("the state is an object").iter().filter(|(key, _)| of_project(key));
    let mut state = State::new();
    for (key, document) in entries {
        let mut fields = BTreeMap::new();
        flatten("", &plain(document, &attachments), &mut fields);
        fields.retain(|path, _| !is_drawn(path));
        state.insert(steady(key), fields);
    }
    state
}

/// The sandbox's answer to a request without a body.
pub fn ask(url: &str, method: &str, path: &str) -> Json {
    let address = url.strip_prefix("http://").expect("a plain URL");
    let mut stream = TcpStream::connect(address).expect("the sandbox listens");
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").expect("it takes requests");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers in text");
    let (_, body) = answer.split_once("\r\n\r\n").expect("it speaks HTTP");
    serde_json::from_str(body).expect("it answers in JSON")
}

/// Names that this sandbox drew, and what they stand for.
fn drawn_names(all: &Json) -> Vec<(String, &'static str)> {
    let documents = || all.as_object().into_iter().flatten().map(|(_, document)| document);
    let texts = |field: &'static str| documents().filter_map(move |document| document[field].as_str());
    let attachments = texts("pscServiceAttachmentLink").map(|link| (link.to_owned(), "ATTACHMENT"));
    let records = texts("dnsName").map(|name| (name.to_owned(), "DNSNAME"));
    let held = texts("name").filter(|name| name.starts_with("serverless-ipv4-"));
    attachments.chain(records).chain(held.map(|name| (name.to_owned(), "SERVERLESS"))).collect()
}

/// A document whose drawn names stand for what they are.
fn plain(document: &Json, drawn: &[(String, &'static str)]) -> Json {
    let text = drawn.iter().fold(document.to_string(), |text, (name, stands)| text.replace(name.as_str(), stands));
    serde_json::from_str(&text).expect("still JSON")
}

/// A key whose drawn part stands for what it is.
fn steady(key: &str) -> String {
    for (marker, name) in
        [("/addresses/serverless-ipv4-", "/addresses/SERVERLESS"), ("/versions/sha256:", "/versions/DIGEST")]
    {
        if let Some((before, _)) = key.split_once(marker) {
            return format!("{before}{name}");
        }
    }
    for collection in ["tasks", "executions"] {
        if let Some((before, name)) = key.rsplit_once(&format!("/{collection}/"))
            && let Some((name, _)) = name.rsplit_once('-')
        {
            return format!("{}/{collection}/{name}", steady(before));
        }
    }
    key.to_owned()
}

fn is_drawn(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    let is = |field: &str| last == field || path == field || path.ends_with(&format!(".{field}"));
    last.ends_with("Time") && last != "startTime" || last.ends_with("Timestamp") || DRAWN.iter().any(|field| is(field))
}

fn flatten(path: &str, value: &Json, fields: &mut BTreeMap<String, Json>) {
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Json::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(name, value)| flatten(&join(name), value, fields))
        }
        Json::Array(list) if !list.is_empty() => list.iter().enumerate().for_each(|(index, value)| {
            flatten(&format!("{path}[{}]", label(value).unwrap_or_else(|| index.to_string())), value, fields);
        }),
        leaf => drop(fields.insert(path.to_owned(), leaf.clone())),
    }
}

/// What tells an element of a list from the others.
fn label(element: &Json) -> Option<String> {
    match element {
        Json::String(text) => Some(text.clone()),
        element => ["name", "role", "type"].iter().find_map(|key| element[*key].as_str().map(str::to_owned)),
    }
}

/// A field that two states have otherwise; without a field where only one has the resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub resource: String,
    pub field: String,
    /// What gcloud left.
    pub gcloud: Option<Json>,
    /// What stackctl left.
    pub stackctl: Option<Json>,
}

/// All fields in which two states differ.
pub fn differences(gcloud: &State, stackctl: &State) -> Vec<Difference> {
    let empty = BTreeMap::new();
    let mut keys: Vec<&String> = gcloud.keys().chain(stackctl.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut found = Vec::new();
    for key in keys {
        match (gcloud.get(key), stackctl.get(key)) {
            (Some(_), None) => found.push(whole(key, Some("there".into()), None)),
            (None, Some(_)) => found.push(whole(key, None, Some("there".into()))),
            (theirs, ours) => found.extend(of_fields(key, theirs.unwrap_or(&empty), ours.unwrap_or(&empty))),
        }
    }
    found
}

fn whole(key: &str, gcloud: Option<Json>, stackctl: Option<Json>) -> Difference {
    Difference { resource: key.to_owned(), field: String::new(), gcloud, stackctl }
}

fn of_fields(key: &str, gcloud: &BTreeMap<String, Json>, stackctl: &BTreeMap<String, Json>) -> Vec<Difference> {
    let mut paths: Vec<&String> = gcloud.keys().chain(stackctl.keys()).collect();
    paths.sort();
    paths.dedup();
    let differ = paths.into_iter().filter(|path| gcloud.get(*path) != stackctl.get(*path));
    differ
        .map(|path| Difference {
            resource: key.to_owned(),
            field: path.clone(),
            gcloud: gcloud.get(path).cloned(),
            stackctl: stackctl.get(path).cloned(),
        })
        .collect()
}
