//! Small kinds for the planner's tests: like Google's, with just enough fields. The real ones change with Google.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::kinds::rules::Flag as F;
use crate::kinds::{
    Api, Compare, Descriptor, Durations, FieldRule, HoldsData, IdStyle, Kind, ListStyle, Live, Location, Output,
    Payload, Policy, Row, StepInput, UpdateStyle, payload, row,
};
use crate::model::{Doc, Map, Place, ProjectFacts};
use crate::wire::operation::Family;

/// What all of them share.
const BASE: Descriptor = Descriptor {
    section: "",
    noun: "",
    doc: "",
    api: Api { host: "compute.googleapis.com", prefix: "/compute/v1/", service: "compute.googleapis.com" },
    location: Location::Region,
    parents: &[],
    collection: "",
    item: "",
    id: IdStyle::Body("name"),
    list: Some(ListStyle { items: "items", page_size: None, name: "name", complete: true }),
    readable: true,
    update: UpdateStyle::PatchChanged,
    family: Family::Compute,
    unique_id: Some("id"),
    guard: None,
    labels: None,
    policy: None,
    holds_data: HoldsData::No,
    durations: Durations { create: 10, update: 5, delete: 8 },
    name_blocked_days: None,
    serialised_by: None,
    shapes: &[],
    fields: &[],
    outputs: &[],
};

const fn api(host: &'static str) -> Api {
    Api { host, prefix: "/v1/", service: host }
}

const fn rule(path: &'static str) -> FieldRule {
    FieldRule::new(path, "made up")
}

