//! Small kinds for the planner's tests: like Google's, with just enough fields. The real ones change with Google.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::{
    Api, Descriptor, Durations, FieldRule, HoldsData, IdStyle, ListStyle, Location, Row, UpdateStyle, row,
};
use crate::wire::operation::Family;

mod access;
mod network;
mod run;
mod sql;

use access::{IamBindings, Secrets, ServiceAccounts};
use network::{Addresses, ForwardingRules, Networks, Subnetworks};
use run::{Repositories, Services};
use sql::{SqlDatabases, SqlInstances, SqlUsers};

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

/// A kind of this name, its descriptor, and hooks.
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

use kind;

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
