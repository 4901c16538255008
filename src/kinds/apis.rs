//! Google's APIs that a stack needs: which, whether they are enabled, how to enable them, when they really are.
//!
//! `apis:` in the file is a list of further ones. APIs are only ever enabled, never disabled: others may use them.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::request::{self, At};
use super::{Descriptor, registry};
use crate::model::Place;
use crate::wire::operation::Family;
use crate::wire::{ApiError, Method, Request};

/// The API that enables APIs.
pub const HOST: &str = "serviceusage.googleapis.com";
/// Without these two nothing can be read of a project or of what is enabled in it.
pub const FIRST: [&str; 2] = ["serviceusage.googleapis.com", "cloudresourcemanager.googleapis.com"];
/// Its operations: `operations/acat.p2-NUMBER-UUID`, polled at `/v1/` (recordings
/// serviceusage/service-cassette-2024-04-16).
pub const FAMILY: Family = Family::LongRunning { version: "v1" };
/// A batch holds at most this many (serviceusage v1, services.batchEnable).
pub const MOST_IN_A_BATCH: usize = 20;
/// Service accounts and policies are there whether or not their APIs are enabled in the project: tools make them while
/// another project is charged.
pub fn is_there_anyway(service: &str) -> bool {
    ["iam.googleapis.com", "cloudresourcemanager.googleapis.com"].contains(&service)
}

/// Usual seconds until an enable is done; 26 to 50 were seen.
pub const USUAL_SECONDS: u32 = 40;

/// The services that entries of `sections` and the list `apis:` need, [`FIRST`] included.
pub fn needed<'a>(
    sections: impl IntoIterator<Item = &'a str>,
    listed: impl IntoIterator<Item = &'a str>,
) -> BTreeSet<String> {
    let kinds = sections.into_iter().filter_map(registry::find).map(|row| row.descriptor.api.service.to_owned());
    kinds.chain(FIRST.map(str::to_owned)).chain(listed.into_iter().map(str::to_owned)).collect()
}

/// Lists what is enabled; only names come back. Pages like other lists, elements under `services`.
pub fn list_enabled(project: &str) -> Request {
    Request::get(HOST, format!("/v1/projects/{}/services", request::segment(project)))
        .query("filter", "state:ENABLED")
        .query("fields", "services/name,nextPageToken")
        .query("pageSize", "200")
}

/// The service of an element of the list: `run.googleapis.com` of `projects/1/services/run.googleapis.com`.
pub fn enabled_name(element: &Json) -> Option<String> {
    element.get("name")?.as_str()?.rsplit('/').next().map(str::to_owned)
}

/// The requests that enable `services`: each answers an operation, all of them can run at once.
pub fn enable(project: &str, services: &BTreeSet<String>) -> Vec<Request> {
    let path = format!("/v1/projects/{}/services:batchEnable", request::segment(project));
    // What the rest is asked with goes into the first batch.
    let mut ordered: Vec<&String> = services.iter().collect();
    ordered.sort_by_key(|service| !FIRST.contains(&service.as_str()));
    ordered
        .chunks(MOST_IN_A_BATCH)
        .map(|batch| Request::new(Method::Post, HOST, path.clone()).json(json!({"serviceIds": batch})))
        .collect()
}

/// A cheap read that an API answers only once it is really enabled: the first page of a collection, with one element.
///
/// `place` names project and location. `None` for services of which no kind can be listed.
pub fn probe(service: &str, place: &Place) -> Option<Request> {
    let descriptor = probed(service)?;
    let list = descriptor.list?;
    let request = request::request(descriptor, Method::Get, place, At::Collection);
    Some(match list.page_size {
        Some((name, _)) => request.query(name, "1"),
        None => request,
    })
}

/// The kind by whose collection a service is probed: one that stands in the project itself, whose list is a `GET`.
fn probed(service: &str) -> Option<&'static Descriptor> {
    let stands_alone = |descriptor: &Descriptor| descriptor.parents.is_empty() && descriptor.list.is_some();
    registry::all()
        .iter()
        .map(|row| row.descriptor)
        .find(|descriptor| descriptor.api.service == service && stands_alone(descriptor) && descriptor.readable)
}

