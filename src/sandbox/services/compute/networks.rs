//! Networks. Recorded in `compute/network-*.jsonl`.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::place::{self, Place};
use super::ranges::AUTO_SUBNETS;
use super::{fail, subnetworks, users};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::ids;
use crate::sandbox::operation::{Effect, Lasts, compute_link};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;
use crate::sandbox::times;

const COLLECTION: &str = "networks";
/// Fields that an update may change.
const CHANGEABLE: [&str; 6] = [
    "routingConfig",
    "mtu",
    "enableUlaInternalIpv6",
    "internalIpv6Range",
    "networkFirewallPolicyEnforcementOrder",
    "description",
];

pub(super) fn answer(call: &mut Call<'_>, verb: &str) -> Result<Reply, Fault> {
    match verb {
        "insert" => insert(call),
        "get" => {
            let (place, document) = place::existing(call, COLLECTION)?;
            Ok(shown(call.cloud, &place.project.id, &document).into())
        }
        "patch" => patch(call),
        "delete" => delete(call),
        "switchToCustomMode" => switch(call),
        "addPeering" => add_peering(call),
        "removePeering" => remove_peering(call),
        "getEffectiveFirewalls" => {
            place::existing(call, COLLECTION)?;
            Ok(json!({}).into())
        }
        "listPeeringRoutes" => {
            let (place, _) = place::existing(call, COLLECTION)?;
            Ok(json!({"kind": "compute#exchangedPeeringRoutesList", "id": place.path()}).into())
        }
        _ => Err(Fault::not_played(call.id())),
    }
}

/// A network with the links of its subnets, in the order of regions and names.
pub(super) fn shown(cloud: &Cloud, project: &str, document: &Json) -> Json {
    let mut shown = public(document);
    let subnets: Vec<Json> = cloud
        .store
        .under(&format!("compute/projects/{project}/regions/"))
        .filter(|(key, subnet)| key.contains("/subnetworks/") && subnet["network"] == document["selfLink"])
        .map(|(_, subnet)| subnet["selfLink"].clone())
        .collect();
    if !subnets.is_empty() {
        shown["subnetworks"] = json!(subnets);
    }
    shown
}

fn insert(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let place = place::fresh(call, COLLECTION)?;
    check_mtu(&call.body)?;
    let body = call.body.as_object().cloned().unwrap_or_default();
    let mut made = place::document(call, &place, "network");
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    if let Some(text) = body.get("description") {
        made.insert("description".to_owned(), text.clone());
    }
    made.insert("selfLink".to_owned(), json!(place.link()));
    let with_id = compute_link("v1", &format!("{}/{COLLECTION}/{id}", place.root()));
    made.insert("selfLinkWithId".to_owned(), json!(with_id));
    // Neither: a legacy network, which Google does not make any more; auto mode is the documented default.
    made.insert("autoCreateSubnetworks".to_owned(), body.get("autoCreateSubnetworks").cloned().unwrap_or(json!(true)));
    made.insert("routingConfig".to_owned(), routing(body.get("routingConfig"), None));
    made.insert(
        "networkFirewallPolicyEnforcementOrder".to_owned(),
        body.get("networkFirewallPolicyEnforcementOrder").cloned().unwrap_or(json!("AFTER_CLASSIC_FIREWALL")),
    );
    put_optional(&place, &body, &mut made);
    let arguments = json!({"key": place.key(), "path": place.path(), "document": made});
    let effects = vec![Effect::call("compute", "insertNetwork", arguments)];
    Ok(place::begin(call, &place, "insert", &id, effects, Lasts::seconds(9, 26)))
}

/// Fields that are there only where they were sent; a false truth value is not.
fn put_optional(place: &Place, body: &Map<String, Json>, made: &mut Map<String, Json>) {
    if let Some(mtu) = body.get("mtu") {
        made.insert("mtu".to_owned(), mtu.clone());
    }
    if let Some(profile) = body.get("networkProfile").and_then(Json::as_str) {
        let path = profile.find("projects/").map_or(profile, |at| &profile[at..]);
        made.insert("networkProfile".to_owned(), json!(compute_link("v1", path)));
    }
    set_ula(place, body, made);
}

fn set_ula(place: &Place, body: &Map<String, Json>, made: &mut Map<String, Json>) {
    if body.get("enableUlaInternalIpv6") == Some(&json!(true)) {
        let number = ids::hash(&place.path());
        let picked = format!("fd20:{:x}:{:x}:0:0:0:0:0/48", number & 0xffff, (number >> 16) & 0xffff);
        made.insert("enableUlaInternalIpv6".to_owned(), json!(true));
        let range = body.get("internalIpv6Range").cloned().unwrap_or(json!(picked));
        made.entry("internalIpv6Range").or_insert(range);
    }
}

