//! Sends the requests of a case to a fresh sandbox, in their order.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};
use stackctl::sandbox::cloud::{Cloud, Projects, Settings};
use stackctl::sandbox::handle::handle;
use stackctl::wire::http::Body;
use stackctl::wire::{Method, Request, Response};

use super::names::{self, Twins};
use super::normalise;

/// One recorded exchange.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub seq: u64,
    pub method: String,
    pub url: String,
    pub request: Json,
    pub status: u64,
    pub response: Json,
}

/// A field in which the sandbox answered otherwise than Google.
#[derive(Debug, Clone)]
pub struct Difference {
    /// `sql/user-2024-08`
    pub case: String,
    pub seq: u64,
    pub request: String,
    /// `settings.ipConfiguration.serverCaMode`; `$status` for the status.
    pub path: String,
    pub recorded: Json,
    pub ours: Json,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = |value: &Json| value.to_string().chars().take(160).collect::<String>();
        write!(
            f,
            "{} #{} {}\n    {}: recorded {}, ours {}",
            self.case,
            self.seq,
            self.request,
            self.path,
            cut(&self.recorded),
            cut(&self.ours)
        )
    }
}

/// What playing a case gave.
#[derive(Debug, Default)]
pub struct Outcome {
    pub compared: usize,
    pub differences: Vec<Difference>,
}

const HOSTS: [&str; 11] = [
    "artifactregistry",
    "cloudresourcemanager",
    "compute",
    "iam",
    "pubsub",
    "run",
    "secretmanager",
    "servicenetworking",
    "serviceusage",
    "sqladmin",
    "storage",
];

/// Polls after which an operation must be done.
const PATIENCE: usize = 5;

struct Player {
    cloud: Cloud,
    case: String,
    project: String,
    number: String,
    cassette: bool,
    /// Operations begun and not yet asked for: how the recording knows them, and their path here.
    open: Vec<(String, String)>,
    /// Names that the recording gives and this sandbox gives otherwise.
    names: BTreeMap<String, String>,
    twins: Twins,
    outcome: Outcome,
}

/// Plays a case.
pub fn case(file: &Path) -> Outcome {
    let service = file.parent().and_then(Path::file_name).and_then(|name| name.to_str()).expect("cases lie in folders");
    let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("cases have names");
    let text = fs::read_to_string(file).expect("recordings are in the repository");
    let exchanges: Vec<Exchange> = text.lines().map(read).collect();
    let mut cloud = Cloud::new(7, Settings::default());
    let cassette = stem.contains("cassette");
    let id = if cassette { "example-project" } else { "test-project-1" };
    cloud.now = "2024-03-01T00:00:00Z".parse().expect("a time");
    let project = cloud.make_project(id);
    if service == "resourcemanager" {
        cloud.settings.projects = Projects::Strict;
    }
    for host in HOSTS {
        cloud.set_enabled(id, &format!("{host}.googleapis.com"), "ENABLED");
    }
    let mut player = Player {
        cloud,
        case: format!("{service}/{stem}"),
        project: project.id,
        number: project.number,
        cassette,
        open: Vec::new(),
        names: BTreeMap::new(),
        twins: Twins::default(),
        outcome: Outcome::default(),
    };
    player.prepare(&text);
    for (index, exchange) in exchanges.iter().enumerate() {
        player.play(service, exchange, &exchanges[index + 1..]);
    }
    player.outcome
}

fn read(line: &str) -> Exchange {
    let line: Json = serde_json::from_str(line).expect("recordings are JSON lines");
    let text = |field: &str| line[field].as_str().expect("recorded").to_owned();
    Exchange {
        seq: line["seq"].as_u64().expect("recorded"),
        method: text("method"),
        url: text("url"),
        request: line["request"].clone(),
        status: line["status"].as_u64().expect("recorded"),
        response: line["response"].clone(),
    }
}

impl Player {
    /// Puts in place what the case takes for granted and no recorded request makes.
    fn prepare(&mut self, text: &str) {
        // A real project number in a cassette is this project's.
        if self.cassette {
            for number in ["882850097339", "916595846568", "123456789012", "123456789"] {
                if text.contains(number) {
                    self.names.insert(number.to_owned(), self.number.clone());
                }
            }
        }
        let exchanges: Vec<Exchange> = text.lines().map(read).collect();
        self.prepare_network(&exchanges);
        self.prepare_services(&exchanges);
    }

