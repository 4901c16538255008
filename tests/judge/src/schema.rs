//! Parameters and bodies against the document's schemas.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::documents::{Document, Method};
use crate::exchange::Exchange;
use crate::format;

/// Parameters that every Google API takes.
const COMMON: &[&str] = &["alt", "fields", "key", "prettyPrint", "quotaUser", "uploadType", "$alt", "userProject"];

/// Fields that discovery calls output only and that a client must send all the same: schema, field, reason.
const EXCUSED: &[(&str, &str, &str)] = &[];

/// Values outside an enum that a client may send: schema and field, value, reason.
const UNLISTED: &[(&str, &str, &str)] = &[(
    "ForwardingRule.loadBalancingScheme",
    "",
    "an endpoint of Private Service Connect has no scheme; Terraform's provider sends it empty, gcloud leaves it out",
)];

/// What is wrong with the parameters.
pub fn parameters(exchange: &Exchange, _book: &Document, method: &Method) -> Vec<String> {
    let mut faults = Vec::new();
    let known = method.json["parameters"].as_object();
    let find = |name: &str| known.and_then(|known| known.get(name)).filter(|known| known["location"] == "query");
    for (name, value) in &exchange.query {
        match find(name) {
            Some(parameter) => faults.extend(of_parameter(name, parameter, value)),
            None if COMMON.contains(&name.as_str()) => {}
            None => faults.push(format!("there is no parameter `{name}`")),
        }
    }
    for (name, parameter) in known.into_iter().flatten() {
        let times = exchange.query.iter().filter(|(key, _)| key == name).count();
        let in_query = parameter["location"] == "query";
        if in_query && parameter["required"] == true && times == 0 {
            faults.push(format!("parameter `{name}` is missing"));
        }
        if in_query && parameter["repeated"] != true && times > 1 {
            faults.push(format!("parameter `{name}` stands {times} times"));
        }
    }
    faults
}

fn of_parameter(name: &str, schema: &Json, text: &str) -> Option<String> {
    let fault = |what: String| Some(format!("parameter `{name}`: {what}"));
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.iter().any(|value| value == text)
    {
        return fault(format!("`{text}` is not one of Google's values"));
    }
    match schema["type"].as_str() {
        Some("boolean") if text != "true" && text != "false" => fault(format!("`{text}` is no boolean")),
        Some("integer") => match text.parse::<i128>() {
            Ok(number) => format::integer(schema["format"].as_str(), number).and_then(fault),
            Err(_) => fault(format!("`{text}` is no integer")),
        },
        Some("string") => format::text(schema["format"].as_str(), text).and_then(fault),
        _ => None,
    }
}

/// What is wrong with the body.
pub fn body(exchange: &Exchange, book: &Document, method: &Method) -> Vec<String> {
    let mut faults = Vec::new();
    let is_empty = exchange.body.as_object().is_some_and(Map::is_empty);
    match method.request() {
        // The contents of an object, which may be anything.
        _ if method.is_upload => {}
        Some(name) if exchange.body.is_null() => {
            let required: Vec<&str> = required(&book.schemas[name], &method.id).collect();
            if exchange.method != "GET" && !required.is_empty() {
                faults.push(format!("the body is missing: {required:?}"));
            }
        }
        Some(name) => {
            let check = Check { book, method: &method.id, is_partial: exchange.method == "PATCH" };
            check.value(&exchange.body, &book.schemas[name], name, &mut faults);
        }
        None if exchange.body.is_null() || is_empty => {}
        None => faults.push("the method takes no body".to_owned()),
    }
    faults
}

/// Fields that always must be there, and those that this method needs.
fn required<'a>(schema: &'a Json, method: &str) -> impl Iterator<Item = &'a str> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .filter(move |(_, property)| property["required"] == true || is_annotated(property, method))
        .map(|(name, _)| name.as_str())
}

