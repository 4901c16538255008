//! Forwarding rules: PSC endpoints to service attachments, and those of load balancers as far as they are recorded.
//!
//! Assumption, not recorded: a rule whose target is a service attachment has no load balancing scheme, protocol or
//! ports, and shows `pscConnectionId` and `pscConnectionStatus`.

use serde_json::{Map, Value as Json, json};

use super::place::{self, Place};
use super::{addresses, fail};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::{Effect, Lasts, compute_link};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::services::attachments;
use crate::sandbox::store::public;

const COLLECTION: &str = "forwardingRules";

pub(super) fn answer(call: &mut Call<'_>, verb: &str) -> Result<Reply, Fault> {
    match verb {
        "insert" => insert(call),
        "get" => {
            let (place, document) = place::existing(call, COLLECTION)?;
            Ok(shown(call.cloud, &place.project.id, &document).into())
        }
        "patch" => patch(call),
        "setTarget" => set_target(call),
        "setLabels" => place::set_labels(call, COLLECTION),
        "delete" => delete(call),
        _ => Err(Fault::not_played(call.id())),
    }
}

/// A rule with the state of its connection as it is now.
pub(super) fn shown(cloud: &Cloud, project: &str, document: &Json) -> Json {
    let mut shown = public(document);
    if document.get("pscConnectionId").is_some() {
        let target = document["target"].as_str().unwrap_or_default();
        shown["pscConnectionStatus"] = json!(attachments::status(cloud, project, target));
    }
    shown
}

fn is_attachment(target: &str) -> bool {
    target.contains("/serviceAttachments/")
}

fn insert(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let place = place::fresh(call, COLLECTION)?;
    let target = call.text("target").unwrap_or_default().to_owned();
    let backend = call.text("backendService").map(str::to_owned);
    if target.is_empty() && backend.is_none() {
        return Err(fail::required("resource.target"));
    }
    let network = referred(call, &place, "network", "networks")?;
    let subnetwork = referred(call, &place, "subnetwork", "subnetworks")?;
    let mut made = place::document(call, &place, "forwardingRule");
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    made.insert("description".to_owned(), json!(call.text("description").unwrap_or_default()));
    if place.region().is_some() {
        made.insert("region".to_owned(), json!(compute_link("v1", &place.root())));
    }
    let address = asked_address(call, &place)?;
    made.insert("IPAddress".to_owned(), json!(address.text));
    if let Some(path) = &address.path {
        made.insert("$address".to_owned(), json!(compute_link("v1", path)));
    }
    if is_attachment(&target) {
        put_endpoint(call, &place, &target, &mut made)?;
    } else {
        put_balancer(call, &target, &mut made);
    }
    made.insert("selfLink".to_owned(), json!(place.link()));
    let with_id = compute_link("v1", &format!("{}/{COLLECTION}/{id}", place.root()));
    made.insert("selfLinkWithId".to_owned(), json!(with_id));
    for (name, path) in [("network", &network), ("subnetwork", &subnetwork)] {
        if let Some(path) = path {
            made.insert(name.to_owned(), json!(compute_link("v1", path)));
        }
    }
    made.insert("networkTier".to_owned(), json!(call.text("networkTier").unwrap_or("PREMIUM")));
    made.insert("labelFingerprint".to_owned(), json!(place::label_fingerprint(&Json::Null)));
    made.insert("fingerprint".to_owned(), json!(place::fingerprint(call)));
    // How the DNS zone of an endpoint is made is asked once and not shown.
    place::keep_rest(&mut made, &call.body, &["noAutomateDnsZone"]);
    let arguments = json!({
        "key": place.key(), "project": place.project.id, "document": made, "address": address.path,
        "network": network, "subnetwork": subnetwork,
    });
    let effects = vec![Effect::call("compute", "insertRule", arguments)];
    Ok(place::begin(call, &place, "insert", &id, effects, Lasts::seconds(9, 20)))
}

fn referred(call: &Call<'_>, place: &Place, field: &str, collection: &str) -> Result<Option<String>, Fault> {
    match call.text(field) {
        None | Some("") => Ok(None),
        Some(text) => place::ready(call.cloud, place, &format!("resource.{field}"), text, collection).map(Some),
    }
}

/// An address as it is asked for: a literal, or a reserved one by its URL.
struct Asked {
    text: String,
    /// The path of the reserved address.
    path: Option<String>,
}

