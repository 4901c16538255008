//! Keys for entries: the names in the cloud, told apart where two are the same.

use std::collections::BTreeSet;

use super::found::Resource;
use crate::kinds::iam;
use crate::model::{Address, Doc};

/// Gives out keys, each once.
#[derive(Debug, Default)]
pub(super) struct Keys(BTreeSet<Address>);

impl Keys {
    /// A key for a resource, the wished one if it is free.
    pub(super) fn give(&mut self, resource: &Resource, doc: &Doc) -> Address {
        let wished = wish(resource, doc);
        let place = &resource.place;
        let by_parent = resource.row.descriptor.parents.first().map(|parent| place.get(parent));
        let more = by_parent.into_iter().chain([place.location()]).filter(|text| !text.is_empty());
        let distinct = more.map(|text| plain(&format!("{wished}-{text}")));
        let numbered = (2..).map(|number| format!("{wished}-{number}"));
        let mut candidates = std::iter::once(wished.clone()).chain(distinct).chain(numbered);
        let free = candidates.find(|key| !self.0.contains(&Address::new(resource.section(), key)));
        self.take(Address::new(resource.section(), free.unwrap_or(wished)))
    }

    /// Takes a key that is given already.
    pub(super) fn take(&mut self, address: Address) -> Address {
        self.0.insert(address.clone());
        address
    }
}

fn wish(resource: &Resource, doc: &Doc) -> String {
    match resource.section() {
        "iamBindings" => of_binding(doc),
        "sqlUsers" => plain(of_user(resource, doc)),
        _ => plain(resource.place.name()),
    }
}

/// An IAM user by what stands before the `@`.
fn of_user<'a>(resource: &'a Resource, doc: &'a Doc) -> &'a str {
    let principal = ["serviceAccount", "user", "group"].into_iter().find_map(|field| doc.dig_str(field));
    let name = principal.or_else(|| resource.live.api["name"].as_str()).unwrap_or_default();
    name.split('@').next().unwrap_or(name)
}

/// `roles/cloudsql.client` is `cloudsql-client`; a condition's title stands behind it.
fn of_binding(doc: &Doc) -> String {
    let Some(binding) = iam::binding(doc) else { return "binding".to_owned() };
    let role = binding.role.rsplit('/').next().unwrap_or(&binding.role);
    match &binding.condition {
        Some(condition) => plain(&format!("{role}-{}", condition.title)).to_lowercase(),
        None => plain(role),
    }
}

/// With letters, digits, `-` and `_` alone.
fn plain(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let replaced: String = text.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
    let trimmed = replaced.trim_matches('-');
    if trimmed.is_empty() { "entry".to_owned() } else { trimmed.to_owned() }
}
