//! What Google itself answered, read by the client: operations, where they are asked for and how they ended, refusals
//! and what is done about them, pages of lists. No emulator takes part.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};
use stackctl::gcp::client::USER_PROJECT;
use stackctl::wire::operation::{self, Family, Progress};
use stackctl::wire::policy::{self, Binding};
use stackctl::wire::retry::{self, Attempt, Because, Contact, Origin, Recent, Repeat, Trouble, Verdict};
use stackctl::wire::{ApiError, Method, Request, Response, paging, record};

/// A recorded exchange.
pub struct Exchange {
    pub case: String,
    pub method: String,
    pub host: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub request: Json,
    pub status: u16,
    pub response: Json,
}

impl Exchange {
    fn read(line: &str) -> Self {
        let line: Json = serde_json::from_str(line).unwrap();
        let url = line["url"].as_str().unwrap().trim_start_matches("https://");
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let (host, path) = place.split_once('/').unwrap();
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Self {
            case: line["case"].as_str().unwrap().to_owned(),
            method: line["method"].as_str().unwrap().to_owned(),
            host: host.to_owned(),
            path: format!("/{}", decoded(path)),
            query: pairs.map(|(name, value)| (decoded(name), decoded(value))).collect(),
            request: line["request"].clone(),
            status: u16::try_from(line["status"].as_u64().unwrap()).unwrap(),
            response: line["response"].clone(),
        }
    }

    fn as_request(&self) -> Request {
        let method: Method = serde_json::from_value(Json::from(self.method.as_str())).unwrap();
        let mut request = Request::new(method, self.host.as_str(), self.path.as_str());
        request.query.clone_from(&self.query);
        request
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The family of the operation that was answered, and whether it was done.
    fn operation(&self) -> Option<(Family, bool)> {
        let name = self.response["name"].as_str().unwrap_or_default();
        let is_done = self.response["status"] == "DONE" || self.response["done"] == true;
        let family = match self.response["kind"].as_str() {
            Some("compute#operation") => Family::Compute,
            Some("sql#operation") => Family::Sql,
            _ if name.contains("operations/") => {
                let version = if self.host.starts_with("run") { "v2" } else { "v1" };
                Family::LongRunning { version }
            }
            _ => return None,
        };
        (self.status == 200).then_some((family, is_done))
    }
}

/// All recorded cases, their exchanges in order.
pub fn cases() -> BTreeMap<String, Vec<Exchange>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let mut cases: BTreeMap<String, Vec<Exchange>> = BTreeMap::new();
    for folder in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            for line in std::fs::read_to_string(&file).unwrap().lines().filter(|_| file.extension().is_some()) {
                let exchange = Exchange::read(line);
                cases.entry(exchange.case.clone()).or_default().push(exchange);
            }
        }
    }
    assert!(cases.len() > 40, "{} cases", cases.len());
    cases
}

/// From the project, or else from behind the version on: recorded clients speak `beta`, `v1beta1` and `v1beta4` where
/// this one speaks `v1`.
fn place(path: &str) -> &str {
    match path.find("projects/") {
        Some(at) => &path[at..],
        None => path.trim_start_matches('/').split_once('/').map_or(path, |(_, rest)| rest),
    }
}

