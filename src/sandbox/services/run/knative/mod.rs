//! Cloud Run v1: Knative-shaped objects over the same services, jobs and worker pools that v2 stores.
//!
//! The stored document is v2's. Here are the two translations, without any state: a v1 body becomes the v2 body that
//! the same checks and defaults then see, and a v2 document becomes the v1 object that gcloud reads.

mod annotations;
mod containers;
mod kinds;
mod object;
mod template;

pub(crate) use kinds::{
    execution_to_v1, job_to_v1, job_to_v2, revision_to_v1, service_to_v1, service_to_v2, task_to_v1, worker_pool_to_v1,
    worker_pool_to_v2,
};
pub(crate) use object::{Place, resource_version};
