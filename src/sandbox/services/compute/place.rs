//! Where compute resources are: names, paths, links and references in all their spellings.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::{Map, Value as Json, json};

use super::fail;
use crate::sandbox::cloud::{Cloud, Project};
use crate::sandbox::fault::Fault;
use crate::sandbox::ids;
use crate::sandbox::locations;
use crate::sandbox::operation::{Begin, Compute, Effect, Lasts, compute_link};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::times;
use crate::wire::http::Body;

/// The fingerprint of no labels.
const NO_LABELS: &str = "42WmSpB8rSM=";

/// A resource's place, whether or not it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub project: Project,
    /// `global`, `regions/us-central1`.
    pub scope: String,
    /// `networks`, `addresses`, …
    pub collection: &'static str,
    pub name: String,
}

impl Place {
    /// From `projects/` on, with the project's id.
    pub(super) fn path(&self) -> String {
        format!("{}/{}/{}", self.root(), self.collection, self.name)
    }

    /// `projects/P/global`, `projects/P/regions/R`.
    pub(super) fn root(&self) -> String {
        format!("projects/{}/{}", self.project.id, self.scope)
    }

    /// The key in the store.
    pub(super) fn key(&self) -> String {
        format!("compute/{}", self.path())
    }

    /// The key of the collection.
    pub(super) fn collection_key(&self) -> String {
        format!("compute/{}/{}", self.root(), self.collection)
    }

    /// The link to the resource, in v1.
    pub(super) fn link(&self) -> String {
        compute_link("v1", &self.path())
    }

    /// The region, if it is in one.
    pub(super) fn region(&self) -> Option<&str> {
        self.scope.strip_prefix("regions/")
    }
}

/// The place that a call's path names; for an insert the name is in the body.
///
/// # Errors
/// There is no such region.
pub(super) fn of_call(call: &Call<'_>, collection: &'static str) -> Result<Place, Fault> {
    const NAMES: [&str; 8] =
        ["network", "subnetwork", "address", "forwardingRule", "resource", "firewall", "route", "serviceAttachment"];
    let project = call.project()?;
    let region = call.param("region");
    let scope = if region.is_empty() { "global".to_owned() } else { format!("regions/{region}") };
    if !region.is_empty() && !locations::is_region(region) {
        return Err(fail::field("region", region, "Unknown region."));
    }
    let name = NAMES.iter().chain(&["router"]).map(|name| call.param(name)).find(|name| !name.is_empty());
    let mut place = Place { project, scope, collection, name: name.unwrap_or_default().to_owned() };
    if place.name.is_empty() {
        place.name = call.text("name").unwrap_or_default().to_owned();
    } else if place.name.bytes().all(|byte| byte.is_ascii_digit()) {
        name_of_id(call.cloud, &mut place);
    }
    Ok(place)
}

/// A resource is known by its numeric id too.
fn name_of_id(cloud: &Cloud, place: &mut Place) {
    let collection = place.collection_key();
    let found = cloud.store.children(&collection).into_iter().find(|(_, document)| document["id"] == *place.name);
    if let Some((_, document)) = found {
        place.name = document["name"].as_str().unwrap_or_default().to_owned();
    }
}

/// The place and document of an existing resource.
///
/// # Errors
/// 404.
pub(super) fn existing(call: &mut Call<'_>, collection: &'static str) -> Result<(Place, Json), Fault> {
    let place = of_call(call, collection)?;
    call.cloud.look(&place.key());
    let document = call.cloud.store.get(&place.key()).cloned();
    document.ok_or_else(|| fail::missing(&place.path())).map(|document| (place, document))
}

