//! The way between file space and API space, lossless in both directions.
//!
//! Laws, tested for each shape and over recorded answers of each kind: `to_file(to_api(x)) == x` and
//! `to_api(to_file(y)) == y`. One thing is not kept: a wrapper map without anything in it beside fields that are
//! moved in and out of it (it says nothing).

use crate::model::{Doc, Map};

/// Where [`Shape::Nest`] keeps top-level fields of the API that the kind does not know (Google adds fields), so that
/// they come back to where they were. Never in a stack file, never compared.
pub const UNKNOWN_OUTER: &str = "$outer";

/// One small step between the spaces. `to_api` applies a kind's steps in order, `to_file` undoes them in reverse.
///
/// Paths are those of the document as it is when the step runs towards the API: a `Move` that stands behind a `Nest`
/// names `settings.x`, not `x`. Moves of top-level fields stand before the `Nest`.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// The file's `file` stands at `api` (both dotted). Maps that meet there are merged.
    Move { file: &'static str, api: &'static str },
    /// Every top-level field that is not in `outer` stands under `api` (a wrapper that only nests). Fields of the
    /// wrapper whose names are in `outer` stay under it; a `Move` before this step gives them a place in the file
    /// (`Move { file: "revision", api: "template" }`).
    Nest { api: &'static str, outer: &'static [&'static str] },
    /// A map in the file is a list of `{key: …, value: …}` in the API (`databaseFlags`). `path` may hold `[]` and
    /// `{}`. A list that holds anything else stays a list.
    Entries { path: &'static str, key: &'static str, value: &'static str },
    /// A map of objects in the file is a list of objects with a key field in the API (`volumes`). `path` may hold
    /// `[]` and `{}`. A list in which a key is missing or comes twice stays a list.
    Keyed { path: &'static str, key: &'static str },
    /// A step of the kind's own; `api_path` maps a dotted file path for `explain`, and for nothing else.
    Custom { to_api: fn(&mut Doc), to_file: fn(&mut Doc), api_path: fn(&str) -> Option<String> },
}

/// The document in API space.
pub fn to_api(shapes: &[Shape], mut doc: Doc) -> Doc {
    for shape in shapes {
        shape.apply(&mut doc);
    }
    doc
}

/// The document in file space.
pub fn to_file(shapes: &[Shape], mut doc: Doc) -> Doc {
    for shape in shapes.iter().rev() {
        shape.undo(&mut doc);
    }
    doc
}

/// The API's path of a file path, for `explain` and for update masks: `tier` → `settings.tier`,
/// `databaseFlags.max_connections` → `settings.databaseFlags[].value`.
pub fn api_path(shapes: &[Shape], file_path: &str) -> String {
    shapes.iter().fold(file_path.to_owned(), |path, shape| shape.api_path(&path))
}

impl Shape {
    fn apply(&self, doc: &mut Doc) {
        match *self {
            Self::Move { file, api } => relocate(doc, file, api),
            Self::Nest { api, outer } => nest(doc, api, outer),
            Self::Entries { path, key, value } => each(doc, path, &mut |doc| entries_to_list(doc, key, value)),
            Self::Keyed { path, key } => each(doc, path, &mut |doc| keyed_to_list(doc, key)),
            Self::Custom { to_api, .. } => to_api(doc),
        }
    }

    fn undo(&self, doc: &mut Doc) {
        match *self {
            Self::Move { file, api } => relocate(doc, api, file),
            Self::Nest { api, outer } => unnest(doc, api, outer),
            Self::Entries { path, key, value } => each(doc, path, &mut |doc| list_to_entries(doc, key, value)),
            Self::Keyed { path, key } => each(doc, path, &mut |doc| list_to_keyed(doc, key)),
            Self::Custom { to_file, .. } => to_file(doc),
        }
    }

    fn api_path(&self, path: &str) -> String {
        match *self {
            Self::Move { file, api } => match below(path, file) {
                Some(rest) => format!("{api}{rest}"),
                None => path.to_owned(),
            },
            Self::Nest { api, outer } => {
                let head = first(path);
                if head == first(api) || outer.contains(&head) { path.to_owned() } else { format!("{api}.{path}") }
            }
            Self::Entries { path: at, value, .. } => match behind_key(path, at) {
                Some((before, _)) => format!("{before}[].{value}"),
                None => path.to_owned(),
            },
            Self::Keyed { path: at, .. } => match behind_key(path, at) {
                Some((before, rest)) => format!("{before}[]{rest}"),
                None => path.to_owned(),
            },
            Self::Custom { api_path, .. } => api_path(path).unwrap_or_else(|| path.to_owned()),
        }
    }
}

/// The first segment of a dotted path.
pub fn first(path: &str) -> &str {
    path.split(['.', '[', '{']).next().unwrap_or(path)
}

/// What stands behind `prefix` in `path`, if `path` is it or lies below it.
fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{']))
}

/// Splits `volumes.data.secret`, `volumes{}.secret` and `volumes["x y"].secret` into `volumes` and `.secret`.
fn behind_key<'a>(path: &'a str, at: &str) -> Option<(&'a str, &'a str)> {
    let rest = path.strip_prefix(at)?;
    let before = &path[..at.len()];
    if let Some(rest) = rest.strip_prefix("{}") {
        return Some((before, rest));
    }
    if rest.starts_with("[\"") {
        return rest.find("\"]").map(|end| (before, &rest[end + 2..]));
    }
    let rest = rest.strip_prefix('.')?;
    let end = rest.find(['.', '[', '{']).unwrap_or(rest.len());
    Some((before, &rest[end..]))
}

fn relocate(doc: &mut Doc, from: &str, to: &str) {
    if let Some(value) = take_pruned(doc, from) {
        put_merged(doc, to, value);
    }
}

/// Takes out the value at a dotted path, and the maps above it that have become empty.
pub fn take_pruned(doc: &mut Doc, path: &str) -> Option<Doc> {
    let map = doc.as_map_mut()?;
    let Some((head, rest)) = path.split_once('.') else { return map.shift_remove(path) };
    let inner = map.get_mut(head)?;
    let taken = take_pruned(inner, rest)?;
    if inner.as_map().is_some_and(Map::is_empty) {
        map.shift_remove(head);
    }
    Some(taken)
}

/// Puts a value at a dotted path; a map is laid over a map that is there.
pub fn put_merged(doc: &mut Doc, path: &str, value: Doc) {
    match (doc.dig(path).is_some_and(|there| there.as_map().is_some()), value) {
        (true, Doc::Map(map)) => {
            for (key, value) in map {
                let there = dig_mut(doc, path).expect("found above");
                merge_key(there, key, value);
            }
        }
        (_, value) => doc.put(path, value),
    }
}

fn merge_key(doc: &mut Doc, key: String, value: Doc) {
    let map = doc.as_map_mut().expect("only called on maps");
    match (map.get_mut(&key), value) {
        (Some(there), Doc::Map(inner)) if there.as_map().is_some() => {
            for (key, value) in inner {
                merge_key(there, key, value);
            }
        }
        (_, value) => {
            map.insert(key, value);
        }
    }
}

fn dig_mut<'a>(doc: &'a mut Doc, path: &str) -> Option<&'a mut Doc> {
    path.split('.').try_fold(doc, |doc, key| doc.as_map_mut()?.get_mut(key))
}

