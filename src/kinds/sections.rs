//! The sections that fields can refer to, as types for `Ref<…>`.

use crate::model::spec::Target;

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident = $section:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name;
        impl Target for $name {
            const SECTION: &'static str = $section;
        }
    )*};
}

sections! {
    /// VPC networks.
    Networks = "networks";
    /// Subnetworks.
    Subnetworks = "subnetworks";
    /// Reserved IP addresses.
    Addresses = "addresses";
    /// Forwarding rules.
    ForwardingRules = "forwardingRules";
    /// Service accounts.
    ServiceAccounts = "serviceAccounts";
    /// Cloud SQL instances.
    SqlInstances = "sqlInstances";
    /// Databases on Cloud SQL instances.
    SqlDatabases = "sqlDatabases";
    /// Users of Cloud SQL instances.
    SqlUsers = "sqlUsers";
    /// Secrets.
    Secrets = "secrets";
    /// Artifact Registry repositories.
    Repositories = "repositories";
    /// Cloud Run services.
    Services = "services";
    /// Cloud Run jobs.
    Jobs = "jobs";
    /// Cloud Run worker pools.
    WorkerPools = "workerPools";
}
