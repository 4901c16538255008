//! IAM policies: bindings, and edits of a policy that leave everybody else's members alone.
//!
//! Etags are bytes in base64, either alphabet. Version 3 is asked for and sent, conditions are kept.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A role, its members, and the condition under which it holds. Role and condition together are its identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    pub role: String,
    pub members: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// A condition of a binding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    #[serde(default)]
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub expression: String,
}

/// The policy with `add` added and `remove` removed; unknown fields of policy and bindings stay, empty bindings go.
/// Adding what is there and removing what is not changes nothing.
pub fn edit(policy: &Json, add: &[Binding], remove: &[Binding]) -> Json {
    let mut policy = policy.clone();
    if !policy.is_object() {
        policy = Json::Object(serde_json::Map::new());
    }
    let map = policy.as_object_mut().expect("made an object above");
    let mut bindings: Vec<Json> = map.get("bindings").and_then(Json::as_array).cloned().unwrap_or_default();
    for wanted in remove {
        for binding in bindings.iter_mut().filter(|binding| is_same(binding, wanted)) {
            if let Some(members) = binding.get_mut("members").and_then(Json::as_array_mut) {
                members.retain(|member| !wanted.members.iter().any(|m| Some(m.as_str()) == member.as_str()));
            }
        }
    }
    for wanted in add {
        add_binding(&mut bindings, wanted);
    }
    bindings
        .retain(|binding| binding.get("members").and_then(Json::as_array).is_none_or(|members| !members.is_empty()));
    map.insert("bindings".to_owned(), Json::Array(bindings));
    map.insert("version".to_owned(), Json::from(3));
    policy
}

fn add_binding(bindings: &mut Vec<Json>, wanted: &Binding) {
    let Some(binding) = bindings.iter_mut().find(|binding| is_same(binding, wanted)) else {
        bindings.push(serde_json::to_value(wanted).expect("a binding is plain JSON"));
        return;
    };
    if let Some(members) = binding.get_mut("members").and_then(Json::as_array_mut) {
        for member in &wanted.members {
            if !members.iter().any(|m| m.as_str() == Some(member)) {
                members.push(Json::from(member.as_str()));
            }
        }
    }
}

/// Whether a policy's binding has the role and condition of `wanted`.
pub fn is_same(binding: &Json, wanted: &Binding) -> bool {
    let condition = binding.get("condition").filter(|c| !c.is_null());
    binding.get("role").and_then(Json::as_str) == Some(&wanted.role)
        && condition.and_then(|c| serde_json::from_value::<Condition>(c.clone()).ok()) == wanted.condition
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn binding(role: &str, members: &[&str]) -> Binding {
        Binding { role: role.into(), members: members.iter().map(|m| (*m).to_owned()).collect(), condition: None }
    }

    #[test]
    fn others_members_conditions_and_fields_stay() {
        let policy = json!({"etag": "abc=", "auditConfigs": [1], "bindings": [
            {"role": "r", "members": ["a"], "condition": {"title": "t", "expression": "e"}},
            {"role": "r", "members": ["b", "ours"]}]});
        let edited = edit(&policy, &[binding("r", &["c"])], &[binding("r", &["ours"])]);
        assert_eq!(
            edited,
            json!({"etag": "abc=", "auditConfigs": [1], "version": 3, "bindings": [
            {"role": "r", "members": ["a"], "condition": {"title": "t", "expression": "e"}},
            {"role": "r", "members": ["b", "c"]}]})
        );
    }

    #[test]
    fn a_binding_without_members_goes() {
        let policy = json!({"bindings": [{"role": "r", "members": ["ours"]}]});
        assert_eq!(edit(&policy, &[], &[binding("r", &["ours"])])["bindings"], json!([]));
    }
}
