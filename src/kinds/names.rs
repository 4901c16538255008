//! Google's naming rules, as far as more than one kind follows them.

/// Compute Engine and most others: RFC 1035 labels. Lower case letters, digits and hyphens, a letter first, no hyphen
/// last; at most `max` characters.
///
/// # Errors
/// What is wrong with the name, and the rule.
pub fn rfc1035(name: &str, max: usize) -> Result<(), String> {
    let rule = format!(
        "a name has 1 to {max} lower case letters, digits and hyphens, begins with a letter and does not end with a hyphen"
    );
    let problem = if name.is_empty() {
        "it is empty".to_owned()
    } else if name.chars().count() > max {
        format!("it has {} characters", name.chars().count())
    } else if let Some(wrong) = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        format!("`{wrong}` is not allowed")
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "it does not begin with a letter".to_owned()
    } else if name.ends_with('-') {
        "it ends with a hyphen".to_owned()
    } else {
        return Ok(());
    };
    Err(format!("{problem}; {rule}"))
}

/// Between `min` and `max` characters, besides whatever else holds.
///
/// # Errors
/// What is wrong with the name, and the rule.
pub fn length(name: &str, min: usize, max: usize) -> Result<(), String> {
    let count = name.chars().count();
    if (min..=max).contains(&count) {
        return Ok(());
    }
    Err(format!("it has {count} characters; a name has {min} to {max}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_rfc_1035() {
        for name in ["a", "prefect-network", "a1", &"a".repeat(63)] {
            assert_eq!(rfc1035(name, 63), Ok(()), "{name}");
        }
        for (name, problem) in [
            ("", "it is empty"),
            ("A", "`A` is not allowed"),
            ("a_b", "`_` is not allowed"),
            ("1a", "it does not begin with a letter"),
            ("-a", "it does not begin with a letter"),
            ("a-", "it ends with a hyphen"),
            (&"a".repeat(64), "it has 64 characters"),
            ("é", "`é` is not allowed"),
        ] {
            let fault = rfc1035(name, 63).unwrap_err();
            assert!(fault.starts_with(problem), "{name}: {fault}");
        }
    }

    #[test]
    fn a_length_has_two_ends() {
        assert!(length("abcde", 6, 30).is_err());
        assert!(length("abcdef", 6, 30).is_ok());
        assert!(length(&"a".repeat(31), 6, 30).is_err());
    }
}
