//! Values that never stand in a document: a secret's payload, a built-in user's password. A kind names where each
//! comes from; the engine loads it (environment and files before the plan, generated values just before sending) and
//! hands it over at the last moment through [`Payloads`](super::call::Payloads).

use schemars::JsonSchema;
use serde::Deserialize;

use super::call::Payloads;
use super::sections::Secrets;
use crate::model::spec::{Ref, Value};
use crate::model::{Diagnostic, Doc, DocPath};

/// A password and where it comes from; exactly one of `env`, `file` and `secret`. It is never read back, shown or
/// written down.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PayloadSpec {
    /// The environment variable that holds it.
    pub env: Option<Value<String>>,
    /// The file that holds it, relative to the stack file; taken byte for byte but for a line end at its end.
    pub file: Option<Value<String>>,
    /// The secret whose value it is. Both change together: where a generated value is no longer at hand, raise the
    /// secret's `rotation`.
    pub secret: Option<Ref<Secrets>>,
    /// Raise it to set the password again though its source has not changed.
    pub rotation: Option<Value<i64>>,
}

/// How a value is made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenerateSpec {
    /// Random characters, 8 to 4096; 32 by default.
    pub length: Option<Value<i64>>,
    /// What stands before them: `admin:`.
    pub prefix: Option<Value<String>>,
    /// What they are taken from: `alphanumeric` (the default), `hex`, `digits`, `base64url`, `symbols`, or the
    /// characters themselves.
    pub charset: Option<Value<String>>,
}

/// A payload of an entry and where it comes from.
///
/// The inventory keeps the keyed hash of what was last sent, under the path of one key that is the payload's name;
/// a source that can be loaded again and hashes differently makes the plan put that path into `changed`. A payload
/// with no recorded hash (an adopted resource) is no change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// What [`Payloads::get`](super::call::Payloads::get) is asked for: `value`, `password`.
    pub name: &'static str,
    pub source: Source,
}

/// Where a payload comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The environment variable of this name.
    Env(String),
    /// The contents of this file, byte for byte; relative to the stack file.
    File(String),
    /// Made once, when it is needed; never again unless a rotation is due.
    Generate(Generate),
    /// The value that `secrets` entry has (its path, `projects/P/secrets/S`). At hand where that secret is written
    /// in the same run or has a source that can be loaded again; a value is never read back from Google. The
    /// payload changes whenever that secret's does.
    Secret(String),
}

/// How a value is generated: `prefix` and then `length` characters of `charset`, each equally likely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generate {
    pub prefix: String,
    pub length: u32,
    /// The characters, without doubles.
    pub charset: String,
}

impl Generate {
    /// The value that `random` gives: as many numbers as it is asked for, each drawn evenly below the bound.
    pub fn make(&self, mut random: impl FnMut(u32) -> u32) -> String {
        let characters: Vec<char> = self.charset.chars().collect();
        let bound = u32::try_from(characters.len()).expect("a charset is short");
        let drawn = (0..self.length).map(|_| characters[random(bound) as usize]);
        self.prefix.chars().chain(drawn).collect()
    }
}

/// Reads `{env: X}`, `{file: X}`, `{generate: …}` or `{secret: X}`; `None` where none of them stands there.
pub fn source_of(doc: &Doc) -> Option<Source> {
    let text = |key: &str| doc.dig_str(key).map(str::to_owned);
    if let Some(name) = text("env") {
        return Some(Source::Env(name));
    }
    if let Some(path) = text("file") {
        return Some(Source::File(path));
    }
    if let Some(secret) = text("secret") {
        return Some(Source::Secret(secret));
    }
    doc.get("generate").map(|generate| Source::Generate(generate_of(generate)))
}

