//! Who may do what, and secrets.

use super::{BASE, Spec, api, kind, rule};
use crate::kinds::rules::Flag as F;
use crate::kinds::{Descriptor, Durations, Kind, Live, Location, Output, Payload, Policy, StepInput, payload};
use crate::model::{Doc, Place};
use crate::wire::operation::Family;

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
