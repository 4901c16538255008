//! Leaves out of an entry what needs not be said: defaults, what the server fills in, what says nothing.

use super::node;
use crate::kinds::{Flag, Row, canonical, rules};
use crate::model::{Doc, DocPath, Map, ProjectFacts, Segment};
use crate::plan::diff::UserKeys;

/// How often a field is put back because the spec asks for it.
const ROUNDS: usize = 16;

/// The entry without defaults; `filled` is what the kind says that Google fills in.
pub(super) fn least(row: &Row, project: &ProjectFacts, doc: &Doc, filled: &Doc) -> Doc {
    let prune = Prune { row, project, filled, user_keys: UserKeys::default() };
    match doc {
        Doc::Map(map) => Doc::Map(prune.map(&DocPath::root(), map)),
        other => other.clone(),
    }
}

/// The entry with what its spec requires put back from the whole one.
pub(super) fn with_required(row: &Row, least: &Doc, whole: &Doc) -> Doc {
    let mut doc = least.clone();
    for _ in 0..ROUNDS {
        let missing = node::read(row, &doc).faults.into_iter().filter(|fault| fault.code == "missing-field");
        let mut any = false;
        for path in missing.filter_map(|fault| fault.field) {
            if let Some(value) = whole.at(&path) {
                any |= put(&mut doc, &path.0, value.clone());
            }
        }
        if !any {
            break;
        }
    }
    doc
}

fn put(doc: &mut Doc, path: &[Segment], value: Doc) -> bool {
    match (path, doc) {
        ([Segment::Key(key)], Doc::Map(map)) => map.insert(key.clone(), value).is_none(),
        ([Segment::Key(key), rest @ ..], Doc::Map(map)) => map.get_mut(key).is_some_and(|doc| put(doc, rest, value)),
        ([Segment::Index(at), rest @ ..], Doc::List(list)) => {
            list.get_mut(*at).is_some_and(|doc| put(doc, rest, value))
        }
        _ => false,
    }
}

struct Prune<'a> {
    row: &'a Row,
    project: &'a ProjectFacts,
    filled: &'a Doc,
    user_keys: UserKeys,
}

impl Prune<'_> {
    fn map(&self, path: &DocPath, map: &Map) -> Map {
        let kept = |(key, value): (&String, &Doc)| Some((key.clone(), self.value(&path.key(key.as_str()), value)?));
        map.iter().filter_map(kept).collect()
    }

    /// What of a value must be said; nothing where all of it goes without saying.
    fn value(&self, path: &DocPath, value: &Doc) -> Option<Doc> {
        let found = rules::find(self.row.descriptor, path);
        let has_default = found.exact && found.rule.default.is_some();
        if !has_default && self.user_keys.is_element(self.row, path) {
            return Some(self.below(path, value).unwrap_or_else(|| value.clone()));
        }
        if self.goes_without_saying(path, value) { None } else { self.below(path, value) }
    }

    fn below(&self, path: &DocPath, value: &Doc) -> Option<Doc> {
        match value {
            Doc::Map(map) if map.is_empty() => self.counts_when_empty(path).then(Doc::map),
            Doc::Map(map) => {
                let kept = self.map(path, map);
                (!kept.is_empty() || self.counts_when_empty(path)).then_some(Doc::Map(kept))
            }
            Doc::List(list) => {
                let kept = list.iter().enumerate().map(|(at, element)| {
                    let kept = self.below(&path.index(at), element);
                    kept.filter(|kept| !matches!(kept, Doc::Map(map) if map.is_empty()))
                        .unwrap_or_else(|| element.clone())
                });
                Some(Doc::List(kept.collect()))
            }
            other => Some(other.clone()),
        }
    }

    fn goes_without_saying(&self, path: &DocPath, value: &Doc) -> bool {
        let found = rules::find(self.row.descriptor, path);
        let canonical = |doc: &Doc| canonical::canonical(self.row.descriptor, path, doc, self.project);
        let wanted = canonical(value);
        if found.default().is_some_and(|default| canonical(&default) == wanted)
            || self.filled.at(path).is_some_and(|filled| canonical(filled) == wanted)
            || is_unspecified(value)
        {
            return true;
        }
        // Google leaves false, zero and empty out of its answers, unless it does not: they say nothing, where no
        // default stands against them.
        is_zero(value) && found.default().is_none() && !found.has(Flag::ServerDefault)
    }

    /// Whether the field's being there says something: one of several choices.
    fn counts_when_empty(&self, path: &DocPath) -> bool {
        let found = rules::find(self.row.descriptor, path);
        !(found.exact && found.default().is_some())
            && (found.has(Flag::SendEmpty) || !found.has(Flag::ServerDefault))
            && (found.has(Flag::SendEmpty) || found.has(Flag::Whole) || found.has(Flag::Immutable))
    }
}

/// `SQL_BACKUP_TIER_UNSPECIFIED`: protobuf's word for nothing.
fn is_unspecified(value: &Doc) -> bool {
    let is_constant =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    matches!(value, Doc::String(text) if text.ends_with("_UNSPECIFIED") && is_constant(text))
}

fn is_zero(value: &Doc) -> bool {
    match value {
        Doc::Null | Doc::Bool(false) => true,
        Doc::Number(number) => number.as_f64() == Some(0.0),
        Doc::String(text) => text.is_empty(),
        Doc::List(list) => list.is_empty(),
        _ => false,
    }
}
