//! What others put on a resource: left alone, listed on request, and drift at and below the paths of
//! `lifecycle.strict`.

use crate::model::{Doc, DocPath, Segment, secret};

use super::additive;
use super::at::At;
use super::lists::key_of;
use super::walk::{Secrecy, Walk, is_additive, is_servers};
use crate::kinds::rules::STACK_LABEL;
use crate::kinds::{Compare, Flag};
use crate::plan::types::{Change, Effect, Foreign, Origin};

/// Finds what others added where they may not.
pub(super) fn find(walk: &mut Walk<'_>) {
    let mut found = Vec::new();
    for path in &walk.with.lifecycle.strict {
        if let Some(value) = walk.with.live.at(path) {
            visit(walk, path, walk.with.desired.at(path), value, &mut found);
        }
    }
    for (path, value) in found {
        drift(walk, path, value);
    }
}

/// What others added anywhere and may keep; what `lifecycle.ignore` names is left out.
pub(super) fn left_alone(walk: &Walk<'_>) -> Vec<Foreign> {
    let mut found = Vec::new();
    visit(walk, &DocPath::root(), Some(walk.with.desired), walk.with.live, &mut found);
    let is_said = |path: &DocPath| walk.found.changes.iter().any(|change| path.starts_with(&change.path));
    let theirs = found.into_iter().filter(|(path, _)| !is_said(path));
    theirs.map(|(path, value)| Foreign { value: shown(walk, &path, value), path }).collect()
}

/// The path and the value of what somebody else set.
type Theirs<'d> = (DocPath, &'d Doc);

/// What a member of a shared set is: it is there.
static THERE: Doc = Doc::Bool(true);

fn visit<'d>(walk: &Walk<'_>, path: &DocPath, desired: Option<&Doc>, live: &'d Doc, found: &mut Vec<Theirs<'d>>) {
    let is_open = matches!(desired, Some(Doc::Unknown(_)));
    if is_open || walk.is_ignored(&At::Path(path)) || is_servers(&walk.find(path)) {
        return;
    }
    match live {
        Doc::Map(map) => {
            for (key, value) in map {
                let at = path.key(key.as_str());
                match desired.and_then(|desired| desired.get(key)) {
                    Some(desired) => visit(walk, &at, Some(desired), value, found),
                    None if walk.with.user_keys.is_element(walk.with.row, &at) => foreign(walk, at, value, found),
                    None => visit(walk, &at, None, value, found),
                }
            }
        }
        Doc::List(list) => visit_list(walk, path, desired, live, list, found),
        Doc::Sensitive(inner) => visit(walk, path, desired, inner, found),
        _ => {}
    }
}

fn visit_list<'d>(
    walk: &Walk<'_>,
    path: &DocPath,
    desired: Option<&Doc>,
    live: &'d Doc,
    list: &'d [Doc],
    found: &mut Vec<Theirs<'d>>,
) {
    let rule = walk.find(path);
    if is_additive(&rule) {
        let wanted = desired.map(|desired| additive::elements(&rule, desired)).unwrap_or_default();
        for element in additive::elements(&rule, live) {
            if !wanted.contains(&element) {
                foreign(walk, additive::join(path, &element), &THERE, found);
            }
        }
        return;
    }
    let Compare::KeyedBy(field) = rule.compare() else { return };
    let wanted = desired.and_then(Doc::as_list).unwrap_or_default();
    for element in list {
        let Some(key) = key_of(element, field) else { continue };
        let at = path.join(Segment::Keyed(field.to_owned(), key.clone()));
        match wanted.iter().find(|wanted| key_of(wanted, field).as_deref() == Some(&*key)) {
            Some(wanted) => visit(walk, &at, Some(wanted), element, found),
            None => foreign(walk, at, element, found),
        }
    }
}

/// Somebody else's, unless the server set it or we label by it.
fn foreign<'d>(walk: &Walk<'_>, path: DocPath, live: &'d Doc, found: &mut Vec<Theirs<'d>>) {
    let is_label = matches!(path.0.last(), Some(Segment::Key(key)) if key == STACK_LABEL);
    if !is_servers(&walk.find(&path)) && !is_label && !is_filled_in(walk, &path) {
        found.push((path, live));
    }
}

/// Whether the server fills in what nobody says (`resources.limits.cpu`).
fn is_filled_in(walk: &Walk<'_>, path: &DocPath) -> bool {
    let own = walk.find(path);
    own.exact && own.has(Flag::ServerDefault)
}

/// It goes, unless it is on its way out already.
fn drift(walk: &mut Walk<'_>, path: DocPath, live: &Doc) {
    if walk.found.removed.contains(&path) {
        return;
    }
    let rule = walk.find(&path);
    let live = shown(walk, &path, live);
    walk.change(path.clone(), rule, Some(&live), None, Secrecy::Open);
    let last: Option<&mut Change> = walk.found.changes.last_mut();
    if let Some(change) = last.filter(|change| change.effect != Effect::Unmanaged) {
        change.origin = Origin::Drift;
    }
    walk.found.removed.push(path);
}

/// What others wrote may be as secret as what we write.
fn shown(walk: &Walk<'_>, path: &DocPath, live: &Doc) -> Doc {
    let name = match path.0.last() {
        Some(Segment::Key(name)) => name.as_str(),
        _ => "",
    };
    if walk.find(path).has(Flag::Sensitive) || secret::looks_secret(name, live) {
        return Doc::Sensitive(Box::new(live.clone()));
    }
    live.clone()
}
