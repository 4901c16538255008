//! What `stackctl apply` made, read by Google's clients: each value is what the stack says.

mod compute;
mod identity;
mod run;
mod sql;
mod storage;

pub use identity::members;

use crate::context::TUTORIAL;

/// The tutorial's stack and a job, which it has not.
pub fn stack() -> String {
    let job = "
jobs:
  migrate:
    image: us-central1-docker.pkg.dev/${project.id}/prefect-repo/migrate:v1
    command: [alembic]
    args: [upgrade, head]
    serviceAccount: prefect-sa
    taskCount: 2
    parallelism: 1
    maxRetries: 0
    timeout: 900s
    env: {STAGE: test, AUTH: {secret: prefect-auth}}
    resources: {limits: {cpu: \"1\", memory: 1Gi}}
    labels: {team: data}

outputs:";
    TUTORIAL.replace("\noutputs:", job)
}
