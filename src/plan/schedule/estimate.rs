//! How long a plan takes, and which chain of steps sets that: the schedule, played with usual durations.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::Schedule;
use crate::kinds::Row;
use crate::plan::types::{Estimate, Plan};

/// Enabling APIs, all in one request: 26 to 50 seconds seen (gcp-behaviour.md, section 4).
const ENABLE_MS: u64 = 30_000;

/// Plays the schedule with as many steps at a time as can run.
pub fn estimate(plan: &Plan, kinds: &[Row]) -> Estimate {
    let mut schedule = Schedule::new(plan, kinds);
    let mut running: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let mut now = 0;
    // By step: the step whose end let it begin.
    let mut began_after: HashMap<usize, usize> = HashMap::new();
    let mut last = None;
    loop {
        while let Some(step) = schedule.begin_next() {
            running.push(Reverse((now + step.usual_ms, step.id)));
            began_after.extend(last.map(|ended| (step.id, ended)));
        }
        let Some(Reverse((at, id))) = running.pop() else { break };
        now = at;
        last = Some(id);
        schedule.done(id);
    }
    let enable_ms = if plan.enable_apis.is_empty() { 0 } else { ENABLE_MS };
    let mut chain = Vec::new();
    let mut step = last;
    while let Some(id) = step {
        let address = &schedule.steps()[id].address;
        if schedule.steps()[id].usual_ms > 0 && chain.last() != Some(address) {
            chain.push(address.clone());
        }
        step = began_after.get(&id).copied();
    }
    chain.reverse();
    Estimate { total_ms: now + enable_ms, chain }
}
