//! Addresses and ranges that a plan takes while something that goes by the same plan still has them: the delete comes
//! first.

use core::net::IpAddr;
use std::collections::HashMap;

use ipnet::IpNet;

use super::decide::{Context, Decided};
use crate::kinds::canonical;
use crate::model::{Action, Address, Doc, ProjectFacts};

/// A range of addresses, and where it lies: a network for ranges, a subnetwork or a network for addresses.
struct Claim {
    pool: String,
    range: IpNet,
}

/// By resource: what goes by this plan and has an address or a range that it takes.
pub(super) fn freed_by(context: &Context<'_>) -> Vec<(Address, Vec<Address>)> {
    let project = context.inputs.project();
    let mut going: HashMap<String, Vec<(IpNet, &Address)>> = HashMap::new();
    for (address, decided) in context.decided.iter().filter(|(_, decided)| goes(decided)) {
        for claim in held(decided, project) {
            going.entry(claim.pool).or_default().push((claim.range, address));
        }
    }
    if going.is_empty() {
        return Vec::new();
    }
    let takes = |(address, decided): (&Address, &Decided<'_>)| {
        let doc = decided.planned.desired.as_ref()?;
        let mut freed: Vec<Address> = claims(&address.section, doc, project)
            .iter()
            .flat_map(|claim| going.get(&claim.pool).into_iter().flatten().map(move |held| (claim, held)))
            .filter(|(claim, (range, holder))| overlap(claim.range, *range) && *holder != address)
            .map(|(_, (_, holder))| (*holder).clone())
            .collect();
        freed.sort();
        freed.dedup();
        (!freed.is_empty()).then(|| (address.clone(), freed))
    };
    context.decided.iter().filter(|(_, decided)| makes(decided)).filter_map(takes).collect()
}

fn goes(decided: &Decided<'_>) -> bool {
    matches!(decided.planned.action, Action::Delete | Action::Replace)
}

fn makes(decided: &Decided<'_>) -> bool {
    matches!(decided.planned.action, Action::Create | Action::Replace | Action::Update)
}

/// What the live resource has.
fn held(decided: &Decided<'_>, project: &ProjectFacts) -> Vec<Claim> {
    let planned = &decided.planned;
    let place = planned.former.as_ref().map_or(&planned.place, |former| &former.place);
    let doc = decided.live.map(|live| (decided.row.to_file)(place, live)).unwrap_or_default();
    claims(&planned.address.section, &doc, project)
}

fn claims(section: &str, doc: &Doc, project: &ProjectFacts) -> Vec<Claim> {
    let pool = |fields: &[&str]| {
        let link = fields.iter().find_map(|field| doc.dig_str(field))?;
        Some(canonical::link(link, project))
    };
    let claim = |pool: &Option<String>, text: Option<&str>| {
        let text = text?;
        let range = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
        Some(Claim { pool: pool.clone()?, range })
    };
    match section {
        "addresses" => claim(&pool(&["subnetwork", "network"]), doc.dig_str("address")).into_iter().collect(),
        "subnetworks" => {
            let pool = pool(&["network"]);
            let more = doc.get("secondaryIpRanges").and_then(Doc::as_list).unwrap_or_default();
            let more = more.iter().filter_map(|range| claim(&pool, range.dig_str("ipCidrRange")));
            claim(&pool, doc.dig_str("ipCidrRange")).into_iter().chain(more).collect()
        }
        _ => Vec::new(),
    }
}

fn overlap(a: IpNet, b: IpNet) -> bool {
    a.contains(&b) || b.contains(&a)
}