/// A spec of which only the maps matter: they tell the user's keys from fields.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
pub struct Spec {
    labels: Option<BTreeMap<String, String>>,
    env: Option<BTreeMap<String, Env>>,
    scaling: Option<Scaling>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[schemars(inline)]
pub struct Env {
    secret: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
pub struct Scaling {
    min_instance_count: Option<i64>,
    max_instance_count: Option<i64>,
}

macro_rules! kind {
    ($name:ident, $descriptor:expr $(, $hooks:item)*) => {
        pub struct $name;
        impl Kind for $name {
            type Spec = Spec;
            const DESCRIPTOR: &'static Descriptor = &$descriptor;
            fn check_name(_: &str) -> Result<(), String> {
                Ok(())
            }
            $($hooks)*
        }
    };
}

kind!(
    Networks,
    Descriptor {
        section: "networks",
        noun: "network",
        location: Location::Global,
        item: "projects/{project}/global/networks/{name}",
        ..BASE
    }
);

kind!(
    Subnetworks,
    Descriptor {
        section: "subnetworks",
        noun: "subnetwork",
        item: "projects/{project}/regions/{location}/subnetworks/{name}",
        fields: &[
            rule("network").flags(&[F::Immutable]).compare(Compare::Link),
            rule("ipCidrRange").flags(&[F::GrowOnly]).compare(Compare::Cidr),
            rule("secondaryIpRanges").compare(Compare::KeyedBy("rangeName")),
            rule("privateIpGoogleAccess").default("false"),
            rule("gatewayAddress").flags(&[F::OutputOnly]),
        ],
        ..BASE
    }
);

kind!(
    Addresses,
    Descriptor {
        section: "addresses",
        noun: "address",
        item: "projects/{project}/regions/{location}/addresses/{name}",
        fields: &[
            rule("subnetwork").flags(&[F::Immutable]).compare(Compare::Link),
            rule("address").flags(&[F::Immutable]),
        ],
        outputs: &[Output { name: "address", path: "address", doc: "" }],
        durations: Durations { create: 2, update: 1, delete: 2 },
        ..BASE
    },
    fn known_outputs(_: &Place, _: &ProjectFacts, doc: &Doc) -> Map {
        doc.get("address").map(|value| ("address".to_owned(), value.clone())).into_iter().collect()
    }
);

kind!(
    ForwardingRules,
    Descriptor {
        section: "forwardingRules",
        noun: "forwarding rule",
        item: "projects/{project}/regions/{location}/forwardingRules/{name}",
        labels: Some("labels"),
        fields: &[
            rule("network").flags(&[F::Immutable]).compare(Compare::Link),
            rule("subnetwork").flags(&[F::Immutable]).compare(Compare::Link),
            rule("address").flags(&[F::Immutable]).compare(Compare::Link),
            rule("target").flags(&[F::Immutable]).compare(Compare::Link),
        ],
        ..BASE
    }
);

kind!(
    SqlInstances,
    Descriptor {
        section: "sqlInstances",
        noun: "SQL instance",
        api: api("sqladmin.googleapis.com"),
        item: "projects/{project}/instances/{name}",
        unique_id: None,
        labels: Some("labels"),
        holds_data: HoldsData::Yes("all databases of the instance"),
        durations: Durations { create: 300, update: 60, delete: 100 },
        name_blocked_days: Some(7),
        serialised_by: Some("projects/{project}/instances/{name}"),
        fields: &[
            rule("region").flags(&[F::Immutable]),
            rule("databaseVersion").flags(&[F::GrowOnly]),
            rule("diskSizeGb").flags(&[F::GrowOnly, F::ServerDefault]),
            rule("availabilityType").default("\"ZONAL\""),
            rule("rootPassword").flags(&[F::Sensitive, F::InputOnly]),
            rule("state").flags(&[F::OutputOnly]),
        ],
        outputs: &[
            Output { name: "link", path: "pscServiceAttachmentLink", doc: "" },
            Output { name: "name", path: "", doc: "" },
        ],
        ..BASE
    },
    fn known_outputs(place: &Place, _: &ProjectFacts, _: &Doc) -> Map {
        Map::from([("name".to_owned(), Doc::from(place.name()))])
    }
);

const CHILD: Descriptor = Descriptor {
    api: api("sqladmin.googleapis.com"),
    location: Location::Parent,
    parents: &["instance"],
    unique_id: None,
    durations: Durations { create: 3, update: 3, delete: 3 },
    serialised_by: Some("projects/{project}/instances/{instance}"),
    ..BASE
};

kind!(
    SqlDatabases,
    Descriptor {
        section: "sqlDatabases",
        noun: "database",
        item: "projects/{project}/instances/{instance}/databases/{name}",
        holds_data: HoldsData::Yes("its tables"),
        fields: &[rule("instance").flags(&[F::Immutable])],
        ..CHILD
    }
);

kind!(
    SqlUsers,
    Descriptor {
        section: "sqlUsers",
        noun: "SQL user",
        item: "projects/{project}/instances/{instance}/users/{name}",
        fields: &[
            rule("instance").flags(&[F::Immutable]),
            rule("databaseRoles").flags(&[F::InputOnly]).compare(Compare::Unordered),
        ],
        ..CHILD
    }
);

kind!(
    ServiceAccounts,
    Descriptor {
        section: "serviceAccounts",
        noun: "service account",
        api: api("iam.googleapis.com"),
        location: Location::Global,
        item: "projects/{project}/serviceAccounts/{name}",
        unique_id: Some("uniqueId"),
        policy: Some(Policy { get_with_post: true, takes_version: true }),
        durations: Durations { create: 3, update: 1, delete: 1 },
        fields: &[rule("tag").flags(&[F::Immutable])],
        ..BASE
    }
);

kind!(
    IamBindings,
    Descriptor {
        section: "iamBindings",
        noun: "IAM binding",
        api: api("cloudresourcemanager.googleapis.com"),
        location: Location::Global,
        item: "projects/{project}/iamBindings/{name}",
        unique_id: None,
        family: Family::None,
        durations: Durations { create: 2, update: 2, delete: 2 },
        fields: &[rule("role").flags(&[F::Immutable]), rule("members").flags(&[F::Additive])],
        ..BASE
    },
    fn is_there(_: &Place, doc: &Doc, live: &Live) -> bool {
        let texts = |doc: Option<&Doc>| -> Vec<String> {
            let list = doc.and_then(Doc::as_list).unwrap_or_default();
            list.iter().filter_map(Doc::as_str).map(str::to_owned).collect()
        };
        let there = texts(Doc::from(&live.api).get("members"));
        texts(doc.get("members")).iter().all(|member| there.contains(member))
    }
);

kind!(
    Secrets,
    Descriptor {
        section: "secrets",
        noun: "secret",
        api: api("secretmanager.googleapis.com"),
        location: Location::Global,
        item: "projects/{project}/secrets/{name}",
        unique_id: None,
        family: Family::None,
        durations: Durations { create: 1, update: 1, delete: 1 },
        fields: &[rule("rotation").flags(&[F::InputOnly]), rule("env").flags(&[F::InputOnly])],
        outputs: &[Output { name: "version", path: "version", doc: "" }],
        ..BASE
    },
    fn payloads(doc: &Doc) -> Vec<Payload> {
        payload::source_of(doc).map(|source| Payload { name: "value", source }).into_iter().collect()
    },
    fn unsettled(input: &StepInput<'_>) -> Vec<&'static str> {
        let rolls = |path: &crate::model::DocPath| matches!(path.to_string().as_str(), "rotation" | "value");
        if input.changed.iter().any(rolls) { vec!["version"] } else { Vec::new() }
    },
    fn lacks(live: &Live) -> Vec<&'static str> {
        if live.api.get("version").is_some() { Vec::new() } else { vec!["value"] }
    }
);

kind!(
    Repositories,
    Descriptor {
        section: "repositories",
        noun: "repository",
        api: api("artifactregistry.googleapis.com"),
        item: "projects/{project}/locations/{location}/repositories/{name}",
        unique_id: None,
        labels: Some("labels"),
        holds_data: HoldsData::Yes("all images"),
        fields: &[rule("format").flags(&[F::Immutable])],
        ..BASE
    }
);

kind!(
    Services,
    Descriptor {
        section: "services",
        noun: "service",
        api: api("run.googleapis.com"),
        item: "projects/{project}/locations/{location}/services/{name}",
        unique_id: Some("uid"),
        labels: Some("labels"),
        policy: Some(Policy { get_with_post: false, takes_version: true }),
        durations: Durations { create: 30, update: 10, delete: 1 },
        fields: &[
            rule("timeout").compare(Compare::Duration).default("\"300s\""),
            rule("scopes").compare(Compare::Unordered),
            rule("ports").compare(Compare::Unordered),
            rule("client").flags(&[F::ClientStamp]),
            rule("vpcAccess.subnetwork").compare(Compare::Link),
            rule("vpcAccess.network").compare(Compare::Link),
            rule("probe").flags(&[F::ServerDefault, F::Whole]).default("{}"),
            rule("probe.periodSeconds").default("10"),
            rule("executionEnvironment").flags(&[F::ServerDefault]),
        ],
        outputs: &[Output { name: "url", path: "uri", doc: "" }],
        ..BASE
    }
);

/// All of them.
pub fn kinds() -> Vec<Row> {
    vec![
        row::<Networks>(),
        row::<Subnetworks>(),
        row::<Addresses>(),
        row::<ForwardingRules>(),
        row::<SqlInstances>(),
        row::<SqlDatabases>(),
        row::<SqlUsers>(),
        row::<ServiceAccounts>(),
        row::<IamBindings>(),
        row::<Secrets>(),
        row::<Repositories>(),
        row::<Services>(),
    ]
}

/// The project of all tests.
pub fn project() -> ProjectFacts {
    ProjectFacts { id: "p".to_owned(), number: Some("123".to_owned()) }
}

/// A live resource of this JSON; `policy` is its IAM policy.
pub fn live(mut api: Json) -> Live {
    let policy = api.as_object_mut().and_then(|map| map.remove("policy"));
    Live { api, policy, extra: Vec::new() }
}

/// A document in which texts with `${section.key.output}`, `${self.output}` and `${project.number}` are templates.
pub fn doc(json: &Json) -> Doc {
    match json {
        Json::String(text) => template(text),
        Json::Array(list) => Doc::List(list.iter().map(doc).collect()),
        Json::Object(map) => match map.get("$sensitive") {
            Some(value) => Doc::Sensitive(Box::new(doc(value))),
            None => Doc::Map(map.iter().map(|(key, value)| (key.clone(), doc(value))).collect()),
        },
        other => Doc::from(other),
    }
}

fn template(text: &str) -> Doc {
    use crate::model::{Part, Reference, Template};
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        if !before.is_empty() {
            parts.push(Part::Literal(before.to_owned()));
        }
        let (expression, after) = behind.split_once('}').expect("a template ends");
        parts.push(Part::Reference(match expression.split('.').collect::<Vec<_>>().as_slice() {
            ["self", output] => Reference::Own { output: crate::model::DocPath::keys(output) },
            ["project", "number"] => Reference::ProjectNumber,
            [section, key, output] => Reference::Output {
                address: crate::model::Address::new(section, key),
                output: crate::model::DocPath::keys(output),
            },
            _ => panic!("no expression: {expression}"),
        }));
        rest = after;
    }
    if parts.is_empty() {
        return Doc::from(text);
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    Doc::Unknown(Template(parts))
}
