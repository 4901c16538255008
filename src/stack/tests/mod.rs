//! Stacks as users write them, read whole.

mod faults;
mod random;
mod resolve;

use super::*;
use crate::model::{Diagnostic, Doc};

/// A stack file with the usual head.
fn with_head(body: &str) -> String {
    format!("stack: demo\nproject: demo-project\nregion: us-central1\n{body}")
}

fn file(text: &str) -> File {
    File { name: "stack.yaml".to_owned(), bytes: text.as_bytes().to_vec() }
}

fn draft(text: &str) -> Draft {
    match parse(&[file(text)], &[]) {
        Ok(draft) => draft,
        Err(unreadable) => panic!("{:?}", unreadable.findings),
    }
}

fn built(text: &str, inputs: &Inputs) -> Built {
    build(&draft(text), inputs)
}

/// The stack of a file that has no fault.
fn stack_of(text: &str, inputs: &Inputs) -> Stack {
    let built = built(text, inputs);
    built.stack.unwrap_or_else(|| panic!("{}", shown(&built.findings)))
}

/// `line:column code message`, then label, hint and related places, indented.
fn shown(findings: &[Diagnostic]) -> String {
    let mut text = String::new();
    for finding in findings {
        let span = finding.span.unwrap_or_default();
        let address = finding.address.as_ref().map(|address| format!("{address}: ")).unwrap_or_default();
        text.push_str(&format!("{}:{} {} {address}{}\n", span.line, span.column, finding.code, finding.message));
        if let Some(label) = &finding.label {
            text.push_str(&format!("    ^ {label}\n"));
        }
        for (span, words) in &finding.related {
            text.push_str(&format!("    {}:{} {words}\n", span.line, span.column));
        }
        if let Some(hint) = &finding.hint {
            text.push_str(&format!("    hint: {hint}\n"));
        }
    }
    text
}

/// The findings of a file, syntax faults included.
fn findings(text: &str) -> String {
    match parse(&[file(text)], &[]) {
        Ok(draft) => shown(&build(&draft, &Inputs::default()).findings),
        Err(unreadable) => shown(&unreadable.findings),
    }
}

/// A document as text, with templates and secrets marked.
fn plain(doc: &Doc) -> String {
    match doc {
        Doc::Null => "null".to_owned(),
        Doc::Bool(value) => value.to_string(),
        Doc::Number(number) => number.to_string(),
        Doc::String(text) => format!("{text:?}"),
        Doc::List(list) => format!("[{}]", list.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Doc::Map(map) => {
            let entries: Vec<_> = map.iter().map(|(key, doc)| format!("{key}: {}", plain(doc))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Doc::Unknown(template) => format!("<{template}>"),
        Doc::Sensitive(_) => "‹redacted›".to_owned(),
    }
}
