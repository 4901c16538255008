//! Images and programs.

use super::{BASE, Spec, api, kind, rule};
use crate::kinds::rules::Flag as F;
use crate::kinds::{Compare, Descriptor, Durations, HoldsData, Kind, Live, Output, Policy, StepInput};

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
            rule("broken").flags(&[F::OutputOnly]),
        ],
        outputs: &[
            Output { name: "url", path: "uri", doc: "" },
            Output { name: "revision", path: "revision", doc: "" },
        ],
        ..BASE
    },
    fn ails(live: &Live) -> Option<String> {
        let is_broken = live.api.get("broken")?.as_bool()?;
        is_broken.then(|| "revision `r-1` did not start".to_owned())
    },
    fn unsettled(_: &StepInput<'_>) -> Vec<&'static str> {
        vec!["revision"]
    }
);
