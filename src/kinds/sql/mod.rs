//! Cloud SQL: instances, the databases and the users on them.
//!
//! One operation at a time runs on an instance, so its databases and users wait for it and for one another.

pub mod instance;

mod engine;
mod refusals;

pub use engine::Engine;

use super::Api;

/// The Cloud SQL Admin API.
pub(super) const API: Api = Api { host: "sqladmin.googleapis.com", prefix: "/v1/", service: "sqladmin.googleapis.com" };
