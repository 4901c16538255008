//! What can be said only once all resources are decided on: what goes with what, names that two resources claim, what
//! a selection leaves out, the order.

use std::collections::{BTreeMap, HashMap};

use super::decide::{Context, usual_ms};
use super::graph::Graph;
use super::room;
use super::types::{Consent, Planned};
use crate::model::{Action, Address, Diagnostic};

/// Marks deletes that go with their parent's, and asks for the consents that roots need.
pub(super) fn deletes(context: &mut Context<'_>) {
    let going: HashMap<String, Address> = context
        .decided
        .values()
        .filter_map(|decided| Some((going_name(&decided.planned)?.to_owned(), decided.planned.address.clone())))
        .collect();
    let addresses: Vec<Address> = context.decided.keys().cloned().collect();
    for address in addresses {
        let decided = &context.decided[&address];
        if decided.planned.action != Action::Delete {
            continue;
        }
        let is_child = !decided.row.descriptor.parents.is_empty();
        let parent = if is_child { parent_of(&decided.planned.full_name, &going) } else { None };
        let reason = parent.as_ref().map(|parent| format!("goes with `{parent}`"));
        let row = decided.row;
        let mut planned = decided.planned.clone();
        planned.goes_with = parent;
        planned.reasons.extend(reason);
        planned.usual_ms = usual_ms(row, &planned);
        planned.needs = context.needs(row, &planned, planned.ownership);
        context.decided.get_mut(&address).expect("it was there a moment ago").planned = planned;
    }
}

/// The full name of what a plan deletes.
fn going_name(planned: &Planned) -> Option<&str> {
    match (planned.action, &planned.former) {
        (Action::Delete, _) => Some(&planned.full_name),
        (Action::Replace, Some(former)) => Some(&former.full_name),
        (Action::Replace, None) => Some(&planned.full_name),
        _ => None,
    }
}

/// The nearest resource whose full name a full name lies below.
fn parent_of(full_name: &str, going: &HashMap<String, Address>) -> Option<Address> {
    full_name.rmatch_indices('/').find_map(|(at, _)| going.get(&full_name[..at]).cloned())
}

/// What stays in the cloud and stands on, or in, what goes.
pub(super) fn kept(context: &mut Context<'_>) {
    let mut findings = Vec::new();
    for decided in context.decided.values().filter(|d| d.planned.action == Action::Forget && d.live.is_some()) {
        let planned = &decided.planned;
        let entry = context.renamed.entries.get(&planned.address);
        for needed in entry.into_iter().flat_map(|entry| context.renamed.depends_on(entry)) {
            let Some(parent) = context.decided.get(needed).filter(|d| going_name(&d.planned).is_some()) else {
                continue;
            };
            let is_inside =
                going_name(&parent.planned).is_some_and(|name| planned.full_name.starts_with(&format!("{name}/")));
            findings.push(if is_inside { inside(planned, needed) } else { standing(planned, needed) });
        }
    }
    findings.sort_by(|a: &Diagnostic, b| a.address.cmp(&b.address));
    context.findings.extend(findings);
}

fn inside(kept: &Planned, parent: &Address) -> Diagnostic {
    let message = format!("`{}` is to stay, and would be lost with `{parent}`, which it is part of", kept.address);
    Diagnostic::error("kept-inside-deleted", message).of(&kept.address).hint(format!(
        "keep `{parent}`, too (`--exclude {parent}`, or `lifecycle: {{onDelete: keep}}`), or let both go"
    ))
}

fn standing(kept: &Planned, needed: &Address) -> Diagnostic {
    let message = format!("`{}` stays and stands on `{needed}`, which is to go", kept.address);
    Diagnostic::warning("kept-on-deleted", message)
        .of(&kept.address)
        .hint(format!("Google may refuse to delete `{needed}` while it is in use; `--exclude {needed}` keeps it"))
}

/// Entries of the file whose resource the inventory knows under an address that left the file: renamed by hand.
pub(super) fn renamed_by_hand(context: &mut Context<'_>) {
    let left: BTreeMap<&str, &Address> =
        context.renamed.entries.iter().map(|(address, entry)| (entry.full_name.as_str(), address)).collect();
    let mut findings = Vec::new();
    for wanted in context.inputs.desired.entries.values() {
        let Some(known) = left.get(wanted.full_name.as_str()).filter(|known| ***known != wanted.address) else {
            continue;
        };
        let old = context.renamed.from.get(*known).unwrap_or(known);
        let message = format!("`{}` is what the inventory calls `{old}`", wanted.address);
        let hint = match context.inputs.desired.entries.contains_key(*known) {
            false => format!("if the entry was renamed, say so: `moved: [{{from: {old}, to: {}}}]`", wanted.address),
            true => "two entries claim one resource: give one of them another `name:`".to_owned(),
        };
        findings.push(Diagnostic::error("needs-moved", message).of(&wanted.address).hint(hint));
    }
    context.findings.extend(findings);
}

