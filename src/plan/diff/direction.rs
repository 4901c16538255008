//! Which way a value that only grows would go.

use crate::model::Doc;

/// Whether `after` is less than `before`: a smaller number, a narrower or other range, a lower version, the smaller
/// edition of a pair (`ENTERPRISE` of `ENTERPRISE_PLUS`).
pub(super) fn is_down(before: &Doc, after: &Doc) -> bool {
    if let (Some(before), Some(after)) = (before.as_i64(), after.as_i64()) {
        return after < before;
    }
    let (Some(before), Some(after)) = (before.as_str(), after.as_str()) else { return false };
    if let (Ok(before), Ok(after)) = (before.parse::<ipnet::IpNet>(), after.parse::<ipnet::IpNet>()) {
        return !after.contains(&before);
    }
    let (old_name, old_version) = split_version(before);
    let (new_name, new_version) = split_version(after);
    if old_name == new_name {
        return new_version < old_version;
    }
    before.starts_with(after)
}

/// `POSTGRES_16` → (`POSTGRES`, [16]); `MYSQL_8_0_36` → (`MYSQL`, [8, 0, 36]).
fn split_version(text: &str) -> (&str, Vec<u64>) {
    let is_version = |c: char| c.is_ascii_digit() || c == '_' || c == '.';
    let name = text.trim_end_matches(is_version);
    let numbers = text[name.len()..].split(['_', '.']).filter_map(|part| part.parse().ok()).collect();
    (name, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn down(before: serde_json::Value, after: serde_json::Value) -> bool {
        is_down(&Doc::from(&before), &Doc::from(&after))
    }

    #[test]
    fn less_is_down_and_more_is_not() {
        for (less, more) in [
            (json!(10), json!("20")),
            (json!("10.0.0.0/24"), json!("10.0.0.0/20")),
            (json!("POSTGRES_9_6"), json!("POSTGRES_15")),
            (json!("POSTGRES_15"), json!("POSTGRES_16")),
            (json!("MYSQL_5_7"), json!("MYSQL_8_0")),
            (json!("ENTERPRISE"), json!("ENTERPRISE_PLUS")),
        ] {
            assert!(down(more.clone(), less.clone()), "{more} → {less}");
            assert!(!down(less.clone(), more.clone()), "{less} → {more}");
        }
        assert!(down(json!("10.0.0.0/24"), json!("10.1.0.0/16")), "another range does not hold the old one");
        assert!(!down(json!("A"), json!("B")));
    }
}
