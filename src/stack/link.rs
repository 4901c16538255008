//! Entries connected: references resolved, what their targets' documents say put in, names and places completed.
//!
//! Entries are worked on after those that they need, so that a name or an output is settled before it is used. In a
//! circle of mere names (two services that know each other's URL) that is not possible for all: those are gone over
//! again, and only what then is still unknown makes a cycle.

use std::collections::{BTreeMap, HashMap};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::addresses::Addresses;
use super::outputs::{known_outputs, output, output_of, waits_for_number_alone};
use super::read::{Draughted, ProjectFrom};
use super::reference::{Meant, meant, place_of_path, put, spelled};
use super::top::Notes;
use super::types::{Because, Need};
use crate::model::fill::fill_in;
use crate::model::tree::{Node, NodeValue};
use crate::model::{Address, Doc, DocPath, Map, Place, ProjectFacts, Reference, Segment, Span, Template};

/// How often a circle is gone over: each round makes at least one more output known, or is the last.
const ROUNDS: usize = 8;

/// An entry, and what has been found out about it.
pub(super) struct Linked {
    pub(super) entry: Draughted,
    /// Its outputs that are known without the cloud.
    pub(super) known: Map,
    pub(super) edges: Vec<Edge>,
}

/// A need with what it takes to judge a cycle.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    pub(super) need: Need,
    pub(super) target: usize,
    pub(super) strength: Strength,
}

/// Whether an edge must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// The target must be there first.
    Firm,
    /// All that is taken from the target is known already: good order, but no cycle.
    Loose,
}

/// The connected entries, in the order of the file.
pub(super) fn link(
    entries: Vec<Draughted>,
    addresses: &Addresses,
    project: &ProjectFacts,
    notes: &mut Notes,
) -> Vec<Linked> {
    let positions: HashMap<Address, usize> =
        entries.iter().enumerate().map(|(at, entry)| (entry.address.clone(), at)).collect();
    let mut linker = Linker { positions, project, linked: Vec::with_capacity(entries.len()), resolutions: Vec::new() };
    for entry in entries {
        linker.add(entry, addresses, notes);
    }
    for circle in linker.order() {
        linker.settle_all(&circle);
    }
    linker.weigh();
    linker.linked
}

struct Linker<'a> {
    positions: HashMap<Address, usize>,
    project: &'a ProjectFacts,
    linked: Vec<Linked>,
    /// By entry: for each reference what it names; `None` where that is a fault.
    resolutions: Vec<Vec<Option<Resolved>>>,
}

#[derive(Clone)]
enum Resolved {
    Entry(usize),
    Text(String),
}

