//! The Google services that the sandbox plays, one file or folder each.

pub mod artifactregistry;
pub mod attachments;
#[cfg(test)]
mod caller;
mod compute;
mod iam;
mod iamcredentials;
mod logging;
mod resourcemanager;
pub mod run;
pub(crate) mod secretmanager;
pub mod serverless;
mod serviceusage;
mod sqladmin;
mod storage;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::cloud::Cloud;
use super::fault::Fault;
use super::service::{Call, Reply, Service};

/// All services; a table, so that adding one is a line.
pub static SERVICES: &[&Service] = &[
    &artifactregistry::SERVICE,
    &compute::SERVICE,
    &iam::SERVICE,
    &iamcredentials::SERVICE,
    &logging::SERVICE,
    &resourcemanager::SERVICE,
    &run::SERVICE,
    &secretmanager::SERVICE,
    &serviceusage::SERVICE,
    &sqladmin::SERVICE,
    &storage::SERVICE,
];

/// Answers a call through the service of its host.
pub(super) fn dispatch(call: &mut Call<'_>) -> Result<Reply, Fault> {
    match SERVICES.iter().find(|service| service.host == call.route.host) {
        Some(service) => (service.handle)(call),
        None => Err(Fault::not_played(call.id())),
    }
}

/// Ends an operation of a service.
pub(super) fn complete(
    cloud: &mut Cloud,
    at: Timestamp,
    service: &str,
    action: &str,
    arguments: &Json,
) -> Result<Option<Json>, Fault> {
    let service = SERVICES.iter().find(|known| known.host == service);
    let service = service.expect("effects name a service of the table; they are written by it");
    (service.complete)(cloud, at, action, arguments)
}
