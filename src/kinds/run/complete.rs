//! What follows from an entry and nobody must have to write: versions of secrets, types of traffic targets, the
//! binding behind `invokers`, full paths.

use crate::kinds::shape::each;
use crate::model::{Doc, Map, Place};

const INVOKER: &str = "roles/run.invoker";

/// Completes a service.
pub(super) fn service(place: &Place, doc: &mut Doc) {
    common(place, doc, "revision");
    targets(doc, "traffic", "TRAFFIC_TARGET_ALLOCATION_TYPE");
    bind_invokers(doc);
    let counts_by_hand = doc.dig("scaling.manualInstanceCount").is_some();
    if counts_by_hand && doc.dig("scaling.scalingMode").is_none() {
        doc.put("scaling.scalingMode", Doc::from("MANUAL"));
    }
}

/// Completes a worker pool.
pub(super) fn worker_pool(place: &Place, doc: &mut Doc) {
    common(place, doc, "revision");
    targets(doc, "instanceSplits", "INSTANCE_SPLIT_ALLOCATION_TYPE");
}

/// Completes a job.
pub(super) fn job(place: &Place, doc: &mut Doc) {
    common(place, doc, "task");
    bind_invokers(doc);
}

fn common(place: &Place, doc: &mut Doc, inner: &str) {
    for env in ["env{}", "sidecars{}.env{}"] {
        each(doc, env, &mut secret_variable);
    }
    each(doc, "volumes{}", &mut secret_volume);
    qualify(place, doc);
    if let Some(map) = doc.as_map_mut() {
        for key in [inner, "sidecars", "volumes"] {
            if map.get(key).and_then(Doc::as_map).is_some_and(Map::is_empty) {
                map.shift_remove(key);
            }
        }
    }
}

/// A secret by its path has no version that follows from the stack.
fn secret_variable(value: &mut Doc) {
    let Some(map) = value.as_map_mut() else { return };
    if map.contains_key("secret") && !map.contains_key("version") {
        map.insert("version".to_owned(), Doc::from("latest"));
    }
}

/// One version as one file is written without `items`; a pinned version needs the name that the file has anyway.
fn secret_volume(volume: &mut Doc) {
    let Some(map) = volume.as_map_mut() else { return };
    let Some(secret) = map.get("secret").filter(|secret| secret.as_map().is_none()).cloned() else { return };
    if matches!(map.get("items"), Some(Doc::List(_))) {
        let version = match map.get("version") {
            // Put there because the volume names none; each of its items can.
            Some(Doc::Unknown(_)) => map.shift_remove("version"),
            _ => None,
        };
        settle_items(map, version);
        return;
    }
    let is_pinned = ["version", "mode"].iter().any(|key| map.contains_key(*key));
    if is_pinned
        && !map.contains_key("path")
        && let Some(name) = secret.as_str().and_then(|path| path.rsplit('/').next())
    {
        map.insert("path".to_owned(), Doc::from(name));
    }
}

fn settle_items(map: &mut Map, version: Option<Doc>) {
    let Some(Doc::List(items)) = map.get_mut("items") else { return };
    if let Some(version) = version {
        for item in items.iter_mut().filter_map(Doc::as_map_mut) {
            item.entry("version".to_owned()).or_insert_with(|| version.clone());
        }
    }
    let [Doc::Map(only)] = items.as_slice() else { return };
    let only = only.clone();
    let is_plain =
        only.contains_key("path") && only.keys().all(|key| ["path", "version", "mode"].contains(&key.as_str()));
    if is_plain && !only.keys().any(|key| map.contains_key(key)) {
        map.shift_remove("items");
        map.extend(only);
    }
}

/// Names that Google takes alone, as full paths: gcloud writes `network: NAME`, we `projects/P/global/networks/NAME`.
pub(super) fn qualify(place: &Place, doc: &mut Doc) {
    for (path, prefix) in [
        ("vpcAccess.network", "projects/{project}/global/networks/"),
        ("vpcAccess.subnetwork", "projects/{project}/regions/{location}/subnetworks/"),
        ("vpcAccess.connector", "projects/{project}/locations/{location}/connectors/"),
        ("env{}.secret", "projects/{project}/secrets/"),
        ("sidecars{}.env{}.secret", "projects/{project}/secrets/"),
        ("volumes{}.secret", "projects/{project}/secrets/"),
    ] {
        each(doc, path, &mut |value| {
            if let Doc::String(name) = value
                && !name.is_empty()
                && !name.contains('/')
            {
                *name = format!("{}{name}", place.fill(prefix));
            }
        });
    }
}

/// The type of a target follows from whether it names a revision.
fn targets(doc: &mut Doc, field: &str, kind: &str) {
    each(doc, &format!("{field}[]"), &mut |target| {
        let Some(map) = target.as_map_mut() else { return };
        if !map.contains_key("type") {
            let which = if map.contains_key("revision") { "REVISION" } else { "LATEST" };
            map.insert("type".to_owned(), Doc::String(format!("{kind}_{which}")));
        }
    });
}

/// `invokers` as the entry of `iam` that it is.
fn bind_invokers(doc: &mut Doc) {
    let Some(Doc::List(invokers)) = doc.take("invokers") else { return };
    if invokers.is_empty() {
        return;
    }
    let binding =
        Doc::Map(Map::from([("role".to_owned(), Doc::from(INVOKER)), ("members".to_owned(), Doc::List(invokers))]));
    match doc.as_map_mut().and_then(|map| map.get_mut("iam")) {
        Some(Doc::List(bindings)) => bindings.push(binding),
        _ => doc.put("iam", Doc::List(vec![binding])),
    }
}