impl Linker<'_> {
    /// Adds an entry with its edges; the documents of others are not needed for that.
    fn add(&mut self, mut entry: Draughted, addresses: &Addresses, notes: &mut Notes) {
        let mut edges: Vec<Edge> = Vec::new();
        let mut resolutions = Vec::with_capacity(entry.references.len());
        for found in &entry.references {
            resolutions.push(match meant(found, addresses) {
                Ok(Meant::Entry(address)) => {
                    let target = self.positions[&address];
                    let because = Because::Field(found.path.clone());
                    push(&mut edges, Need { address, because, span: found.span }, target);
                    Some(Resolved::Entry(target))
                }
                Ok(Meant::Elsewhere(text)) => Some(Resolved::Text(text)),
                Ok(Meant::AsWritten(text)) => Some(Resolved::Text(text.to_owned())),
                Err(mut fault) => {
                    fault.address = Some(entry.address.clone());
                    fault.field = Some(found.path.clone());
                    notes.faults.push(*fault);
                    entry.is_faulty = true;
                    None
                }
            });
        }
        let mut places: BTreeMap<Span, DocPath> = BTreeMap::new();
        for open in &entry.open {
            let Reference::Output { address, .. } = &open.reference else { continue };
            let target = self.positions[address];
            if places.is_empty() {
                collect_paths(&entry.node, &mut DocPath::root(), &mut places);
            }
            let because = Because::Expression(places.get(&open.scalar).cloned().unwrap_or_default());
            push(&mut edges, Need { address: address.clone(), because, span: open.span }, target);
        }
        for (address, span) in &entry.depends_on {
            let target = self.positions[address];
            push(&mut edges, Need { address: address.clone(), because: Because::DependsOn, span: *span }, target);
        }
        self.resolutions.push(resolutions);
        self.linked.push(Linked { entry, known: Map::new(), edges });
    }

    /// Entries after what they need; those that need each other together.
    fn order(&self) -> Vec<Vec<usize>> {
        let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(self.linked.len(), self.linked.len());
        for _ in &self.linked {
            graph.add_node(());
        }
        for (at, linked) in self.linked.iter().enumerate() {
            for edge in &linked.edges {
                graph.add_edge(NodeIndex::new(at), NodeIndex::new(edge.target), ());
            }
        }
        kosaraju_scc(&graph)
            .into_iter()
            .map(|circle| {
                let mut circle: Vec<usize> = circle.into_iter().map(NodeIndex::index).collect();
                circle.sort_unstable();
                circle
            })
            .collect()
    }

    fn settle_all(&mut self, circle: &[usize]) {
        for &at in circle {
            self.settle(at);
        }
        if circle.len() == 1 {
            return;
        }
        for _ in 0..ROUNDS {
            let mut any = false;
            for &at in circle {
                any |= self.refill(at);
            }
            if !any {
                return;
            }
        }
    }

    fn settle(&mut self, at: usize) {
        self.put_references(at);
        self.fill_from_others(at);
        self.place_in_parents(at);
        let (before, rest) = self.linked.split_at_mut(at);
        let (own, after) = rest.split_first_mut().expect("`at` is one of the entries");
        let entry = &mut own.entry;
        let resolutions = &self.resolutions[at];
        let parent = |field: &str| -> Option<&Doc> {
            let found = entry.references.iter().position(|found| found.path == DocPath::keys(field))?;
            let Some(Resolved::Entry(target)) = &resolutions[found] else { return None };
            match *target {
                target if target < at => Some(&before[target].entry.doc),
                target if target > at => Some(&after[target - at - 1].entry.doc),
                _ => None,
            }
        };
        (entry.kind.settle)(&mut entry.place, &mut entry.doc, &parent);
        self.complete(at);
    }

    /// Another round for an entry of a circle.
    fn refill(&mut self, at: usize) -> bool {
        let filled = self.fill_from_others(at);
        let known = self.linked[at].known.len();
        self.complete(at);
        filled || self.linked[at].known.len() > known
    }

    fn complete(&mut self, at: usize) {
        let linked = &mut self.linked[at];
        let entry = &mut linked.entry;
        (entry.kind.complete)(&entry.place, &mut entry.doc);
        linked.known = known_outputs(entry, self.project);
        if !entry.open.iter().any(|open| matches!(open.reference, Reference::Own { .. })) {
            return;
        }
        let values = values_of(&entry.doc, |reference| match reference {
            // A field of its own that waits for something says nothing new.
            Reference::Own { output } => {
                output_of(&linked.known, &entry.place, &entry.doc, output).filter(waits_for_number_alone)
            }
            _ => None,
        });
        if put_values(&mut entry.doc, &values) {
            (entry.kind.complete)(&entry.place, &mut entry.doc);
            linked.known = known_outputs(entry, self.project);
        }
    }

    fn put_references(&mut self, at: usize) {
        let mut texts = Vec::new();
        for (found, resolved) in self.linked[at].entry.references.iter().zip(&self.resolutions[at]) {
            match resolved {
                Some(Resolved::Text(text)) => texts.push((found.clone(), text.clone(), None)),
                Some(Resolved::Entry(target)) => {
                    let target = &self.linked[*target].entry;
                    texts.push((
                        found.clone(),
                        spelled(found.form, target, self.project),
                        Some(target.address.clone()),
                    ));
                }
                None => {}
            }
        }
        for (found, text, target) in texts {
            put(&mut self.linked[at].entry.doc, &found, text, target.as_ref());
        }
    }

    fn fill_from_others(&mut self, at: usize) -> bool {
        let entry = &self.linked[at].entry;
        if !entry.open.iter().any(|open| matches!(open.reference, Reference::Output { .. })) {
            return false;
        }
        let values = values_of(&entry.doc, |reference| self.output(reference));
        put_values(&mut self.linked[at].entry.doc, &values)
    }

    /// An output of another entry, as far as it is known.
    fn output(&self, reference: &Reference) -> Option<Doc> {
        output(&self.linked, &self.positions, reference)
    }

    /// Names of parents, and where children of a parent stand.
    fn place_in_parents(&mut self, at: usize) {
        let parents = self.linked[at].entry.kind.descriptor.parents;
        for field in parents {
            let entry = &self.linked[at].entry;
            let path = DocPath::keys(field);
            let Some(name) = entry.doc.at(&path).and_then(Doc::as_str).map(str::to_owned) else { continue };
            let found = entry.references.iter().position(|found| found.path == path);
            let mut parent = Place::default();
            match found.and_then(|found| self.resolutions[at][found].as_ref().map(|resolved| (found, resolved))) {
                Some((_, Resolved::Entry(target))) => parent = self.linked[*target].entry.place.clone(),
                Some((found, Resolved::Text(_))) => place_of_path(&entry.references[found].text, &mut parent),
                None => {}
            }
            let entry = &mut self.linked[at].entry;
            entry.place.values.insert((*field).to_owned(), name);
            if let Some(location) = parent.values.get("location") {
                entry.place.values.entry("location".to_owned()).or_insert_with(|| location.clone());
            }
            if let Some(project) = parent.values.get("project")
                && entry.project_from == ProjectFrom::Stack
            {
                entry.place.values.insert("project".to_owned(), project.clone());
            }
        }
    }

    /// Which edges are loose: those of expressions of which nothing is left open.
    fn weigh(&mut self) {
        for linked in &mut self.linked {
            let open: Vec<&Address> = linked
                .entry
                .doc
                .templates()
                .into_iter()
                .flat_map(Template::references)
                .filter_map(|reference| match reference {
                    Reference::Output { address, .. } => Some(address),
                    _ => None,
                })
                .collect();
            for edge in &mut linked.edges {
                let by_expression = matches!(edge.need.because, Because::Expression(_));
                if by_expression && !open.contains(&&edge.need.address) {
                    edge.strength = Strength::Loose;
                }
            }
        }
    }
}

