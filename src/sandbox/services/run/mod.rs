//! Cloud Run: services, jobs, worker pools and what they run, in v2 and in the Knative-shaped v1.

mod fill;
mod knative;
mod quantity;

pub(crate) use fill::Makes;
