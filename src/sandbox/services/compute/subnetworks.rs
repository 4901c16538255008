//! Subnetworks. Recorded in `compute/subnetwork-*.jsonl`.

use ipnet::Ipv4Net;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::place::{self, Place};
use super::{fail, ranges, users};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::{Effect, Lasts, compute_link};
use crate::sandbox::policy;
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;
use crate::sandbox::times;

const COLLECTION: &str = "subnetworks";
/// Fields that an update with a fingerprint may change.
const CHANGEABLE: [&str; 10] = [
    "secondaryIpRanges",
    "logConfig",
    "enableFlowLogs",
    "stackType",
    "ipv6AccessType",
    "role",
    "purpose",
    "privateIpv6GoogleAccess",
    "allowSubnetCidrRoutesOverlap",
    "externalIpv6Prefix",
];

pub(super) fn answer(call: &mut Call<'_>, verb: &str) -> Result<Reply, Fault> {
    match verb {
        "insert" => insert(call),
        "get" => place::existing(call, COLLECTION).map(|(_, document)| public(&document).into()),
        "patch" => patch(call),
        "delete" => delete(call),
        "setPrivateIpGoogleAccess" => set_private_access(call),
        "expandIpCidrRange" => expand(call),
        "getIamPolicy" => {
            let (place, _) = place::existing(call, COLLECTION)?;
            policy::get(call, &place.key())
        }
        "setIamPolicy" => {
            let (place, _) = place::existing(call, COLLECTION)?;
            policy::set(call, &place.key())
        }
        "testIamPermissions" => Ok(policy::test(call)),
        "listUsable" => usable(call),
        _ => Err(Fault::not_played(call.id())),
    }
}

fn insert(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let place = place::fresh(call, COLLECTION)?;
    let body = call.body.as_object().cloned().unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Json::as_str);
    let network = text("network").ok_or_else(|| fail::required("resource.network"))?;
    let network = place::ready(call.cloud, &place, "resource.network", network, "networks")?;
    let range = text("ipCidrRange").ok_or_else(|| fail::required("resource.ipCidrRange"))?;
    let range = ranges::subnet("resource.ipCidrRange", range)?;
    check_secondary(&body)?;
    let purpose = text("purpose").unwrap_or("PRIVATE").to_owned();
    let mut made = place::document(call, &place, "subnetwork");
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    if let Some(text) = body.get("description") {
        made.insert("description".to_owned(), text.clone());
    }
    made.insert("network".to_owned(), json!(compute_link("v1", &network)));
    made.insert("ipCidrRange".to_owned(), json!(range.to_string()));
    made.insert("gatewayAddress".to_owned(), json!(ranges::gateway(range).to_string()));
    made.insert("region".to_owned(), json!(compute_link("v1", &place.root())));
    made.insert("selfLink".to_owned(), json!(place.link()));
    let given = |name: &str, default: Json| body.get(name).cloned().unwrap_or(default);
    made.insert("privateIpGoogleAccess".to_owned(), given("privateIpGoogleAccess", json!(false)));
    for name in ["secondaryIpRanges", "role", "ipv6AccessType", "resolveSubnetMask", "reservedInternalRange"] {
        if let Some(value) = body.get(name) {
            made.insert(name.to_owned(), value.clone());
        }
    }
    made.insert("fingerprint".to_owned(), json!(place::fingerprint(call)));
    made.insert("allowSubnetCidrRoutesOverlap".to_owned(), given("allowSubnetCidrRoutesOverlap", json!(false)));
    put_logging(&body, &mut made);
    made.insert("privateIpv6GoogleAccess".to_owned(), given("privateIpv6GoogleAccess", json!("DISABLE_GOOGLE_ACCESS")));
    made.insert("purpose".to_owned(), json!(purpose));
    if purpose == "PRIVATE" {
        made.insert("stackType".to_owned(), given("stackType", json!("IPV4_ONLY")));
    } else if purpose.ends_with("MANAGED_PROXY") {
        made.insert("state".to_owned(), json!("READY"));
    }
    // Only a subnet for machines has a stack and flow logs.
    place::keep_rest(&mut made, &call.body, &["stackType", "logConfig", "enableFlowLogs"]);
    let arguments = json!({"key": place.key(), "project": place.project.id, "document": made});
    let effects = vec![Effect::call("compute", "insertSubnetwork", arguments)];
    Ok(place::begin(call, &place, "insert", &id, effects, Lasts::seconds(8, 15)))
}

fn check_secondary(body: &Map<String, Json>) -> Result<(), Fault> {
    for secondary in body.get("secondaryIpRanges").and_then(Json::as_array).into_iter().flatten() {
        let name = secondary["rangeName"].as_str().unwrap_or_default();
        place::check_name("resource.secondaryIpRanges[0].rangeName", name)?;
        if let Some(range) = secondary["ipCidrRange"].as_str() {
            ranges::subnet("resource.secondaryIpRanges[0].ipCidrRange", range)?;
        }
    }
    Ok(())
}

