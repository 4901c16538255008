//! The fields that an entry manages, each with the keyed hash of what was set: what the inventory remembers.
//!
//! One path for each value that the diff tells apart: map keys, elements of keyed lists, members of shared sets,
//! fields of objects in positional lists; any other list as a whole.

use std::collections::BTreeMap;

use crate::kinds::{Compare, Descriptor, canonical, rules};
use crate::model::{Doc, DocPath, ProjectFacts};
use crate::records::HashKey;

use super::additive;
use super::at::At;
use super::lists::key_of;
use super::walk::{is_additive, is_servers, unwrap};

/// The fields of a whole entry as it was sent. What is still unknown is left out, as is what the server alone sets.
pub fn managed(descriptor: &Descriptor, project: &ProjectFacts, key: &HashKey, doc: &Doc) -> BTreeMap<DocPath, String> {
    let mut fields = BTreeMap::new();
    each(descriptor, &At::Root, doc, &mut |path, value| {
        if let Some(hash) = hash(descriptor, project, key, &path, value) {
            fields.insert(path, hash);
        }
    });
    fields
}

/// The fields at and below `path`, whose value is `doc`; `None` while one of them is unknown.
pub(super) fn below(
    descriptor: &Descriptor,
    project: &ProjectFacts,
    key: &HashKey,
    path: &DocPath,
    doc: &Doc,
) -> Option<BTreeMap<DocPath, String>> {
    let mut fields = Some(BTreeMap::new());
    each(descriptor, &At::Path(path), doc, &mut |path, value| {
        let hash = hash(descriptor, project, key, &path, value);
        fields = fields.take().zip(hash).map(|(mut fields, hash)| {
            fields.insert(path, hash);
            fields
        });
    });
    fields
}

/// How many fields an entry manages, without their hashes.
pub(super) fn count(descriptor: &Descriptor, doc: &Doc) -> usize {
    let mut count = 0;
    walk(descriptor, &At::Root, doc, &mut |_, _| count += 1);
    count
}

fn hash(
    descriptor: &Descriptor,
    project: &ProjectFacts,
    key: &HashKey,
    path: &DocPath,
    value: Leaf<'_>,
) -> Option<String> {
    match value {
        Leaf::Value(doc) => key.hash(&canonical::canonical(descriptor, path, doc, project)),
        Leaf::Element => key.hash(&Doc::Bool(true)),
    }
}

/// What stands at a field's path.
#[derive(Debug, Clone, Copy)]
enum Leaf<'a> {
    Value(&'a Doc),
    /// An element of a shared set: it is there.
    Element,
}

fn each(descriptor: &Descriptor, at: &At<'_>, doc: &Doc, take: &mut dyn FnMut(DocPath, Leaf<'_>)) {
    walk(descriptor, at, doc, &mut |at, leaf| {
        let path = at.to_path();
        if !is_servers(&rules::find(descriptor, &path)) {
            take(path, leaf);
        }
    });
}

/// Calls `take` for each field. Rules are looked up for lists only: most documents have few.
fn walk(descriptor: &Descriptor, at: &At<'_>, doc: &Doc, take: &mut dyn FnMut(&At<'_>, Leaf<'_>)) {
    match unwrap(doc) {
        Doc::Map(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| walk(descriptor, &At::Key(at, key), value, take));
        }
        Doc::List(list) => walk_list(descriptor, at, doc, list, take),
        leaf => take(at, Leaf::Value(leaf)),
    }
}

fn walk_list(descriptor: &Descriptor, at: &At<'_>, doc: &Doc, list: &[Doc], take: &mut dyn FnMut(&At<'_>, Leaf<'_>)) {
    let found = rules::find(descriptor, &at.to_path());
    if is_additive(&found) {
        for element in additive::elements(&found, doc) {
            match element.as_slice() {
                [binding, member] => take(&At::Key(&At::Key(at, binding), member), Leaf::Element),
                [member] => take(&At::Key(at, member), Leaf::Element),
                _ => unreachable!("elements have one or two keys"),
            }
        }
        return;
    }
    match found.compare() {
        Compare::KeyedBy(field) if list.iter().all(|element| key_of(element, field).is_some()) => {
            for element in list {
                let key = key_of(element, field).expect("just looked");
                walk(descriptor, &At::Keyed(at, field, &key), element, take);
            }
        }
        Compare::Unordered | Compare::KeyedBy(_) => take(at, Leaf::Value(doc)),
        _ if list.iter().any(|element| matches!(unwrap(element), Doc::Map(_))) => {
            for (index, element) in list.iter().enumerate() {
                walk(descriptor, &At::Index(at, index), element, take);
            }
        }
        _ => take(at, Leaf::Value(doc)),
    }
}

/// The paths of all elements of shared sets that an entry wants.
pub fn members(descriptor: &Descriptor, doc: &Doc) -> Vec<DocPath> {
    let mut members = Vec::new();
    walk(descriptor, &At::Root, doc, &mut |at, leaf| {
        if matches!(leaf, Leaf::Element) {
            members.push(at.to_path());
        }
    });
    members
}
