//! Compute Engine: networks, subnetworks, addresses, forwarding rules, and what stands around them.
//!
//! What an operation makes is seen when it is done; names, references and ranges are looked at when it is asked for and
//! again when it ends. Recorded: shapes, links, operation types, and that labels of an insert are ignored.

mod addresses;
mod fail;
mod forwarding_rules;
mod listing;
mod networks;
mod operations;
mod place;
mod plain;
mod ranges;
mod regions;
mod subnetworks;
mod users;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::service::{Call, Reply, Service};

pub(super) static SERVICE: Service = Service { host: "compute", handle: answer, complete };

fn answer(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let id = call.id().trim_start_matches("compute.");
    let (collection, verb) = id.split_once('.').unwrap_or((id, ""));
    let reply = match (collection, verb) {
        (_, "list" | "aggregatedList") if listing::plays(collection) => listing::answer(call, collection, verb),
        ("networks", _) => networks::answer(call, verb),
        ("subnetworks", _) => subnetworks::answer(call, verb),
        ("addresses" | "globalAddresses", _) => addresses::answer(call, verb),
        ("forwardingRules" | "globalForwardingRules", _) => forwarding_rules::answer(call, verb),
        ("globalOperations" | "regionOperations", _) => operations::answer(call, verb),
        ("regions" | "projects", _) => regions::answer(call, collection, verb),
        ("firewalls" | "routes" | "routers" | "serviceAttachments", _) => plain::answer(call, collection, verb),
        _ => Err(Fault::not_played(call.id())),
    }?;
    Ok(place::in_version(reply, &call.route.version))
}

fn complete(cloud: &mut Cloud, at: Timestamp, action: &str, arguments: &Json) -> Result<Option<Json>, Fault> {
    let done = match action {
        "insertSubnetwork" => subnetworks::finish_insert(cloud, arguments),
        "expandSubnetwork" => subnetworks::finish_expand(cloud, arguments),
        "insertAddress" => addresses::finish_insert(cloud, arguments),
        "insertRule" => forwarding_rules::finish_insert(cloud, arguments),
        "deleteRule" => forwarding_rules::finish_delete(cloud, arguments),
        "insertNetwork" => networks::finish_insert(cloud, at, arguments),
        "delete" => users::finish_delete(cloud, arguments),
        _ => Err(fail::internal()),
    };
    done.map(|()| None)
}

#[cfg(test)]
mod tests;