/// The service and the project that charges for it, where a refusal says that an API is not enabled. A project other
/// than the stack's is the quota project, or the one of the credentials.
pub fn disabled(error: &ApiError) -> Option<(Option<&str>, Option<&str>)> {
    if error.status != 403 || !error.is(&["SERVICE_DISABLED", "accessNotConfigured"]) {
        return None;
    }
    Some((error.metadata("service"), error.metadata("consumer")))
}

/// Why a text in `apis:` is no API, with what may be meant.
///
/// # Errors
/// What is wrong with the name.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_label =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if name.contains('.') && name.split('.').all(is_label) {
        return Ok(());
    }
    if is_label(name) {
        return Err(format!("an API has a full name; did you mean `{name}.googleapis.com`?"));
    }
    Err("an API is named like `run.googleapis.com`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_apis_of_all_sections_are_needed_once() {
        let needed = needed(["networks", "subnetworks", "serviceAccounts", "nonsense"], ["logging.googleapis.com"]);
        let names: Vec<_> = needed.iter().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "cloudresourcemanager.googleapis.com",
                "compute.googleapis.com",
                "iam.googleapis.com",
                "logging.googleapis.com",
                "serviceusage.googleapis.com",
            ]
        );
    }

    #[test]
    fn enabled_ones_are_listed_by_name_alone() {
        // recordings serviceusage/service-cassette-2024-04-16
        let request = list_enabled("p");
        assert_eq!(request.to_string(), "GET serviceusage.googleapis.com/v1/projects/p/services");
        assert_eq!(request.query_value("filter"), Some("state:ENABLED"));
        assert_eq!(request.query_value("fields"), Some("services/name,nextPageToken"));
        let element = json!({"name": "projects/123/services/run.googleapis.com"});
        assert_eq!(enabled_name(&element).as_deref(), Some("run.googleapis.com"));
    }

    #[test]
    fn they_are_enabled_in_batches_of_twenty_with_the_first_ones_first() {
        let services: BTreeSet<String> =
            (0..25).map(|at| format!("a{at:02}.googleapis.com")).chain([FIRST[0].to_owned()]).collect();
        let requests = enable("p", &services);
        let batch = |at: usize| requests[at].body.as_json().unwrap()["serviceIds"].as_array().unwrap().clone();
        assert_eq!((requests.len(), batch(0).len(), batch(1).len()), (2, 20, 6));
        assert_eq!(batch(0)[0], json!(FIRST[0]));
        assert_eq!(requests[0].to_string(), "POST serviceusage.googleapis.com/v1/projects/p/services:batchEnable");
        assert!(enable("p", &BTreeSet::new()).is_empty());
    }

    #[test]
    fn every_api_of_a_kind_can_be_probed() {
        let values = [("project", "p"), ("location", "r")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let place = Place { values: values.into() };
        for row in registry::all() {
            let service = row.descriptor.api.service;
            if FIRST.contains(&service) {
                continue;
            }
            let probe = probe(service, &place).unwrap_or_else(|| panic!("{service} has no probe"));
            assert_eq!(probe.method, Method::Get);
            assert!(!probe.path.contains('{') && !probe.path.contains("//"), "{probe}");
        }
    }

    #[test]
    fn a_disabled_api_names_itself_and_who_is_charged() {
        let error = ApiError {
            status: 403,
            canonical: Some("PERMISSION_DENIED".into()),
            reason: Some("SERVICE_DISABLED".into()),
            message: String::new(),
            metadata: vec![("service".into(), "run.googleapis.com".into()), ("consumer".into(), "projects/9".into())],
            retry_after_s: None,
        };
        assert_eq!(disabled(&error), Some((Some("run.googleapis.com"), Some("projects/9"))));
        assert_eq!(disabled(&ApiError { reason: None, ..error }), None);
    }

    #[test]
    fn a_short_name_is_answered_with_the_full_one() {
        assert!(check_name("run.googleapis.com").is_ok());
        assert!(check_name("run").unwrap_err().contains("`run.googleapis.com`"));
        for bad in ["", "Run.googleapis.com", "run googleapis", "https://run.googleapis.com"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
