//! Google's own description of its APIs: which methods, parameters and fields exist. The judge of every request.
//!
//! Each document is parsed when the first request for it comes, and only then: a program that never opens the sandbox
//! pays nothing.

pub mod numbers;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::fault::Style;

pub mod elsewhere;

/// An API in one version.
#[derive(Debug, Deserialize)]
pub struct Api {
    /// `compute`
    pub name: String,
    /// `v1`
    pub version: String,
    /// Prefix of every method's path: `compute/v1/`, or nothing.
    base: String,
    pub methods: Vec<ApiMethod>,
    schemas: BTreeMap<String, Schema>,
}

/// A method of an API.
#[derive(Debug, Deserialize)]
pub struct ApiMethod {
    /// `compute.networks.insert`
    pub id: String,
    pub verb: String,
    /// With every variable in its own segment: `v1/projects/{projectsId}/secrets/{secretsId}:addVersion`.
    pub path: String,
    /// As Google writes it where variables span segments: `v1/{+parent}:addVersion`.
    #[serde(default)]
    pub template: String,
    #[serde(default)]
    pub query: BTreeMap<String, Schema>,
    /// The body's schema.
    pub request: Option<String>,
    pub response: Option<String>,
}

/// What a value may be.
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Schema {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    pub format: Option<String>,
    #[serde(rename = "enum")]
    pub options: Vec<String>,
    pub items: Option<Box<Schema>>,
    pub additional_properties: Option<Box<Schema>>,
    pub properties: BTreeMap<String, Schema>,
    pub read_only: bool,
    pub repeated: bool,
    pub required: bool,
}

impl Api {
    /// The schema of that name; a missing one is a fault of the embedded document.
    pub fn schema(&self, name: &str) -> &Schema {
        self.schemas.get(name).expect("discovery documents define what they refer to")
    }

    /// The schema of that name, if there is one.
    pub fn find_schema(&self, name: &str) -> Option<&Schema> {
        self.schemas.get(name)
    }

    /// The schema that a field has, through its reference.
    pub fn resolve<'a>(&'a self, schema: &'a Schema) -> &'a Schema {
        match &schema.reference {
            Some(name) => self.schema(name),
            None => schema,
        }
    }

    /// The method of that id.
    pub fn method(&self, id: &str) -> Option<&ApiMethod> {
        self.methods.iter().find(|method| method.id == id)
    }

    /// How it writes errors.
    pub fn style(&self) -> Style {
        match (self.name.as_str(), self.version.as_str()) {
            ("compute" | "sqladmin" | "sql" | "storage", _) => Style::Listed,
            ("iam", _) | ("cloudresourcemanager", "v1") => Style::ListedWithStatus,
            _ => Style::Status,
        }
    }

    /// The path of a method from the host on, without the leading `/`.
    pub fn full_path(&self, method: &ApiMethod) -> String {
        format!("{}{}", self.base, method.path)
    }

    /// The prefix of all its paths.
    pub fn base(&self) -> &str {
        &self.base
    }
}

/// A document in the binary.
struct Embedded {
    /// The host without `.googleapis.com`.
    host: &'static str,
    /// What paths of this version begin with.
    prefixes: &'static [&'static str],
    text: &'static str,
    parsed: OnceLock<Api>,
}

macro_rules! embedded {
    ($($host:literal $prefixes:expr, $file:literal;)*) => {
        [$(Embedded {
            host: $host,
            prefixes: &$prefixes,
            text: include_str!($file),
            parsed: OnceLock::new(),
        }),*]
    };
}

static DOCUMENTS: [Embedded; 16] = embedded! {
    "artifactregistry" ["v1/", "v1beta2/"], "artifactregistry.v1.json";
    "cloudbuild" ["v1/"], "cloudbuild.v1.json";
    "cloudresourcemanager" ["v1/"], "cloudresourcemanager.v1.json";
    "cloudresourcemanager" ["v3/"], "cloudresourcemanager.v3.json";
    "cloudscheduler" ["v1/"], "cloudscheduler.v1.json";
    "compute" ["compute/"], "compute.v1.json";
    "iam" ["v1/"], "iam.v1.json";
    "iamcredentials" ["v1/"], "iamcredentials.v1.json";
    "logging" ["v2/"], "logging.v2.json";
    "run" ["v1/", "apis/"], "run.v1.json";
    "run" ["v2/"], "run.v2.json";
    "secretmanager" ["v1/"], "secretmanager.v1.json";
    "serviceusage" ["v1/", "v1beta1/"], "serviceusage.v1.json";
    "sqladmin" ["sql/v1beta4/"], "sqladmin.v1beta4.json";
    "sqladmin" ["v1/"], "sqladmin.v1.json";
    "storage" ["storage/", "b/", "b"], "storage.v1.json";
};

/// The API that answers `path` (without the leading `/`) at a folded host (`compute`, `run`, …).
pub fn find(host: &str, path: &str) -> Option<&'static Api> {
    let of_host = || DOCUMENTS.iter().filter(|document| document.host == host);
    let document = of_host().find(|document| document.prefixes.iter().any(|prefix| path.starts_with(prefix)))?;
    Some(document.parsed.get_or_init(|| parse(document.text)))
}

/// Methods that recorded traffic calls and the reduced documents have lost, by API and version.
const ADDITIONS: &str = include_str!("additions.json");

fn parse(text: &str) -> Api {
    let mut api: Api = serde_json::from_str(text).expect("embedded discovery documents are valid, a test parses each");
    let mut additions: BTreeMap<String, Vec<ApiMethod>> =
        serde_json::from_str(ADDITIONS).expect("the embedded additions are valid, a test parses them");
    api.methods.extend(additions.remove(&format!("{}.{}", api.name, api.version)).unwrap_or_default());
    if api.name == "compute" {
        api.methods.iter_mut().filter(|method| is_list(method)).for_each(take_partial_success);
    }
    api
}

fn is_list(method: &ApiMethod) -> bool {
    let verb = method.id.rsplit('.').next().unwrap_or_default();
    matches!(verb, "list" | "aggregatedList" | "listUsable")
}

/// Every list of compute takes `returnPartialSuccess`: gcloud sends it, the reduced document has lost it.
fn take_partial_success(method: &mut ApiMethod) {
    let boolean = Schema { kind: Some("boolean".to_owned()), ..Schema::default() };
    method.query.entry("returnPartialSuccess".to_owned()).or_insert(boolean);
}

/// Whether there is an API at that folded host.
pub fn is_known_host(host: &str) -> bool {
    DOCUMENTS.iter().any(|document| document.host == host)
}

/// All documents, for tests.
pub fn all() -> impl Iterator<Item = &'static Api> {
    DOCUMENTS.iter().filter_map(|document| find(document.host, document.prefixes[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references<'a>(schema: &'a Schema, found: &mut Vec<&'a str>) {
        found.extend(schema.reference.as_deref());
        schema.items.iter().chain(&schema.additional_properties).for_each(|inner| references(inner, found));
        schema.properties.values().for_each(|inner| references(inner, found));
    }

    #[test]
    fn every_document_parses_and_defines_what_it_refers_to() {
        assert_eq!(all().count(), DOCUMENTS.len());
        for api in all() {
            let mut found: Vec<&str> = api.methods.iter().filter_map(|method| method.request.as_deref()).collect();
            api.schemas.values().for_each(|schema| references(schema, &mut found));
            for name in found {
                assert!(api.schemas.contains_key(name), "{} {name}", api.name);
            }
            assert!(!api.methods.is_empty(), "{}", api.name);
        }
    }
}
