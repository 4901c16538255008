//! The tree of a YAML file: every node with its position and scalars with their raw text.

use super::{DocPath, Segment, Span, Template};

/// A node and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: NodeValue,
    pub span: Span,
}

/// How a scalar was written: only a plain one can be a number, a truth value or null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Quoted,
    Block,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeValue {
    /// Raw text as written; what type it has is decided by who reads it (`1.10` in a string field stays `1.10`).
    Scalar {
        text: String,
        style: Style,
    },
    Sequence(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
    /// A string with holes that only the cloud can fill.
    Template(Template),
}

/// A key of a mapping and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub text: String,
    pub span: Span,
}

impl Node {
    /// How many nodes it is made of, itself included.
    pub fn count(&self) -> usize {
        match &self.value {
            NodeValue::Scalar { .. } | NodeValue::Template(_) => 1,
            NodeValue::Sequence(nodes) => 1 + nodes.iter().map(Self::count).sum::<usize>(),
            NodeValue::Mapping(entries) => 1 + entries.iter().map(|(_, node)| node.count()).sum::<usize>(),
        }
    }

    /// The value under `key`, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, node)| node)
    }

    /// Key and value of an entry, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&(Key, Node)> {
        match &self.value {
            NodeValue::Mapping(entries) => entries.iter().find(|(k, _)| k.text == key),
            _ => None,
        }
    }

    /// The entries, if this is a map.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            NodeValue::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The elements, if this is a list.
    pub fn elements(&self) -> &[Node] {
        match &self.value {
            NodeValue::Sequence(nodes) => nodes,
            _ => &[],
        }
    }

    /// The raw text, if this is a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Where the value at `path` stands, or what of it is there: the place to show a fault of that field at.
    pub fn span_at(&self, path: &DocPath) -> Span {
        let mut node = self;
        let mut span = self.span;
        for segment in &path.0 {
            let next = match segment {
                Segment::Key(key) => node.entry(key).map(|(key, value)| (key.span, value)),
                Segment::Index(index) => node.elements().get(*index).map(|value| (value.span, value)),
                Segment::Keyed(field, wanted) => {
                    let mut elements = node.elements().iter();
                    elements
                        .find(|e| e.get(field).and_then(Node::text) == Some(wanted))
                        .map(|value| (value.span, value))
                }
            };
            let Some((place, value)) = next else { return span };
            let shows =
                matches!(value.value, NodeValue::Scalar { .. } | NodeValue::Template(_)) && !value.span.is_empty();
            span = if shows { value.span } else { place };
            node = value;
        }
        span
    }
}