fn nest(doc: &mut Doc, api: &str, outer: &[&str]) {
    let Some(map) = doc.as_map_mut() else { return };
    let unknown = map.shift_remove(UNKNOWN_OUTER);
    let inner = take_keys(map, |key| key != first(api) && !outer.contains(&key));
    if let Some(unknown) = unknown.as_ref().and_then(Doc::as_map) {
        map.extend(unknown.clone());
    }
    if !inner.is_empty() {
        put_merged(doc, api, Doc::Map(inner));
    }
}

fn unnest(doc: &mut Doc, api: &str, outer: &[&str]) {
    let root = first(api);
    let Some(map) = doc.as_map_mut() else { return };
    let unknown = take_keys(map, |key| key != root && !outer.contains(&key));
    let hoisted = dig_mut(doc, api)
        .and_then(Doc::as_map_mut)
        .map(|inner| take_keys(inner, |key| key != root && !outer.contains(&key)))
        .unwrap_or_default();
    if !hoisted.is_empty() && doc.dig(api).and_then(Doc::as_map).is_some_and(Map::is_empty) {
        take_pruned(doc, api);
    }
    let map = doc.as_map_mut().expect("it was a map above");
    map.extend(hoisted);
    if !unknown.is_empty() {
        map.insert(UNKNOWN_OUTER.to_owned(), Doc::Map(unknown));
    }
}

fn take_keys(map: &mut Map, wanted: impl Fn(&str) -> bool) -> Map {
    let (taken, kept) = std::mem::take(map).into_iter().partition(|(key, _)| wanted(key));
    *map = kept;
    taken
}

