//! The sections into single entries: `defaults` laid under them, `forEach` carried out.

use std::collections::BTreeMap;

use super::addresses::Addresses;
use super::draft::{Draft, take};
use super::envelope::{STACK_FIELDS, STACK_MAPS};
use super::expression::resolve::{Scope, resolve};
use super::merge::lay_over;
use super::top::Notes;
use crate::kinds::{Row, registry};
use crate::model::tree::{Key, Node, NodeValue};
use crate::model::typed::is_null;
use crate::model::{Address, Diagnostic, suggest};

/// An entry as written, expressions and all.
pub(super) struct Written {
    pub(super) address: Address,
    pub(super) kind: &'static Row,
    pub(super) key: Key,
    /// Its fields; a map.
    pub(super) body: Node,
    /// The name in the cloud where none is given.
    pub(super) default_name: String,
    /// Key and value of its element of `forEach`.
    pub(super) each: Option<(String, Node)>,
}

/// All entries in the order of the files, and their addresses.
pub(super) fn entries(draft: &Draft, scope: &Scope<'_>, notes: &mut Notes) -> (Vec<Written>, Addresses) {
    let defaults = defaults(draft, notes);
    let mut expansion = Expansion { scope, notes, written: Vec::new(), addresses: Addresses::default() };
    for (key, node) in draft.root.entries() {
        let name = key.text.as_str();
        if name.starts_with("x-") || STACK_FIELDS.contains(&name) || STACK_MAPS.contains(&name) {
            continue;
        }
        match registry::find(name) {
            None => expansion.notes.faults.push(unknown_section(key)),
            Some(row) => expansion.section(row, key, node, defaults.get(name).copied()),
        }
    }
    (expansion.written, expansion.addresses)
}

/// The nodes under `defaults:`, by section.
fn defaults<'a>(draft: &'a Draft, notes: &mut Notes) -> BTreeMap<&'a str, &'a Node> {
    let mut defaults = BTreeMap::new();
    let Some(node) = draft.root.get("defaults").filter(|node| !is_null(node)) else { return defaults };
    if !matches!(node.value, NodeValue::Mapping(_)) {
        notes.faults.push(no_map("`defaults`", node, "maps of fields by section"));
    }
    for (key, node) in node.entries() {
        if registry::find(&key.text).is_none() {
            notes.faults.push(unknown_section(key));
        } else if matches!(node.value, NodeValue::Mapping(_)) {
            if let Some((name, _)) = node.entry("name") {
                notes.faults.push(
                    Diagnostic::error("bad-default", "a default `name` would name all entries alike").at(name.span),
                );
            }
            defaults.insert(key.text.as_str(), node);
        } else if !is_null(node) {
            notes.faults.push(no_map("a default", node, "fields"));
        }
    }
    defaults
}

fn unknown_section(key: &Key) -> Diagnostic {
    let sections = registry::all().iter().map(|row| row.descriptor.section);
    let known: Vec<&str> = STACK_FIELDS.into_iter().chain(STACK_MAPS).chain(sections).collect();
    let fault = Diagnostic::error("unknown-section", format!("there is no section `{}`", key.text)).at(key.span);
    match suggest::nearest(&key.text, known) {
        Some(near) => fault.label(format!("did you mean `{near}`?")),
        None => fault
            .label("no kind of resource has this name")
            .hint("`stackctl explain` lists the kinds; keys for YAML anchors begin with `x-`"),
    }
}

fn no_map(what: &str, node: &Node, wanted: &str) -> Diagnostic {
    let found = if matches!(node.value, NodeValue::Sequence(_)) { "a list" } else { "text" };
    Diagnostic::error("wrong-type", format!("{what} is a map of {wanted}; this is {found}"))
        .at(node.span)
        .label("a map belongs here")
}

struct Expansion<'a, 'n> {
    scope: &'a Scope<'a>,
    notes: &'n mut Notes,
    written: Vec<Written>,
    addresses: Addresses,
}

impl Expansion<'_, '_> {
    fn section(&mut self, row: &'static Row, section: &Key, node: &Node, defaults: Option<&Node>) {
        if is_null(node) {
            return;
        }
        let NodeValue::Mapping(entries) = &node.value else {
            self.notes.faults.push(no_map(&format!("`{}`", section.text), node, "entries"));
            return;
        };
        for (key, node) in entries {
            if self.notes.budget.is_spent() {
                return;
            }
            if let Some(body) = self.body(row, key, node, defaults) {
                self.entry(row, key, body);
            }
        }
    }

