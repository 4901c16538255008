//! Field masks: each path exists in the schema and is not output only (<https://google.aip.dev/134>,
//! <https://protobuf.dev/reference/protobuf/google.protobuf/#field-mask>); and the `fields` of an answer
//! (<https://cloud.google.com/apis/docs/system-parameters>).

use serde_json::Value as Json;

use crate::documents::{Document, Method};
use crate::exchange::Exchange;

/// What is wrong with a request's masks.
pub fn faults(exchange: &Exchange, book: &Document, method: &Method) -> Vec<String> {
    let mut faults = Vec::new();
    if let (Some(mask), Some(name)) = (exchange.parameter("updateMask"), method.request()) {
        faults.extend(of_update(mask, &book.schemas[name], book));
    }
    if let (Some(mask), Some(name)) = (exchange.body["updateMask"].as_str(), method.request()) {
        match masked_property(&book.schemas[name]) {
            Some(property) => faults.extend(of_update(mask, property, book)),
            None => faults.push(format!("`updateMask` in the body of `{name}` masks nothing")),
        }
    }
    if let (Some(fields), Some(name)) = (exchange.parameter("fields"), method.response()) {
        faults.extend(of_answer(fields, &book.schemas[name], book));
    }
    faults
}

/// A mask in a body speaks of the one resource beside it.
fn masked_property(schema: &Json) -> Option<&Json> {
    let properties = schema["properties"].as_object()?;
    let mut resources = properties.values().filter(|property| property.get("$ref").is_some());
    let first = resources.next()?;
    resources.next().is_none().then_some(first)
}

fn of_update(mask: &str, schema: &Json, book: &Document) -> Vec<String> {
    if mask == "*" {
        return Vec::new();
    }
    let paths = mask.split(',').map(|path| match walk(&path.split('.').collect::<Vec<_>>(), schema, book) {
        Ok(field) if field["readOnly"] == true => Some(format!("the mask's `{path}` is output only")),
        Ok(_) => None,
        Err(segment) => Some(format!("the mask's `{path}`: there is no field `{segment}`")),
    });
    paths.flatten().collect()
}

/// Leads along a path; `Err` holds the segment that is no field.
fn walk<'a>(path: &[&'a str], schema: &'a Json, book: &'a Document) -> Result<&'a Json, &'a str> {
    let schema = resolved(schema, book);
    let Some((segment, rest)) = path.split_first() else { return Ok(schema) };
    // Whatever a map holds: its keys may be anything, dots included.
    if schema.get("additionalProperties").is_some() {
        return Ok(schema);
    }
    let Some(property) = schema["properties"].get(camel(segment)) else { return Err(segment) };
    if rest.is_empty() || property["readOnly"] == true { Ok(property) } else { walk(rest, property, book) }
}

fn resolved<'a>(schema: &'a Json, book: &'a Document) -> &'a Json {
    schema["$ref"].as_str().map_or(schema, |name| resolved(&book.schemas[name], book))
}

/// Masks may be spelled as JSON or as protocol buffers spell fields.
fn camel(segment: &str) -> String {
    let mut parts = segment.split('_');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// `items(name,selfLink),nextPageToken` or `services/name`.
fn of_answer(fields: &str, schema: &Json, book: &Document) -> Vec<String> {
    let mut faults = Vec::new();
    for part in outer_parts(fields) {
        let (path, inside) = match part.split_once('(') {
            Some((path, inside)) => (path, inside.strip_suffix(')')),
            None => (part, None),
        };
        match through_lists(path, schema, book) {
            Ok(found) => faults.extend(inside.into_iter().flat_map(|inside| of_answer(inside, found, book))),
            Err(segment) => faults.push(format!("`fields`: the answer has no field `{segment}`")),
        }
    }
    faults
}

fn through_lists<'a>(path: &'a str, schema: &'a Json, book: &'a Document) -> Result<&'a Json, &'a str> {
    let mut at = resolved(schema, book);
    for segment in path.split('/') {
        if segment == "*" {
            return Ok(at);
        }
        at = match (at.get("additionalProperties"), at["properties"].get(segment)) {
            (Some(any), _) => any,
            (None, Some(property)) => property,
            (None, None) => return Err(segment),
        };
        at = resolved(at, book);
        if let Some(items) = at.get("items") {
            at = resolved(items, book);
        }
    }
    Ok(at)
}

/// Splits at the commas that stand in no brackets.
fn outer_parts(fields: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0);
    for (at, letter) in fields.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&fields[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&fields[from..]);
    parts
}
