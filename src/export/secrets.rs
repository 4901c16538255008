//! What must not stand in a file: values that look like secrets.

use crate::kinds::Row;
use crate::model::secret::{has_user_info, is_secret_name};
use crate::model::{Doc, DocPath, Segment};
use crate::plan::diff::UserKeys;

/// What stands in the place of a secret, for people.
pub(super) const REDACTED: &str = "‹redacted›";

/// What was found in an entry.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Secrets {
    /// Keys of the user's own that were left out (`env.API_KEY`): what is there stays, the file does not speak of it.
    pub dropped: Vec<DocPath>,
    /// Values that cannot be left out alone (a word of `args`): the whole entry is not for the file.
    pub stuck: Vec<DocPath>,
}

/// Takes what looks like a secret out of an entry; where it cannot go alone it is redacted in its place.
pub(super) fn take(row: &Row, doc: &mut Doc) -> Secrets {
    let mut paths = Vec::new();
    find(doc, &mut DocPath::root(), &mut paths);
    let keys = UserKeys::default();
    let mut secrets = Secrets::default();
    for path in paths {
        let in_list = path.0.iter().any(|segment| !matches!(segment, Segment::Key(_)));
        if !in_list && keys.is_element(row, &path) {
            remove(doc, &path.0);
            secrets.dropped.push(path);
        } else {
            redact(doc, &path.0);
            secrets.stuck.push(path);
        }
    }
    secrets
}

fn find(doc: &Doc, path: &mut DocPath, paths: &mut Vec<DocPath>) {
    match doc {
        Doc::Map(map) => {
            for (key, value) in map {
                path.0.push(Segment::Key(key.clone()));
                match value {
                    Doc::String(text) if is_named_secret(key, text) => paths.push(path.clone()),
                    value => find(value, path, paths),
                }
                path.0.pop();
            }
        }
        Doc::List(list) => {
            for (at, value) in list.iter().enumerate() {
                path.0.push(Segment::Index(at));
                let is_told = at > 0 && list[at - 1].as_str().is_some_and(is_secret_flag);
                if is_told && value.as_str().is_some_and(|text| !is_elsewhere(text)) {
                    paths.push(path.clone());
                } else {
                    find(value, path, paths);
                }
                path.0.pop();
            }
        }
        Doc::String(text) if holds_secret(text) => paths.push(path.clone()),
        Doc::Sensitive(_) => paths.push(path.clone()),
        _ => {}
    }
}

fn is_named_secret(name: &str, text: &str) -> bool {
    holds_secret(text) || is_secret_name(name) && !is_elsewhere(text)
}

/// Nothing, a path of a resource, or a variable: it names a secret and does not hold it.
fn is_elsewhere(text: &str) -> bool {
    text.is_empty() || text.starts_with("projects/") || text.starts_with('$')
}

/// `--password`, `-token`.
fn is_secret_flag(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|name| {
        let name = name.trim_start_matches('-');
        !name.contains(['=', ' ']) && is_secret_name(&name.replace('-', "_"))
    })
}

/// Whether a text holds a secret: a URL with a password, a private key, or an assignment to a secret's name
/// (`PGPASSWORD='…' psql`, `--password=…`).
pub(super) fn holds_secret(text: &str) -> bool {
    has_user_info(text) || text.contains("PRIVATE KEY-----") || text.match_indices('=').any(|(at, _)| assigns(text, at))
}

fn assigns(text: &str, at: usize) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name = text[..at].rsplit(|c: char| !is_name(c)).next().unwrap_or_default();
    let name = name.trim_start_matches('-').replace('-', "_");
    let value = text[at + 1..].trim_start_matches(['\'', '"']);
    let first = value.chars().next();
    let holds = first.is_some_and(|c| !c.is_whitespace() && !['$', '\'', '"', '&', ';', '=', '<'].contains(&c));
    !name.is_empty() && is_secret_name(&name) && holds
}

fn remove(doc: &mut Doc, path: &[Segment]) {
    match (path, doc) {
        ([Segment::Key(key)], Doc::Map(map)) => {
            map.shift_remove(key);
        }
        ([Segment::Key(key), rest @ ..], Doc::Map(map)) => {
            if let Some(inner) = map.get_mut(key) {
                remove(inner, rest);
                if matches!(inner, Doc::Map(inner) if inner.is_empty()) {
                    map.shift_remove(key);
                }
            }
        }
        _ => {}
    }
}

fn redact(doc: &mut Doc, path: &[Segment]) {
    match (path, doc) {
        ([], doc) => *doc = Doc::from(REDACTED),
        ([Segment::Key(key), rest @ ..], Doc::Map(map)) => {
            if let Some(inner) = map.get_mut(key) {
                redact(inner, rest);
            }
        }
        ([Segment::Index(at), rest @ ..], Doc::List(list)) => {
            if let Some(inner) = list.get_mut(*at) {
                redact(inner, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::registry;
    use serde_json::{Value as Json, json};

    fn taken(section: &str, json: &Json) -> (Json, Vec<String>, Vec<String>) {
        let mut doc = Doc::from(json);
        let secrets = take(registry::find(section).unwrap(), &mut doc);
        let names = |paths: Vec<DocPath>| paths.iter().map(ToString::to_string).collect();
        (doc.to_json().unwrap(), names(secrets.dropped), names(secrets.stuck))
    }

    #[test]
    fn a_secret_variable_goes_and_the_entry_stays() {
        let (doc, dropped, stuck) = taken("services", &json!({"image": "i", "env": {"API_KEY": "x", "A": "b"}}));
        assert_eq!(doc, json!({"image": "i", "env": {"A": "b"}}));
        assert_eq!((dropped, stuck), (vec!["env.API_KEY".to_owned()], vec![]));
        let (doc, ..) = taken("services", &json!({"image": "i", "env": {"DB": "postgres://u:p@h/db"}}));
        assert_eq!(doc, json!({"image": "i"}));
    }

    #[test]
    fn a_secret_among_arguments_is_redacted_where_it_stands() {
        let args = json!(["-c", "PGPASSWORD='Temp' psql -h 10.0.0.5"]);
        let (doc, dropped, stuck) = taken("jobs", &json!({"image": "i", "args": args}));
        assert_eq!(doc, json!({"image": "i", "args": ["-c", REDACTED]}));
        assert_eq!((dropped, stuck), (vec![], vec!["args[1]".to_owned()]));
        let (_, _, stuck) = taken("jobs", &json!({"image": "i", "args": ["--db-password", "x"]}));
        assert_eq!(stuck, ["args[1]"]);
    }

    #[test]
    fn what_only_names_a_secret_stays() {
        let plain = json!({"image": "i", "args": ["--key-file=/k", "a=b", "TOKEN=$TOKEN", "--password", "$P", "PASSWORD="],
            "env": {"API_KEY": {"secret": "s"}, "KEY_FILE": "/k", "TOKEN": ""}});
        let (doc, dropped, stuck) = taken("jobs", &plain);
        assert_eq!((doc, dropped, stuck), (plain, vec![], vec![]));
    }
}
