//! Addresses: how a resource is called in the stack file.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A section of the stack file, as it is spelled there (`services`, `sqlInstances`).
pub type Section = Arc<str>;

/// Section and key of an entry: `sqlInstances.prefect-db`, or `services["odd key"]`.
///
/// Ordered by section, then key. Serialised as its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The section's name.
    pub section: Section,
    /// The entry's key.
    pub key: Arc<str>,
}

impl Address {
    /// The address of `key` in `section`.
    pub fn new(section: impl AsRef<str>, key: impl AsRef<str>) -> Self {
        Self { section: shared(section.as_ref()), key: Arc::from(key.as_ref()) }
    }
}

/// More sections than there are kinds; what files misspell beyond that is not shared.
const SECTIONS: usize = 64;

/// One text for all addresses of a section: thousands of them are held against each other.
fn shared(section: &str) -> Section {
    thread_local! {
        static SHARED: RefCell<BTreeSet<Section>> = const { RefCell::new(BTreeSet::new()) };
    }
    SHARED.with_borrow_mut(|known| match known.get(section) {
        Some(section) => section.clone(),
        None => {
            let section: Section = Arc::from(section);
            if known.len() < SECTIONS {
                known.insert(section.clone());
            }
            section
        }
    })
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        let is_shared = Arc::ptr_eq(&self.section, &other.section);
        let sections = if is_shared { Ordering::Equal } else { self.section.cmp(&other.section) };
        sections.then_with(|| self.key.cmp(&other.key))
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By key alone: few keys stand in more than one section.
impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// `web[eu]`: the entry that `forEach` made of `web` for `eu`.
fn is_made_for_each(key: &str) -> bool {
    key.strip_suffix(']').and_then(|key| key.split_once('[')).is_some_and(|(key, each)| is_plain(key) && is_plain(each))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_plain(&self.key) {
            write!(f, "{}.{}", self.section, self.key)
        } else {
            write!(f, "{}[{:?}]", self.section, &*self.key)
        }
    }
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address; an address looks like `services.prefect-server`")]
pub struct AddressError(pub String);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || AddressError(text.to_owned());
        if let Some((section, key)) = text.split_once('.')
            && is_made_for_each(key)
        {
            return if section.is_empty() { Err(wrong()) } else { Ok(Self::new(section, key)) };
        }
        if let Some((section, quoted)) = text.split_once('[') {
            let key = quoted.strip_suffix(']').ok_or_else(wrong)?;
            let key: String = serde_json::from_str(key).map_err(|_| wrong())?;
            return if section.is_empty() { Err(wrong()) } else { Ok(Self::new(section, key)) };
        }
        match text.split_once('.') {
            Some((section, key)) if !section.is_empty() && is_plain(key) => Ok(Self::new(section, key)),
            _ => Err(wrong()),
        }
    }
}

impl schemars::JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "Section and key of an entry: `services.prefect-server`." })
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_address_agree_both_ways() {
        for text in ["services.prefect-server", r#"services["odd key"]"#, r#"services["a.b"]"#] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn section_counts_before_key_in_order_and_in_equality() {
        let address = |text: &str| text.parse::<Address>().unwrap();
        let mut addresses = ["b.a", "a.b", "a.a"].map(address);
        addresses.sort();
        assert_eq!(addresses.each_ref().map(Address::to_string), ["a.a", "a.b", "b.a"]);
        let apart = Address { section: Arc::from("a"), key: Arc::from("a") };
        assert_eq!(apart, addresses[0]);
        assert_eq!(apart.cmp(&addresses[0]), Ordering::Equal);
        assert_ne!(address("a.x"), address("b.x"));
    }

    #[test]
    fn an_entry_made_by_for_each_may_be_written_without_quotes() {
        let address: Address = "services.web[eu]".parse().unwrap();
        assert_eq!(address, Address::new("services", "web[eu]"));
        assert_eq!(address.to_string(), r#"services["web[eu]"]"#);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "services", "services.", ".x", "services.a.b", "services[a]", r#"["x"]"#] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
