//! Artifact Registry repositories.
//!
//! Create and delete are operations, an update answers at once. A repository goes with everything in it, so what is in
//! it is counted before.

mod checks;
mod remote;
mod spec;
#[cfg(test)]
mod tests;

use super::{
    Api, Call, CheckInput, Compare, Completion, Descriptor, Durations, Effect, Extra, ExtraWhen, FieldRule, Flag,
    HoldsData, IdStyle, Kind, ListStyle, Live, Location, Lookup, Output, Policy, StepInput, UpdateStyle,
    descriptor_calls as base, names,
};
use crate::kinds::request::{self, At};
use crate::model::{Action, Diagnostic, Doc, Map, Place, ProjectFacts};
use crate::wire::Method;
use crate::wire::operation::Family;

pub use spec::RepositorySpec;

/// The kind.
#[derive(Debug)]
pub struct Repositories;

const DISCOVERY: &str = "discovery artifactregistry.v1";
const RULES: &str = "field-rules repositories";

const fn output(path: &'static str) -> FieldRule {
    FieldRule::new(path, DISCOVERY).flags(&[Flag::OutputOnly])
}

const FIELDS: &[FieldRule] = &[
    output("name"),
    output("createTime"),
    output("updateTime"),
    output("registryUri"),
    output("satisfiesPzi"),
    output("satisfiesPzs"),
    output("sizeBytes"),
    output("vulnerabilityScanningConfig.enablementState"),
    output("vulnerabilityScanningConfig.enablementStateReason"),
    output("vulnerabilityScanningConfig.lastEnableTime"),
    // The key of the map says it already.
    output("cleanupPolicies{}.id"),
    FieldRule::new("format", RULES).flags(&[Flag::Immutable]).compare(Compare::IgnoreCase),
    FieldRule::new("mode", RULES).flags(&[Flag::Immutable]).default("\"STANDARD_REPOSITORY\""),
    FieldRule::new("kmsKeyName", RULES).flags(&[Flag::Immutable]).compare(Compare::Link),
    FieldRule::new("description", RULES).default("\"\""),
    FieldRule::new("cleanupPolicyDryRun", RULES).default("false"),
    FieldRule::new("cleanupPolicies{}.condition.tagState", RULES).default("\"ANY\""),
    FieldRule::new("cleanupPolicies{}.condition.olderThan", RULES).compare(Compare::Duration),
    FieldRule::new("cleanupPolicies{}.condition.newerThan", RULES).compare(Compare::Duration),
    FieldRule::new("cleanupPolicies{}.condition.tagPrefixes", RULES).compare(Compare::Unordered),
    FieldRule::new("cleanupPolicies{}.condition.versionNamePrefixes", RULES).compare(Compare::Unordered),
    FieldRule::new("cleanupPolicies{}.condition.packageNamePrefixes", RULES).compare(Compare::Unordered),
    FieldRule::new("cleanupPolicies{}.mostRecentVersions.packageNamePrefixes", RULES).compare(Compare::Unordered),
    FieldRule::new("dockerConfig.immutableTags", RULES).default("false"),
    FieldRule::new("mavenConfig.allowSnapshotOverwrites", RULES).flags(&[Flag::Immutable]).default("false"),
    FieldRule::new("mavenConfig.versionPolicy", RULES)
        .flags(&[Flag::Immutable])
        .default("\"VERSION_POLICY_UNSPECIFIED\""),
    FieldRule::new("virtualRepositoryConfig.upstreamPolicies", "field-rules repositories: order does not matter")
        .compare(Compare::KeyedBy("id")),
    FieldRule::new("virtualRepositoryConfig.upstreamPolicies[].repository", RULES).compare(Compare::Link),
    FieldRule::new("virtualRepositoryConfig.upstreamPolicies[].priority", "protobuf: 0 is left out of answers")
        .default("0"),
    FieldRule::new("remoteRepositoryConfig", RULES).flags(&[Flag::Immutable]),
    FieldRule::new("remoteRepositoryConfig.upstreamCredentials", RULES),
    FieldRule::new(
        "remoteRepositoryConfig.upstreamCredentials.usernamePasswordCredentials.passwordSecretVersion",
        RULES,
    )
    .compare(Compare::Link),
    FieldRule::new("remoteRepositoryConfig.disableUpstreamValidation", DISCOVERY).flags(&[Flag::InputOnly]),
    FieldRule::new("vulnerabilityScanningConfig", RULES).flags(&[Flag::ServerDefault]),
    FieldRule::new("platformLogsConfig", DISCOVERY).flags(&[Flag::ServerDefault]),
];

