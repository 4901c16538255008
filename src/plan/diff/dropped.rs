//! Fields that we set once and the file no longer has.
//!
//! Map keys, list elements and members that we set are removed; a field with a documented constant default is reset;
//! any other becomes unmanaged, and the plan says so.

use std::collections::BTreeSet;

use crate::kinds::{Flag, Found};
use crate::model::{Doc, DocPath, Segment};

use super::additive;
use super::at::At;
use super::walk::{Secrecy, Walk, is_additive, is_servers};
use crate::plan::types::{Change, Effect, Origin};

/// What becomes of a field that left the file.
enum Fate {
    Removed,
    Reset(Doc),
    Unmanaged,
}

/// Finds what left the file.
pub(super) fn find(walk: &mut Walk<'_>) {
    let Some(entry) = walk.with.recorded else { return };
    let mut done: BTreeSet<DocPath> = BTreeSet::new();
    for path in entry.fields.keys() {
        if is_wanted(walk, path) || walk.is_payload(path) {
            continue;
        }
        walk.found.stale = true;
        if entry.members_before.contains(path) || is_changed_above(walk, path) || walk.is_ignored(&At::Path(path)) {
            continue;
        }
        let (unit, fate) = fate(walk, path);
        if done.insert(unit.clone()) {
            settle(walk, unit, fate);
        }
    }
}

/// Whether the file still sets it.
fn is_wanted(walk: &Walk<'_>, path: &DocPath) -> bool {
    let desired = walk.with.desired;
    desired.at(path).is_some() || is_within_unknown(desired, path) || is_element(walk, desired, path)
}

/// Whether something above it is not known yet: then it may well be there.
fn is_within_unknown(desired: &Doc, path: &DocPath) -> bool {
    let mut doc = desired;
    for segment in &path.0 {
        if matches!(doc, Doc::Unknown(_)) {
            return true;
        }
        let Some(next) = doc.at(&DocPath(vec![segment.clone()])) else { return false };
        doc = next;
    }
    false
}

/// Whether `path` names an element of a shared set that `doc` has.
fn is_element(walk: &Walk<'_>, doc: &Doc, path: &DocPath) -> bool {
    let Some((found, list, keys)) = shared_set(walk, path) else { return false };
    doc.at(&list).is_some_and(|list| {
        let elements = additive::elements(&found, list);
        !list.is_known() || elements.iter().any(|element| element.iter().map(String::as_str).eq(keys.iter().copied()))
    })
}

/// The shared set that `path` names an element of, its path, and the element.
fn shared_set<'p>(walk: &Walk<'_>, path: &'p DocPath) -> Option<(Found, DocPath, Vec<&'p str>)> {
    (1..=2).find_map(|length| {
        let cut = path.0.len().checked_sub(length).filter(|cut| *cut > 0)?;
        let list = DocPath(path.0[..cut].to_vec());
        let found = walk.find(&list);
        let keys = path.0[cut..].iter().map(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            _ => None,
        });
        is_additive(&found).then(|| keys.collect::<Option<Vec<_>>>()).flatten().map(|keys| (found, list, keys))
    })
}

/// Whether a change of something above it covers it (a list that is replaced as a whole).
fn is_changed_above(walk: &Walk<'_>, path: &DocPath) -> bool {
    walk.found.changes.iter().any(|change| change.after.is_some() && path.starts_with(&change.path))
}

/// How much goes, and how: the first element on the way that is the user's own or part of what is written whole, else
/// the first field with a default, else everything that left.
fn fate(walk: &Walk<'_>, path: &DocPath) -> (DocPath, Fate) {
    if shared_set(walk, path).is_some() {
        return (path.clone(), Fate::Removed);
    }
    let gone = (1..=path.0.len()).find(|length| walk.with.desired.at(&prefix(path, *length)).is_none());
    let gone = gone.unwrap_or(path.0.len());
    for length in gone..=path.0.len() {
        let unit = prefix(path, length);
        if walk.with.user_keys.is_element(walk.with.row, &unit) {
            return (unit, Fate::Removed);
        }
        if let Some(default) = walk.find(&unit).default() {
            return (unit, Fate::Reset(default));
        }
        let is_list = matches!(path.0.get(length), Some(Segment::Index(_)));
        if is_list || (length == gone && is_written_whole(walk, path, gone)) {
            return (unit, Fate::Removed);
        }
    }
    if walk.with.live.at(path).is_some_and(|live| live.as_list().is_some()) {
        return (path.clone(), Fate::Removed);
    }
    (prefix(path, gone), Fate::Unmanaged)
}

/// Whether an update writes what is above it as the file says, so that the rest of it goes.
fn is_written_whole(walk: &Walk<'_>, path: &DocPath, gone: usize) -> bool {
    (1..gone).map(|length| walk.find(&prefix(path, length))).any(|found| found.exact && found.has(Flag::Whole))
}

fn prefix(path: &DocPath, length: usize) -> DocPath {
    DocPath(path.0[..length].to_vec())
}

fn settle(walk: &mut Walk<'_>, path: DocPath, fate: Fate) {
    let found = walk.find(&path);
    if is_servers(&found) {
        return;
    }
    let live = walk.with.live;
    let there = match shared_set(walk, &path) {
        Some(_) => is_element(walk, live, &path).then_some(Doc::Bool(true)),
        None => live.at(&path).cloned(),
    };
    let secret = found.has(Flag::Sensitive);
    let input_only = found.has(Flag::InputOnly) || secret;
    // What is never read back cannot be seen to be gone.
    let Some(before) = there.or_else(|| input_only.then_some(Doc::Null)) else { return };
    let before = if secret { Doc::Sensitive(Box::new(before)) } else { before };
    match fate {
        Fate::Removed => {
            walk.change(path.clone(), found, Some(&before), None, Secrecy::Open);
            walk.found.removed.push(path);
        }
        Fate::Reset(default) => {
            if walk.canonical(&path, &found, &default) == walk.canonical(&path, &found, &before) {
                return;
            }
            let after = (!is_none(&default)).then_some(default);
            let effect = if found.has(Flag::Immutable) { Effect::Replaces } else { Effect::InPlace };
            let origin = Origin::Edit;
            walk.found.changes.push(Change { path: path.clone(), before: Some(before), after, origin, effect });
            walk.found.removed.push(path);
        }
        Fate::Unmanaged => {
            let change =
                Change { path, before: Some(before), after: None, origin: Origin::Edit, effect: Effect::Unmanaged };
            walk.found.changes.push(change);
        }
    }
}

/// Whether a default says that nothing is set.
fn is_none(default: &Doc) -> bool {
    match default {
        Doc::Null => true,
        Doc::Map(map) => map.is_empty(),
        Doc::List(list) => list.is_empty(),
        _ => false,
    }
}
