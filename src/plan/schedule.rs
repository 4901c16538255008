//! In which order a plan is carried out: a ready queue that knows no threads, under one owner that asks it what may
//! run next and tells it what has ended.
//!
//! What waits longest goes first: of all that is ready, the step at the head of the longest chain. A replacement is
//! two steps, the delete and the create. Deletes run against the arrows of the graph, and after the updates that stop
//! using what goes. Steps of one group (`serialised_by`: one operation at a time on a SQL instance) never overlap.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use super::types::{Plan, Planned, Purpose};
use crate::kinds::Row;
use crate::model::{Action, Address};

mod arrows;
mod estimate;

pub use estimate::estimate;

/// What costs money while it stands: destroy begins with these.
const PAID: &[&str] =
    &["sqlInstances", "services", "workerPools", "jobs", "forwardingRules", "addresses", "repositories", "images"];

/// Which half of a resource's action a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// It goes: all of a delete, the first half of a replacement.
    Delete,
    /// It is made, changed or taken over: all of a create, an update, an adopt; the second half of a replacement.
    Apply,
    /// It leaves the inventory, without a request.
    Forget,
}

/// A step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Position among the schedule's steps; unique in it, the same for the same plan.
    pub id: usize,
    pub address: Address,
    pub phase: Phase,
    /// What the engine does: `Create` for the second half of a replacement, `Delete` for the first.
    pub action: Action,
    pub usual_ms: u64,
    /// Steps with the same group never run at the same time.
    pub group: Option<String>,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
    Failed,
    Skipped,
}

/// A step that is not begun because of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub id: usize,
    pub address: Address,
    /// Whose failure is the reason.
    pub because: Address,
}

/// How urgent a ready step is; the greatest runs first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Urgency {
    /// Destroy: whether it costs money while it stands.
    paid: bool,
    /// The longest chain that begins with it, milliseconds.
    chain_ms: u64,
    /// The earlier in the plan, the greater.
    order: std::cmp::Reverse<usize>,
}

/// Steps that never overlap.
#[derive(Debug, Clone, Default)]
struct Group {
    is_busy: bool,
    /// Those that were ready while another one ran. One of them at a time goes back to the ready ones: with thousands
    /// in a group, all of them would be sorted again for each that ends.
    waiting: BinaryHeap<(Urgency, usize)>,
}

/// The steps of a plan and how far they are.
#[derive(Debug, Clone)]
pub struct Schedule {
    steps: Vec<Step>,
    states: Vec<State>,
    /// By step: which ones wait for it.
    followers: Vec<Vec<usize>>,
    /// By step: for how many it still waits.
    waits: Vec<usize>,
    urgency: Vec<Urgency>,
    ready: BinaryHeap<(Urgency, usize)>,
    groups: HashMap<String, Group>,
    running: usize,
    open: usize,
}

impl Schedule {
    /// The schedule of a plan. Resources without an action have no step.
    pub fn new(plan: &Plan, kinds: &[Row]) -> Self {
        let steps = steps(plan, kinds);
        let followers = arrows::followers(plan, &steps);
        let mut waits = vec![0; steps.len()];
        for follower in followers.iter().flatten() {
            waits[*follower] += 1;
        }
        let chains = chains(&steps, &followers, &waits);
        let is_paid = |step: &Step| plan.purpose == Purpose::Destroy && PAID.contains(&&*step.address.section);
        let urgency: Vec<Urgency> = steps
            .iter()
            .map(|step| Urgency { paid: is_paid(step), chain_ms: chains[step.id], order: std::cmp::Reverse(step.id) })
            .collect();
        let ready = (0..steps.len()).filter(|id| waits[*id] == 0).map(|id| (urgency[id], id)).collect();
        let open = steps.len();
        let states = vec![State::Waiting; steps.len()];
        Self { steps, states, followers, waits, urgency, ready, groups: HashMap::new(), running: 0, open }
    }

    /// All steps, by id.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The ids of the steps that wait directly for `id`.
    pub fn followers(&self, id: usize) -> &[usize] {
        &self.followers[id]
    }

    /// The next step to begin; it counts as running from now on. `None`: wait for one that runs, or all is over. How
    /// many run at a time is the caller's to limit.
    pub fn begin_next(&mut self) -> Option<Step> {
        while let Some((urgency, id)) = self.ready.pop() {
            debug_assert_eq!(self.states[id], State::Waiting, "what is ready is never skipped: it waits for nothing");
            let group = self.steps[id].group.as_ref().map(|group| self.groups.entry(group.clone()).or_default());
            if let Some(group) = group {
                if group.is_busy {
                    group.waiting.push((urgency, id));
                    continue;
                }
                group.is_busy = true;
            }
            self.states[id] = State::Running;
            self.running += 1;
            return Some(self.steps[id].clone());
        }
        None
    }

    /// A running step has ended well.
    pub fn done(&mut self, id: usize) {
        self.end(id, State::Done);
        for position in 0..self.followers[id].len() {
            let follower = self.followers[id][position];
            self.waits[follower] -= 1;
            if self.waits[follower] == 0 && self.states[follower] == State::Waiting {
                self.ready.push((self.urgency[follower], follower));
            }
        }
    }