/// Flow logs: `logConfig` and `enableFlowLogs` say the same and are there where either was sent.
fn put_logging(body: &Map<String, Json>, made: &mut Map<String, Json>) {
    let sent = body.get("logConfig");
    let enabled =
        sent.and_then(|config| config["enable"].as_bool()).or(body.get("enableFlowLogs").and_then(Json::as_bool));
    let Some(enabled) = enabled.or(sent.map(|_| false)) else { return };
    let mut config = sent.cloned().unwrap_or_else(|| json!({}));
    config["enable"] = json!(enabled);
    if enabled {
        let map = config.as_object_mut().expect("a config is an object");
        map.entry("aggregationInterval").or_insert(json!("INTERVAL_5_SEC"));
        map.entry("flowSampling").or_insert(json!(0.5));
        map.entry("metadata").or_insert(json!("INCLUDE_ALL_METADATA"));
    }
    made.insert("enableFlowLogs".to_owned(), json!(enabled));
    made.insert("logConfig".to_owned(), config);
}

/// All ranges that a subnet takes in its network.
fn taken(document: &Json) -> Vec<Ipv4Net> {
    let secondary = document["secondaryIpRanges"].as_array().into_iter().flatten();
    let texts = std::iter::once(&document["ipCidrRange"]).chain(secondary.map(|one| &one["ipCidrRange"]));
    texts.filter_map(|text| text.as_str()?.parse().ok()).collect()
}

/// Refuses a range that another subnet of the network has.
fn check_overlap(cloud: &Cloud, project: &str, key: &str, document: &Json) -> Result<(), Fault> {
    let wanted = taken(document);
    for (other, subnet) in cloud.store.in_each(&format!("compute/projects/{project}/regions"), COLLECTION) {
        if other == key || subnet["network"] != document["network"] {
            continue;
        }
        let clash = wanted.iter().find(|range| taken(subnet).iter().any(|known| ranges::overlap(**range, *known)));
        if let Some(range) = clash {
            let region = subnet["region"].as_str().and_then(|link| link.rsplit('/').next()).unwrap_or_default();
            let name = subnet["name"].as_str().unwrap_or_default();
            let message = format!(
                "Invalid IPCidrRange: {range} conflicts with existing subnetwork '{name}' in region '{region}'."
            );
            return Err(Fault::invalid(message).reason("INVALID_USAGE"));
        }
    }
    Ok(())
}

pub(super) fn finish_insert(cloud: &mut Cloud, arguments: &Json) -> Result<(), Fault> {
    let (key, project) =
        (arguments["key"].as_str().unwrap_or_default(), arguments["project"].as_str().unwrap_or_default());
    let document = arguments["document"].clone();
    let network = document["network"].as_str().and_then(|link| link.find("projects/").map(|at| &link[at..]));
    let network = network.unwrap_or_default();
    if !cloud.store.has(&format!("compute/{network}")) {
        return Err(fail::missing(network).reason("RESOURCE_NOT_FOUND"));
    }
    check_overlap(cloud, project, key, &document)?;
    cloud.store.put(key, document);
    Ok(())
}

/// A subnet that Google makes with an auto-mode network.
pub(super) fn put_auto(cloud: &mut Cloud, at: Timestamp, network: &str, region: &str, range: &str) {
    let (root, name) = network.split_once("/global/networks/").unwrap_or((network, ""));
    let region = format!("{root}/regions/{region}");
    let path = format!("{region}/{COLLECTION}/{name}");
    let gateway = range.parse().map(|range| ranges::gateway(range).to_string()).unwrap_or_default();
    let fingerprint = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE, cloud.ids.bytes(8));
    let document = json!({
        "kind": "compute#subnetwork",
        "id": cloud.ids.numeric(),
        "creationTimestamp": times::compute(at),
        "name": name,
        "network": compute_link("v1", network),
        "ipCidrRange": range,
        "gatewayAddress": gateway,
        "region": compute_link("v1", &region),
        "selfLink": compute_link("v1", &path),
        "privateIpGoogleAccess": false,
        "fingerprint": fingerprint,
        "allowSubnetCidrRoutesOverlap": false,
        "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS",
        "purpose": "PRIVATE",
        "stackType": "IPV4_ONLY",
        "$auto": true,
    });
    cloud.store.put(format!("compute/{path}"), document);
}

fn changed(call: &mut Call<'_>, place: &Place, mut document: Json, kind: &str) -> Reply {
    document["fingerprint"] = json!(place::fingerprint(call));
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let effects = vec![Effect::Put(place.key(), document)];
    place::begin(call, place, kind, &id, effects, Lasts::seconds(6, 12))
}

