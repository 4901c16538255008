//! Every field that can be written stands in Google's discovery document, where `api_path` says, and none that Google
//! alone sets can be written.

use std::collections::BTreeSet;

use super::*;
use crate::kinds::{registry, shape};

const DOCUMENT: &str = include_str!("../../../../tests/discovery/run.v2.json");

/// The fields of a kind's schema as file paths, leaves and inner ones: `env{}.secret`, `traffic[].percent`.
fn fields(section: &str) -> BTreeSet<String> {
    let mut generator = schemars::SchemaGenerator::default();
    let schema = (registry::find(section).unwrap().schema)(&mut generator);
    let definitions = Json::Object(generator.take_definitions(true));
    let mut found = BTreeSet::new();
    walk(schema.as_value(), &definitions, "", &mut found);
    found
}

fn walk(schema: &Json, definitions: &Json, at: &str, found: &mut BTreeSet<String>) {
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        let name = reference.rsplit('/').next().unwrap();
        walk(&definitions[name], definitions, at, found);
    }
    for choice in schema.get("anyOf").and_then(Json::as_array).into_iter().flatten() {
        walk(choice, definitions, at, found);
    }
    for (name, inner) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        found.insert(path.clone());
        walk(inner, definitions, &path, found);
    }
    if let Some(items) = schema.get("items") {
        walk(items, definitions, &format!("{at}[]"), found);
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        walk(values, definitions, &format!("{at}{{}}"), found);
    }
}

/// What discovery says of an API path: `None` where it has no such field.
fn described<'a>(schemas: &'a Json, root: &str, path: &str) -> Option<&'a Json> {
    let mut schema = &schemas[root];
    let mut field = &Json::Null;
    for part in path.split('.') {
        let (name, elements) = part.split_at(part.find(['[', '{']).unwrap_or(part.len()));
        let properties = schema.get("properties");
        field = match properties {
            Some(properties) => properties.get(name)?,
            // A map with keys of the user's own, which the path names (`resources.limits.cpu`).
            None => field.get("additionalProperties")?,
        };
        let mut inner = field;
        if elements.starts_with('[') {
            inner = field.get("items")?;
        }
        if elements.starts_with('{') {
            inner = field.get("additionalProperties")?;
        }
        schema = match inner.get("$ref").and_then(Json::as_str) {
            Some(name) => &schemas[name],
            None => inner,
        };
    }
    Some(field)
}

#[test]
fn every_field_that_can_be_written_is_a_field_of_the_api() {
    let document: Json = serde_json::from_str(DOCUMENT).unwrap();
    let roots = [("services", "Service"), ("workerPools", "WorkerPool"), ("jobs", "Job")];
    for (section, root) in roots {
        let root = format!("GoogleCloudRunV2{root}");
        let fields = fields(section);
        assert!(fields.len() > 100, "{section}: {} fields", fields.len());
        for field in fields.iter().filter(|field| !field.starts_with("invokers")) {
            let path = shape::api_path(descriptor(section).shapes, field);
            let said = described(&document["schemas"], &root, &path);
            let said = said.unwrap_or_else(|| panic!("{section}.{field}: discovery has no `{path}`"));
            assert_ne!(said["readOnly"], true, "{section}.{field}: `{path}` is Google's alone");
        }
    }
}

#[test]
fn every_rule_and_output_speaks_of_a_field_of_the_api() {
    let document: Json = serde_json::from_str(DOCUMENT).unwrap();
    for (section, root) in [("services", "Service"), ("workerPools", "WorkerPool"), ("jobs", "Job")] {
        let root = format!("GoogleCloudRunV2{root}");
        for rule in descriptor(section).fields.iter().filter(|rule| !rule.path.contains("[\"")) {
            let path = shape::api_path(descriptor(section).shapes, rule.path);
            let said = described(&document["schemas"], &root, &path);
            let is_only = rule.has(crate::kinds::Flag::OutputOnly) && !SENT_BY_SOME.contains(&rule.path);
            match said {
                Some(said) if is_only => assert_eq!(said["readOnly"], true, "{section}.{}", rule.path),
                Some(_) => {}
                None => assert!(elsewhere(section, rule.path), "{section}.{}: discovery has no `{path}`", rule.path),
            }
        }
        for output in descriptor(section).outputs.iter().filter(|output| !output.path.is_empty()) {
            assert!(described(&document["schemas"], &root, output.path).is_some(), "{section}: {}", output.path);
        }
    }
}

/// Output only to us, though the API takes them: the name is in the URL, the etag guards, Google chooses the id.
const SENT_BY_SOME: &[&str] = &["name", "etag", "multiRegionSettings.multiRegionId"];

/// Rules that all three share and that not all three need, and what stands beside a resource.
fn elsewhere(section: &str, rule: &str) -> bool {
    let beside = ["@type", "container", "sidecars{}"];
    let not_in_jobs = ["latestReadyRevision", "latestCreatedRevision", "threatDetectionEnabled"];
    beside.contains(&rule) || (section == "jobs" && not_in_jobs.contains(&rule))
}
