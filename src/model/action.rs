//! What a plan does to a resource.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One word for what happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Nothing differs.
    None,
    /// It does not exist yet.
    Create,
    /// It exists and is changed in place.
    Update,
    /// It is deleted and created again, because an immutable field changed.
    Replace,
    /// It goes.
    Delete,
    /// It exists, is not ours yet, and becomes ours (with the changes shown, if any).
    Adopt,
    /// It stays in the cloud and leaves the inventory.
    Forget,
}

impl Action {
    /// Whether carrying it out sends a request that changes the cloud. `Adopt` does only where it has changes.
    pub fn changes_cloud(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Replace | Self::Delete)
    }
}