/// What a replacement drags along and the selection leaves out.
pub(super) fn left_out(context: &mut Context<'_>) {
    let mut findings = Vec::new();
    for wanted in context.inputs.desired.entries.values() {
        if context.selection.addresses.contains(&wanted.address) {
            continue;
        }
        let Some(row) = context.inputs.kind(&wanted.address.section) else { continue };
        if let Some(edge) = context.dragged_by(wanted, row)
            && context.renamed.entries.contains_key(&wanted.address)
        {
            let message = format!("`{}` must follow `{}`, which is replaced, and is left out", wanted.address, edge.to);
            findings.push(
                Diagnostic::error("target-leaves-out", message)
                    .of(&wanted.address)
                    .hint(format!("add `--target {}`, or leave `{}` as it is", wanted.address, edge.to)),
            );
        }
    }
    context.findings.extend(findings);
}

/// Sets what each resource stands on, what it no longer stands on, and what should be there first; all in the plan.
pub(super) fn dependencies(context: &mut Context<'_>, implied: &BTreeMap<Address, Vec<Address>>) {
    let addresses: Vec<Address> = context.decided.keys().cloned().collect();
    for address in addresses {
        let in_plan = |needed: &&Address| context.decided.contains_key(*needed) && **needed != address;
        let decided = &context.decided[&address];
        let wanted = context.inputs.desired.entries.get(&address);
        let wanted = wanted.filter(|_| !matches!(decided.planned.action, Action::Delete | Action::Forget));
        let entry = context.renamed.entries.get(&address).copied();
        let recorded = entry.into_iter().flat_map(|entry| context.renamed.depends_on(entry));
        let recorded: Vec<&Address> = recorded.filter(in_plan).collect();
        let mut depends_on: Vec<Address> = Vec::new();
        let needed: Vec<&Address> = match wanted {
            Some(wanted) => wanted.edges.iter().map(|edge| &edge.to).filter(in_plan).collect(),
            None => recorded.clone(),
        };
        for address in needed {
            if !depends_on.contains(address) {
                depends_on.push(address.clone());
            }
        }
        let releases: Vec<Address> = match wanted {
            Some(_) => recorded.into_iter().filter(|needed| !depends_on.contains(needed)).cloned().collect(),
            None => Vec::new(),
        };
        let after = implied.get(&address).filter(|_| wanted.is_some()).map(Vec::as_slice).unwrap_or_default();
        let after = after.iter().filter(|needed| context.decided.contains_key(*needed)).cloned().collect();
        let is_stale = entry.zip(wanted).is_some_and(|(entry, _)| {
            entry.depends_on.len() != depends_on.len()
                || !context.renamed.depends_on(entry).all(|a| depends_on.contains(a))
        });
        let planned = &mut context.decided.get_mut(&address).expect("it was there a moment ago").planned;
        planned.stale_record |= is_stale;
        (planned.depends_on, planned.releases, planned.after) = (depends_on, releases, after);
    }
}

/// Sets what must have gone before a resource can have its address or range.
pub(super) fn freed(context: &mut Context<'_>) {
    for (address, freed_by) in room::freed_by(context) {
        let planned = &mut context.decided.get_mut(&address).expect("it was there a moment ago").planned;
        planned.freed_by = freed_by;
    }
}

/// All resources, dependencies first, else in the order of the file; what left it comes last.
pub(super) fn order(context: &mut Context<'_>) -> Vec<Planned> {
    let in_file: Vec<Address> = context
        .inputs
        .desired
        .entries
        .keys()
        .filter(|address| context.decided.contains_key(*address))
        .cloned()
        .collect();
    let mut left: Vec<Address> = context
        .decided
        .keys()
        .filter(|address| !context.inputs.desired.entries.contains_key(*address))
        .cloned()
        .collect();
    left.sort();
    let named: Vec<&Address> = in_file.iter().chain(&left).collect();
    let graph = Graph::new(named.iter().map(|address| {
        let planned = &context.decided[*address].planned;
        (*address, planned.depends_on.iter().chain(&planned.after).collect())
    }));
    let order: Vec<Address> = match graph.order() {
        Ok(order) => order.into_iter().cloned().collect(),
        Err(cycles) => {
            context.findings.extend(cycles.iter().map(|cycle| in_a_circle(cycle)));
            named.into_iter().cloned().collect()
        }
    };
    order.iter().filter_map(|address| context.decided.remove(address)).map(|decided| decided.planned).collect()
}

/// Stacks are checked for this, so it is the inventory that says so.
fn in_a_circle(cycle: &[Address]) -> Diagnostic {
    let names: Vec<String> = cycle.iter().map(|address| format!("`{address}`")).collect();
    Diagnostic::error("cycle", format!("{} stand on each other, by the inventory", names.join(", ")))
        .hint("the inventory is damaged: put back an older copy")
}

/// Whether a plan takes over something and nothing was ours before.
pub(super) fn first_adoption(planned: &[Planned], is_empty: bool) -> Option<Diagnostic> {
    let adopted = planned.iter().filter(|planned| planned.action == Action::Adopt).count();
    let waits = planned.iter().any(|planned| planned.needs.contains(&Consent::Adopt));
    (is_empty && adopted > 0).then(|| {
        let things = if adopted == 1 { "1 resource is".to_owned() } else { format!("{adopted} resources are") };
        let message = format!("{things} there already and the inventory is empty: a first adoption, or the inventory is elsewhere");
        let finding = Diagnostic::note("nothing-ours", message);
        if waits {
            finding.hint("`stackctl apply --adopt` takes them over; if another machine made them, name its inventory with `state:`")
        } else {
            finding
        }
    })
}
