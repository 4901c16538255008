//! Sets that we share with others: IAM members. Only ours are compared.

use crate::kinds::{Compare, Found, iam};
use crate::model::{Doc, DocPath, Map};

use super::walk::{Secrecy, Walk};

impl Walk<'_> {
    /// Wanted elements that are missing are changes; those that are there without us are remembered.
    pub(super) fn additive(&mut self, path: &DocPath, found: Found, desired: &Doc, live: Option<&Doc>) {
        let wanted = elements(&found, desired);
        let there = live.map(|live| elements(&found, live)).unwrap_or_default();
        for element in &wanted {
            let path = join(path, element);
            if !contains(&there, element) {
                self.change(path, found, None, Some(&Doc::Bool(true)), Secrecy::Open);
            } else if self.was_there_before(&path) {
                self.found.members_before.push(path);
            }
        }
        if !desired.is_known() {
            self.change(path.clone(), found, live, Some(desired), Secrecy::Open);
        }
    }

    /// A member that is live counts as ours only if the inventory says that we put it there.
    fn was_there_before(&self, path: &DocPath) -> bool {
        self.with.recorded.is_none_or(|entry| entry.members_before.contains(path) || !entry.fields.contains_key(path))
    }
}

/// The paths of the elements below the list: `["allUsers"]`, or `["roles/run.invoker", "allUsers"]` for bindings.
pub(super) fn elements(found: &Found, list: &Doc) -> Vec<Vec<String>> {
    if found.compare() == Compare::Bindings {
        let bindings = iam::as_map(list);
        let members = |(key, members): (&String, &Doc)| -> Vec<Vec<String>> {
            let members = members.as_map().into_iter().flat_map(Map::keys);
            members.map(|member| vec![key.clone(), member.clone()]).collect()
        };
        return bindings.as_map().into_iter().flatten().flat_map(members).collect();
    }
    let texts = list.as_list().unwrap_or_default().iter().filter_map(Doc::as_str);
    texts.map(|text| vec![iam::canonical_member(text)]).collect()
}

fn contains(there: &[Vec<String>], element: &[String]) -> bool {
    there.iter().any(|other| other == element)
}

pub(super) fn join(path: &DocPath, element: &[String]) -> DocPath {
    element.iter().fold(path.clone(), |path, key| path.key(key.as_str()))
}