/// What the expressions of a document come to, as far as `known` knows: found out before the document is changed,
/// for an expression may name another field of it.
fn values_of(doc: &Doc, known: impl Fn(&Reference) -> Option<Doc>) -> Vec<(Reference, Doc)> {
    let references = doc.templates().into_iter().flat_map(Template::references);
    references.filter_map(|reference| Some((reference.clone(), known(reference)?))).collect()
}

fn put_values(doc: &mut Doc, values: &[(Reference, Doc)]) -> bool {
    let value = |reference: &Reference| values.iter().find(|(known, _)| known == reference);
    !values.is_empty() && fill_in(doc, &|reference| value(reference).map(|(_, value)| value.clone()))
}

/// Keeps one edge to each target, the firm one where there is one.
fn push(edges: &mut Vec<Edge>, need: Need, target: usize) {
    if !edges.iter().any(|edge| edge.target == target) {
        edges.push(Edge { need, target, strength: Strength::Firm });
        return;
    }
    // A field or `dependsOn` holds whatever becomes of the expressions.
    let is_firm = !matches!(need.because, Because::Expression(_));
    if let Some(edge) = edges.iter_mut().find(|edge| edge.target == target)
        && is_firm
        && matches!(edge.need.because, Because::Expression(_))
    {
        edge.need = need;
    }
}

fn collect_paths(node: &Node, path: &mut DocPath, places: &mut BTreeMap<Span, DocPath>) {
    match &node.value {
        NodeValue::Template(_) => {
            places.insert(node.span, path.clone());
        }
        NodeValue::Scalar { .. } => {}
        NodeValue::Sequence(nodes) => {
            for (index, node) in nodes.iter().enumerate() {
                path.0.push(Segment::Index(index));
                collect_paths(node, path, places);
                path.0.pop();
            }
        }
        NodeValue::Mapping(entries) => {
            for (key, node) in entries {
                path.0.push(Segment::Key(key.text.clone()));
                collect_paths(node, path, places);
                path.0.pop();
            }
        }
    }
}
