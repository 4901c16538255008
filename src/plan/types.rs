//! The plan: plain data, serialisable, shown by `ui` and carried out by `engine`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Action, Address, Diagnostic, Doc, DocPath, Place, ProjectFacts, Severity};
use crate::records::{OnDelete, Ownership, Tombstone};

/// Why a field differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// The file moved since the last apply, or there was none.
    Edit,
    /// The cloud moved.
    Drift,
}

/// What a change of a field means for the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    InPlace,
    /// The field is immutable: it forces delete and create.
    Replaces,
    /// The field left the file and has no default to go back to: it stays as it is and is no longer ours.
    Unmanaged,
}

/// One field's change, in file space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    pub path: DocPath,
    /// Absent: it is not set in the cloud.
    pub before: Option<Doc>,
    /// Absent: it goes. May hold `Doc::Unknown`, shown as "known after apply".
    pub after: Option<Doc>,
    pub origin: Origin,
    pub effect: Effect,
}

/// A map key, a list element or a member that somebody else set on a resource of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Foreign {
    pub path: DocPath,
    /// `true` for members.
    pub value: Doc,
}

/// Which consent a planned action needs before apply carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Consent {
    /// `--adopt ADDRESS` or `lifecycle.adopt`.
    Adopt,
    /// `--allow-replace ADDRESS`.
    Replace,
    /// `--allow-data-loss ADDRESS`.
    DataLoss,
    /// `lifecycle.protect` stands against it: only a change of the file helps.
    Protected,
}

/// Where the inventory knows a resource, other than where the stack wants it now (its name or region changed).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Former {
    pub place: Place,
    pub full_name: String,
}

/// What the plan does with one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    pub address: Address,
    pub action: Action,
    pub place: Place,
    pub full_name: String,
    /// The place that the inventory knows, where it is another than the stack's. Replace: what stands there is deleted.
    /// Create and adopt: it is forgotten, and what stands there stays.
    pub former: Option<Former>,
    /// Of the live resource (of the former one, where there is one), where the API gives one; apply refuses where it
    /// has changed.
    pub unique_id: Option<String>,
    /// The whole entry in file space; absent for deletes and forgets. Holds `Doc::Unknown` for what the outputs of
    /// resources that this plan changes will say: [`crate::model::fill::fill`] puts it in just before the step.
    pub desired: Option<Doc>,
    /// For updates, replaces and adopts: what differs. For creates: every field, `before` absent.
    pub changes: Vec<Change>,
    /// Paths that we set once and the file no longer has: removed or reset by the update.
    pub removed: Vec<DocPath>,
    /// Create and replace: fields that name the resource's own outputs and can only be set once these are known, by
    /// an update right after the create.
    pub deferred: Vec<DocPath>,
    /// As the inventory will say after the step: who made it. Absent for what is not ours afterwards.
    pub ownership: Option<Ownership>,
    /// Members that were there before us, for the inventory.
    pub members_before: Vec<DocPath>,
    /// `lifecycle.protect`, for the inventory.
    pub protect: bool,
    /// `lifecycle.onDelete`, for the inventory.
    pub on_delete: Option<OnDelete>,
    /// Why, for actions that no field explains (a dependency is replaced, the entry left the file), in words.
    pub reasons: Vec<String>,
    /// What Google will charge for or lose, in plain words.
    pub consequences: Vec<String>,
    /// Consents that are still missing; empty: apply may go on.
    pub needs: Vec<Consent>,
    /// Direct dependencies, in the order of the file; all are in the plan. For the inventory, too.
    pub depends_on: Vec<Address>,
    /// What it stood on when it was last applied and does not any more: that may go only after this step.
    pub releases: Vec<Address>,
    /// What should be there first although no field says so (a grant before the service that uses it); all in the plan.
    pub after: Vec<Address>,
    /// What goes by this plan and has an address or a range that this one takes: its delete comes first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freed_by: Vec<Address>,
    /// `--unmanaged`: what others set on it, which stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_by_others: Vec<Foreign>,
    /// The address that it had before a `moved` entry.
    pub moved_from: Option<Address>,
    /// Its delete goes with that of another resource, without a call of its own (a database with its instance).
    pub goes_with: Option<Address>,
    /// Nothing changes in the cloud, but what the inventory says of it does (a field that the file now sets, too).
    pub stale_record: bool,
    /// Usual duration of the action, milliseconds; of a replace: delete and create together.
    pub usual_ms: u64,
}

/// How long it will take, and which chain of steps sets that.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    pub total_ms: u64,
    /// The longest chain, in the order in which it runs.
    pub chain: Vec<Address>,
}

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    Apply,
    Destroy,
}

/// Every decision of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    pub purpose: Purpose,
    pub stack: String,
    pub project: ProjectFacts,
    /// Services to enable before anything else.
    pub enable_apis: Vec<String>,
    /// Every resource of the stack and of the inventory, `Action::None` included, dependencies first.
    pub resources: Vec<Planned>,
    /// Outputs of the stack; may hold `Doc::Unknown`.
    pub outputs: BTreeMap<String, Doc>,
    /// Findings about the plan: errors refuse it, warnings and notes are shown.
    pub findings: Vec<Diagnostic>,
    pub tombstones: Vec<Tombstone>,
    pub estimate: Estimate,
}

impl Planned {
    /// Whether neither the cloud nor what people know of the inventory changes.
    pub fn is_nothing(&self) -> bool {
        self.action == Action::None && self.moved_from.is_none() && self.changes.is_empty()
    }

    /// The changed paths that a step carries out by writing them, for [`crate::kinds::StepInput::changed`]; those that
    /// go are in `removed`.
    pub fn changed_paths(&self) -> Vec<DocPath> {
        let written = |change: &&Change| change.effect != Effect::Unmanaged && !self.removed.contains(&change.path);
        self.changes.iter().filter(written).map(|change| change.path.clone()).collect()
    }
}

impl Plan {
    /// Whether carrying it out would change nothing, neither in the cloud nor in the inventory.
    pub fn is_empty(&self) -> bool {
        self.enable_apis.is_empty() && self.resources.iter().all(Planned::is_nothing)
    }

    /// The plan for one resource.
    pub fn get(&self, address: &Address) -> Option<&Planned> {
        self.resources.iter().find(|planned| planned.address == *address)
    }

    /// The findings that refuse the plan.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// The consents that are missing, each with the resource that needs it.
    pub fn missing_consents(&self) -> impl Iterator<Item = (&Address, Consent)> {
        self.resources.iter().flat_map(|planned| planned.needs.iter().map(|need| (&planned.address, *need)))
    }
}
