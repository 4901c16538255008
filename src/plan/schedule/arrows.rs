//! Which step waits for which.

use std::collections::{BTreeSet, HashMap};

use super::{Phase, Step};
use crate::model::{Action, Address};
use crate::plan::types::{Plan, Planned};

/// By step: which ones wait for it.
pub(super) fn followers(plan: &Plan, steps: &[Step]) -> Vec<Vec<usize>> {
    let ids: HashMap<(&Address, Phase), usize> =
        steps.iter().map(|step| ((&step.address, step.phase), step.id)).collect();
    let mut arrows = Arrows { followers: vec![BTreeSet::new(); steps.len()], ids };
    for planned in &plan.resources {
        arrows.of(planned);
    }
    // Last, and only where they close no circle: an update that stops using what goes may itself wait for it.
    for planned in &plan.resources {
        arrows.releases(planned);
    }
    arrows.followers.into_iter().map(|followers| followers.into_iter().collect()).collect()
}

struct Arrows<'a> {
    followers: Vec<BTreeSet<usize>>,
    ids: HashMap<(&'a Address, Phase), usize>,
}

impl Arrows<'_> {
    fn id(&self, address: &Address, phase: Phase) -> Option<usize> {
        self.ids.get(&(address, phase)).copied()
    }

    fn wait(&mut self, waits: Option<usize>, first: Option<usize>) {
        if let (Some(waits), Some(first)) = (waits, first) {
            self.followers[first].insert(waits);
        }
    }

    fn of(&mut self, planned: &Planned) {
        let (apply, delete) = (self.id(&planned.address, Phase::Apply), self.id(&planned.address, Phase::Delete));
        self.wait(apply, delete);
        for needed in planned.depends_on.iter().chain(&planned.after) {
            self.wait(apply, self.id(needed, Phase::Apply));
        }
        for holder in &planned.freed_by {
            self.wait(apply, self.id(holder, Phase::Delete));
        }
        if let Some(parent) = planned.goes_with.as_ref().filter(|_| planned.action == Action::Delete) {
            self.wait(delete, self.id(parent, Phase::Delete));
        }
        for needed in planned.depends_on.iter().filter(|needed| planned.goes_with.as_ref() != Some(needed)) {
            self.wait(self.id(needed, Phase::Delete), delete);
        }
    }

    fn releases(&mut self, planned: &Planned) {
        for released in &planned.releases {
            let (waits, first) = (self.id(released, Phase::Delete), self.id(&planned.address, Phase::Apply));
            if let (Some(waits), Some(first)) = (waits, first)
                && !self.reaches(waits, first)
            {
                self.followers[first].insert(waits);
            }
        }
    }

    /// Whether `to` comes after `from`.
    fn reaches(&self, from: usize, to: usize) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(id) = open.pop() {
            if id == to {
                return true;
            }
            if seen.insert(id) {
                open.extend(&self.followers[id]);
            }
        }
        false
    }
}
