//! `workerPools`: Cloud Run worker pools, Admin API v2.
//!
//! Not recorded: shapes and fields are discovery's, behaviour is assumed as for services.

use schemars::JsonSchema;
use serde::Deserialize;

use super::layout::{self, Level};
use super::spec::{Labels, Probe, RevocationAction, absent, entry};
use super::{calls, checks, complete, elements, fields, filled, health};
use crate::kinds::call::{Refusal, Verdict};
use crate::kinds::{
    Call, CheckInput, Descriptor, Durations, FieldRule, IdStyle, Kind, ListStyle, Live, Output, Passing, Shape,
    StepInput, names,
};
use crate::model::spec::Value;
use crate::model::{Diagnostic, Doc, Place, ProjectFacts};
use crate::wire::Request;

absent! {
    /// Stands for fields of services that are about requests.
    NoRequests = "a worker pool takes no requests, so it has no such field; what is to answer requests is an entry of \
                  `services`";
    /// Stands for scaling by load.
    NoAutoscaling = "a worker pool does not scale by itself: it has `manualInstanceCount` alone";
    /// Stands for fields that worker pools lack and do not need.
    NotHere = "a worker pool has no such field: Google decides";
}

entry! {
    /// A Cloud Run worker pool: containers that run all the time and pull their work.
    WorkerPoolSpec {
        /// Says when the container is to be restarted. Default: never asked.
        pub liveness_probe: Option<Probe>,
        /// Words for people, at most 512 characters. Default: none.
        pub description: Option<Value<String>>,
        /// How many instances there are.
        pub scaling: Option<WorkerPoolScaling>,
        /// Which revisions get how many of the instances, 100 percent together. Default: all to the newest.
        pub instance_splits: Option<Vec<InstanceSplit>>,
        /// What happens when the encryption key is revoked. Default: PREVENT_NEW.
        pub encryption_key_revocation_action: Option<Value<RevocationAction>>,
        /// With SHUTDOWN: how long after the revocation, whole hours: `86400s`.
        pub encryption_key_shutdown_duration: Option<Value<String>>,
        /// What pool and revision both have, for the revision.
        pub revision: Option<WorkerPoolRevision>,

        #[schemars(skip)]
        pub ports: Option<NoRequests>,
        #[schemars(skip)]
        pub readiness_probe: Option<NoRequests>,
        #[schemars(skip)]
        pub ingress: Option<NoRequests>,
        #[schemars(skip)]
        pub invokers: Option<NoRequests>,
        #[schemars(skip)]
        pub invoker_iam_disabled: Option<NoRequests>,
        #[schemars(skip)]
        pub iap_enabled: Option<NoRequests>,
        #[schemars(skip)]
        pub default_uri_disabled: Option<NoRequests>,
        #[schemars(skip)]
        pub traffic: Option<NoRequests>,
        #[schemars(skip)]
        pub timeout: Option<NoRequests>,
        #[schemars(skip)]
        pub max_instance_request_concurrency: Option<NoRequests>,
        #[schemars(skip)]
        pub session_affinity: Option<NoRequests>,
        #[schemars(skip)]
        pub execution_environment: Option<NotHere>,
        #[schemars(skip)]
        pub launch_stage: Option<NotHere>,
    }
}

/// How many instances there are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "workerPools.Scaling")]
pub struct WorkerPoolScaling {
    /// The number of instances; 0 stops the pool. Default: Google's (1).
    pub manual_instance_count: Option<Value<i64>>,
    #[schemars(skip)]
    pub min_instance_count: Option<NoAutoscaling>,
    #[schemars(skip)]
    pub max_instance_count: Option<NoAutoscaling>,
    #[schemars(skip)]
    pub scaling_mode: Option<NoAutoscaling>,
}

/// A share of the instances: for the newest revision, or with `revision` for that one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "workerPools.InstanceSplit")]
pub struct InstanceSplit {
    /// Follows from `revision` and need not be written.
    #[serde(rename = "type")]
    pub kind: Option<Value<SplitType>>,
    /// A revision's name. Default: the newest ready one.
    pub revision: Option<Value<String>>,
    /// 0 to 100.
    pub percent: Option<Value<i64>>,
}

/// What an instance split names.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "workerPools.SplitType")]
pub enum SplitType {
    #[serde(rename = "INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST")]
    Latest,
    #[serde(rename = "INSTANCE_SPLIT_ALLOCATION_TYPE_REVISION")]
    Revision,
}

