//! Scalars by YAML's core schema: what a plain text is when nobody asks for text.

use serde_json::Number;

use crate::model::Doc;
use crate::model::tree::{Node, NodeValue, Style};

/// Whether a node is written as nothing: `key:`, `~` or `null`.
pub fn is_null(node: &Node) -> bool {
    matches!(&node.value, NodeValue::Scalar { text, style: Style::Plain } if null(text))
}

fn null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A whole number: decimal, `0x…` or `0o…`, with a sign.
pub(super) fn integer(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        _ => (10, digits),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    i128::from_str_radix(digits, radix).ok().map(|number| number * sign)
}

/// A finite number, whole or not.
pub(super) fn float(text: &str) -> Option<f64> {
    if let Some(number) = integer(text) {
        #[expect(clippy::cast_precision_loss, reason = "a float was asked for")]
        return Some(number as f64);
    }
    let digits = text.trim_start_matches(['-', '+']);
    let begins = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    (begins && digits.bytes().any(|byte| byte.is_ascii_digit()))
        .then(|| text.parse::<f64>().ok())
        .flatten()
        .filter(|number| number.is_finite())
}

/// The document of a plain text that no spec types: null, a truth value, a number, or else the text.
pub fn plain(text: &str) -> Doc {
    if null(text) {
        return Doc::Null;
    }
    if let Some(value) = boolean(text) {
        return Doc::Bool(value);
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return Doc::from(text);
    }
    if let Some(number) = integer(text) {
        let number = i64::try_from(number).map(Number::from).or_else(|_| u64::try_from(number).map(Number::from));
        return number.map_or_else(|_| Doc::from(text), Doc::Number);
    }
    let fraction = text.contains(['.', 'e', 'E']).then(|| float(text)).flatten();
    fraction.and_then(Number::from_f64).map_or_else(|| Doc::from(text), Doc::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_typed_by_the_core_schema() {
        for (text, doc) in [
            ("1", Doc::from(1)),
            ("-1", Doc::from(-1)),
            ("0x10", Doc::from(16)),
            ("1.5", Doc::Number(Number::from_f64(1.5).unwrap())),
            ("true", Doc::Bool(true)),
            ("~", Doc::Null),
            ("on", Doc::from("on")),
            ("1.2.3", Doc::from("1.2.3")),
            ("1_000", Doc::from("1_000")),
            ("-", Doc::from("-")),
            ("10.0.0.0/24", Doc::from("10.0.0.0/24")),
            ("99999999999999999999999999999999999999999999", Doc::from("99999999999999999999999999999999999999999999")),
        ] {
            assert_eq!(plain(text), doc, "{text}");
        }
    }
}
