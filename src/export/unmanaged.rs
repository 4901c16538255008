//! Enabled APIs that hold kinds of resources which stackctl does not manage.

use crate::kinds::registry;

/// An enabled API and what it holds that no entry can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unmanaged {
    pub service: &'static str,
    /// In words.
    pub holds: &'static str,
}

const fn holds(service: &'static str, holds: &'static str) -> Unmanaged {
    Unmanaged { service, holds }
}

/// What APIs hold beside, or in place of, our kinds.
const KNOWN: &[Unmanaged] = &[
    holds("aiplatform.googleapis.com", "Vertex AI models and endpoints"),
    holds("alloydb.googleapis.com", "AlloyDB clusters"),
    holds("apigateway.googleapis.com", "API gateways"),
    holds("bigquery.googleapis.com", "BigQuery datasets"),
    holds("bigtableadmin.googleapis.com", "Bigtable instances"),
    holds("certificatemanager.googleapis.com", "certificates"),
    holds("cloudbuild.googleapis.com", "build triggers"),
    holds("cloudfunctions.googleapis.com", "functions"),
    holds("cloudkms.googleapis.com", "keys"),
    holds("cloudscheduler.googleapis.com", "scheduled jobs"),
    holds("cloudtasks.googleapis.com", "task queues"),
    holds("composer.googleapis.com", "Composer environments"),
    holds("compute.googleapis.com", "firewall rules, routers, disks, instances, load balancers' backends"),
    holds("container.googleapis.com", "GKE clusters"),
    holds("dataflow.googleapis.com", "Dataflow jobs"),
    holds("dataproc.googleapis.com", "Dataproc clusters"),
    holds("dns.googleapis.com", "DNS zones"),
    holds("eventarc.googleapis.com", "event triggers"),
    holds("file.googleapis.com", "Filestore instances"),
    holds("firebase.googleapis.com", "Firebase projects"),
    holds("firestore.googleapis.com", "Firestore databases"),
    holds("logging.googleapis.com", "log sinks and buckets"),
    holds("memcache.googleapis.com", "Memcached instances"),
    holds("monitoring.googleapis.com", "alerts and dashboards"),
    holds("networkconnectivity.googleapis.com", "service connection policies"),
    holds("notebooks.googleapis.com", "notebooks"),
    holds("pubsub.googleapis.com", "topics and subscriptions"),
    holds("redis.googleapis.com", "Redis instances"),
    holds("servicenetworking.googleapis.com", "private connections"),
    holds("spanner.googleapis.com", "Spanner instances"),
    holds("storage.googleapis.com", "buckets"),
    holds("vpcaccess.googleapis.com", "VPC connectors"),
    holds("workflows.googleapis.com", "workflows"),
];

/// APIs that every new project has, and those that hold nothing: nobody wonders about them.
const SILENT: &[&str] = &[
    "analyticshub",
    "bigqueryconnection",
    "bigquerydatapolicy",
    "bigquerydatatransfer",
    "bigquerymigration",
    "bigqueryreservation",
    "bigquerystorage",
    "cloudapis",
    "cloudresourcemanager",
    "cloudtrace",
    "containerregistry",
    "dataform",
    "dataplex",
    "datastore",
    "iamcredentials",
    "oslogin",
    "servicemanagement",
    "serviceusage",
    "sql-component",
    "storage-api",
    "storage-component",
    "sts",
    "telemetry",
];

/// The enabled APIs with kinds that stackctl does not manage, and the names of those of which it knows nothing.
pub fn unmanaged(enabled: &[String]) -> (Vec<Unmanaged>, Vec<String>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for service in enabled {
        let short = service.trim_end_matches(".googleapis.com");
        let is_ours = registry::all().iter().any(|row| row.descriptor.api.service == service);
        match KNOWN.iter().find(|known| known.service == service) {
            Some(found) => known.push(*found),
            None if is_ours || SILENT.contains(&short) => {}
            None => unknown.push(service.clone()),
        }
    }
    (known, unknown)
}

/// Whether a service is one that people enable for what they make with it.
pub(super) fn is_asked_for(service: &str) -> bool {
    let short = service.trim_end_matches(".googleapis.com");
    let comes_along = ["bigquery", "logging", "monitoring", "storage", "pubsub"];
    !SILENT.contains(&short) && !comes_along.contains(&short)
}