/// What pool and revision both have, for the revision.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "workerPools.Revision")]
pub struct WorkerPoolRevision {
    /// The revision's name, `POOL-…`; it must change with each change of the revision. Default: Google's.
    pub name: Option<Value<String>>,
    /// Labels of the revision.
    pub labels: Option<Labels>,
    /// Annotations of the revision.
    pub annotations: Option<Labels>,
}

/// Worker pools in the API.
#[derive(Debug, Clone, Copy)]
pub struct WorkerPools;

/// The template's fields that the pool lacks: discovery run.v2, `WorkerPoolRevisionTemplate`.
const LEVELS: &[Level] = &[Level {
    api: "template",
    inner: "revision",
    bare: &[
        "encryptionKey",
        "encryptionKeyRevocationAction",
        "encryptionKeyShutdownDuration",
        "gpuZonalRedundancyDisabled",
        "nodeSelector",
        "sandboxes",
        "serviceAccount",
        "serviceMesh",
        "volumes",
        "vpcAccess",
    ],
}];

static SHAPES: [Shape; 4] = [
    Shape::Custom {
        to_api: elements::lengthen,
        to_file: elements::shorten,
        api_path: |path| Some(elements::api_path(path)),
    },
    Shape::Keyed { path: "volumes", key: "name" },
    Shape::Keyed { path: "sidecars", key: "name" },
    Shape::Custom {
        to_api: |doc| layout::wrap(LEVELS, doc),
        to_file: |doc| layout::unwrap(LEVELS, doc),
        api_path: |path| layout::api_path(LEVELS, path),
    },
];

static FIELDS: &[FieldRule] = &fields::WORKER_POOLS;

static DESCRIPTOR: Descriptor = Descriptor {
    section: "workerPools",
    noun: "worker pool",
    doc: "Cloud Run worker pools: containers that run all the time and pull their work.",
    collection: "projects/{project}/locations/{location}/workerPools",
    item: "projects/{project}/locations/{location}/workerPools/{name}",
    id: IdStyle::Query("workerPoolId"),
    list: Some(ListStyle { items: "workerPools", page_size: Some(("pageSize", 100)), name: "name", complete: true }),
    durations: Durations { create: 45, update: 11, delete: 2 },
    shapes: &SHAPES,
    fields: FIELDS,
    outputs: &[
        Output {
            name: "latestReadyRevision",
            path: "latestReadyRevision",
            doc: "The newest revision that has started",
        },
        Output { name: "latestCreatedRevision", path: "latestCreatedRevision", doc: "The newest revision" },
        Output { name: "uid", path: "uid", doc: "Google's id of the worker pool" },
    ],
    ..super::RESOURCE
};

impl Kind for WorkerPools {
    type Spec = WorkerPoolSpec;

    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        names::rfc1035(name, 49)
    }

    fn complete(place: &Place, doc: &mut Doc) {
        complete::worker_pool(place, doc);
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        checks::worker_pool(input)
    }

    fn unsettled(input: &StepInput<'_>) -> Vec<&'static str> {
        super::consequences::unsettled(input)
    }

    fn ails(live: &Live) -> Option<String> {
        health::ails(live)
    }

    fn to_file(place: &Place, live: &Live) -> Doc {
        calls::to_file(Self::DESCRIPTOR, place, live)
    }

    fn filled(_: &Place, project: &ProjectFacts, file: &Doc) -> Doc {
        filled::filled(Self::DESCRIPTOR, project, file)
    }

    fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
        calls::calls(Self::DESCRIPTOR, input)
    }

    fn dry_run(input: &StepInput<'_>) -> Option<Request> {
        calls::dry_run(Self::DESCRIPTOR, input)
    }

    fn verify(input: &StepInput<'_>, live: &Live) -> Result<(), Diagnostic> {
        health::verify_ready(Self::DESCRIPTOR, input, live)?;
        health::verify_serving(Self::DESCRIPTOR, input, live)
    }

    fn passing(live: &Live) -> Passing {
        health::passing(live)
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        health::judge(Self::DESCRIPTOR, refusal)
    }

    fn consequences(input: &StepInput<'_>) -> Vec<String> {
        super::consequences::worker_pool(input)
    }
}
