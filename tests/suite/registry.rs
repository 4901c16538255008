//! Walks the registry: what every kind must have, held against its own schema and Google's discovery documents.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use stackctl::kinds::{Flag, Row, registry, shape};

use crate::examples::{entries, project};

/// The schema of each kind's resource, and the document that has it.
const RESOURCES: &[(&str, &str, &str)] = &[
    ("networks", "Network", include_str!("../discovery/compute.v1.json")),
    ("subnetworks", "Subnetwork", include_str!("../discovery/compute.v1.json")),
    ("addresses", "Address", include_str!("../discovery/compute.v1.json")),
    ("forwardingRules", "ForwardingRule", include_str!("../discovery/compute.v1.json")),
    ("serviceAccounts", "ServiceAccount", include_str!("../discovery/iam.v1.json")),
    ("iamBindings", "Binding", include_str!("../discovery/cloudresourcemanager.v1.json")),
    ("sqlInstances", "DatabaseInstance", include_str!("../discovery/sqladmin.v1.json")),
    ("sqlDatabases", "Database", include_str!("../discovery/sqladmin.v1.json")),
    ("sqlUsers", "User", include_str!("../discovery/sqladmin.v1.json")),
    ("secrets", "Secret", include_str!("../discovery/secretmanager.v1.json")),
    ("repositories", "Repository", include_str!("../discovery/artifactregistry.v1.json")),
    ("services", "GoogleCloudRunV2Service", include_str!("../discovery/run.v2.json")),
    ("workerPools", "GoogleCloudRunV2WorkerPool", include_str!("../discovery/run.v2.json")),
    ("jobs", "GoogleCloudRunV2Job", include_str!("../discovery/run.v2.json")),
];

/// What stands in the file and in no resource of Google's, with the reason.
const FILE_ONLY: &[(&str, &str, &str)] = &[
    ("sqlInstances", "rootPassword", "where the password comes from; never in a document"),
    ("sqlUsers", "password", "where the password comes from; never in a document"),
    ("sqlUsers", "serviceAccount", "the login name follows from it"),
    ("sqlUsers", "user", "the login name follows from it"),
    ("sqlUsers", "group", "the login name follows from it"),
    ("secrets", "env", "where the payload comes from; never in a document"),
    ("secrets", "file", "where the payload comes from; never in a document"),
    ("secrets", "generate", "where the payload comes from; never in a document"),
    ("services", "invokers", "short for the role run.invoker in `iam`"),
    ("jobs", "invokers", "short for the role run.invoker in `iam`"),
];

/// Rules of what stands beside the resource's schema, with the reason.
const BESIDE: &[(&str, &str)] = &[
    ("value", "a secret's payload, by the name under which the inventory keeps its hash"),
    ("@type", "an operation's answer is a resource with its type"),
    ("container", "the main container, without a name of its own in the file"),
    ("sidecars{}", "a container by its name"),
    ("latestReadyRevision", "services and worker pools only; the three of Cloud Run share their rules"),
    ("latestCreatedRevision", "services and worker pools only; the three of Cloud Run share their rules"),
    ("threatDetectionEnabled", "services and worker pools only; the three of Cloud Run share their rules"),
];

/// A resource's schema in Google's discovery documents.
pub struct Schema {
    document: Json,
    root: &'static str,
}

/// The schema of a section's resource.
pub fn resource(section: &str) -> Schema {
    let (_, root, text) = RESOURCES.iter().find(|(name, ..)| *name == section).expect("a resource in the table");
    Schema { document: serde_json::from_str(text).unwrap(), root }
}

impl Schema {
    /// What discovery says of a field: `None` where there is none. A free map takes every key.
    pub fn described(&self, path: &str) -> Option<Json> {
        let mut schema = json!({"$ref": self.root});
        for part in path.split('.') {
            let (name, elements) = part.split_at(part.find(['[', '{']).unwrap_or(part.len()));
            schema = self.resolved(&schema);
            let found = match schema.get("properties") {
                Some(properties) => properties.get(name)?,
                None => schema.get("additionalProperties")?,
            };
            schema = found.clone();
            if elements.starts_with('[') {
                schema = self.resolved(&schema).get("items")?.clone();
            } else if elements.starts_with('{') {
                schema = self.resolved(&schema).get("additionalProperties")?.clone();
            }
        }
        Some(schema)
    }

