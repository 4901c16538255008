//! Reads the cloud, in few requests: a collection is listed once where many of its members are wanted, policies and
//! further reads follow for what exists.
//!
//! Three rounds at most behind the [`survey`](super::survey()): collections, items and the policies of what is nothing
//! but a part of one; then policies and further reads of what exists. `dry_run` is the fourth.

mod members;
mod outcome;
mod reads;
mod second;

use std::collections::{BTreeMap, BTreeSet};

use crate::gcp::CallError;
use crate::kinds::{Live, Lookup, Row};
use crate::model::{Address, Diagnostic, Doc, Place, ProjectFacts};
use crate::plan::{self, Desired, Observed, Wanted, policies};
use crate::records::{Entry, Inventory};

use super::inputs::Inputs;
use super::session::Session;
use super::survey::Survey;

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    pub survey: &'a Survey,
    pub desired: &'a Desired,
    /// Absent: nothing is ours yet.
    pub inventory: Option<&'a Inventory>,
    pub inputs: &'a Inputs,
    pub options: &'a plan::Options,
    /// Resources whose last step is not known to have ended well: they are looked at more closely.
    pub suspects: &'a BTreeSet<Address>,
}

/// A resource to look for.
struct Target<'a> {
    slot: Slot,
    row: &'a Row,
    place: &'a Place,
    /// What the file wants; absent for what left the file.
    doc: Option<&'a Doc>,
    lookup: Lookup,
    /// Its policy is read only to show it.
    shows_policy: bool,
}

/// Where in [`Observed`] a finding goes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Slot {
    Resource(Address),
    Former(Address),
}

impl Target<'_> {
    fn address(&self) -> &Address {
        match &self.slot {
            Slot::Resource(address) | Slot::Former(address) => address,
        }
    }

    /// Whether it is nothing but a part of a policy.
    fn is_in_policy(&self) -> bool {
        self.lookup.item.is_none() && self.lookup.list.is_none()
    }
}

/// What the first round found of a target.
enum Found {
    Absent,
    /// The resource in API space; the policy where it is part of one.
    Present(Live),
    Failed(CallError),
}

/// Reads everything that a plan of `look` needs.
///
/// What cannot be read becomes [`Observation::Unreadable`]; no request changes anything.
///
/// # Errors
/// What stands against any read at all: credentials, the network, a proxy's page.
pub async fn observe(session: &Session<'_>, look: &Look<'_>) -> Result<Observed, Diagnostic> {
    let targets = targets(session, look);
    let first = reads::first_round(session, &look.survey.enabled_apis, &targets).await;
    let mut found = Vec::with_capacity(targets.len());
    for finding in first {
        found.push(outcome::fatal(finding)?);
    }
    second::second_round(session, look, &targets, &mut found).await?;
    let mut observed = Observed {
        project: look.survey.project.clone(),
        enabled_apis: look.survey.enabled_apis.clone(),
        ..Observed::default()
    };
    if let Some(key) = look.inventory.and_then(|inventory| inventory.key().ok()) {
        observed.payloads = look.inputs.hashes(&key);
    }
    let absent = outcome::absent_places(&targets, &found);
    for (target, found) in targets.into_iter().zip(found) {
        let observation = outcome::observation(&target, found, look.survey, &absent);
        match target.slot {
            Slot::Resource(address) => observed.resources.insert(address, observation),
            Slot::Former(address) => observed.former.insert(address, observation),
        };
    }
    Ok(observed)
}

/// Reads one resource anew, policy and further reads included; absent where it is not there.
///
/// # Errors
/// What the reads were refused with.
pub async fn look_again(
    session: &Session<'_>,
    row: &Row,
    place: &Place,
    project: &ProjectFacts,
    doc: Option<&Doc>,
    extras: second::Extras<'_>,
    on_retry: crate::gcp::client::OnRetry<'_>,
) -> Result<Option<Live>, CallError> {
    let lookup = (row.lookup)(place, project, doc);
    let Some(mut live) = reads::alone(session, row, place, &lookup, on_retry).await? else { return Ok(None) };
    second::complete(session, &lookup, extras, &mut live, on_retry).await?;
    Ok(Some(live))
}

pub use second::Extras;

fn targets<'a>(session: &Session<'a>, look: &'a Look<'_>) -> Vec<Target<'a>> {
    let renamed: BTreeMap<&'a Address, &'a Address> = look.desired.moved.iter().map(|(from, to)| (from, to)).collect();
    let mut targets = Vec::new();
    let mut push = |slot: Slot, section: &str, place: &'a Place, wanted: Option<&'a Wanted>, ours: Option<&Entry>| {
        // An entry of a section that this stackctl does not know is left alone.
        let Some(row) = session.kind(section) else { return };
        let doc = wanted.map(|wanted| &wanted.doc);
        let mut lookup = (row.lookup)(place, &look.survey.project, doc);
        let mut shows_policy = false;
        if lookup.policy.is_none() {
            let lifecycle = wanted.map(|wanted| &wanted.lifecycle);
            let read = policies::to_read(row, place, ours, lifecycle, look.options);
            shows_policy = read.as_ref().is_some_and(|(_, because)| *because == policies::Because::Shows);
            lookup.policy = read.map(|(request, _)| request);
        }
        targets.push(Target { slot, row, place, doc, lookup, shows_policy });
    };
    let recorded: BTreeMap<&'a Address, &'a Entry> = look
        .inventory
        .into_iter()
        .flat_map(|inventory| &inventory.entries)
        .map(|(old, entry)| {
            let to = renamed.get(old).filter(|to| look.desired.entries.contains_key(**to));
            (to.map_or(old, |to| *to), entry)
        })
        .collect();
    for wanted in look.desired.entries.values() {
        let address = &wanted.address;
        let ours = recorded.get(address).filter(|entry| entry.place == wanted.place).copied();
        push(Slot::Resource(address.clone()), &address.section, &wanted.place, Some(wanted), ours);
    }
    for (address, entry) in recorded {
        match look.desired.entries.get(address) {
            Some(wanted) if wanted.place == entry.place => {}
            Some(_) => push(Slot::Former(address.clone()), &address.section, &entry.place, None, None),
            None => push(Slot::Resource(address.clone()), &address.section, &entry.place, None, None),
        }
    }
    targets
}

#[cfg(test)]
mod tests;
