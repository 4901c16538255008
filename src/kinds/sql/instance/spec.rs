//! What a stack file can say of a Cloud SQL instance. Google's wrapper `settings` is left out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::network::IpConfiguration;
use super::upkeep::{BackupConfiguration, DenyMaintenancePeriod, FinalBackupConfig, MaintenanceWindow};
use crate::kinds::payload::PayloadSpec;
use crate::kinds::sections::SqlInstances;
use crate::model::spec::{ByName, Ref, Value};

/// A Cloud SQL instance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SqlInstanceSpec {
    /// Engine and version: `POSTGRES_18`, `MYSQL_8_4`, `SQLSERVER_2022_STANDARD`. It can go up, never down.
    pub database_version: Value<String>,
    /// The machine: `db-f1-micro`, `db-g1-small`, `db-custom-CPUS-MEGABYTES`, with `ENTERPRISE_PLUS`
    /// `db-perf-optimized-N-CPUS`.
    pub tier: Value<String>,
    /// The Cloud SQL edition. PostgreSQL 16 and later are `ENTERPRISE_PLUS` where nothing is said, which has no small
    /// machines.
    pub edition: Option<Value<Edition>>,
    /// One zone, or a standby in a second one. `ZONAL` by default.
    pub availability_type: Option<Value<AvailabilityType>>,
    /// Whether it runs: `NEVER` stops it and keeps its disk. `ALWAYS` by default.
    pub activation_policy: Option<Value<ActivationPolicy>>,

    /// Disk size in GB, 10 or more. It can only grow.
    pub data_disk_size_gb: Option<Value<i64>>,
    /// Kind of disk, `PD_SSD` by default.
    pub data_disk_type: Option<Value<DataDiskType>>,
    /// Operations a second of a `HYPERDISK_BALANCED` disk.
    pub data_disk_provisioned_iops: Option<Value<i64>>,
    /// Megabytes a second of a `HYPERDISK_BALANCED` disk.
    pub data_disk_provisioned_throughput: Option<Value<i64>>,
    /// Whether the disk grows by itself when it is nearly full. On by default.
    pub storage_auto_resize: Option<Value<bool>>,
    /// Up to how many GB it grows by itself; 0, the default, is no limit.
    pub storage_auto_resize_limit: Option<Value<i64>>,

    /// Flags of the database, by name; which ones there are depends on the version. Flags that others set stay.
    pub database_flags: Option<BTreeMap<String, Value<String>>>,
    /// Public and private addresses, Private Service Connect, TLS.
    pub ip_configuration: Option<IpConfiguration>,
    /// Whether only Cloud SQL's own connectors may connect.
    pub connector_enforcement: Option<Value<ConnectorEnforcement>>,
    /// Whether SQL may be run through the API (`instances.executeSql`).
    pub data_api_access: Option<Value<DataApiAccess>>,

    /// Backups and point-in-time recovery.
    pub backup_configuration: Option<BackupConfiguration>,
    /// A last backup when the instance is deleted, whoever deletes it.
    pub final_backup_config: Option<FinalBackupConfig>,
    /// Whether backups outlive the instance.
    pub retain_backups_on_delete: Option<Value<bool>>,
    /// Whether Google refuses to delete it. stackctl then refuses too, until this is `false` and applied.
    pub deletion_protection_enabled: Option<Value<bool>>,
    /// When Google may restart it for maintenance.
    pub maintenance_window: Option<MaintenanceWindow>,
    /// When Google must not: one stretch of up to 90 days.
    pub deny_maintenance_periods: Option<Vec<DenyMaintenancePeriod>>,
    /// The maintenance release to run, one of `availableMaintenanceVersions`. It can only go up.
    pub maintenance_version: Option<Value<String>>,

    /// Query Insights.
    pub insights_config: Option<InsightsConfig>,
    /// Labels. Those that others set stay.
    pub user_labels: Option<BTreeMap<String, Value<String>>>,
    /// Rules for the passwords of the instance's users.
    pub password_validation_policy: Option<PasswordValidationPolicy>,
    /// A cache on local SSD (`ENTERPRISE_PLUS`).
    pub data_cache_config: Option<DataCacheConfig>,
    /// Managed connection pooling (`ENTERPRISE_PLUS`).
    pub connection_pool_config: Option<ConnectionPoolConfig>,
    /// The zones to run in.
    pub location_preference: Option<LocationPreference>,
    /// Threads per core.
    pub advanced_machine_features: Option<AdvancedMachineFeatures>,
    /// Calls of Vertex AI from SQL.
    pub enable_google_ml_integration: Option<Value<bool>>,
    /// Metadata for Dataplex.
    pub enable_dataplex_integration: Option<Value<bool>>,
    /// Whether minor versions of MySQL follow by themselves.
    pub auto_upgrade_enabled: Option<Value<bool>>,
    /// Seconds of replication lag after which a replica is made anew.
    pub replication_lag_max_seconds: Option<Value<i64>>,

    /// SQL Server: the time zone.
    pub time_zone: Option<Value<String>>,
    /// SQL Server: the collation of the server. It cannot change.
    pub collation: Option<Value<String>>,
    /// SQL Server: Windows authentication.
    pub active_directory_config: Option<ActiveDirectoryConfig>,
    /// SQL Server: Microsoft Entra ID.
    pub entraid_config: Option<EntraIdConfig>,
    /// SQL Server: audit files in a bucket.
    pub sql_server_audit_config: Option<SqlServerAuditConfig>,

    /// Makes this a replica of another instance: its key, or its name.
    pub master_instance_name: Option<Ref<SqlInstances, ByName>>,
    /// What is special of a replica.
    pub replica_configuration: Option<ReplicaConfiguration>,
    /// The replica that takes over when the primary's region is lost.
    pub replication_cluster: Option<ReplicationCluster>,
    /// What it is, where that does not follow: `READ_POOL_INSTANCE` with `nodeCount`.
    pub instance_type: Option<Value<InstanceType>>,
    /// Nodes of a read pool.
    pub node_count: Option<Value<i64>>,
    /// Lets a read pool change its number of nodes by itself.
    pub read_pool_auto_scale_config: Option<ReadPoolAutoScaleConfig>,
    /// Encryption with a key of your own. It cannot change.
    pub disk_encryption_configuration: Option<DiskEncryptionConfiguration>,
    /// Password of the first user (`postgres`, `root@%`, `sqlserver`). SQL Server cannot do without; with IAM login
    /// leave it out.
    pub root_password: Option<PayloadSpec>,
    /// On a version upgrade: replicas go along.
    pub include_replicas_for_major_version_upgrade: Option<Value<bool>>,
    /// Moves the logs for point-in-time recovery from the disk to Cloud Storage, once.
    pub switch_transaction_logs_to_cloud_storage_enabled: Option<Value<bool>>,
    /// Resource Manager tags, `tagKeys/NUMBER: tagValues/NUMBER`; only on create.
    pub tags: Option<BTreeMap<String, Value<String>>>,
}