fn is_annotated(property: &Json, method: &str) -> bool {
    let methods = property["annotations"]["required"].as_array();
    methods.is_some_and(|methods| methods.iter().any(|name| name == method))
}

struct Check<'a> {
    book: &'a Document,
    method: &'a str,
    /// Fields may be left out because only some are changed.
    is_partial: bool,
}

impl Check<'_> {
    fn value(&self, value: &Json, schema: &Json, place: &str, faults: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            return self.value(value, &self.book.schemas[name], place, faults);
        }
        let wrong = |expected: &str| format!("`{place}`: {value} is no {expected}");
        match (schema["type"].as_str().unwrap_or("any"), value) {
            ("object", Json::Object(map)) => self.object(map, schema, place, faults),
            ("array", Json::Array(list)) => {
                for (position, element) in list.iter().enumerate() {
                    self.value(element, &schema["items"], &format!("{place}.{position}"), faults);
                }
            }
            ("string", Json::String(text)) => faults.extend(string(text, schema, place)),
            ("integer", Json::Number(number)) => match number.to_string().parse::<i128>() {
                Ok(number) => faults.extend(
                    format::integer(schema["format"].as_str(), number).map(|fault| format!("`{place}`: {fault}")),
                ),
                Err(_) => faults.push(wrong("integer")),
            },
            ("boolean", Json::Bool(_)) | ("number", Json::Number(_)) | ("any", _) => {}
            ("array", _) => faults.push(wrong("list")),
            (expected, _) => faults.push(wrong(expected)),
        }
    }

    fn object(&self, map: &Map<String, Json>, schema: &Json, place: &str, faults: &mut Vec<String>) {
        let properties = schema["properties"].as_object();
        for (name, value) in map {
            let below = format!("{place}.{name}");
            let property = properties.and_then(|properties| properties.get(name));
            match (property, schema.get("additionalProperties")) {
                (Some(property), _) => {
                    let is_excused = EXCUSED.iter().any(|(path, field, _)| *path == place && field == name);
                    if property["readOnly"] == true && !is_excused {
                        faults.push(format!("`{below}` is output only"));
                    }
                    self.value(value, property, &below, faults);
                }
                (None, Some(any)) => self.value(value, any, &below, faults),
                (None, None) if properties.is_none() => {}
                (None, None) => faults.push(format!("`{below}` is not in Google's schema")),
            }
        }
        if !self.is_partial {
            let missing = required(schema, self.method).filter(|name| !map.contains_key(*name));
            faults.extend(missing.map(|name| format!("`{place}.{name}` is required and missing")));
        }
    }
}

fn string(text: &str, schema: &Json, place: &str) -> Option<String> {
    let fault = |what: String| format!("`{place}`: {what}");
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.iter().any(|value| value == text)
        && !UNLISTED.iter().any(|(path, value, _)| *path == place && *value == text)
    {
        return Some(fault(format!("`{text}` is not one of Google's values")));
    }
    format::text(schema["format"].as_str(), text).map(fault)
}

/// The fields that a body or an answer sets, each as `Schema.field`.
pub fn fields(value: &Json, schema: &str, book: &Document) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    gather(value, &book.schemas[schema], schema, book, &mut found);
    found
}

fn gather(value: &Json, schema: &Json, name: &str, book: &Document, found: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        return gather(value, &book.schemas[name], name, book, found);
    }
    match value {
        Json::Array(list) => list.iter().for_each(|element| gather(element, &schema["items"], name, book, found)),
        Json::Object(map) => {
            for (field, value) in map {
                let property = &schema["properties"][field.as_str()];
                let inner = if property.is_null() { &schema["additionalProperties"] } else { property };
                if !property.is_null() {
                    found.insert(format!("{name}.{field}"));
                }
                let below = if property.is_null() { name.to_owned() } else { format!("{name}.{field}") };
                gather(value, inner, &below, book, found);
            }
        }
        _ => {}
    }
}
