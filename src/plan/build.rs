//! Builds a plan: every decision is in it, nothing is left to choose later.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::decide::{Cause, Context};
use super::diff::UserKeys;
use super::graph::Graph;
use super::inputs::PlanInputs;
use super::moved::{Renamed, rename};
use super::select::{Selection, select};
use super::types::{Estimate, Plan, Planned, Purpose};
use super::{finish, implied, schedule};
use crate::model::{Action, Address, Diagnostic, Doc};
use crate::records::HashKey;

/// Makes a plan of what the file wants, what is ours and what was read.
///
/// The same inputs give the same plan. Whatever stands against it is among its findings; one with an error is not to
/// be carried out. With a foreign project or a damaged inventory the plan has no resources.
pub fn build(inputs: &PlanInputs<'_>) -> Plan {
    let renamed = rename(inputs.inventory, inputs.desired);
    let selection = select(inputs.desired, &renamed, inputs.options);
    let key = match refuse(inputs) {
        Ok(key) => key,
        Err(finding) => return Plan { findings: vec![*finding], ..empty(inputs) },
    };
    let mut context = Context {
        inputs: *inputs,
        renamed: &renamed,
        selection: &selection,
        key,
        user_keys: UserKeys::default(),
        decided: HashMap::with_capacity(inputs.desired.entries.len()),
        findings: renamed.findings.iter().chain(&selection.findings).cloned().collect(),
    };
    let mut plan = match inputs.options.purpose {
        Purpose::Apply => apply(&mut context, &renamed, &selection),
        Purpose::Destroy => destroy(&mut context, &renamed, &selection),
    };
    if plan.errors().next().is_none() {
        plan.estimate = schedule::estimate(&plan, inputs.kinds);
    }
    plan
}

/// Another project number is refused, never planned as delete and create.
fn refuse(inputs: &PlanInputs<'_>) -> Result<HashKey, Box<Diagnostic>> {
    let inventory = inputs.inventory;
    if let Err(error) = inventory.belongs_to(&inputs.desired.stack, &inventory.cloud, inputs.project()) {
        return Err(Box::new(Diagnostic::error("foreign-inventory", error.to_string()).hint(error.hint())));
    }
    inventory.key().map_err(|error| {
        Box::new(Diagnostic::error("inventory-damaged", error.to_string()).hint("put back an older copy"))
    })
}

fn empty(inputs: &PlanInputs<'_>) -> Plan {
    Plan {
        purpose: inputs.options.purpose,
        stack: inputs.desired.stack.clone(),
        project: inputs.project().clone(),
        enable_apis: Vec::new(),
        resources: Vec::new(),
        outputs: BTreeMap::new(),
        findings: Vec::new(),
        tombstones: inputs.inventory.tombstones.clone(),
        estimate: Estimate::default(),
    }
}

fn apply<'a>(context: &mut Context<'a>, renamed: &'a Renamed<'a>, selection: &Selection) -> Plan {
    let desired = context.inputs.desired;
    let graph = Graph::new(
        desired.entries.values().map(|wanted| (&wanted.address, wanted.edges.iter().map(|edge| &edge.to).collect())),
    );
    let order = graph.order().unwrap_or_else(|cycles| panic!("a checked stack has no cycles: {cycles:?}"));
    for address in order.into_iter().filter(|address| selection.addresses.contains(*address)) {
        context.wanted(&desired.entries[address]);
    }
    let outputs: BTreeMap<String, Doc> =
        desired.outputs.iter().map(|(name, value)| (name.clone(), context.stack_output(value))).collect();
    let left = renamed.entries.iter().filter(|(address, _)| !desired.entries.contains_key(*address));
    for (address, entry) in left.filter(|(address, _)| selection.addresses.contains(*address)) {
        context.left(address, entry, Cause::LeftTheFile);
    }
    finish::renamed_by_hand(context);
    finish::left_out(context);
    let implied = implied::arrows(desired, &graph);
    let enable_apis = apis(context);
    let resources = finished(context, &implied);
    context.findings.extend(finish::first_adoption(&resources, context.inputs.inventory.entries.is_empty()));
    observed_findings(context, &resources);
    let findings = std::mem::take(&mut context.findings);
    Plan { enable_apis, resources, outputs, findings, ..empty(&context.inputs) }
}

fn destroy<'a>(context: &mut Context<'a>, renamed: &'a Renamed<'a>, selection: &Selection) -> Plan {
    for (address, entry) in renamed.entries.iter().filter(|(address, _)| selection.addresses.contains(*address)) {
        context.left(address, entry, Cause::Destroy);
    }
    let resources = finished(context, &BTreeMap::new());
    observed_findings(context, &resources);
    let findings = std::mem::take(&mut context.findings);
    Plan { resources, findings, ..empty(&context.inputs) }
}

fn finished(context: &mut Context<'_>, implied: &BTreeMap<Address, Vec<Address>>) -> Vec<Planned> {
    finish::deletes(context);
    finish::kept(context);
    finish::dependencies(context, implied);
    finish::freed(context);
    finish::order(context)
}

/// Services to enable: those of the kinds in the file, and those that it names; each once, sorted.
fn apis(context: &Context<'_>) -> Vec<String> {
    let inputs = &context.inputs;
    let enabled: BTreeSet<&str> = inputs.observed.enabled_apis.iter().map(String::as_str).collect();
    let is_sent = |planned: &Planned| !is_going(planned) && !is_left_alone(planned);
    let of_kinds = context.decided.values().filter(|decided| is_sent(&decided.planned));
    let of_kinds = of_kinds.map(|decided| decided.row.descriptor.api.service);
    let wanted: BTreeSet<&str> = of_kinds.chain(inputs.desired.apis.iter().map(String::as_str)).collect();
    wanted.difference(&enabled).map(|service| (*service).to_owned()).collect()
}

/// It is there as the file wants it, and was read: nothing more is asked of its API.
fn is_left_alone(planned: &Planned) -> bool {
    matches!(planned.action, Action::None | Action::Adopt) && planned.changes.is_empty()
}

fn is_going(planned: &Planned) -> bool {
    matches!(planned.action, Action::Delete | Action::Forget)
}

/// What was found while reading: what Google said to `validateOnly` of what changes, and notes.
fn observed_findings(context: &mut Context<'_>, resources: &[Planned]) {
    let observed = context.inputs.observed;
    for planned in resources.iter().filter(|planned| !planned.is_nothing()) {
        let refusal = observed.dry_runs.get(&planned.address).cloned();
        context.findings.extend(refusal.map(|finding| finding.of(&planned.address)));
    }
    context.findings.extend(observed.notes.iter().cloned());
}

#[cfg(test)]
mod tests;