/// The static facts.
pub static DESCRIPTOR: Descriptor = Descriptor {
    section: "repositories",
    noun: "repository",
    doc: "Artifact Registry repositories: container images, packages, files.",
    api: Api { host: "artifactregistry.googleapis.com", prefix: "/v1/", service: "artifactregistry.googleapis.com" },
    location: Location::Location,
    parents: &[],
    collection: "projects/{project}/locations/{location}/repositories",
    item: "projects/{project}/locations/{location}/repositories/{name}",
    id: IdStyle::Query("repositoryId"),
    list: Some(ListStyle { items: "repositories", page_size: Some(("pageSize", 1000)), name: "name", complete: true }),
    readable: true,
    update: UpdateStyle::PatchMask,
    family: Family::LongRunning { version: "v1" },
    unique_id: Some("createTime"),
    guard: None,
    labels: Some("labels"),
    policy: Some(Policy { get_with_post: false, takes_version: true }),
    holds_data: HoldsData::Yes("everything in the repository"),
    durations: Durations { create: 9, update: 1, delete: 9 },
    name_blocked_days: None,
    serialised_by: None,
    shapes: &[],
    fields: FIELDS,
    outputs: &[
        Output { name: "name", path: "", doc: "Its name." },
        Output { name: "path", path: "", doc: "Its full name: `projects/P/locations/L/repositories/NAME`." },
        Output { name: "host", path: "", doc: "Where clients log in: `us-central1-docker.pkg.dev`." },
        Output { name: "url", path: "", doc: "What images are called after: `us-central1-docker.pkg.dev/P/NAME`." },
    ],
};

/// The further reads of what is in it.
const IMAGES: &str = "dockerImages";
const PACKAGES: &str = "packages";

impl Kind for Repositories {
    type Spec = RepositorySpec;
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        names::rfc1035(name, 63)
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        checks::check(input.doc)
    }

    fn known_outputs(place: &Place, _: &ProjectFacts, doc: &Doc) -> Map {
        outputs(place, doc.dig_str("format"))
    }

    fn live_outputs(place: &Place, live: &Live) -> Map {
        outputs(place, live.api["format"].as_str())
    }

    fn lookup(place: &Place, project: &ProjectFacts, doc: Option<&Doc>) -> Lookup {
        let mut lookup = base::lookup(&DESCRIPTOR, place, project, doc);
        // Only images are listed as such; every format has packages.
        let is_docker = doc.and_then(|doc| doc.dig_str("format")) == Some("DOCKER");
        let name = if is_docker { IMAGES } else { PACKAGES };
        let request = request::request(&DESCRIPTOR, Method::Get, place, At::Action(&format!("/{name}")));
        lookup.extra.push(Extra {
            name,
            request: request.query("pageSize", "1000"),
            pages: Some(name),
            when: ExtraWhen::Loss,
        });
        lookup
    }

    fn filled(_: &Place, _: &ProjectFacts, file: &Doc) -> Doc {
        let mut filled =
            Doc::from(&serde_json::json!({"vulnerabilityScanningConfig": {"enablementConfig": "INHERITED"}}));
        if let Some(logs) = file.get("platformLogsConfig") {
            filled.put("platformLogsConfig", logs.clone());
        }
        filled
    }

    fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
        let mut calls = base::calls(&DESCRIPTOR, input)?;
        for call in &mut calls {
            if let Effect::Http(http) = &mut call.effect
                && http.request.method == Method::Patch
            {
                http.completion = Completion::Reply;
            }
        }
        Ok(calls)
    }

    fn consequences(input: &StepInput<'_>) -> Vec<String> {
        match (input.action, input.live) {
            (Action::Delete | Action::Replace, Some(live)) => vec![loss(live)],
            (Action::Create, _) => vec!["Google charges for what is stored in it".to_owned()],
            _ => Vec::new(),
        }
    }
}

/// Host and URL by location, format and project; a project of a domain stands in it with a `/`.
fn outputs(place: &Place, format: Option<&str>) -> Map {
    let mut outputs = Map::from([
        ("name".to_owned(), Doc::from(place.name())),
        ("path".to_owned(), Doc::from(place.fill(DESCRIPTOR.item))),
    ]);
    if let Some(format) = format.filter(|_| !place.location().is_empty()) {
        let host = format!("{}-{}.pkg.dev", place.location(), format.to_lowercase());
        let url = format!("{host}/{}/{}", place.project().replace(':', "/"), place.name());
        outputs.insert("host".to_owned(), Doc::from(host));
        outputs.insert("url".to_owned(), Doc::from(url));
    }
    outputs
}

/// What goes with it, in plain words.
fn loss(live: &Live) -> String {
    let count = |name: &str| {
        let (_, answer) = live.extra.iter().find(|(extra, _)| *extra == name)?;
        Some(answer.as_ref().and_then(|answer| answer[name].as_array()).map_or(0, Vec::len))
    };
    let is_docker = live.api["format"] == "DOCKER";
    let what = match (count(IMAGES), count(PACKAGES)) {
        (Some(0), _) | (None, Some(0)) => return "the repository is empty: nothing is lost with it".to_owned(),
        (Some(count), _) => counted(count, "image is lost", "images are lost"),
        (None, Some(count)) if is_docker => {
            counted(count, "image with all its versions is lost", "images with all their versions are lost")
        }
        (None, Some(count)) => counted(count, "package is lost", "packages are lost"),
        (None, None) => "everything in the repository is lost".to_owned(),
    };
    let bytes = live.api["sizeBytes"].as_str().and_then(|text| text.parse::<f64>().ok());
    match bytes.filter(|bytes| *bytes >= 1e6) {
        Some(bytes) if bytes >= 1e9 => format!("{what} ({:.1} GB)", bytes / 1e9),
        Some(bytes) => format!("{what} ({:.0} MB)", bytes / 1e6),
        None => what,
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
