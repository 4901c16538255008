//! Google's discovery documents, and which of their methods a request calls.

use std::sync::LazyLock;

use serde_json::{Map, Value as Json};

use crate::exchange::Exchange;

macro_rules! documents {
    ($($name:literal)*) => {
        const DOCUMENTS: &[&str] = &[$(include_str!(concat!("../../discovery/", $name, ".json"))),*];
    };
}

documents! {
    "artifactregistry.v1" "cloudresourcemanager.v1" "cloudresourcemanager.v3" "compute.v1" "iam.v1" "run.v1" "run.v2"
    "secretmanager.v1" "serviceusage.v1" "sqladmin.v1" "storage.v1"
}

/// Hosts that a client may speak to and no document describes, each with the reason.
const OUTSIDE: &[(&str, &str)] = &[
    ("sandbox.localhost", "the emulator's own door, for tests alone"),
    ("metadata.google.internal", "the metadata server hands out tokens; it is no API of Google Cloud"),
];

/// Whether no document describes the host, and none need.
pub fn is_outside(host: &str) -> bool {
    OUTSIDE.iter().any(|(outside, _)| *outside == host)
}

/// One of the documents.
pub struct Document {
    pub host: String,
    pub schemas: Map<String, Json>,
    methods: Vec<Method>,
}

/// A method of an API.
#[derive(Debug, Clone)]
pub struct Method {
    /// `compute.networks.insert`
    pub id: String,
    /// As the document has it: `httpMethod`, `parameters`, `request`, `response`.
    pub json: Json,
    path: Vec<Segment>,
    /// Whether the path is that for an object's contents.
    pub is_upload: bool,
}

/// A segment of a method's path.
#[derive(Debug, Clone)]
enum Segment {
    Literal(String),
    /// `{name}` and what must stand behind it in the same segment (`:setIamPolicy`).
    Hole {
        suffix: String,
    },
}

static BOOKS: LazyLock<Vec<Document>> = LazyLock::new(|| DOCUMENTS.iter().map(|text| read(text)).collect());

fn read(text: &str) -> Document {
    let json: Json = serde_json::from_str(text).expect("the documents are JSON");
    let root = json["rootUrl"].as_str().expect("a document has a root");
    let base = json["servicePath"].as_str().expect("a document has a base");
    let mut methods = Vec::new();
    collect(&json, base, &mut methods);
    Document {
        host: root.trim_start_matches("https://").trim_end_matches('/').to_owned(),
        schemas: json["schemas"].as_object().expect("a document has schemas").clone(),
        methods,
    }
}

fn collect(resource: &Json, base: &str, methods: &mut Vec<Method>) {
    for method in resource["methods"].as_object().into_iter().flat_map(Map::values) {
        let id = method["id"].as_str().expect("a method has an id").to_owned();
        let path = format!("{base}{}", method["path"].as_str().expect("a method has a path"));
        if id == "storage.objects.insert" {
            let path = segments(&format!("upload/{path}"));
            methods.push(Method { id: id.clone(), json: method.clone(), path, is_upload: true });
        }
        methods.push(Method { id, json: method.clone(), path: segments(&path), is_upload: false });
    }
    for below in resource["resources"].as_object().into_iter().flat_map(Map::values) {
        collect(below, base, methods);
    }
}

fn segments(path: &str) -> Vec<Segment> {
    path.split('/')
        .map(|part| match part.split_once('{') {
            Some((_, rest)) => Segment::Hole { suffix: rest.split_once('}').expect("holes are closed").1.to_owned() },
            None => Segment::Literal(part.to_owned()),
        })
        .collect()
}

impl Method {
    fn matches(&self, exchange: &Exchange) -> bool {
        let parts: Vec<&str> = exchange.path.trim_start_matches('/').split('/').collect();
        self.json["httpMethod"] == exchange.method.as_str()
            && parts.len() == self.path.len()
            && self.path.iter().zip(parts).all(|(segment, part)| segment.fits(part))
    }

    /// The schema of the body, where it takes one.
    pub fn request(&self) -> Option<&str> {
        self.json["request"].as_str()
    }

    /// The schema of the answer.
    pub fn response(&self) -> Option<&str> {
        self.json["response"].as_str()
    }
}

impl Segment {
    fn fits(&self, part: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == part,
            Self::Hole { suffix } if suffix.is_empty() => !part.is_empty() && !part.contains(':') || part.contains('@'),
            Self::Hole { suffix } => part.len() > suffix.len() && part.ends_with(suffix.as_str()),
        }
    }
}

/// The method that a request calls, and the document that describes it.
///
/// # Errors
/// No document knows the host, or none of its methods has the path.
pub fn find_in(exchange: &Exchange) -> Result<(&'static Document, &'static Method), String> {
    let host = folded(&exchange.host);
    let mut known = BOOKS.iter().filter(|book| book.host == host).peekable();
    if known.peek().is_none() {
        return Err("no discovery document knows the host".to_owned());
    }
    let found =
        known.find_map(|book| book.methods.iter().find(|method| method.matches(exchange)).map(|found| (book, found)));
    found.ok_or_else(|| format!("no method of `{host}` has this path"))
}

/// The method that a line of a record calls.
pub fn find(line: &Json) -> Option<&'static Method> {
    find_in(&Exchange::of(line)).ok().map(|(_, method)| method)
}

/// Every method that is documented.
pub fn methods() -> impl Iterator<Item = &'static Method> {
    BOOKS.iter().flat_map(|book| &book.methods)
}

/// `us-central1-run.googleapis.com` is `run.googleapis.com`.
fn folded(host: &str) -> &str {
    BOOKS.iter().map(|book| book.host.as_str()).find(|known| host.ends_with(&format!("-{known}"))).unwrap_or(host)
}
