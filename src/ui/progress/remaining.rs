//! How long a run still takes: the longest chain of what is not done.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Action, Address};
use crate::plan::{Plan, Purpose};

/// The plan's steps with their usual durations, ticked off as they end.
#[derive(Debug, Clone, Default)]
pub struct Remaining {
    usual_ms: BTreeMap<Address, u64>,
    /// What must end before: dependencies, or dependants where things are taken down.
    before: BTreeMap<Address, Vec<Address>>,
    started_ms: BTreeMap<Address, u64>,
    done: BTreeSet<Address>,
    /// How many times faster than the real thing everything runs (`--clock`).
    factor: f64,
}

impl Remaining {
    /// All steps of a plan, on a clock that runs `factor` times faster.
    pub fn of(plan: &Plan, factor: f64) -> Self {
        let mut remaining = Self { factor: factor.max(f64::MIN_POSITIVE), ..Self::default() };
        for planned in plan.resources.iter().filter(|planned| planned.action != Action::None) {
            remaining.usual_ms.insert(planned.address.clone(), planned.usual_ms);
            for dependency in &planned.depends_on {
                let reverse = plan.purpose == Purpose::Destroy || planned.action == Action::Delete;
                let (first, then) =
                    if reverse { (&planned.address, dependency) } else { (dependency, &planned.address) };
                remaining.before.entry(then.clone()).or_default().push(first.clone());
            }
        }
        remaining
    }

    /// A step begins at `at_ms` of the run.
    pub fn start(&mut self, address: &Address, at_ms: u64) {
        self.started_ms.insert(address.clone(), at_ms);
    }

    /// A step ended, however.
    pub fn finish(&mut self, address: &Address) {
        self.done.insert(address.clone());
    }

    /// Milliseconds left at `at_ms` of the run.
    pub fn left_ms(&self, at_ms: u64) -> u64 {
        let mut known = BTreeMap::new();
        self.usual_ms.keys().map(|address| self.ends_in(address, at_ms, &mut known, 0)).max().unwrap_or(0)
    }

    fn ends_in(&self, address: &Address, at_ms: u64, known: &mut BTreeMap<Address, u64>, depth: usize) -> u64 {
        if let Some(ms) = known.get(address) {
            return *ms;
        }
        if self.done.contains(address) || depth > self.usual_ms.len() {
            return 0;
        }
        let usual = self.usual_ms.get(address).copied().unwrap_or(0) as f64 / self.factor;
        let spent = self.started_ms.get(address).map_or(0, |started| at_ms.saturating_sub(*started));
        let own = (usual as u64).saturating_sub(spent);
        let before = self.before.get(address).map_or(&[][..], Vec::as_slice);
        let waits = before.iter().map(|first| self.ends_in(first, at_ms, known, depth + 1)).max().unwrap_or(0);
        known.insert(address.clone(), own + waits);
        own + waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_and_what_has_run_no_longer_counts() {
        let (database, server) = (Address::new("sqlInstances", "d"), Address::new("services", "s"));
        let mut remaining = Remaining {
            usual_ms: [(database.clone(), 200_000), (server.clone(), 20_000)].into(),
            before: [(server.clone(), vec![database.clone()])].into(),
            factor: 1.0,
            ..Remaining::default()
        };
        assert_eq!(remaining.left_ms(0), 220_000);
        remaining.start(&database, 0);
        assert_eq!(remaining.left_ms(50_000), 170_000);
        remaining.finish(&database);
        assert_eq!(remaining.left_ms(60_000), 20_000);
    }
}
