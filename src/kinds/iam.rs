//! IAM bindings as the stack file and Google's policies spell them.
//!
//! In the file: `iam: [{role, members, condition?}]`, the members that the file wants. Members that others added are
//! theirs. So the canonical form is a map, in which everything that holds for maps holds: a key that the file does
//! not name is somebody else's, a key that it no longer names is removed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::model::spec::{Member, Value};
use crate::model::{Diagnostic, Doc, DocPath, Map, Segment};
use crate::wire::policy::{Binding, Condition};

/// A role, who holds it, and when.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BindingSpec {
    /// The role: `roles/run.invoker`, `projects/PROJECT/roles/ID`, `organizations/NUMBER/roles/ID`.
    pub role: Value<String>,
    /// Who gets it: `allUsers`, `allAuthenticatedUsers`, `user:ann@example.com`, `group:…`, `domain:…`,
    /// `principal://…`, or `serviceAccount:KEY` with a key of `serviceAccounts` or an e-mail address.
    /// Members that others added stay.
    pub members: Vec<Member>,
    /// The role holds only while this is true. Role and condition together are one binding.
    pub condition: Option<ConditionSpec>,
}

/// A condition in the Common Expression Language.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConditionSpec {
    /// A short name, shown in the console.
    pub title: Value<String>,
    /// What it is for.
    pub description: Option<Value<String>>,
    /// The expression: `request.time < timestamp("2027-01-01T00:00:00Z")`.
    pub expression: Value<String>,
}

/// What tells a binding apart: the role, and the condition as JSON behind it where there is one.
pub fn binding_key(role: &str, condition: Option<&Condition>) -> String {
    match condition {
        None => role.to_owned(),
        Some(condition) => {
            format!("{role} {}", serde_json::to_string(condition).expect("a condition is plain JSON"))
        }
    }
}

/// The role and condition of a [`binding_key`].
pub fn parse_binding_key(key: &str) -> (String, Option<Condition>) {
    match key.split_once(' ') {
        Some((role, condition)) => (role.to_owned(), serde_json::from_str(condition).ok()),
        None => (key.to_owned(), None),
    }
}

/// The canonical form of an `iam` list: `{BINDING_KEY: {MEMBER: true}}`. Paths of changed and removed members are
/// paths in this form: `iam["roles/run.invoker"]["allUsers"]`. A member that waits for the cloud stands under its
/// expression and is still to come.
pub fn as_map(list: &Doc) -> Doc {
    let mut map = Map::new();
    for doc in list.as_list().unwrap_or_default() {
        let Some(binding) = binding(doc) else { continue };
        let key = binding_key(&binding.role, binding.condition.as_ref());
        let Some(there) = map.entry(key).or_insert_with(Doc::map).as_map_mut() else { continue };
        there.extend(members_as_map(doc.get("members").and_then(Doc::as_list).unwrap_or_default()));
    }
    Doc::Map(map)
}

/// The canonical form of a list of members: `{MEMBER: true}`.
pub fn members_as_map(members: &[Doc]) -> Map {
    let entry = |member: &Doc| match member {
        Doc::Unknown(template) => Some((template.to_string(), member.clone())),
        other => Some((canonical_member(other.as_str()?), Doc::Bool(true))),
    };
    members.iter().filter_map(entry).collect()
}

/// The bindings of an `iam` list; what is not known yet or misshapen is left out.
pub fn bindings(list: &Doc) -> Vec<Binding> {
    list.as_list().unwrap_or_default().iter().filter_map(binding).collect()
}

/// The binding of `{role, members, condition?}`.
pub fn binding(doc: &Doc) -> Option<Binding> {
    let members = doc.get("members").and_then(Doc::as_list).unwrap_or_default();
    Some(Binding {
        role: doc.get("role")?.as_str()?.to_owned(),
        members: members.iter().filter_map(Doc::as_str).map(str::to_owned).collect(),
        condition: doc.get("condition").and_then(condition),
    })
}

fn condition(doc: &Doc) -> Option<Condition> {
    let text = |key| doc.get(key).and_then(Doc::as_str).filter(|text: &&str| !text.is_empty()).map(str::to_owned);
    Some(Condition {
        title: text("title").unwrap_or_default(),
        description: text("description"),
        expression: text("expression")?,
    })
}

/// A policy's bindings as an `iam` list.
pub fn from_policy(policy: &Json) -> Doc {
    let list = policy.get("bindings").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    Doc::List(list.iter().map(Doc::from).collect())
}

/// Google writes the e-mail addresses of members in lower case, whatever was sent.
///
/// The kind before the colon keeps its case (`serviceAccount:`); so do principals, which hold paths.
pub fn canonical_member(member: &str) -> String {
    match member.split_once(':') {
        Some((kind @ ("user" | "group" | "serviceAccount" | "domain"), rest)) => {
            format!("{kind}:{}", rest.to_lowercase())
        }
        _ => member.to_owned(),
    }
}

/// Offline faults of an `iam` list, each with its place.
pub fn check(doc: &Doc) -> Vec<Diagnostic> {
    let list = doc.get("iam").and_then(Doc::as_list).unwrap_or_default();
    list.iter().enumerate().flat_map(|(at, binding)| check_binding(binding, &DocPath::keys("iam").index(at))).collect()
}

