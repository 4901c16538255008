//! What gives a secret away: the name of a field or variable, a URL with a login in it.

use super::Doc;

/// Whether a name says that its value is a secret: `API_KEY`, `TOKEN`, `dbPassword`.
///
/// `KEY` counts in upper case alone: `kmsKey` and its like name things, they do not hold them.
pub fn is_secret_name(name: &str) -> bool {
    const UPPER: [&str; 8] =
        ["KEY", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL", "CREDENTIALS"];
    const ANY: [&str; 4] = ["password", "passwd", "passphrase", "token"];
    if name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') {
        return UPPER.iter().any(|word| name.ends_with(word));
    }
    let ends_with = |word: &str| {
        let at = name.len().checked_sub(word.len());
        at.and_then(|at| name.as_bytes().get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(word.as_bytes()))
    };
    ANY.into_iter().any(ends_with)
}

/// Whether a text holds a URL with a password, or with a token in a user's place.
pub fn has_user_info(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let scheme = text[..at].rsplit(|c: char| !(c.is_ascii_alphanumeric() || "+.-".contains(c))).next();
        let authority = text[at + 3..].split(['/', '?', '#', ' ', '\n', '"']).next().unwrap_or_default();
        let Some((user, _)) = authority.rsplit_once('@') else { return false };
        let password = user.split_once(':').is_some_and(|(_, password)| !password.is_empty());
        password || !user.is_empty() && matches!(scheme, Some("http" | "https"))
    })
}

/// Whether a value of a field of this name may not be shown: literals and live values alike.
pub fn looks_secret(name: &str, value: &Doc) -> bool {
    match value {
        Doc::String(text) => {
            (is_secret_name(name) && !text.is_empty() && !text.starts_with("projects/")) || has_user_info(text)
        }
        Doc::Sensitive(_) => true,
        _ => false,
    }
}
