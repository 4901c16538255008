//! Lays the file over the live resource: what an update writes, without wiping what others set.

use super::{Compare, Descriptor, Flag, rules};
use crate::model::{Doc, DocPath, Map, Segment};

/// The live document in file space with the file laid over it:
///
/// 1. output-only fields and client stamps are dropped from `live`;
/// 2. `removed` paths are taken out, or set back to their documented default;
/// 3. `desired` is laid over: maps key by key, `KeyedBy` lists element by element (the file's first, in its order),
///    everything else as a whole. Where a field is [`Flag::Whole`] the live value goes first.
///
/// `iam` is in neither: policies are edited apart.
pub fn overlay(descriptor: &Descriptor, live: &Doc, desired: &Doc, removed: &[DocPath]) -> Doc {
    let mut base = strip(descriptor, live);
    // From the back, so that positions in lists stay true.
    let mut removed: Vec<&DocPath> = removed.iter().collect();
    removed.sort();
    for path in removed.into_iter().rev() {
        reset(descriptor, path, &mut base);
    }
    let mut merged = lay(descriptor, &DocPath::root(), base, desired);
    merged.take("iam");
    merged
}

/// Without output-only fields and client stamps, and without the maps that become empty by that.
pub fn strip(descriptor: &Descriptor, live: &Doc) -> Doc {
    strip_at(descriptor, &DocPath::root(), live).unwrap_or_default()
}

fn strip_at(descriptor: &Descriptor, path: &DocPath, doc: &Doc) -> Option<Doc> {
    let found = rules::find(descriptor, path);
    if found.has(Flag::OutputOnly) || found.has(Flag::ClientStamp) {
        return None;
    }
    match doc {
        Doc::Map(map) => {
            let kept: Map = map
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), strip_at(descriptor, &path.key(key.as_str()), value)?)))
                .collect();
            (map.is_empty() || !kept.is_empty()).then_some(Doc::Map(kept))
        }
        Doc::List(list) => Some(Doc::List(
            list.iter()
                .enumerate()
                .map(|(index, element)| strip_at(descriptor, &path.index(index), element).unwrap_or_default())
                .collect(),
        )),
        other => Some(other.clone()),
    }
}

fn reset(descriptor: &Descriptor, path: &DocPath, doc: &mut Doc) {
    match rules::find(descriptor, path).default() {
        Some(default) => put_at(doc, &path.0, default),
        None => remove_at(doc, &path.0),
    }
}

fn put_at(doc: &mut Doc, path: &[Segment], value: Doc) {
    match path {
        [] => *doc = value,
        [Segment::Key(key), rest @ ..] => {
            if let Some(map) = doc.as_map_mut() {
                put_at(map.entry(key.clone()).or_insert_with(Doc::map), rest, value);
            }
        }
        [segment, rest @ ..] => {
            if let Some(element) = element_mut(doc, segment) {
                put_at(element, rest, value);
            }
        }
    }
}

/// Takes out what stands at a path, if anything does.
fn remove_at(doc: &mut Doc, path: &[Segment]) {
    match path {
        [] => {}
        [Segment::Key(key)] => match doc.as_list() {
            // An element of a list of members, in its canonical form.
            Some(_) => retain(doc, |element| element.as_str() != Some(key)),
            None => {
                if let Some(map) = doc.as_map_mut() {
                    map.shift_remove(key);
                }
            }
        },
        [Segment::Keyed(field, value)] => {
            retain(doc, |element| element.get(field).and_then(Doc::as_str) != Some(value));
        }
        [Segment::Index(index)] => {
            if let Some(list) = super::shape::list_mut(doc).filter(|list| *index < list.len()) {
                list.remove(*index);
            }
        }
        [Segment::Key(key), rest @ ..] => {
            if let Some(inner) = doc.as_map_mut().and_then(|map| map.get_mut(key)) {
                remove_at(inner, rest);
            }
        }
        [segment, rest @ ..] => {
            if let Some(element) = element_mut(doc, segment) {
                remove_at(element, rest);
            }
        }
    }
}

fn retain(doc: &mut Doc, keep: impl Fn(&Doc) -> bool) {
    if let Some(list) = super::shape::list_mut(doc) {
        list.retain(keep);
    }
}

fn element_mut<'a>(doc: &'a mut Doc, segment: &Segment) -> Option<&'a mut Doc> {
    let list = super::shape::list_mut(doc)?;
    match segment {
        Segment::Index(index) => list.get_mut(*index),
        Segment::Keyed(field, value) => {
            list.iter_mut().find(|element| element.get(field).and_then(Doc::as_str) == Some(value))
        }
        Segment::Key(_) => None,
    }
}

fn lay(descriptor: &Descriptor, path: &DocPath, live: Doc, wanted: &Doc) -> Doc {
    let found = rules::find(descriptor, path);
    if found.exact && found.has(Flag::Whole) {
        return wanted.clone();
    }
    match (live, wanted) {
        (Doc::Sensitive(live), wanted) => lay(descriptor, path, *live, wanted),
        (live, Doc::Sensitive(inner)) => Doc::Sensitive(Box::new(lay(descriptor, path, live, inner))),
        (Doc::Map(mut live), Doc::Map(wanted)) => {
            for (key, value) in wanted {
                let merged = match live.get_mut(key) {
                    Some(there) => lay(descriptor, &path.key(key.as_str()), std::mem::take(there), value),
                    None => value.clone(),
                };
                live.insert(key.clone(), merged);
            }
            Doc::Map(live)
        }
        (Doc::List(live), Doc::List(wanted)) => match found.compare() {
            Compare::KeyedBy(field) => Doc::List(lay_keyed(descriptor, path, live, wanted, field)),
            _ if found.exact && found.has(Flag::Additive) => Doc::List(lay_members(live, wanted)),
            _ => Doc::List(wanted.clone()),
        },
        (_, wanted) => wanted.clone(),
    }
}

fn lay_keyed(
    descriptor: &Descriptor,
    path: &DocPath,
    mut live: Vec<Doc>,
    wanted: &[Doc],
    field: &'static str,
) -> Vec<Doc> {
    let mut merged = Vec::with_capacity(wanted.len());
    for (index, element) in wanted.iter().enumerate() {
        let there =
            live.iter().position(|other| element.get(field).is_some() && other.get(field) == element.get(field));
        merged.push(match there {
            Some(at) => lay(descriptor, &path.index(index), live.remove(at), element),
            None => element.clone(),
        });
    }
    merged.extend(live);
    merged
}

fn lay_members(live: Vec<Doc>, wanted: &[Doc]) -> Vec<Doc> {
    let mut merged = wanted.to_vec();
    merged.extend(live.into_iter().filter(|member| !wanted.contains(member)));
    merged
}

#[cfg(test)]
mod tests;
