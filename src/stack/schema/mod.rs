//! The JSON Schema of the stack file, from the registry: draft-07, which editors read.
//!
//! Definitions are named after their section (`services`, `services.Probe`). There is no `null`: an absent field is
//! left out. The docs are the doc comments of the specs.

mod transform;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};

use self::transform::{or_expression, rename_definitions, without_null};
use super::envelope::{EntrySpec, StackSpec};
use super::read::{common_fields, location_field};
use super::variable::VariableSpec;
use crate::kinds::{Row, iam, registry};

/// A string that holds an expression.
const EXPRESSION: &str = r"\$\{";

/// The schema of a stack file. The same bytes for the same registry.
pub fn schema() -> Json {
    let mut definitions = Map::new();
    let mut properties = own_properties::<StackSpec>("stack", &mut definitions);
    let variable = definition::<VariableSpec>("variables", &mut definitions);
    properties.insert("variables".into(), map_of(variable, "Values that differ from run to run, by name."));
    properties.insert("defaults".into(), defaults());
    properties.insert(
        "outputs".into(),
        map_of(json!(true), "What `stackctl outputs` prints, by name: `ui: ${services.web.url}`."),
    );
    let common = own_properties::<EntrySpec>("entry", &mut definitions);
    let policy = definition::<iam::BindingSpec>("iam", &mut definitions);
    for row in registry::all() {
        let section = row.descriptor.section;
        entry(row, &common, &policy, &mut definitions);
        let entries = json!({ "$ref": format!("#/definitions/{section}") });
        properties.insert(section.into(), map_of(entries, row.descriptor.doc));
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "stackctl stack file",
        "description": "What a Google Cloud project is to hold. `stackctl explain` says more about each field.",
        "type": "object",
        "properties": properties,
        "patternProperties": { "^x-": { "description": "Yours: for YAML anchors." } },
        "additionalProperties": false,
        "definitions": definitions,
    })
}

/// Names of the top-level fields of a kind.
pub(super) fn field_names(kind: &Row) -> Vec<String> {
    let spec = spec_of(kind, &mut Map::new());
    let properties = spec.get("properties").and_then(Json::as_object);
    let own = properties.into_iter().flat_map(|properties| properties.keys().cloned());
    own.chain(kind.descriptor.policy.map(|_| "iam".to_owned())).collect()
}

/// The definition of a kind's spec, without what all entries have; its own definitions go to `definitions`.
fn spec_of(kind: &Row, definitions: &mut Map<String, Json>) -> Map<String, Json> {
    let mut generator = generator();
    let schema = (kind.schema)(&mut generator);
    let mut spec = finished(schema.to_value(), &mut generator, kind.descriptor.section, definitions);
    spec.remove("$schema");
    spec.remove("title");
    spec
}

/// The schema of an entry of a kind, and the definitions that it uses: for `explain`.
pub(super) fn entry_of(kind: &Row) -> (Json, Map<String, Json>) {
    let mut definitions = Map::new();
    let common = own_properties::<EntrySpec>("entry", &mut definitions);
    let policy = definition::<iam::BindingSpec>("iam", &mut definitions);
    entry(kind, &common, &policy, &mut definitions);
    let entry = definitions.remove(kind.descriptor.section).unwrap_or_default();
    (entry, definitions)
}

fn entry(row: &Row, common: &Map<String, Json>, policy: &Json, definitions: &mut Map<String, Json>) {
    let mut spec = spec_of(row, definitions);
    let mut properties = Map::new();
    let wanted: Vec<&str> = common_fields(row).collect();
    for field in wanted.iter().copied().filter(|field| !matches!(*field, "forEach" | "iam")) {
        if let Some(schema) = common.get(field) {
            properties.insert(field.to_owned(), schema.clone());
        }
    }
    debug_assert!(location_field(row).is_none_or(|field| properties.contains_key(field)));
    properties.insert("forEach".into(), for_each());
    if let Some(Json::Object(own)) = spec.remove("properties") {
        properties.extend(own);
    }
    if row.descriptor.policy.is_some() {
        properties.insert(
            "iam".into(),
            json!({
                "description": "Who may do what with it: bindings of its own IAM policy. Members that others added stay.",
                "type": "array",
                "items": policy,
            }),
        );
    }
    spec.insert("type".into(), json!("object"));
    spec.insert("additionalProperties".into(), json!(false));
    spec.insert("properties".into(), Json::Object(properties));
    definitions.insert(row.descriptor.section.to_owned(), Json::Object(spec));
}

/// `defaults`: the fields of each section, none of them required.
fn defaults() -> Json {
    let mut sections = Map::new();
    for row in registry::all() {
        let section = row.descriptor.section;
        let fields = field_names(row).into_iter().chain(common_fields(row).map(str::to_owned));
        let properties: Map<String, Json> = fields
            .filter(|field| field != "name")
            .map(|field| {
                let pointer = format!("#/definitions/{section}/properties/{field}");
                (field, json!({ "$ref": pointer }))
            })
            .collect();
        let words = format!("Fields that every entry of `{section}` has, unless it says otherwise.");
        sections.insert(
            section.to_owned(),
            json!({ "description": words, "type": "object", "properties": properties, "additionalProperties": false }),
        );
    }
    json!({
        "description": "Fields laid under every entry of a section.",
        "type": "object",
        "properties": sections,
        "additionalProperties": false,
    })
}

fn for_each() -> Json {
    json!({
        "description": "Makes an entry for each element, `KEY[ELEMENT]`; `${each.key}` and `${each.value}` stand for it.",
        "anyOf": [
            { "type": "object" },
            { "type": "array", "items": { "type": "string" } },
            { "type": "string", "pattern": EXPRESSION },
        ],
    })
}

fn map_of(element: Json, description: &str) -> Json {
    json!({ "description": description, "type": "object", "additionalProperties": element })
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft07().into_generator()
}

/// The properties of a type, its definitions put under `prefix`. What is no text may be an expression, too.
fn own_properties<T: JsonSchema>(prefix: &str, definitions: &mut Map<String, Json>) -> Map<String, Json> {
    let mut generator = generator();
    let schema = T::json_schema(&mut generator);
    let mut own = Map::new();
    let mut spec = Json::Object(finished(schema.to_value(), &mut generator, prefix, &mut own));
    or_expression(&mut spec);
    own.values_mut().for_each(or_expression);
    definitions.extend(own);
    match spec.get_mut("properties").map(Json::take) {
        Some(Json::Object(properties)) => properties,
        _ => Map::new(),
    }
}

/// A type as a definition of its own.
fn definition<T: JsonSchema>(prefix: &str, definitions: &mut Map<String, Json>) -> Json {
    let mut generator = generator();
    let schema = T::json_schema(&mut generator);
    let spec = finished(schema.to_value(), &mut generator, prefix, definitions);
    definitions.insert(prefix.to_owned(), Json::Object(spec));
    json!({ "$ref": format!("#/definitions/{prefix}") })
}

fn finished(
    schema: Json,
    generator: &mut SchemaGenerator,
    prefix: &str,
    definitions: &mut Map<String, Json>,
) -> Map<String, Json> {
    let (mut schema, found) = (schema, generator.take_definitions(true));
    without_null(&mut schema);
    rename_definitions(&mut schema, prefix);
    for (name, mut definition) in found {
        without_null(&mut definition);
        rename_definitions(&mut definition, prefix);
        definitions.insert(format!("{prefix}.{name}"), definition);
    }
    match schema {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
