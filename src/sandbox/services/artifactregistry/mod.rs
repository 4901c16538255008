//! Artifact Registry v1: repositories, and the packages, versions, tags and Docker images in them.
//!
//! Facts: one cassette of April 2024 for repositories; fields that came later (`registryUri`, `satisfiesPzi`, scanning)
//! have the shape of newer, unverified traffic. Contents are from discovery.

mod contents;
mod images;
mod repositories;

use serde_json::Value as Json;

use crate::sandbox::fault::Fault;
use crate::sandbox::operation::{Begin, Effect, Lasts, Source};
use crate::sandbox::service::{Call, Reply, Service, completes_nothing};
use crate::sandbox::{locations, policy};

pub use images::{Image, deployed, parse, push};

pub(super) const SERVICE: Service = Service { host: "artifactregistry", handle, complete: completes_nothing };

fn handle(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let method = call.id().trim_start_matches("artifactregistry.projects.locations.").to_owned();
    match method.trim_start_matches("repositories.") {
        "list" if method == "list" => locations::answer(call),
        "get" if method == "get" => locations::answer(call),
        "operations.get" => operation(call),
        "create" => repositories::create(call),
        "get" => repositories::get(call),
        "list" => repositories::list(call),
        "patch" => repositories::patch(call),
        "delete" => repositories::delete(call),
        "getIamPolicy" | "setIamPolicy" | "testIamPermissions" => {
            let (key, _) = repositories::find(call)?;
            policy::answer(call, &key)
        }
        "packages.get" => contents::get_package(call),
        "packages.list" => contents::list_packages(call),
        "packages.delete" => contents::delete_package(call),
        "packages.versions.get" => contents::get_version(call),
        "packages.versions.list" => contents::list_versions(call),
        "packages.versions.delete" => contents::delete_version(call),
        "packages.tags.get" => contents::get_tag(call),
        "packages.tags.list" => contents::list_tags(call),
        "packages.tags.create" => contents::create_tag(call),
        "packages.tags.patch" => contents::patch_tag(call),
        "packages.tags.delete" => contents::delete_tag(call),
        "dockerImages.get" => contents::get_image(call),
        "dockerImages.list" => contents::list_images(call),
        _ => Err(Fault::not_played(call.id())),
    }
}

/// The project's id and the location in the path, as operations and resources are named.
fn parent(call: &Call<'_>) -> Result<String, Fault> {
    Ok(format!("projects/{}/locations/{}", call.project()?.id, call.param("locationsId")))
}

fn operation(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let key = format!("op/artifactregistry/{}/operations/{}", parent(call)?, call.param("operationsId"));
    call.poll(&key, missing)
}

fn missing() -> Fault {
    Fault::not_found("Requested entity was not found.")
}

/// Begins an operation; its metadata is only a type, as recorded.
fn begin(
    call: &mut Call<'_>,
    targets: Vec<String>,
    effects: Vec<Effect>,
    response: Source,
    lasts: Lasts,
) -> Result<Reply, Fault> {
    let metadata =
        serde_json::json!({"@type": "type.googleapis.com/google.devtools.artifactregistry.v1.OperationMetadata"});
    let scope = parent(call)?;
    Ok(call.begin_long_running(&scope, Source::Fixed(metadata), response, Begin { targets, effects }, lasts))
}

/// A document as the typed response of an operation.
fn typed(document: &Json, kind: &str) -> Json {
    let mut typed =
        serde_json::json!({"@type": format!("type.googleapis.com/google.devtools.artifactregistry.v1.{kind}")});
    if let (Some(map), Some(fields)) = (typed.as_object_mut(), document.as_object()) {
        map.extend(fields.clone());
    }
    typed
}

#[cfg(test)]
mod tests;
