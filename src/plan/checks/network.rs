//! Addresses, ranges and regions.

use core::net::{IpAddr, Ipv4Addr};
use std::collections::{BTreeMap, HashMap};

use ipnet::{IpNet, Ipv4Net};

use super::{View, error};
use crate::model::{Diagnostic, Doc, DocPath};
use crate::stack::Entry;

/// What a network in auto mode takes for its subnetworks (cloud.google.com/vpc/docs/subnets, "Auto mode IPv4 ranges").
const AUTO_MODE: &str = "10.128.0.0/9";

/// An address lies inside its subnetwork's range, and is none of the four that Google keeps: the first two and the
/// last two (cloud.google.com/vpc/docs/subnets, "Unusable addresses").
pub(super) fn inside(view: &View<'_>) -> Vec<Diagnostic> {
    view.of("addresses").filter_map(|entry| misplaced(view, entry)).collect()
}

fn misplaced(view: &View<'_>, entry: &Entry) -> Option<Diagnostic> {
    let subnet = view.at(entry, "subnetwork")?;
    let range: Ipv4Net = subnet.doc.dig_str("ipCidrRange")?.parse().ok()?;
    let address: Ipv4Addr = entry.doc.dig_str("address")?.parse().ok()?;
    if !range.contains(&address) {
        let message = format!("`{address}` is not in `{range}`, the range of `{}`", subnet.address);
        let hint = format!("take one from `{}` to `{}`", nth(range, 2), nth(range, size(range).saturating_sub(3)));
        let place = subnet.span(&DocPath::keys("ipCidrRange"));
        return Some(error(entry, "address", "address-outside", message).hint(hint).related(place, "the range"));
    }
    let position = u64::from(u32::from(address)) - u64::from(u32::from(range.network()));
    let is_kept = position < 2 || position + 2 >= size(range);
    is_kept.then(|| {
        let message = format!("`{address}` is kept by Google: the first two and the last two of `{range}` are");
        error(entry, "address", "address-reserved", message).hint(format!("take `{}`, for example", nth(range, 5)))
    })
}

fn size(range: Ipv4Net) -> u64 {
    1 << (32 - u32::from(range.prefix_len()))
}

fn nth(range: Ipv4Net, position: u64) -> Ipv4Addr {
    let offset = u32::try_from(position.min(size(range) - 1)).unwrap_or(u32::MAX);
    Ipv4Addr::from(u32::from(range.network()).saturating_add(offset))
}

/// No two entries reserve one address of one network.
pub(super) fn twice(view: &View<'_>) -> Vec<Diagnostic> {
    let mut taken: HashMap<(String, IpAddr), &Entry> = HashMap::new();
    let mut findings = Vec::new();
    for entry in view.of("addresses") {
        let Some(address) = entry.doc.dig_str("address").and_then(|text| text.parse().ok()) else { continue };
        let subnet_network = view.at(entry, "subnetwork").and_then(|subnet| view.link(subnet, "network"));
        let network = subnet_network.or_else(|| view.link(entry, "network"));
        let network = network.or_else(|| view.link(entry, "subnetwork")).unwrap_or_default();
        if let Some(first) = taken.insert((network, address), entry) {
            let message = format!("`{address}` is also the address of `{}`", first.address);
            let place = first.span(&DocPath::keys("address"));
            findings.push(
                error(entry, "address", "address-twice", message)
                    .hint("take another one, or leave `address` out: Google picks a free one")
                    .related(place, "the first"),
            );
        }
    }
    findings
}

/// A range and who has it.
struct Range<'a> {
    net: IpNet,
    entry: &'a Entry,
    field: String,
}

/// Primary and secondary ranges of the subnetworks of one network do not overlap, nor what auto mode takes.
pub(super) fn overlap(view: &View<'_>) -> Vec<Diagnostic> {
    let mut networks: BTreeMap<String, Vec<Range<'_>>> = BTreeMap::new();
    for entry in view.of("subnetworks") {
        let Some(network) = view.link(entry, "network") else { continue };
        networks.entry(network).or_default().extend(ranges(entry));
    }
    let mut findings = Vec::new();
    for (network, mut ranges) in networks {
        ranges.sort_by_key(|range| (range.net.network(), range.net.prefix_len()));
        // Sorted by their first address, ranges that overlap do so with the widest one that is still open.
        let mut open: Option<&Range<'_>> = None;
        for range in &ranges {
            match open.filter(|other| other.net.contains(&range.net.network())) {
                Some(other) => findings.push(overlapping(range, other)),
                None => open = Some(range),
            }
        }
        if is_auto_mode(view, &network) {
            let auto: IpNet = AUTO_MODE.parse().expect("a constant range");
            findings.extend(ranges.iter().filter(|r| auto.contains(&r.net.network())).map(|range| in_auto_mode(range)));
        }
    }
    findings
}

