//! Duplicate keys and the merge key `<<`.

use std::collections::HashMap;

use crate::model::Diagnostic;
use crate::model::tree::{Key, Node, NodeValue};

/// Entries with the first of each key; every other is a fault.
pub(super) fn first_of_each(entries: Vec<(Key, Node)>, faults: &mut Vec<Diagnostic>) -> Vec<(Key, Node)> {
    if !has_duplicates(&entries) {
        return entries;
    }
    let mut first: HashMap<String, Key> = HashMap::new();
    let mut kept = Vec::with_capacity(entries.len());
    for (key, node) in entries {
        match first.get(&key.text) {
            Some(earlier) => faults.push(
                Diagnostic::error("duplicate-key", format!("the key `{}` stands twice in one map", key.text))
                    .at(key.span)
                    .label("again here")
                    .related(earlier.span, "first here"),
            ),
            None => {
                first.insert(key.text.clone(), key.clone());
                kept.push((key, node));
            }
        }
    }
    kept
}

/// Small maps are compared pairwise: no allocation for what nearly every map is.
fn has_duplicates(entries: &[(Key, Node)]) -> bool {
    if entries.len() <= 12 {
        return entries.iter().enumerate().any(|(i, (key, _))| entries[..i].iter().any(|(k, _)| k.text == key.text));
    }
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.text.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

/// The map with the maps of its `<<` laid under it: its own keys win, then the first that has the key. One level deep,
/// as YAML has it.
pub(super) fn merge(own: Vec<(Key, Node)>, merges: Vec<Node>, faults: &mut Vec<Diagnostic>) -> Vec<(Key, Node)> {
    if merges.is_empty() {
        return own;
    }
    let mut under: Vec<(Key, Node)> = Vec::new();
    for node in merges.into_iter().flat_map(one_or_many) {
        let span = node.span;
        let NodeValue::Mapping(entries) = node.value else {
            faults.push(
                Diagnostic::error("bad-merge", "`<<` takes an alias to a map, or a list of them")
                    .at(span)
                    .label("this is no map"),
            );
            continue;
        };
        for (key, value) in entries {
            if !own.iter().chain(&under).any(|(k, _)| k.text == key.text) {
                under.push((key, value));
            }
        }
    }
    under.extend(own);
    under
}

fn one_or_many(node: Node) -> Vec<Node> {
    match node.value {
        NodeValue::Sequence(nodes) => nodes,
        value => vec![Node { value, span: node.span }],
    }
}
