//! What is known of each field of services, worker pools and jobs, with the page or recording that says so.
//!
//! An update sends the whole resource, so a field that the file drops is simply not sent again and Google fills in
//! its default. The default `null` says that for fields whose default is "none", or one that depends on others.

use crate::kinds::rules::Flag::{ClientStamp, InputOnly, OutputOnly, SendEmpty, ServerDefault, Whole};
use crate::kinds::{Compare, FieldRule};

const DISCOVERY: &str = "discovery/run.v2.json";
const SERVICE: &str = "recordings/run/service-cassette-2024-04-16";
const JOB: &str = "recordings/run/job-minimal-2025-09";
const JOB_PROBES: &str = "recordings/run/job-dependson-2025-11";
const PROVIDER: &str = "field-rules/services.json, workerPools.json, jobs.json";
const BEHAVIOUR: &str = "gcp-behaviour.md, section 3, Cloud Run";
const PERMADIFFS: &str = "gcp-behaviour.md, section 4, point 2";
const POOLS: &str = "gcp-behaviour.md, section 4, point 29";
const CPU_PAGE: &str = "https://cloud.google.com/run/docs/configuring/services/cpu";
const NETWORK_PAGE: &str = "https://cloud.google.com/run/docs/configuring/vpc-direct-vpc";

/// The rules of a probe at `$at`, with the defaults of a probe that the file sets.
macro_rules! probe {
    ($at:expr) => {
        [
            FieldRule::new($at, SERVICE).flags(&[ServerDefault, Whole]).default("null"),
            FieldRule::new(concat!($at, ".initialDelaySeconds"), PROVIDER).default("0"),
            FieldRule::new(concat!($at, ".timeoutSeconds"), JOB_PROBES).default("1"),
            FieldRule::new(concat!($at, ".periodSeconds"), JOB_PROBES).default("10"),
            FieldRule::new(concat!($at, ".failureThreshold"), JOB_PROBES).default("3"),
            FieldRule::new(concat!($at, ".httpGet"), PROVIDER).flags(&[SendEmpty]),
            FieldRule::new(concat!($at, ".httpGet.path"), PROVIDER).default("\"/\""),
            FieldRule::new(concat!($at, ".httpGet.port"), JOB_PROBES).flags(&[ServerDefault]),
            FieldRule::new(concat!($at, ".httpGet.httpHeaders"), DISCOVERY).default("[]"),
            FieldRule::new(concat!($at, ".httpGet.httpHeaders[].value"), PROVIDER).default("\"\""),
            FieldRule::new(concat!($at, ".tcpSocket"), PROVIDER).flags(&[SendEmpty]),
            FieldRule::new(concat!($at, ".tcpSocket.port"), PROVIDER).flags(&[ServerDefault]),
            FieldRule::new(concat!($at, ".grpc"), PROVIDER).flags(&[SendEmpty]),
            FieldRule::new(concat!($at, ".grpc.port"), PROVIDER).flags(&[ServerDefault]),
            FieldRule::new(concat!($at, ".grpc.service"), DISCOVERY).default("\"\""),
        ]
    };
}

