//! `jobs`: Cloud Run jobs, Admin API v2. An entry is the job; running it is another command.

use schemars::JsonSchema;
use serde::Deserialize;

use super::layout::{self, Level};
use super::spec::{ExecutionEnvironment, Labels, LaunchStage, Port, absent, entry};
use super::{calls, checks, complete, elements, fields, filled, health};
use crate::kinds::call::{Refusal, Verdict};
use crate::kinds::{
    Call, CheckInput, Descriptor, Durations, FieldRule, IdStyle, Kind, ListStyle, Live, Output, Passing, Shape,
    StepInput, names,
};
use crate::model::spec::{Member, Value};
use crate::model::{Diagnostic, Doc, Place, ProjectFacts};

absent! {
    /// Stands for fields of services and worker pools.
    NotInJobs = "a job runs to its end and takes no requests, so it has no such field; see `taskCount`, `parallelism`, \
                 `maxRetries` and `timeout`";
}

entry! {
    /// A Cloud Run job: containers that run to their end when the job is executed.
    JobSpec {
        /// The container's port, for probes that name none. Default: 8080.
        pub ports: Option<Vec<Port>>,
        /// Tasks of an execution, 1 to 10000. Default: 1.
        pub task_count: Option<Value<i64>>,
        /// Tasks that run at a time, at most `taskCount`. Default: as many as can.
        pub parallelism: Option<Value<i64>>,
        /// How often a failed task is tried again, 0 to 10. Default: 3.
        pub max_retries: Option<Value<i64>>,
        /// How long a task may take, at most 168 hours (`604800s`). Default: `600s`.
        pub timeout: Option<Value<String>>,
        /// Default: EXECUTION_ENVIRONMENT_GEN2.
        pub execution_environment: Option<Value<ExecutionEnvironment>>,
        /// Must be ALPHA or BETA where the entry uses a feature of that stage. Sent, never compared: Google answers
        /// with what the features in use need.
        pub launch_stage: Option<Value<LaunchStage>>,
        /// Who may execute the job: `user:…`, `serviceAccount:KEY`. Short for an `iam` entry of `roles/run.invoker`;
        /// nobody else is removed.
        pub invokers: Option<Vec<Member>>,
        /// What job and execution both have, for the execution.
        pub task: Option<JobTask>,

        #[schemars(skip)]
        pub liveness_probe: Option<NotInJobs>,
        #[schemars(skip)]
        pub readiness_probe: Option<NotInJobs>,
        #[schemars(skip)]
        pub scaling: Option<NotInJobs>,
        #[schemars(skip)]
        pub ingress: Option<NotInJobs>,
        #[schemars(skip)]
        pub traffic: Option<NotInJobs>,
        #[schemars(skip)]
        pub revision: Option<NotInJobs>,
        #[schemars(skip)]
        pub max_instance_request_concurrency: Option<NotInJobs>,
        #[schemars(skip)]
        pub session_affinity: Option<NotInJobs>,
        #[schemars(skip)]
        pub description: Option<NotInJobs>,
    }
}

/// What job and execution both have, for the execution.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "jobs.Task")]
pub struct JobTask {
    /// Labels of the executions.
    pub labels: Option<Labels>,
    /// Annotations of the executions.
    pub annotations: Option<Labels>,
}

/// Jobs in the API.
#[derive(Debug, Clone, Copy)]
pub struct Jobs;

/// The templates' fields that the job lacks: discovery run.v2, `ExecutionTemplate` and `TaskTemplate`.
const LEVELS: &[Level] = &[
    Level { api: "template", inner: "task", bare: &["delayExecution", "parallelism", "taskCount"] },
    Level {
        api: "template",
        inner: "template",
        bare: &[
            "encryptionKey",
            "executionEnvironment",
            "gpuZonalRedundancyDisabled",
            "maxRetries",
            "nodeSelector",
            "sandboxes",
            "serviceAccount",
            "timeout",
            "volumes",
            "vpcAccess",
            "workloadIdentityConfig",
        ],
    },
];

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

static FIELDS: &[FieldRule] = &fields::JOBS;

static DESCRIPTOR: Descriptor = Descriptor {
    section: "jobs",
    noun: "job",
    doc: "Cloud Run jobs: containers that run to their end.",
    collection: "projects/{project}/locations/{location}/jobs",
    item: "projects/{project}/locations/{location}/jobs/{name}",
    id: IdStyle::Query("jobId"),
    list: Some(ListStyle { items: "jobs", page_size: Some(("pageSize", 100)), name: "name", complete: true }),
    durations: Durations { create: 8, update: 5, delete: 2 },
    shapes: &SHAPES,
    fields: FIELDS,
    outputs: &[
        Output { name: "executionCount", path: "executionCount", doc: "How many executions there are" },
        Output {
            name: "latestCreatedExecution",
            path: "latestCreatedExecution.name",
            doc: "The newest execution's name",
        },
        Output { name: "uid", path: "uid", doc: "Google's id of the job" },
    ],
    ..super::RESOURCE
};

impl Kind for Jobs {
    type Spec = JobSpec;

    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        names::rfc1035(name, 63)
    }

    fn complete(place: &Place, doc: &mut Doc) {
        complete::job(place, doc);
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        checks::job(input)
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

    fn verify(input: &StepInput<'_>, live: &Live) -> Result<(), Diagnostic> {
        health::verify_ready(Self::DESCRIPTOR, input, live)
    }

    fn passing(live: &Live) -> Passing {
        health::passing(live)
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        health::judge(Self::DESCRIPTOR, refusal)
    }

    fn consequences(input: &StepInput<'_>) -> Vec<String> {
        super::consequences::job(input)
    }
}
