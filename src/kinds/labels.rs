//! Google's rules for labels (cloud.google.com/resource-manager/docs/labels-overview): the same for all kinds.

use super::rules::STACK_LABEL;
use crate::model::{Diagnostic, Doc, DocPath};

/// At most this many labels on a resource; one of them is ours.
const MOST: usize = 64;

/// Faults of the labels at a path of plain keys.
pub fn check(doc: &Doc, path: &str) -> Vec<Diagnostic> {
    let Some(labels) = doc.dig(path).and_then(Doc::as_map) else { return Vec::new() };
    let path = DocPath::keys(path);
    let mut faults: Vec<_> =
        labels.iter().filter_map(|(key, value)| Some(fault(key, value)?.field(path.key(key.as_str())))).collect();
    if labels.len() >= MOST {
        faults.push(
            Diagnostic::error("too-many-labels", format!("there are {} labels", labels.len()))
                .field(path)
                .hint(format!("a resource has at most {MOST}, and `{STACK_LABEL}` is one of them")),
        );
    }
    faults
}

fn fault(key: &str, value: &Doc) -> Option<Diagnostic> {
    if key == STACK_LABEL {
        return Some(
            Diagnostic::error("reserved-label", format!("stackctl itself sets `{STACK_LABEL}`")).hint("leave it out"),
        );
    }
    if !key.starts_with(|c: char| c.is_lowercase()) || !is_label(key) {
        return Some(
            Diagnostic::error("bad-label", format!("`{key}` cannot be the key of a label"))
                .hint("a key has at most 63 lower case letters, digits, `-` and `_`, and begins with a letter"),
        );
    }
    let value = value.as_str()?;
    (!is_label(value)).then(|| {
        Diagnostic::error("bad-label", format!("`{value}` cannot be the value of a label"))
            .hint("a value has at most 63 lower case letters, digits, `-` and `_`")
    })
}

fn is_label(text: &str) -> bool {
    let allowed = |c: char| c == '-' || c == '_' || c.is_numeric() || (c.is_alphabetic() && !c.is_uppercase());
    text.chars().count() <= 63 && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(labels: serde_json::Value) -> Vec<String> {
        let doc = Doc::from(&json!({"labels": labels}));
        check(&doc, "labels").into_iter().map(|fault| fault.field.unwrap().to_string()).collect()
    }

    #[test]
    fn labels_follow_googles_rules() {
        assert!(faults(json!({"team": "infra", "a_b-1": "", "größe": "ü"})).is_empty());
        assert_eq!(faults(json!({"Team": "x"})), ["labels.Team"]);
        assert_eq!(faults(json!({"1a": "x"})), ["labels.1a"]);
        assert_eq!(faults(json!({"a": "X"})), ["labels.a"]);
        assert_eq!(faults(json!({"a": "x".repeat(64)})), ["labels.a"]);
        assert_eq!(faults(json!({"stackctl-stack": "x"})), ["labels.stackctl-stack"]);
    }

    #[test]
    fn a_resource_has_a_limit_of_labels() {
        let many = |count: usize| {
            json!((0..count).map(|at| (format!("k{at}"), "v")).collect::<std::collections::BTreeMap<_, _>>())
        };
        assert!(faults(many(63)).is_empty());
        assert_eq!(faults(many(64)), ["labels"]);
    }
}
