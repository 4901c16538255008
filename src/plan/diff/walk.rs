//! The walk over what the file sets.

use crate::kinds::{Compare, Flag, Found, canonical, rules};
use crate::model::{Diagnostic, Doc, DocPath, Segment};

use super::at::At;
use super::direction;
use super::{Comparison, Difference, fields};
use crate::plan::types::{Change, Effect, Origin};

/// Whether values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    Open,
    Secret,
}

/// The walk and what it found so far.
pub(super) struct Walk<'a> {
    pub with: Comparison<'a>,
    pub found: Difference,
    /// Names of the entry's payloads, which stand in no document.
    payloads: Vec<&'static str>,
}

impl<'a> Walk<'a> {
    pub fn new(with: &Comparison<'a>) -> Self {
        let payloads = (with.row.payloads)(with.desired).iter().map(|payload| payload.name).collect();
        Self { with: *with, found: Difference::default(), payloads }
    }

    pub fn root(&mut self) {
        let (desired, live) = (self.with.desired, self.with.live);
        let Some(map) = desired.as_map() else { return };
        for (key, value) in map {
            self.visit(&At::Key(&At::Root, key), value, live.get(key), Secrecy::Open);
        }
    }

    pub fn finish(mut self) -> Difference {
        if let Some(entry) = self.with.recorded {
            let recorded = entry.fields.keys().filter(|path| !self.is_payload(path)).count();
            self.found.stale |= recorded != fields::count(self.with.row.descriptor, self.with.desired);
        }
        self.found
    }

    /// Compares the value at a path and everything below it.
    pub fn visit(&mut self, at: &At<'_>, desired: &Doc, live: Option<&Doc>, secrecy: Secrecy) {
        if self.is_ignored(at) {
            return;
        }
        match desired {
            Doc::Sensitive(inner) => self.visit(at, inner, live, Secrecy::Secret),
            Doc::Map(map) if !map.is_empty() => {
                for (key, value) in map {
                    self.visit(&At::Key(at, key), value, live.and_then(|live| live.get(key)), secrecy);
                }
            }
            _ if live.map(unwrap) == Some(desired) && !matches!(desired, Doc::List(_)) => {}
            Doc::List(list) => self.list(at, desired, list, live, secrecy),
            _ => self.leaf(at, desired, live, secrecy),
        }
    }

    /// Compares a value that is told apart as a whole.
    pub fn leaf(&mut self, at: &At<'_>, desired: &Doc, live: Option<&Doc>, secrecy: Secrecy) {
        let path = at.to_path();
        let found = self.find(&path);
        self.leaf_by(path, found, desired, live, secrecy);
    }

    pub fn leaf_by(&mut self, path: DocPath, found: Found, desired: &Doc, live: Option<&Doc>, secrecy: Secrecy) {
        if is_servers(&found) {
            return;
        }
        if !desired.is_known() {
            return self.change(path, found, live, Some(desired), secrecy);
        }
        if found.has(Flag::InputOnly) || found.has(Flag::Sensitive) {
            return self.by_hash(path, found, desired, live);
        }
        let wanted = self.canonical(&path, &found, desired);
        let same = match live {
            Some(live) => self.canonical(&path, &found, live) == wanted,
            None => self.absent_is_same(&path, &found, desired, &wanted),
        };
        if same {
            return;
        }
        if found.has(Flag::GrowOnly)
            && let Some(live) = live
            && direction::is_down(live, desired)
        {
            return self.refuse_shrinking(path, found, live, desired, secrecy);
        }
        self.change(path, found, live, Some(desired), secrecy);
    }

    /// What is never read back differs where it was not what we set last; of an adopted resource nothing is known.
    fn by_hash(&mut self, path: DocPath, found: Found, desired: &Doc, live: Option<&Doc>) {
        let Some(entry) = self.with.recorded else { return };
        if entry.fields.contains_key(&path) && entry.fields.get(&path) == self.hash(&path, desired).as_ref() {
            return;
        }
        let secrecy = if found.has(Flag::Sensitive) { Secrecy::Secret } else { Secrecy::Open };
        let before = live.cloned().or_else(|| (secrecy == Secrecy::Secret).then_some(Doc::Null));
        self.change(path, found, before.as_ref(), Some(desired), secrecy);
    }

    /// Whether a value that the cloud does not show is the wanted one: a documented default, or one that Google drops
    /// (false, zero and empty; an empty map once we have set it).
    fn absent_is_same(&self, path: &DocPath, found: &Found, desired: &Doc, wanted: &Doc) -> bool {
        let default = found.default();
        if default.as_ref().is_some_and(|default| self.canonical(path, found, default) == *wanted) {
            return true;
        }
        let was_set = || {
            let recorded = self.with.recorded.and_then(|entry| entry.fields.get(path));
            recorded.is_some() && recorded == self.with.key.hash(wanted).as_ref()
        };
        match desired {
            Doc::Map(map) => map.is_empty() && was_set(),
            _ => is_zero(desired) && (default.is_none() || was_set()),
        }
    }