/// Calls `change` on every value at `path`, which may hold `[]` (each element) and `{}` (each value of a map).
pub fn each(doc: &mut Doc, path: &str, change: &mut dyn FnMut(&mut Doc)) {
    if path.is_empty() {
        return change(doc);
    }
    if let Some(rest) = path.strip_prefix("[]") {
        if let Some(list) = list_mut(doc) {
            list.iter_mut().for_each(|element| each(element, rest.trim_start_matches('.'), change));
        }
    } else if let Some(rest) = path.strip_prefix("{}") {
        if let Some(map) = doc.as_map_mut() {
            map.values_mut().for_each(|value| each(value, rest.trim_start_matches('.'), change));
        }
    } else {
        let head = first(path);
        if let Some(inner) = doc.as_map_mut().and_then(|map| map.get_mut(head)) {
            each(inner, path[head.len()..].trim_start_matches('.'), change);
        }
    }
}

/// The elements of a list, to change them.
pub fn list_mut(doc: &mut Doc) -> Option<&mut Vec<Doc>> {
    match doc {
        Doc::List(list) => Some(list),
        Doc::Sensitive(inner) => list_mut(inner),
        _ => None,
    }
}

/// Replaces a value, inside `Sensitive` too.
fn replace(doc: &mut Doc, change: impl FnOnce(Doc) -> Doc) {
    match doc {
        Doc::Sensitive(inner) => replace(inner, change),
        plain => *plain = change(std::mem::take(plain)),
    }
}

fn entries_to_list(doc: &mut Doc, key: &str, value: &str) {
    replace(doc, |doc| match doc {
        Doc::Map(map) => Doc::List(
            map.into_iter()
                .map(|(name, inner)| {
                    Doc::Map(Map::from([(key.to_owned(), Doc::String(name)), (value.to_owned(), inner)]))
                })
                .collect(),
        ),
        other => other,
    });
}

fn list_to_entries(doc: &mut Doc, key: &str, value: &str) {
    let is_entry = |element: &Doc| element.as_map().is_some_and(|map| map.len() == 2 && map.contains_key(value));
    if !has_unique_keys(doc, key) || !doc.as_list().is_some_and(|list| list.iter().all(is_entry)) {
        return;
    }
    replace(doc, |doc| {
        map_by_key(doc, key, |mut map| map.shift_remove(value).expect("every element was seen to have it"))
    });
}

fn keyed_to_list(doc: &mut Doc, key: &str) {
    if !doc.as_map().is_some_and(|map| map.values().all(|inner| inner.get(key).is_none() && inner.as_map().is_some())) {
        return;
    }
    replace(doc, |doc| match doc {
        Doc::Map(map) => Doc::List(map.into_iter().map(|(name, inner)| with_key(name, inner, key)).collect()),
        other => other,
    });
}

fn with_key(name: String, inner: Doc, key: &str) -> Doc {
    match inner {
        Doc::Map(fields) => {
            let mut map = Map::from([(key.to_owned(), Doc::String(name))]);
            map.extend(fields);
            Doc::Map(map)
        }
        Doc::Sensitive(inner) => Doc::Sensitive(Box::new(with_key(name, *inner, key))),
        other => other,
    }
}

fn list_to_keyed(doc: &mut Doc, key: &str) {
    if has_unique_keys(doc, key) {
        replace(doc, |doc| map_by_key(doc, key, Doc::Map));
    }
}

/// Whether every element is a plain map with a text under `key`, no two the same.
fn has_unique_keys(doc: &Doc, key: &str) -> bool {
    let Some(list) = doc.as_list() else { return false };
    let mut seen = std::collections::BTreeSet::new();
    list.iter().all(|element| match element {
        Doc::Map(map) => matches!(map.get(key), Some(Doc::String(name)) if seen.insert(name.as_str())),
        _ => false,
    })
}

fn map_by_key(doc: Doc, key: &str, value: impl Fn(Map) -> Doc) -> Doc {
    let Doc::List(list) = doc else { return doc };
    let entries = list.into_iter().map(|element| match element {
        Doc::Map(mut map) => match map.shift_remove(key) {
            Some(Doc::String(name)) => (name, value(map)),
            _ => unreachable!("every element was seen to have a text there"),
        },
        _ => unreachable!("every element was seen to be a map"),
    });
    Doc::Map(entries.collect())
}

#[cfg(test)]
mod tests;