/// The same for a change: nothing else may be changing it.
///
/// # Errors
/// 404, or 400 `resourceNotReady`.
pub(super) fn changeable(call: &Call<'_>, collection: &'static str) -> Result<(Place, Json), Fault> {
    let place = of_call(call, collection)?;
    let document = call.cloud.store.get(&place.key()).cloned().ok_or_else(|| fail::missing(&place.path()))?;
    match call.cloud.busy(&place.key()) {
        Some(_) => Err(fail::not_ready(&place.path())),
        None => Ok((place, document)),
    }
}

/// The place of something new: the name fits and is free.
///
/// # Errors
/// 400 or 409.
pub(super) fn fresh(call: &Call<'_>, collection: &'static str) -> Result<Place, Fault> {
    let place = of_call(call, collection)?;
    if place.name.is_empty() {
        return Err(fail::required("resource.name"));
    }
    check_name("resource.name", &place.name)?;
    if call.cloud.store.has(&place.key()) || call.cloud.busy(&place.key()).is_some() {
        return Err(fail::exists(&place.path()));
    }
    Ok(place)
}

/// Google's rule for names: RFC 1035.
pub(super) fn check_name(field: &str, name: &str) -> Result<(), Fault> {
    let fits = (1..=63).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits {
        return Ok(());
    }
    Err(fail::field(field, name, "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'"))
}

/// The path that a reference means: a URL of any root, a path from `projects/` on, or one within the project.
///
/// # Errors
/// It is none to that collection.
pub(super) fn reference(cloud: &Cloud, at: &Place, field: &str, text: &str, collection: &str) -> Result<String, Fault> {
    let malformed = || fail::field(field, text, "The URL is malformed.");
    let path = match (text.find("projects/"), text.starts_with("global/") || text.starts_with("regions/")) {
        (Some(from), _) => text[from..].to_owned(),
        (None, true) => format!("projects/{}/{text}", at.project.id),
        (None, false) => return Err(malformed()),
    };
    let parts: Vec<&str> = path.split('/').collect();
    let name = match parts.as_slice() {
        ["projects", _, "global", found, name] | ["projects", _, "regions", _, found, name] if *found == collection => {
            name
        }
        _ => return Err(malformed()),
    };
    if name.is_empty() {
        return Err(malformed());
    }
    let project = cloud.project(parts[1]).map_or_else(|| parts[1].to_owned(), |project| project.id);
    let mut canonical = format!("projects/{project}");
    parts[2..].iter().for_each(|part| write!(canonical, "/{part}").expect("a string takes all"));
    Ok(canonical)
}

/// The path of something that must be there and at rest.
///
/// # Errors
/// 404, or 400 where it is being made or taken away.
pub(super) fn ready(cloud: &Cloud, at: &Place, field: &str, text: &str, collection: &str) -> Result<String, Fault> {
    let path = reference(cloud, at, field, text, collection)?;
    let key = format!("compute/{path}");
    match (cloud.store.has(&key), cloud.busy(&key)) {
        (true, None) => Ok(path),
        (_, Some(_)) => Err(fail::not_ready(&path)),
        (false, None) => Err(fail::missing(&path)),
    }
}

/// Keeps what was sent and nobody has dealt with: what can be written is shown as it was written. Labels are ignored on
/// insert; `false`, an empty text and an empty list are as good as unset.
pub(super) fn keep_rest(made: &mut Map<String, Json>, body: &Json, dealt_with: &[&str]) {
    for (field, value) in body.as_object().into_iter().flatten() {
        let unset = match value {
            Json::Bool(set) => !set,
            Json::String(text) => text.is_empty(),
            Json::Array(list) => list.is_empty(),
            _ => false,
        };
        if !unset && field != "labels" && !dealt_with.contains(&field.as_str()) && !made.contains_key(field) {
            made.insert(field.clone(), value.clone());
        }
    }
}

/// A document with what every resource begins with.
pub(super) fn document(call: &mut Call<'_>, place: &Place, kind: &str) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("kind".to_owned(), json!(format!("compute#{kind}")));
    map.insert("id".to_owned(), json!(call.cloud.ids.numeric()));
    map.insert("creationTimestamp".to_owned(), json!(times::compute(call.now())));
    map.insert("name".to_owned(), json!(place.name));
    map
}