    /// The file asks for less of what only grows: an error where the file moved; where the cloud grew by itself
    /// (a disk with automatic resize) the file's value is a start that was passed.
    fn refuse_shrinking(&mut self, path: DocPath, found: Found, live: &Doc, desired: &Doc, secrecy: Secrecy) {
        if self.origin(&path, desired) == Origin::Drift {
            return;
        }
        let text = |doc: &Doc| match secrecy {
            Secrecy::Open => doc.as_str().map_or_else(|| plain(doc), str::to_owned),
            Secrecy::Secret => "‹redacted›".to_owned(),
        };
        let noun = self.with.row.descriptor.noun;
        let message =
            format!("`{path}` of a {noun} cannot go from `{}` to `{}`: it only grows", text(live), text(desired));
        let hint = format!("write `{}`, or make a new {noun} under another name", text(live));
        self.found.faults.push(Diagnostic::error("cannot-shrink", message).field(path.clone()).hint(hint));
        self.change(path, found, Some(live), Some(desired), secrecy);
    }

    /// Writes down that a field differs.
    pub fn change(&mut self, path: DocPath, found: Found, before: Option<&Doc>, after: Option<&Doc>, secrecy: Secrecy) {
        let origin = after.map_or(Origin::Edit, |after| self.origin(&path, after));
        let effect = if found.has(Flag::Immutable) { Effect::Replaces } else { Effect::InPlace };
        let shown = |doc: &Doc| match (secrecy, doc) {
            (Secrecy::Secret, Doc::Sensitive(_) | Doc::Unknown(_)) | (Secrecy::Open, _) => doc.clone(),
            (Secrecy::Secret, _) => Doc::Sensitive(Box::new(doc.clone())),
        };
        self.found.changes.push(Change { before: before.map(shown), after: after.map(shown), path, origin, effect });
    }

    /// `Drift` where the file says what we set last.
    pub fn origin(&self, path: &DocPath, desired: &Doc) -> Origin {
        let Some(entry) = self.with.recorded else { return Origin::Edit };
        let wanted = fields::below(self.with.row.descriptor, self.with.project, self.with.key, path, desired);
        let Some(wanted) = wanted else { return Origin::Edit };
        let set = entry.fields.range(path.clone()..).take_while(|(set, _)| set.starts_with(path));
        if wanted.iter().eq(set) { Origin::Drift } else { Origin::Edit }
    }

    /// Whether `lifecycle.ignore` covers the path.
    pub fn is_ignored(&self, at: &At<'_>) -> bool {
        let ignore = &self.with.lifecycle.ignore;
        !ignore.is_empty() && {
            let path = at.to_path();
            ignore.iter().any(|ignored| path.starts_with(ignored))
        }
    }

    /// Whether the path is that of a payload.
    pub fn is_payload(&self, path: &DocPath) -> bool {
        matches!(path.0.as_slice(), [Segment::Key(name)] if self.payloads.contains(&name.as_str()))
    }

    pub fn find(&self, path: &DocPath) -> Found {
        rules::find(self.with.row.descriptor, path)
    }

    pub fn hash(&self, path: &DocPath, doc: &Doc) -> Option<String> {
        self.with.key.hash(&canonical::canonical(self.with.row.descriptor, path, doc, self.with.project))
    }

    /// A scalar needs its rule alone; lists and maps look up the rules of what is in them.
    pub fn canonical(&self, path: &DocPath, found: &Found, doc: &Doc) -> Doc {
        match unwrap(doc) {
            doc @ (Doc::List(_) | Doc::Map(_)) => {
                canonical::canonical(self.with.row.descriptor, path, doc, self.with.project)
            }
            scalar => canonical::canonical_value(found.compare(), scalar, self.with.project),
        }
    }
}

/// Whether the field is the server's or a client's stamp.
pub(super) fn is_servers(found: &Found) -> bool {
    found.has(Flag::OutputOnly) || found.has(Flag::ClientStamp)
}

/// Whether elements of the list at a rule are told apart one by one and shared with others.
pub(super) fn is_additive(found: &Found) -> bool {
    found.exact && (found.has(Flag::Additive) || found.compare() == Compare::Bindings)
}

pub(super) fn unwrap(doc: &Doc) -> &Doc {
    match doc {
        Doc::Sensitive(inner) => unwrap(inner),
        other => other,
    }
}

fn is_zero(doc: &Doc) -> bool {
    match doc {
        Doc::Null | Doc::Bool(false) => true,
        Doc::Number(number) => number.as_f64() == Some(0.0),
        Doc::String(text) => text.is_empty(),
        Doc::List(list) => list.is_empty(),
        _ => false,
    }
}

fn plain(doc: &Doc) -> String {
    doc.to_json().map_or_else(|template| template.to_string(), |json| json.to_string())
}
