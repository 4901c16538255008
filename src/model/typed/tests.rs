use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Deserializer;

use super::*;
use crate::model::spec::{ByEmail, Member, Ref, Target, TextOr, Value};
use crate::model::tree::{Key, NodeValue, Style};
use crate::model::{Reference, SourceId, Template};

#[derive(Debug)]
struct Networks;
impl Target for Networks {
    const SECTION: &'static str = "networks";
}
#[derive(Debug)]
struct Accounts;
impl Target for Accounts {
    const SECTION: &'static str = "serviceAccounts";
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read only through Debug and the document")]
struct Spec {
    cidr: Value<Cidr>,
    required_too: Value<i64>,
    network: Option<Ref<Networks>>,
    account: Option<Ref<Accounts, ByEmail>>,
    members: Option<Vec<Member>>,
    edition: Option<Value<Edition>>,
    port: Option<Value<u16>>,
    ratio: Option<f64>,
    on: Option<Value<bool>>,
    version: Option<Value<String>>,
    known: Option<String>,
    labels: Option<BTreeMap<String, Value<String>>>,
    free: Option<serde_json::Value>,
    nested: Option<Nested>,
    list: Option<Vec<Nested>>,
    env: Option<BTreeMap<String, TextOr<Secret>>>,
    source: Option<Source>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read only through Debug and the document")]
struct Nested {
    name: Value<String>,
    size: Value<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Edition {
    Enterprise,
    EnterprisePlus,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read only through Debug and the document")]
enum Source {
    File(String),
    Generate { length: u32 },
}

#[derive(Debug)]
#[expect(dead_code, reason = "read only through Debug")]
struct Cidr(String);
impl<'de> Deserialize<'de> for Cidr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.contains('/') { Ok(Self(text)) } else { Err(serde::de::Error::custom("no range")) }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read only through Debug and the document")]
struct Secret {
    secret: Ref<Networks>,
}

/// A tree from JSON-like text; every node gets its own offset, so that places can be told apart.
struct Tree(u32);

impl Tree {
    fn span(&mut self, length: usize) -> Span {
        self.0 += 1;
        Span { source: SourceId(0), line: self.0, column: 1, start: self.0 * 100, end: self.0 * 100 + length as u32 }
    }

    fn node(&mut self, json: &serde_json::Value) -> Node {
        use serde_json::Value as J;
        let span = self.span(5);
        let value = match json {
            J::Null => NodeValue::Scalar { text: String::new(), style: Style::Plain },
            J::String(text) if text.starts_with("${") => NodeValue::Template(Template::whole(Reference::ProjectNumber)),
            J::String(text) => match text.strip_prefix('\'') {
                Some(quoted) => NodeValue::Scalar { text: quoted.to_owned(), style: Style::Quoted },
                None => NodeValue::Scalar { text: text.clone(), style: Style::Plain },
            },
            J::Bool(value) => NodeValue::Scalar { text: value.to_string(), style: Style::Plain },
            J::Number(value) => NodeValue::Scalar { text: value.to_string(), style: Style::Plain },
            J::Array(list) => NodeValue::Sequence(list.iter().map(|json| self.node(json)).collect()),
            J::Object(map) => NodeValue::Mapping(
                map.iter()
                    .map(|(key, json)| (Key { text: key.clone(), span: self.span(key.len()) }, self.node(json)))
                    .collect(),
            ),
        };
        Node { value, span }
    }
}

fn read_json(json: serde_json::Value) -> (Option<Spec>, Typed) {
    read_value::<Spec>(&Tree(0).node(&json))
}

fn faults(json: serde_json::Value) -> String {
    let (_, typed) = read_json(json);
    let mut lines = String::new();
    for fault in typed.faults {
        let label = fault.label.or(fault.hint).unwrap_or_default();
        lines.push_str(&format!("{}: {} {} | {label}\n", fault.field.unwrap(), fault.code, fault.message));
    }
    lines
}

#[test]
fn text_stays_as_written_and_numbers_are_numbers() {
    let (spec, typed) = read_json(serde_json::json!({
        "cidr": "10.0.0.0/24", "requiredToo": "0x10", "version": "1.10", "port": "8080", "on": "true", "ratio": "0.5",
        "labels": {"a": "'1", "b": "007", "gone": null}, "free": {"x": "1", "y": ["~", "'1"]}, "known": "true",
    }));
    assert!(spec.is_some(), "{:?}", typed.faults);
    insta::assert_json_snapshot!(typed.doc.to_json().unwrap(), @r#"
    {
      "cidr": "10.0.0.0/24",
      "requiredToo": 16,
      "version": "1.10",
      "port": 8080,
      "on": true,
      "ratio": 0.5,
      "labels": {
        "a": "1",
        "b": "007"
      },
      "free": {
        "x": 1,
        "y": [
          null,
          "1"
        ]
      },
      "known": "true"
    }
    "#);
}

#[test]
fn references_are_listed_with_section_form_and_path() {
    let (_, typed) = read_json(serde_json::json!({
        "cidr": "/", "requiredToo": 1, "network": "a", "account": "b", "members": ["allUsers", "serviceAccount:b"],
        "env": {"X": {"secret": "s"}, "Y": "plain", "Z": "${x}"},
    }));
    let found: Vec<_> =
        typed.references.iter().map(|r| format!("{} {} {} {}", r.path, r.section, r.form, r.text)).collect();
    insta::assert_snapshot!(found.join("\n"), @r"
    network networks path a
    account serviceAccounts email b
    members[0] serviceAccounts member allUsers
    members[1] serviceAccounts member serviceAccount:b
    env.X.secret networks path s
    ");
    assert_eq!(typed.doc.templates().len(), 1);
}

#[test]
fn all_faults_of_an_entry_show_in_one_read() {
    let json = serde_json::json!({
        "cidr": "10.0.0.0", "edition": "enterprise", "port": 70000, "on": "yes", "version": ["x"], "known": "${x}",
        "prot": 1, "free": {"a": "${x}"}, "labels": "x", "members": "allUsers", "network": {"a": 1},
        "nested": {"nam": "x", "size": "'1"}, "list": [{"name": "a", "size": "b"}, {"size": 1}, 5],
        "env": {"A": {"secret": "s", "versoin": 1}, "B": ["x"]}, "source": {"generate": {"length": -1}},
    });
    insta::assert_snapshot!(faults(json), @r"
    requiredToo: missing-field `requiredToo` is missing | this needs `requiredToo`
    cidr: bad-value no range | 
    edition: wrong-value `enterprise` is not one of the allowed values | did you mean `ENTERPRISE`?
    port: out-of-range expected a whole number from 0 to 65535, found `70000` | 
    on: wrong-type expected `true` or `false`, found `yes` | 
    version: wrong-type expected text, found a list | 
    known: not-yet-known `${project.number}` is known only after apply; this must be known before | 
    prot: unknown-field unknown field `prot` | did you mean `port`?
    labels: wrong-type expected a map, found `x` | 
    members: wrong-type expected a list, found `allUsers`: write `[allUsers]` | 
    network: wrong-type expected a key or a full Google path, found a map | 
    nested.nam: unknown-field unknown field `nam` | did you mean `name`?
    nested.size: wrong-type expected a whole number, found the text `1`: write it without quotes | 
    list[0].size: wrong-type expected a whole number, found `b` | 
    list[1].name: missing-field `name` is missing | this needs `name`
    list[2]: wrong-type expected a map, found `5` | 
    env.A.versoin: unknown-field unknown field `versoin` | expected `secret`
    env.B: wrong-type expected a map, found a list | 
    source.generate.length: out-of-range expected a whole number from 0 to 4294967295, found `-1` |
    ");
}

#[test]
fn a_template_stands_only_where_a_value_or_reference_may() {
    let (_, typed) =
        read_json(serde_json::json!({"cidr": "/", "requiredToo": "${x}", "network": "${x}", "ratio": "${x}"}));
    assert_eq!(typed.faults.len(), 1);
    assert_eq!(typed.faults[0].code, "not-yet-known");
    assert!(matches!(typed.doc.get("network"), Some(Doc::Unknown(_))));
}

#[test]
fn faults_of_one_entry_are_bounded() {
    let labels: serde_json::Map<_, _> = (0..1000).map(|n| (n.to_string(), serde_json::json!([]))).collect();
    let (_, typed) = read_json(serde_json::json!({"cidr": "/", "requiredToo": 1, "labels": labels}));
    assert_eq!(typed.faults.len(), FAULTS_AT_MOST + 1);
    assert!(typed.faults.iter().any(|fault| fault.code == "more-faults"));
}
