//! Google's clients, led to a sandbox.
//!
//! All of these crates speak HTTP and put the endpoint's path before their own, so `URL/<google host>` is all they need.

use std::time::Duration;

use google_cloud_api_serviceusage_v1::client::ServiceUsage;
use google_cloud_artifactregistry_v1::client::ArtifactRegistry;
use google_cloud_auth::credentials::anonymous;
use google_cloud_compute_v1::client::{
    Addresses, ForwardingRules, GlobalOperations, Networks, RegionOperations, Subnetworks,
};
use google_cloud_gax::exponential_backoff::{ExponentialBackoff, ExponentialBackoffBuilder};
use google_cloud_iam_admin_v1::client::Iam;
use google_cloud_resourcemanager_v3::client::Projects;
use google_cloud_run_v2::client::{Executions, Jobs, Revisions, Services, WorkerPools};
use google_cloud_secretmanager_v1::client::SecretManagerService;
use google_cloud_sql_v1::client::{SqlDatabasesService, SqlInstancesService, SqlOperationsService, SqlUsersService};

/// One client per Google service.
pub struct Clients {
    pub networks: Networks,
    pub subnetworks: Subnetworks,
    pub addresses: Addresses,
    pub forwarding_rules: ForwardingRules,
    pub global_operations: GlobalOperations,
    pub region_operations: RegionOperations,
    pub iam: Iam,
    pub projects: Projects,
    pub usage: ServiceUsage,
    pub instances: SqlInstancesService,
    pub databases: SqlDatabasesService,
    pub users: SqlUsersService,
    pub sql_operations: SqlOperationsService,
    pub secrets: SecretManagerService,
    pub registry: ArtifactRegistry,
    pub services: Services,
    pub revisions: Revisions,
    pub worker_pools: WorkerPools,
    pub jobs: Jobs,
    pub executions: Executions,
}

/// The sandbox's operations are done at the second look: there is no use in waiting a second for it.
fn at_once() -> ExponentialBackoff {
    let (first, last) = (Duration::from_millis(1), Duration::from_secs(1));
    ExponentialBackoffBuilder::new().with_initial_delay(first).with_maximum_delay(last).clamp()
}

impl Clients {
    /// Clients of the sandbox at `url`.
    pub async fn of(url: &str) -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        macro_rules! client {
            ($client:ty, $host:literal) => {
                <$client>::builder()
                    .with_endpoint(format!("{url}/{}.googleapis.com", $host))
                    .with_credentials(anonymous::Builder::new().build())
                    .with_polling_backoff_policy(at_once())
                    .with_attempt_timeout(Duration::from_secs(30))
                    .build()
                    .await
                    .unwrap()
            };
        }
        Self {
            networks: client!(Networks, "compute"),
            subnetworks: client!(Subnetworks, "compute"),
            addresses: client!(Addresses, "compute"),
            forwarding_rules: client!(ForwardingRules, "compute"),
            global_operations: client!(GlobalOperations, "compute"),
            region_operations: client!(RegionOperations, "compute"),
            iam: client!(Iam, "iam"),
            projects: client!(Projects, "cloudresourcemanager"),
            usage: client!(ServiceUsage, "serviceusage"),
            instances: client!(SqlInstancesService, "sqladmin"),
            databases: client!(SqlDatabasesService, "sqladmin"),
            users: client!(SqlUsersService, "sqladmin"),
            sql_operations: client!(SqlOperationsService, "sqladmin"),
            secrets: client!(SecretManagerService, "secretmanager"),
            registry: client!(ArtifactRegistry, "artifactregistry"),
            services: client!(Services, "run"),
            revisions: client!(Revisions, "run"),
            worker_pools: client!(WorkerPools, "run"),
            jobs: client!(Jobs, "run"),
            executions: client!(Executions, "run"),
        }
    }
}