    /// A network that is read before anything made it was there.
    fn prepare_network(&mut self, exchanges: &[Exchange]) {
        let is_network = |exchange: &&Exchange| exchange.url.contains("/global/networks");
        let first = exchanges.iter().find(is_network).filter(|first| first.method == "GET" && first.status == 200);
        let Some(first) = first else { return };
        let network = self.substitute_json(&first.response);
        let made = json!({
            "name": network["name"], "autoCreateSubnetworks": network["autoCreateSubnetworks"],
            "description": network["description"],
        });
        let path = format!("/compute/v1/projects/{}/global/networks", self.project);
        self.send(&Request::new(Method::Post, "compute.googleapis.com", path).json(made));
        self.cloud.now = self.cloud.now.checked_add(jiff::SignedDuration::from_secs(60)).expect("within the calendar");
    }

    /// APIs that are listed are enabled, but for those that the case enables.
    fn prepare_services(&mut self, exchanges: &[Exchange]) {
        let listed: Vec<&Json> =
            exchanges.iter().flat_map(|one| one.response["services"].as_array().into_iter().flatten()).collect();
        if listed.is_empty() || !self.case.starts_with("serviceusage/") {
            return;
        }
        for key in self.cloud.store.keys_under(&format!("api/{}/", self.project)) {
            self.cloud.store.remove(&key);
        }
        for service in listed {
            let name = service["name"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default();
            self.cloud.set_enabled(&self.project, name, "ENABLED");
        }
        for exchange in exchanges.iter().filter(|exchange| exchange.url.contains(":enable")) {
            let name = exchange.url.split("/services/").nth(1).and_then(|rest| rest.split(':').next());
            self.cloud.set_enabled(&self.project, name.unwrap_or_default(), "DISABLED");
        }
    }

    fn substituted(&self, text: &str) -> String {
        let mut text = text
            .replace("${projectId}", &self.project)
            .replace("${projectNumber}", &self.number)
            .replace("${uniqueId}", "1a2b3c4d5e6f7g8");
        for (theirs, ours) in &self.names {
            text = text.replace(theirs, ours);
        }
        names::plain_placeholders(&text)
    }

    fn play(&mut self, service: &str, exchange: &Exchange, later: &[Exchange]) {
        self.tick();
        let url = self.named(exchange);
        let url = self.substituted(&url);
        let Some((host, path, query)) = split(&url) else { return };
        let is_poll = path.contains("/operations/");
        let recorded = self.substitute_json(&exchange.response);
        let (path, begun) = if is_poll { self.operation_path(&path, &recorded) } else { (path, None) };
        let knows =
            |path: &str| self.cloud.store.has(&format!("compute/{}", &path[path.find("projects/").unwrap_or(0)..]));
        let path = self.twins.path(&path, exchange, later, knows);
        if path.ends_with(":getIamPolicy") && service == "resourcemanager" {
            names::lay_policy(&mut self.cloud, &self.project, &recorded);
        }
        let mut request = Request::new(method(&exchange.method), host.clone(), path);
        request.query = query;
        if !exchange.request.is_null() {
            request.body = Body::Json(self.live_etags(&request, self.substitute_json(&exchange.request)));
        }
        if let (Body::Json(body), 200, true) =
            (&mut request.body, exchange.status, request.path.ends_with("/subnetworks"))
        {
            self.twins.make(body);
        }
        // The normaliser wrote an address over the host of a user that is made, and left the one that is deleted.
        if let Body::Json(body) = &mut request.body
            && service == "sql"
            && request.path.ends_with("/users")
            && body["host"] == "10.1.2.3"
        {
            body["host"] = json!("foo");
        }
        let mut response = self.send(&request);
        let done = |json: &Json| json["done"] == true || json["status"] == "DONE";
        if is_poll && done(&recorded) {
            for _ in 0..PATIENCE {
                if response.body.as_json().is_some_and(done) {
                    break;
                }
                response = self.send(&request);
            }
        }
        drop(begun);
        let ours = response.body.as_json().cloned().unwrap_or(Json::Null);
        self.remember(&recorded, &ours, &host);
        let ours: Json = serde_json::from_str(&Twins::undone(&ours.to_string())).expect("still JSON");
        if let (Some(theirs), Some(own)) = (recorded["nextPageToken"].as_str(), ours["nextPageToken"].as_str()) {
            self.names.insert(theirs.to_owned(), own.to_owned());
        }
        let is_judged = match service {
            "sql" => host == "sqladmin.googleapis.com",
            "resourcemanager" => host == "cloudresourcemanager.googleapis.com",
            "compute" => host == "compute.googleapis.com" || host == "www.googleapis.com",
            _ => host == format!("{service}.googleapis.com"),
        };
        // What the sandbox does not play says nothing about what it does.
        let is_played = response.status != 501 && !matches!(response.body, Body::Bytes(_)) && !is_foreign(&recorded);
        if !is_judged || !is_played {
            return;
        }
        self.compare(exchange, &recorded, u64::from(response.status), &ours);
    }

    /// Time passes between two requests, so that times and versions move; operations of compute, whose polls are not
    /// all recorded, are over by then.
    fn tick(&mut self) {
        let seconds = if self.case.starts_with("compute/") && !self.cassette { 11 } else { 1 };
        let passed = jiff::SignedDuration::from_secs(seconds);
        self.cloud.now = self.cloud.now.checked_add(passed).expect("within the calendar");
    }

    fn send(&mut self, request: &Request) -> Response {
        let now = self.cloud.now;
        handle(&mut self.cloud, now, request.clone())
    }

    /// `${jobID}` and its like stand for names that the answers, or the request's body, tell.
    fn named(&self, exchange: &Exchange) -> String {
        let mut url = exchange.url.clone();
        if url.contains("/compute/") && !url.contains("/operations/") {
            return names::compute_url(&url, exchange);
        }
        if url.contains("${jobID}") {
            let told = [&exchange.response["metadata"]["name"], &exchange.response["name"]]
                .into_iter()
                .find_map(|name| name.as_str().filter(|name| name.contains("/jobs/")))
                .and_then(|name| name.rsplit('/').next())
                .map(str::to_owned)
                .or_else(|| quoted(exchange.response["error"]["message"].as_str()?));
            url = url.replace("${jobID}", &told.unwrap_or_else(|| "runjob-${uniqueId}".to_owned()));
        }
        url
    }

    fn substitute_json(&self, json: &Json) -> Json {
        serde_json::from_str(&self.substituted(&json.to_string())).expect("still JSON")
    }

    /// The path of the operation that a recorded poll asks for.
    fn operation_path(&mut self, path: &str, recorded: &Json) -> (String, Option<String>) {
        if is_foreign(recorded) {
            return (path.to_owned(), None);
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let name = name.split(':').next().unwrap_or_default();
        let sign = sign(recorded);
        let at = self
            .open
            .iter()
            .position(|(theirs, _)| theirs == name)
            .or_else(|| self.open.iter().position(|(theirs, _)| *theirs == sign))
            .or_else(|| (!self.open.is_empty()).then_some(0));
        let Some(at) = at else { return (path.to_owned(), None) };
        let ours = self.open[at].1.clone();
        let done = recorded["done"] == true || recorded["status"] == "DONE";
        // In a cassette every poll is there; elsewhere the one that is there is the last.
        if done || !self.cassette {
            self.open.remove(at);
        }
        (path.replacen(name, &ours, 1), Some(ours))
    }

    /// Notes operations that an answer begins.
    fn remember(&mut self, recorded: &Json, ours: &Json, host: &str) {
        let is_operation = |json: &Json| {
            json["kind"] == "sql#operation"
                || json["kind"] == "compute#operation"
                || json["name"].as_str().is_some_and(|name| name.contains("operations/"))
        };
        if !is_operation(recorded) || !is_operation(ours) || recorded["done"] == true || recorded["status"] == "DONE" {
            return;
        }
        let short = |json: &Json| json["name"].as_str().and_then(|name| name.rsplit('/').next()).map(str::to_owned);
        let (Some(theirs), Some(name)) = (short(recorded), short(ours)) else { return };
        if self.open.iter().any(|(_, known)| *known == name) {
            return;
        }
        let key = if self.cassette { theirs } else { sign(recorded) };
        let _ = host;
        self.open.push((key, name));
    }

    /// An etag in a recorded body is one that the recorded server had given; ours gave another.
    fn live_etags(&mut self, request: &Request, mut body: Json) -> Json {
        if request.host == "sqladmin.googleapis.com" && body["settings"]["settingsVersion"].is_string() {
            let live = self.read(request);
            body["settings"]["settingsVersion"] = live["settings"]["settingsVersion"].clone();
            // A recorded maintenance version is that of its day.
            if !body["maintenanceVersion"].is_null() {
                body["maintenanceVersion"] = live["maintenanceVersion"].clone();
            }
        } else if body["labelFingerprint"].is_string() {
            let mut read = request.clone();
            read.path = read.path.trim_end_matches("/setLabels").to_owned();
            body["labelFingerprint"] = self.read(&read)["labelFingerprint"].clone();
        } else if body["serviceAccount"]["etag"].is_string() {
            body["serviceAccount"]["etag"] = self.read(request)["etag"].clone();
        } else if body["policy"]["etag"].is_string() && request.host.starts_with("cloudresourcemanager") {
            let key = format!("policy/projects/{}/$policy", self.project);
            body["policy"]["etag"] = self.cloud.store.get(&key).map_or(json!(null), |policy| policy["etag"].clone());
        } else if body["etag"].is_string() {
            let mut read = request.clone();
            read.path = read.path.rsplit_once(':').map_or(read.path.clone(), |(resource, _)| resource.to_owned());
            body["etag"] = self.read(&read)["etag"].clone();
        }
        body
    }

    fn read(&mut self, request: &Request) -> Json {
        let get = Request::get(request.host.clone(), request.path.clone());
        self.send(&get).body.as_json().cloned().unwrap_or(json!({}))
    }

    fn compare(&mut self, exchange: &Exchange, recorded: &Json, status: u64, ours: &Json) {
        self.outcome.compared += 1;
        let request = format!("{} {}", exchange.method, exchange.url);
        let mut differences = Vec::new();
        if exchange.status != status {
            differences.push(("$status".to_owned(), json!(exchange.status), json!({"status": status, "body": ours})));
        } else if !recorded.is_null() {
            let rules = normalise::Rules { cassette: self.cassette, project: &self.project, number: &self.number };
            let (theirs, ours) = (normalise::answer(recorded, rules), normalise::answer(ours, rules));
            normalise::differences("", &theirs, &ours, &mut differences);
        }
        for (path, recorded, ours) in differences {
            self.outcome.differences.push(Difference {
                case: self.case.clone(),
                seq: exchange.seq,
                request: request.clone(),
                path,
                recorded,
                ours,
            });
        }
    }
}

/// What tells operations of a case apart where all have one placeholder for a name.
fn sign(operation: &Json) -> String {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    if operation["kind"].is_string() {
        return text(&operation["operationType"]) + " " + &text(&operation["targetLink"]);
    }
    text(&operation["metadata"]["name"]) + " " + &text(&operation["metadata"]["generation"])
}

/// An operation on something that compute has and the sandbox does not play.
fn is_foreign(recorded: &Json) -> bool {
    const PLAYED: [&str; 9] = [
        "networks",
        "subnetworks",
        "addresses",
        "forwardingRules",
        "firewalls",
        "routes",
        "routers",
        "serviceAttachments",
        "regions",
    ];
    let link = recorded["targetLink"].as_str().unwrap_or_default();
    recorded["kind"] == "compute#operation" && !PLAYED.iter().any(|played| link.rsplit('/').nth(1) == Some(played))
}

fn quoted(message: &str) -> Option<String> {
    message.split('\'').nth(1).map(str::to_owned)
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        _ => Method::Delete,
    }
}

pub type Query = Vec<(String, String)>;

pub fn split(url: &str) -> Option<(String, String, Query)> {
    let rest = url.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/')?;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    });
    Some((host.to_owned(), format!("/{path}"), query.collect()))
}
