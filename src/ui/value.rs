//! Values of documents as a person reads them. What is sensitive never gets past here.

use crate::model::Doc;

/// Stands where a sensitive value would.
pub const REDACTED: &str = "‹redacted›";
/// Stands where a value would that only the cloud can give.
pub const UNKNOWN: &str = "(known after apply)";

/// A value on one line: strings quoted, maps and lists in flow form.
pub fn inline(doc: &Doc) -> String {
    match doc {
        Doc::Null => "null".to_owned(),
        Doc::Bool(value) => value.to_string(),
        Doc::Number(number) => number.to_string(),
        Doc::String(text) => quoted(text),
        Doc::List(list) => format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Doc::Map(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}: {}", inline(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Doc::Unknown(_) => UNKNOWN.to_owned(),
        Doc::Sensitive(_) => REDACTED.to_owned(),
    }
}

/// A value in lines of at most `width` columns, where it can be broken: a list one element a line, a map one key a line.
/// A text is never broken, so that it can be copied.
pub fn block(doc: &Doc, width: usize) -> Vec<String> {
    let line = inline(doc);
    if console::measure_text_width(&line) <= width {
        return vec![line];
    }
    match doc {
        Doc::List(list) if !list.is_empty() => list.iter().flat_map(|value| below("- ", value, width)).collect(),
        Doc::Map(map) if !map.is_empty() => {
            map.iter().flat_map(|(key, value)| below(&format!("{key}: "), value, width)).collect()
        }
        _ => vec![line],
    }
}

/// A value behind its key or dash: on the same line where it fits, else indented below.
fn below(head: &str, value: &Doc, width: usize) -> Vec<String> {
    let line = inline(value);
    if console::measure_text_width(head) + console::measure_text_width(&line) <= width {
        return vec![format!("{head}{line}")];
    }
    let lines = block(value, width.saturating_sub(2));
    let is_dash = head == "- ";
    let mut out = if is_dash { Vec::new() } else { vec![head.trim_end().to_owned()] };
    out.extend(lines.into_iter().enumerate().map(|(at, line)| match (is_dash, at) {
        (true, 0) => format!("- {line}"),
        _ => format!("  {line}"),
    }));
    out
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is always JSON")
}

/// The text of a string of several lines, which is shown as a line diff.
pub fn lines(doc: &Doc) -> Option<&str> {
    match doc {
        Doc::String(text) if text.trim_end_matches('\n').contains('\n') => Some(text),
        _ => None,
    }
}

/// JSON for machines: sensitive values as [`REDACTED`], unknown ones as `null` (a plan's JSON lists their paths).
pub fn json(doc: &Doc) -> serde_json::Value {
    use serde_json::Value as Json;
    match doc {
        Doc::Null | Doc::Unknown(_) => Json::Null,
        Doc::Bool(value) => Json::Bool(*value),
        Doc::Number(number) => Json::Number(number.clone()),
        Doc::String(text) => Json::String(text.clone()),
        Doc::List(list) => Json::Array(list.iter().map(json).collect()),
        Doc::Map(map) => Json::Object(map.iter().map(|(key, value)| (key.clone(), json(value))).collect()),
        Doc::Sensitive(_) => Json::String(REDACTED.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as j;

    #[test]
    fn a_long_value_is_broken_at_its_elements() {
        let doc = Doc::from(&j!([{"role": "roles/secretmanager.secretAccessor", "members": ["serviceAccount:a@b.c"]}]));
        assert_eq!(
            block(&doc, 50),
            ["- role: \"roles/secretmanager.secretAccessor\"", "  members: [\"serviceAccount:a@b.c\"]"]
        );
        assert_eq!(block(&doc, 200).len(), 1);
        assert_eq!(block(&Doc::from("one long text"), 4), ["\"one long text\""], "a text is never broken");
    }

    #[test]
    fn what_is_sensitive_is_never_written() {
        let mut doc = Doc::from(&j!({"a": ["x", 1, true, null]}));
        doc.put("token", Doc::Sensitive(Box::new(Doc::from("hunter2"))));
        assert_eq!(inline(&doc), r#"{a: ["x", 1, true, null], token: ‹redacted›}"#);
        assert!(!json(&doc).to_string().contains("hunter2"));
    }
}
