//! `services`: Cloud Run services, Admin API v2.

use schemars::JsonSchema;
use serde::Deserialize;

use super::layout::{self, Level};
use super::spec::{ExecutionEnvironment, Labels, LaunchStage, Port, Probe, ReadinessProbe, RevocationAction, entry};
use super::{calls, checks, complete, elements, fields, filled, health, urls};
use crate::kinds::call::{Refusal, Verdict};
use crate::kinds::{
    Call, CheckInput, Descriptor, Durations, FieldRule, IdStyle, Kind, ListStyle, Live, Output, Passing, Shape,
    StepInput, names,
};
use crate::model::spec::{Member, Value};
use crate::model::{Diagnostic, Doc, Map, Place, ProjectFacts};
use crate::wire::Request;

entry! {
    /// A Cloud Run service: containers that answer requests, made and taken away as the load asks.
    ServiceSpec {
        /// The port to which requests go. Default: `[{name: http1, containerPort: 8080}]`.
        pub ports: Option<Vec<Port>>,
        /// Says when the container is to be restarted. Default: never asked.
        pub liveness_probe: Option<Probe>,
        /// Says when the container can take requests. Default: never asked.
        pub readiness_probe: Option<ReadinessProbe>,
        /// The base image for automatic base image updates.
        pub base_image_uri: Option<Value<String>>,
        /// Words for people, at most 512 characters. Default: none.
        pub description: Option<Value<String>>,
        /// From where requests may come. Default: INGRESS_TRAFFIC_ALL.
        pub ingress: Option<Value<Ingress>>,
        /// Who may send requests: `allUsers`, `user:…`, `serviceAccount:KEY`. Short for an `iam` entry of
        /// `roles/run.invoker`; nobody else is removed.
        pub invokers: Option<Vec<Member>>,
        /// Everybody may send requests without a check of IAM (the way out where the organisation forbids
        /// `allUsers`). Default: false.
        pub invoker_iam_disabled: Option<Value<bool>>,
        /// Identity-Aware Proxy in front of the service. Default: false.
        pub iap_enabled: Option<Value<bool>>,
        /// No `run.app` URL. Default: false.
        pub default_uri_disabled: Option<Value<bool>>,
        /// Further audiences that ID tokens may name.
        pub custom_audiences: Option<Vec<Value<String>>>,
        /// How many instances the service has over all its revisions.
        pub scaling: Option<ServiceScaling>,
        /// Which revisions get how much of the requests, 100 percent together. Default: all to the newest.
        pub traffic: Option<Vec<TrafficTarget>>,
        /// How long a request may take, 1 s to 3600 s. Default: `300s`.
        pub timeout: Option<Value<String>>,
        /// Requests that one instance handles at a time, 1 to 1000. Default: 80; 1 with less than one CPU.
        pub max_instance_request_concurrency: Option<Value<i64>>,
        /// Default: Google chooses; features that need the second generation get it.
        pub execution_environment: Option<Value<ExecutionEnvironment>>,
        /// Requests of one client go to one instance, as far as possible. Default: false.
        pub session_affinity: Option<Value<bool>>,
        /// Deploys without waiting for the container's start. Default: false.
        pub health_check_disabled: Option<Value<bool>>,
        /// What happens when the encryption key is revoked. Default: PREVENT_NEW.
        pub encryption_key_revocation_action: Option<Value<RevocationAction>>,
        /// With SHUTDOWN: how long after the revocation, whole hours: `86400s`.
        pub encryption_key_shutdown_duration: Option<Value<String>>,
        /// A Cloud Service Mesh.
        pub service_mesh: Option<ServiceMesh>,
        /// How the image is built from source by Google (functions).
        pub build_config: Option<BuildConfig>,
        /// Must be ALPHA or BETA where the entry uses a feature of that stage. Sent, never compared: Google answers
        /// with what the features in use need.
        pub launch_stage: Option<Value<LaunchStage>>,
        /// What service and revision both have, for the revision.
        pub revision: Option<ServiceRevision>,
    }
}

/// From where requests may come.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "services.Ingress")]
pub enum Ingress {
    /// From everywhere.
    #[serde(rename = "INGRESS_TRAFFIC_ALL")]
    All,
    /// From the project's networks and Google services inside its perimeter.
    #[serde(rename = "INGRESS_TRAFFIC_INTERNAL_ONLY")]
    InternalOnly,
    /// As INTERNAL_ONLY, and through an external Application Load Balancer.
    #[serde(rename = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER")]
    InternalLoadBalancer,
    /// From nowhere.
    #[serde(rename = "INGRESS_TRAFFIC_NONE")]
    None,
}

/// How many instances the service has over all its revisions.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "services.Scaling")]
pub struct ServiceScaling {
    /// Instances that are always there (and charged for), divided among the revisions by their traffic. Default: 0.
    pub min_instance_count: Option<Value<i64>>,
    /// The most instances. Default: Google's (100, or less where the quota is less).
    pub max_instance_count: Option<Value<i64>>,
    /// AUTOMATIC follows the load; MANUAL keeps `manualInstanceCount`. Default: AUTOMATIC.
    pub scaling_mode: Option<Value<ScalingMode>>,
    /// With MANUAL: the number of instances.
    pub manual_instance_count: Option<Value<i64>>,
}

/// Who decides on the number of instances.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "services.ScalingMode")]
pub enum ScalingMode {
    Automatic,
    Manual,
}

