//! Addresses, regional and global. Recorded: global ones of VPC peering; the rest from the discovery document.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde_json::{Value as Json, json};

use super::place::{self, Place};
use super::{fail, ranges};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::ids;
use crate::sandbox::operation::{Effect, Lasts, compute_link};
use crate::sandbox::policy;
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;

const COLLECTION: &str = "addresses";

pub(super) fn answer(call: &mut Call<'_>, verb: &str) -> Result<Reply, Fault> {
    match verb {
        "insert" => insert(call),
        "get" => place::existing(call, COLLECTION).map(|(_, document)| public(&document).into()),
        "delete" => delete(call),
        "setLabels" => place::set_labels(call, COLLECTION),
        "testIamPermissions" => Ok(policy::test(call)),
        _ => Err(Fault::not_played(call.id())),
    }
}

/// Labels in the body are ignored, as Google does.
fn insert(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let place = place::fresh(call, COLLECTION)?;
    let kind = call.text("addressType").unwrap_or("EXTERNAL").to_owned();
    let subnetwork = checked_subnetwork(call, &place, &kind)?;
    let network = match call.text("network").map(str::to_owned) {
        Some(text) => Some(place::ready(call.cloud, &place, "resource.network", &text, "networks")?),
        None => None,
    };
    check_address(call, subnetwork.as_deref())?;
    let mut made = place::document(call, &place, "address");
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    made.insert("description".to_owned(), json!(call.text("description").unwrap_or_default()));
    let asked = call.text("address").unwrap_or_default().to_owned();
    made.insert("address".to_owned(), json!(asked));
    if let Some(length) = call.body.get("prefixLength") {
        made.insert("prefixLength".to_owned(), length.clone());
    }
    made.insert("status".to_owned(), json!("RESERVED"));
    if place.region().is_some() {
        made.insert("region".to_owned(), json!(compute_link("v1", &place.root())));
    }
    made.insert("selfLink".to_owned(), json!(place.link()));
    made.insert("networkTier".to_owned(), json!(call.text("networkTier").unwrap_or("PREMIUM")));
    made.insert("labelFingerprint".to_owned(), json!(place::label_fingerprint(&Json::Null)));
    if let Some(version) = call.text("ipVersion") {
        made.insert("ipVersion".to_owned(), json!(version));
    }
    made.insert("addressType".to_owned(), json!(kind));
    if let Some(purpose) = purpose(call, &place, &kind)? {
        made.insert("purpose".to_owned(), json!(purpose));
    }
    if let Some(subnetwork) = subnetwork {
        made.insert("subnetwork".to_owned(), json!(compute_link("v1", &subnetwork)));
    }
    if let Some(network) = network {
        made.insert("network".to_owned(), json!(compute_link("v1", &network)));
    }
    place::keep_rest(&mut made, &call.body, &[]);
    let arguments = json!({"key": place.key(), "project": place.project.id, "document": made});
    let effects = vec![Effect::call("compute", "insertAddress", arguments)];
    Ok(place::begin(call, &place, "insert", &id, effects, Lasts::seconds(1, 3)))
}

fn checked_subnetwork(call: &Call<'_>, place: &Place, kind: &str) -> Result<Option<String>, Fault> {
    let Some(text) = call.text("subnetwork") else {
        // Without one an internal address of a region comes from the default network's subnet.
        let needs = kind == "INTERNAL" && place.region().is_some() && call.text("network").is_none();
        let default = format!("{}/subnetworks/default", place.root());
        let found = call.cloud.store.has(&format!("compute/{default}"));
        return match (needs, found) {
            (false, _) => Ok(None),
            (true, true) => Ok(Some(default)),
            (true, false) => Err(fail::missing(&default)),
        };
    };
    if kind == "EXTERNAL" {
        let why = "Subnetwork must not be specified for an external address.";
        return Err(fail::field("resource.subnetwork", text, why));
    }
    let path = place::ready(call.cloud, place, "resource.subnetwork", text, "subnetworks")?;
    if !path.contains(&format!("/{}/", place.scope)) {
        let why = "The subnetwork must be in the region of the address.";
        return Err(fail::field("resource.subnetwork", text, why));
    }
    Ok(Some(path))
}

/// An address that is asked for lies in the subnet and is not one of Google's own.
fn check_address(call: &Call<'_>, subnetwork: Option<&str>) -> Result<(), Fault> {
    let Some(text) = call.text("address").filter(|text| !text.is_empty()) else { return Ok(()) };
    let Ok(address) = text.parse::<Ipv4Addr>() else {
        let is_v6 = text.parse::<std::net::Ipv6Addr>().is_ok();
        return if is_v6 { Ok(()) } else { Err(fail::field("resource.address", text, "Must be a valid IP address.")) };
    };
    let Some(range) = subnetwork.and_then(|path| range_of(call.cloud, path)) else { return Ok(()) };
    if !range.contains(&address) {
        let why = format!("Specified IP address is not within the IP range of the subnetwork, {range}.");
        return Err(fail::field("resource.address", text, &why));
    }
    if ranges::is_reserved(range, address) {
        return Err(fail::field("resource.address", text, "Specified IP address is reserved by Google."));
    }
    Ok(())
}

/// The range of the subnet at a path.
pub(super) fn range_of(cloud: &Cloud, path: &str) -> Option<Ipv4Net> {
    cloud.store.get(&format!("compute/{path}"))?["ipCidrRange"].as_str()?.parse().ok()
}

