//! Faults that many kinds look for in the same way. A value that is still unknown is never a fault.

use std::ops::RangeInclusive;

use crate::model::{Diagnostic, Doc, DocPath};

/// An error about the field at a dotted path.
pub fn at(path: &str, code: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, message).field(DocPath::keys(path))
}

/// A warning about the field at a dotted path.
pub fn warn_at(path: &str, code: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(code, message).field(DocPath::keys(path))
}

/// A number outside its range.
pub fn out_of_range(doc: &Doc, path: &str, range: RangeInclusive<i64>) -> Option<Diagnostic> {
    let value = doc.dig(path).and_then(Doc::as_i64)?;
    let (low, high) = (range.start(), range.end());
    (!range.contains(&value)).then(|| {
        at(path, "out-of-range", format!("`{path}` is {value}, Google takes {low} to {high}"))
            .label(format!("expected {low} to {high}"))
    })
}

/// Labels that Google would not take: at most 64; keys begin with a letter; lower case, digits, `-` and `_`, at most
/// 63 characters (<https://cloud.google.com/resource-manager/docs/labels-overview#requirements>).
pub fn labels(doc: &Doc, path: &str) -> Vec<Diagnostic> {
    let Some(labels) = doc.dig(path).and_then(Doc::as_map) else { return Vec::new() };
    let mut faults = Vec::new();
    // One is stackctl's own.
    if labels.len() > 63 {
        faults.push(at(
            path,
            "too-many-labels",
            format!("`{path}` has {} labels, Google takes 63 beside `stackctl-stack`", labels.len()),
        ));
    }
    for (key, value) in labels {
        let field = DocPath::keys(path).key(key.as_str());
        if key == super::rules::STACK_LABEL {
            let message = format!("stackctl itself sets `{key}`");
            faults.push(Diagnostic::error("reserved-label", message).field(field.clone()).hint("leave it out"));
        }
        if !is_label_text(key) || !key.chars().next().is_some_and(char::is_alphabetic) {
            let message = format!("`{key}` cannot be a label's key");
            faults.push(Diagnostic::error("bad-label", message).field(field.clone()).hint(LABEL_KEY));
        }
        if value.as_str().is_some_and(|value| !value.is_empty() && !is_label_text(value)) {
            let message = format!("the value of label `{key}` is not one that Google takes");
            faults.push(Diagnostic::error("bad-label", message).field(field).hint(LABEL_VALUE));
        }
    }
    faults
}

const LABEL_KEY: &str = "begin with a letter; lower case letters, digits, `-` and `_`, at most 63 characters";
const LABEL_VALUE: &str = "lower case letters, digits, `-` and `_`, at most 63 characters";

fn is_label_text(text: &str) -> bool {
    let is_ok = |c: char| (c.is_alphabetic() && !c.is_uppercase()) || c.is_numeric() || c == '-' || c == '_';
    !text.is_empty() && text.chars().count() <= 63 && text.chars().all(is_ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_are_held_to_google_s_rule() {
        let good = Doc::from(&json!({"labels": {"team": "data-1", "empty": "", "größe": "klein_1"}}));
        assert_eq!(labels(&good, "labels"), []);
        for bad in [
            json!({"stackctl-stack": "a"}),
            json!({"Team": "a"}),
            json!({"1a": "b"}),
            json!({"a": "B"}),
            json!({"a.b": "c"}),
            json!({"": "c"}),
        ] {
            assert_eq!(labels(&Doc::from(&json!({"labels": bad})), "labels").len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_number_outside_its_range_is_named_with_the_range() {
        let doc = Doc::from(&json!({"a": {"b": 24}}));
        let fault = out_of_range(&doc, "a.b", 0..=23).unwrap();
        assert_eq!(fault.message, "`a.b` is 24, Google takes 0 to 23");
        assert_eq!(fault.field, Some(DocPath::keys("a.b")));
        assert_eq!(out_of_range(&doc, "a.b", 0..=24), None);
        assert_eq!(out_of_range(&doc, "a.c", 0..=1), None);
    }
}
