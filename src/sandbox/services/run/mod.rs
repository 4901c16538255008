//! Cloud Run: services, jobs, worker pools and what they run, in v2 and in the Knative-shaped v1.
//!
//! The stored documents are v2's. Facts: seven recordings of services (April 2024) and jobs (2025, 2026), discovery,
//! and every request that gcloud sends for the tutorial. Worker pools, executions, secrets and direct VPC egress are not
//! recorded.

mod address;
mod checks;
mod deploy;
mod executions;
mod fill;
mod kind;
mod knative;
mod needs;
mod quantity;
mod ready;
mod revisions;
mod v1;
mod zero;

use serde_json::{Value as Json, json};

use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::operation::view;
use crate::sandbox::policy;
use crate::sandbox::service::{Call, Reply, Service};

use fill::Makes;
use kind::{JOB, Kind, Place};

pub use needs::{Crash, let_crash};

pub(super) const SERVICE: Service = Service { host: "run", handle, complete: ready::complete };

fn handle(call: &mut Call<'_>) -> Result<Reply, Fault> {
    if call.route.api.version == "v1" {
        return v1::answer(call);
    }
    let method = call.id().trim_start_matches("run.projects.locations.").to_owned();
    let place = Place::of(call)?;
    let (collection, verb) = method.split_once('.').unwrap_or(("", &method));
    if collection == "operations" {
        return operations(call, &place, verb);
    }
    let Some(kind) = Kind::of(collection) else { return Err(Fault::not_played(call.id())) };
    let id = call.param(&format!("{}Id", kind.collection)).to_owned();
    match verb {
        "create" => {
            let id = call.query(kind.id_parameter).unwrap_or_default().to_owned();
            let (body, options) = (std::mem::take(&mut call.body), deploy::Options::of(call));
            deploy::create(call, kind, &place, &id, body, options)
        }
        "patch" => {
            let (body, options) = (std::mem::take(&mut call.body), deploy::Options::of(call));
            deploy::change(call, kind, &place, &id, body, options)
        }
        "delete" => {
            let options = deploy::Options::of(call);
            deploy::delete(call, kind, &place, &id, options)
        }
        "get" => {
            let document = deploy::find(call, kind, &place, &id)?;
            Ok(crate::sandbox::store::public(&document).into())
        }
        "list" => deploy::list(call, kind, &place),
        "getIamPolicy" | "setIamPolicy" | "testIamPermissions" => {
            deploy::find(call, kind, &place, &id)?;
            let key = place.key(kind, &id);
            policy::answer(call, &key)
        }
        "run" => executions::run(call, &place, &id).map(|(_, operation)| operation.into()),
        "revisions.list" => revisions::list(call, kind, &place, &id),
        "revisions.get" => revisions::get(call, kind, &place, &id),
        "revisions.delete" => revisions::delete(call, kind, &place, &id),
        _ => match verb.strip_prefix("executions.") {
            Some(verb) if kind == &JOB => executions::answer(call, &place, verb),
            _ => Err(Fault::not_played(call.id())),
        },
    }
}

/// Operations, alike in both versions but for the objects inside.
fn operations(call: &mut Call<'_>, place: &Place, verb: &str) -> Result<Reply, Fault> {
    let id = call.param("operationsId").to_owned();
    let key = format!("op/run/{}/operations/{id}", place.path());
    let missing = || Fault::not_found(format!("Operation '{id}' does not exist."));
    match verb {
        "get" => call.poll(&key, missing),
        "wait" => {
            let timeout = call.text("timeout").and_then(|text| text.strip_suffix('s')?.parse::<f64>().ok());
            call.wait(&key, timeout.map_or(30, |seconds| seconds as i64), missing)
        }
        "list" => {
            let prefix = format!("op/run/{}/operations/", place.path());
            let keys = call.cloud.store.keys_under(&prefix);
            let found = keys.iter().filter_map(|key| call.cloud.operation(key));
            let entries: Vec<Json> = found.map(|operation| view(call.cloud, &operation)).collect();
            let entries = list::filter(entries, call.query("filter"))?;
            let page = list::page(entries, list::size(call.query("pageSize"), 100, 1000)?, call.query("pageToken"))?;
            Ok(page.answer("operations").into())
        }
        "delete" => {
            call.cloud.operation(&key).ok_or_else(missing)?;
            Ok(json!({}).into())
        }
        _ => Err(Fault::not_played(call.id())),
    }
}

#[cfg(test)]
mod tests;