fn patch(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, mut document) = place::changeable(call, COLLECTION)?;
    if call.text("fingerprint") != document["fingerprint"].as_str() {
        return Err(fail::stale("The fingerprint is"));
    }
    let body = call.body.as_object().cloned().unwrap_or_default();
    check_secondary(&body)?;
    let map = document.as_object_mut().expect("resources are objects");
    for (name, value) in &body {
        let is_same = map.get(name) == Some(value) || ["name", "network", "region"].contains(&name.as_str());
        if is_same {
            continue;
        }
        match name.as_str() {
            "logConfig" | "enableFlowLogs" => put_logging(&body, map),
            known if CHANGEABLE.contains(&known) => drop(map.insert(name.clone(), value.clone())),
            _ => {
                let why = "The field cannot be changed by an update.";
                return Err(fail::field(&format!("resource.{name}"), &value.to_string(), why));
            }
        }
    }
    if map.get("secondaryIpRanges").and_then(Json::as_array).is_some_and(Vec::is_empty) {
        map.shift_remove("secondaryIpRanges");
    }
    check_overlap(call.cloud, &place.project.id, &place.key(), &document)?;
    Ok(changed(call, &place, document, "compute.subnetworks.patch"))
}

fn set_private_access(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, mut document) = place::changeable(call, COLLECTION)?;
    document["privateIpGoogleAccess"] = call.body.get("privateIpGoogleAccess").cloned().unwrap_or(json!(false));
    Ok(changed(call, &place, document, "setPrivateIpGoogleAccess"))
}

/// A range only grows.
fn expand(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, mut document) = place::changeable(call, COLLECTION)?;
    let text = call.text("ipCidrRange").ok_or_else(|| fail::required("ipCidrRange"))?;
    let wider = ranges::subnet("ipCidrRange", text)?;
    let now: Option<Ipv4Net> = document["ipCidrRange"].as_str().and_then(|text| text.parse().ok());
    let grows = now.is_some_and(|now| wider.contains(&now) && wider.prefix_len() < now.prefix_len());
    if !grows {
        let why = "The new range must contain the current one and be larger: a subnetwork cannot shrink.";
        return Err(fail::field("ipCidrRange", text, why));
    }
    document["ipCidrRange"] = json!(wider.to_string());
    document["gatewayAddress"] = json!(ranges::gateway(wider).to_string());
    document["fingerprint"] = json!(place::fingerprint(call));
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let arguments = json!({"key": place.key(), "project": place.project.id, "document": document});
    let effects = vec![Effect::call("compute", "expandSubnetwork", arguments)];
    Ok(place::begin(call, &place, "expandIpCidrRange", &id, effects, Lasts::seconds(6, 12)))
}

pub(super) fn finish_expand(cloud: &mut Cloud, arguments: &Json) -> Result<(), Fault> {
    let (key, project) =
        (arguments["key"].as_str().unwrap_or_default(), arguments["project"].as_str().unwrap_or_default());
    check_overlap(cloud, project, key, &arguments["document"])?;
    cloud.store.put(key, arguments["document"].clone());
    Ok(())
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, document) = place::changeable(call, COLLECTION)?;
    users::check(call.cloud, &place, "subnetwork")?;
    let network = document["network"].as_str().unwrap_or_default();
    let network = network.find("projects/").map(|at| format!("compute/{}", &network[at..])).unwrap_or_default();
    let is_auto = call.cloud.store.get(&network).is_some_and(|network| network["autoCreateSubnetworks"] == true);
    if document["$auto"] == true && is_auto {
        return Err(Fault::invalid("Cannot delete auto subnetwork from an auto subnet mode network."));
    }
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let arguments = json!({"path": place.path(), "project": place.project.id, "kind": "subnetwork"});
    let effects = vec![Effect::call("compute", "delete", arguments)];
    Ok(place::begin(call, &place, "delete", &id, effects, Lasts::seconds(10, 13)))
}

fn usable(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let subnets: Vec<Json> = call
        .cloud
        .store
        .under(&format!("compute/projects/{}/regions/", project.id))
        .filter(|(key, _)| key.contains("/subnetworks/") && !key.ends_with("/$policy"))
        .map(|(_, one)| {
            json!({"subnetwork": one["selfLink"], "network": one["network"], "ipCidrRange": one["ipCidrRange"],
                   "purpose": one["purpose"], "stackType": one["stackType"]})
        })
        .collect();
    let id = format!("projects/{}/aggregated/subnetworks/listUsable", project.id);
    let link = compute_link("v1", &id);
    Ok(json!({"kind": "compute#usableSubnetworksAggregatedList", "id": id, "items": subnets, "selfLink": link}).into())
}
