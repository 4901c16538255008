//! Syntax faults in a person's words: what the parser says, what is usually behind it, and what to write.

use serde_yaml::granit_parser::{ErrorKind, ScanError};

use super::limit::{Limits, too_deep};
use crate::model::{Diagnostic, SourceId, Span};
use crate::stack::source::span_in;

/// The diagnostic of a parser's error.
pub(super) fn describe(source: SourceId, text: &str, error: &ScanError, in_flow: bool, limits: &Limits) -> Diagnostic {
    let at = place(text, error);
    let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
    let span = span_in(source, text.as_bytes(), at, end);
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep(span, limits);
    }
    if in_flow && let Some(expression) = bare_expression(source, text, at) {
        return unquoted_expression(text, expression);
    }
    let (code, message, hint) = words(error.kind(), text, at);
    let diagnostic = Diagnostic::error(code, message).at(span).label("the parser stops here");
    match hint {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

/// Where to point: at the tab itself, else where the parser stopped.
fn place(text: &str, error: &ScanError) -> usize {
    let at = error.marker().byte_offset().unwrap_or_default().min(text.len());
    let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    match text[line_start..at].rfind('\t') {
        Some(tab) if is_about_tabs(error.kind()) => line_start + tab,
        _ => at,
    }
}

fn is_about_tabs(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
    )
}

/// The last `${` on the line of `at` that stands before it (or at it) and is not inside quotes.
fn bare_expression(source: SourceId, text: &str, at: usize) -> Option<Span> {
    let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |n| at + n);
    let line = &text[line_start..line_end];
    let mut quote = None;
    let mut found = None;
    for (offset, c) in line.char_indices() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '$') if line[offset..].starts_with("${") && line_start + offset <= at => found = Some(offset),
            _ => {}
        }
    }
    let start = line_start + found?;
    let close = text[start..line_end].find('}').map_or(line_end, |n| start + n + 1);
    let end = text[close..line_end].find([',', ']', '}', ' ', '#']).map_or(line_end, |n| close + n);
    Some(span_in(source, text.as_bytes(), start, end))
}

fn unquoted_expression(text: &str, span: Span) -> Diagnostic {
    let expression = &text[span.start as usize..span.end as usize];
    let quoted = if expression.contains('"') { format!("'{expression}'") } else { format!("\"{expression}\"") };
    Diagnostic::error("unquoted-expression", "an expression inside `{}` or `[]` needs quotes")
        .at(span)
        .label("YAML reads this brace as the begin of a map")
        .hint(format!("write `{quoted}`"))
}

/// Code, message and hint of a parser's error.
fn words(kind: &ErrorKind, text: &str, at: usize) -> (&'static str, String, Option<String>) {
    let hint = |text: &str| Some(text.to_owned());
    match kind {
        kind if is_about_tabs(kind) => {
            ("tab", "a tab stands where only spaces may".to_owned(), hint("indent with spaces, two a level"))
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => (
            "yaml-syntax",
            "a `:` makes a key where none can stand".to_owned(),
            hint("quote a value that holds `: `, and indent the keys of one map alike"),
        ),
        ErrorKind::UnknownAnchor => (
            "unknown-anchor",
            format!("the alias `{}` names an anchor that does not stand before it", word_at(text, at)),
            hint("quote a text that begins with `*`"),
        ),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => (
            "yaml-syntax",
            "a quote is opened and not closed".to_owned(),
            hint("close it; further lines of a quoted text are indented"),
        ),
        ErrorKind::UnclosedFlowCollection { open } => {
            ("yaml-syntax", format!("a `{open}` is opened and never closed"), None)
        }
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            ("yaml-syntax", "a `{` is opened and never closed".to_owned(), None)
        }
        ErrorKind::UnexpectedEofFlowSequence => ("yaml-syntax", "a `[` is opened and never closed".to_owned(), None),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            ("yaml-syntax", format!("a `{open}` is closed by `{close}`"), None)
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => (
            "yaml-syntax",
            "a key is expected here".to_owned(),
            hint("indent the keys of one map alike, and put a `:` and a space after each"),
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            ("yaml-syntax", "a key without `:`".to_owned(), hint("put a `:` and a space after the key"))
        }
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => (
            "not-yaml",
            format!("this is not YAML: it holds the control character U+{:04X}", u32::from(*character)),
            None,
        ),
        ErrorKind::UnexpectedCharacter { character } => {
            ("yaml-syntax", format!("a text cannot begin with `{character}`"), hint("quote it"))
        }
        other => ("yaml-syntax", format!("this is not YAML: {other}"), None),
    }
}

fn word_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    &rest[..rest.find(|c: char| c.is_whitespace() || ",]}".contains(c)).unwrap_or(rest.len())]
}
