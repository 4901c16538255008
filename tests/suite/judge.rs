//! Holds every request to Google's discovery documents: method, path, parameters, field names, types, enum values,
//! required fields, no output-only ones.
//!
//! Shares no code with the program: neither with the client that sends nor with the sandbox that answers.

use std::sync::LazyLock;

use serde_json::Value as Json;
use stackctl::wire::http::Body;
use stackctl::wire::{Method, Request};

const DOCUMENTS: &[&str] = &[
    include_str!("../discovery/artifactregistry.v1.json"),
    include_str!("../discovery/cloudresourcemanager.v1.json"),
    include_str!("../discovery/cloudresourcemanager.v3.json"),
    include_str!("../discovery/compute.v1.json"),
    include_str!("../discovery/iam.v1.json"),
    include_str!("../discovery/run.v2.json"),
    include_str!("../discovery/secretmanager.v1.json"),
    include_str!("../discovery/serviceusage.v1.json"),
    include_str!("../discovery/sqladmin.v1.json"),
    include_str!("../discovery/storage.v1.json"),
];

/// Parameters that every Google API takes.
const COMMON: &[&str] = &["alt", "fields", "key", "prettyPrint", "quotaUser", "uploadType", "$alt", "userProject"];

/// Fields that discovery calls output only and that a client must send all the same, with the reason.
const EXCUSED: &[(&str, &str, &str)] = &[];

struct Document {
    host: String,
    schemas: serde_json::Map<String, Json>,
    methods: Vec<(Vec<Segment>, Json)>,
}

/// A segment of a method's path.
enum Segment {
    Literal(String),
    /// `{name}` and what must stand behind it in the same segment (`:setIamPolicy`).
    Hole {
        suffix: String,
    },
}

static BOOKS: LazyLock<Vec<Document>> = LazyLock::new(|| DOCUMENTS.iter().map(|text| read(text)).collect());

fn read(text: &str) -> Document {
    let json: Json = serde_json::from_str(text).unwrap();
    let root = json["rootUrl"].as_str().unwrap();
    let base = json["servicePath"].as_str().unwrap();
    let mut methods = Vec::new();
    collect(&json["resources"], base, &mut methods);
    Document {
        host: root.trim_start_matches("https://").trim_end_matches('/').to_owned(),
        schemas: json["schemas"].as_object().unwrap().clone(),
        methods,
    }
}

fn collect(resources: &Json, base: &str, methods: &mut Vec<(Vec<Segment>, Json)>) {
    for resource in resources.as_object().into_iter().flat_map(serde_json::Map::values) {
        for method in resource["methods"].as_object().into_iter().flat_map(serde_json::Map::values) {
            let path = format!("{base}{}", method["path"].as_str().unwrap());
            methods.push((segments(&path), method.clone()));
            if method.get("mediaUpload").is_some() || method["id"] == "storage.objects.insert" {
                methods.push((segments(&format!("upload/{path}")), method.clone()));
            }
        }
        collect(&resource["resources"], base, methods);
    }
}

fn segments(path: &str) -> Vec<Segment> {
    path.split('/')
        .map(|part| match part.split_once('{') {
            Some((_, rest)) => Segment::Hole { suffix: rest.split_once('}').unwrap().1.to_owned() },
            None => Segment::Literal(part.to_owned()),
        })
        .collect()
}

fn matches(pattern: &[Segment], path: &str) -> bool {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    parts.len() == pattern.len()
        && pattern.iter().zip(parts).all(|(segment, part)| match segment {
            Segment::Literal(literal) => literal == part,
            Segment::Hole { suffix } if suffix.is_empty() => {
                !part.is_empty() && !part.contains(':') || part.contains('@')
            }
            Segment::Hole { suffix } => part.len() > suffix.len() && part.ends_with(suffix.as_str()),
        })
}

