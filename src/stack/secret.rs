//! Literals that look like secrets: shown as `‹redacted›` everywhere, and warned about.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::expression::{self, Piece};
use super::source::Sources;
use crate::kinds::{Flag, Row, rules};
use crate::model::secret::{has_user_info, is_secret_name};
use crate::model::tree::Node;
use crate::model::{Address, Diagnostic, Doc, DocPath, Part, Segment, Span};

/// What is found in one entry.
pub(super) struct Search<'a> {
    pub(super) row: Option<&'static Row>,
    /// What [`sensitive`] says of the kind.
    pub(super) sensitive: &'a [&'static str],
    pub(super) address: Option<&'a Address>,
    /// Places whose values came out of something secret.
    pub(super) known: &'a BTreeSet<Span>,
    pub(super) sources: &'a Sources,
    pub(super) warnings: &'a mut Vec<Diagnostic>,
    /// Places of literals that may not be shown.
    pub(super) places: &'a mut BTreeSet<Span>,
}

/// Paths of the rules that say of a field that it is never shown: most kinds have a few, or none.
pub(super) fn sensitive(row: &Row) -> Vec<&'static str> {
    row.descriptor.fields.iter().filter(|rule| rule.has(Flag::Sensitive)).map(|rule| rule.path).collect()
}

impl Search<'_> {
    /// Wraps what may not be shown in `Doc::Sensitive`.
    pub(super) fn mark(&mut self, doc: &mut Doc, node: &Node) {
        self.walk(doc, node, &mut DocPath::root());
    }

    fn walk(&mut self, doc: &mut Doc, node: &Node, path: &mut DocPath) {
        if self.known.contains(&node.span) {
            return wrap(doc);
        }
        match doc {
            Doc::Map(map) => {
                for (key, value) in map.iter_mut() {
                    let Some(below) = node.get(key) else { continue };
                    path.0.push(Segment::Key(key.clone()));
                    self.walk(value, below, path);
                    path.0.pop();
                }
            }
            Doc::List(list) => {
                for (index, (value, below)) in list.iter_mut().zip(node.elements()).enumerate() {
                    path.0.push(Segment::Index(index));
                    self.walk(value, below, path);
                    path.0.pop();
                }
            }
            Doc::String(_) | Doc::Number(_) | Doc::Unknown(_) => self.leaf(doc, node, path),
            Doc::Null | Doc::Bool(_) | Doc::Sensitive(_) => {}
        }
    }

    fn leaf(&mut self, doc: &mut Doc, node: &Node, path: &DocPath) {
        let by_rule = self.row.is_some_and(|row| is_sensitive(self.sensitive, row, path));
        let literal = literal_text(doc);
        let named = matches!(path.0.last(), Some(Segment::Key(key)) if is_secret_name(key));
        let by_name = named
            && match &*doc {
                Doc::String(text) => !text.is_empty() && !text.starts_with("projects/"),
                Doc::Unknown(_) => true,
                _ => false,
            };
        let by_url = has_user_info(&literal);
        if !(by_rule || by_name || by_url) {
            return;
        }
        let has_text = !literal.is_empty();
        wrap(doc);
        if !has_text {
            return;
        }
        self.places.insert(node.span);
        // Only of what stands in the file itself, not of what an expression put in.
        let written = without_holes(self.sources.slice(node.span));
        if by_url && has_user_info(&written) || by_name && !written.trim_matches(['"', '\'']).is_empty() {
            self.warn(node, path);
        }
    }

    fn warn(&mut self, node: &Node, path: &DocPath) {
        let mut warning =
            Diagnostic::warning("secret-in-file", format!("`{path}` looks like a secret that stands in the file"))
                .at(node.span)
                .label("shown as `‹redacted›` everywhere")
                .field(path.clone())
                .hint("keep it in `secrets:` and refer to it: `{secret: KEY}`");
        warning.address = self.address.cloned();
        self.warnings.push(warning);
    }
}

/// Whether the kind's rules say that a field is never shown.
fn is_sensitive(sensitive: &[&str], row: &Row, path: &DocPath) -> bool {
    let Some(Segment::Key(first)) = path.0.first() else { return false };
    let may_speak = |path: &str| path.starts_with(first.as_str()) || path.starts_with(['{', '[']);
    sensitive.iter().any(|path| may_speak(path)) && rules::find(row.descriptor, path).has(Flag::Sensitive)
}

fn wrap(doc: &mut Doc) {
    if !matches!(doc, Doc::Sensitive(_)) {
        *doc = Doc::Sensitive(Box::new(std::mem::replace(doc, Doc::Null)));
    }
}

/// A text as written, with something in the place of each expression.
fn without_holes(written: &str) -> String {
    let (pieces, _) = expression::parse(written);
    let only_holes =
        !pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if !text.trim_matches(['"', '\'']).is_empty()));
    if only_holes {
        return String::new();
    }
    let shown = pieces.into_iter().map(|piece| match piece {
        Piece::Text(text) => text,
        Piece::Hole(_) => "x".to_owned(),
    });
    shown.collect()
}

/// The text that stands in a value, without the holes.
fn literal_text(doc: &Doc) -> Cow<'_, str> {
    match doc {
        Doc::String(text) => Cow::Borrowed(text),
        Doc::Unknown(template) => {
            let literals = template.0.iter().map(|part| match part {
                Part::Literal(text) => text.as_str(),
                // Stands where a host or a path would.
                Part::Reference(_) => "x",
            });
            if template.0.iter().all(|part| matches!(part, Part::Reference(_))) {
                Cow::Borrowed("")
            } else {
                Cow::Owned(literals.collect())
            }
        }
        _ => Cow::Borrowed(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_names_of_keys() {
        for name in
            ["API_KEY", "KEY", "GITHUB_TOKEN", "DB_PASSWORD", "password", "rootPassword", "authToken", "CLIENT_SECRET"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["kmsKey", "encryptionKey", "key", "secret", "KEY_FILE", "tokenTtl", "PASSWORD_FILE", "image"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn user_info_is_told_from_a_user_name() {
        for text in ["postgres://u:p@h/db", "x https://token@github.com/a", "postgresql+asyncpg://u:p@10.0.0.5:5432/x"]
        {
            assert!(has_user_info(text), "{text}");
        }
        for text in ["postgres://user@h/db", "https://h/a@b", "https://h:80/", "a@b.c", "postgres://u:@h", "://"] {
            assert!(!has_user_info(text), "{text}");
        }
    }
}