/// A Cloud SQL edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Edition {
    Enterprise,
    EnterprisePlus,
    Developer,
}

/// One zone, or a standby in a second one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AvailabilityType {
    Zonal,
    Regional,
}

/// Whether the instance runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActivationPolicy {
    Always,
    Never,
    OnDemand,
}

/// Kind of disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DataDiskType {
    PdSsd,
    PdHdd,
    HyperdiskBalanced,
}

/// Who may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectorEnforcement {
    NotRequired,
    Required,
}

/// Whether SQL may be run through the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DataApiAccess {
    DisallowDataApi,
    AllowDataApi,
}

/// What an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InstanceType {
    CloudSqlInstance,
    ReadReplicaInstance,
    ReadPoolInstance,
}

/// Query Insights.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InsightsConfig {
    /// Turns it on.
    pub query_insights_enabled: Option<Value<bool>>,
    /// More of it (`ENTERPRISE_PLUS`).
    pub enhanced_query_insights_enabled: Option<Value<bool>>,
    /// How much of a query is kept, in bytes; 256 to 4500, 1024 by default.
    pub query_string_length: Option<Value<i64>>,
    /// Plans sampled a minute, 0 to 20, 5 by default.
    pub query_plans_per_minute: Option<Value<i64>>,
    /// Keeps the tags that applications put into comments.
    pub record_application_tags: Option<Value<bool>>,
    /// Keeps the addresses of clients.
    pub record_client_address: Option<Value<bool>>,
}