fn ranges(entry: &Entry) -> Vec<Range<'_>> {
    let range = |text: Option<&str>, field: String| {
        text.and_then(|text| text.parse().ok()).map(|net: IpNet| Range { net: net.trunc(), entry, field })
    };
    let secondary = entry.doc.get("secondaryIpRanges").and_then(Doc::as_list).unwrap_or_default();
    let secondary = secondary.iter().enumerate().filter_map(|(index, other)| {
        range(other.dig_str("ipCidrRange"), format!("secondaryIpRanges[{index}].ipCidrRange"))
    });
    range(entry.doc.dig_str("ipCidrRange"), "ipCidrRange".to_owned()).into_iter().chain(secondary).collect()
}

fn path(range: &Range<'_>) -> DocPath {
    range.field.parse().expect("made above")
}

fn overlapping(range: &Range<'_>, other: &Range<'_>) -> Diagnostic {
    let message = format!("`{}` overlaps `{}` of `{}`, in the same network", range.net, other.net, other.entry.address);
    Diagnostic::error("ranges-overlap", message)
        .of(&range.entry.address)
        .field(path(range))
        .hint("give each subnetwork of a network a range of its own")
        .related(other.entry.span(&path(other)), "the other range")
}

fn is_auto_mode(view: &View<'_>, network: &str) -> bool {
    view.by_path
        .get(network)
        .is_some_and(|entry| entry.doc.get("autoCreateSubnetworks").and_then(Doc::as_bool).unwrap_or(false))
}

fn in_auto_mode(range: &Range<'_>) -> Diagnostic {
    let message = format!("`{}` lies in `{AUTO_MODE}`, which a network in auto mode takes for itself", range.net);
    Diagnostic::error("ranges-overlap", message)
        .of(&range.entry.address)
        .field(path(range))
        .hint("write `autoCreateSubnetworks: false` on the network, or take a range elsewhere")
}

/// Fields that name something of the same region.
const SAME_REGION: &[(&str, &str)] = &[
    ("addresses", "subnetwork"),
    ("forwardingRules", "subnetwork"),
    ("forwardingRules", "address"),
    ("services", "vpcAccess.subnetwork"),
    ("jobs", "vpcAccess.subnetwork"),
    ("workerPools", "vpcAccess.subnetwork"),
];

/// What stands in a region uses subnetworks and addresses of that region.
pub(super) fn regions(view: &View<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for entry in &view.stack.entries {
        for (_, field) in SAME_REGION.iter().filter(|(section, _)| *section == &*entry.address.section) {
            let Some(other) = view.at(entry, field) else { continue };
            let (here, there) = (entry.place.location(), other.place.location());
            if !here.is_empty() && !there.is_empty() && here != there {
                let message = format!("`{}` stands in `{here}`, `{}` in `{there}`", entry.address, other.address);
                findings.push(
                    error(entry, field, "other-region", message).hint("both must stand in one region: set `region:`"),
                );
            }
        }
    }
    findings
}

/// Where a network and a subnetwork are named together, the subnetwork is of that network.
pub(super) fn networks(view: &View<'_>) -> Vec<Diagnostic> {
    let pairs = [("network", "subnetwork"), ("vpcAccess.network", "vpcAccess.subnetwork")];
    let mut findings = Vec::new();
    for entry in &view.stack.entries {
        for (network, subnetwork) in pairs {
            let Some(subnet) = view.at(entry, subnetwork) else { continue };
            let (Some(named), Some(real)) = (view.link(entry, network), view.link(subnet, "network")) else { continue };
            if named != real {
                let message = format!("`{}` is of the network `{real}`, not of `{named}`", subnet.address);
                findings.push(
                    error(entry, subnetwork, "other-network", message)
                        .hint(format!("name a subnetwork of `{named}`, or the other network")),
                );
            }
        }
    }
    findings
}
