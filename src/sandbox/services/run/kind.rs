//! The three kinds that are deployed, and where a call finds them.

use serde_json::Value as Json;

use super::Makes;
use crate::sandbox::cloud::{Cloud, Project};
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::Lasts;
use crate::sandbox::service::Call;

/// What differs between services, jobs and worker pools.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub makes: Makes,
    /// In paths of v2, and in keys.
    pub collection: &'static str,
    /// The query parameter that names a new one.
    pub id_parameter: &'static str,
    /// The type in operations.
    pub proto: &'static str,
    /// The schema of a body in v2's document.
    pub schema: &'static str,
    /// In messages.
    pub word: &'static str,
    /// Where a body stands in messages.
    pub field: &'static str,
    pub first: Lasts,
    pub later: Lasts,
}

pub(super) const SERVICE: Kind = Kind {
    makes: Makes::Service,
    collection: "services",
    id_parameter: "serviceId",
    proto: "google.cloud.run.v2.Service",
    schema: "GoogleCloudRunV2Service",
    word: "SERVICE",
    field: "service",
    first: Lasts::seconds(16, 71),
    later: Lasts::seconds(6, 16),
};

pub(super) const JOB: Kind = Kind {
    makes: Makes::Task,
    collection: "jobs",
    id_parameter: "jobId",
    proto: "google.cloud.run.v2.Job",
    schema: "GoogleCloudRunV2Job",
    word: "JOB",
    field: "job",
    first: Lasts::seconds(4, 10),
    later: Lasts::seconds(4, 10),
};

pub(super) const WORKER_POOL: Kind = Kind {
    makes: Makes::WorkerPool,
    collection: "workerPools",
    id_parameter: "workerPoolId",
    proto: "google.cloud.run.v2.WorkerPool",
    schema: "GoogleCloudRunV2WorkerPool",
    word: "WORKER_POOL",
    field: "worker_pool",
    first: Lasts::seconds(16, 40),
    later: Lasts::seconds(6, 20),
};

impl Kind {
    /// The kind of that collection, in v1's or v2's spelling.
    pub(super) fn of(collection: &str) -> Option<&'static Kind> {
        [&SERVICE, &JOB, &WORKER_POOL].into_iter().find(|kind| kind.collection.eq_ignore_ascii_case(collection))
    }

    /// The template whose containers run: a job's lies one deeper.
    pub(super) fn template<'a>(&self, document: &'a Json) -> &'a Json {
        if self.makes == Makes::Task { &document["template"]["template"] } else { &document["template"] }
    }

    /// The same, to change it.
    pub(super) fn template_mut<'a>(&self, document: &'a mut Json) -> Option<&'a mut Json> {
        let outer = document.get_mut("template")?;
        if self.makes == Makes::Task { outer.get_mut("template") } else { Some(outer) }
    }

    /// 404 in Google's words.
    pub(super) fn missing(&self, place: &Place, id: &str) -> Fault {
        not_found(place, id, self.word)
    }
}

/// 404 of anything in Cloud Run.
pub(super) fn not_found(place: &Place, id: &str, word: &str) -> Fault {
    let (location, project) = (&place.location, &place.project.id);
    Fault::not_found(format!(
        "Resource '{id}' of kind '{word}' in region '{location}' in project '{project}' does not exist."
    ))
}

/// A project and a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub project: Project,
    pub location: String,
}

impl Place {
    /// The place in a v2 path, or in a v1 path that names the location.
    pub(super) fn of(call: &Call<'_>) -> Result<Self, Fault> {
        Ok(Self { project: call.project()?, location: call.param("locationsId").to_owned() })
    }

    /// `projects/ID/locations/L`
    pub(super) fn path(&self) -> String {
        format!("projects/{}/locations/{}", self.project.id, self.location)
    }

    /// The key of a collection here.
    pub(super) fn collection(&self, kind: &Kind) -> String {
        format!("run/{}/{}", self.path(), kind.collection)
    }

    /// The key of a resource here.
    pub(super) fn key(&self, kind: &Kind, id: &str) -> String {
        format!("{}/{id}", self.collection(kind))
    }

    /// The place of a stored document.
    pub(super) fn of_key(cloud: &Cloud, key: &str) -> Option<Self> {
        let mut parts = key.split('/');
        let (project, location) = (parts.nth(2)?, parts.nth(1)?);
        Some(Self { project: cloud.project(project)?, location: location.to_owned() })
    }
}
