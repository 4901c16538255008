//! Resources of our kinds in recorded traffic, found by what they say of themselves.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use stackctl::export::{Found, Resource, place_of};
use stackctl::kinds::{Live, Row, registry};
use stackctl::model::{Place, ProjectFacts};

/// A recorded resource, as all that a project has.
pub struct Answer {
    /// `sql/user-2024-08`
    pub case: String,
    pub seq: u64,
    /// The resource last; before it what it stands in, where the case has that.
    pub found: Found,
}

impl Answer {
    pub fn resource(&self) -> &Resource {
        self.found.resources.last().expect("every answer has one")
    }

    pub fn section(&self) -> &'static str {
        self.resource().section()
    }

    pub fn live(&self) -> &Json {
        &self.resource().live.api
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{} {} `{}`", self.case, self.seq, self.section(), self.resource().place.name())
    }
}

/// One recorded exchange.
struct Exchange {
    seq: u64,
    method: String,
    host: String,
    path: String,
    query: String,
    request: Json,
    status: u64,
    response: Json,
}

/// Whether another folder than the project's own is played.
pub fn is_foreign() -> bool {
    std::env::var_os("STACKCTL_RECORDINGS").is_some()
}

/// The project's own recordings hold so many that fewer would be a fault of this test.
pub fn enough(count: usize) {
    assert!(count > 150 || is_foreign(), "only {count} were looked at");
}

fn files() -> Vec<PathBuf> {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let root = std::env::var_os("STACKCTL_RECORDINGS").map_or_else(own, PathBuf::from);
    let mut files = Vec::new();
    let mut open = vec![root];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("the folder is readable") {
            let path = entry.expect("readable").path();
            match path.is_dir() {
                true => open.push(path),
                false if path.extension().is_some_and(|extension| extension == "jsonl") => files.push(path),
                false => {}
            }
        }
    }
    files.sort();
    files
}

/// A name in the place of a placeholder.
fn plain(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        plain.push_str(before);
        plain.push_str(&name.to_lowercase().replace('_', "-"));
        rest = behind;
    }
    plain + rest
}

struct Case {
    name: String,
    project: ProjectFacts,
    exchanges: Vec<Exchange>,
}

fn cases() -> impl Iterator<Item = Case> {
    files().into_iter().map(|file| {
        let text = plain(&fs::read_to_string(&file).expect("readable"));
        let folder = file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("{folder}/{}", file.file_stem().unwrap_or_default().to_string_lossy());
        let project = match text.contains("projectid") {
            true => ProjectFacts { id: "projectid".to_owned(), number: Some("projectnumber".to_owned()) },
            false => ProjectFacts { id: "example-project".to_owned(), number: number(&text) },
        };
        Case { name, project, exchanges: text.lines().map(exchange).collect() }
    })
}

/// The project's number, in a cassette: the first one in a path.
fn number(text: &str) -> Option<String> {
    text.match_indices("projects/").find_map(|(at, found)| {
        let rest = &text[at + found.len()..];
        let digits = &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(0)];
        (digits.len() > 5).then(|| digits.to_owned())
    })
}

fn exchange(line: &str) -> Exchange {
    let json: Json = serde_json::from_str(line).expect("a JSON line");
    let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    let url = text("url");
    let (_, rest) = url.split_once("://").unwrap_or(("", &url));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    Exchange {
        seq: json["seq"].as_u64().unwrap_or(0),
        method: text("method"),
        host: host.to_owned(),
        path: path.split('?').next().unwrap_or(path).to_owned(),
        query: path.split_once('?').map_or("", |(_, query)| query).to_owned(),
        request: json["request"].clone(),
        status: json["status"].as_u64().unwrap_or(0),
        response: json["response"].clone(),
    }
}

/// Every answer with a resource of ours in it.
pub fn answers() -> Vec<Answer> {
    let mut all = Vec::new();
    for case in cases() {
        let mut instances: BTreeMap<String, Resource> = BTreeMap::new();
        for exchange in case.exchanges.iter().filter(|exchange| exchange.status == 200) {
            // Enums as numbers are for clients that ask for them; ours does not.
            if exchange.path.contains("enum-encoding") || exchange.response.to_string().contains("\"launchStage\":4") {
                continue;
            }
            for json in bodies(&exchange.response) {
                for resource in resources(&case, exchange, json) {
                    let parent = parent_of(&resource, &instances);
                    if resource.section() == "sqlInstances" {
                        instances.insert(resource.place.name().to_owned(), resource.clone());
                    }
                    all.push(answer(&case, exchange.seq, parent, resource));
                }
                if json["bindings"].is_array() && exchange.path.contains("projects/projectid:") {
                    all.extend(bindings(&case, exchange.seq, json));
                }
            }
        }
    }
    assert!(!all.is_empty(), "no recorded answers");
    all
}

/// The document itself, the elements of a list, what an operation answers.
fn bodies(response: &Json) -> Vec<&Json> {
    let mut bodies = vec![response, &response["response"], &response["metadata"]];
    for list in ["items", "accounts", "secrets", "services", "jobs", "workerPools", "repositories"] {
        bodies.extend(response[list].as_array().into_iter().flatten());
    }
    bodies.retain(|body| body.is_object());
    bodies
}

fn is_of_api(row: &Row, exchange: &Exchange) -> bool {
    let service = row.descriptor.api.service.trim_end_matches(".googleapis.com");
    let is_compute = service == "compute" && exchange.host == "www.googleapis.com";
    is_compute || exchange.host.contains(service)
}

