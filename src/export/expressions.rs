//! Texts that say what another entry's output says, as expressions: an address, a login, a URL, a PSC link.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::{Compare, Row, canonical, rules};
use crate::model::{Address, Doc, DocPath, ProjectFacts, Segment};

/// How a text is known to be an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// The whole text is it.
    Whole,
    /// The text begins with it: a URL and the path behind it.
    Start,
}

/// An output that other entries may name.
#[derive(Debug, Clone)]
pub(super) struct Source {
    address: Address,
    output: &'static str,
    value: String,
    fit: Fit,
}

/// Outputs by which people connect things, with how each is told in a text. Others say too little (a name, a zone) to
/// be taken for one.
const OUTPUTS: &[(&str, &str, Fit)] = &[
    ("services", "url", Fit::Start),
    ("services", "uri", Fit::Start),
    ("repositories", "url", Fit::Start),
    ("addresses", "address", Fit::Whole),
    ("sqlInstances", "pscServiceAttachmentLink", Fit::Whole),
    ("sqlInstances", "connectionName", Fit::Whole),
    ("sqlInstances", "privateIpAddress", Fit::Whole),
    ("sqlInstances", "publicIpAddress", Fit::Whole),
    ("sqlInstances", "dnsName", Fit::Whole),
    ("sqlUsers", "login", Fit::Whole),
    ("serviceAccounts", "email", Fit::Whole),
];

/// A login that is no more than a word could be anything.
fn is_telling(value: &str) -> bool {
    value.contains(['@', '/', ':']) || value.split('.').count() > 2
}

/// The outputs of an entry that are worth naming; `outputs` is all of them.
pub(super) fn sources(address: &Address, outputs: &Doc) -> Vec<Source> {
    let of_kind = OUTPUTS.iter().filter(|(section, ..)| *section == &*address.section);
    let source = |(_, output, fit): &(&str, &'static str, Fit)| {
        let value = outputs.dig_str(output).filter(|value| is_telling(value))?.to_owned();
        Some(Source { address: address.clone(), output, value, fit: *fit })
    };
    of_kind.filter_map(source).collect()
}

/// Which entries stand on which.
#[derive(Debug, Default)]
pub(super) struct Edges(BTreeMap<Address, BTreeSet<Address>>);

impl Edges {
    pub(super) fn add(&mut self, from: &Address, to: impl IntoIterator<Item = Address>) {
        self.0.entry(from.clone()).or_default().extend(to);
    }

    /// Whether `from` stands on `to`, if only at several removes.
    fn reaches(&self, from: &Address, to: &Address) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            if seen.insert(at) {
                open.extend(self.0.get(at).into_iter().flatten());
            }
        }
        false
    }
}

/// Puts expressions into an entry. Never one that would close a circle.
pub(super) struct Naming<'a> {
    pub row: &'a Row,
    pub address: &'a Address,
    pub project: &'a ProjectFacts,
    pub sources: &'a [Source],
    pub edges: &'a mut Edges,
    /// References are keys already.
    pub references: &'a BTreeSet<DocPath>,
}

impl Naming<'_> {
    pub(super) fn name(&mut self, doc: &mut Doc) {
        self.walk(doc, &mut DocPath::root());
    }

    fn walk(&mut self, doc: &mut Doc, path: &mut DocPath) {
        match doc {
            Doc::Map(map) => {
                for (key, value) in map.iter_mut() {
                    path.0.push(Segment::Key(key.clone()));
                    self.walk(value, path);
                    path.0.pop();
                }
            }
            Doc::List(list) => {
                for (at, value) in list.iter_mut().enumerate() {
                    path.0.push(Segment::Index(at));
                    self.walk(value, path);
                    path.0.pop();
                }
            }
            Doc::String(text) if !self.references.contains(path) && !text.contains("${") => {
                if let Some(expression) = self.expression(path, text) {
                    *text = expression;
                }
            }
            _ => {}
        }
    }

    fn expression(&mut self, path: &DocPath, text: &str) -> Option<String> {
        let compare = rules::find(self.row.descriptor, path).compare();
        if compare == Compare::Project && text == self.project.id {
            return Some("${project.id}".to_owned());
        }
        let found = self.sources.iter().find_map(|source| {
            let rest = self.rest(source, compare, text)?;
            let is_own = source.address == *self.address;
            // Of its own outputs only a service's address can stand in it.
            let may = if is_own {
                &*source.address.section == "services"
            } else {
                !self.edges.reaches(&source.address, self.address)
            };
            may.then(|| (source, rest.to_owned(), is_own))
        })?;
        let (source, rest, is_own) = found;
        if is_own {
            return Some(format!("${{self.{}}}{rest}", source.output));
        }
        self.edges.add(self.address, [source.address.clone()]);
        Some(format!("${{{}.{}}}{rest}", source.address, source.output))
    }

    /// What stands behind the output's value in the text, if the text has it.
    fn rest<'t>(&self, source: &Source, compare: Compare, text: &'t str) -> Option<&'t str> {
        let same = |one: &str, other: &str| {
            let canonical = |text: &str| canonical::canonical_value(compare, &Doc::from(text), self.project);
            canonical(one) == canonical(other)
        };
        match source.fit {
            Fit::Whole => same(&source.value, text).then_some(""),
            Fit::Start => {
                let rest = text.strip_prefix(source.value.as_str())?;
                (rest.is_empty() || rest.starts_with(['/', '?', '#'])).then_some(rest)
            }
        }
    }
}
