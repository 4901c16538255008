//! The inventory: which resources are ours. No attributes, no secrets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Address, DocPath, Place, ProjectFacts};

/// The newest version of the format that this program reads and writes.
pub const VERSION: u32 = 1;

/// Which cloud the records speak of: Google's own, a sandbox folder, or an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CloudKey {
    Google,
    Sandbox,
    Endpoint(String),
}

/// Whether destroy and prune delete it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ownership {
    /// We made it.
    Created,
    /// It was there before us: forgotten, not deleted, unless told otherwise.
    Adopted,
}

/// What `lifecycle.onDelete` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnDelete {
    /// Destroy and prune delete it, also where it was only adopted.
    Delete,
    /// Destroy and prune leave it in the cloud and forget it.
    Keep,
}

/// One resource that is ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub place: Place,
    /// `//compute.googleapis.com/projects/P/global/networks/N`, with the project's id.
    pub full_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_id: Option<String>,
    pub ownership: Ownership,
    /// The fields we manage, in file space, each with the keyed hash of what we set (canonical form).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<DocPath, String>,
    /// What it stood on when it was last applied, so that it can be taken down without the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Address>,
    /// IAM members that were there before us, never taken away: the paths of the elements
    /// (`members["user:a@b.c"]`), which stand in `fields` too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members_before: Vec<DocPath>,
    /// `lifecycle.protect` as last applied: it guards what left the file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// `lifecycle.onDelete` as last applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_delete: Option<OnDelete>,
}

/// A name that cannot be used again yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tombstone {
    pub full_name: String,
    /// RFC 3339, UTC, whole seconds.
    pub deleted_at: String,
    pub blocked_until: String,
}

/// All that is ours in one cloud under one stack's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inventory {
    pub version: u32,
    pub stack: String,
    pub cloud: CloudKey,
    /// Another project number is refused, never planned as delete and create.
    pub project: ProjectFacts,
    /// Key of the hashes in `fields`, base64; random, made with the inventory; no secret of the user's.
    pub hash_key: String,
    #[serde(default)]
    pub entries: BTreeMap<Address, Entry>,
    #[serde(default)]
    pub tombstones: Vec<Tombstone>,
}

impl Inventory {
    /// An inventory in which nothing is ours yet. `hash_key` is 32 random bytes, given by the caller.
    pub fn new(stack: &str, cloud: CloudKey, project: ProjectFacts, hash_key: &super::HashKey) -> Self {
        Self {
            version: VERSION,
            stack: stack.to_owned(),
            cloud,
            project,
            hash_key: hash_key.to_base64(),
            entries: BTreeMap::new(),
            tombstones: Vec::new(),
        }
    }

    /// The tombstone that blocks `full_name` at `now` (RFC 3339, UTC), if there is one.
    pub fn tombstone(&self, full_name: &str, now: &str) -> Option<&Tombstone> {
        self.tombstones.iter().find(|stone| stone.full_name == full_name && stone.blocked_until.as_str() > now)
    }
}
