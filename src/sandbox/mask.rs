//! Update masks: which fields of a body an update touches.

use serde_json::{Map, Value as Json};

use super::check::camel_case;

/// The paths of a mask (`labels,rotation.next_rotation_time`) in the document's spelling; map keys stay as they are.
pub fn paths(mask: &str) -> Vec<Vec<String>> {
    mask.split(',')
        .map(str::trim)
        .filter(|path| !path.is_empty())
        .map(|path| path.split('.').map(camel_case).collect())
        .collect()
}

/// Copies what the paths name from `body` into `document`; what the body lacks is taken away.
pub fn apply(document: &mut Json, body: &Json, paths: &[Vec<String>]) {
    for path in paths {
        copy(document, body, path);
    }
}

fn copy(document: &mut Json, body: &Json, path: &[String]) {
    let Some((first, rest)) = path.split_first() else { return };
    if !document.is_object() {
        *document = Json::Object(Map::new());
    }
    let Some(map) = document.as_object_mut() else { return };
    let given = body.get(first).unwrap_or(&Json::Null);
    if rest.is_empty() {
        match given {
            Json::Null => drop(map.shift_remove(first)),
            given => drop(map.insert(first.clone(), given.clone())),
        }
    } else if !given.is_null() || map.contains_key(first) {
        copy(map.entry(first.clone()).or_insert(Json::Null), given, rest);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_named_fields_change_and_absent_ones_go() {
        let mut document = json!({"labels": {"a": "1"}, "topics": [1], "rotation": {"period": "1s", "next": "t"}});
        let body = json!({"labels": {"b": "2"}, "rotation": {"next": "u"}, "other": true});
        apply(&mut document, &body, &paths("labels,topics,rotation.next,rotation.not_there"));
        assert_eq!(document, json!({"labels": {"b": "2"}, "rotation": {"period": "1s", "next": "u"}}));
    }
}
