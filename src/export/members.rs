//! Policies as a file says them: who holds a role, without what Google gave by itself.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::names::Index;
use crate::kinds::{Row, iam};
use crate::model::{Doc, Map};
use crate::wire::policy::Binding;

/// The role behind `invokers`.
const INVOKER: &str = "roles/run.invoker";
/// Kinds that have `invokers`.
const WITH_INVOKERS: [&str; 2] = ["services", "jobs"];

/// Why a member is not for the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Google gave the role to an account of its own.
    Agent,
    /// Who owns the project is decided elsewhere.
    Owner,
    /// The account was deleted.
    Deleted,
}

/// The bindings of a policy that people made; what was left out, in words.
pub(super) fn of_people(policy: &Json, everything: bool) -> (Vec<Binding>, Vec<String>) {
    let (mut kept, mut left) = (Vec::new(), Vec::new());
    for mut binding in iam::bindings(&iam::from_policy(policy)) {
        let role = binding.role.clone();
        binding.members.retain(|member| match left_out(&role, member) {
            Some(Left::Deleted) => {
                left.push(format!("`{member}` has `{role}` and was deleted: its binding has no effect"));
                false
            }
            Some(_) if everything => true,
            Some(Left::Agent) => false,
            Some(Left::Owner) => {
                left.push(format!("`{member}` has `{role}`: who owns the project is left out; `--all` takes it in"));
                false
            }
            None => true,
        });
        if !binding.members.is_empty() {
            kept.push(binding);
        }
    }
    (kept, left)
}

fn left_out(role: &str, member: &str) -> Option<Left> {
    if member.starts_with("deleted:") {
        return Some(Left::Deleted);
    }
    if role == "roles/owner" {
        return Some(Left::Owner);
    }
    let email = member.strip_prefix("serviceAccount:")?;
    let given = role.contains("erviceAgent") || role == "roles/editor" || role == "roles/cloudbuild.builds.builder";
    (given && is_googles(email)).then_some(Left::Agent)
}

/// Whether Google made a service account by itself.
fn is_googles(email: &str) -> bool {
    let Some((name, domain)) = email.split_once('@') else { return false };
    let number = name.trim_start_matches("service-");
    let is_numbered = number.starts_with(|c: char| c.is_ascii_digit());
    let is_agent = name.starts_with("service-") && is_numbered || domain.starts_with("gcp-sa-");
    let is_default = ["cloudservices", "developer", "appspot", "cloudbuild", "system"]
        .iter()
        .any(|host| domain == format!("{host}.gserviceaccount.com"));
    is_agent || is_default || (is_numbered && !domain.ends_with(".iam.gserviceaccount.com"))
}

/// `invokers` and `iam` of an entry.
pub(super) fn put(row: &Row, doc: &mut Doc, bindings: &[Binding], index: &Index) {
    let takes_invokers = WITH_INVOKERS.contains(&row.descriptor.section);
    let mut list = Vec::new();
    for binding in bindings {
        if takes_invokers && binding.role == INVOKER && binding.condition.is_none() {
            doc.put("invokers", index.members(&binding.members));
        } else {
            list.push(spelled(binding, index));
        }
    }
    if !list.is_empty() {
        doc.put("iam", Doc::List(list));
    }
}

/// A binding as the file spells it.
pub(super) fn spelled(binding: &Binding, index: &Index) -> Doc {
    let mut map = Map::from([
        ("role".to_owned(), Doc::from(binding.role.as_str())),
        ("members".to_owned(), index.members(&binding.members)),
    ]);
    if let Some(condition) = &binding.condition {
        let mut inner = Map::from([("title".to_owned(), Doc::from(condition.title.as_str()))]);
        if let Some(description) = &condition.description {
            inner.insert("description".to_owned(), Doc::from(description.as_str()));
        }
        inner.insert("expression".to_owned(), Doc::from(condition.expression.as_str()));
        map.insert("condition".to_owned(), Doc::Map(inner));
    }
    Doc::Map(map)
}

/// Only the members that `ours` names by binding key and member; all where it is absent.
pub(super) fn only(bindings: Vec<Binding>, ours: Option<&BTreeSet<(String, String)>>) -> Vec<Binding> {
    let Some(ours) = ours else { return bindings };
    let mut kept = Vec::new();
    for mut binding in bindings {
        let key = iam::binding_key(&binding.role, binding.condition.as_ref());
        binding.members.retain(|member| ours.contains(&(key.clone(), iam::canonical_member(member))));
        if !binding.members.is_empty() {
            kept.push(binding);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_google_gave_itself_is_told_from_what_people_gave() {
        let left = |role: &str, member: &str| left_out(role, member).is_some();
        for (role, member) in [
            ("roles/editor", "serviceAccount:12@cloudservices.gserviceaccount.com"),
            ("roles/editor", "serviceAccount:12-compute@developer.gserviceaccount.com"),
            ("roles/run.serviceAgent", "serviceAccount:service-12@serverless-robot-prod.iam.gserviceaccount.com"),
            ("roles/cloudbuild.builds.builder", "serviceAccount:12@cloudbuild.gserviceaccount.com"),
            ("roles/owner", "user:ann@example.com"),
            ("roles/viewer", "deleted:serviceAccount:x@p.iam.gserviceaccount.com?uid=1"),
        ] {
            assert!(left(role, member), "{role} {member}");
        }
        for (role, member) in [
            ("roles/cloudsql.client", "serviceAccount:12-compute@developer.gserviceaccount.com"),
            ("roles/editor", "serviceAccount:deploy@p.iam.gserviceaccount.com"),
            ("roles/viewer", "group:devs@example.com"),
            ("roles/pubsub.publisher", "serviceAccount:service-12@gcp-sa-secretmanager.iam.gserviceaccount.com"),
        ] {
            assert!(!left(role, member), "{role} {member}");
        }
    }

    #[test]
    fn owners_are_named_and_agents_are_not() {
        let policy = json!({"bindings": [
            {"role": "roles/owner", "members": ["user:ann@example.com"]},
            {"role": "roles/editor", "members": ["serviceAccount:12@cloudservices.gserviceaccount.com", "group:g@x.y"]}]});
        let (kept, left) = of_people(&policy, false);
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].members, ["group:g@x.y"]);
        assert_eq!(left.len(), 1);
        assert!(left[0].contains("ann@example.com"), "{left:?}");
        assert_eq!(of_people(&policy, true).0.len(), 2);
    }
}
