//! For tests: a kind's spec, rules and outputs held against Google's discovery document.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Flag, Row, shape};
use crate::model::Doc;

/// What a spec says of a field: its JSON types and, of an enum, the values.
#[derive(Debug, Default, Clone)]
pub struct Written {
    pub types: Vec<String>,
    pub values: Vec<String>,
}

/// The fields of a kind's schema by file path, leaves and inner ones: `databaseFlags{}`, `topics[].name`.
pub fn fields(row: &Row) -> BTreeMap<String, Written> {
    let mut generator = schemars::SchemaGenerator::default();
    let schema = (row.schema)(&mut generator);
    let definitions = Json::Object(generator.take_definitions(true));
    let mut found = BTreeMap::new();
    walk(schema.as_value(), &definitions, "", &mut found);
    found.remove("");
    found
}

fn walk(schema: &Json, definitions: &Json, at: &str, found: &mut BTreeMap<String, Written>) {
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        walk(&definitions[reference.rsplit('/').next().unwrap()], definitions, at, found);
    }
    for choice in ["anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten() {
        walk(choice, definitions, at, found);
    }
    let said = found.entry(at.to_owned()).or_default();
    // `${…}` may stand anywhere: it is no type of the field's own.
    if schema.get("pattern").is_none() {
        match schema.get("type") {
            Some(Json::String(name)) => said.types.push(name.clone()),
            Some(Json::Array(names)) => said.types.extend(names.iter().filter_map(Json::as_str).map(str::to_owned)),
            _ => {}
        }
    }
    let values = schema.get("enum").and_then(Json::as_array).into_iter().flatten();
    said.values.extend(values.chain(schema.get("const")).filter_map(Json::as_str).map(str::to_owned));
    for (name, inner) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        walk(inner, definitions, &path, found);
    }
    if let Some(items) = schema.get("items") {
        walk(items, definitions, &format!("{at}[]"), found);
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        walk(values, definitions, &format!("{at}{{}}"), found);
    }
}

/// What the document says of an API path below a schema: `None` where there is no such field.
pub fn said<'a>(document: &'a Json, root: &str, path: &str) -> Option<&'a Json> {
    let schemas = &document["schemas"];
    let mut schema = &schemas[root];
    let mut field = schema;
    for part in path.split('.') {
        let name = shape::first(part);
        field = match schema.get("properties") {
            Some(properties) => properties.get(name)?,
            // A map with keys of the user's own, which the path names.
            None => field.get("additionalProperties")?,
        };
        for bracket in part[name.len()..].split_inclusive(['}', ']']) {
            field = field.get(if bracket == "[]" { "items" } else { "additionalProperties" })?;
        }
        schema = field.get("$ref").and_then(Json::as_str).map_or(field, |name| &schemas[name]);
    }
    Some(field)
}

/// Every field of the spec is one of Google's, of its type and with its values, and not Google's alone to set; every
/// rule and output speaks of a field that there is. `own` are stackctl's: fields below them are in no document.
pub fn agrees(row: &Row, document: &str, root: &str, own: &[&str]) {
    let document: Json = serde_json::from_str(document).expect("a discovery document");
    let shapes = row.descriptor.shapes;
    let is_own = |path: &str| own.contains(&shape::first(path));
    let fields = fields(row);
    assert!(fields.len() > 2, "{}: only {} fields", row.descriptor.section, fields.len());
    for (path, written) in fields.iter().filter(|(path, _)| !is_own(path)) {
        let api = shape::api_path(shapes, path);
        let said = said(&document, root, &api).unwrap_or_else(|| panic!("`{path}`: discovery has no `{api}`"));
        assert_ne!(said["readOnly"], true, "`{path}`: `{api}` is Google's alone");
        if let Some(wanted) = said["type"].as_str().filter(|_| !written.types.is_empty() && !shaped(shapes, path)) {
            let wanted = if said["format"] == "int64" { "integer" } else { wanted };
            assert!(
                written.types.iter().any(|name| name == wanted),
                "`{path}` is {:?}, Google's {wanted}",
                written.types
            );
        }
        if said["format"] == "int64" {
            assert!(is_sent_as_text(shapes, path), "`{path}`: `{api}` is a 64-bit integer, which is a text in JSON");
        }
        let known: Vec<&str> = said["enum"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        for value in &written.values {
            assert!(known.contains(&value.as_str()), "`{path}`: Google has no `{value}`: {known:?}");
        }
        assert!(
            known.is_empty() || !written.values.is_empty() || LONG_ENUMS.contains(&path.as_str()),
            "`{path}` is an enum"
        );
    }
    for rule in row.descriptor.fields.iter().filter(|rule| !is_own(rule.path)) {
        let api = shape::api_path(shapes, rule.path);
        let said = said(&document, root, &api).unwrap_or_else(|| panic!("rule `{}`: no `{api}`", rule.path));
        assert!(
            rule.has(Flag::OutputOnly) || said["readOnly"] != true,
            "rule `{}`: `{api}` is output only to Google",
            rule.path
        );
    }
    for output in row.descriptor.outputs.iter().filter(|output| !output.path.is_empty()) {
        assert!(said(&document, root, output.path).is_some(), "output `{}`: no `{}`", output.name, output.path);
    }
    every_output_only_field_has_its_rule(row, &document, root);
}

fn is_sent_as_text(shapes: &[super::Shape], path: &str) -> bool {
    let mut doc = Doc::map();
    doc.put(&path.replace("{}", ".key"), Doc::from(7));
    let sent = shape::to_api(shapes, doc).to_json().expect("a known value").to_string();
    sent.contains("\"7\"")
}

/// Enums whose values grow with every release: their form is checked, not their list.
const LONG_ENUMS: &[&str] = &["databaseVersion"];

/// Whether a shape gives the field another type.
fn shaped(shapes: &[super::Shape], path: &str) -> bool {
    shapes.iter().any(|shape| match shape {
        super::Shape::Entries { path: at, .. } | super::Shape::Keyed { path: at, .. } => path.starts_with(at),
        _ => false,
    }) || path == "rotation"
}

/// Fields that Google alone sets never stay in a body: each has a rule that says so.
fn every_output_only_field_has_its_rule(row: &Row, document: &Json, root: &str) {
    let properties = document["schemas"][root]["properties"].as_object().expect("a schema with fields");
    for (name, _) in properties.iter().filter(|(_, field)| field["readOnly"] == true) {
        let path = crate::model::DocPath::keys(name);
        let found = super::rules::find(row.descriptor, &path);
        assert!(found.has(Flag::OutputOnly), "{}: `{name}` is output only", row.descriptor.section);
    }
}

#[test]
fn specs_rules_and_outputs_agree_with_discovery() {
    let sql = include_str!("../../tests/discovery/sqladmin.v1.json");
    let find = |section: &str| super::registry::find(section).expect("a registered kind");
    agrees(find("sqlInstances"), sql, "DatabaseInstance", &["rootPassword"]);
    agrees(find("sqlDatabases"), sql, "Database", &[]);
    agrees(find("sqlUsers"), sql, "User", &["serviceAccount", "user", "group", "password"]);
    let secrets = include_str!("../../tests/discovery/secretmanager.v1.json");
    agrees(find("secrets"), secrets, "Secret", &["env", "file", "generate", "value"]);
    let repositories = include_str!("../../tests/discovery/artifactregistry.v1.json");
    agrees(find("repositories"), repositories, "Repository", &[]);
}