/// Everything that is wrong with a request; empty: nothing.
pub fn faults(request: &Request) -> Vec<String> {
    let host = folded(&request.host);
    let books: Vec<&Document> = BOOKS.iter().filter(|book| book.host == host).collect();
    if books.is_empty() {
        return vec![format!("{request}: no discovery document knows the host")];
    }
    let found = books.iter().find_map(|book| {
        let method = book.methods.iter().find(|(pattern, method)| {
            method["httpMethod"] == request.method.as_str() && matches(pattern, &request.path)
        });
        method.map(|(_, method)| (*book, method))
    });
    let Some((book, method)) = found else {
        return vec![format!("{request}: no method of `{host}` has this path")];
    };
    let mut faults = Vec::new();
    parameters(request, method, &mut faults);
    body(request, book, method, &mut faults);
    faults.into_iter().map(|fault| format!("{request} ({}): {fault}", method["id"].as_str().unwrap())).collect()
}

/// `us-central1-run.googleapis.com` is `run.googleapis.com`.
fn folded(host: &str) -> &str {
    BOOKS.iter().map(|book| book.host.as_str()).find(|known| host.ends_with(&format!("-{known}"))).unwrap_or(host)
}

fn parameters(request: &Request, method: &Json, faults: &mut Vec<String>) {
    let known = method["parameters"].as_object().cloned().unwrap_or_default();
    for (name, value) in &request.query {
        match known.get(name) {
            Some(parameter) if parameter["location"] == "query" => {
                if let Some(fault) = scalar_text(parameter, value) {
                    faults.push(format!("parameter `{name}`: {fault}"));
                }
            }
            _ if COMMON.contains(&name.as_str()) => {}
            _ => faults.push(format!("there is no parameter `{name}`")),
        }
    }
    for (name, parameter) in &known {
        let required = parameter["required"] == true && parameter["location"] == "query";
        if required && request.query_value(name).is_none() {
            faults.push(format!("parameter `{name}` is missing"));
        }
    }
}

fn scalar_text(schema: &Json, text: &str) -> Option<String> {
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.iter().any(|value| value == text)
    {
        return Some(format!("`{text}` is not one of {allowed:?}"));
    }
    let fits = match schema["type"].as_str() {
        Some("boolean") => text == "true" || text == "false",
        Some("integer") => text.parse::<i64>().is_ok(),
        _ => true,
    };
    (!fits).then(|| format!("`{text}` is no {}", schema["type"]))
}

fn body(request: &Request, book: &Document, method: &Json, faults: &mut Vec<String>) {
    let schema = method["request"].as_str();
    match (&request.body, schema) {
        (Body::Json(json), Some(schema)) => {
            let partial = request.method == Method::Patch;
            check(json, &book.schemas[schema], book, &Place { path: schema.to_owned(), partial }, faults);
        }
        (Body::Json(json), None) if json.as_object().is_some_and(serde_json::Map::is_empty) => {}
        (Body::Json(_), None) => faults.push("the method takes no body".to_owned()),
        (Body::Empty, Some(schema)) if request.method != Method::Get => {
            let required = required(&book.schemas[schema]);
            if !required.is_empty() {
                faults.push(format!("the body is missing: {required:?}"));
            }
        }
        _ => {}
    }
}

/// Where a value stands, and whether fields may be left out because only some are changed.
struct Place {
    path: String,
    partial: bool,
}

impl Place {
    fn below(&self, name: &str) -> Self {
        Self { path: format!("{}.{name}", self.path), partial: self.partial }
    }
}

fn required(schema: &Json) -> Vec<String> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.filter(|(_, property)| property["required"] == true).map(|(name, _)| name.clone()).collect()
}

fn check(value: &Json, schema: &Json, book: &Document, place: &Place, faults: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        return check(value, &book.schemas[name], book, place, faults);
    }
    let wrong = |expected: &str| format!("`{}`: {value} is no {expected}", place.path);
    match schema["type"].as_str().unwrap_or("any") {
        "object" => match value.as_object() {
            Some(map) => object(map, schema, book, place, faults),
            None => faults.push(wrong("object")),
        },
        "array" => match value.as_array() {
            Some(list) => {
                for (position, element) in list.iter().enumerate() {
                    check(element, &schema["items"], book, &place.below(&position.to_string()), faults);
                }
            }
            None => faults.push(wrong("list")),
        },
        "string" => string(value, schema, place, faults),
        "boolean" if !value.is_boolean() => faults.push(wrong("boolean")),
        "integer" if !(value.is_i64() || value.is_u64()) => faults.push(wrong("integer")),
        "number" if !value.is_number() => faults.push(wrong("number")),
        _ => {}
    }
}

