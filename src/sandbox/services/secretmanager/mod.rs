//! Secret Manager v1: secrets and versions, global ones and those of a location.
//!
//! Everything is synchronous. Facts: seven recordings (April 2024 to August 2025) and discovery; the messages of
//! refusals that are not recorded are from public issue threads.

mod secrets;
mod versions;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::service::{Call, Reply, Service, completes_nothing};
use crate::sandbox::times;
use crate::sandbox::{locations, policy};

pub(super) const SERVICE: Service = Service { host: "secretmanager", handle, complete: completes_nothing };

/// Where a call's secrets live: the same methods exist for a project and for a location of it.
#[derive(Debug, Clone)]
struct Scope {
    /// `secretmanager/projects/ID[/locations/L]`
    key: String,
    /// `projects/NUMBER[/locations/L]`, as answers name it.
    name: String,
    regional: bool,
}

fn scope(call: &Call<'_>) -> Result<Scope, Fault> {
    let project = call.project()?;
    let location = call.param("locationsId");
    let tail = if location.is_empty() { String::new() } else { format!("/locations/{location}") };
    Ok(Scope {
        key: format!("secretmanager/projects/{}{tail}", project.id),
        name: format!("projects/{}{tail}", project.number),
        regional: !location.is_empty(),
    })
}

fn handle(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let method = call.id().trim_start_matches("secretmanager.projects.").to_owned();
    if method == "locations.list" || method == "locations.get" {
        return locations::answer(call);
    }
    let scope = scope(call)?;
    match method.trim_start_matches("locations.") {
        "secrets.create" => secrets::create(call, &scope),
        "secrets.get" => secrets::get(call, &scope),
        "secrets.list" => secrets::list(call, &scope),
        "secrets.patch" => secrets::patch(call, &scope),
        "secrets.delete" => secrets::delete(call, &scope),
        "secrets.addVersion" => versions::add(call, &scope),
        "secrets.versions.get" => versions::get(call, &scope),
        "secrets.versions.list" => versions::list(call, &scope),
        "secrets.versions.access" => versions::access(call, &scope),
        "secrets.versions.enable" => versions::set_state(call, &scope, "ENABLED"),
        "secrets.versions.disable" => versions::set_state(call, &scope, "DISABLED"),
        "secrets.versions.destroy" => versions::destroy(call, &scope),
        "secrets.getIamPolicy" | "secrets.setIamPolicy" | "secrets.testIamPermissions" => {
            let (key, _) = secrets::find(call, &scope)?;
            policy::answer(call, &key)
        }
        _ => Err(Fault::not_played(call.id())),
    }
}

/// The etag of a state reached at a time: recorded, it is a quoted hexadecimal number that holds the microseconds.
fn etag(at: Timestamp) -> Json {
    json!(format!("\"{:x}\"", (1_i64 << 52) | at.as_microsecond()))
}

/// A time that is later than any this service has written, so that two changes never share an etag.
fn tick(cloud: &mut Cloud) -> Timestamp {
    let last = cloud.store.get("secretmanager/clock").and_then(Json::as_i64).unwrap_or(0);
    let now = cloud.now.as_microsecond().max(last + 1);
    cloud.store.put("secretmanager/clock", json!(now));
    Timestamp::from_microsecond(now).unwrap_or(cloud.now)
}

fn check_etag(document: &Json, given: Option<&str>) -> Result<(), Fault> {
    match given.filter(|etag| !etag.is_empty()) {
        Some(etag) if document["etag"] != etag => {
            let name = document["name"].as_str().unwrap_or_default();
            Err(Fault::precondition(format!("The etag provided in the request does not match the etag of [{name}].")))
        }
        _ => Ok(()),
    }
}

fn micros(at: Timestamp) -> Json {
    json!(times::microseconds(at))
}

/// Whether a secret, named as Cloud Run names it, has that version enabled; for a container that wants to read it.
///
/// `secret` is a name in `project` or `projects/P/secrets/S`. Gives the document's key and the version's number.
///
/// # Errors
/// What is missing, in Cloud Run's words.
pub(crate) fn readable_version(
    cloud: &Cloud,
    project: &str,
    secret: &str,
    version: &str,
) -> Result<(String, String), String> {
    let (owner, short) = match secret.strip_prefix("projects/").and_then(|rest| rest.split_once("/secrets/")) {
        Some((owner, short)) => (owner, short),
        None => (project, secret),
    };
    let Some(owner) = cloud.project(owner) else {
        return Err(format!("Secret {secret}/versions/{version} was not found"));
    };
    let key = format!("secretmanager/projects/{}/secrets/{short}", owner.id);
    let name = format!("projects/{}/secrets/{short}/versions/{version}", owner.number);
    let number = versions::number_of(cloud, &key, version);
    let state = number.as_ref().and_then(|number| cloud.store.get(&format!("{key}/versions/{number}")));
    match (number, state.map(|document| document["state"].as_str().unwrap_or_default())) {
        (Some(number), Some("ENABLED")) => Ok((key, number)),
        (Some(_), Some(state)) => Err(format!("Secret {name} is in {state} state")),
        _ => Err(format!("Secret {name} was not found")),
    }
}

#[cfg(test)]
mod tests;
