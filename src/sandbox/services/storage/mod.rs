//! Cloud Storage, the JSON API: buckets, and objects with generations and their preconditions.
//!
//! No recording exists: shapes from discovery and Google's pages. Uploads are `media` and `multipart`; resumable ones,
//! copies and compositions are not played.

mod buckets;
mod objects;
mod upload;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::service::{Call, Reply, Service, completes_nothing};

pub(super) const SERVICE: Service = Service { host: "storage", handle, complete: completes_nothing };

fn handle(call: &mut Call<'_>) -> Result<Reply, Fault> {
    match call.id().trim_start_matches("storage.") {
        "buckets.insert" => buckets::insert(call),
        "buckets.get" => buckets::get(call),
        "buckets.list" => buckets::list(call),
        "buckets.patch" => buckets::change(call, buckets::Change::Merge),
        "buckets.update" => buckets::change(call, buckets::Change::Replace),
        "buckets.delete" => buckets::delete(call),
        "buckets.getIamPolicy" | "buckets.setIamPolicy" | "buckets.testIamPermissions" => buckets::policy(call),
        "objects.insert" => objects::insert(call),
        "objects.get" => objects::get(call),
        "objects.list" => objects::list(call),
        "objects.patch" | "objects.update" => objects::change(call),
        "objects.delete" => objects::delete(call),
        _ => Err(Fault::not_played(call.id())),
    }
}

/// A time in microseconds that no other generation has.
fn tick(cloud: &mut Cloud) -> i64 {
    let last = cloud.store.get("storage/clock").and_then(Json::as_i64).unwrap_or(0);
    let now = cloud.now.as_microsecond().max(last + 1);
    cloud.store.put("storage/clock", json!(now));
    now
}

fn time(micros: i64) -> Json {
    let at = Timestamp::from_microsecond(micros).unwrap_or_default();
    json!(crate::sandbox::times::milliseconds(at))
}

/// 412 in this API's words.
fn not_met() -> Fault {
    Fault::condition_not_met("At least one of the pre-conditions you specified did not hold.")
}

/// Checks `if…Match` and `if…NotMatch` against a generation, or a metageneration; zero stands for absent.
fn check(call: &Call<'_>, parameter: &str, current: i64) -> Result<(), Fault> {
    let given = |name: &str| call.query(name).and_then(|text| text.parse::<i64>().ok());
    if given(&format!("if{parameter}Match")).is_some_and(|wanted| wanted != current) {
        return Err(not_met());
    }
    if given(&format!("if{parameter}NotMatch")).is_some_and(|unwanted| unwanted == current) {
        return Err(not_met());
    }
    Ok(())
}

fn number(document: &Json, field: &str) -> i64 {
    document[field].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
