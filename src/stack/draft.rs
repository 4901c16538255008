//! The files of a stack, parsed and laid over one another, before anything in them is resolved.

use super::merge::lay_over;
use super::source::{Source, Sources};
use super::yaml::{self, LIMITS};
use crate::model::tree::{Key, Node, NodeValue};
use crate::model::{Diagnostic, SourceId, Span};

/// A file as given: its name for people, and its bytes. The name `-` is standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The parsed files.
#[derive(Debug, Clone)]
pub struct Draft {
    pub sources: Sources,
    /// The top level: a map of sections.
    pub(super) root: Node,
    /// Values of `--var-file`, one map a file, in order.
    pub(super) variable_files: Vec<Node>,
    /// Faults that did not keep the tree from being built: duplicate keys, unknown tags.
    pub(super) faults: Vec<Diagnostic>,
}

/// Files that could not be parsed: the faults, and the texts to show them in.
#[derive(Debug, Clone)]
pub struct Unreadable {
    pub sources: Sources,
    pub findings: Vec<Diagnostic>,
}

/// Parses files and lays each over those before it: maps are joined key by key, a list or a scalar of the later file
/// takes the place of the earlier one's, and `null` takes a value out.
///
/// # Errors
/// The first syntax fault of each file, and every other fault of the files; nothing to parse.
pub fn parse(files: &[File], variable_files: &[File]) -> Result<Draft, Box<Unreadable>> {
    let mut sources = Sources::default();
    let mut findings = Vec::new();
    let trees: Vec<Option<Node>> =
        files.iter().chain(variable_files).map(|file| map_of(file, &mut sources, &mut findings)).collect();
    let Some(mut trees) = trees.into_iter().collect::<Option<Vec<Node>>>() else {
        return Err(Box::new(Unreadable { sources, findings }));
    };
    let variable_files = trees.split_off(files.len());
    match trees.into_iter().reduce(lay_over) {
        Some(root) => Ok(Draft { sources, root, variable_files, faults: findings }),
        None => {
            findings.push(Diagnostic::error("no-file", "no stack file is given"));
            Err(Box::new(Unreadable { sources, findings }))
        }
    }
}

fn map_of(file: &File, sources: &mut Sources, findings: &mut Vec<Diagnostic>) -> Option<Node> {
    let id = SourceId(u16::try_from(sources.0.len()).unwrap_or(u16::MAX));
    sources.0.push(Source::new(id, file.name.clone(), &file.bytes));
    let text = match yaml::decode(id, &file.bytes) {
        Ok(text) => text,
        Err(fault) => {
            findings.push(fault);
            return None;
        }
    };
    let node = yaml::load(id, text, &LIMITS, findings)?;
    match node.value {
        NodeValue::Mapping(_) => Some(node),
        value => {
            findings.push(no_map(&value, node.span));
            None
        }
    }
}

fn no_map(value: &NodeValue, span: Span) -> Diagnostic {
    let found = if matches!(value, NodeValue::Sequence(_)) { "a list" } else { "text" };
    Diagnostic::error("not-a-stack", format!("a stack file is a map of sections; this is {found}"))
        .at(Span { end: span.end.min(span.start + 80), ..span })
        .label("a stack begins with `stack: NAME`")
        .hint("`stackctl init` writes one to start from")
}

/// Takes the entry of `key` out of a map.
pub(super) fn take(node: &mut Node, key: &str) -> Option<(Key, Node)> {
    let NodeValue::Mapping(entries) = &mut node.value else { return None };
    let at = entries.iter().position(|(k, _)| k.text == key)?;
    Some(entries.remove(at))
}
