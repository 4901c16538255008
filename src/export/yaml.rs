//! The text of a stack file: values through the YAML crate's serialiser, short ones on one line.

use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_yaml::{FlowMap, FlowSeq};

use crate::model::{Doc, Map};

/// The longest line that short maps and lists may make.
const WIDTH: usize = 110;
/// Maps with more fields than this are easier to read as lines.
const MOST_FIELDS: usize = 4;

/// One entry as it stands under its section.
pub(super) struct Written<'a> {
    pub key: &'a str,
    pub doc: &'a Doc,
    /// Lines above the entry.
    pub comments: &'a [String],
    /// The whole entry is a comment.
    pub withheld: bool,
}

/// A section with its entries.
pub(super) fn section(name: &str, entries: &[Written<'_>]) -> String {
    let mut text = format!("\n{name}:\n");
    if entries.iter().all(|entry| entry.withheld) {
        text = format!("\n# {name}:\n");
    }
    for entry in entries {
        for comment in entry.comments {
            let _ = writeln!(text, "  # {comment}");
        }
        let map = Doc::Map(Map::from([(entry.key.to_owned(), entry.doc.clone())]));
        for line in serialised(&map, 2).lines() {
            let _ = match entry.withheld {
                true => writeln!(text, "  # {line}"),
                false => writeln!(text, "  {line}"),
            };
        }
    }
    text
}

/// `name: value` at the top of the file.
pub(super) fn line(name: &str, value: &Doc) -> String {
    serialised(&Doc::Map(Map::from([(name.to_owned(), value.clone())])), 0)
}

fn serialised(doc: &Doc, indent: usize) -> String {
    // Long texts stay on their line: a folded one is hard to search for.
    let options = serde_yaml::ser_options! { folded_wrap_chars: 65_535, compact_list_indent: false };
    serde_yaml::to_string_with_options(&Styled { doc, indent }, options).expect("documents are plain YAML")
}

/// A document with where it stands.
struct Styled<'a> {
    doc: &'a Doc,
    indent: usize,
}

impl Serialize for Styled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = |doc| Styled { doc, indent: self.indent + 2 };
        match self.doc {
            Doc::Null => serializer.serialize_unit(),
            Doc::Bool(value) => serializer.serialize_bool(*value),
            Doc::Number(number) => number.serialize(serializer),
            Doc::String(text) => serializer.serialize_str(text),
            Doc::Map(map) => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                for (key, value) in map {
                    let room = WIDTH.saturating_sub(self.indent + key.len() + 2);
                    match value {
                        Doc::Map(fields) if is_short(value, room) => {
                            out.serialize_entry(key, &FlowMap(Plain(fields)))?;
                        }
                        Doc::List(list) if is_short(value, room) => {
                            out.serialize_entry(key, &FlowSeq(Elements(list)))?
                        }
                        value => out.serialize_entry(key, &inner(value))?,
                    }
                }
                out.end()
            }
            Doc::List(list) => {
                let mut out = serializer.serialize_seq(Some(list.len()))?;
                for value in list {
                    match value {
                        Doc::Map(fields) if is_short(value, WIDTH.saturating_sub(self.indent + 2)) => {
                            out.serialize_element(&FlowMap(Plain(fields)))?;
                        }
                        value => out.serialize_element(&inner(value))?,
                    }
                }
                out.end()
            }
            Doc::Unknown(template) => serializer.serialize_str(&template.to_string()),
            Doc::Sensitive(_) => serializer.serialize_str(super::secrets::REDACTED),
        }
    }
}

/// The fields of a map on one line.
struct Plain<'a>(&'a Map);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, doc)| (key, Value(doc))))
    }
}

/// The elements of a list on one line.
struct Elements<'a>(&'a [Doc]);

impl Serialize for Elements<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Value))
    }
}

/// A value on one line.
struct Value<'a>(&'a Doc);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Doc::Map(map) => FlowMap(Plain(map)).serialize(serializer),
            Doc::List(list) => FlowSeq(Elements(list)).serialize(serializer),
            scalar => Styled { doc: scalar, indent: 0 }.serialize(serializer),
        }
    }
}

/// Whether a map or list is short enough for one line.
fn is_short(doc: &Doc, room: usize) -> bool {
    match doc {
        Doc::Map(map) if map.is_empty() => true,
        Doc::Map(map) => map.len() <= MOST_FIELDS && width(doc, 2).is_some_and(|width| width <= room.min(WIDTH)),
        Doc::List(_) => width(doc, 1).is_some_and(|width| width <= room.min(WIDTH)),
        _ => false,
    }
}

/// The width of a value on one line; none where it is deeper than `depth` or has lines of its own.
fn width(doc: &Doc, depth: usize) -> Option<usize> {
    match doc {
        Doc::Map(map) => {
            let depth = depth.checked_sub(1)?;
            let fields = map.iter().map(|(key, value)| Some(key.len() + 4 + width(value, depth)?));
            fields.sum::<Option<usize>>()
        }
        Doc::List(list) => {
            let depth = depth.checked_sub(1)?;
            list.iter().map(|value| Some(width(value, depth)? + 2)).sum::<Option<usize>>()
        }
        Doc::String(text) if text.contains('\n') => None,
        Doc::String(text) => Some(text.chars().count() + 2),
        Doc::Number(_) | Doc::Bool(_) | Doc::Null => Some(6),
        Doc::Unknown(_) | Doc::Sensitive(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn entries_read_like_written_by_hand() {
        let database = Doc::from(&json!({"instance": "prefect-db"}));
        let service = Doc::from(&json!({
            "image": "a/b:v1", "env": {"A": "on", "B": "10", "C": "", "D": "x: y", "E": "${self.url}/api", "F": "l1\nl2"},
            "vpcAccess": {"network": "n", "tags": ["t"]}, "invokers": ["allUsers"],
            "allowed": ["${project.id}"], "iam": [{"role": "roles/x", "members": ["serviceAccount:sa"]}],
        }));
        let entries = [
            Written { key: "prefect", doc: &database, comments: &["why".to_owned()], withheld: false },
            Written { key: "web", doc: &service, comments: &[], withheld: false },
            Written { key: "off", doc: &database, comments: &[], withheld: true },
        ];
        insta::assert_snapshot!(section("things", &entries));
    }
}
