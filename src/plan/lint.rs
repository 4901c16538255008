//! Holds a built plan against what every plan must fulfil: a second opinion that shares no code with the builder.
//!
//! Tests lint every plan they build. A fault here is a fault of stackctl's, never of a stack file.

use std::collections::{BTreeMap, BTreeSet};

use super::schedule::{Phase, Schedule};
use super::types::{Consent, Effect, Plan, Planned, Purpose};
use crate::kinds::Row;
use crate::model::{Action, Address, Severity};

/// What is wrong with a plan, in words; empty: nothing.
pub fn lint(plan: &Plan, kinds: &[Row]) -> Vec<String> {
    let mut faults = Vec::new();
    each_once(plan, &mut faults);
    order(plan, &mut faults);
    for planned in &plan.resources {
        resource(plan, planned, &mut faults);
    }
    if plan.findings.iter().all(|finding| finding.severity != Severity::Error) {
        run(plan, kinds, &mut faults);
    }
    faults
}

fn each_once(plan: &Plan, faults: &mut Vec<String>) {
    let mut addresses = BTreeSet::new();
    let mut names = BTreeMap::new();
    for planned in &plan.resources {
        if !addresses.insert(&planned.address) {
            faults.push(format!("`{}` stands in the plan twice", planned.address));
        }
        let stays = !matches!(planned.action, Action::Delete | Action::Forget);
        if stays && let Some(other) = names.insert(&planned.full_name, &planned.address) {
            faults.push(format!("`{}` and `{other}` are one resource", planned.address));
        }
    }
}

/// Dependencies are in the plan, and before what needs them.
fn order(plan: &Plan, faults: &mut Vec<String>) {
    let is_circular = plan.findings.iter().any(|finding| finding.code == "cycle");
    let mut seen = BTreeSet::new();
    let all: BTreeSet<&Address> = plan.resources.iter().map(|planned| &planned.address).collect();
    for planned in &plan.resources {
        for needed in planned.depends_on.iter().chain(&planned.after) {
            if !all.contains(needed) {
                faults.push(format!("`{}` needs `{needed}`, which is not in the plan", planned.address));
            } else if !seen.contains(needed) && !is_circular {
                faults.push(format!("`{}` comes before `{needed}`, which it needs", planned.address));
            }
        }
        for other in planned.releases.iter().chain(&planned.freed_by).chain(&planned.goes_with) {
            if !all.contains(other) {
                faults.push(format!("`{}` speaks of `{other}`, which is not in the plan", planned.address));
            }
        }
        seen.insert(&planned.address);
    }
}

/// What must hold of each resource alone.
fn resource(plan: &Plan, planned: &Planned, faults: &mut Vec<String>) {
    let mut must = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("`{}` ({:?}): {what}", planned.address, planned.action));
        }
    };
    let goes = matches!(planned.action, Action::Delete | Action::Forget);
    let written = planned.changes.iter().filter(|change| change.effect != Effect::Unmanaged).count();
    must(goes || planned.desired.is_some() || planned.action == Action::None, "what stays is wanted");
    must(!(goes && planned.desired.is_some()), "what goes is not wanted");
    must(plan.purpose == Purpose::Apply || goes || planned.action == Action::None, "destroy only takes away");
    let says_why = !planned.reasons.is_empty();
    must(planned.action != Action::Update || written > 0 || says_why, "an update changes something, or says why");
    must(planned.action != Action::None || written == 0, "nothing happens, so nothing changes");
    let forced = planned.changes.iter().any(|change| change.effect == Effect::Replaces);
    let is_refused =
        plan.findings.iter().any(|f| f.severity == Severity::Error && f.address.as_ref() == Some(&planned.address));
    must(!forced || planned.action == Action::Replace || is_refused, "what forces a replacement replaces");
    must(planned.needs.iter().collect::<BTreeSet<_>>().len() == planned.needs.len(), "each consent is asked for once");
    let adopts = planned.needs.contains(&Consent::Adopt);
    let takes_over = matches!(planned.action, Action::Adopt | Action::Replace);
    must(!adopts || takes_over, "only what is adopted or replaced needs `--adopt`");
    let loses = planned.needs.contains(&Consent::DataLoss);
    must(!loses || planned.action == Action::Delete, "only a delete needs `--allow-data-loss`");
    let removed = planned.removed.iter().all(|path| planned.changes.iter().any(|change| change.path == *path));
    must(planned.action == Action::Delete || removed, "what is removed is among the changes");
    must(
        planned.deferred.is_empty() || matches!(planned.action, Action::Create | Action::Replace),
        "only what is made defers",
    );
    for change in &planned.changes {
        let both = change.before.is_some() || change.after.is_some();
        must(both, "a change has a before or an after");
    }
}

/// The schedule, carried out one step at a time in the order that it gives, breaks nothing.
fn run(plan: &Plan, kinds: &[Row], faults: &mut Vec<String>) {
    let mut schedule = Schedule::new(plan, kinds);
    let expected: usize = schedule.steps().len();
    let mut ran: Vec<(Address, Phase)> = Vec::new();
    while let Some(step) = schedule.begin_next() {
        ran.push((step.address.clone(), step.phase));
        schedule.done(step.id);
    }
    if ran.len() != expected || !schedule.is_finished() {
        faults.push(format!("only {} of {expected} steps were run", ran.len()));
    }
    let at: BTreeMap<&(Address, Phase), usize> = ran.iter().enumerate().map(|(at, step)| (step, at)).collect();
    let when = |address: &Address, phase: Phase| at.get(&(address.clone(), phase)).copied();
    let mut before = |first: Option<usize>, second: Option<usize>, what: String| {
        if let (Some(first), Some(second)) = (first, second)
            && first > second
        {
            faults.push(what);
        }
    };
    for planned in &plan.resources {
        let address = &planned.address;
        let (apply, delete) = (when(address, Phase::Apply), when(address, Phase::Delete));
        before(delete, apply, format!("`{address}` is made again before it is deleted"));
        for needed in planned.depends_on.iter().chain(&planned.after) {
            before(when(needed, Phase::Apply), apply, format!("`{address}` is applied before `{needed}`"));
        }
        for holder in &planned.freed_by {
            let what = format!("`{address}` is applied before `{holder}`, whose room it takes, is deleted");
            before(when(holder, Phase::Delete), apply, what);
        }
        for needed in planned.depends_on.iter().filter(|needed| planned.goes_with.as_ref() != Some(needed)) {
            before(
                delete,
                when(needed, Phase::Delete),
                format!("`{needed}` is deleted before `{address}`, which stands on it"),
            );
        }
        if let (Some(parent), None) = (&planned.goes_with, apply) {
            before(
                when(parent, Phase::Delete),
                delete,
                format!("`{address}` goes before `{parent}`, with which it goes"),
            );
        }
    }
}

#[cfg(test)]
mod tests;
