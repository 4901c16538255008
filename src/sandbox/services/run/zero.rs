//! What proto3's JSON leaves out: zeros, empty texts, lists and maps. An empty message stays.

use serde_json::Value as Json;

use crate::sandbox::discovery::{Api, Schema};

/// Fields that know absent from zero: `optional` ones and members of a `oneof`.
const PRESENT: [&str; 3] = ["maxRetries", "manualInstanceCount", "value"];

/// Drops zeros from a body, as its schema tells them.
pub(super) fn drop_zeros(api: &Api, schema: &str, body: &mut Json) {
    if let Some(schema) = api.find_schema(schema) {
        visit(api, schema, body);
    }
}

fn visit(api: &Api, schema: &Schema, value: &mut Json) {
    let schema = api.resolve(schema);
    match value {
        Json::Object(map) => {
            for (name, inner) in map.iter_mut() {
                if let Some(field) = schema.properties.get(name) {
                    visit(api, field, inner);
                }
            }
            map.retain(|name, inner| {
                PRESENT.contains(&name.as_str())
                    || schema.properties.get(name).is_none_or(|field| !is_zero(api.resolve(field), inner))
            });
        }
        Json::Array(list) => {
            if let Some(items) = &schema.items {
                list.iter_mut().for_each(|one| visit(api, items, one));
            }
        }
        _ => {}
    }
}

fn is_zero(schema: &Schema, value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Bool(true) => false,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) if !schema.options.is_empty() => schema.options.first() == Some(text),
        Json::String(text) => text.is_empty() || (schema.format.as_deref() == Some("int64") && text == "0"),
        Json::Array(list) => list.is_empty(),
        Json::Object(map) => map.is_empty() && schema.additional_properties.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::discovery;

    #[test]
    fn zeros_go_and_empty_messages_and_optional_zeros_stay() {
        let api = discovery::find("run", "v2/").unwrap();
        let mut body = json!({
            "description": "", "labels": {}, "invokerIamDisabled": false, "launchStage": "LAUNCH_STAGE_UNSPECIFIED",
            "scaling": {"minInstanceCount": 0, "manualInstanceCount": 0},
            "template": {"containers": [{"image": "i", "env": [{"name": "A", "value": ""}], "args": []}],
                         "volumes": [{"name": "v", "emptyDir": {}}]}
        });
        drop_zeros(api, "GoogleCloudRunV2Service", &mut body);
        let expected = json!({
            "scaling": {"manualInstanceCount": 0},
            "template": {"containers": [{"image": "i", "env": [{"name": "A", "value": ""}]}],
                         "volumes": [{"name": "v", "emptyDir": {}}]}
        });
        assert_eq!(body, expected);
    }
}