    /// The fields of an entry with the section's defaults under them; an entry without fields is fine.
    fn body(&mut self, row: &Row, key: &Key, node: &Node, defaults: Option<&Node>) -> Option<Node> {
        if key.text.contains(['[', ']']) || key.text.trim() != key.text {
            self.notes.faults.push(
                Diagnostic::error("bad-key", format!("`{}` cannot be a key", key.text))
                    .at(key.span)
                    .label("no `[` or `]`, no blanks around it")
                    .hint("`KEY[ELEMENT]` are the keys that `forEach` makes"),
            );
            return None;
        }
        let own = match &node.value {
            NodeValue::Mapping(_) => node.clone(),
            _ if is_null(node) => Node { value: NodeValue::Mapping(Vec::new()), span: key.span },
            _ => {
                let what = format!("`{}.{}`", row.descriptor.section, key.text);
                self.notes.faults.push(no_map(&what, node, "fields"));
                return None;
            }
        };
        let Some(defaults) = defaults else { return Some(own) };
        self.notes.budget.spend(defaults, &mut self.notes.faults);
        Some(lay_over(defaults.clone(), own))
    }

    fn entry(&mut self, row: &'static Row, key: &Key, mut body: Node) {
        let section = row.descriptor.section;
        let for_each = take(&mut body, "forEach").filter(|(_, node)| !is_null(node));
        let Some((_, mut for_each)) = for_each else {
            self.addresses.add(section, &key.text, key.span);
            self.written.push(Written {
                address: Address::new(section, &key.text),
                kind: row,
                key: key.clone(),
                body,
                default_name: key.text.clone(),
                each: None,
            });
            return;
        };
        resolve(&mut for_each, self.scope, &mut self.notes.findings(&mut Vec::new()));
        let elements = self.elements(&for_each);
        let mut made = Vec::with_capacity(elements.len());
        for (each, value) in elements {
            self.notes.budget.spend(&body, &mut self.notes.faults);
            if self.notes.budget.is_spent() {
                return;
            }
            let full = format!("{}[{each}]", key.text);
            self.addresses.add(section, &full, key.span);
            made.push(full.clone());
            self.written.push(Written {
                address: Address::new(section, full),
                kind: row,
                key: key.clone(),
                body: body.clone(),
                default_name: format!("{}-{each}", key.text),
                each: Some((each, value)),
            });
        }
        self.addresses.add_family(section, &key.text, made);
    }

    /// Keys and values of a `forEach`: of a list of texts, each is both.
    fn elements(&mut self, node: &Node) -> Vec<(String, Node)> {
        let pairs: Vec<(String, Node)> = match &node.value {
            NodeValue::Mapping(entries) => entries.iter().map(|(key, node)| (key.text.clone(), node.clone())).collect(),
            NodeValue::Sequence(nodes) => {
                let texts = nodes.iter().filter_map(|node| Some((node.text()?.to_owned(), node.clone())));
                texts.collect()
            }
            _ => Vec::new(),
        };
        let all = match &node.value {
            NodeValue::Mapping(entries) => entries.len(),
            NodeValue::Sequence(nodes) => nodes.len(),
            _ => usize::MAX,
        };
        if pairs.len() < all && !self.notes.broken.contains(&node.span) {
            self.notes.faults.push(
                Diagnostic::error("wrong-type", "`forEach` is a map, or a list of texts")
                    .at(node.span)
                    .label("`{eu: europe-west1, us: us-central1}` or `[a, b]` belongs here"),
            );
        }
        let mut kept: Vec<(String, Node)> = Vec::with_capacity(pairs.len());
        let mut seen = std::collections::BTreeSet::new();
        for (key, value) in pairs {
            if key.is_empty() || key.contains(['[', ']']) {
                let words = format!("`{key}` cannot be the key of a `forEach` element");
                self.notes.faults.push(Diagnostic::error("bad-key", words).at(value.span));
            } else if !seen.insert(key.clone()) {
                let words = format!("`{key}` stands twice in one `forEach`");
                self.notes.faults.push(Diagnostic::error("duplicate-key", words).at(value.span));
            } else {
                kept.push((key, value));
            }
        }
        kept
    }
}