    /// A resource without what Google alone writes; the fields in `ours` stay though they are said to be Google's.
    pub fn without_outputs(&self, resource: &Json, ours: &[&str]) -> Json {
        self.stripped(resource, &json!({"$ref": self.root}), ours)
    }

    fn stripped(&self, value: &Json, schema: &Json, ours: &[&str]) -> Json {
        let schema = self.resolved(schema);
        match value {
            Json::Object(map) => {
                let inner = |key: &str| schema["properties"].get(key).or_else(|| schema.get("additionalProperties"));
                let kept = map.iter().filter(|(key, _)| {
                    ours.contains(&key.as_str()) || inner(key).is_none_or(|schema| schema["readOnly"] != true)
                });
                kept.map(|(key, value)| (key.clone(), self.stripped(value, inner(key).unwrap_or(&Json::Null), ours)))
                    .collect()
            }
            Json::Array(list) => list.iter().map(|element| self.stripped(element, &schema["items"], ours)).collect(),
            single => single.clone(),
        }
    }

    fn resolved(&self, schema: &Json) -> Json {
        match schema.get("$ref").and_then(Json::as_str) {
            Some(name) => self.document["schemas"][name].clone(),
            None => schema.clone(),
        }
    }
}

/// The fields of a kind's spec, each with its description: `env{}.secret`, `traffic[].percent`.
fn fields(row: &Row) -> BTreeMap<String, Option<String>> {
    let mut generator = schemars::SchemaGenerator::default();
    let schema = (row.schema)(&mut generator);
    let definitions = Json::Object(generator.take_definitions(true));
    let mut found = BTreeMap::new();
    walk(schema.as_value(), &definitions, "", &mut found);
    found
}

fn walk(schema: &Json, definitions: &Json, at: &str, found: &mut BTreeMap<String, Option<String>>) {
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        walk(&definitions[reference.rsplit('/').next().unwrap()], definitions, at, found);
    }
    for choice in ["anyOf", "oneOf"].iter().filter_map(|key| schema.get(*key)?.as_array()).flatten() {
        walk(choice, definitions, at, found);
    }
    for (name, inner) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        let words = inner.get("description").and_then(Json::as_str).map(str::to_owned);
        found.insert(path.clone(), words);
        walk(inner, definitions, &path, found);
    }
    if let Some(items) = schema.get("items") {
        walk(items, definitions, &format!("{at}[]"), found);
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        walk(values, definitions, &format!("{at}{{}}"), found);
    }
}

