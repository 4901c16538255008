//! The tables of the walk: `SECTION.yaml`, one line per field.
//!
//! ```yaml
//! scenes:
//!   - about: what the entry is, in words
//!     with: {networks: {main: {}}}          # what else stands in the stack
//!     entry: {network: main}                # fields that stay
//!     updates: {timeout: [60s, 90s]}        # field: [value, other value], changed in place
//!     replaces: {description: [One, Two]}   # the same, where a change makes the resource anew
//!     grows: {diskSize: [10, 20]}           # the same, in place and never back
//! out: {name: why it is not walked}
//! ```
//!
//! A third element of a pair says where the value stands in Google's resource, where that is not the field's own path
//! behind some wrapper: the end of its path. `api` of a scene does so for all fields that begin alike.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use stackctl::model::{DocPath, Segment};

use super::fields::Fields;

/// What a section's file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub scenes: Vec<Scene>,
    /// Fields that are not walked, each with the reason.
    #[serde(default)]
    pub out: BTreeMap<String, String>,
}

/// A stack with an entry, and the fields of it that change.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scene {
    pub about: String,
    #[serde(default)]
    pub with: Map<String, Json>,
    pub entry: Json,
    #[serde(default)]
    pub updates: Map<String, Json>,
    #[serde(default)]
    pub replaces: Map<String, Json>,
    #[serde(default)]
    pub grows: Map<String, Json>,
    /// The same, where the resource cannot be made anew under its name: the plan refuses.
    #[serde(default)]
    pub refuses: Map<String, Json>,
    /// How fields begin in the file, and in Google's resource.
    #[serde(default)]
    pub api: BTreeMap<String, String>,
    /// How fields begin in the file, and in the plan.
    #[serde(default)]
    pub shows: BTreeMap<String, String>,
    /// The names in the cloud of the entry and of its bare twin, where these are not their keys.
    #[serde(default)]
    pub names: Option<[String; 2]>,
    /// What the twin without the walked fields has instead (`address: 10.0.0.9`); `false`: there is none.
    #[serde(default)]
    pub bare: Option<Json>,
    /// Walked fields that an entry cannot do without, or whose dropping is not looked at.
    #[serde(default)]
    pub keeps: Vec<String>,
    /// Walked fields that nobody can change by hand without making the resource anew, or not at all: the reason.
    #[serde(default)]
    pub not_by_hand: BTreeMap<String, String>,
    /// Ends of the paths of what Google itself changes along.
    #[serde(default)]
    pub follows: Vec<String>,
    /// Values of the file that look otherwise in the cloud (`KEY` of an address: the address).
    #[serde(default)]
    pub same: BTreeMap<String, String>,
    /// Walked fields that Google does not answer, so that nobody can see them in the cloud: the reason.
    #[serde(default)]
    pub unseen: BTreeMap<String, String>,
}

/// One of a field's two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    A,
    B,
}

/// A line of the table.
#[derive(Debug, Clone)]
pub struct Row {
    pub path: String,
    pub a: Json,
    pub b: Json,
    api: Option<String>,
}

/// A value that stands alone, of both sides.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// In the file.
    pub path: DocPath,
    /// How its path in Google's resource ends.
    pub api: String,
    /// How its path in a plan begins or goes on.
    pub shown: DocPath,
    pub a: Option<Json>,
    pub b: Option<Json>,
}

impl Table {
    /// The table of a section, with what Cloud Run's kinds share.
    pub fn of(section: &str, fields: &Fields) -> Self {
        let mut table = Self::read(section);
        if ["services", "workerPools", "jobs"].contains(&section) {
            let mut shared = Self::read("run").scenes;
            shared.iter_mut().for_each(|scene| scene.keep(section, fields, &table.out));
            table.scenes.extend(shared);
        }
        table
    }

