//! Schemas as schemars writes them into schemas as the stack file's has them.

use serde_json::{Map, Value as Json, json};

use super::EXPRESSION;

/// Takes `null` out: an absent field is left out of the file, never written as `null`.
pub(super) fn without_null(schema: &mut Json) {
    match schema {
        Json::Array(list) => list.iter_mut().for_each(without_null),
        Json::Object(map) => {
            if let Some(Json::Array(types)) = map.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Json::Array(values)) = map.get_mut("enum") {
                values.retain(|value| !value.is_null());
            }
            for key in ["anyOf", "oneOf"] {
                drop_null_branch(map, key);
            }
            if map.get("default").is_some_and(Json::is_null) {
                map.shift_remove("default");
            }
            map.values_mut().for_each(without_null);
        }
        _ => {}
    }
}

/// `anyOf: [x, null]` is `x`; its own words (a description) stay beside it.
fn drop_null_branch(map: &mut Map<String, Json>, key: &str) {
    let Some(Json::Array(branches)) = map.get_mut(key) else { return };
    let before = branches.len();
    branches.retain(|branch| branch.get("type").is_none_or(|name| name != "null"));
    if branches.len() == before {
        return;
    }
    if let [Json::Object(only)] = branches.as_slice() {
        let only = only.clone();
        map.shift_remove(key);
        // Draft-07 readers pass over everything beside a `$ref`.
        if only.contains_key("$ref") && !map.is_empty() {
            map.insert("allOf".to_owned(), Json::Array(vec![Json::Object(only)]));
            return;
        }
        for (name, value) in only {
            map.entry(name).or_insert(value);
        }
    }
}

/// `#/definitions/Probe` becomes `#/definitions/services.Probe`.
pub(super) fn rename_definitions(schema: &mut Json, prefix: &str) {
    match schema {
        Json::Array(list) => list.iter_mut().for_each(|schema| rename_definitions(schema, prefix)),
        Json::Object(map) => {
            for (key, value) in map.iter_mut() {
                match value {
                    Json::String(text) if key == "$ref" => {
                        if let Some(name) = text.strip_prefix("#/definitions/") {
                            *text = format!("#/definitions/{prefix}.{name}");
                        }
                    }
                    other => rename_definitions(other, prefix),
                }
            }
        }
        _ => {}
    }
}

/// Lets truth values and numbers be expressions, too.
pub(super) fn or_expression(schema: &mut Json) {
    match schema {
        Json::Array(list) => list.iter_mut().for_each(or_expression),
        Json::Object(map) => {
            map.values_mut().for_each(or_expression);
            let is_other =
                map.get("type").is_some_and(|kind| matches!(kind.as_str(), Some("boolean" | "integer" | "number")));
            if is_other && let Some(kind) = map.shift_remove("type") {
                let branches = json!([{ "type": kind }, { "type": "string", "pattern": EXPRESSION }]);
                map.insert("anyOf".to_owned(), branches);
            }
        }
        _ => {}
    }
}
