use std::collections::BTreeSet;

use super::*;

fn walk<'a>(json: &'a Json, visit: &mut dyn FnMut(&'a Map<String, Json>)) {
    match json {
        Json::Array(list) => list.iter().for_each(|json| walk(json, visit)),
        Json::Object(map) => {
            visit(map);
            map.values().for_each(|json| walk(json, visit));
        }
        _ => {}
    }
}

#[test]
fn there_is_no_null_in_it() {
    let schema = schema();
    walk(&schema, &mut |map| {
        if let Some(kind) = map.get("type") {
            assert!(
                kind != "null" && !kind.as_array().is_some_and(|types| types.iter().any(|t| t == "null")),
                "{map:?}"
            );
        }
        assert!(
            !map.get("enum").and_then(Json::as_array).is_some_and(|values| values.iter().any(Json::is_null)),
            "{map:?}"
        );
    });
}

#[test]
fn every_reference_leads_somewhere() {
    let schema = schema();
    let mut targets = BTreeSet::new();
    walk(&schema, &mut |map| {
        if let Some(target) = map.get("$ref").and_then(Json::as_str) {
            targets.insert(target.to_owned());
        }
    });
    assert!(targets.len() > 10);
    for target in targets {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(schema.pointer(pointer).is_some(), "{target}");
    }
}

#[test]
fn every_definition_carries_its_section_and_is_used() {
    let schema = schema();
    let mut used = BTreeSet::new();
    walk(&schema, &mut |map| {
        if let Some(target) = map.get("$ref").and_then(Json::as_str) {
            used.insert(target.trim_start_matches("#/definitions/").split('/').next().unwrap().to_owned());
        }
    });
    let prefixes: BTreeSet<&str> = registry::all()
        .iter()
        .map(|row| row.descriptor.section)
        .chain(["stack", "entry", "iam", "variables"])
        .collect();
    for name in schema["definitions"].as_object().unwrap().keys() {
        assert!(prefixes.contains(name.split('.').next().unwrap()), "{name}");
        assert!(used.contains(name), "nothing uses {name}");
    }
}

#[test]
fn every_property_of_every_kind_says_what_it_is() {
    for row in registry::all() {
        let (entry, definitions) = entry_of(row);
        let mut silent = Vec::new();
        let mut check = |name: &str, schema: &Json| {
            for (field, property) in schema["properties"].as_object().into_iter().flatten() {
                if property.get("description").is_none() {
                    silent.push(format!("{name}.{field}"));
                }
            }
        };
        check(row.descriptor.section, &entry);
        definitions.iter().for_each(|(name, definition)| check(name, definition));
        assert!(silent.is_empty(), "no doc comment: {silent:?}");
    }
}

#[test]
fn the_same_registry_gives_the_same_bytes() {
    assert_eq!(schema().to_string(), schema().to_string());
}

#[test]
fn a_truth_value_of_every_entry_may_be_an_expression() {
    let schema = schema();
    let protect = &schema["definitions"]["entry.LifecycleSpec"]["properties"]["protect"];
    assert_eq!(protect["anyOf"], json!([{ "type": "boolean" }, { "type": "string", "pattern": EXPRESSION }]));
}
