//! A position in an expression, and the words, keys and paths that are read from there.

use std::ops::Range;

use super::syntax::{Fault, Located};
use crate::model::{DocPath, Segment};

pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// Where the closing brace stands.
    pub(super) end: usize,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

impl<'a> Cursor<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..self.end]
    }

    pub(super) fn is_at(&self, c: char) -> bool {
        self.rest().starts_with(c)
    }

    pub(super) fn take(&mut self, c: char) -> bool {
        let found = self.is_at(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    pub(super) fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    pub(super) fn word(&mut self) -> Located<String> {
        let rest = self.rest();
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let start = self.at;
        self.at += length;
        Located { value: rest[..length].to_owned(), range: start..self.at }
    }

    /// A text in double or single quotes.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let rest = self.rest();
        if let Some(inner) = rest.strip_prefix('\'') {
            let length = inner.find('\'')?;
            self.at += length + 2;
            return Some(inner[..length].to_owned());
        }
        if !rest.starts_with('"') {
            return None;
        }
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let text = stream.next()?.ok()?;
        self.at += stream.byte_offset();
        Some(text)
    }

    /// `.name` right behind a root.
    pub(super) fn field(&mut self, what: &str, example: &str) -> Result<Located<String>, Fault> {
        if !self.take('.') {
            return Err(self.expected(what, example));
        }
        let word = self.word();
        if word.value.is_empty() { Err(self.expected(what, example)) } else { Ok(word) }
    }

    /// An entry's key: `.key`, `["odd key"]`, `.key[each]`.
    pub(super) fn key(&mut self) -> Result<Located<String>, Fault> {
        let example = "${section.key.output}";
        let start = self.at;
        if self.take('[') {
            let key =
                self.quoted().ok_or_else(|| self.expected("a key in quotes", "${section[\"odd key\"].output}"))?;
            if !self.take(']') {
                return Err(self.expected("`]`", example));
            }
            return Ok(Located { value: key, range: start..self.at });
        }
        let mut key = self.field("an entry's key", example)?;
        if self.is_at('[') && self.rest()[1..].starts_with(|c: char| is_word(c) && !c.is_ascii_digit()) {
            self.take('[');
            let each = self.word();
            if !self.take(']') {
                return Err(self.expected("`]`", example));
            }
            key.value = format!("{}[{}]", key.value, each.value);
            key.range.end = self.at;
        }
        Ok(key)
    }

    /// `.name`, `[0]`, `["odd name"]`, as many as there are.
    pub(super) fn path(&mut self) -> Result<Located<DocPath>, Fault> {
        let start = self.at;
        let mut segments = Vec::new();
        loop {
            if self.take('.') {
                let word = self.word();
                if word.value.is_empty() {
                    return Err(self.expected("a name", "${section.key.output}"));
                }
                segments.push(Segment::Key(word.value));
            } else if self.take('[') {
                segments.push(self.bracket()?);
            } else {
                return Ok(Located { value: DocPath(segments), range: start..self.at });
            }
        }
    }

    fn bracket(&mut self) -> Result<Segment, Fault> {
        let segment = match self.quoted() {
            Some(key) => Some(Segment::Key(key)),
            None => self.word().value.parse().ok().map(Segment::Index),
        };
        match segment {
            Some(segment) if self.take(']') => Ok(segment),
            _ => Err(self.expected("a position or a name in quotes", "${section.key.list[0]}")),
        }
    }

    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        self.skip_blanks();
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(());
        }
        let fault = self.fault(self.at..self.end, &format!("`{rest}` does not belong to the expression"));
        let hint = rest.starts_with(':').then(|| "only `${env.NAME:-default}` takes a default".to_owned());
        Err(Fault { hint, ..fault })
    }

    pub(super) fn expected(&self, what: &str, example: &str) -> Fault {
        let at = self.at.min(self.end);
        let length = self.rest().chars().next().map_or(1, char::len_utf8);
        Fault {
            hint: Some(format!("write it like `{example}`")),
            ..self.fault(at..at + length, &format!("{what} is expected in the expression"))
        }
    }

    pub(super) fn fault(&self, range: Range<usize>, message: &str) -> Fault {
        Fault { range, message: message.to_owned(), label: None, hint: None }
    }
}
