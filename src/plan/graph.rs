//! The graph of what a plan speaks of: an arrow from each resource to what it stands on.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::model::Address;

/// Resources and what they stand on. Remembers in which order they were named.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    graph: DiGraph<Address, ()>,
    nodes: HashMap<Address, NodeIndex>,
}

impl Graph {
    /// A graph of these resources, each with its direct dependencies; dependencies that are no nodes are left out.
    pub fn new<'a>(resources: impl IntoIterator<Item = (&'a Address, Vec<&'a Address>)>) -> Self {
        let resources: Vec<_> = resources.into_iter().collect();
        let mut graph = Self::default();
        for (address, _) in &resources {
            let node = graph.graph.add_node((*address).clone());
            graph.nodes.insert((*address).clone(), node);
        }
        for (address, dependencies) in resources {
            for dependency in dependencies {
                graph.arrow(address, dependency);
            }
        }
        graph
    }

    /// Says that `from` stands on `to`; nothing where one of them is no node.
    pub fn arrow(&mut self, from: &Address, to: &Address) {
        if let (Some(from), Some(to)) = (self.nodes.get(from), self.nodes.get(to)) {
            self.graph.update_edge(*from, *to, ());
        }
    }

    /// Whether it is a node.
    pub fn contains(&self, address: &Address) -> bool {
        self.nodes.contains_key(address)
    }

    /// What stands on it directly.
    pub fn dependants(&self, address: &Address) -> impl Iterator<Item = &Address> {
        self.neighbours(address, Direction::Incoming)
    }

    /// What it stands on directly.
    pub fn dependencies(&self, address: &Address) -> impl Iterator<Item = &Address> {
        self.neighbours(address, Direction::Outgoing)
    }

    fn neighbours(&self, address: &Address, direction: Direction) -> impl Iterator<Item = &Address> {
        let node = self.nodes.get(address).copied();
        node.into_iter()
            .flat_map(move |node| self.graph.neighbors_directed(node, direction))
            .map(|node| &self.graph[node])
    }

    /// Whether `to` can be reached from `from` along the arrows, itself included.
    pub fn reaches(&self, from: &Address, to: &Address) -> bool {
        match (self.nodes.get(from), self.nodes.get(to)) {
            (Some(from), Some(to)) => petgraph::algo::has_path_connecting(&self.graph, *from, *to, None),
            _ => false,
        }
    }

    /// These and everything reached from them along the arrows, or against them.
    pub fn closure(&self, from: impl IntoIterator<Item = Address>, along: Along) -> BTreeSet<Address> {
        let mut reached: BTreeSet<Address> = BTreeSet::new();
        let mut open: Vec<Address> = from.into_iter().filter(|address| self.contains(address)).collect();
        while let Some(address) = open.pop() {
            let direction = match along {
                Along::Dependencies => Direction::Outgoing,
                Along::Dependants => Direction::Incoming,
            };
            open.extend(self.neighbours(&address, direction).filter(|next| !reached.contains(next)).cloned());
            reached.insert(address);
        }
        reached
    }

    /// All resources, dependencies first, else in the order in which they were named.
    ///
    /// # Errors
    /// The resources that make cycles, each cycle sorted. Stacks have none; a damaged inventory may.
    pub fn order(&self) -> Result<Vec<&Address>, Vec<Vec<Address>>> {
        let mut waits: Vec<usize> = self
            .graph
            .node_indices()
            .map(|node| self.graph.edges_directed(node, Direction::Outgoing).count())
            .collect();
        let mut ready: BinaryHeap<Reverse<NodeIndex>> =
            self.graph.node_indices().filter(|node| waits[node.index()] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(waits.len());
        while let Some(Reverse(node)) = ready.pop() {
            order.push(&self.graph[node]);
            for dependant in self.graph.neighbors_directed(node, Direction::Incoming) {
                waits[dependant.index()] -= 1;
                if waits[dependant.index()] == 0 {
                    ready.push(Reverse(dependant));
                }
            }
        }
        if order.len() == waits.len() { Ok(order) } else { Err(self.cycles()) }
    }

    fn cycles(&self) -> Vec<Vec<Address>> {
        let is_cycle =
            |part: &Vec<NodeIndex>| part.len() > 1 || part.first().is_some_and(|n| self.graph.contains_edge(*n, *n));
        let named = |part: Vec<NodeIndex>| {
            let mut part: Vec<Address> = part.into_iter().map(|node| self.graph[node].clone()).collect();
            part.sort();
            part
        };
        petgraph::algo::tarjan_scc(&self.graph).into_iter().filter(is_cycle).map(named).collect()
    }
}

/// Which way a closure goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// To what a resource stands on.
    Dependencies,
    /// To what stands on a resource.
    Dependants,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(key: &str) -> Address {
        Address::new("things", key)
    }

    fn graph(arrows: &[(&str, &[&str])]) -> Graph {
        let named: Vec<(Address, Vec<Address>)> =
            arrows.iter().map(|(from, to)| (address(from), to.iter().map(|key| address(key)).collect())).collect();
        Graph::new(named.iter().map(|(from, to)| (from, to.iter().collect())))
    }

    fn keys<'a>(addresses: impl IntoIterator<Item = &'a Address>) -> Vec<&'a str> {
        addresses.into_iter().map(|address| &*address.key).collect()
    }

    #[test]
    fn dependencies_come_first_and_the_file_decides_the_rest() {
        let graph = graph(&[("z", &[]), ("b", &["c", "nowhere"]), ("a", &[]), ("c", &["a"])]);
        assert_eq!(keys(graph.order().unwrap()), ["z", "a", "c", "b"]);
    }

    #[test]
    fn closures_go_both_ways() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &["a"])]);
        assert_eq!(keys(&graph.closure([address("b")], Along::Dependencies)), ["a", "b"]);
        assert_eq!(keys(&graph.closure([address("b"), address("x")], Along::Dependants)), ["b", "c"]);
        assert!(graph.reaches(&address("c"), &address("a")) && !graph.reaches(&address("a"), &address("c")));
    }

    #[test]
    fn every_cycle_is_named() {
        let graph = graph(&[("a", &["b"]), ("b", &["a"]), ("c", &["c"]), ("d", &["a"])]);
        let cycles = graph.order().unwrap_err();
        assert_eq!(cycles.iter().map(keys).collect::<Vec<_>>(), [vec!["a", "b"], vec!["c"]]);
    }
}
