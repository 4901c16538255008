//! What is known of an instance's fields, in file space.

use super::calls::{PATCH_ALONE, SET_PASSWORD};
use crate::kinds::Compare::{Cidr, Duration, KeyedBy, LastSegment, Link, Project, Time, Unordered};
use crate::kinds::FieldRule;
use crate::kinds::Flag::{GrowOnly, Immutable, InputOnly, OutputOnly, Sensitive, ServerDefault};

/// Google's description of the API: what it marks as output only, immutable or input only.
const DISCOVERY: &str = "discovery sqladmin.v1";
/// What the descriptions behind Google's Terraform provider declare.
const RULES: &str = "field-rules sqlInstances";
/// Answers to instances that were created without the field.
const RECORDED: &str = "recordings sql/instance-*";
/// `false` is left out of answers, so it is the same as nothing.
const FALSE_VANISHES: &str = "recordings sql/instance-insights-2026-01: false booleans are absent from GET";

const fn output(path: &'static str) -> FieldRule {
    FieldRule::new(path, DISCOVERY).flags(&[OutputOnly])
}

const fn filled(path: &'static str) -> FieldRule {
    FieldRule::new(path, RECORDED).flags(&[ServerDefault])
}

/// `false` by default.
const fn off(path: &'static str) -> FieldRule {
    FieldRule::new(path, FALSE_VANISHES).default("false")
}