/// Offline faults of `{role, members, condition?}` at a path.
pub fn check_binding(binding: &Doc, path: &DocPath) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let role = binding.dig_str("role");
    if let Some(role) = role.filter(|role| !is_role(role)) {
        faults.push(Diagnostic::error("bad-role", format!("`{role}` is no role")).field(path.key("role")).hint(
            format!(
                "write `roles/{}`, `projects/PROJECT/roles/ID` or `organizations/NUMBER/roles/ID`",
                role.trim_start_matches('/')
            ),
        ));
    }
    let members = binding.get("members").and_then(Doc::as_list);
    if members.is_some_and(<[Doc]>::is_empty) {
        faults.push(
            Diagnostic::error("no-members", "a binding needs members")
                .field(path.key("members"))
                .hint("leave the whole binding out where nobody is to have the role"),
        );
    }
    for (index, member) in members.unwrap_or_default().iter().enumerate() {
        let member = member.as_str().and_then(check_member);
        faults.extend(member.map(|fault| fault.field(path.key("members").index(index))));
    }
    faults.extend(check_condition(binding, role).map(|fault| fault.field(path.key("condition"))));
    faults
}

fn is_role(role: &str) -> bool {
    match role.split('/').collect::<Vec<_>>().as_slice() {
        ["roles", id] => !id.is_empty(),
        ["projects" | "organizations", parent, "roles", id] => !parent.is_empty() && !id.is_empty(),
        _ => false,
    }
}

/// <https://cloud.google.com/iam/docs/principal-identifiers>
fn check_member(member: &str) -> Option<Diagnostic> {
    if matches!(member, "allUsers" | "allAuthenticatedUsers") {
        return None;
    }
    let fault = |hint: String| Some(Diagnostic::error("bad-member", format!("`{member}` is no member")).hint(hint));
    match member.split_once(':') {
        Some(("user" | "group" | "serviceAccount", email)) if email.split_once('@').is_some_and(|(a, b)| !a.is_empty() && b.contains('.')) => None,
        // A Kubernetes account: `PROJECT.svc.id.goog[NAMESPACE/NAME]` (recordings resourcemanager/iam-metadatastore-2025-02).
        Some(("serviceAccount", account)) if account.contains(".svc.id.goog[") && account.ends_with(']') => None,
        Some((kind @ ("user" | "group" | "serviceAccount"), _)) => fault(format!("write `{kind}:NAME@DOMAIN`")),
        Some(("domain", domain)) if domain.contains('.') && !domain.contains('@') => None,
        Some(("domain", _)) => fault("write `domain:example.com`".to_owned()),
        Some(("projectOwner" | "projectEditor" | "projectViewer", project)) if !project.is_empty() => None,
        Some(("principal" | "principalSet", path)) if path.starts_with("//") => None,
        Some(("deleted", _)) => fault("it was deleted: name what exists".to_owned()),
        _ if member.contains('@') => fault(format!("write `user:{member}`, `group:{member}` or `serviceAccount:{member}`")),
        _ => fault("write `user:…`, `group:…`, `domain:…`, `serviceAccount:…`, `principal://…`, `principalSet://…`, `allUsers` or `allAuthenticatedUsers`".to_owned()),
    }
}

/// What cannot be conditional (<https://cloud.google.com/iam/docs/conditions-overview>: basic roles, everybody).
fn check_condition(binding: &Doc, role: Option<&str>) -> Option<Diagnostic> {
    binding.get("condition")?;
    if let Some(role @ ("roles/owner" | "roles/editor" | "roles/viewer")) = role {
        return Some(
            Diagnostic::error("condition-on-basic-role", format!("`{role}` cannot have a condition"))
                .hint("give a narrower role, or leave the condition out"),
        );
    }
    let members = binding.get("members").and_then(Doc::as_list).unwrap_or_default();
    let everybody = members
        .iter()
        .find_map(|member| member.as_str().filter(|m| matches!(*m, "allUsers" | "allAuthenticatedUsers")))?;
    Some(
        Diagnostic::error("condition-on-everybody", format!("a binding of `{everybody}` cannot have a condition"))
            .hint("name single members, or leave the condition out"),
    )
}

/// The wanted members that a live policy lacks.
pub fn missing(wanted: &Doc, live: &Doc) -> Vec<Binding> {
    let live = as_map(live);
    let mut add = Vec::new();
    for mut binding in bindings(wanted) {
        let there = live.get(&binding_key(&binding.role, binding.condition.as_ref()));
        binding.members.retain(|member| there.and_then(|map| map.get(&canonical_member(member))).is_none());
        if !binding.members.is_empty() {
            add.push(binding);
        }
    }
    add
}

/// The members that removed paths name: `iam["roles/x"]["user:a@b.c"]`, or `iam["roles/x"]` for all of `before`.
pub fn removed(paths: &[DocPath], before: &Doc) -> Vec<Binding> {
    let before = as_map(before);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in paths {
        match path.0.as_slice() {
            [Segment::Key(iam), Segment::Key(key), Segment::Key(member)] if iam == "iam" => {
                found.entry(key.clone()).or_default().push(member.clone());
            }
            [Segment::Key(iam), Segment::Key(key)] if iam == "iam" => {
                let members = before.get(key).and_then(Doc::as_map);
                found.entry(key.clone()).or_default().extend(members.into_iter().flatten().map(|(m, _)| m.clone()));
            }
            _ => {}
        }
    }
    let binding = |(key, members): (String, Vec<String>)| {
        let (role, condition) = parse_binding_key(&key);
        Binding { role, members, condition }
    };
    found.into_iter().map(binding).filter(|binding| !binding.members.is_empty()).collect()
}

#[cfg(test)]
mod tests;
