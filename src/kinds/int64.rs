//! 64-bit integers: numbers in the file, texts in Google's JSON.

use super::shape::each;
use crate::model::Doc;

/// Numbers at these paths (`settings.dataDiskSizeGb`, `versionAliases{}`) become texts.
pub fn to_text(doc: &mut Doc, paths: &[&str]) {
    for path in paths {
        each(doc, path, &mut |value| {
            if let Doc::Number(number) = value {
                *value = Doc::String(number.to_string());
            }
        });
    }
}

/// Texts at these paths that spell a number become numbers; any other stays.
pub fn to_number(doc: &mut Doc, paths: &[&str]) {
    for path in paths {
        each(doc, path, &mut |value| {
            if let Doc::String(text) = value {
                match text.parse::<i64>() {
                    Ok(number) if number.to_string() == *text => *value = Doc::from(number),
                    _ => {}
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_their_texts_lead_to_each_other() {
        let paths = ["size", "aliases{}"];
        let api = Doc::from(&json!({"size": "10", "aliases": {"a": "3"}, "other": "7"}));
        let mut doc = api.clone();
        to_number(&mut doc, &paths);
        assert_eq!(doc, Doc::from(&json!({"size": 10, "aliases": {"a": 3}, "other": "7"})));
        to_text(&mut doc, &paths);
        assert_eq!(doc, api);
    }

    #[test]
    fn what_would_not_come_back_stays_a_text() {
        for text in ["010", "ten", "", "99999999999999999999"] {
            let mut doc = Doc::from(&json!({"size": text}));
            to_number(&mut doc, &["size"]);
            assert_eq!(doc.dig_str("size"), Some(text));
        }
    }
}
