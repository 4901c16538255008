//! Cloud Run: `services`, `workerPools`, `jobs`. What they share stands once, here.
//!
//! | in the file | in the API |
//! | --- | --- |
//! | the resource's own fields | as they are |
//! | the template's fields that the resource lacks (`timeout`, `vpcAccess`, `volumes`, …) | `template.…`, jobs: `template.template.…` |
//! | `taskCount`, `parallelism` | `template.…` |
//! | `revision: {labels, annotations, scaling, name}` | `template.{labels, annotations, scaling, revision}` |
//! | `task: {labels, annotations}` (jobs) | `template.{labels, annotations}` |
//! | `image`, `command`, `args`, `ports`, `resources`, probes, … | `….containers[0].…` |
//! | `containerName`, `dependsOnContainers` | `….containers[0].{name, dependsOn}` |
//! | `sidecars: {NAME: {…}}` | `….containers[1…]` with `name: NAME` |
//! | `env: {NAME: text}` | `….env[]` as `{name, value}` |
//! | `env: {NAME: {secret, version}}` | `….env[]` as `{name, valueSource: {secretKeyRef: {secret, version}}}` |
//! | `volumes: {NAME: {…}}` | `….volumes[]` with `name: NAME` |
//! | `volumes: {NAME: {secret, version, path, mode, defaultMode, items}}` | `….volumes[].secret.{secret, defaultMode, items}` |
//! | `vpcAccess: {network, subnetwork, tags}` | `….vpcAccess.networkInterfaces[0].…` |
//! | `invokers: [M]` | `iam: [{role: roles/run.invoker, members: [M]}]` |

mod calls;
mod checks;
mod complete;
mod consequences;
mod elements;
mod fields;
mod filled;
pub mod health;
mod jobs;
mod layout;
mod services;
pub mod spec;
mod urls;
mod worker_pools;

pub use jobs::Jobs;
pub use services::Services;
pub use worker_pools::WorkerPools;

use super::{Api, Descriptor, Durations, HoldsData, IdStyle, Location, Policy, UpdateStyle};
use crate::wire::operation::Family;

/// The Cloud Run Admin API.
const API: Api = Api { host: "run.googleapis.com", prefix: "/v2/", service: "run.googleapis.com" };

/// What the three descriptors share; each kind writes the rest over it.
const RESOURCE: Descriptor = Descriptor {
    section: "",
    noun: "",
    doc: "",
    api: API,
    location: Location::Region,
    parents: &[],
    collection: "",
    item: "",
    id: IdStyle::Query(""),
    list: None,
    readable: true,
    update: UpdateStyle::PatchFull,
    family: Family::LongRunning { version: "v2" },
    unique_id: Some("uid"),
    guard: Some("etag"),
    labels: Some("labels"),
    policy: Some(Policy { get_with_post: false, takes_version: true }),
    holds_data: HoldsData::No,
    durations: Durations { create: 45, update: 11, delete: 2 },
    name_blocked_days: None,
    serialised_by: None,
    shapes: &[],
    fields: &[],
    outputs: &[],
};

/// Where `invokers` stands: not in the resource, in its policy.
fn invokers_path(path: &str) -> Option<String> {
    path.strip_prefix("invokers").map(|rest| format!("(policy) bindings[role=roles/run.invoker].members{rest}"))
}

#[cfg(test)]
mod tests;
