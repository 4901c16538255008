//! What is the same for every stack and every entry, whatever its kind: the typed form of it, also for the schema.

use schemars::JsonSchema;
use serde::Deserialize;

use super::types;

/// The fields of a stack file that are no sections.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the document is read, with its places; the type checks it and documents it")]
pub struct StackSpec {
    /// The stack's name: what belongs to it is found by it. Lower-case letters, digits and `-`.
    pub stack: String,
    /// The id of the Google Cloud project. With `--sandbox` it is `sandbox-project`, whatever stands here.
    pub project: Option<String>,
    /// The region of entries that name none: `us-central1`.
    pub region: Option<String>,
    /// Where the inventory is kept: `gs://bucket/prefix`. Absent: `.stackctl/` beside this file.
    pub state: Option<String>,
    /// The project that is charged for quota. Absent: the project itself.
    pub quota_project: Option<String>,
    /// Services to enable beyond those that the entries need: `bigquery.googleapis.com`. One that is dropped here is
    /// forgotten, never disabled.
    pub apis: Option<Vec<String>>,
    /// Entries that had another address before: renamed without touching the cloud.
    pub moved: Option<Vec<MovedSpec>>,
}

/// An entry's former and present address.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the document is read, with its places; the type checks it and documents it")]
pub struct MovedSpec {
    /// The address that it had: `services.old`.
    pub from: String,
    /// The address that it has: `services.new`.
    pub to: String,
}

/// The fields that every entry may have.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the document is read, with its places; the type checks it and documents it")]
pub struct EntrySpec {
    /// The name in the cloud. Absent: the key; with `forEach`: the key, `-`, and the key of the element.
    pub name: Option<String>,
    /// The project that it is in. Absent: the stack's.
    pub project: Option<String>,
    /// The region that it is in. Absent: the stack's.
    pub region: Option<String>,
    /// The location that it is in. Absent: the stack's region.
    pub location: Option<String>,
    /// Entries that must be there first although no field refers to them: `[services.web]`.
    pub depends_on: Option<Vec<String>>,
    /// How it is treated beyond its fields.
    pub lifecycle: Option<LifecycleSpec>,
}

/// How an entry is treated beyond its fields.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the document is read, with its places; the type checks it and documents it")]
pub struct LifecycleSpec {
    /// It is never deleted or replaced while this is `true`.
    pub protect: Option<bool>,
    /// Fields whose differences do not count: `[scaling.minInstanceCount]`.
    pub ignore: Option<Vec<String>>,
    /// Maps and lists of which what others set is drift, too: `[labels]`.
    pub strict: Option<Vec<String>>,
    /// It is taken over without asking where it exists and is not ours.
    pub adopt: Option<bool>,
    /// What becomes of it when it leaves the file. Absent: `delete` where we made it, `keep` where it was adopted.
    pub on_delete: Option<OnDeleteSpec>,
}

/// What becomes of a resource that leaves the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnDeleteSpec {
    /// It is deleted.
    Delete,
    /// It stays in the cloud and is forgotten.
    Keep,
}

impl From<OnDeleteSpec> for types::OnDelete {
    fn from(spec: OnDeleteSpec) -> Self {
        match spec {
            OnDeleteSpec::Delete => Self::Delete,
            OnDeleteSpec::Keep => Self::Keep,
        }
    }
}

/// Fields of [`StackSpec`].
pub(super) const STACK_FIELDS: [&str; 7] = ["stack", "project", "region", "state", "quotaProject", "apis", "moved"];

/// Top-level keys with a reader of their own.
pub(super) const STACK_MAPS: [&str; 3] = ["variables", "defaults", "outputs"];

/// Fields that every entry has, whatever its kind; `region` or `location` where the kind has one, `iam` where it has a
/// policy.
pub(super) const ENTRY_FIELDS: [&str; 5] = ["name", "project", "dependsOn", "lifecycle", "forEach"];