    /// Read when the test runs: tables change more often than code.
    fn read(name: &str) -> Self {
        let path = format!("{}/tests/suite/walk/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

impl Row {
    fn read(path: &str, pair: &Json) -> Self {
        let values = pair.as_array().unwrap_or_else(|| panic!("{path}: two values"));
        assert!(matches!(values.len(), 2 | 3), "{path}: two values, and perhaps a path");
        let api = values.get(2).map(|api| api.as_str().expect("a path").to_owned());
        Self { path: path.to_owned(), a: values[0].clone(), b: values[1].clone(), api }
    }

    pub fn at(&self) -> DocPath {
        self.path.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    pub fn value(&self, side: Side) -> &Json {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }
}

/// The rows of a part of a scene.
pub fn rows(part: &Map<String, Json>) -> Vec<Row> {
    part.iter().map(|(path, pair)| Row::read(path, pair)).collect()
}

impl Scene {
    /// Leaves out what a kind does not have.
    fn keep(&mut self, section: &str, fields: &Fields, out: &BTreeMap<String, String>) {
        let pattern = |path: &str| fields.pattern(section, &path.parse().unwrap());
        let has = |path: &str| pattern(path).is_some_and(|pattern| !out.keys().any(|out| *out == pattern));
        self.updates.retain(|path, _| has(path));
        if let Some(entry) = self.entry.as_object_mut() {
            entry.retain(|path, _| has(path));
        }
    }

    /// The single values in which the sides of some rows differ.
    pub fn leaves(&self, rows: &[Row]) -> Vec<Leaf> {
        rows.iter().flat_map(|row| self.leaves_of(row)).collect()
    }

    fn leaves_of(&self, row: &Row) -> Vec<Leaf> {
        let (mut a, mut b) = (BTreeMap::new(), BTreeMap::new());
        flatten(&row.a, &DocPath::root(), &mut a);
        flatten(&row.b, &DocPath::root(), &mut b);
        let paths: std::collections::BTreeSet<&DocPath> = a.keys().chain(b.keys()).collect();
        let differing = paths.into_iter().filter(|path| a.get(*path) != b.get(*path));
        differing
            .map(|inner| {
                let path = DocPath(row.at().0.into_iter().chain(inner.0.clone()).collect());
                let api = match &row.api {
                    Some(api) => joined(api, &inner.to_string()),
                    None => rewritten(&self.api, &path.to_string()),
                };
                let shown = rewritten(&self.shows, &path.to_string()).parse().unwrap();
                Leaf { path, api, shown, a: a.get(inner).cloned(), b: b.get(inner).cloned() }
            })
            .collect()
    }
}

fn joined(front: &str, back: &str) -> String {
    match back {
        "" => front.to_owned(),
        back if back.starts_with('[') => format!("{front}{back}"),
        back => format!("{front}.{back}"),
    }
}

/// The text with the longest of the beginnings that it has replaced. A replacement with `*` at its end stands for the
/// whole, one with `**` for anything inside of it.
fn rewritten(beginnings: &BTreeMap<String, String>, text: &str) -> String {
    let found = beginnings.iter().filter(|(front, _)| text.starts_with(*front)).max_by_key(|(front, _)| front.len());
    match found {
        Some((_, new)) if new.ends_with("**") => new[..new.len() - 1].to_owned(),
        Some((_, new)) if new.ends_with('*') => new.trim_end_matches('*').to_owned(),
        Some((front, new)) => format!("{new}{}", &text[front.len()..]),
        None => text.to_owned(),
    }
}

/// The single values of a document, an empty list or map being one; null is nothing.
pub fn flatten(value: &Json, at: &DocPath, found: &mut BTreeMap<DocPath, Json>) {
    match value {
        Json::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| flatten(value, &at.key(key.as_str()), found));
        }
        Json::Array(list) if !list.is_empty() => {
            list.iter().enumerate().for_each(|(index, value)| flatten(value, &at.index(index), found));
        }
        Json::Null => {}
        value => {
            found.insert(at.clone(), value.clone());
        }
    }
}

/// Puts a value into a document, making what is above it; null puts nothing.
pub fn put(doc: &mut Json, path: &[Segment], value: &Json) {
    if value.is_null() {
        return;
    }
    match path {
        [] => *doc = value.clone(),
        [Segment::Key(key), rest @ ..] => {
            if !doc.is_object() {
                *doc = json!({});
            }
            put(doc.as_object_mut().unwrap().entry(key.clone()).or_insert(Json::Null), rest, value);
        }
        [Segment::Index(index), rest @ ..] => {
            if !doc.is_array() {
                *doc = json!([]);
            }
            let list = doc.as_array_mut().unwrap();
            assert!(*index <= list.len(), "elements come in order");
            if *index == list.len() {
                list.push(Json::Null);
            }
            put(&mut list[*index], rest, value);
        }
        [Segment::Keyed(..), ..] => panic!("a table names elements by their position"),
    }
}
