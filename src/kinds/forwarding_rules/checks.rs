//! Offline faults of forwarding rules.

use super::is_endpoint;
use crate::kinds::{CheckInput, cidr, faults};
use crate::model::{Diagnostic, Doc, DocPath};

pub(super) fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
    let doc = input.doc;
    let mut found = Vec::from_iter(targets(doc));
    if is_endpoint(doc) {
        found.extend(endpoint(doc));
        found.extend(region(doc, input.place.location()));
    } else {
        found.extend(load_balancer(doc));
    }
    found.extend(addresses(doc));
    found.extend(ports(doc));
    found.extend(faults::labels(doc, "labels"));
    found
}

fn targets(doc: &Doc) -> Option<Diagnostic> {
    match (doc.get("target"), doc.get("backendService")) {
        (Some(_), Some(_)) => Some(
            faults::at("backendService", "exclusive-fields", "a rule forwards to a target or to a backend service")
                .hint("leave one of the two out"),
        ),
        (None, None) => Some(
            faults::at("target", "missing-target", "a forwarding rule needs something to forward to")
                .hint("add `target: ${sqlInstances.KEY.pscServiceAttachmentLink}` for a PSC endpoint"),
        ),
        _ => None,
    }
}

fn endpoint(doc: &Doc) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if doc.get("network").is_none() {
        found.push(
            faults::at("network", "missing-network", "a PSC endpoint needs the network in which it listens")
                .hint("add `network: KEY` with a key of `networks`"),
        );
    }
    if doc.get("address").is_none() && doc.get("IPAddress").is_none() {
        found.push(
            faults::at("address", "missing-address", "a PSC endpoint needs a reserved internal address")
                .hint("add an entry to `addresses` and `address: KEY` here"),
        );
    }
    let foreign = [
        "loadBalancingScheme",
        "portRange",
        "ports",
        "allPorts",
        "IPProtocol",
        "networkTier",
        "allowGlobalAccess",
        "sourceIpRanges",
        "isMirroringCollector",
        "serviceLabel",
    ];
    found.extend(foreign.into_iter().filter(|field| doc.get(field).is_some()).map(|field| {
        let hint = if field == "allowGlobalAccess" { "write `allowPscGlobalAccess`" } else { "leave the field out" };
        faults::at(field, "not-for-endpoints", format!("a PSC endpoint has no `{field}`")).hint(hint)
    }));
    found
}

/// The endpoint and what it leads to stand in one region.
fn region(doc: &Doc, region: &str) -> Option<Diagnostic> {
    let target = doc.dig_str("target")?;
    let (_, behind) = target.split_once("/regions/")?;
    let (there, _) = behind.split_once('/')?;
    let is_global =
        doc.get("allowPscGlobalAccess").is_some_and(|value| !value.is_known() || value.as_bool() == Some(true));
    (!region.is_empty() && there != region && !is_global).then(|| {
        faults::at("target", "other-region", format!("the service attachment is in `{there}`, the rule in `{region}`"))
            .hint(format!("write `region: {there}` on the rule and on its address"))
    })
}

fn load_balancer(doc: &Doc) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for field in ["allowPscGlobalAccess", "noAutomateDnsZone"] {
        if doc.get("target").is_some_and(Doc::is_known) && doc.get(field).is_some() {
            found.push(
                faults::at(field, "for-endpoints-only", format!("`{field}` is for PSC endpoints"))
                    .hint("leave the field out"),
            );
        }
    }
    let scheme = doc.dig_str("loadBalancingScheme").unwrap_or("EXTERNAL");
    let is_internal = scheme.starts_with("INTERNAL");
    let scheme_is_known = doc.get("loadBalancingScheme").is_none_or(Doc::is_known);
    let internal_only = ["allowGlobalAccess", "isMirroringCollector", "serviceLabel", "subnetwork", "network"];
    let external_only = ["networkTier", "sourceIpRanges"];
    let wrong = if is_internal { &external_only[..] } else { &internal_only[..] };
    let sort = if is_internal { "external" } else { "internal" };
    for field in wrong.iter().filter(|field| scheme_is_known && doc.get(field).is_some()) {
        // A regional external Application Load Balancer names the network of its proxies; Google answers `PREMIUM` for
        // internal ones too (recordings compute/forwardingrule-regional-2026-03).
        let is_fine = match *field {
            "network" => scheme == "EXTERNAL_MANAGED",
            "networkTier" => doc.dig_str("networkTier") == Some("PREMIUM"),
            _ => false,
        };
        if is_fine {
            continue;
        }
        found.push(
            faults::at(field, "other-scheme", format!("`{field}` is for {sort} load balancers"))
                .hint("leave the field out, or change `loadBalancingScheme`"),
        );
    }
    found
}

fn addresses(doc: &Doc) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if doc.get("address").is_some() && doc.get("IPAddress").is_some() {
        found.push(
            faults::at("IPAddress", "exclusive-fields", "`address` and `IPAddress` are two ways to say one thing")
                .hint("leave one of the two out"),
        );
    }
    if let Some(text) = doc.dig_str("IPAddress") {
        found
            .extend(cidr::check_address(text, DocPath::keys("IPAddress")).map(|fault| {
                fault.hint("write an address like `10.0.0.5`; a reserved one is named by `address: KEY`")
            }));
    }
    let ranges = doc.get("sourceIpRanges").and_then(Doc::as_list).unwrap_or_default();
    for (index, range) in ranges.iter().enumerate() {
        let path = DocPath::keys("sourceIpRanges").index(index);
        found.extend(range.as_str().and_then(|text| cidr::check_address_or_range(text, path)));
    }
    found
}

fn ports(doc: &Doc) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    // `allPorts: false` is what is so anyway.
    let is_given = |field: &&str| doc.get(field).is_some_and(|value| value.as_bool() != Some(false));
    let given: Vec<&str> = ["portRange", "ports", "allPorts"].into_iter().filter(is_given).collect();
    if let [first, second, ..] = given.as_slice() {
        found.push(
            faults::at(second, "exclusive-fields", format!("`{first}` and `{second}` exclude each other"))
                .hint("leave one of the two out"),
        );
    }
    if let Some(range) = doc.dig_str("portRange").filter(|range| !is_port_range(range)) {
        found.push(
            faults::at("portRange", "bad-port", format!("`{range}` is no range of ports"))
                .hint("write `80`, or `8000-8999` with the smaller number first"),
        );
    }
    let list = doc.get("ports").and_then(Doc::as_list).unwrap_or_default();
    if list.len() > 5 {
        found.push(
            faults::at("ports", "too-many-ports", format!("there are {} ports, Google takes 5", list.len()))
                .hint("write `allPorts: true`"),
        );
    }
    for (index, port) in list.iter().enumerate() {
        if let Some(text) = port.as_str().filter(|text| port_number(text).is_none()) {
            let path = DocPath::keys("ports").index(index);
            found.push(
                Diagnostic::error("bad-port", format!("`{text}` is no port")).field(path).hint("write 1 to 65535"),
            );
        }
    }
    found
}

fn port_number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port > 0)
}

fn is_port_range(text: &str) -> bool {
    match text.split_once('-') {
        Some((from, to)) => matches!((port_number(from), port_number(to)), (Some(from), Some(to)) if from <= to),
        None => port_number(text).is_some(),
    }
}
