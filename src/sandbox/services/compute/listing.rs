//! Lists and aggregated lists, alike for all collections.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{forwarding_rules, networks};
use crate::sandbox::cloud::{Cloud, Project};
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::locations;
use crate::sandbox::operation::{Operation, compute_link, view};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;

/// Collections by the name in method ids, with their name in paths and the kind of their lists.
const COLLECTIONS: [(&str, &str, &str); 12] = [
    ("networks", "networks", "network"),
    ("subnetworks", "subnetworks", "subnetwork"),
    ("addresses", "addresses", "address"),
    ("globalAddresses", "addresses", "address"),
    ("forwardingRules", "forwardingRules", "forwardingRule"),
    ("globalForwardingRules", "forwardingRules", "forwardingRule"),
    ("globalOperations", "operations", "operation"),
    ("regionOperations", "operations", "operation"),
    ("firewalls", "firewalls", "firewall"),
    ("routes", "routes", "route"),
    ("routers", "routers", "router"),
    ("serviceAttachments", "serviceAttachments", "serviceAttachment"),
];

pub(super) fn plays(collection: &str) -> bool {
    COLLECTIONS.iter().any(|(name, ..)| *name == collection)
}

pub(super) fn answer(call: &mut Call<'_>, collection: &str, verb: &str) -> Result<Reply, Fault> {
    let (_, path, kind) = COLLECTIONS.into_iter().find(|(name, ..)| *name == collection).expect("asked `plays` first");
    let project = call.project()?;
    if verb == "aggregatedList" {
        return aggregated(call, &project, path, kind);
    }
    let region = call.param("region").to_owned();
    if !region.is_empty() && !locations::is_region(&region) {
        return Err(super::fail::field("region", &region, "Unknown region."));
    }
    let scope = if region.is_empty() { "global".to_owned() } else { format!("regions/{region}") };
    let id = format!("projects/{}/{scope}/{path}", project.id);
    let entries = list::filter(all(call.cloud, &project, &id, path), call.query("filter"))?;
    let mut answer = paged(call, entries)?;
    answer["kind"] = json!(format!("compute#{kind}List"));
    answer["id"] = json!(id);
    answer["selfLink"] = json!(compute_link("v1", &id));
    Ok(answer.into())
}

fn paged(call: &Call<'_>, mut entries: Vec<Json>) -> Result<Json, Fault> {
    list::order(&mut entries, call.query("orderBy"));
    let size = list::size(call.query("maxResults"), 500, 500)?;
    Ok(list::page(entries, size, call.query("pageToken"))?.answer("items"))
}

/// The entries of a collection as they are shown.
fn all(cloud: &Cloud, project: &Project, id: &str, collection: &str) -> Vec<Json> {
    let key = if collection == "operations" { format!("op/compute/{id}") } else { format!("compute/{id}") };
    cloud.store.children(&key).into_iter().map(|(_, document)| shown(cloud, project, document, collection)).collect()
}

fn shown(cloud: &Cloud, project: &Project, document: &Json, collection: &str) -> Json {
    match collection {
        "networks" => networks::shown(cloud, &project.id, document),
        "forwardingRules" => forwarding_rules::shown(cloud, &project.id, document),
        "operations" => serde_json::from_value::<Operation>(document.clone())
            .map_or(Json::Null, |operation| view(cloud, &operation)),
        _ => public(document),
    }
}

/// Every scope has an entry; one without results has a warning instead.
fn aggregated(call: &mut Call<'_>, project: &Project, collection: &str, kind: &str) -> Result<Reply, Fault> {
    let root = format!("projects/{}", project.id);
    let scopes =
        std::iter::once("global".to_owned()).chain(locations::region_names().map(|name| format!("regions/{name}")));
    let mut entries = Vec::new();
    let mut scoped: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for scope in scopes {
        let id = format!("{root}/{scope}/{collection}");
        let found = list::filter(all(call.cloud, project, &id, collection), call.query("filter"))?;
        entries.extend(found.into_iter().map(|entry| json!([scope, entry])));
        scoped.insert(scope, Vec::new());
    }
    let size = list::size(call.query("maxResults"), 500, 500)?;
    let page = list::page(entries, size, call.query("pageToken"))?;
    for pair in page.entries {
        let scope = pair[0].as_str().unwrap_or_default().to_owned();
        scoped.entry(scope).or_default().push(pair[1].clone());
    }
    let items: Map<String, Json> = scoped
        .into_iter()
        .map(|(scope, found)| {
            let one = if found.is_empty() { no_results(&scope) } else { json!({ collection: found }) };
            (scope, one)
        })
        .collect();
    let id = format!("{root}/aggregated/{collection}");
    let mut answer = json!({
        "kind": format!("compute#{kind}AggregatedList"), "id": id, "items": items,
        "selfLink": compute_link("v1", &id),
    });
    if let Some(token) = page.next {
        answer["nextPageToken"] = json!(token);
    }
    Ok(answer.into())
}

fn no_results(scope: &str) -> Json {
    let message = format!("There are no results for scope '{scope}' on this page.");
    json!({"warning": {"code": "NO_RESULTS_ON_PAGE", "message": message, "data": [{"key": "scope", "value": scope}]}})
}
