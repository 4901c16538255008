//! Organisation policies on a project, as far as a preflight asks for them: set here by tests, absent otherwise.

use serde_json::json;

use crate::sandbox::fault::Fault;
use crate::sandbox::service::{Call, Reply};

pub(super) fn plays(verb: &str) -> bool {
    matches!(
        verb,
        "projects.getOrgPolicy"
            | "projects.getEffectiveOrgPolicy"
            | "projects.setOrgPolicy"
            | "projects.clearOrgPolicy"
            | "projects.listOrgPolicies"
    )
}

pub(super) fn answer(call: &mut Call<'_>, verb: &str) -> Result<Reply, Fault> {
    let project = call.project()?;
    let collection = format!("orgpolicy/{}", project.id);
    let constraint = call.text("constraint").or(call.text("policy.constraint")).unwrap_or_default().to_owned();
    let short = constraint.trim_start_matches("constraints/").to_owned();
    let key = format!("{collection}/{short}");
    let stored = call.cloud.store.get(&key).cloned();
    match verb {
        "projects.listOrgPolicies" => {
            let all: Vec<_> = call.cloud.store.children(&collection).into_iter().map(|(_, one)| one.clone()).collect();
            Ok(if all.is_empty() { json!({}) } else { json!({ "policies": all }) }.into())
        }
        _ if short.is_empty() => Err(Fault::invalid("A constraint must be given.")),
        "projects.setOrgPolicy" => {
            let policy = call.body["policy"].clone();
            call.cloud.store.put(key, policy.clone());
            Ok(policy.into())
        }
        "projects.clearOrgPolicy" => {
            call.cloud.store.remove(&key);
            Ok(json!({}).into())
        }
        // Nothing is constrained unless somebody has said so.
        _ => Ok(stored.unwrap_or_else(|| json!({"constraint": format!("constraints/{short}")})).into()),
    }
}