fn routing(given: Option<&Json>, before: Option<&Json>) -> Json {
    let mut routing = before.cloned().unwrap_or_else(|| json!({}));
    let map = routing.as_object_mut().expect("made as an object");
    map.extend(given.and_then(Json::as_object).cloned().unwrap_or_default());
    map.entry("routingMode").or_insert(json!("REGIONAL"));
    map.entry("bgpBestPathSelectionMode").or_insert(json!("LEGACY"));
    routing
}

fn check_mtu(body: &Json) -> Result<(), Fault> {
    match body["mtu"].as_i64() {
        Some(mtu) if !(1300..=8896).contains(&mtu) => {
            Err(fail::field("resource.mtu", &mtu.to_string(), "Must be between 1300 and 8896."))
        }
        _ => Ok(()),
    }
}

/// Ends an insert: an auto-mode network comes with a subnet in every region.
pub(super) fn finish_insert(cloud: &mut Cloud, at: Timestamp, arguments: &Json) -> Result<(), Fault> {
    let (key, path) = (arguments["key"].as_str().unwrap_or_default(), arguments["path"].as_str().unwrap_or_default());
    let document = arguments["document"].clone();
    if document["autoCreateSubnetworks"] == true {
        for (region, range) in AUTO_SUBNETS {
            subnetworks::put_auto(cloud, at, path, region, range);
        }
    }
    cloud.store.put(key, document);
    Ok(())
}

fn patch(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, mut document) = place::changeable(call, COLLECTION)?;
    check_mtu(&call.body)?;
    let body = call.body.as_object().cloned().unwrap_or_default();
    for (name, value) in &body {
        let same = document.get(name) == Some(value) || name == "name";
        if same {
            continue;
        }
        if !CHANGEABLE.contains(&name.as_str()) {
            let why = "The field cannot be changed by an update.";
            return Err(fail::field(&format!("resource.{name}"), &value.to_string(), why));
        }
        match name.as_str() {
            "routingConfig" => document[name] = routing(Some(value), document.get("routingConfig")),
            "enableUlaInternalIpv6" => {
                let map = document.as_object_mut().expect("resources are objects");
                set_ula(&place, &body, map);
            }
            _ => document[name] = value.clone(),
        }
    }
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let effects = vec![Effect::Put(place.key(), document)];
    Ok(place::begin(call, &place, "updateNetwork", &id, effects, Lasts::seconds(6, 12)))
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, document) = place::changeable(call, COLLECTION)?;
    users::check(call.cloud, &place, "network")?;
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let arguments = json!({"path": place.path(), "project": place.project.id, "kind": "network"});
    let effects = vec![Effect::call("compute", "delete", arguments)];
    Ok(place::begin(call, &place, "delete", &id, effects, Lasts::seconds(11, 19)))
}

fn switch(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, mut document) = place::changeable(call, COLLECTION)?;
    document["autoCreateSubnetworks"] = json!(false);
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let effects = vec![Effect::Put(place.key(), document)];
    Ok(place::begin(call, &place, "switchToCustomMode", &id, effects, Lasts::seconds(6, 12)))
}

fn add_peering(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, mut document) = place::changeable(call, COLLECTION)?;
    let given = call.body.get("networkPeering").cloned().unwrap_or_else(|| call.body.clone());
    let name = given["name"].as_str().unwrap_or_default();
    place::check_name("networkPeering.name", name)?;
    let other = given["network"].as_str().or(call.text("peerNetwork")).unwrap_or_default();
    let path = place::reference(call.cloud, &place, "networkPeering.network", other, COLLECTION)?;
    let peering = json!({
        "name": name, "network": compute_link("v1", &path), "state": "INACTIVE",
        "stateDetails": format!("[{}]: Waiting for peer network to connect.", times::compute(call.now())),
        "autoCreateRoutes": true, "exchangeSubnetRoutes": true,
    });
    let peerings = document.as_object_mut().expect("resources are objects").entry("peerings").or_insert(json!([]));
    let list = peerings.as_array_mut().expect("written as a list");
    if list.iter().any(|known| known["name"] == peering["name"]) {
        return Err(fail::field("networkPeering.name", name, "There is already a peering connection with this name."));
    }
    list.push(peering);
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let effects = vec![Effect::Put(place.key(), document)];
    Ok(place::begin(call, &place, "addPeering", &id, effects, Lasts::seconds(6, 12)))
}

fn remove_peering(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, mut document) = place::changeable(call, COLLECTION)?;
    let name = call.text("name").unwrap_or_default().to_owned();
    let map = document.as_object_mut().expect("resources are objects");
    let mut peerings = map.shift_remove("peerings").and_then(|list| list.as_array().cloned()).unwrap_or_default();
    let before = peerings.len();
    peerings.retain(|peering| peering["name"] != *name);
    if peerings.len() == before {
        let message = format!("There is no peering '{name}' on the network '{}'", place.path());
        return Err(Fault::invalid(message));
    }
    if !peerings.is_empty() {
        map.insert("peerings".to_owned(), json!(peerings));
    }
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let effects = vec![Effect::Put(place.key(), document)];
    Ok(place::begin(call, &place, "removePeering", &id, effects, Lasts::seconds(6, 12)))
}