/// The rules of a container; `$p` stands before its fields, `$waits` is its list of containers to wait for.
macro_rules! container {
    ($p:literal, $waits:literal) => {
        [
            FieldRule::new(concat!($p, "image"), DISCOVERY),
            FieldRule::new(concat!($p, "command"), DISCOVERY).default("[]"),
            FieldRule::new(concat!($p, "args"), DISCOVERY).default("[]"),
            FieldRule::new(concat!($p, "env"), PERMADIFFS),
            FieldRule::new(concat!($p, "env{}"), DISCOVERY).flags(&[Whole]),
            FieldRule::new(concat!($p, "env{}.secret"), DISCOVERY).compare(Compare::Link),
            FieldRule::new(concat!($p, "env{}.version"), DISCOVERY),
            FieldRule::new(concat!($p, "resources"), PROVIDER).flags(&[ServerDefault]).default("null"),
            FieldRule::new(concat!($p, "resources.limits"), PROVIDER).flags(&[ServerDefault]).default("null"),
            FieldRule::new(concat!($p, "resources.limits.cpu"), JOB)
                .flags(&[ServerDefault])
                .compare(Compare::Cpu)
                .default("\"1000m\""),
            FieldRule::new(concat!($p, "resources.limits.memory"), JOB)
                .flags(&[ServerDefault])
                .compare(Compare::Memory)
                .default("\"512Mi\""),
            FieldRule::new(concat!($p, "resources.startupCpuBoost"), CPU_PAGE).default("false"),
            FieldRule::new(concat!($p, "workingDir"), DISCOVERY).default("\"\""),
            FieldRule::new(concat!($p, "volumeMounts"), DISCOVERY).compare(Compare::KeyedBy("mountPath")).default("[]"),
            FieldRule::new(concat!($p, "volumeMounts[].subPath"), DISCOVERY).default("\"\""),
            FieldRule::new(concat!($p, $waits), JOB_PROBES).compare(Compare::Unordered).default("[]"),
            FieldRule::new(concat!($p, "ports"), SERVICE)
                .flags(&[ServerDefault])
                .default(r#"[{"name":"http1","containerPort":8080}]"#),
            FieldRule::new(concat!($p, "ports[].name"), SERVICE).flags(&[ServerDefault]).default("\"http1\""),
            FieldRule::new(concat!($p, "ports[].containerPort"), SERVICE).flags(&[ServerDefault]).default("8080"),
            FieldRule::new(concat!($p, "baseImageUri"), DISCOVERY).default("\"\""),
            FieldRule::new(concat!($p, "buildInfo"), DISCOVERY).flags(&[OutputOnly]),
        ]
    };
}

/// The rules of the container's CPU between requests: services alone have the choice.
macro_rules! cpu_idle {
    ($p:literal) => {
        [FieldRule::new(concat!($p, "resources.cpuIdle"), SERVICE).flags(&[ServerDefault, SendEmpty]).default("true")]
    };
}

macro_rules! readiness {
    ($at:expr) => {
        [
            FieldRule::new($at, PROVIDER).flags(&[Whole]).default("null"),
            FieldRule::new(concat!($at, ".timeoutSeconds"), PROVIDER).flags(&[ServerDefault]),
            FieldRule::new(concat!($at, ".periodSeconds"), PROVIDER).flags(&[ServerDefault]),
            FieldRule::new(concat!($at, ".failureThreshold"), PROVIDER).flags(&[ServerDefault]),
            FieldRule::new(concat!($at, ".httpGet.path"), PROVIDER).flags(&[ServerDefault]),
            FieldRule::new(concat!($at, ".httpGet.port"), PROVIDER).flags(&[ServerDefault]),
            FieldRule::new(concat!($at, ".grpc.port"), PROVIDER).flags(&[ServerDefault]),
        ]
    };
}

/// What all three have around their containers.
const SHARED: [FieldRule; 62] = [
    FieldRule::new("containerName", JOB),
    FieldRule::new("sidecars", DISCOVERY),
    FieldRule::new("sidecars{}", DISCOVERY),
    FieldRule::new("container", "fields that this program does not know"),
    FieldRule::new("containerBuildConfig", DISCOVERY),
    FieldRule::new("volumes", DISCOVERY),
    FieldRule::new("volumes{}", "discovery/run.v2.json: one source of several").flags(&[Whole]),
    FieldRule::new("volumes{}.secret", DISCOVERY).compare(Compare::Link),
    FieldRule::new("volumes{}.defaultMode", DISCOVERY).default("292"),
    FieldRule::new("volumes{}.items", DISCOVERY).compare(Compare::KeyedBy("path")),
    FieldRule::new("volumes{}.cloudSqlInstance.instances", PROVIDER).compare(Compare::Unordered),
    FieldRule::new("volumes{}.emptyDir.medium", PROVIDER).default("\"MEMORY\""),
    FieldRule::new("volumes{}.emptyDir.sizeLimit", DISCOVERY).flags(&[ServerDefault]).compare(Compare::Memory),
    FieldRule::new("volumes{}.gcs.readOnly", "recordings/run/job-nfsvolume-2026-02, for nfs").default("false"),
    FieldRule::new("volumes{}.gcs.mountOptions", DISCOVERY).compare(Compare::Unordered).default("[]"),
    FieldRule::new("volumes{}.nfs.readOnly", "recordings/run/job-nfsvolume-2026-02").default("false"),
    FieldRule::new("volumes{}.nfs.path", PROVIDER).flags(&[ServerDefault]),
    FieldRule::new("serviceAccount", SERVICE).flags(&[ServerDefault]),
    FieldRule::new("vpcAccess", DISCOVERY).default("null"),
    FieldRule::new("vpcAccess.network", PROVIDER).flags(&[ServerDefault]).compare(Compare::Link),
    FieldRule::new("vpcAccess.subnetwork", PROVIDER).flags(&[ServerDefault]).compare(Compare::Link),
    FieldRule::new("vpcAccess.tags", DISCOVERY).compare(Compare::Unordered).default("[]"),
    FieldRule::new("vpcAccess.egress", NETWORK_PAGE).flags(&[ServerDefault]).default("\"PRIVATE_RANGES_ONLY\""),
    FieldRule::new("vpcAccess.connector", DISCOVERY).compare(Compare::Link),
    FieldRule::new("encryptionKey", "recordings/run/job-kmskey-2025-09").compare(Compare::Link).default("\"\""),
    FieldRule::new("nodeSelector", DISCOVERY).default("null"),
    FieldRule::new("gpuZonalRedundancyDisabled", DISCOVERY).default("false"),
    FieldRule::new("labels", JOB),
    FieldRule::new("annotations", DISCOVERY),
    FieldRule::new("annotations[\"run.googleapis.com/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("annotations[\"client.knative.dev/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("annotations[\"serving.knative.dev/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("annotations[\"cloud.googleapis.com/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("labels[\"run.googleapis.com/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("labels[\"client.knative.dev/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("labels[\"serving.knative.dev/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("labels[\"cloud.googleapis.com/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("binaryAuthorization", DISCOVERY).flags(&[Whole]).default("null"),
    FieldRule::new("binaryAuthorization.useDefault", DISCOVERY).default("false"),
    FieldRule::new("binaryAuthorization.policy", DISCOVERY).compare(Compare::Link),
    FieldRule::new("binaryAuthorization.breakglassJustification", DISCOVERY).default("\"\""),
    FieldRule::new("client", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("clientVersion", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("name", BEHAVIOUR).flags(&[OutputOnly]),
    FieldRule::new("uid", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("generation", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("observedGeneration", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("createTime", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("updateTime", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("deleteTime", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("expireTime", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("creator", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("lastModifier", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("terminalCondition", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("conditions", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("latestReadyRevision", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("latestCreatedRevision", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("reconciling", BEHAVIOUR).flags(&[OutputOnly]),
    FieldRule::new("satisfiesPzs", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("threatDetectionEnabled", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("etag", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("@type", "gcp-behaviour.md, section 1: metadata of operations").flags(&[OutputOnly]),
];

/// What services and worker pools have for their revisions.
const REVISION: [FieldRule; 17] = [
    FieldRule::new("description", DISCOVERY).default("\"\""),
    FieldRule::new("customAudiences", DISCOVERY).compare(Compare::Unordered).default("[]"),
    FieldRule::new("encryptionKeyRevocationAction", DISCOVERY).flags(&[ServerDefault]).default("\"PREVENT_NEW\""),
    FieldRule::new("encryptionKeyShutdownDuration", DISCOVERY).flags(&[ServerDefault]).compare(Compare::Duration),
    FieldRule::new("serviceMesh.mesh", DISCOVERY).compare(Compare::Link),
    FieldRule::new("serviceMesh", DISCOVERY).default("null"),
    FieldRule::new("revision", DISCOVERY),
    FieldRule::new("revision.name", "gcp-behaviour.md, section 4, point 25").flags(&[ServerDefault]),
    FieldRule::new("revision.labels", DISCOVERY),
    FieldRule::new("revision.annotations", DISCOVERY),
    FieldRule::new("revision.labels[\"client.knative.dev/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("revision.labels[\"run.googleapis.com/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("revision.annotations[\"client.knative.dev/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("revision.annotations[\"run.googleapis.com/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("revision.annotations[\"autoscaling.knative.dev/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("revision.client", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("revision.clientVersion", PERMADIFFS).flags(&[ClientStamp]),
];

const SERVICE_OWN: [FieldRule; 31] = [
    FieldRule::new("ingress", SERVICE).flags(&[ServerDefault]).default("\"INGRESS_TRAFFIC_ALL\""),
    FieldRule::new("invokerIamDisabled", DISCOVERY).default("false"),
    FieldRule::new("iapEnabled", DISCOVERY).default("false"),
    FieldRule::new("sshEnabled", DISCOVERY).default("false"),
    FieldRule::new("defaultUriDisabled", DISCOVERY).default("false"),
    FieldRule::new("scaling", PROVIDER).flags(&[ServerDefault]).default("null"),
    FieldRule::new("scaling.minInstanceCount", PERMADIFFS).flags(&[ServerDefault, SendEmpty]).default("0"),
    FieldRule::new("scaling.maxInstanceCount", PROVIDER).flags(&[ServerDefault]),
    FieldRule::new("scaling.scalingMode", PERMADIFFS).flags(&[ServerDefault]).default("\"AUTOMATIC\""),
    FieldRule::new("scaling.manualInstanceCount", PROVIDER).flags(&[ServerDefault, SendEmpty]),
    FieldRule::new("traffic", SERVICE)
        .flags(&[ServerDefault])
        .compare(Compare::Unordered)
        .default(r#"[{"type":"TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST","percent":100}]"#),
    FieldRule::new("traffic[].type", SERVICE).default("\"TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST\""),
    FieldRule::new("traffic[].revision", DISCOVERY).compare(Compare::LastSegment).default("\"\""),
    FieldRule::new("traffic[].percent", PROVIDER).default("0"),
    FieldRule::new("traffic[].tag", DISCOVERY).default("\"\""),
    FieldRule::new("timeout", SERVICE).flags(&[ServerDefault]).compare(Compare::Duration).default("\"300s\""),
    FieldRule::new("maxInstanceRequestConcurrency", SERVICE).flags(&[ServerDefault]).default("80"),
    FieldRule::new("executionEnvironment", DISCOVERY).flags(&[ServerDefault]),
    FieldRule::new("sessionAffinity", DISCOVERY).default("false"),
    FieldRule::new("healthCheckDisabled", DISCOVERY).default("false"),
    FieldRule::new("buildConfig", DISCOVERY).default("null"),
    FieldRule::new("buildConfig.name", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("buildConfig.enableAutomaticUpdates", DISCOVERY).default("false"),
    FieldRule::new("launchStage", PERMADIFFS).flags(&[InputOnly]),
    FieldRule::new("revision.scaling", PROVIDER).flags(&[ServerDefault]).default("null"),
    FieldRule::new("revision.scaling.minInstanceCount", PERMADIFFS).default("0"),
    FieldRule::new("revision.scaling.maxInstanceCount", PROVIDER).flags(&[ServerDefault]),
    FieldRule::new("trafficStatuses", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("uri", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("urls", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("multiRegionSettings.multiRegionId", PROVIDER).flags(&[OutputOnly]),
];

const POOL_OWN: [FieldRule; 8] = [
    FieldRule::new("scaling", PROVIDER).flags(&[ServerDefault]),
    FieldRule::new("scaling.manualInstanceCount", PROVIDER).flags(&[ServerDefault, SendEmpty]),
    FieldRule::new("instanceSplits", PROVIDER)
        .flags(&[ServerDefault])
        .compare(Compare::Unordered)
        .default(r#"[{"type":"INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST","percent":100}]"#),
    FieldRule::new("instanceSplits[].type", PROVIDER).default("\"INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST\""),
    FieldRule::new("instanceSplits[].revision", DISCOVERY).compare(Compare::LastSegment).default("\"\""),
    FieldRule::new("instanceSplits[].percent", PROVIDER).flags(&[ServerDefault]).default("0"),
    FieldRule::new("instanceSplitStatuses", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("launchStage", POOLS).flags(&[ClientStamp]),
];

const JOB_OWN: [FieldRule; 21] = [
    FieldRule::new("taskCount", JOB).flags(&[ServerDefault]).default("1"),
    FieldRule::new("parallelism", PROVIDER).flags(&[ServerDefault]).default("0"),
    FieldRule::new("delayExecution", DISCOVERY).default("false"),
    FieldRule::new("maxRetries", JOB).flags(&[ServerDefault, SendEmpty]).default("3"),
    FieldRule::new("timeout", JOB).flags(&[ServerDefault]).compare(Compare::Duration).default("\"600s\""),
    FieldRule::new("executionEnvironment", JOB).flags(&[ServerDefault]).default("\"EXECUTION_ENVIRONMENT_GEN2\""),
    FieldRule::new("launchStage", PERMADIFFS).flags(&[InputOnly]),
    FieldRule::new("task", DISCOVERY),
    FieldRule::new("task.labels", DISCOVERY),
    FieldRule::new("task.annotations", DISCOVERY),
    FieldRule::new("task.labels[\"client.knative.dev/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("task.labels[\"run.googleapis.com/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("task.annotations[\"client.knative.dev/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("task.annotations[\"run.googleapis.com/*\"]", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("task.client", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("task.clientVersion", PERMADIFFS).flags(&[ClientStamp]),
    FieldRule::new("startExecutionToken", "discovery/run.v2.json: each value starts an execution").flags(&[InputOnly]),
    FieldRule::new("runExecutionToken", "discovery/run.v2.json: each value starts an execution").flags(&[InputOnly]),
    FieldRule::new("executionCount", DISCOVERY).flags(&[OutputOnly]),
    FieldRule::new("latestCreatedExecution", JOB).flags(&[OutputOnly]),
    FieldRule::new("functionalType", DISCOVERY).flags(&[ServerDefault]),
];

const MAIN: &[FieldRule] = &container!("", "dependsOnContainers");
const MAIN_STARTUP: &[FieldRule] = &probe!("startupProbe");
const MAIN_LIVENESS: &[FieldRule] = &probe!("livenessProbe");
const MAIN_READINESS: &[FieldRule] = &readiness!("readinessProbe");
const MAIN_IDLE: &[FieldRule] = &cpu_idle!("");
const SIDECAR: &[FieldRule] = &container!("sidecars{}.", "dependsOn");
const SIDECAR_STARTUP: &[FieldRule] = &probe!("sidecars{}.startupProbe");
const SIDECAR_LIVENESS: &[FieldRule] = &probe!("sidecars{}.livenessProbe");
const SIDECAR_READINESS: &[FieldRule] = &readiness!("sidecars{}.readinessProbe");
const SIDECAR_IDLE: &[FieldRule] = &cpu_idle!("sidecars{}.");

const SERVICE_PARTS: &[&[FieldRule]] = &[
    MAIN,
    MAIN_STARTUP,
    MAIN_LIVENESS,
    MAIN_READINESS,
    MAIN_IDLE,
    SIDECAR,
    SIDECAR_STARTUP,
    SIDECAR_LIVENESS,
    SIDECAR_READINESS,
    SIDECAR_IDLE,
    &SHARED,
    &REVISION,
    &SERVICE_OWN,
];
const POOL_PARTS: &[&[FieldRule]] =
    &[MAIN, MAIN_STARTUP, MAIN_LIVENESS, SIDECAR, SIDECAR_STARTUP, SIDECAR_LIVENESS, &SHARED, &REVISION, &POOL_OWN];
const JOB_PARTS: &[&[FieldRule]] = &[MAIN, MAIN_STARTUP, SIDECAR, SIDECAR_STARTUP, &SHARED, &JOB_OWN];

/// The fields of services.
pub(super) static SERVICES: [FieldRule; length(SERVICE_PARTS)] = join(SERVICE_PARTS);
/// The fields of worker pools.
pub(super) static WORKER_POOLS: [FieldRule; length(POOL_PARTS)] = join(POOL_PARTS);
/// The fields of jobs.
pub(super) static JOBS: [FieldRule; length(JOB_PARTS)] = join(JOB_PARTS);

const fn length(parts: &[&[FieldRule]]) -> usize {
    let mut total = 0;
    let mut part = 0;
    while part < parts.len() {
        total += parts[part].len();
        part += 1;
    }
    total
}

const fn join<const N: usize>(parts: &[&[FieldRule]]) -> [FieldRule; N] {
    let mut joined = [FieldRule::new("", ""); N];
    let (mut part, mut at) = (0, 0);
    while part < parts.len() {
        let mut row = 0;
        while row < parts[part].len() {
            joined[at] = parts[part][row];
            at += 1;
            row += 1;
        }
        part += 1;
    }
    joined
}
