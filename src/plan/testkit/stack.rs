//! Stacks for tests: `{"networks": {"n": {…}}, "moved": [["a", "b"]], "outputs": {…}}`.
//!
//! `@section.key` is a reference in path form, `=section.key` by name, `^section.key` by e-mail address, `${section.key.output}` an expression; all
//! make arrows. `name`, `location`, `lifecycle` and `dependsOn` are as in a stack file.

use indexmap::IndexMap;
use serde_json::{Map as JsonMap, Value as Json};

use super::{doc, kinds};
use crate::kinds::Row;
use crate::model::{Address, Doc, DocPath, Place, Reference, Segment};
use crate::plan::inputs::{Desired, Edge, Lifecycle, Wanted};
use crate::records::OnDelete;

/// The stack `demo` in project `p`.
pub fn stack(json: Json) -> Desired {
    let kinds = kinds();
    let mut desired = Desired { stack: "demo".to_owned(), ..Desired::default() };
    let sections = json.as_object().expect("a stack is a map").clone();
    let all = json;
    for (section, entries) in &sections {
        match section.as_str() {
            "moved" => desired.moved = pairs(entries),
            "apis" => desired.apis = texts(entries),
            "outputs" => desired.outputs = outputs(entries),
            _ => {
                let row = kinds.iter().find(|row| row.descriptor.section == section).expect("a known section");
                for (key, fields) in entries.as_object().expect("entries") {
                    let wanted = wanted(&all, row, key, fields.as_object().expect("fields").clone());
                    desired.entries.insert(wanted.address.clone(), wanted);
                }
            }
        }
    }
    desired
}

fn outputs(json: &Json) -> IndexMap<String, Doc> {
    json.as_object().expect("outputs").iter().map(|(name, value)| (name.clone(), doc(value))).collect()
}

fn pairs(json: &Json) -> Vec<(Address, Address)> {
    let pair = |pair: &Json| {
        let texts = texts(pair);
        (texts[0].parse().unwrap(), texts[1].parse().unwrap())
    };
    json.as_array().expect("pairs").iter().map(pair).collect()
}

fn texts(json: &Json) -> Vec<String> {
    json.as_array().expect("texts").iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

fn wanted(all: &Json, row: &Row, key: &str, mut fields: JsonMap<String, Json>) -> Wanted {
    let address = Address::new(row.descriptor.section, key);
    let mut edges = Vec::new();
    let lifecycle = fields.remove("lifecycle").map(|json| lifecycle(&json)).unwrap_or_default();
    for needed in fields.remove("dependsOn").map(|json| texts(&json)).unwrap_or_default() {
        edges.push(Edge { to: needed.parse().unwrap(), path: None });
    }
    let place = place(all, row, key, &mut fields);
    let mut json = Json::Object(fields);
    resolve(all, &mut json, &mut DocPath::root(), &mut edges);
    let full_name = format!("//{}/{}", row.descriptor.api.service, place.fill(row.descriptor.item));
    Wanted { address, place, full_name, doc: doc(&json), lifecycle, edges }
}

fn place(all: &Json, row: &Row, key: &str, fields: &mut JsonMap<String, Json>) -> Place {
    let mut place = Place::default();
    let mut put = |name: &str, value: String| place.values.insert(name.to_owned(), value);
    put("project", "p".to_owned());
    let text = |json: Json| json.as_str().expect("a text").to_owned();
    put("name", fields.remove("name").map_or_else(|| key.to_owned(), text));
    put("location", fields.remove("location").map_or_else(|| "us-central1".to_owned(), text));
    for parent in row.descriptor.parents {
        let text = fields.get(*parent).and_then(Json::as_str).expect("a parent");
        put(parent, text.strip_prefix('=').map_or_else(|| text.to_owned(), |to| name_of(all, to)));
    }
    place
}

fn lifecycle(json: &Json) -> Lifecycle {
    let flag = |name: &str| json.get(name).and_then(Json::as_bool).unwrap_or(false);
    let paths = |name: &str| json.get(name).map(texts).unwrap_or_default().iter().map(|p| p.parse().unwrap()).collect();
    Lifecycle {
        protect: flag("protect"),
        adopt: flag("adopt"),
        ignore: paths("ignore"),
        strict: paths("strict"),
        on_delete: json.get("onDelete").map(|text| match text.as_str() {
            Some("keep") => OnDelete::Keep,
            _ => OnDelete::Delete,
        }),
    }
}

fn fields_of<'a>(all: &'a Json, address: &str) -> (&'a JsonMap<String, Json>, String, String) {
    let (section, key) = address.split_once('.').expect("an address");
    let fields = all[section][key].as_object().unwrap_or_else(|| panic!("no entry {address}"));
    (fields, section.to_owned(), key.to_owned())
}

fn name_of(all: &Json, address: &str) -> String {
    let (fields, _, key) = fields_of(all, address);
    fields.get("name").and_then(Json::as_str).map_or(key, str::to_owned)
}

fn path_of(all: &Json, address: &str) -> String {
    let (fields, section, key) = fields_of(all, address);
    let kinds = kinds();
    let row = kinds.iter().find(|row| row.descriptor.section == section).expect("a known section");
    place(all, row, &key, &mut fields.clone()).fill(row.descriptor.item)
}

fn resolve(all: &Json, json: &mut Json, path: &mut DocPath, edges: &mut Vec<Edge>) {
    match json {
        Json::String(text) => {
            if let Some(to) = text.strip_prefix('@') {
                edges.push(Edge { to: to.parse().unwrap(), path: Some(path.clone()) });
                *json = Json::from(path_of(all, to));
            } else if let Some(to) = text.strip_prefix('=') {
                edges.push(Edge { to: to.parse().unwrap(), path: Some(path.clone()) });
                *json = Json::from(name_of(all, to));
            } else if let Some(to) = text.strip_prefix('^') {
                edges.push(Edge { to: to.parse().unwrap(), path: Some(path.clone()) });
                *json = Json::from(format!("{}@p.iam.gserviceaccount.com", name_of(all, to)));
            } else if let Some(to) = text.strip_prefix("serviceAccount:@") {
                edges.push(Edge { to: to.parse().unwrap(), path: Some(path.clone()) });
                *json = Json::from(format!("serviceAccount:{}@p.iam.gserviceaccount.com", name_of(all, to)));
            } else if let Doc::Unknown(template) = doc(json) {
                for reference in template.references() {
                    if let Reference::Output { address, .. } = reference {
                        edges.push(Edge { to: address.clone(), path: Some(path.clone()) });
                    }
                }
            }
        }
        Json::Array(list) => {
            for (index, value) in list.iter_mut().enumerate() {
                path.0.push(Segment::Index(index));
                resolve(all, value, path, edges);
                path.0.pop();
            }
        }
        Json::Object(map) => {
            for (key, value) in map {
                path.0.push(Segment::Key(key.clone()));
                resolve(all, value, path, edges);
                path.0.pop();
            }
        }
        _ => {}
    }
}
