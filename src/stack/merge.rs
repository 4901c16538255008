//! Trees laid over one another: several files, and `defaults:` under the entries of a section.

use std::collections::HashMap;

use crate::model::tree::{Key, Node, NodeValue};
use crate::model::typed::is_null;

/// `over` laid over `under`: maps are joined key by key and keep the order of `under`, new keys come behind it; what is
/// no map on both sides is taken from `over` whole. A `null` in `over` stays, so that it takes out what lies under it
/// further down too; whoever reads the tree passes over it.
pub fn lay_over(under: Node, over: Node) -> Node {
    let span = over.span;
    match (under.value, over.value) {
        (NodeValue::Mapping(below), NodeValue::Mapping(above)) => {
            Node { value: NodeValue::Mapping(joined(below, above)), span }
        }
        (_, value) => Node { value, span },
    }
}

fn joined(below: Vec<(Key, Node)>, above: Vec<(Key, Node)>) -> Vec<(Key, Node)> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(below.len());
    let mut entries: Vec<(Key, Option<Node>)> = Vec::with_capacity(below.len() + above.len());
    for (key, node) in below {
        places.insert(key.text.clone(), entries.len());
        entries.push((key, Some(node)));
    }
    for (key, node) in above {
        match places.get(&key.text) {
            Some(&at) => {
                let under = entries[at].1.take().expect("each place is filled again below");
                let node = if is_null(&node) { node } else { lay_over(under, node) };
                entries[at] = (key, Some(node));
            }
            None => {
                places.insert(key.text.clone(), entries.len());
                entries.push((key, Some(node)));
            }
        }
    }
    entries.into_iter().filter_map(|(key, node)| node.map(|node| (key, node))).collect()
}
