//! Paths to a value inside a document.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A key of a map.
    Key(String),
    /// A position in a list, from 0.
    Index(usize),
    /// The element of a keyed list whose field `.0` is `.1`: `volumes[name=data]`.
    Keyed(String, String),
}

/// A path from the root of a document: `template.containers[0].env["A.B"].value`.
///
/// The empty path is the document itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DocPath(pub Vec<Segment>);

impl DocPath {
    /// The document itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path of plain keys, split at dots: `DocPath::keys("settings.tier")`.
    pub fn keys(dotted: &str) -> Self {
        Self(dotted.split('.').filter(|s| !s.is_empty()).map(|s| Segment::Key(s.to_owned())).collect())
    }

    /// This path and one more key.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.join(Segment::Key(key.into()))
    }

    /// This path and one more position.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.join(Segment::Index(index))
    }

    /// This path and one more segment.
    #[must_use]
    pub fn join(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }

    /// Whether `self` is `prefix` or lies below it.
    pub fn starts_with(&self, prefix: &DocPath) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// The pattern of a field rule: every position and list key becomes `[]`, map keys stay.
    pub fn pattern(&self) -> String {
        let mut text = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Key(key) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(key);
                }
                Segment::Index(_) | Segment::Keyed(..) => text.push_str("[]"),
            }
        }
        text
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '/')
}

/// As JSON spells it, which is how the parser reads it back.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl fmt::Display for DocPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if is_plain(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                Segment::Key(key) => write!(f, "[{}]", quoted(key))?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Keyed(field, value) if value.contains(']') || value.starts_with('"') => {
                    write!(f, "[{field}={}]", quoted(value))?;
                }
                Segment::Keyed(field, value) => write!(f, "[{field}={value}]")?,
            }
        }
        Ok(())
    }
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a field path; a path looks like `ipConfiguration.sslMode` or `env[\"MY.KEY\"]`")]
pub struct PathError(pub String);

impl FromStr for DocPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || PathError(text.to_owned());
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (segment, after) = bracket(inner).ok_or_else(wrong)?;
                segments.push(segment);
                rest = after.strip_prefix('.').unwrap_or(after);
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                if !is_plain(key) {
                    return Err(wrong());
                }
                segments.push(Segment::Key(key.to_owned()));
                rest = after.strip_prefix('.').unwrap_or(after);
            }
        }
        Ok(Self(segments))
    }
}

/// What stands in brackets, and the text behind the closing one.
fn bracket(inner: &str) -> Option<(Segment, &str)> {
    if inner.starts_with('"') {
        let (key, after) = quoted_then_bracket(inner)?;
        return Some((Segment::Key(key), after));
    }
    if let Some((field, quoted)) = inner.split_once('=')
        && quoted.starts_with('"')
        && !field.contains(']')
    {
        let (value, after) = quoted_then_bracket(quoted)?;
        return Some((Segment::Keyed(field.to_owned(), value), after));
    }
    let (content, after) = inner.split_once(']')?;
    if let Ok(index) = content.parse() {
        return Some((Segment::Index(index), after));
    }
    let (field, value) = content.split_once('=')?;
    Some((Segment::Keyed(field.to_owned(), value.to_owned()), after))
}

/// A text in quotes and the closing bracket behind it.
fn quoted_then_bracket(text: &str) -> Option<(String, &str)> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let value = stream.next()?.ok()?;
    Some((value, text[stream.byte_offset()..].strip_prefix(']')?))
}

impl schemars::JsonSchema for DocPath {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DocPath".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A path to a field: `ipConfiguration.sslMode`." })
    }
}

impl Serialize for DocPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DocPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_path_agree_both_ways() {
        let plain = ["", "a", "a.b[0].c", r#"env["A.B"].value"#, "volumes[name=data].secret", r#"labels["x y"]"#];
        let elements = [r#"volumes[name="a]\"b"].x"#, r#"volumes[name="\"quoted\""]"#, r#"iam["roles/a.b"].allUsers"#];
        for text in plain.into_iter().chain(elements) {
            assert_eq!(text.parse::<DocPath>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn pattern_drops_positions_only() {
        assert_eq!("a[0].b[name=x].c".parse::<DocPath>().unwrap().pattern(), "a[].b[].c");
    }
}