#[test]
fn recorded_operations_are_read_as_what_they_are_and_asked_for_where_they_were() {
    let (mut read, mut asked, mut faults) = (0, 0, Vec::new());
    for (case, exchanges) in cases() {
        for (position, exchange) in exchanges.iter().enumerate() {
            let Some((family, is_done)) = exchange.operation() else { continue };
            // Firewall policies belong to organisations, which have no operations of a project's.
            if family == Family::Compute && !exchange.path.contains("/projects/") {
                continue;
            }
            read += 1;
            let progress = operation::read(family, &exchange.as_request(), &exchange.response);
            let has_failed = !exchange.response["error"].is_null();
            let fits = match &progress {
                Progress::Running(_) => !is_done,
                Progress::Done { .. } => is_done && !has_failed,
                Progress::Failed(error) => is_done && has_failed && error.reason.is_some(),
            };
            if !fits {
                faults.push(format!("{case} {}: {progress:?} for {}", exchange.path, exchange.response));
            }
            let Progress::Running(begun) = progress else { continue };
            let name = begun.name.rsplit('/').next().unwrap_or_default();
            let polls = exchanges[position + 1..]
                .iter()
                .filter(|later| later.host == exchange.host && later.path.ends_with(&format!("/{name}")));
            let places: Vec<&str> = polls.map(|poll| place(&poll.path)).collect();
            let is_named = !name.contains("${");
            if !places.is_empty() && (is_named || family != Family::Compute || case.contains("cassette")) {
                asked += 1;
                if !places.contains(&place(&begun.poll.path)) {
                    faults.push(format!("{case}: asks at {}, Google was asked at {places:?}", begun.poll.path));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(read > 400 && asked > 40, "{read} operations read, {asked} of them asked for");
}

#[test]
fn recorded_refusals_are_read_and_only_those_that_pass_are_tried_again() {
    let (mut read, mut faults) = (0, Vec::new());
    for exchange in cases().into_values().flatten().filter(|exchange| exchange.status >= 400) {
        let said = &exchange.response["error"];
        if !said.is_object() {
            continue;
        }
        read += 1;
        let error = ApiError::from_response(&Response::json(exchange.status, exchange.response.clone()));
        let reason = said["errors"][0]["reason"].as_str();
        if error.status != exchange.status
            || error.reason.as_deref() != reason
            || error.canonical.as_deref() != said["status"].as_str()
            || error.message != said["message"]
        {
            faults.push(format!("{}: {error:?} for {said}", exchange.path));
        }
        let request = exchange.as_request();
        let attempt = Attempt {
            request: &request,
            trouble: Trouble::Refused(&error),
            origin: Origin::Reply,
            repeat: Repeat::Harmful,
            tries: 1,
            elapsed: Duration::ZERO,
            now: Duration::ZERO,
            recent: &Recent::default(),
            contact: Contact::Made,
        };
        // Of all that is recorded, this alone passes by itself.
        let passes = reason == Some("resourceNotReady");
        let verdict = retry::judge(&attempt, 0.5);
        let fits = match verdict {
            Verdict::Again { because: Because::NotReady, .. } => passes,
            Verdict::Stop => !passes,
            _ => false,
        };
        if !fits {
            faults.push(format!("{} {reason:?}: {verdict:?}", exchange.status));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(read > 80, "{read} refusals");
}

#[test]
fn the_pages_of_recorded_lists_follow_each_other() {
    let mut pages = 0;
    for exchanges in cases().into_values() {
        for (position, exchange) in exchanges.iter().enumerate() {
            let Some(token) = exchange.response["nextPageToken"].as_str() else { continue };
            assert_eq!(paging::next_token(&exchange.response), Some(token));
            let next = paging::page(&exchange.as_request(), None, Some(token));
            let follows = |later: &&Exchange| {
                later.path == exchange.path && later.parameter("pageToken") == next.query_value("pageToken")
            };
            assert!(exchanges[position + 1..].iter().any(|later| follows(&later)), "{}: {next:?}", exchange.case);
            assert!(!paging::elements(exchange.response.clone(), "services").is_empty());
            pages += 1;
        }
    }
    assert!(pages >= 6, "{pages} pages");
}

#[test]
fn recorded_policies_are_written_back_with_their_etag_and_everybody_elses_members() {
    let ours = Binding { role: "roles/viewer".into(), members: vec!["user:a@example.com".into()], condition: None };
    let mut written = 0;
    let is_policy = |exchange: &Exchange| exchange.path.ends_with(":getIamPolicy") && exchange.status == 200;
    for exchange in cases().into_values().flatten().filter(is_policy) {
        let edited = policy::edit(&exchange.response, std::slice::from_ref(&ours), &[]);
        let set = Request::new(Method::Post, exchange.host.as_str(), exchange.path.replace(":getIam", ":setIam"));
        let set = set.header(USER_PROJECT, "p").json(json!({"policy": edited.clone()}));
        assert_eq!(stackctl_judge::faults(&record::line(1, &set, None)), [""; 0], "{}", exchange.case);
        assert_eq!(edited["etag"], exchange.response["etag"]);
        let kept = |binding: &Json| edited["bindings"].as_array().unwrap().contains(binding);
        let theirs = exchange.response["bindings"].as_array().into_iter().flatten();
        assert!(theirs.filter(|binding| binding["role"] != "roles/viewer").all(kept), "{}", exchange.case);
        written += 1;
    }
    assert!(written > 10, "{written} policies");
}