/// A new fingerprint.
pub(super) fn fingerprint(call: &mut Call<'_>) -> String {
    URL_SAFE.encode(call.cloud.ids.bytes(8))
}

/// The fingerprint of labels: the same labels, the same fingerprint.
pub(super) fn label_fingerprint(labels: &Json) -> String {
    let mut pairs: Vec<String> =
        labels.as_object().into_iter().flatten().map(|(name, value)| format!("{name}={value}")).collect();
    if pairs.is_empty() {
        return NO_LABELS.to_owned();
    }
    pairs.sort();
    URL_SAFE.encode(ids::hash(&pairs.join(",")).to_be_bytes())
}

/// Changes labels: done in the first answer.
///
/// # Errors
/// 412 where the fingerprint is stale.
pub(super) fn set_labels(call: &mut Call<'_>, collection: &'static str) -> Result<Reply, Fault> {
    let (place, mut document) = changeable(call, collection)?;
    let given = call.text("labelFingerprint").unwrap_or_default();
    if document["labelFingerprint"] != given {
        return Err(fail::stale_labels());
    }
    let labels = call.body.get("labels").cloned().unwrap_or_else(|| json!({}));
    check_labels(&labels)?;
    document["labelFingerprint"] = json!(label_fingerprint(&labels));
    let map = document.as_object_mut().expect("resources are objects");
    map.shift_remove("labels");
    if labels.as_object().is_some_and(|labels| !labels.is_empty()) {
        map.insert("labels".to_owned(), labels);
    }
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let effects = vec![Effect::Put(place.key(), document)];
    Ok(begin(call, &place, "setLabels", &id, effects, Lasts::NO_TIME))
}

/// Google's rule for labels.
fn check_labels(labels: &Json) -> Result<(), Fault> {
    let fits = |text: &str| {
        text.chars().count() <= 63
            && text.chars().all(|c| {
                c.is_lowercase() || c.is_numeric() || c == '-' || c == '_' || (c.is_alphabetic() && !c.is_uppercase())
            })
    };
    for (name, value) in labels.as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        let begins = name.starts_with(|c: char| c.is_alphabetic());
        if !begins || !fits(name) || !fits(value) {
            let why = "Label keys and values may hold lower-case letters, digits, underscores and hyphens, at most 63; \
                       a key begins with a letter.";
            return Err(fail::field("labels", &format!("{name}={value}"), why));
        }
    }
    Ok(())
}

/// Begins an operation on a place. The same `requestId` gives the same operation.
pub(super) fn begin(
    call: &mut Call<'_>,
    place: &Place,
    operation_type: &str,
    id: &str,
    effects: Vec<Effect>,
    lasts: Lasts,
) -> Reply {
    let version = call.route.version.clone();
    let path = place.path();
    let of = Compute {
        project: &place.project.id,
        scope: &place.scope,
        operation_type,
        target: &path,
        target_id: id,
        version: &version,
    };
    call.begin_compute(of, Begin { targets: vec![place.key()], effects }, lasts)
}

/// Links say the version that was called.
pub(super) fn in_version(mut reply: Reply, version: &str) -> Reply {
    if version != "v1"
        && let Body::Json(json) = &mut reply.response.body
    {
        rewrite(json, &compute_link("v1", ""), &compute_link(version, ""));
    }
    reply
}

fn rewrite(json: &mut Json, from: &str, to: &str) {
    match json {
        Json::String(text) => {
            if let Some(rest) = text.strip_prefix(from) {
                *text = format!("{to}{rest}");
            }
        }
        Json::Array(list) => list.iter_mut().for_each(|one| rewrite(one, from, to)),
        Json::Object(map) => map.values_mut().for_each(|one| rewrite(one, from, to)),
        _ => {}
    }
}