/// What the address is for: given, or Google's default.
fn purpose(call: &Call<'_>, place: &Place, kind: &str) -> Result<Option<String>, Fault> {
    let given = call.text("purpose").map(str::to_owned);
    match (given, kind, place.region()) {
        (Some(given), "EXTERNAL", _) if given != "NAT_AUTO" && given != "PRIVATE_SERVICE_CONNECT" => {
            Err(fail::field("resource.purpose", &given, "Purpose must not be specified for an external address."))
        }
        (Some(given), _, _) if given == "SERVERLESS" => {
            Err(fail::field("resource.purpose", &given, "Only Google's serverless products reserve such addresses."))
        }
        (None, "INTERNAL", Some(_)) => Ok(Some("GCE_ENDPOINT".to_owned())),
        (given, _, _) => Ok(given),
    }
}

/// Addresses that are taken in a project: reserved ones and blocks, and those of forwarding rules.
#[derive(Debug, Default)]
pub(super) struct Taken {
    single: BTreeSet<Ipv4Addr>,
    blocks: Vec<Ipv4Net>,
}

impl Taken {
    pub(super) fn of(cloud: &Cloud, project: &str) -> Self {
        let mut taken = Self::default();
        for (key, document) in cloud.store.under(&format!("compute/projects/{project}/")) {
            let is_rule = key.contains("/forwardingRules/");
            if !is_rule && !key.contains("/addresses/") {
                continue;
            }
            let text = document[if is_rule { "IPAddress" } else { "address" }].as_str();
            let Some(address) = text.and_then(|text| text.parse().ok()) else { continue };
            let length = document["prefixLength"].as_u64().and_then(|length| u8::try_from(length).ok());
            match length.and_then(|length| Ipv4Net::new(address, length).ok()) {
                Some(block) => taken.blocks.push(block),
                None => drop(taken.single.insert(address)),
            }
        }
        taken
    }

    pub(super) fn has(&self, address: Ipv4Addr) -> bool {
        self.single.contains(&address) || self.blocks.iter().any(|block| block.contains(&address))
    }
}

/// Ends an insert: the address that was asked for is still free, or one is picked.
///
/// # Errors
/// The address is taken, or the subnet is full.
pub(super) fn finish_insert(cloud: &mut Cloud, arguments: &Json) -> Result<(), Fault> {
    let (key, project) =
        (arguments["key"].as_str().unwrap_or_default(), arguments["project"].as_str().unwrap_or_default());
    let mut document = arguments["document"].clone();
    let asked = document["address"].as_str().unwrap_or_default().to_owned();
    if asked.is_empty() {
        document["address"] = json!(pick(cloud, project, key, &document)?);
    } else if asked.parse().is_ok_and(|address| Taken::of(cloud, project).has(address)) {
        return Err(fail::address_taken(&asked));
    }
    cloud.store.put(key, document);
    Ok(())
}

fn pick(cloud: &Cloud, project: &str, key: &str, document: &Json) -> Result<String, Fault> {
    let link = document["subnetwork"].as_str().unwrap_or_default();
    let subnetwork = link.find("projects/").map(|at| &link[at..]).unwrap_or_default();
    if let Some(range) = range_of(cloud, subnetwork) {
        return free_in(cloud, project, subnetwork, range);
    }
    let number = ids::hash(key);
    let picked = |number: u64| -> Ipv4Addr {
        let [.., a, b, c] = number.to_be_bytes();
        match (document["addressType"] == "INTERNAL", document["prefixLength"].as_u64()) {
            (true, Some(length)) if length <= 16 => Ipv4Addr::new(10, a, 0, 0),
            (true, Some(_)) => Ipv4Addr::new(10, a, b, 0),
            (true, None) => Ipv4Addr::new(10, 255, b, c),
            (false, _) => Ipv4Addr::new(34, a, b, c.max(1)),
        }
    };
    let taken = Taken::of(cloud, project);
    // 4096 tries: then the range is as good as full.
    let free = (0..4096).map(|n| picked(number.wrapping_add(n * 0x0001_0101))).find(|one| !taken.has(*one));
    free.map(|address| address.to_string()).ok_or_else(|| exhausted("the address space"))
}

/// The first free address of a subnet.
pub(super) fn free_in(cloud: &Cloud, project: &str, path: &str, range: Ipv4Net) -> Result<String, Fault> {
    let taken = Taken::of(cloud, project);
    let free = ranges::free(range, |address| taken.has(address));
    free.map(|address| address.to_string()).ok_or_else(|| exhausted(path))
}

fn exhausted(what: &str) -> Fault {
    Fault::invalid(format!("IP space of '{what}' is exhausted.")).reason("IP_SPACE_EXHAUSTED")
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (place, document) = place::changeable(call, COLLECTION)?;
    let path = place.path();
    if document["purpose"] == "SERVERLESS" {
        return Err(fail::in_use("address", &path, "a serverless product, which releases it itself"));
    }
    if let Some(user) = document["users"].as_array().and_then(|users| users.first()?.as_str()) {
        let user = user.find("projects/").map_or(user, |at| &user[at..]);
        return Err(fail::in_use("address", &path, user));
    }
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    let arguments = json!({"path": path, "project": place.project.id, "kind": "address"});
    let effects = vec![Effect::call("compute", "delete", arguments)];
    Ok(place::begin(call, &place, "delete", &id, effects, Lasts::seconds(2, 4)))
}
