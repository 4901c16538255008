//! Judges query parameters and bodies by the discovery document, as Google's front end does.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::discovery::{Api, ApiMethod, Schema, numbers};
use super::fault::{Fault, Style};

/// Parameters that every method takes.
const STANDARD: [&str; 21] = [
    "$.xgafv",
    "access_token",
    "alt",
    "callback",
    "fields",
    "key",
    "oauth_token",
    "prettyPrint",
    "quotaUser",
    "uploadType",
    "upload_protocol",
    "userIp",
    "$alt",
    "$fields",
    "$prettyPrint",
    "$key",
    "$quotaUser",
    "$callback",
    "$access_token",
    "$userProject",
    "$apiVersion",
];

/// Query parameters under the names that the document gives them; a repeated one has several values.
pub type Query = BTreeMap<String, Vec<String>>;

/// Checks the query parameters.
///
/// # Errors
/// A name that the method does not have, or a value of the wrong type.
pub fn query(method: &ApiMethod, given: &[(String, String)]) -> Result<Query, Fault> {
    let mut query = Query::new();
    let mut violations = Vec::new();
    for (name, value) in given {
        if STANDARD.contains(&name.as_str()) {
            query.entry(name.clone()).or_default().push(value.clone());
            continue;
        }
        let camel = camel_case(name);
        match method.query.get_key_value(name.as_str()).or_else(|| method.query.get_key_value(&camel)) {
            None => violations.push((String::new(), unknown_parameter(name))),
            Some((known, schema)) => {
                let value = spelled(schema, value);
                if let Some(wrong) = wrong_scalar(schema, &Json::String(value.clone())) {
                    let path = snake_case(known);
                    violations.push((path.clone(), format!("Invalid value at '{path}' ({wrong}), \"{value}\"")));
                }
                query.entry(known.clone()).or_default().push(value);
            }
        }
    }
    if let Some((name, _)) = method.query.iter().find(|(name, schema)| schema.required && !query.contains_key(*name)) {
        let mut fault = Fault::invalid(format!("Required parameter: {name}")).reason("required");
        fault.location = Some(Box::new(("parameter", name.clone())));
        return Err(fault);
    }
    refuse(violations).map(|()| query)
}

/// A value in the spelling of its type: gcloud writes `True` and `False`, and Google takes them.
fn spelled(schema: &Schema, value: &str) -> String {
    match schema.kind.as_deref() {
        Some("boolean") => value.to_ascii_lowercase(),
        _ => value.to_owned(),
    }
}

fn unknown_parameter(name: &str) -> String {
    format!(
        "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. \
         Field '{name}' could not be found in request message."
    )
}

fn refuse(violations: Vec<(String, String)>) -> Result<(), Fault> {
    if violations.is_empty() {
        return Ok(());
    }
    let message: Vec<&str> = violations.iter().map(|(_, message)| message.as_str()).collect();
    Err(Fault::invalid(message.join("\n")).reason("badRequest").violations(&violations).from_front_end())
}

/// Checks a body and gives it back in canonical spelling: names as in the document, no nulls, no output-only fields,
/// 64-bit integers as strings, 32-bit ones as numbers.
///
/// # Errors
/// All unknown names and wrong types, in one fault.
pub fn body(api: &Api, method: &ApiMethod, given: &Json) -> Result<Json, Fault> {
    let Some(name) = &method.request else {
        return match given {
            Json::Null => Ok(Json::Null),
            Json::Object(map) if map.is_empty() => Ok(Json::Null),
            _ => Ok(Json::Null),
        };
    };
    let root = body_field(api, name);
    let mut judge = Judge { api, violations: Vec::new() };
    let body = match given {
        Json::Null => Json::Object(Map::new()),
        given => judge.value(api.schema(name), &without_path(method, given), &root).unwrap_or_default(),
    };
    refuse(judge.violations).map(|()| body)
}

/// A body that is the whole request may repeat what the path says (`parent`, `name`): recorded for Secret Manager.
fn without_path(method: &ApiMethod, given: &Json) -> Json {
    let mut given = given.clone();
    if let (Some(map), Some(name)) = (given.as_object_mut(), &method.request)
        && name.ends_with("Request")
    {
        map.retain(|field, _| !method.template.contains(&format!("{{+{field}}}")));
    }
    given
}

