//! Lists: by key, in any order, or by position.

use crate::kinds::{Compare, Flag};
use crate::model::Doc;

use super::at::At;
use super::walk::{Secrecy, Walk, is_additive, is_servers, unwrap};

impl Walk<'_> {
    pub(super) fn list(&mut self, at: &At<'_>, desired: &Doc, list: &[Doc], live: Option<&Doc>, secrecy: Secrecy) {
        let path = at.to_path();
        let found = self.find(&path);
        if is_servers(&found) {
            return;
        }
        if is_additive(&found) {
            return self.additive(&path, found, desired, live);
        }
        if live.map(unwrap) == Some(desired) {
            return;
        }
        let elements = live.and_then(Doc::as_list);
        let read_back = !found.has(Flag::InputOnly) && !found.has(Flag::Sensitive);
        match (found.compare(), elements) {
            (Compare::KeyedBy(field), _)
                if read_back && list.iter().all(|element| key_of(element, field).is_some()) =>
            {
                self.keyed(at, field, list, elements.unwrap_or_default(), secrecy);
            }
            (Compare::Unordered, Some(elements)) if read_back && self.same_elements(at, list, elements) => {}
            (Compare::Unordered, _) => self.leaf_by(path, found, desired, live, secrecy),
            (_, Some(elements)) if read_back && elements.len() == list.len() && list.iter().any(is_map) => {
                for (index, (element, live)) in list.iter().zip(elements).enumerate() {
                    self.visit(&At::Index(at, index), element, Some(live), secrecy);
                }
            }
            _ => self.leaf_by(path, found, desired, live, secrecy),
        }
    }

    /// Elements that the file names; others' elements are theirs.
    fn keyed(&mut self, at: &At<'_>, field: &str, list: &[Doc], live: &[Doc], secrecy: Secrecy) {
        for element in list {
            let key = key_of(element, field).expect("the caller looked");
            let at = At::Keyed(at, field, &key);
            match live.iter().find(|live| key_of(live, field).as_deref() == Some(&*key)) {
                Some(live) => self.visit(&at, element, Some(live), secrecy),
                None if self.is_ignored(&at) => {}
                None => {
                    let path = at.to_path();
                    let found = self.find(&path);
                    self.change(path, found, None, Some(element), secrecy);
                }
            }
        }
    }

    /// Whether each wanted element has one of its own among the live ones that differs in nothing the file sets.
    fn same_elements(&mut self, at: &At<'_>, list: &[Doc], live: &[Doc]) -> bool {
        if list.len() != live.len() {
            // Doubles count once: the canonical form decides.
            return false;
        }
        let mut free: Vec<&Doc> = live.iter().collect();
        list.iter().all(|element| {
            let position = free.iter().position(|live| self.differs_in_nothing(at, element, live));
            position.map(|position| free.swap_remove(position)).is_some()
        })
    }

    fn differs_in_nothing(&mut self, at: &At<'_>, element: &Doc, live: &Doc) -> bool {
        let mut trial = Walk::new(&self.with);
        trial.visit(&At::Index(at, 0), element, Some(live), Secrecy::Open);
        trial.found.changes.is_empty()
    }
}

fn is_map(doc: &Doc) -> bool {
    matches!(unwrap(doc), Doc::Map(_))
}

/// The text by which an element of a keyed list is told apart.
pub(super) fn key_of(element: &Doc, field: &str) -> Option<String> {
    match unwrap(element.get(field)?) {
        Doc::String(text) => Some(text.clone()),
        Doc::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
