//! The plan for machines: `schemas/plan.schema.json` is made from these types.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::value;
use crate::model::{Action, Diagnostic};
use crate::plan::{Change, Effect, Foreign, Origin, Plan, Planned, Purpose};

/// Version of the JSON that `plan --format json` writes.
pub const VERSION: u32 = 1;

/// A plan. `changes` is false where applying it would change nothing.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    pub version: u32,
    /// `apply` or `destroy`.
    pub purpose: &'static str,
    pub stack: String,
    pub project: String,
    pub changes: bool,
    /// APIs that are enabled first.
    pub enable_apis: Vec<String>,
    pub resources: Vec<ResourceView>,
    /// Values of the stack's outputs; `null` where known after apply only.
    pub outputs: serde_json::Map<String, Json>,
    pub findings: Vec<FindingView>,
    /// Estimated duration in milliseconds.
    pub estimate_ms: u64,
    /// The chain of resources that sets it.
    pub longest_chain: Vec<String>,
}

/// One resource of the plan.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceView {
    pub address: String,
    /// `none`, `create`, `update`, `replace`, `delete`, `adopt` or `forget`.
    pub action: &'static str,
    /// Google's full name of the resource.
    pub name: String,
    pub changes: Vec<ChangeView>,
    pub reasons: Vec<String>,
    pub consequences: Vec<String>,
    /// What must be consented to before apply carries it out.
    pub needs: Vec<String>,
    pub depends_on: Vec<String>,
    /// `plan --unmanaged`: what others set on it and apply leaves alone.
    pub set_by_others: Vec<ForeignView>,
    pub usual_ms: u64,
}

/// A map key, a list element or a member that somebody else set.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForeignView {
    pub path: String,
    /// `true` for members; sensitive values are `‹redacted›`.
    pub value: Json,
}

/// One field's change; paths and values as in the stack file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    pub path: String,
    /// `null` where it is not set; sensitive values are `‹redacted›`.
    pub before: Json,
    pub after: Json,
    /// Whether `after` is known only after apply.
    pub known_after_apply: bool,
    /// `edit` (the file moved) or `drift` (the cloud moved).
    pub origin: &'static str,
    /// `inPlace`, `replaces` or `unmanaged`.
    pub effect: &'static str,
}

/// One finding: an error refuses the plan, a warning or a note does not.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingView {
    /// `note`, `warning` or `error`.
    pub severity: &'static str,
    pub code: String,
    pub message: String,
    pub address: Option<String>,
    pub field: Option<String>,
    pub hint: Option<String>,
}

impl From<&Diagnostic> for FindingView {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self {
            severity: match diagnostic.severity {
                crate::model::Severity::Note => "note",
                crate::model::Severity::Warning => "warning",
                crate::model::Severity::Error => "error",
            },
            code: diagnostic.code.clone(),
            message: diagnostic.message.clone(),
            address: diagnostic.address.as_ref().map(ToString::to_string),
            field: diagnostic.field.as_ref().map(ToString::to_string),
            hint: diagnostic.hint.clone(),
        }
    }
}

/// The view of a plan.
pub fn view(plan: &Plan) -> PlanView {
    PlanView {
        version: VERSION,
        purpose: match plan.purpose {
            Purpose::Apply => "apply",
            Purpose::Destroy => "destroy",
        },
        stack: plan.stack.clone(),
        project: plan.project.id.clone(),
        changes: !plan.is_empty(),
        enable_apis: plan.enable_apis.clone(),
        resources: plan.resources.iter().map(resource).collect(),
        outputs: plan.outputs.iter().map(|(name, doc)| (name.clone(), value::json(doc))).collect(),
        findings: plan.findings.iter().map(FindingView::from).collect(),
        estimate_ms: plan.estimate.total_ms,
        longest_chain: plan.estimate.chain.iter().map(ToString::to_string).collect(),
    }
}

/// The word of an action in JSON.
pub fn action(action: Action) -> &'static str {
    match action {
        Action::None => "none",
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Delete => "delete",
        Action::Adopt => "adopt",
        Action::Forget => "forget",
    }
}

fn resource(planned: &Planned) -> ResourceView {
    ResourceView {
        address: planned.address.to_string(),
        action: action(planned.action),
        name: planned.full_name.clone(),
        changes: planned.changes.iter().map(change).collect(),
        reasons: planned.reasons.clone(),
        consequences: planned.consequences.clone(),
        needs: planned.needs.iter().map(|need| super::plan_text::consent(*need, &planned.address)).collect(),
        depends_on: planned.depends_on.iter().map(ToString::to_string).collect(),
        set_by_others: planned.set_by_others.iter().map(foreign).collect(),
        usual_ms: planned.usual_ms,
    }
}

fn foreign(foreign: &Foreign) -> ForeignView {
    ForeignView { path: foreign.path.to_string(), value: value::json(&foreign.value) }
}

fn change(change: &Change) -> ChangeView {
    let json = |doc: &Option<crate::model::Doc>| doc.as_ref().map_or(Json::Null, value::json);
    ChangeView {
        path: change.path.to_string(),
        before: json(&change.before),
        after: json(&change.after),
        known_after_apply: change.after.as_ref().is_some_and(|doc| !doc.is_known()),
        origin: match change.origin {
            Origin::Edit => "edit",
            Origin::Drift => "drift",
        },
        effect: match change.effect {
            Effect::InPlace => "inPlace",
            Effect::Replaces => "replaces",
            Effect::Unmanaged => "unmanaged",
        },
    }
}