fn object(
    map: &serde_json::Map<String, Json>,
    schema: &Json,
    book: &Document,
    place: &Place,
    faults: &mut Vec<String>,
) {
    let properties = schema["properties"].as_object();
    for (name, value) in map {
        let below = place.below(name);
        let property = properties.and_then(|properties| properties.get(name));
        match (property, schema.get("additionalProperties")) {
            (Some(property), _) => {
                let excused = EXCUSED.iter().any(|(path, field, _)| *path == place.path && field == name);
                if property["readOnly"] == true && !excused {
                    faults.push(format!("`{}` is output only", below.path));
                }
                check(value, property, book, &below, faults);
            }
            (None, Some(any)) => check(value, any, book, &below, faults),
            (None, None) if properties.is_none() => {}
            (None, None) => faults.push(format!("`{}` is not in Google's schema", below.path)),
        }
    }
    if !place.partial {
        for name in required(schema).iter().filter(|name| !map.contains_key(*name)) {
            faults.push(format!("`{}.{name}` is required and missing", place.path));
        }
    }
}

fn string(value: &Json, schema: &Json, place: &Place, faults: &mut Vec<String>) {
    let is_number_format = matches!(schema["format"].as_str(), Some("int64" | "uint64"));
    let Some(text) = value.as_str() else {
        // 64-bit integers are strings in Google's JSON; its parsers take numbers, too.
        if !(is_number_format && value.is_number()) {
            faults.push(format!("`{}`: {value} is no string", place.path));
        }
        return;
    };
    if is_number_format && text.parse::<i128>().is_err() {
        faults.push(format!("`{}`: `{text}` spells no integer", place.path));
    }
    if schema["format"] == "google-duration" && !(text.ends_with('s') && text[..text.len() - 1].parse::<f64>().is_ok())
    {
        faults.push(format!("`{}`: `{text}` is no duration", place.path));
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !text.is_empty()
        && !allowed.iter().any(|value| value == text)
    {
        faults.push(format!("`{}`: `{text}` is not one of Google's values", place.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PROJECT: &str = "/compute/v1/projects/p";

    fn insert(body: Json) -> Request {
        let path = format!("{PROJECT}/regions/r/subnetworks");
        Request::new(Method::Post, "compute.googleapis.com", path).json(body)
    }

    #[test]
    fn a_right_request_has_no_fault() {
        assert_eq!(faults(&insert(json!({"name": "s", "ipCidrRange": "10.0.0.0/24"}))), [""; 0]);
        let policy = Request::new(Method::Post, "cloudresourcemanager.googleapis.com", "/v1/projects/p:getIamPolicy")
            .json(json!({"options": {"requestedPolicyVersion": 3}}));
        assert_eq!(faults(&policy), [""; 0]);
        let regional = Request::get("us-central1-run.googleapis.com", "/v2/projects/p/locations/l/services/s");
        assert_eq!(faults(&regional), [""; 0]);
    }

    #[test]
    fn every_kind_of_fault_is_found() {
        let cases = [
            (insert(json!({"ipRange": "x"})), "not in Google's schema"),
            (insert(json!({"privateIpGoogleAccess": "yes"})), "is no boolean"),
            (insert(json!({"purpose": "PUBLIC"})), "not one of Google's values"),
            (insert(json!({"gatewayAddress": "10.0.0.1"})), "output only"),
            (insert(json!({})).query("region", "r"), "no parameter `region`"),
            (Request::get("compute.googleapis.com", "/compute/v1/projects/p/networks"), "no method"),
            (Request::get("example.com", "/"), "no discovery document"),
        ];
        for (request, expected) in cases {
            let found = faults(&request);
            assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}: {found:?}");
        }
    }
}
