//! Which steps a plan comes to, and which are ready.

use std::collections::{BTreeMap, BTreeSet};

use super::step::Part;
use crate::model::{Action, Address};
use crate::plan::{Plan, Planned};

/// A step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// Unique in the run, from 1.
    pub(crate) number: u32,
    /// Position in the plan.
    pub(crate) planned: usize,
    pub(crate) part: Part,
}

/// The steps of a plan, each behind what it waits for.
#[derive(Debug)]
pub(crate) struct Queue {
    steps: Vec<Step>,
    /// By step: how many it still waits for.
    open: Vec<usize>,
    dependants: Vec<Vec<usize>>,
    state: Vec<State>,
    /// Ready steps: those with the longest chain behind them first.
    ready: BTreeSet<(std::cmp::Reverse<u64>, usize)>,
    chain: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Begun,
    Over,
}

impl Queue {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut steps = Vec::new();
        let mut makes: BTreeMap<&Address, usize> = BTreeMap::new();
        let mut takes: BTreeMap<&Address, usize> = BTreeMap::new();
        for (at, planned) in plan.resources.iter().enumerate() {
            for part in parts(planned) {
                let index = steps.len();
                let number = u32::try_from(index + 1).expect("a plan has fewer than four billion steps");
                steps.push(Step { number, planned: at, part });
                match part {
                    Part::Delete | Part::Forget => takes.insert(&planned.address, index),
                    _ => makes.insert(&planned.address, index),
                };
            }
        }
        let mut edges: BTreeSet<(usize, usize)> = BTreeSet::new();
        for planned in &plan.resources {
            let (make, take) = (makes.get(&planned.address), takes.get(&planned.address));
            for before in planned.depends_on.iter().chain(&planned.after) {
                if let (Some(make), Some(before)) = (make, makes.get(before)) {
                    edges.insert((*before, *make));
                }
                if let (Some(take), Some(below)) = (take, takes.get(before)) {
                    edges.insert((*take, *below));
                }
            }
            if let (Some(make), Some(take)) = (make, take) {
                edges.insert((*take, *make));
            }
            if let (Some(take), Some(with)) = (take, planned.goes_with.as_ref().and_then(|with| takes.get(with))) {
                edges.remove(&(*take, *with));
                edges.insert((*with, *take));
            }
        }
        let mut queue = Self {
            open: vec![0; steps.len()],
            dependants: vec![Vec::new(); steps.len()],
            state: vec![State::Waiting; steps.len()],
            ready: BTreeSet::new(),
            chain: vec![0; steps.len()],
            steps,
        };
        for (before, after) in edges {
            queue.dependants[before].push(after);
            queue.open[after] += 1;
        }
        queue.measure(plan);
        for at in 0..queue.steps.len() {
            queue.offer(at);
        }
        queue
    }

    /// How long the longest chain behind each step takes.
    fn measure(&mut self, plan: &Plan) {
        let mut open = self.open.clone();
        let mut order: Vec<usize> = (0..self.steps.len()).filter(|at| open[*at] == 0).collect();
        let mut next = 0;
        while let Some(at) = order.get(next).copied() {
            next += 1;
            for after in &self.dependants[at] {
                open[*after] -= 1;
                if open[*after] == 0 {
                    order.push(*after);
                }
            }
        }
        for at in order.into_iter().rev() {
            let behind = self.dependants[at].iter().map(|after| self.chain[*after]).max().unwrap_or(0);
            self.chain[at] = behind + plan.resources[self.steps[at].planned].usual_ms;
        }
    }

    fn offer(&mut self, at: usize) {
        if self.open[at] == 0 && self.state[at] == State::Waiting {
            self.ready.insert((std::cmp::Reverse(self.chain[at]), at));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The most urgent step that is ready; it is begun by that.
    pub(crate) fn next(&mut self) -> Option<Step> {
        let (_, at) = self.ready.pop_first()?;
        self.state[at] = State::Begun;
        Some(self.steps[at])
    }

    /// A step ended well: what waits for it may be ready.
    pub(crate) fn done(&mut self, step: Step) {
        let at = step.number as usize - 1;
        self.state[at] = State::Over;
        for after in self.dependants[at].clone() {
            self.open[after] -= 1;
            self.offer(after);
        }
    }

    /// A step did not end well: gives everything that stands on it and will not be begun.
    pub(crate) fn failed(&mut self, step: Step) -> Vec<Step> {
        let mut skipped = Vec::new();
        let mut open = vec![step.number as usize - 1];
        self.state[open[0]] = State::Over;
        while let Some(at) = open.pop() {
            for after in self.dependants[at].clone() {
                if self.state[after] == State::Waiting {
                    self.state[after] = State::Over;
                    skipped.push(self.steps[after]);
                    open.push(after);
                }
            }
        }
        skipped.sort_by_key(|step| step.number);
        skipped
    }

    /// Everything that was not begun.
    pub(crate) fn rest(&mut self) -> Vec<Step> {
        let rest = (0..self.steps.len()).filter(|at| self.state[*at] == State::Waiting);
        rest.map(|at| self.steps[at]).collect()
    }
}

fn parts(planned: &Planned) -> Vec<Part> {
    match planned.action {
        Action::Create => vec![Part::Create],
        Action::Update => vec![Part::Update],
        Action::Adopt => vec![Part::Adopt],
        Action::Delete if planned.goes_with.is_some() => vec![Part::Forget],
        Action::Delete => vec![Part::Delete],
        Action::Replace => vec![Part::Delete, Part::Create],
        Action::Forget => vec![Part::Forget],
        Action::None if planned.stale_record || planned.moved_from.is_some() => vec![Part::Record],
        Action::None => Vec::new(),
    }
}