/// Rules for passwords.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordValidationPolicy {
    /// Turns the rules on.
    pub enable_password_policy: Option<Value<bool>>,
    /// Characters at least.
    pub min_length: Option<Value<i64>>,
    /// Demands lower case, upper case, digits and others.
    pub complexity: Option<Value<Complexity>>,
    /// How many earlier passwords may not come back.
    pub reuse_interval: Option<Value<i64>>,
    /// Forbids the user's name in it.
    pub disallow_username_substring: Option<Value<bool>>,
    /// Forbids passwords that are known to have leaked.
    pub disallow_compromised_credentials: Option<Value<bool>>,
    /// How long before it may change again: `86400s`, `1d`.
    pub password_change_interval: Option<Value<String>>,
}

/// What a password must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Complexity {
    ComplexityUnspecified,
    ComplexityDefault,
}

/// A cache on local SSD.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataCacheConfig {
    /// Turns it on.
    pub data_cache_enabled: Option<Value<bool>>,
}

/// Managed connection pooling.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectionPoolConfig {
    /// Turns it on.
    pub connection_pooling_enabled: Option<Value<bool>>,
    /// Flags of the pooler, by name.
    pub flags: Option<BTreeMap<String, Value<String>>>,
}

/// The zones to run in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LocationPreference {
    /// The zone: `us-central1-a`.
    pub zone: Option<Value<String>>,
    /// The standby's zone (`availabilityType: REGIONAL`).
    pub secondary_zone: Option<Value<String>>,
}

/// Threads per core.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdvancedMachineFeatures {
    /// 1 or 2.
    pub threads_per_core: Option<Value<i64>>,
}

/// Windows authentication.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActiveDirectoryConfig {
    /// The domain: `ad.example.com`.
    pub domain: Option<Value<String>>,
    /// Whose directory it is.
    pub mode: Option<Value<ActiveDirectoryMode>>,
    /// Its name servers.
    pub dns_servers: Option<Vec<Value<String>>>,
    /// Full name of the secret with the administrator's credentials.
    pub admin_credential_secret_name: Option<Value<String>>,
    /// The unit in which the instance's account stands.
    pub organizational_unit: Option<Value<String>>,
}

/// Whose directory it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActiveDirectoryMode {
    ManagedActiveDirectory,
    SelfManagedActiveDirectory,
    CustomerManagedActiveDirectory,
}

/// Microsoft Entra ID.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntraIdConfig {
    /// The tenant.
    pub tenant_id: Option<Value<String>>,
    /// The application.
    pub application_id: Option<Value<String>>,
}

/// Audit files in a bucket.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SqlServerAuditConfig {
    /// The bucket: `gs://my-bucket`.
    pub bucket: Option<Value<String>>,
    /// How long files are kept: `604800s`, `7d`.
    pub retention_interval: Option<Value<String>>,
    /// How often they are uploaded: `600s`, `10m`.
    pub upload_interval: Option<Value<String>>,
}

/// What is special of a replica.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplicaConfiguration {
    /// The replica that takes over (old high availability of MySQL).
    pub failover_target: Option<Value<bool>>,
    /// SQL Server: the replica may have replicas in other regions.
    pub cascadable_replica: Option<Value<bool>>,
}

/// The replica that takes over when a region is lost.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplicationCluster {
    /// Its name: `replica` or `project:replica`.
    pub failover_dr_replica_name: Option<Value<String>>,
}

/// Changes of a read pool's size.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadPoolAutoScaleConfig {
    /// Turns it on.
    pub enabled: Option<Value<bool>>,
    /// Nodes at least.
    pub min_node_count: Option<Value<i64>>,
    /// Nodes at most.
    pub max_node_count: Option<Value<i64>>,
    /// What it goes by.
    pub target_metrics: Option<Vec<TargetMetric>>,
    /// It only ever grows.
    pub disable_scale_in: Option<Value<bool>>,
    /// Seconds to wait before it shrinks again.
    pub scale_in_cooldown_seconds: Option<Value<i64>>,
    /// Seconds to wait before it grows again.
    pub scale_out_cooldown_seconds: Option<Value<i64>>,
}

/// A metric and the value to hold.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetMetric {
    /// `AVERAGE_CPU_UTILIZATION` or `AVERAGE_DB_CONNECTIONS`.
    pub metric: Value<String>,
    /// The value.
    pub target_value: Option<Value<f64>>,
}

/// Encryption with a key of your own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiskEncryptionConfiguration {
    /// `projects/P/locations/R/keyRings/K/cryptoKeys/NAME`, in the instance's region.
    pub kms_key_name: Option<Value<String>>,
}