/// Where a body stands in Google's messages: in the request's field of the resource's name, or nowhere for a method
/// whose body is the whole request.
fn body_field(api: &Api, schema: &str) -> String {
    if api.style() == Style::Listed || schema.ends_with("Request") || schema.ends_with("Payload") {
        return String::new();
    }
    let short = schema.trim_start_matches("GoogleCloudRunV2").trim_start_matches("GoogleDevtoolsCloudbuildV1");
    snake_case(short)
}

struct Judge<'a> {
    api: &'a Api,
    violations: Vec<(String, String)>,
}

impl Judge<'_> {
    fn fault(&mut self, path: &str, message: String) -> Option<Json> {
        self.violations.push((path.to_owned(), message));
        None
    }

    fn value(&mut self, schema: &Schema, given: &Json, path: &str) -> Option<Json> {
        let schema = self.api.resolve(schema);
        match schema.kind.as_deref() {
            Some("object") => self.object(schema, given, path),
            Some("array") => self.array(schema, given, path),
            Some("any") | None => Some(given.clone()),
            Some(_) => self.scalar(schema, given, path),
        }
    }

    fn object(&mut self, schema: &Schema, given: &Json, path: &str) -> Option<Json> {
        let Json::Object(map) = given else {
            let message = format!("Invalid value at '{path}' (type.googleapis.com/google.protobuf.Struct), {given}");
            return self.fault(path, message);
        };
        let mut kept = Map::with_capacity(map.len());
        for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
            let camel = camel_case(name);
            let known = schema.properties.get_key_value(name.as_str());
            let known = known.or_else(|| schema.properties.get_key_value(&camel));
            if let Some((known, field)) = known {
                // Output-only fields are ignored whatever they hold.
                if field.read_only {
                    continue;
                }
                let inner = join(path, &self.spelled(known));
                if let Some(value) = self.value(field, value, &inner) {
                    kept.insert(known.clone(), value);
                }
            } else if let Some(any) = &schema.additional_properties {
                let inner = format!("{path}[{name}]");
                if let Some(value) = self.value(any, value, &inner) {
                    kept.insert(name.clone(), value);
                }
            } else {
                let at = if path.is_empty() { String::new() } else { format!(" at '{path}'") };
                let message = format!("Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field.");
                self.fault(path, message);
            }
        }
        Some(Json::Object(kept))
    }

    fn array(&mut self, schema: &Schema, given: &Json, path: &str) -> Option<Json> {
        let items = schema.items.as_deref()?;
        // A single value for a repeated field is a list of one, as in Google's parser.
        let list = match given {
            Json::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        let kept = list.iter().enumerate();
        Some(Json::Array(kept.filter_map(|(i, one)| self.value(items, one, &format!("{path}[{i}]"))).collect()))
    }

    fn scalar(&mut self, schema: &Schema, given: &Json, path: &str) -> Option<Json> {
        let last = path.rsplit('.').next().unwrap_or(path).to_owned();
        let outer = path.strip_suffix(&last).unwrap_or("").trim_end_matches('.').to_owned();
        match given {
            Json::Array(_) => {
                let at = if outer.is_empty() { String::new() } else { format!(" at '{outer}'") };
                let message = format!(
                    "Invalid JSON payload received. Unknown name \"{last}\"{at}: Proto field is not repeating, \
                     cannot start list."
                );
                self.fault(&outer, message)
            }
            Json::Object(_) => {
                let kind = wrong_type(schema);
                self.fault(path, format!("Invalid value at '{path}' ({kind}), Starting an object on a scalar field"))
            }
            // Compute takes an empty enum for one that is not set: clients of PSC endpoints send
            // `loadBalancingScheme: ""`.
            Json::String(text) if text.is_empty() && self.takes_empty(schema) => Some(given.clone()),
            given => match wrong_scalar(schema, given) {
                Some(kind) => self.fault(path, format!("Invalid value at '{path}' ({kind}), {given}")),
                None => Some(canonical(schema, given)),
            },
        }
    }

    fn takes_empty(&self, schema: &Schema) -> bool {
        !schema.options.is_empty() && matches!(self.api.style(), Style::Listed)
    }

    fn spelled(&self, name: &str) -> String {
        match self.api.style() {
            Style::Listed => name.to_owned(),
            _ => snake_case(name),
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The name of the type that a value should have had, if it has not.
fn wrong_scalar(schema: &Schema, given: &Json) -> Option<String> {
    let fits = match (schema.kind.as_deref(), given) {
        (Some("string"), Json::String(text)) if !schema.options.is_empty() => schema.options.contains(text),
        (Some("string"), Json::Number(number)) if !schema.options.is_empty() => {
            numbers::name_of(schema, number).is_some()
        }
        (Some("string"), Json::String(text)) => match schema.format.as_deref() {
            Some("int64") => text.parse::<i64>().is_ok(),
            Some("uint64") => text.parse::<u64>().is_ok(),
            Some("google-duration") => is_duration(text),
            Some("google-datetime") => text.parse::<jiff::Timestamp>().is_ok(),
            _ => true,
        },
        (Some("string"), Json::Number(number)) => match schema.format.as_deref() {
            Some("int64") => number.as_i64().is_some(),
            Some("uint64") => number.as_u64().is_some(),
            _ => false,
        },
        (Some("integer"), given) => {
            integer(given).is_some_and(|number| i32::try_from(number).is_ok() || is_wide(schema))
        }
        (Some("number"), Json::Number(_)) => true,
        (Some("number"), Json::String(text)) => text.parse::<f64>().is_ok(),
        (Some("boolean"), Json::Bool(_)) => true,
        (Some("boolean"), Json::String(text)) => text == "true" || text == "false",
        _ => false,
    };
    (!fits).then(|| wrong_type(schema))
}

fn is_wide(schema: &Schema) -> bool {
    schema.format.as_deref() == Some("uint32")
}

fn integer(given: &Json) -> Option<i64> {
    match given {
        Json::Number(number) => {
            number.as_i64().or_else(|| number.as_f64().filter(|f| f.fract() == 0.0).map(|f| f as i64))
        }
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn is_duration(text: &str) -> bool {
    text.strip_suffix('s').is_some_and(|number| number.parse::<f64>().is_ok())
}

fn wrong_type(schema: &Schema) -> String {
    match (schema.kind.as_deref(), schema.format.as_deref()) {
        (Some("string"), _) if !schema.options.is_empty() => "TYPE_ENUM",
        (Some("string"), Some("int64")) => "TYPE_INT64",
        (Some("string"), Some("uint64")) => "TYPE_UINT64",
        (Some("string"), Some("byte")) => "TYPE_BYTES",
        (Some("string"), Some("google-duration")) => "type.googleapis.com/google.protobuf.Duration",
        (Some("string"), Some("google-datetime")) => "type.googleapis.com/google.protobuf.Timestamp",
        (Some("string"), _) => "TYPE_STRING",
        (Some("integer"), Some("uint32")) => "TYPE_UINT32",
        (Some("integer"), _) => "TYPE_INT32",
        (Some("number"), Some("float")) => "TYPE_FLOAT",
        (Some("number"), _) => "TYPE_DOUBLE",
        _ => "TYPE_BOOL",
    }
    .to_owned()
}

fn canonical(schema: &Schema, given: &Json) -> Json {
    match (schema.kind.as_deref(), given) {
        (Some("string"), Json::Number(number)) if !schema.options.is_empty() => {
            numbers::name_of(schema, number).map_or(Json::Null, Json::from)
        }
        (Some("string"), Json::Number(number)) => Json::String(number.to_string()),
        (Some("integer"), given) => integer(given).map_or(Json::Null, Json::from),
        (Some("number"), Json::String(text)) => text.parse::<f64>().map_or(Json::Null, Json::from),
        (Some("boolean"), Json::String(text)) => Json::Bool(text == "true"),
        _ => given.clone(),
    }
}

/// `repository_id` → `repositoryId`.
pub fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' && !camel.is_empty() {
            upper = true;
        } else {
            camel.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    camel
}

/// `repositoryId` → `repository_id`.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('.') {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests;