/// A share of the requests: for the newest revision, or with `revision` for that one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "services.TrafficTarget")]
pub struct TrafficTarget {
    /// Follows from `revision` and need not be written.
    #[serde(rename = "type")]
    pub kind: Option<Value<TrafficType>>,
    /// A revision's name. Default: the newest ready one.
    pub revision: Option<Value<String>>,
    /// 0 to 100. Default: 0 (a tag alone).
    pub percent: Option<Value<i64>>,
    /// Gives the target a URL of its own, `https://TAG---…`.
    pub tag: Option<Value<String>>,
}

/// What a traffic target names.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "services.TrafficType")]
pub enum TrafficType {
    #[serde(rename = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST")]
    Latest,
    #[serde(rename = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION")]
    Revision,
}

/// A Cloud Service Mesh.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "services.ServiceMesh")]
pub struct ServiceMesh {
    /// `projects/P/locations/global/meshes/M`. Required.
    pub mesh: Value<String>,
}

/// How the image is built from source by Google (functions).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "services.BuildConfig")]
pub struct BuildConfig {
    /// The source: `gs://BUCKET/OBJECT`.
    pub source_location: Option<Value<String>>,
    /// The function's name in the source.
    pub function_target: Option<Value<String>>,
    /// Where the image goes.
    pub image_uri: Option<Value<String>>,
    /// The base image.
    pub base_image: Option<Value<String>>,
    /// Base image updates without a new build. Default: false.
    pub enable_automatic_updates: Option<Value<bool>>,
    /// Cloud Build's worker pool: `projects/P/locations/R/workerPools/W`.
    pub worker_pool: Option<Value<String>>,
    /// Variables of the build.
    pub environment_variables: Option<Labels>,
    /// Who builds: `projects/P/serviceAccounts/E`.
    pub service_account: Option<Value<String>>,
}

/// What service and revision both have, for the revision.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "services.Revision")]
pub struct ServiceRevision {
    /// The revision's name, `SERVICE-…`; it must change with each change of the revision. Default: Google's.
    pub name: Option<Value<String>>,
    /// Labels of the revision.
    pub labels: Option<Labels>,
    /// Annotations of the revision.
    pub annotations: Option<Labels>,
    /// How many instances the revision has.
    pub scaling: Option<RevisionScaling>,
}

/// How many instances a revision has.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "services.RevisionScaling")]
pub struct RevisionScaling {
    /// Instances that are always there, with traffic or not. Default: 0.
    pub min_instance_count: Option<Value<i64>>,
    /// The most instances. Default: Google's.
    pub max_instance_count: Option<Value<i64>>,
    /// The CPU use at which instances are added, 0.1 to 0.95.
    pub cpu_utilization: Option<Value<f64>>,
    /// The use of `maxInstanceRequestConcurrency` at which instances are added, 0.1 to 0.95.
    pub concurrency_utilization: Option<Value<f64>>,
}

/// Services in the API.
#[derive(Debug, Clone, Copy)]
pub struct Services;

/// The template's fields that the service lacks: discovery run.v2, `RevisionTemplate`.
const LEVELS: &[Level] = &[Level {
    api: "template",
    inner: "revision",
    bare: &[
        "ambientNetworking",
        "encryptionKey",
        "encryptionKeyRevocationAction",
        "encryptionKeyShutdownDuration",
        "executionEnvironment",
        "gpuZonalRedundancyDisabled",
        "healthCheckDisabled",
        "maxInstanceRequestConcurrency",
        "nodeSelector",
        "sandboxes",
        "serviceAccount",
        "serviceMesh",
        "sessionAffinity",
        "timeout",
        "volumes",
        "vpcAccess",
        "workloadIdentityConfig",
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
        api_path: |path| super::invokers_path(path).or_else(|| layout::api_path(LEVELS, path)),
    },
];

static FIELDS: &[FieldRule] = &fields::SERVICES;

static DESCRIPTOR: Descriptor = Descriptor {
    section: "services",
    noun: "service",
    doc: "Cloud Run services: containers that answer requests.",
    collection: "projects/{project}/locations/{location}/services",
    item: "projects/{project}/locations/{location}/services/{name}",
    id: IdStyle::Query("serviceId"),
    list: Some(ListStyle { items: "services", page_size: Some(("pageSize", 100)), name: "name", complete: true }),
    durations: Durations { create: 45, update: 11, delete: 2 },
    shapes: &SHAPES,
    fields: FIELDS,
    outputs: &[
        Output {
            name: "url",
            path: "",
            doc: "The service's address, `https://NAME-PROJECTNUMBER.REGION.run.app`, known before it exists",
        },
        Output { name: "uri", path: "uri", doc: "The main address as Google gives it; older services have another" },
        Output { name: "urls", path: "urls", doc: "All addresses" },
        Output {
            name: "latestReadyRevision",
            path: "latestReadyRevision",
            doc: "The newest revision that has started",
        },
        Output { name: "latestCreatedRevision", path: "latestCreatedRevision", doc: "The newest revision" },
        Output { name: "uid", path: "uid", doc: "Google's id of the service" },
    ],
    ..super::RESOURCE
};

impl Kind for Services {
    type Spec = ServiceSpec;

    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        names::rfc1035(name, 49)
    }

    fn complete(place: &Place, doc: &mut Doc) {
        complete::service(place, doc);
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        checks::service(input)
    }

    fn known_outputs(place: &Place, project: &ProjectFacts, doc: &Doc) -> Map {
        urls::known(place, project, doc)
    }

    fn live_outputs(place: &Place, live: &Live) -> Map {
        urls::live(place, live)
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
        urls::verify(input, live)?;
        health::verify_serving(Self::DESCRIPTOR, input, live)
    }

    fn passing(live: &Live) -> Passing {
        health::passing(live)
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        health::judge(Self::DESCRIPTOR, refusal)
    }

    fn consequences(input: &StepInput<'_>) -> Vec<String> {
        super::consequences::service(input)
    }
}