    /// A running step has failed, or cannot be finished now: everything that waits for it is skipped, and returned
    /// in the order of the plan.
    pub fn failed(&mut self, id: usize) -> Vec<Skipped> {
        self.end(id, State::Failed);
        let because = self.steps[id].address.clone();
        let mut skipped = BTreeSet::new();
        let mut open: Vec<usize> = self.followers[id].clone();
        while let Some(id) = open.pop() {
            if self.states[id] == State::Waiting && skipped.insert(id) {
                self.states[id] = State::Skipped;
                self.open -= 1;
                open.extend(&self.followers[id]);
            }
        }
        let skip = |id| Skipped { id, address: self.steps[id].address.clone(), because: because.clone() };
        skipped.into_iter().map(skip).collect()
    }

    fn end(&mut self, id: usize, state: State) {
        assert_eq!(self.states[id], State::Running, "only what runs can end");
        self.states[id] = state;
        self.running -= 1;
        self.open -= 1;
        if let Some(group) = self.steps[id].group.as_ref().and_then(|group| self.groups.get_mut(group)) {
            group.is_busy = false;
            self.ready.extend(group.waiting.pop());
        }
    }

    /// Whether nothing runs and nothing is left to begin.
    pub fn is_finished(&self) -> bool {
        self.open == 0
    }

    /// How many steps run.
    pub fn running(&self) -> usize {
        self.running
    }

    /// The steps that were never begun, in the order of the plan (after an interruption).
    pub fn not_begun(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| self.states[step.id] == State::Waiting)
    }

    /// The longest chain of what has not ended yet, milliseconds; running steps count whole.
    pub fn remaining_ms(&self) -> u64 {
        let is_open = |step: &&Step| matches!(self.states[step.id], State::Waiting | State::Running);
        self.steps.iter().filter(is_open).map(|step| self.urgency[step.id].chain_ms).max().unwrap_or(0)
    }
}

/// The steps of a plan: deletes before creates, in the order of the plan.
fn steps(plan: &Plan, kinds: &[Row]) -> Vec<Step> {
    let rows: BTreeMap<&str, &Row> = kinds.iter().map(|row| (row.descriptor.section, row)).collect();
    let mut steps = Vec::new();
    for planned in &plan.resources {
        let row = rows.get(&*planned.address.section).copied();
        for (phase, action) in phases(planned) {
            let id = steps.len();
            let place = match (phase, &planned.former) {
                (Phase::Delete, Some(former)) => &former.place,
                _ => &planned.place,
            };
            let group = row.and_then(|row| row.descriptor.serialised_by).map(|template| place.fill(template));
            let usual_ms = usual_ms(row, planned, phase, action);
            steps.push(Step { id, address: planned.address.clone(), phase, action, usual_ms, group });
        }
    }
    steps
}

/// The steps of a resource. What goes with its parent needs no delete of its own before a create.
fn phases(planned: &Planned) -> Vec<(Phase, Action)> {
    match planned.action {
        Action::None => Vec::new(),
        Action::Create | Action::Update | Action::Adopt => vec![(Phase::Apply, planned.action)],
        Action::Delete => vec![(Phase::Delete, Action::Delete)],
        Action::Replace if planned.goes_with.is_some() => vec![(Phase::Apply, Action::Create)],
        Action::Replace => vec![(Phase::Delete, Action::Delete), (Phase::Apply, Action::Create)],
        Action::Forget => vec![(Phase::Forget, Action::Forget)],
    }
}

fn usual_ms(row: Option<&Row>, planned: &Planned, phase: Phase, action: Action) -> u64 {
    match (phase, planned.action) {
        (Phase::Forget, _) => 0,
        (_, Action::Replace) => {
            let durations = row.map(|row| row.descriptor.durations);
            let seconds = durations.map_or(0, |d| if action == Action::Delete { d.delete } else { d.create });
            u64::from(seconds) * 1000
        }
        _ => planned.usual_ms,
    }
}

/// By step: the longest chain that begins with it.
fn chains(steps: &[Step], followers: &[Vec<usize>], waits: &[usize]) -> Vec<u64> {
    let mut waits = waits.to_vec();
    let mut order: Vec<usize> = (0..steps.len()).filter(|id| waits[*id] == 0).collect();
    let mut next = 0;
    while let Some(&id) = order.get(next) {
        next += 1;
        for &follower in &followers[id] {
            waits[follower] -= 1;
            if waits[follower] == 0 {
                order.push(follower);
            }
        }
    }
    assert_eq!(order.len(), steps.len(), "steps make no cycle: arrows that would are left out");
    let mut chains = vec![0; steps.len()];
    for &id in order.iter().rev() {
        chains[id] = steps[id].usual_ms + followers[id].iter().map(|follower| chains[*follower]).max().unwrap_or(0);
    }
    chains
}

#[cfg(test)]
mod tests;