/// Faults of a [`PayloadSpec`] at `path`: none of its sources, or more than one.
pub fn check_source(path: &str, doc: &Doc) -> Vec<Diagnostic> {
    let sources = ["env", "file", "secret"].into_iter().filter(|key| doc.get(key).is_some()).count();
    if sources == 1 {
        return Vec::new();
    }
    vec![
        Diagnostic::error("payload-source", format!("`{path}` takes its value from one source, here are {sources}"))
            .field(DocPath::keys(path))
            .hint(format!("write `{path}: {{env: NAME}}`, `{{file: PATH}}` or `{{secret: KEY}}`")),
    ]
}

/// The payload as text, without a line end at its end.
///
/// # Errors
/// It is not at hand, empty, or no text.
pub fn text_of(payloads: &dyn Payloads, name: &str, of: &str) -> Result<String, Diagnostic> {
    let fault = |what: &str| {
        Diagnostic::error("no-payload", format!("`{name}` of `{of}` {what}"))
            .field(DocPath::keys(name))
            .hint("set the variable or file from which it comes; of a generated secret raise its `rotation`")
    };
    let bytes = payloads.get(name).ok_or_else(|| fault("is not at hand"))?;
    let text = String::from_utf8(bytes).map_err(|_| fault("is no UTF-8 text"))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(fault("is empty")),
        text => Ok(text.to_owned()),
    }
}

/// Characters of a generated value where the file names none: letters and digits.
pub const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Length of a generated value where the file names none.
pub const DEFAULT_LENGTH: u32 = 32;

fn generate_of(doc: &Doc) -> Generate {
    let length = doc.get("length").and_then(Doc::as_i64).and_then(|n| u32::try_from(n).ok());
    let mut charset = String::new();
    for character in doc.dig_str("charset").map_or(ALPHANUMERIC, charset_of).chars() {
        if !charset.contains(character) {
            charset.push(character);
        }
    }
    Generate {
        prefix: doc.dig_str("prefix").unwrap_or_default().to_owned(),
        length: length.unwrap_or(DEFAULT_LENGTH),
        charset,
    }
}

/// The characters behind a charset's name; a text that is no name stands for itself.
fn charset_of(text: &str) -> &str {
    match text {
        "alphanumeric" => ALPHANUMERIC,
        "hex" => "0123456789abcdef",
        "digits" => "0123456789",
        "base64url" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        "symbols" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-.:;<=>?@[]^_{|}~",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn source(json: serde_json::Value) -> Option<Source> {
        source_of(&Doc::from(&json))
    }

    #[test]
    fn each_source_is_read() {
        assert_eq!(source(json!({"env": "TOKEN"})), Some(Source::Env("TOKEN".into())));
        assert_eq!(source(json!({"file": "a.txt"})), Some(Source::File("a.txt".into())));
        assert_eq!(
            source(json!({"secret": "projects/p/secrets/s"})),
            Some(Source::Secret("projects/p/secrets/s".into()))
        );
        assert_eq!(source(json!({"labels": {}})), None);
    }

    #[test]
    fn a_generated_value_has_its_prefix_length_and_charset() {
        let Some(Source::Generate(generate)) =
            source(json!({"generate": {"length": 5, "prefix": "admin:", "charset": "abba"}}))
        else {
            panic!("no generated source")
        };
        assert_eq!(generate.charset, "ab");
        let mut turn = 0;
        let value = generate.make(|bound| {
            turn += 1;
            turn % bound
        });
        assert_eq!(value, "admin:babab");
    }

    #[test]
    fn a_generated_value_has_32_letters_and_digits_by_default() {
        let Some(Source::Generate(generate)) = source(json!({"generate": {}})) else { panic!("no generated source") };
        assert_eq!((generate.length, generate.charset.as_str()), (32, ALPHANUMERIC));
    }

    #[test]
    fn named_charsets_hold_no_character_twice() {
        for name in ["alphanumeric", "hex", "digits", "base64url", "symbols"] {
            let characters: Vec<char> = charset_of(name).chars().collect();
            let distinct: std::collections::BTreeSet<_> = characters.iter().collect();
            assert_eq!(characters.len(), distinct.len(), "{name}");
        }
    }
}