/// Collects what is wrong and shows all of it at once.
pub fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn is_in_table(section: &str, path: &str) -> bool {
    FILE_ONLY.iter().any(|(kind, field, _)| {
        *kind == section
            && path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{']))
    })
}

#[test]
fn the_sections_come_in_the_order_in_which_they_are_documented() {
    let sections: Vec<_> = registry::all().iter().map(|row| row.descriptor.section).collect();
    let documented: Vec<_> = RESOURCES.iter().map(|(section, ..)| *section).collect();
    assert_eq!(sections, documented);
}

#[test]
fn every_kind_and_field_has_a_description() {
    let mut faults = Vec::new();
    for row in registry::all() {
        let section = row.descriptor.section;
        for (what, words) in [("noun", row.descriptor.noun), ("doc", row.descriptor.doc)] {
            if words.is_empty() {
                faults.push(format!("{section} has no {what}"));
            }
        }
        let fields = fields(row);
        assert!(!fields.is_empty(), "{section} has no fields");
        for (path, words) in fields {
            if words.is_none_or(|words| words.trim().is_empty()) {
                faults.push(format!("{section}.{path} has no description"));
            }
        }
        for output in row.descriptor.outputs.iter().filter(|output| output.doc.is_empty()) {
            faults.push(format!("the output {section}.{} has no description", output.name));
        }
    }
    none(faults);
}

#[test]
fn every_field_is_one_of_googles_and_none_is_googles_alone() {
    let mut faults = Vec::new();
    for row in registry::all() {
        let (section, schema) = (row.descriptor.section, resource(row.descriptor.section));
        for path in fields(row).keys().filter(|path| !is_in_table(section, path)) {
            let api = shape::api_path(row.descriptor.shapes, path);
            let rule = rule_of(row, path);
            match schema.described(&api) {
                None => faults.push(format!("{section}.{path}: discovery has no `{api}`")),
                // A field that Google alone writes, but for a call of its own (`:disable`).
                Some(said) if said["readOnly"] == true && rule.via().is_none() => {
                    faults.push(format!("{section}.{path}: `{api}` is output only"));
                }
                Some(_) if rule.has(Flag::OutputOnly) => {
                    faults.push(format!("{section}.{path} can be written and its rule says output only"));
                }
                Some(_) => {}
            }
        }
    }
    none(faults);
}

fn rule_of(row: &Row, pattern: &str) -> stackctl::kinds::Found {
    let path = pattern.replace("[]", "[0]").replace("{}", ".any");
    stackctl::kinds::rules::find(row.descriptor, &path.parse().expect("a pattern with its holes filled is a path"))
}

#[test]
fn every_rule_speaks_of_a_field_and_says_where_it_is_from() {
    let mut faults = Vec::new();
    for row in registry::all() {
        let (section, schema) = (row.descriptor.section, resource(row.descriptor.section));
        let spec = fields(row);
        let mut seen = BTreeSet::new();
        for rule in row.descriptor.fields {
            if rule.source.len() < 5 {
                faults.push(format!("{section}.{}: no source", rule.path));
            }
            if !seen.insert(rule.path) {
                faults.push(format!("{section}.{}: two rules", rule.path));
            }
            if rule.default.is_some_and(|text| serde_json::from_str::<Json>(text).is_err()) {
                faults.push(format!("{section}.{}: its default is no JSON", rule.path));
            }
            let plain = rule.path.split("[\"").next().unwrap();
            let plain = plain.strip_suffix("[]").or_else(|| plain.strip_suffix("{}")).unwrap_or(plain);
            let api = shape::api_path(row.descriptor.shapes, plain);
            let is_known = spec.contains_key(plain)
                || schema.described(&api).is_some()
                || BESIDE.iter().any(|(path, _)| *path == plain);
            if !is_known {
                faults.push(format!("{section}.{}: neither the spec nor discovery (`{api}`) has it", rule.path));
            }
        }
    }
    none(faults);
}

#[test]
fn every_output_is_a_field_of_googles_or_known_before() {
    let mut faults = Vec::new();
    for row in registry::all() {
        let (section, schema) = (row.descriptor.section, resource(row.descriptor.section));
        let paths = row.descriptor.outputs.iter().filter(|output| !output.path.is_empty());
        for output in paths.filter(|output| schema.described(output.path).is_none()) {
            faults.push(format!("{section}.{}: discovery has no `{}`", output.name, output.path));
        }
        for entry in entries(section) {
            for name in (row.known_outputs)(&entry.place, &project(), &entry.doc).keys() {
                if !row.descriptor.outputs.iter().any(|output| output.name == name) {
                    faults.push(format!("{section}.{name} is given and not in the list of outputs"));
                }
            }
        }
    }
    none(faults);
}

#[test]
fn every_kind_has_durations_paths_and_a_naming_rule() {
    for row in registry::all() {
        let (section, durations) = (row.descriptor.section, row.descriptor.durations);
        assert!(durations.create > 0 && durations.delete > 0, "{section}: durations");
        assert!(row.descriptor.item.starts_with("projects/{project}"), "{section}: item");
        assert!(row.descriptor.api.prefix.starts_with('/') && row.descriptor.api.prefix.ends_with('/'), "{section}");
        // A binding's name is a key of the file alone.
        if section != "iamBindings" {
            assert!((row.check_name)("").is_err(), "{section}: an empty name");
            assert!((row.check_name)(&"a".repeat(2000)).is_err(), "{section}: a long name");
        }
    }
}