fn asked_address(call: &Call<'_>, place: &Place) -> Result<Asked, Fault> {
    let text = call.text("IPAddress").unwrap_or_default();
    if text.is_empty() || text.parse::<std::net::IpAddr>().is_ok() {
        let path = reserved(call.cloud, place, text);
        return Ok(Asked { text: text.to_owned(), path });
    }
    let path = match text.contains('/') {
        true => place::ready(call.cloud, place, "resource.IPAddress", text, "addresses")?,
        false => {
            let named = format!("{}/addresses/{text}", place.root());
            let known = call.cloud.store.has(&format!("compute/{named}"));
            if !known {
                let why = "Must be a valid IP address, or the URL of an address resource.";
                return Err(fail::field("resource.IPAddress", text, why));
            }
            named
        }
    };
    let document = call.cloud.store.get(&format!("compute/{path}")).expect("found ready");
    Ok(Asked { text: document["address"].as_str().unwrap_or_default().to_owned(), path: Some(path) })
}

/// The reserved address that a literal means, in the rule's own scope.
fn reserved(cloud: &Cloud, place: &Place, text: &str) -> Option<String> {
    let collection = format!("compute/{}/addresses", place.root());
    let found = cloud
        .store
        .children(&collection)
        .into_iter()
        .find(|(_, document)| document["address"] == text && document["purpose"] != "SERVERLESS");
    found.map(|(key, _)| key["compute/".len()..].to_owned())
}

/// A PSC endpoint.
fn put_endpoint(call: &mut Call<'_>, place: &Place, target: &str, made: &mut Map<String, Json>) -> Result<(), Fault> {
    if let Some(scheme) = call.text("loadBalancingScheme").filter(|scheme| !scheme.is_empty()) {
        let why = "The load balancing scheme must be empty for a Private Service Connect forwarding rule.";
        return Err(fail::field("resource.loadBalancingScheme", scheme, why));
    }
    for name in ["ports", "portRange", "allPorts", "backendService"] {
        if let Some(value) = call.body.get(name) {
            let why = "It must not be set for a Private Service Connect forwarding rule.";
            return Err(fail::field(&format!("resource.{name}"), &value.to_string(), why));
        }
    }
    if call.text("IPAddress").unwrap_or_default().is_empty() {
        return Err(fail::required("resource.IPAddress"));
    }
    let path = target.find("projects/").map(|at| &target[at..]).unwrap_or(target).to_owned();
    if attachments::find(call.cloud, target).is_none() && !is_own_attachment(call.cloud, &path) {
        return Err(fail::missing(&path));
    }
    let region = path.split("/regions/").nth(1).and_then(|rest| rest.split('/').next());
    if region != place.region() {
        let why = "The forwarding rule and the service attachment must be in one region.";
        return Err(fail::field("resource.target", target, why));
    }
    made.insert("target".to_owned(), json!(compute_link("v1", &path)));
    made.insert("pscConnectionId".to_owned(), json!(call.cloud.ids.digits(17)));
    if call.flag_in_body("allowPscGlobalAccess") {
        made.insert("allowPscGlobalAccess".to_owned(), json!(true));
    }
    let directory = call.body.get("serviceDirectoryRegistrations").cloned();
    let directory = directory.unwrap_or_else(|| json!([{"namespace": "goog-psc-default"}]));
    made.insert("serviceDirectoryRegistrations".to_owned(), directory);
    Ok(())
}

fn is_own_attachment(cloud: &Cloud, path: &str) -> bool {
    cloud.store.has(&format!("compute/{path}"))
}

/// A load balancer's rule.
fn put_balancer(call: &Call<'_>, target: &str, made: &mut Map<String, Json>) {
    made.insert("IPProtocol".to_owned(), json!(call.text("IPProtocol").unwrap_or("TCP")));
    if let Some(range) = call.text("portRange") {
        let range = if range.contains('-') { range.to_owned() } else { format!("{range}-{range}") };
        made.insert("portRange".to_owned(), json!(range));
    }
    for name in ["ports", "allPorts", "backendService", "allowGlobalAccess", "sourceIpRanges", "serviceLabel"] {
        if let Some(value) = call.body.get(name) {
            made.insert(name.to_owned(), value.clone());
        }
    }
    if !target.is_empty() {
        let path = target.find("projects/").map_or(target, |at| &target[at..]);
        made.insert("target".to_owned(), json!(compute_link("v1", path)));
    }
    made.insert("loadBalancingScheme".to_owned(), json!(call.text("loadBalancingScheme").unwrap_or("EXTERNAL")));
}

/// Ends an insert: the address is taken now, or one is picked in the subnet.
///
/// # Errors
/// Somebody else has the address by now.
pub(super) fn finish_insert(cloud: &mut Cloud, arguments: &Json) -> Result<(), Fault> {
    let (key, project) =
        (arguments["key"].as_str().unwrap_or_default(), arguments["project"].as_str().unwrap_or_default());
    let mut document = arguments["document"].clone();
    match arguments["address"].as_str() {
        Some(path) => take_address(cloud, path, document["selfLink"].as_str().unwrap_or_default())?,
        None => {
            let text = document["IPAddress"].as_str().unwrap_or_default().to_owned();
            document["IPAddress"] = json!(literal(cloud, project, arguments, &text)?);
        }
    }
    cloud.store.put(key, document);
    Ok(())
}