/// The table.
pub const FIELDS: &[FieldRule] = &[
    // What the server says of the instance.
    output("availableMaintenanceVersions"),
    output("backendType"),
    output("connectionName"),
    output("createTime"),
    output("currentDiskSize"),
    output("databaseInstalledVersion"),
    output("deploymentInfo"),
    output("diskEncryptionStatus"),
    output("dnsName"),
    output("dnsNames"),
    output("etag"),
    output("failoverReplica"),
    output("gceZone"),
    output("geminiConfig"),
    output("ipAddresses"),
    output("ipv6Address"),
    output("kind"),
    output("maxDiskSize"),
    output("nodes"),
    output("outOfDiskReport"),
    output("primaryDnsName"),
    output("project"),
    output("pscServiceAttachmentLink"),
    output("replicaNames"),
    output("replicationCluster.drReplica"),
    output("replicationCluster.psaWriteEndpoint"),
    output("satisfiesPzi"),
    output("satisfiesPzs"),
    output("scheduledMaintenance"),
    output("secondaryGceZone"),
    output("selfLink"),
    output("serverCaCert"),
    output("serviceAccountEmailAddress"),
    output("sqlNetworkArchitecture"),
    output("state"),
    output("suspensionReason"),
    output("upgradableDatabaseVersions"),
    output("writeEndpoint"),
    output("settings"),
    output("settingsVersion"),
    output("authorizedGaeApplications"),
    output("activeDirectoryConfig.kind"),
    output("backupConfiguration.backupTier"),
    output("backupConfiguration.kind"),
    output("backupConfiguration.replicationLogArchivingEnabled"),
    output("backupConfiguration.transactionalLogStorageState"),
    output("connectionPoolConfig.poolerCount"),
    output("diskEncryptionConfiguration.kind"),
    output("entraidConfig.kind"),
    output("ipConfiguration.authorizedNetworks[].kind"),
    // Deprecated in favour of `sslMode`, with which it may not be sent in disagreement.
    output("ipConfiguration.requireSsl"),
    output("ipConfiguration.pscConfig.pscAutoConnections[].consumerNetworkStatus"),
    output("ipConfiguration.pscConfig.pscAutoConnections[].instanceAutoDnsStatus"),
    output("ipConfiguration.pscConfig.pscAutoConnections[].ipAddress"),
    output("ipConfiguration.pscConfig.pscAutoConnections[].serviceConnectionPolicy"),
    output("ipConfiguration.pscConfig.pscAutoConnections[].serviceConnectionPolicyCreationResult"),
    output("ipConfiguration.pscConfig.pscAutoConnections[].status"),
    output("ipConfiguration.pscConfig.pscAutoConnections[].writeEndpointAutoDnsStatus"),
    output("locationPreference.kind"),
    output("maintenanceWindow.kind"),
    output("replicaConfiguration.kind"),
    output("replicaConfiguration.mysqlReplicaConfiguration.kind"),
    output("sqlServerAuditConfig.kind"),
    // What cannot change.
    FieldRule::new("region", RULES).flags(&[Immutable]).compare(LastSegment),
    FieldRule::new("collation", RULES).flags(&[Immutable]),
    FieldRule::new("diskEncryptionConfiguration", RULES).flags(&[Immutable, ServerDefault]),
    FieldRule::new("diskEncryptionConfiguration.kmsKeyName", RULES).flags(&[Immutable, ServerDefault]).compare(Link),
    FieldRule::new("masterInstanceName", "unverified/sql/instance-replica: a replica is made with its primary")
        .flags(&[Immutable, ServerDefault]),
    FieldRule::new("instanceType", "recordings: CLOUD_SQL_INSTANCE is filled in").flags(&[Immutable, ServerDefault]),
    FieldRule::new("tags", DISCOVERY).flags(&[Immutable, InputOnly]),
    // What is sent and not answered.
    FieldRule::new("rootPassword", "field-rules sqlInstances: write only")
        .flags(&[InputOnly, Sensitive])
        .via(SET_PASSWORD),
    FieldRule::new("includeReplicasForMajorVersionUpgrade", DISCOVERY).flags(&[InputOnly]),
    FieldRule::new("switchTransactionLogsToCloudStorageEnabled", DISCOVERY).flags(&[InputOnly]),
    // Machine and disk.
    FieldRule::new("databaseVersion", "recordings sql/instance-sqlserver-upgrade: patched alone").via(PATCH_ALONE),
    FieldRule::new("maintenanceVersion", "Cloud SQL: patched alone, before the rest")
        .flags(&[ServerDefault])
        .via(PATCH_ALONE),
    FieldRule::new("tier", RULES),
    filled("edition"),
    FieldRule::new("availabilityType", RULES).default("\"ZONAL\""),
    FieldRule::new("activationPolicy", RULES).default("\"ALWAYS\""),
    FieldRule::new("dataDiskSizeGb", "Cloud SQL: a disk only grows").flags(&[ServerDefault, GrowOnly]),
    filled("dataDiskType"),
    filled("dataDiskProvisionedIops"),
    filled("dataDiskProvisionedThroughput"),
    FieldRule::new("storageAutoResize", RULES).default("true"),
    FieldRule::new("storageAutoResizeLimit", RULES).default("0"),
    filled("advancedMachineFeatures"),
    filled("locationPreference"),
    FieldRule::new("pricingPlan", RULES).default("\"PER_USE\""),
    filled("replicationType"),
    filled("replicationLagMaxSeconds"),
    // How it is reached.
    filled("ipConfiguration"),
    FieldRule::new("ipConfiguration.privateNetwork", "field-rules: compared as relative links")
        .flags(&[ServerDefault])
        .compare(Link),
    FieldRule::new("ipConfiguration.allocatedIpRange", RULES).compare(LastSegment),
    off("ipConfiguration.enablePrivatePathForGoogleCloudServices"),
    FieldRule::new("ipConfiguration.authorizedNetworks", "field-rules: a set").compare(KeyedBy("value")),
    FieldRule::new("ipConfiguration.authorizedNetworks[].value", RULES).compare(Cidr),
    FieldRule::new("ipConfiguration.authorizedNetworks[].expirationTime", RULES).compare(Time),
    FieldRule::new("ipConfiguration.customSubjectAlternativeNames", "field-rules: a set").compare(Unordered),
    FieldRule::new("ipConfiguration.pscConfig.allowedConsumerProjects", "field-rules: a set").compare(Unordered),
    FieldRule::new("ipConfiguration.pscConfig.allowedConsumerProjects[]", "PSC: projects by id or number")
        .compare(Project),
    FieldRule::new("ipConfiguration.pscConfig.pscAutoConnections[].consumerNetwork", RULES).compare(Link),
    FieldRule::new("ipConfiguration.pscConfig.pscAutoConnections[].consumerProject", RULES)
        .flags(&[ServerDefault])
        .compare(Project),
    FieldRule::new("ipConfiguration.pscConfig.networkAttachmentUri", RULES).compare(Link),
    off("ipConfiguration.pscConfig.pscEnabled"),
    filled("ipConfiguration.pscConfig.pscAutoDnsEnabled"),
    filled("ipConfiguration.pscConfig.pscWriteEndpointDnsEnabled"),
    filled("ipConfiguration.pscConfig.pscAutoConnectionPolicyEnabled"),
    FieldRule::new("ipConfiguration.serverCaPool", RULES).compare(Link),
    FieldRule::new("connectorEnforcement", RECORDED).default("\"NOT_REQUIRED\""),
    filled("dataApiAccess"),
    // Upkeep.
    filled("backupConfiguration"),
    off("backupConfiguration.enabled"),
    off("backupConfiguration.pointInTimeRecoveryEnabled"),
    off("backupConfiguration.binaryLogEnabled"),
    FieldRule::new("backupConfiguration.backupRetentionSettings.retentionUnit", RULES).default("\"COUNT\""),
    off("finalBackupConfig.enabled"),
    filled("finalBackupConfig.retentionDays"),
    off("retainBackupsOnDelete"),
    FieldRule::new("deletionProtectionEnabled", RECORDED).default("false"),
    FieldRule::new("maintenanceWindow.hour", "protobuf: 0 is left out of answers").default("0"),
    // The rest.
    off("insightsConfig.queryInsightsEnabled"),
    off("insightsConfig.enhancedQueryInsightsEnabled"),
    off("insightsConfig.recordApplicationTags"),
    off("insightsConfig.recordClientAddress"),
    filled("insightsConfig.queryStringLength"),
    filled("insightsConfig.queryPlansPerMinute"),
    off("dataCacheConfig.dataCacheEnabled"),
    off("connectionPoolConfig.connectionPoolingEnabled"),
    off("enableGoogleMlIntegration"),
    off("enableDataplexIntegration"),
    off("autoUpgradeEnabled"),
    off("passwordValidationPolicy.enablePasswordPolicy"),
    off("passwordValidationPolicy.disallowUsernameSubstring"),
    off("passwordValidationPolicy.disallowCompromisedCredentials"),
    FieldRule::new("passwordValidationPolicy.complexity", DISCOVERY).default("\"COMPLEXITY_UNSPECIFIED\""),
    FieldRule::new("passwordValidationPolicy.passwordChangeInterval", DISCOVERY).compare(Duration),
    FieldRule::new("sqlServerAuditConfig.retentionInterval", DISCOVERY).compare(Duration),
    FieldRule::new("sqlServerAuditConfig.uploadInterval", DISCOVERY).compare(Duration),
    FieldRule::new("activeDirectoryConfig.dnsServers", RULES).compare(Unordered),
    filled("activeDirectoryConfig.mode"),
    filled("replicationCluster"),
    off("replicaConfiguration.failoverTarget"),
    off("replicaConfiguration.cascadableReplica"),
    filled("nodeCount"),
    filled("readPoolAutoScaleConfig"),
    off("readPoolAutoScaleConfig.enabled"),
    off("readPoolAutoScaleConfig.disableScaleIn"),
    FieldRule::new("readPoolAutoScaleConfig.targetMetrics", "field-rules: a set").compare(KeyedBy("metric")),
];
