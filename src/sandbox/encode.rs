//! Answers for clients that ask for numbers in the place of enum names: `$alt=json;enum-encoding=int`.

use serde_json::{Value as Json, json};

use super::discovery::{Api, Schema, numbers};

/// Whether a request asks for it.
pub fn wants_numbers(alt: Option<&str>) -> bool {
    alt.is_some_and(|alt| alt.contains("enum-encoding=int"))
}

/// Replaces the names of enum values by their numbers, as the method's response schema tells them.
pub fn with_numbers(api: &Api, response: Option<&str>, mut answer: Json) -> Json {
    if let Some(schema) = response.and_then(|name| api.find_schema(name)) {
        encode(api, schema, &mut answer);
    }
    answer
}

fn encode(api: &Api, schema: &Schema, value: &mut Json) {
    let schema = api.resolve(schema);
    match value {
        Json::Object(map) => {
            // What a `google.protobuf.Any` holds says its own type.
            let own = map.get("@type").and_then(Json::as_str).and_then(|kind| of_type(api, kind));
            let schema = own.unwrap_or(schema);
            for (name, inner) in map.iter_mut() {
                match (schema.properties.get(name), &schema.additional_properties) {
                    (Some(field), _) => encode(api, field, inner),
                    (None, Some(any)) => encode(api, any, inner),
                    (None, None) => {}
                }
            }
        }
        Json::Array(list) => {
            if let Some(items) = &schema.items {
                list.iter_mut().for_each(|one| encode(api, items, one));
            }
        }
        Json::String(text) if !schema.options.is_empty() => {
            if let Some(number) = numbers::number_of(schema, text) {
                *value = json!(number);
            }
        }
        _ => {}
    }
}

/// `type.googleapis.com/google.cloud.run.v2.Job` is the document's `GoogleCloudRunV2Job` or plainly `Job`.
fn of_type<'a>(api: &'a Api, kind: &str) -> Option<&'a Schema> {
    let name = kind.rsplit('/').next()?;
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
    };
    let long: String = name.split('.').map(capital).collect();
    api.find_schema(&long).or_else(|| api.find_schema(name.rsplit('.').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::discovery;

    #[test]
    fn enums_become_numbers_also_inside_of_an_operation() {
        let api = discovery::find("run", "v2/").unwrap();
        let job = json!({
            "@type": "type.googleapis.com/google.cloud.run.v2.Job", "launchStage": "GA",
            "terminalCondition": {"state": "CONDITION_PENDING"},
            "template": {"template": {"executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2", "timeout": "600s"}}
        });
        let operation = json!({"name": "n", "metadata": job});
        let encoded = with_numbers(api, Some("GoogleLongrunningOperation"), operation);
        let metadata = &encoded["metadata"];
        assert_eq!((&metadata["launchStage"], &metadata["terminalCondition"]["state"]), (&json!(4), &json!(1)));
        let task = &metadata["template"]["template"];
        assert_eq!((&task["executionEnvironment"], &task["timeout"]), (&json!(2), &json!("600s")));
    }
}
