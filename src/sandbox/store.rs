//! What the cloud remembers: JSON documents under ordered keys, and which of them a request has changed.
//!
//! A key is a service's name and a resource's path with the project's *id*: `compute/projects/p/global/networks/n`.
//! A document is the resource in Google's own shape; top-level names that begin with `$` are the sandbox's own notes
//! and never leave it (see [`public`]).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

/// One change of the store: the key, and the document or `None` where it was removed.
pub type Change = (String, Option<Json>);

/// Documents by key.
#[derive(Debug, Default)]
pub struct Store {
    documents: BTreeMap<String, Json>,
    changed: BTreeSet<String>,
}

impl Store {
    /// The document under `key`.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.documents.get(key)
    }

    /// The document under `key`, to change it; counts as changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json> {
        let document = self.documents.get_mut(key)?;
        self.changed.insert(key.to_owned());
        Some(document)
    }

    /// Whether there is a document under `key`.
    pub fn has(&self, key: &str) -> bool {
        self.documents.contains_key(key)
    }

    /// Puts a document.
    pub fn put(&mut self, key: impl Into<String>, document: Json) {
        let key = key.into();
        self.changed.insert(key.clone());
        self.documents.insert(key, document);
    }

    /// Takes a document out.
    pub fn remove(&mut self, key: &str) -> Option<Json> {
        let document = self.documents.remove(key)?;
        self.changed.insert(key.to_owned());
        Some(document)
    }

    /// All documents whose key begins with `prefix`, in the order of their keys.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Json)> {
        self.documents
            .range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(key, document)| (key.as_str(), document))
    }

    /// The documents directly in `collection` (a key without the last `/`): not what lies deeper.
    pub fn children<'a>(&'a self, collection: &str) -> Vec<(&'a str, &'a Json)> {
        let prefix = format!("{collection}/");
        self.documents
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.starts_with(&prefix))
            .filter(|(key, _)| !key[prefix.len()..].contains('/'))
            .map(|(key, document)| (key.as_str(), document))
            .collect()
    }

    /// The documents of one collection in each child of `parent`: the subnetworks of all regions. What else lies in
    /// the regions is skipped, not walked.
    pub fn in_each<'a>(&'a self, parent: &str, collection: &str) -> Vec<(&'a str, &'a Json)> {
        let prefix = format!("{parent}/");
        let mut found = Vec::new();
        let mut from = prefix.clone();
        while let Some((key, _)) = self.documents.range(from..).next().filter(|(key, _)| key.starts_with(&prefix)) {
            let Some((child, _)) = key[prefix.len()..].split_once('/') else {
                from = format!("{key}\0");
                continue;
            };
            found.extend(self.children(&format!("{prefix}{child}/{collection}")));
            // `0` is the character behind `/`: the first key that is not in the child.
            from = format!("{prefix}{child}0");
        }
        found
    }

    /// The keys that begin with `prefix`.
    pub fn keys_under(&self, prefix: &str) -> Vec<String> {
        self.under(prefix).map(|(key, _)| key.to_owned()).collect()
    }

    /// Everything, for a snapshot.
    pub fn all(&self) -> &BTreeMap<String, Json> {
        &self.documents
    }

    /// Whether anything changed since the last [`Store::take_changes`].
    pub fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What changed since the last call, each key once with what it holds now.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changed)
            .into_iter()
            .map(|key| {
                let document = self.documents.get(&key).cloned();
                (key, document)
            })
            .collect()
    }

    /// Takes over a change that another process made, or that an earlier one logged; does not count as changed.
    pub fn replay(&mut self, (key, document): Change) {
        match document {
            Some(document) => self.documents.insert(key, document),
            None => self.documents.remove(&key),
        };
    }
}

/// The document as it leaves the sandbox: without its notes.
pub fn public(document: &Json) -> Json {
    match document {
        Json::Object(map) => Json::Object(
            map.iter()
                .filter(|(name, _)| !name.starts_with('$'))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect::<Map<_, _>>(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn children_are_only_those_directly_below() {
        let mut store = Store::default();
        for key in ["sql/p/instances/a", "sql/p/instances/a/users/u", "sql/p/instances/b", "sql/p/instancesx"] {
            store.put(key, json!({}));
        }
        let keys: Vec<_> = store.children("sql/p/instances").into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["sql/p/instances/a", "sql/p/instances/b"]);
    }

    #[test]
    fn a_collection_is_found_in_each_child() {
        let mut store = Store::default();
        for key in [
            "p/r",
            "p/r/a",
            "p/r/a/nets/n",
            "p/r/a/nets/n/deep",
            "p/r/a/ops/o",
            "p/r/a-b/nets/m",
            "p/r/b/ops/o",
            "p/r0/nets/x",
        ] {
            store.put(key, json!({}));
        }
        let keys: Vec<_> = store.in_each("p/r", "nets").into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["p/r/a-b/nets/m", "p/r/a/nets/n"]);
    }

    #[test]
    fn changes_replayed_elsewhere_give_the_same_documents() {
        let (mut here, mut there) = (Store::default(), Store::default());
        here.put("a", json!({"n": 1}));
        here.put("b", json!({}));
        here.remove("b");
        here.get_mut("a").unwrap()["n"] = json!(2);
        let changes = here.take_changes();
        assert_eq!(changes, [("a".to_owned(), Some(json!({"n": 2}))), ("b".to_owned(), None)]);
        changes.into_iter().for_each(|change| there.replay(change));
        assert_eq!(here.all(), there.all());
        assert!(!here.is_changed() && !there.is_changed());
    }

    #[test]
    fn notes_do_not_leave() {
        assert_eq!(public(&json!({"name": "n", "$uid": 7})), json!({"name": "n"}));
    }
}
