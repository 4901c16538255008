//! `lifecycle.strict`: what others put at and below these paths is drift.

use crate::model::{Doc, DocPath, Segment};

use super::additive;
use super::at::At;
use super::lists::key_of;
use super::walk::{Secrecy, Walk, is_additive, is_servers};
use crate::kinds::{Compare, rules::STACK_LABEL};
use crate::plan::types::{Change, Effect, Origin};

/// Finds what others added where they may not.
pub(super) fn find(walk: &mut Walk<'_>) {
    let live = walk.with.live;
    for path in &walk.with.lifecycle.strict {
        if let Some(value) = live.at(path) {
            visit(walk, path, walk.with.desired.at(path), value);
        }
    }
}

fn visit(walk: &mut Walk<'_>, path: &DocPath, desired: Option<&Doc>, live: &Doc) {
    if walk.is_ignored(&At::Path(path)) {
        return;
    }
    match live {
        Doc::Map(map) => {
            for (key, value) in map {
                let at = path.key(key.as_str());
                match desired.and_then(|desired| desired.get(key)) {
                    Some(desired) => visit(walk, &at, Some(desired), value),
                    None if walk.with.user_keys.is_element(walk.with.row, &at) => foreign(walk, at, value),
                    None => visit(walk, &at, None, value),
                }
            }
        }
        Doc::List(list) => visit_list(walk, path, desired, live, list),
        Doc::Sensitive(inner) => visit(walk, path, desired, inner),
        _ => {}
    }
}

fn visit_list(walk: &mut Walk<'_>, path: &DocPath, desired: Option<&Doc>, live: &Doc, list: &[Doc]) {
    let found = walk.find(path);
    if is_additive(&found) {
        let wanted = desired.map(|desired| additive::elements(&found, desired)).unwrap_or_default();
        for element in additive::elements(&found, live) {
            if !wanted.contains(&element) {
                foreign(walk, additive::join(path, &element), &Doc::Bool(true));
            }
        }
        return;
    }
    let Compare::KeyedBy(field) = found.compare() else { return };
    let wanted = desired.and_then(Doc::as_list).unwrap_or_default();
    for element in list {
        let Some(key) = key_of(element, field) else { continue };
        let at = path.join(Segment::Keyed(field.to_owned(), key.clone()));
        match wanted.iter().find(|wanted| key_of(wanted, field).as_deref() == Some(&*key)) {
            Some(wanted) => visit(walk, &at, Some(wanted), element),
            None => foreign(walk, at, element),
        }
    }
}

/// Somebody else's: goes, unless the server set it, we label by it, or it is on its way out already.
fn foreign(walk: &mut Walk<'_>, path: DocPath, live: &Doc) {
    let found = walk.find(&path);
    let is_label = matches!(path.0.last(), Some(Segment::Key(key)) if key == STACK_LABEL);
    if is_servers(&found) || is_label || walk.found.removed.contains(&path) {
        return;
    }
    walk.change(path.clone(), found, Some(live), None, Secrecy::Open);
    let last: Option<&mut Change> = walk.found.changes.last_mut();
    if let Some(change) = last.filter(|change| change.effect != Effect::Unmanaged) {
        change.origin = Origin::Drift;
    }
    walk.found.removed.push(path);
}
