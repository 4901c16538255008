//! The addresses of a stack: what references and expressions can name.

use std::collections::BTreeMap;

use super::expression::{Located, Placer};
use crate::kinds::{Row, registry};
use crate::model::{Address, Diagnostic, DocPath, Span, suggest};

/// All entries by section and key.
#[derive(Debug, Clone, Default)]
pub(super) struct Addresses {
    sections: BTreeMap<String, Keys>,
}

#[derive(Debug, Clone, Default)]
struct Keys {
    /// Where each key stands.
    keys: BTreeMap<String, Span>,
    /// Keys with `forEach`, and those that it makes.
    families: BTreeMap<String, Vec<String>>,
}

/// What a key names.
pub(super) enum Named<'a> {
    Entry,
    /// An entry with `forEach`: the keys that it makes.
    Family(&'a [String]),
    Nothing,
}

impl Addresses {
    pub(super) fn add(&mut self, section: &str, key: &str, span: Span) {
        self.sections.entry(section.to_owned()).or_default().keys.insert(key.to_owned(), span);
    }

    pub(super) fn add_family(&mut self, section: &str, base: &str, keys: Vec<String>) {
        self.sections.entry(section.to_owned()).or_default().families.insert(base.to_owned(), keys);
    }

    pub(super) fn find(&self, section: &str, key: &str) -> Named<'_> {
        let Some(keys) = self.sections.get(section) else { return Named::Nothing };
        if keys.keys.contains_key(key) {
            return Named::Entry;
        }
        keys.families.get(key).map_or(Named::Nothing, |family| Named::Family(family))
    }

    /// Where an entry's key stands.
    pub(super) fn span(&self, address: &Address) -> Option<Span> {
        self.sections.get(&*address.section)?.keys.get(&*address.key).copied()
    }

    /// The section of another kind that has `key`.
    pub(super) fn elsewhere(&self, section: &str, key: &str) -> Option<&str> {
        self.sections
            .iter()
            .find(|(name, keys)| *name != section && keys.keys.contains_key(key))
            .map(|(name, _)| name.as_str())
    }

    /// The key of a section that `key` is most likely meant to be.
    pub(super) fn nearest(&self, section: &str, key: &str) -> Option<&str> {
        suggest::nearest(key, self.sections.get(section)?.keys.keys().map(String::as_str))
    }

    /// Checks the names in `${section.key.output}`.
    ///
    /// # Errors
    /// No such section, entry or output, with what may be meant.
    pub(super) fn check(
        &self,
        section: &Located<String>,
        key: &Located<String>,
        output: &Located<DocPath>,
        placer: &Placer<'_>,
    ) -> Result<(), Box<Diagnostic>> {
        let Some(row) = registry::find(&section.value) else {
            return Err(Box::new(unknown_section(&section.value, placer.span(&section.range))));
        };
        let at = placer.span(&key.range);
        match self.find(&section.value, &key.value) {
            Named::Entry => {}
            Named::Family(keys) => return Err(Box::new(one_of_many(&section.value, &key.value, keys, at))),
            Named::Nothing => return Err(Box::new(self.unknown_entry(&section.value, &key.value, at))),
        }
        if output.value.0.is_empty() {
            let address = Address::new(&section.value, &key.value);
            return Err(Box::new(
                Diagnostic::error("no-output", format!("`${{{address}}}` names no output"))
                    .at(at)
                    .label("an output belongs behind it")
                    .hint(format!("it has {}", suggest::listed(outputs_of(row)))),
            ));
        }
        Ok(())
    }

    /// The fault of naming an entry that is not there.
    pub(super) fn unknown_entry(&self, section: &str, key: &str, at: Span) -> Diagnostic {
        let fault = Diagnostic::error("unknown-reference", format!("`{section}` has no entry `{key}`")).at(at);
        if let Some(near) = self.nearest(section, key) {
            return fault.label(format!("did you mean `{near}`?"));
        }
        match self.elsewhere(section, key) {
            Some(other) => fault.label(format!("there is one in `{other}`")),
            None => fault.label("no such entry"),
        }
    }
}

/// The fault of naming an entry with `forEach` where one of those that it makes is meant.
pub(super) fn one_of_many(section: &str, key: &str, made: &[String], at: Span) -> Diagnostic {
    let fault =
        Diagnostic::error("one-of-many", format!("`{section}.{key}` stands for several entries: it has a `forEach`"))
            .at(at)
            .label("one of them belongs here");
    match made.first() {
        Some(first) => fault.hint(format!("name one, such as `{first}`; inside a `forEach`: `{key}[${{each.key}}]`")),
        None => fault.hint("its `forEach` is empty"),
    }
}

fn unknown_section(section: &str, at: Span) -> Diagnostic {
    let known = registry::all().iter().map(|row| row.descriptor.section);
    let roots = ["env", "var", "each", "self", "project", "region"];
    let fault = Diagnostic::error("unknown-section", format!("there is no section `{section}`")).at(at);
    match suggest::nearest(section, known.chain(roots)) {
        Some(near) => fault.label(format!("did you mean `{near}`?")),
        None => fault.label("no kind of resource has this name").hint("for a literal `${` write `$${`"),
    }
}

/// The names of a kind's outputs.
pub(super) fn outputs_of(row: &Row) -> impl Iterator<Item = &'static str> {
    row.descriptor.outputs.iter().map(|output| output.name)
}
