//! A client of the whole sandbox for tests: requests with a clock of their own, operations waited for.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::sandbox::cloud::{Cloud, Settings};
use crate::sandbox::handle::handle;
use crate::wire::{Method, Request};

pub(super) const PROJECT: &str = "demo-project-1";
/// Polls after which an operation must be done.
const PATIENCE: usize = 4;

/// A cloud with one project, and a caller whose requests are all at [`Caller::now`].
pub(super) struct Caller {
    pub(super) cloud: Cloud,
    pub(super) now: Timestamp,
}

impl Caller {
    /// A project in which these APIs are enabled.
    pub(super) fn new(apis: &[&str]) -> Self {
        let mut cloud = Cloud::new(1, Settings::default());
        cloud.make_project(PROJECT);
        for api in apis {
            cloud.set_enabled(PROJECT, &format!("{api}.googleapis.com"), "ENABLED");
        }
        Self { cloud, now: "2026-01-01T00:00:00Z".parse().expect("a time") }
    }

    pub(super) fn number(&self) -> String {
        self.cloud.project(PROJECT).expect("made above").number
    }

    pub(super) fn pass(&mut self, hours: i64) {
        self.now = self.now.checked_add(jiff::SignedDuration::from_hours(hours)).expect("within the calendar");
    }

    /// Sends to `HOST/PATH?QUERY`; `null` is no body.
    pub(super) fn send(&mut self, method: Method, target: &str, body: Json) -> (u16, Json) {
        let (host, rest) = target.split_once('/').expect("a host and a path");
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut request = Request::new(method, format!("{host}.googleapis.com"), format!("/{path}"));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        request.query = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        if !body.is_null() {
            request = request.json(body);
        }
        let response = handle(&mut self.cloud, self.now, request);
        (response.status, response.body.as_json().cloned().unwrap_or_default())
    }

    pub(super) fn get(&mut self, target: &str) -> (u16, Json) {
        self.send(Method::Get, target, Json::Null)
    }

    /// Changes something and waits for the operation; gives it as it ended.
    #[track_caller]
    pub(super) fn change(&mut self, method: Method, target: &str, body: Json) -> Json {
        let (status, begun) = self.send(method, target, body);
        assert_eq!(status, 200, "{begun}");
        let host = target.split('/').next().expect("a host").to_owned();
        let poll = match begun["selfLink"].as_str() {
            Some(link) => {
                let path = link.split_once(".com/").expect("a full URL").1;
                format!("{host}/{path}")
            }
            None => {
                let version = target.split('/').nth(1).expect("a version");
                format!("{host}/{version}/{}", begun["name"].as_str().expect("an operation"))
            }
        };
        let mut operation = begun;
        for _ in 0..PATIENCE {
            if operation["status"] == "DONE" || operation["done"] == true {
                return operation;
            }
            operation = self.get(&poll).1;
        }
        assert!(operation["status"] == "DONE" || operation["done"] == true, "{operation}");
        operation
    }
}

/// `(status, reason)` of a refusal as Compute and Cloud SQL write it.
pub(super) fn reason(answer: &(u16, Json)) -> (u16, &str) {
    (answer.0, answer.1["error"]["errors"][0]["reason"].as_str().unwrap_or_default())
}

/// `(status, canonical name)` of a refusal as the newer APIs write it.
pub(super) fn canonical(answer: &(u16, Json)) -> (u16, &str) {
    (answer.0, answer.1["error"]["status"].as_str().unwrap_or_default())
}

/// A network, a subnet and an address in it.
pub(super) fn with_address(caller: &mut Caller, range: &str) {
    let compute = format!("compute/compute/v1/projects/{PROJECT}");
    let network = json!({"name": "net", "autoCreateSubnetworks": false});
    caller.change(Method::Post, &format!("{compute}/global/networks"), network);
    let subnet =
        json!({"name": "sub", "ipCidrRange": range, "network": format!("projects/{PROJECT}/global/networks/net")});
    caller.change(Method::Post, &format!("{compute}/regions/us-central1/subnetworks"), subnet);
    let subnetwork = format!("projects/{PROJECT}/regions/us-central1/subnetworks/sub");
    let address = json!({"name": "ip", "addressType": "INTERNAL", "subnetwork": subnetwork});
    caller.change(Method::Post, &format!("{compute}/regions/us-central1/addresses"), address);
}
