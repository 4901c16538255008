//! What a stack file can say of a secret.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::payload::GenerateSpec;
use crate::model::spec::Value;

/// A secret with its value. One of `env`, `file` and `generate` gives the value; without any, versions are added
/// elsewhere.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretSpec {
    /// The environment variable that holds the value. When it changes, a version is added.
    pub env: Option<Value<String>>,
    /// The file that holds the value, byte for byte, relative to the stack file. When it changes, a version is added.
    pub file: Option<Value<String>>,
    /// Makes the value once, from random characters. What is written here later counts from the next rotation on.
    pub generate: Option<GenerateSpec>,
    /// Raise it to add a version: `1`, `2`, … Kept on the secret as the annotation `stackctl-rotation`. Google's own
    /// reminders are `rotationSchedule`.
    pub rotation: Option<Value<i64>>,
    /// Where versions are stored; everywhere by default. It cannot change.
    pub replication: Option<Replication>,
    /// Labels. Those that others set stay.
    pub labels: Option<BTreeMap<String, Value<String>>>,
    /// Annotations. Those that others set stay.
    pub annotations: Option<BTreeMap<String, Value<String>>>,
    /// Pub/Sub topics that hear of changes, up to 10.
    pub topics: Option<Vec<Topic>>,
    /// When the secret is deleted: `2027-01-01T00:00:00Z`.
    pub expire_time: Option<Value<String>>,
    /// After how long the secret is deleted: `86400s`, `30d`. Google answers with the time.
    pub ttl: Option<Value<String>>,
    /// Google's reminders, sent to `topics` (the API's `rotation`): they change no value.
    pub rotation_schedule: Option<RotationSchedule>,
    /// Names for versions, by number.
    pub version_aliases: Option<BTreeMap<String, Value<i64>>>,
    /// How long a destroyed version can still be brought back: `86400s`, `7d`; a day or more.
    pub version_destroy_ttl: Option<Value<String>>,
    /// Resource Manager tags, `tagKeys/NUMBER: tagValues/NUMBER`; only on create.
    pub tags: Option<BTreeMap<String, Value<String>>>,
}

/// Where versions are stored: one of the two.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Replication {
    /// Everywhere.
    pub automatic: Option<Automatic>,
    /// In regions of your choice.
    pub user_managed: Option<UserManaged>,
}

/// Everywhere.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Automatic {
    /// A key of your own, of location `global`.
    pub customer_managed_encryption: Option<CustomerManagedEncryption>,
}

/// In regions of your choice.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserManaged {
    /// The regions.
    pub replicas: Vec<Replica>,
}

/// A region.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Replica {
    /// Its name: `us-central1`.
    pub location: Value<String>,
    /// A key of your own, in that region.
    pub customer_managed_encryption: Option<CustomerManagedEncryption>,
}

/// A key of your own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomerManagedEncryption {
    /// `projects/P/locations/L/keyRings/K/cryptoKeys/NAME`.
    pub kms_key_name: Value<String>,
}

/// A Pub/Sub topic.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Topic {
    /// `projects/P/topics/NAME`.
    pub name: Value<String>,
}

/// Google's reminders.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotationSchedule {
    /// The first one: `2027-01-01T00:00:00Z`. Google moves it on; it is sent when it changes here.
    pub next_rotation_time: Option<Value<String>>,
    /// How long between two: `2592000s`, `30d`; an hour or more.
    pub rotation_period: Option<Value<String>>,
}
