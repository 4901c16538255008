//! Entries connected: references resolved, what their targets' documents say put in, names and places completed.
//!
//! Entries are worked on after those that they need, so that a name or an output is settled before it is used. In a
//! circle of mere names (two services that know each other's URL) that is not possible for all: those are gone over
//! again, and only what then is still unknown makes a cycle.

use std::collections::BTreeMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::addresses::Addresses;
use super::fill::fill;
use super::read::{Draughted, ProjectFrom};
use super::reference::{Meant, meant, place_of_path, put, spelled};
use super::top::Notes;
use super::types::{Because, Need};
use crate::model::tree::{Node, NodeValue};
use crate::model::{Address, Doc, DocPath, Map, Part, Place, ProjectFacts, Reference, Segment, Span, Template};

/// How often a circle is gone over: each round makes at least one more output known, or is the last.
const ROUNDS: usize = 8;

/// An entry, and what has been found out about it.
pub(super) struct Linked {
    pub(super) entry: Draughted,
    /// Its outputs that are known without the cloud.
    known: Map,
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
    let positions: BTreeMap<Address, usize> =
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
    positions: BTreeMap<Address, usize>,
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
        let (known, current) = (linked.known.clone(), entry.doc.clone());
        let place = entry.place.clone();
        let filled = fill(&mut entry.doc, &|reference| match reference {
            // A field of its own that waits for something says nothing new.
            Reference::Own { output } => output_of(&known, &place, &current, output).filter(waits_for_number_alone),
            _ => None,
        });
        if filled {
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
        let mut doc = entry.doc.clone();
        let filled = fill(&mut doc, &|reference| self.output(reference));
        self.linked[at].entry.doc = doc;
        filled
    }

    /// An output of another entry, as far as it is known.
    pub(super) fn output(&self, reference: &Reference) -> Option<Doc> {
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

/// Stands for a project number that nobody has asked for; as long as one.
const NUMBER: &str = "\u{1}the-number\u{1}";

/// What a kind says of its outputs. Where the project's number is not known, they hold `${project.number}`: so a URL
/// that is made of it is no reason to wait for its service.
fn known_outputs(entry: &Draughted, project: &ProjectFacts) -> Map {
    if project.number.is_some() {
        return (entry.kind.known_outputs)(&entry.place, project, &entry.doc);
    }
    let stand_in = ProjectFacts { id: project.id.clone(), number: Some(NUMBER.to_owned()) };
    let mut outputs = (entry.kind.known_outputs)(&entry.place, &stand_in, &entry.doc);
    outputs.values_mut().for_each(open_number);
    outputs
}

fn open_number(doc: &mut Doc) {
    match doc {
        Doc::List(list) => list.iter_mut().for_each(open_number),
        Doc::Map(map) => map.values_mut().for_each(open_number),
        Doc::Sensitive(inner) => open_number(inner),
        Doc::String(text) if text.contains(NUMBER) => {
            let mut parts = Vec::new();
            for (position, literal) in text.split(NUMBER).enumerate() {
                if position > 0 {
                    parts.push(Part::Reference(Reference::ProjectNumber));
                }
                if !literal.is_empty() {
                    parts.push(Part::Literal(literal.to_owned()));
                }
            }
            *doc = Doc::Unknown(Template(parts));
        }
        _ => {}
    }
}

fn waits_for_number_alone(doc: &Doc) -> bool {
    doc.templates().into_iter().flat_map(Template::references).all(|reference| *reference == Reference::ProjectNumber)
}

/// An output of an entry, as far as it is known.
pub(super) fn output(linked: &[Linked], positions: &BTreeMap<Address, usize>, reference: &Reference) -> Option<Doc> {
    let Reference::Output { address, output } = reference else { return None };
    let target = linked.get(*positions.get(address)?)?;
    let value = output_of(&target.known, &target.entry.place, &target.entry.doc, output)?;
    Some(rebased(value, address))
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

/// An output by name: what the kind knows, the place, or a field that the file sets.
fn output_of(known: &Map, place: &Place, doc: &Doc, output: &DocPath) -> Option<Doc> {
    let (first, rest) = output.0.split_first()?;
    let Segment::Key(name) = first else { return None };
    if let Some(value) = known.get(name) {
        return value.at(&DocPath(rest.to_vec())).cloned();
    }
    if rest.is_empty()
        && let Some(value) = of_place(place, name)
    {
        return Some(Doc::from(value));
    }
    doc.at(output).cloned()
}

fn of_place<'a>(place: &'a Place, name: &str) -> Option<&'a str> {
    let text = match name {
        "name" => place.name(),
        "project" => place.project(),
        "region" | "location" => place.location(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// A value of another entry: its `self` is that entry.
fn rebased(mut value: Doc, address: &Address) -> Doc {
    rebase(&mut value, address);
    value
}

fn rebase(doc: &mut Doc, address: &Address) {
    match doc {
        Doc::List(list) => list.iter_mut().for_each(|doc| rebase(doc, address)),
        Doc::Map(map) => map.values_mut().for_each(|doc| rebase(doc, address)),
        Doc::Sensitive(inner) => rebase(inner, address),
        Doc::Unknown(template) => {
            for part in &mut template.0 {
                if let Part::Reference(reference) = part
                    && let Reference::Own { output } = reference
                {
                    *reference = Reference::Output { address: address.clone(), output: output.clone() };
                }
            }
        }
        _ => {}
    }
}

/// Whether every entry of this kind has an output of that name, whatever its kind says.
pub(super) fn is_general(name: &str) -> bool {
    matches!(name, "name" | "project" | "region" | "location")
}
