//! Keyed hashes of what was set: they tell whether the file or the cloud moved, and hold no value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::model::Doc;

/// The key of an inventory's hashes: 32 random bytes, made with the inventory.
#[derive(Clone)]
pub struct HashKey {
    bytes: [u8; 32],
    /// The key's state after its first block, so that a hash costs one block less.
    keyed: Hmac<Sha256>,
}

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the inventory's `hashKey` is not 32 bytes in base64")]
pub struct HashKeyError;

impl HashKey {
    /// The key of these bytes, which the caller drew at random.
    pub fn new(bytes: [u8; 32]) -> Self {
        let keyed = Hmac::new_from_slice(&bytes).expect("HMAC takes keys of any length");
        Self { bytes, keyed }
    }

    /// Reads what [`HashKey::to_base64`] wrote.
    ///
    /// # Errors
    /// The text is no base64, or not of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, HashKeyError> {
        let bytes = BASE64.decode(text.trim_end_matches('=')).map_err(|_| HashKeyError)?;
        Ok(Self::new(bytes.try_into().map_err(|_| HashKeyError)?))
    }

    /// The key as the inventory holds it.
    pub fn to_base64(&self) -> String {
        BASE64.encode(self.bytes)
    }

    /// The keyed hash (HMAC-SHA256, base64) of a document in canonical form; `None` while part of it is unknown.
    ///
    /// The order of a map's keys does not matter; a number and the text that spells it are alike.
    pub fn hash(&self, canonical: &Doc) -> Option<String> {
        let mut mac = self.keyed.clone();
        feed(&mut mac, canonical)?;
        Some(BASE64.encode(mac.finalize().into_bytes()))
    }
}

/// Never shows the key.
impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashKey")
    }
}

/// Feeds tags and lengths with every value, so that no two documents feed the same bytes.
fn feed(mac: &mut Hmac<Sha256>, doc: &Doc) -> Option<()> {
    match doc {
        Doc::Null => mac.update(b"n"),
        Doc::Bool(true) => mac.update(b"t"),
        Doc::Bool(false) => mac.update(b"f"),
        Doc::Number(number) => feed_text(mac, &number.to_string()),
        Doc::String(text) => feed_text(mac, text),
        Doc::List(list) => {
            feed_length(mac, b"l", list.len());
            list.iter().try_for_each(|element| feed(mac, element))?;
        }
        Doc::Map(map) => {
            feed_length(mac, b"m", map.len());
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            for key in keys {
                feed_text(mac, key);
                feed(mac, &map[key])?;
            }
        }
        Doc::Unknown(_) => return None,
        Doc::Sensitive(inner) => feed(mac, inner)?,
    }
    Some(())
}

fn feed_text(mac: &mut Hmac<Sha256>, text: &str) {
    feed_length(mac, b"s", text.len());
    mac.update(text.as_bytes());
}

fn feed_length(mac: &mut Hmac<Sha256>, tag: &[u8], length: usize) {
    mac.update(tag);
    mac.update(&(length as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Reference, Template};
    use serde_json::json;

    fn hash(json: serde_json::Value) -> String {
        HashKey::new([7; 32]).hash(&Doc::from(&json)).unwrap()
    }

    #[test]
    fn what_means_the_same_hashes_the_same() {
        assert_eq!(hash(json!({"a": 1, "b": 2})), hash(json!({"b": 2, "a": 1})));
        assert_eq!(hash(json!(10)), hash(json!("10")));
        assert_eq!(
            HashKey::new([7; 32]).hash(&Doc::Sensitive(Box::new(Doc::from("x")))),
            HashKey::new([7; 32]).hash(&Doc::from("x"))
        );
    }

    #[test]
    fn what_differs_hashes_differently() {
        let all = [
            hash(json!(null)),
            hash(json!("")),
            hash(json!([])),
            hash(json!({})),
            hash(json!(["ab"])),
            hash(json!(["a", "b"])),
            hash(json!([["a"], "b"])),
            hash(json!({"a": "b"})),
            hash(json!(true)),
            hash(json!("t")),
            HashKey::new([8; 32]).hash(&Doc::from("")).unwrap(),
        ];
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn an_unknown_value_has_no_hash() {
        let unknown = Doc::Unknown(Template::whole(Reference::ProjectNumber));
        assert_eq!(HashKey::new([7; 32]).hash(&Doc::List(vec![unknown])), None);
    }

    #[test]
    fn the_hash_is_hmac_sha256_and_stays_so() {
        assert_eq!(hash(json!({"tier": "db-f1-micro"})), "/dpCeGmNT6hlVaSdYFuaL7DMK+dg1ag1eLrH49XGKVo");
    }

    #[test]
    fn a_key_survives_its_text_and_a_wrong_text_is_refused() {
        let key = HashKey::new([9; 32]);
        assert_eq!(HashKey::from_base64(&key.to_base64()).unwrap().to_base64(), key.to_base64());
        for text in ["", "AAAA", "not base64 at all!"] {
            assert_eq!(HashKey::from_base64(text).unwrap_err(), HashKeyError, "{text}");
        }
        assert_eq!(format!("{key:?}"), "HashKey");
    }
}