fn take_address(cloud: &mut Cloud, path: &str, user: &str) -> Result<(), Fault> {
    let address = cloud.store.get_mut(&format!("compute/{path}")).ok_or_else(|| fail::missing(path))?;
    if address["users"].as_array().is_some_and(|users| !users.is_empty()) {
        return Err(fail::address_taken(address["address"].as_str().unwrap_or_default()));
    }
    address["users"] = json!([user]);
    address["status"] = json!("IN_USE");
    Ok(())
}

/// An address that nobody has reserved: free, or picked.
fn literal(cloud: &Cloud, project: &str, arguments: &Json, text: &str) -> Result<String, Fault> {
    let subnetwork = arguments["subnetwork"].as_str().unwrap_or_default();
    match (text.parse(), addresses::range_of(cloud, subnetwork)) {
        // Every self-managed rule may listen on 0.0.0.0.
        (Ok(std::net::Ipv4Addr::UNSPECIFIED), _) => Ok(text.to_owned()),
        (Ok(address), _) if addresses::Taken::of(cloud, project).has(address) => Err(fail::address_taken(text)),
        (Ok(_), _) => Ok(text.to_owned()),
        (Err(_), Some(range)) => addresses::free_in(cloud, project, subnetwork, range),
        (Err(_), None) => {
            let number = crate::sandbox::ids::hash(arguments["key"].as_str().unwrap_or_default()).to_be_bytes();
            Ok(format!("34.{}.{}.{}", number[5], number[6], number[7].max(1)))
        }
    }
}

fn check_fingerprint(call: &Call<'_>, document: &Json) -> Result<(), Fault> {
    match call.text("fingerprint") {
        Some(given) if document["fingerprint"] != given => Err(fail::stale("The fingerprint is")),
        _ => Ok(()),
    }
}

fn patch(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, mut document) = place::changeable(call, COLLECTION)?;
    check_fingerprint(call, &document)?;
    let body = call.body.as_object().cloned().unwrap_or_default();
    let map = document.as_object_mut().expect("resources are objects");
    for (name, value) in &body {
        let is_same = map.get(name) == Some(value) || ["name", "region", "labels"].contains(&name.as_str());
        match name.as_str() {
            _ if is_same => {}
            "allowGlobalAccess" | "allowPscGlobalAccess" if value == false => drop(map.shift_remove(name)),
            "allowGlobalAccess" | "allowPscGlobalAccess" | "networkTier" | "sourceIpRanges" => {
                map.insert(name.clone(), value.clone());
            }
            _ => {
                let why = "The field cannot be changed by an update.";
                return Err(fail::field(&format!("resource.{name}"), &value.to_string(), why));
            }
        }
    }
    Ok(changed(call, &place, document, "patch"))
}

fn set_target(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, mut document) = place::changeable(call, COLLECTION)?;
    let target = call.text("target").ok_or_else(|| fail::required("resource.target"))?.to_owned();
    if document.get("pscConnectionId").is_some() || is_attachment(&target) {
        let why = "The target of a Private Service Connect forwarding rule cannot be changed.";
        return Err(fail::field("resource.target", &target, why));
    }
    let path = target.find("projects/").map_or(target.as_str(), |at| &target[at..]);
    document["target"] = json!(compute_link("v1", path));
    Ok(changed(call, &place, document, "SetTarget"))
}

fn changed(call: &mut Call<'_>, place: &Place, mut document: Json, kind: &str) -> Reply {
    document["fingerprint"] = json!(place::fingerprint(call));
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let effects = vec![Effect::Put(place.key(), document)];
    place::begin(call, place, kind, &id, effects, Lasts::seconds(8, 12))
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, document) = place::changeable(call, COLLECTION)?;
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let address = document["$address"].as_str().and_then(|link| link.find("projects/").map(|at| &link[at..]));
    let arguments = json!({"key": place.key(), "address": address});
    let effects = vec![Effect::call("compute", "deleteRule", arguments)];
    Ok(place::begin(call, &place, "delete", &id, effects, Lasts::seconds(8, 12)))
}

/// Ends a delete: the address is free again.
pub(super) fn finish_delete(cloud: &mut Cloud, arguments: &Json) -> Result<(), Fault> {
    cloud.store.remove(arguments["key"].as_str().unwrap_or_default());
    let address = arguments["address"].as_str().map(|path| format!("compute/{path}"));
    if let Some(map) = address.and_then(|key| cloud.store.get_mut(&key)).and_then(Json::as_object_mut) {
        map.shift_remove("users");
        map.insert("status".to_owned(), json!("RESERVED"));
    }
    Ok(())
}
