//! What a stack file can say of a repository.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::remote::RemoteRepositoryConfig;
use crate::kinds::sections::Repositories;
use crate::model::spec::{Ref, Value};

/// An Artifact Registry repository.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RepositorySpec {
    /// What it holds. It cannot change.
    pub format: Value<Format>,
    /// Whether it holds things itself (the default), fetches them from elsewhere, or joins others. It cannot change.
    pub mode: Option<Value<Mode>>,
    /// What it is for.
    pub description: Option<Value<String>>,
    /// Labels. Those that others set stay.
    pub labels: Option<BTreeMap<String, Value<String>>>,
    /// What is deleted or kept by itself, by name. Policies that others set stay.
    pub cleanup_policies: Option<BTreeMap<String, CleanupPolicy>>,
    /// Whether the policies only log what they would delete.
    pub cleanup_policy_dry_run: Option<Value<bool>>,
    /// What is special of Docker.
    pub docker_config: Option<DockerConfig>,
    /// What is special of Maven.
    pub maven_config: Option<MavenConfig>,
    /// A key of your own, `projects/P/locations/L/keyRings/K/cryptoKeys/NAME`. It cannot change.
    pub kms_key_name: Option<Value<String>>,
    /// From where a `REMOTE_REPOSITORY` fetches.
    pub remote_repository_config: Option<RemoteRepositoryConfig>,
    /// Which repositories a `VIRTUAL_REPOSITORY` joins.
    pub virtual_repository_config: Option<VirtualRepositoryConfig>,
    /// Whether images are searched for known weaknesses.
    pub vulnerability_scanning_config: Option<VulnerabilityScanningConfig>,
    /// Logs of what is pushed and pulled.
    pub platform_logs_config: Option<PlatformLogsConfig>,
}

/// What a repository holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Format {
    Docker,
    Maven,
    Npm,
    Python,
    Apt,
    Yum,
    Go,
    Generic,
    Kfp,
    Googet,
    Ruby,
    Conda,
}

/// Where its contents come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Mode {
    StandardRepository,
    VirtualRepository,
    RemoteRepository,
}

/// A rule of what is deleted or kept by itself: a `condition`, or for `KEEP` the `mostRecentVersions`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CleanupPolicy {
    /// What happens to what it matches; `KEEP` wins over `DELETE`.
    pub action: Value<CleanupAction>,
    /// What it matches.
    pub condition: Option<CleanupCondition>,
    /// The newest versions of each package.
    pub most_recent_versions: Option<MostRecentVersions>,
}

/// What happens to what a policy matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CleanupAction {
    Delete,
    Keep,
}

/// What a policy matches: all that is said here together.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CleanupCondition {
    /// Versions with tags, without, or both (the default).
    pub tag_state: Option<Value<TagState>>,
    /// Tags that begin with one of these.
    pub tag_prefixes: Option<Vec<Value<String>>>,
    /// Versions whose names begin with one of these.
    pub version_name_prefixes: Option<Vec<Value<String>>>,
    /// Packages whose names begin with one of these.
    pub package_name_prefixes: Option<Vec<Value<String>>>,
    /// Uploaded longer ago than this: `2592000s`, `30d`.
    pub older_than: Option<Value<String>>,
    /// Uploaded less long ago than this.
    pub newer_than: Option<Value<String>>,
}

/// Versions with tags, without, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TagState {
    Tagged,
    Untagged,
    Any,
}

/// The newest versions of each package.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MostRecentVersions {
    /// So many.
    pub keep_count: Option<Value<i64>>,
    /// Of packages whose names begin with one of these; of all by default.
    pub package_name_prefixes: Option<Vec<Value<String>>>,
}

/// What is special of Docker.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DockerConfig {
    /// Whether a tag stays on its image once it is pushed.
    pub immutable_tags: Option<Value<bool>>,
}

/// What is special of Maven.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MavenConfig {
    /// Which versions are taken; all by default. It cannot change.
    pub version_policy: Option<Value<VersionPolicy>>,
    /// Whether a snapshot may be written over. It cannot change.
    pub allow_snapshot_overwrites: Option<Value<bool>>,
}

/// Which Maven versions are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VersionPolicy {
    VersionPolicyUnspecified,
    Release,
    Snapshot,
}

/// Which repositories are joined.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VirtualRepositoryConfig {
    /// The repositories, each under an id of your choice.
    pub upstream_policies: Option<Vec<UpstreamPolicy>>,
}

/// A joined repository.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpstreamPolicy {
    /// What it is called here.
    pub id: Value<String>,
    /// The repository.
    pub repository: Ref<Repositories>,
    /// Of several that have a package, the one with the highest number is asked.
    pub priority: Option<Value<i64>>,
}

/// Whether images are searched for known weaknesses.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VulnerabilityScanningConfig {
    /// As the project says, or not at all.
    pub enablement_config: Option<Value<EnablementConfig>>,
}

/// Whether images are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EnablementConfig {
    Inherited,
    Disabled,
}

/// Logs of what is pushed and pulled.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlatformLogsConfig {
    /// Turns them on.
    pub logging_state: Option<Value<LoggingState>>,
    /// What is logged at least.
    pub severity_level: Option<Value<SeverityLevel>>,
}

/// Whether there are logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LoggingState {
    Enabled,
    Disabled,
}

/// What is logged at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SeverityLevel {
    Debug,
    Info,
    Notice,
    Warning,
    Error,
    Critical,
    Alert,
    Emergency,
}
