//! Cycles: entries of which each needs the next, back to the first.

use std::collections::VecDeque;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::link::{Linked, Strength};
use super::types::Because;
use crate::model::Diagnostic;

/// Reports each cycle of firm edges whole, with the lines that make it, and drops the loose edges that would close
/// one.
pub(super) fn check(linked: &mut [Linked]) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for circle in circles(linked, With::AllEdges) {
        for &at in &circle {
            linked[at].edges.retain(|edge| edge.strength == Strength::Firm || !circle.contains(&edge.target));
        }
    }
    for circle in circles(linked, With::FirmEdges) {
        faults.push(describe(linked, &shortest(linked, &circle)));
    }
    faults
}

#[derive(Clone, Copy, PartialEq)]
enum With {
    AllEdges,
    FirmEdges,
}

fn circles(linked: &[Linked], with: With) -> Vec<Vec<usize>> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(linked.len(), linked.len());
    for _ in linked {
        graph.add_node(());
    }
    for (at, linked) in linked.iter().enumerate() {
        for edge in &linked.edges {
            if with == With::AllEdges || edge.strength == Strength::Firm {
                graph.add_edge(NodeIndex::new(at), NodeIndex::new(edge.target), ());
            }
        }
    }
    let mut circles: Vec<Vec<usize>> = kosaraju_scc(&graph)
        .into_iter()
        .map(|circle| circle.into_iter().map(NodeIndex::index).collect::<Vec<_>>())
        .filter(|circle| circle.len() > 1 || linked[circle[0]].edges.iter().any(|edge| edge.target == circle[0]))
        .collect();
    circles.iter_mut().for_each(|circle| circle.sort_unstable());
    circles.sort_unstable();
    circles
}

/// The shortest way round, from the first entry of the file that is in it.
fn shortest(linked: &[Linked], circle: &[usize]) -> Vec<usize> {
    let start = circle[0];
    let mut from = std::collections::BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for edge in linked[at].edges.iter().filter(|edge| circle.contains(&edge.target)) {
            if edge.target == start {
                let mut way = vec![at];
                while let Some(&before) = from.get(way.last().expect("it begins with one")) {
                    way.push(before);
                }
                way.reverse();
                return way;
            }
            if let std::collections::btree_map::Entry::Vacant(entry) = from.entry(edge.target) {
                entry.insert(at);
                queue.push_back(edge.target);
            }
        }
    }
    circle.to_vec()
}

fn describe(linked: &[Linked], way: &[usize]) -> Diagnostic {
    let address = |at: usize| &linked[at].entry.address;
    let names: Vec<String> = way.iter().chain(way.first()).map(|&at| format!("`{}`", address(at))).collect();
    let mut fault = Diagnostic::error("cycle", format!("these entries need each other: {}", names.join(" → ")))
        .of(address(way[0]))
        .hint("break it with a value that is known beforehand, or move one side to an entry of its own");
    for (position, &at) in way.iter().enumerate() {
        let next = way[(position + 1) % way.len()];
        let Some(edge) = linked[at].edges.iter().find(|edge| edge.target == next) else { continue };
        let words = match &edge.need.because {
            Because::Field(_) => format!("`{}` refers to `{}` here", address(at), address(next)),
            Because::Expression(_) => format!("`{}` waits for an output of `{}` here", address(at), address(next)),
            Because::DependsOn => format!("`{}` depends on `{}` here", address(at), address(next)),
        };
        fault = match fault.span {
            None => fault.at(edge.need.span).label(words),
            Some(_) => fault.related(edge.need.span, words),
        };
    }
    fault
}
