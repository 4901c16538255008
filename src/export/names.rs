//! Links, e-mail addresses and names back to keys.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::link;
use crate::kinds::registry;
use crate::model::typed::FoundReference;
use crate::model::{Address, Doc, DocPath, Place, ProjectFacts, Segment};

/// What the export holds, by what others call it.
#[derive(Debug, Default)]
pub(super) struct Index {
    project: ProjectFacts,
    /// By full path.
    paths: BTreeMap<String, Address>,
    /// By the e-mail address of a service account.
    emails: BTreeMap<String, Address>,
    /// By full path of a secret: its newest version.
    versions: BTreeMap<String, String>,
}

impl Index {
    pub(super) fn new(project: &ProjectFacts) -> Self {
        Self { project: project.clone(), ..Self::default() }
    }

    /// Adds an entry.
    pub(super) fn add(&mut self, path: String, address: &Address) {
        if &*address.section == "serviceAccounts"
            && let Some(email) = path.rsplit('/').next()
        {
            self.emails.insert(email.to_owned(), address.clone());
        }
        self.paths.insert(path, address.clone());
    }

    /// Notes the newest version of a secret.
    pub(super) fn version(&mut self, path: String, version: String) {
        self.versions.insert(path, version);
    }

    /// Members as the file names them.
    pub(super) fn members(&self, members: &[String]) -> Doc {
        let spelled = |member: &String| {
            let email = member.strip_prefix("serviceAccount:");
            let address = email.and_then(|email| self.emails.get(&email.to_lowercase()));
            Doc::from(address.map_or_else(|| escaped(member), |address| format!("serviceAccount:{}", address.key)))
        };
        Doc::List(members.iter().map(spelled).collect())
    }

    /// Writes the references of an entry as keys where the export holds what they name, else as full paths; gives
    /// the entries that are named.
    pub(super) fn refer(&self, doc: &mut Doc, place: &Place, references: &[FoundReference]) -> BTreeSet<Address> {
        let mut named = BTreeSet::new();
        for reference in references {
            let (path, target) = self.target(place, reference);
            let Some(value) = at_mut(doc, &reference.path.0) else { continue };
            match target {
                Some(address) => {
                    *value = Doc::from(address.key.to_string());
                    named.insert(address.clone());
                    if reference.form == "versioned" {
                        self.follow_newest(doc, &reference.path, &path);
                    }
                }
                None => *value = Doc::from(escaped(&path)),
            }
        }
        named
    }

    fn target(&self, place: &Place, reference: &FoundReference) -> (String, Option<&Address>) {
        match reference.form {
            "email" => (reference.text.clone(), self.emails.get(&reference.text.to_lowercase())),
            "name" => {
                let mut place = place.clone();
                place.values.insert("name".to_owned(), reference.text.clone());
                let row = registry::find(reference.section);
                let path = row.map_or_else(String::new, |row| place.fill(row.descriptor.item));
                let target = self.paths.get(&path);
                (path, target)
            }
            _ => {
                let path = link(&reference.text, &self.project);
                let target = self.paths.get(&path);
                (path, target)
            }
        }
    }

    /// A reference by key follows the newest version: where the newest is used, none needs to be named.
    fn follow_newest(&self, doc: &mut Doc, path: &DocPath, secret: &str) {
        let Some((_, parent)) = path.0.split_last() else { return };
        let Some(map) = at_mut(doc, parent).and_then(Doc::as_map_mut) else { return };
        let is_newest = match (map.get("version"), self.versions.get(secret)) {
            (Some(Doc::String(version)), Some(newest)) => version == newest,
            (Some(Doc::Number(version)), Some(newest)) => version.to_string() == *newest,
            _ => false,
        };
        if is_newest {
            map.shift_remove("version");
        }
    }
}

/// A literal in which `${` is no expression.
pub(super) fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

/// Every text of a document as a literal.
pub(super) fn escape(doc: &mut Doc) {
    match doc {
        Doc::String(text) => *text = escaped(text),
        Doc::List(list) => list.iter_mut().for_each(escape),
        Doc::Map(map) => map.values_mut().for_each(escape),
        _ => {}
    }
}

pub(super) fn at_mut<'a>(doc: &'a mut Doc, path: &[Segment]) -> Option<&'a mut Doc> {
    path.iter().try_fold(doc, |doc, segment| match (segment, doc) {
        (Segment::Key(key), Doc::Map(map)) => map.get_mut(key),
        (Segment::Index(at), Doc::List(list)) => list.get_mut(*at),
        _ => None,
    })
}
