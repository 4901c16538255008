//! What differs between an entry and its resource, in file space.
//!
//! Only fields that the file sets, or set last time, are compared, in canonical form. Maps are merged by key, keyed
//! lists by key, sets of IAM members by member: what others put there is theirs. What the server fills in is never a
//! change. The walk never allocates for what is equal: plans of thousands of unchanged resources are the usual case.

mod additive;
mod at;
mod direction;
mod dropped;
pub mod fields;
mod lists;
mod strict;
mod user_keys;
mod walk;

pub use user_keys::UserKeys;

use crate::kinds::Row;
use crate::model::{Diagnostic, Doc, DocPath, ProjectFacts};
use crate::records::{Entry, HashKey};

use super::inputs::Lifecycle;
use super::types::{Change, Foreign};

/// What is compared, and by what.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'a> {
    pub row: &'a Row,
    pub project: &'a ProjectFacts,
    /// What the file wants, with everything filled in that is known.
    pub desired: &'a Doc,
    /// What the cloud has.
    pub live: &'a Doc,
    /// What the inventory says, where the resource is ours.
    pub recorded: Option<&'a Entry>,
    pub key: &'a HashKey,
    pub lifecycle: &'a Lifecycle,
    pub user_keys: &'a UserKeys,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Difference {
    /// In document order; what left the file comes last.
    pub changes: Vec<Change>,
    /// The paths among the changes that the update removes or resets.
    pub removed: Vec<DocPath>,
    /// Wanted members that are there without us.
    pub members_before: Vec<DocPath>,
    /// Changes that cannot be made.
    pub faults: Vec<Diagnostic>,
    /// Whether the inventory names other fields than the file sets now.
    pub stale: bool,
}

/// Compares an entry with its resource.
pub fn compare(comparison: &Comparison<'_>) -> Difference {
    let mut walk = walk::Walk::new(comparison);
    walk.root();
    dropped::find(&mut walk);
    strict::find(&mut walk);
    walk.finish()
}

/// Marks as drift what the file says as it did when `comparison.recorded` was written.
pub fn mark_drift(comparison: &Comparison<'_>, changes: &mut [Change]) {
    let walk = walk::Walk::new(comparison);
    for change in changes {
        if let Some(after) = &change.after {
            change.origin = walk.origin(&change.path, after);
        }
    }
}

/// What others set on the resource and may keep: map keys, elements of keyed lists, members of shared sets that are
/// neither in the file nor changed by the plan.
pub fn set_by_others(comparison: &Comparison<'_>) -> Vec<Foreign> {
    let mut walk = walk::Walk::new(comparison);
    walk.root();
    dropped::find(&mut walk);
    strict::find(&mut walk);
    strict::left_alone(&walk)
}

#[cfg(test)]
mod tests;