fn resources(case: &Case, exchange: &Exchange, json: &Json) -> Vec<Resource> {
    let rows = registry::all().iter().filter(|row| is_of_api(row, exchange));
    // Bindings are parts of a policy.
    rows.filter(|row| row.descriptor.section != "iamBindings")
        .filter_map(|row| {
            let is_child = !row.descriptor.parents.is_empty();
            let kind = json["kind"].as_str().unwrap_or_default();
            // Children name their parent and say what they are.
            let noun = row.descriptor.noun.rsplit(' ').next().unwrap_or_default();
            if is_child && !kind.ends_with(&format!("#{noun}"))
                || !is_child && ["sql#user", "sql#database"].contains(&kind)
            {
                return None;
            }
            let parent = json["instance"].as_str().map(|name| Place {
                values: [("project", case.project.id.as_str()), ("name", name)]
                    .map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .into(),
            });
            let place = place_of(row, &case.project, json, parent.as_ref())?;
            Some(Resource { row, place, live: Live { api: json.clone(), policy: None, extra: Vec::new() } })
        })
        .collect()
}

fn parent_of(resource: &Resource, instances: &BTreeMap<String, Resource>) -> Option<Resource> {
    let parent = resource.row.descriptor.parents.first()?;
    instances.get(resource.place.get(parent)).cloned()
}

fn answer(case: &Case, seq: u64, parent: Option<Resource>, resource: Resource) -> Answer {
    let mut found = Found { project: case.project.clone(), ..Found::default() };
    found.enabled_apis = registry::all().iter().map(|row| row.descriptor.api.service.to_owned()).collect();
    found.resources = parent.into_iter().chain([resource]).collect();
    Answer { case: case.name.clone(), seq, found }
}

/// A policy is as many resources as it has bindings; all of them are read at once.
fn bindings(case: &Case, seq: u64, policy: &Json) -> Option<Answer> {
    let row = registry::find("iamBindings")?;
    let first = policy["bindings"].as_array()?.first()?.clone();
    let place = Place { values: [("project".to_owned(), case.project.id.clone())].into() };
    let resource = Resource { row, place, live: Live { api: first, policy: None, extra: Vec::new() } };
    let mut answer = answer(case, seq, None, resource);
    answer.found.policy = Some(policy.clone());
    Some(answer)
}

/// Each recorded create that went well: the resource as the request describes it, and as Google answered it last before
/// somebody changed it.
pub fn creates() -> Vec<(Resource, Answer)> {
    let mut pairs = Vec::new();
    for case in cases() {
        for (at, exchange) in case.exchanges.iter().enumerate() {
            let is_create = exchange.method == "POST" && exchange.status == 200 && exchange.request.is_object();
            if !is_create {
                continue;
            }
            for row in registry::all().iter().filter(|row| is_of_api(row, exchange)) {
                let Some(request) = described(row, exchange) else { continue };
                let Some(answer) = settled(&case, row, &exchange.path, &request, &case.exchanges[at..]) else {
                    continue;
                };
                let live = Live { api: request, policy: None, extra: Vec::new() };
                pairs.push((Resource { row, place: answer.resource().place.clone(), live }, answer));
            }
        }
    }
    pairs
}

/// The resource in the body of a create, if the request creates one of the kind.
fn described(row: &Row, exchange: &Exchange) -> Option<Json> {
    let last = row.descriptor.collection.rsplit('/').next()?;
    if exchange.path.rsplit('/').next() != Some(last) || row.descriptor.section == "iamBindings" {
        return None;
    }
    Some(match exchange.request.get("serviceAccount").filter(|inner| inner.is_object()) {
        Some(inner) => inner.clone(),
        None => exchange.request.clone(),
    })
}

/// The last answer with the created resource before it is changed or deleted.
fn settled(case: &Case, row: &'static Row, collection: &str, request: &Json, rest: &[Exchange]) -> Option<Answer> {
    let created = &rest[0];
    let own = |resource: &Resource| {
        let body = request["name"].as_str().map(|name| name.rsplit('/').next().unwrap_or(name));
        let named = created.query.split('&').filter_map(|pair| pair.split_once('='));
        let by_query = named
            .filter(|(name, id)| name.to_lowercase().ends_with("id") && name.to_lowercase() != *id)
            .map(|(_, id)| id)
            .next();
        let id = created.request["accountId"].as_str().or(by_query).or(body).map(str::to_owned);
        resource.row.descriptor.section == row.descriptor.section
            && id.is_none_or(|id| resource.live.api["name"] == *id || resource.place.name() == id)
            && (resource.live.api["instance"] == request["instance"])
            && (request["ipCidrRange"].is_null() || resource.live.api["ipCidrRange"] == request["ipCidrRange"])
    };
    let mut last = None;
    for (at, exchange) in rest.iter().enumerate() {
        let is_change = ["PATCH", "PUT", "DELETE"].contains(&exchange.method.as_str());
        let is_action = exchange.method == "POST" && exchange.path.starts_with(&format!("{collection}/"));
        let is_other = exchange.method == "POST" && at > 0 && exchange.path == collection;
        let is_labels = exchange.path.ends_with("/setLabels");
        if is_change || is_other || is_action && !is_labels {
            break;
        }
        if exchange.status != 200 || exchange.response.to_string().contains("\"launchStage\":4") {
            continue;
        }
        for json in bodies(&exchange.response) {
            if let Some(found) = resources(case, exchange, json).into_iter().find(|found| own(found)) {
                last = Some(answer(case, exchange.seq, None, found));
            }
        }
    }
    last
}
