//! Documents: JSON values of which some are known only after apply and some may never be shown.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value as Json};

use super::{DocPath, Segment, Template};

/// The entries of a map, in the order in which they were written.
pub type Map = IndexMap<String, Doc>;

/// A value as the stack file describes it, or as the cloud answered it.
///
/// Absent and `Null` differ: a `Null` in a stack file says "as if it were not here" (it cancels a default) and is
/// gone before kinds see the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Doc {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    List(Vec<Doc>),
    Map(Map),
    /// Known after apply: waits for outputs of other resources (or of its own).
    Unknown(Template),
    /// Shown as `‹redacted›` everywhere; never written to a record or a saved plan.
    Sensitive(Box<Doc>),
}

/// Up to so many entries a map is searched one by one.
const SMALL: usize = 8;

impl Default for Doc {
    fn default() -> Self {
        Self::Map(Map::new())
    }
}

impl Doc {
    /// An empty map.
    pub fn map() -> Self {
        Self::default()
    }

    /// The map inside, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            Self::Sensitive(inner) => inner.as_map(),
            _ => None,
        }
    }

    /// The map inside, to change it.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match self {
            Self::Map(map) => Some(map),
            Self::Sensitive(inner) => inner.as_map_mut(),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Doc]> {
        match self {
            Self::List(list) => Some(list),
            Self::Sensitive(inner) => inner.as_list(),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Sensitive(inner) => inner.as_str(),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Sensitive(inner) => inner.as_bool(),
            _ => None,
        }
    }

    /// A number, or a string that spells one (Google writes 64-bit integers as strings).
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            Self::String(text) => text.parse().ok(),
            Self::Sensitive(inner) => inner.as_i64(),
            _ => None,
        }
    }

    /// The value under `key`, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Doc> {
        let map = self.as_map()?;
        // In a small map a look at each key is quicker than a hash.
        if map.len() <= SMALL {
            return map.iter().find(|(name, _)| *name == key).map(|(_, value)| value);
        }
        map.get(key)
    }

    /// The value at `path`.
    pub fn at(&self, path: &DocPath) -> Option<&Doc> {
        path.0.iter().try_fold(self, |doc, segment| match segment {
            Segment::Key(key) => doc.get(key),
            Segment::Index(index) => doc.as_list()?.get(*index),
            Segment::Keyed(field, value) => {
                doc.as_list()?.iter().find(|element| element.get(field).and_then(Doc::as_str) == Some(value))
            }
        })
    }

    /// The value at a path of plain keys: `doc.dig("ipConfiguration.pscConfig.pscEnabled")`.
    pub fn dig(&self, dotted: &str) -> Option<&Doc> {
        dotted.split('.').try_fold(self, |doc, key| doc.get(key))
    }

    /// The text at a path of plain keys.
    pub fn dig_str(&self, dotted: &str) -> Option<&str> {
        self.dig(dotted)?.as_str()
    }

    /// Puts `value` at a path of plain keys, making maps on the way; replaces what is no map.
    pub fn put(&mut self, dotted: &str, value: Doc) {
        match dotted.split_once('.') {
            None => {
                self.make_map().insert(dotted.to_owned(), value);
            }
            Some((first, rest)) => {
                self.make_map().entry(first.to_owned()).or_insert_with(Doc::map).put(rest, value);
            }
        }
    }

    fn make_map(&mut self) -> &mut Map {
        if self.as_map().is_none() {
            *self = Self::map();
        }
        self.as_map_mut().expect("just made a map")
    }

    /// Takes out the value at a path of plain keys; maps that become empty stay.
    pub fn take(&mut self, dotted: &str) -> Option<Doc> {
        match dotted.split_once('.') {
            None => self.as_map_mut()?.shift_remove(dotted),
            Some((first, rest)) => self.as_map_mut()?.get_mut(first)?.take(rest),
        }
    }

    /// Whether nothing in it waits for the cloud.
    pub fn is_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(list) => list.iter().all(Doc::is_known),
            Self::Map(map) => map.values().all(Doc::is_known),
            Self::Sensitive(inner) => inner.is_known(),
            _ => true,
        }
    }

    /// All templates in it, depth first in document order.
    pub fn templates(&self) -> Vec<&Template> {
        let mut found = Vec::new();
        self.collect_templates(&mut found);
        found
    }

    fn collect_templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        match self {
            Self::Unknown(template) => found.push(template),
            Self::List(list) => list.iter().for_each(|doc| doc.collect_templates(found)),
            Self::Map(map) => map.values().for_each(|doc| doc.collect_templates(found)),
            Self::Sensitive(inner) => inner.collect_templates(found),
            _ => {}
        }
    }

    /// The JSON of a document, secrets included: for request bodies only.
    ///
    /// # Errors
    /// The first template that is still unfilled.
    pub fn to_json(&self) -> Result<Json, Template> {
        Ok(match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Number(number) => Json::Number(number.clone()),
            Self::String(text) => Json::String(text.clone()),
            Self::List(list) => Json::Array(list.iter().map(Doc::to_json).collect::<Result<_, _>>()?),
            Self::Map(map) => Json::Object(
                map.iter().map(|(key, doc)| Ok((key.clone(), doc.to_json()?))).collect::<Result<_, Template>>()?,
            ),
            Self::Unknown(template) => return Err(template.clone()),
            Self::Sensitive(inner) => inner.to_json()?,
        })
    }
}

impl From<&Json> for Doc {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => Self::Number(number.clone()),
            Json::String(text) => Self::String(text.clone()),
            Json::Array(list) => Self::List(list.iter().map(Doc::from).collect()),
            Json::Object(map) => Self::Map(map.iter().map(|(k, v)| (k.clone(), Doc::from(v))).collect()),
        }
    }
}

impl From<&str> for Doc {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Doc {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Doc {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Doc {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}
