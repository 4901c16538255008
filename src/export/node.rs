//! A document as the tree that a kind's spec reads: the spec says what of it can stand in a file.

use crate::kinds::Row;
use crate::model::tree::{Key, Node, NodeValue, Style};
use crate::model::typed::{Typed, is_null};
use crate::model::{Doc, Span};

/// Reads a document as the kind's spec does: unknown fields and wrong values are faults and not in the result.
pub(super) fn read(row: &Row, doc: &Doc) -> Typed {
    (row.read_spec)(&node(doc))
}

fn node(doc: &Doc) -> Node {
    let value = match doc {
        Doc::Null => plain("null"),
        Doc::Bool(value) => plain(value.to_string()),
        Doc::Number(number) => plain(number.to_string()),
        Doc::String(text) => string(text),
        Doc::List(list) => NodeValue::Sequence(list.iter().map(node).collect()),
        Doc::Map(map) => NodeValue::Mapping(
            map.iter().map(|(key, value)| (Key { text: key.clone(), span: Span::default() }, node(value))).collect(),
        ),
        Doc::Unknown(template) => NodeValue::Template(template.clone()),
        Doc::Sensitive(inner) => return node(inner),
    };
    Node { value, span: Span::default() }
}

fn plain(text: impl Into<String>) -> NodeValue {
    NodeValue::Scalar { text: text.into(), style: Style::Plain }
}

/// Plain, so that a field of numbers takes Google's numbers in quotes; but never nothing.
fn string(text: &str) -> NodeValue {
    let value = plain(text);
    let node = Node { value, span: Span::default() };
    if is_null(&node) {
        return NodeValue::Scalar { text: text.to_owned(), style: Style::Quoted };
    }
    node.value
}
