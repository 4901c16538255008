//! Lists: filter, order and pages, as far as Google's APIs share them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::fault::Fault;

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub entries: Vec<Json>,
    pub next: Option<String>,
}

impl Page {
    /// As an answer: the entries under `name` (left out where there are none) and `nextPageToken`.
    pub fn answer(self, name: &str) -> Json {
        let mut answer = json!({});
        if !self.entries.is_empty() {
            answer[name] = Json::Array(self.entries);
        }
        if let Some(token) = self.next {
            answer["nextPageToken"] = json!(token);
        }
        answer
    }
}

/// Cuts a page out of all entries.
///
/// # Errors
/// A page token that the sandbox has not given out.
pub fn page(entries: Vec<Json>, size: usize, token: Option<&str>) -> Result<Page, Fault> {
    let start = match token {
        None | Some("") => 0,
        Some(token) => read_token(token).ok_or_else(|| Fault::invalid("Invalid value for page token."))?,
    };
    let end = (start + size).min(entries.len());
    let next = (end < entries.len()).then(|| URL_SAFE_NO_PAD.encode(format!("at:{end}")));
    let entries = entries.into_iter().skip(start).take(size).collect();
    Ok(Page { entries, next })
}

fn read_token(token: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')).ok()?;
    String::from_utf8(bytes).ok()?.strip_prefix("at:")?.parse().ok()
}

/// Page size from a query parameter: the default where absent or zero, cut off at the largest.
///
/// # Errors
/// A negative number.
pub fn size(given: Option<&str>, default: usize, largest: usize) -> Result<usize, Fault> {
    match given.map(str::parse::<i64>) {
        None | Some(Ok(0) | Err(_)) => Ok(default),
        Some(Ok(size)) if size < 0 => Err(Fault::invalid("Invalid value for page size: it must not be negative.")),
        Some(Ok(size)) => Ok(usize::try_from(size).unwrap_or(largest).min(largest)),
    }
}

/// Keeps the entries that a filter matches.
///
/// Plays what clients send: comparisons `field = value`, `!=`, `:` (has), `eq`, `ne` (regular expressions of plain
/// text and `.*`), joined by `AND` or by parentheses in a row; paths with dots; quotes; `*` at an end of a value.
///
/// # Errors
/// A filter that it cannot read.
pub fn filter(entries: Vec<Json>, filter: Option<&str>) -> Result<Vec<Json>, Fault> {
    let Some(filter) = filter.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(entries) };
    let terms = terms(filter).ok_or_else(|| Fault::invalid(format!("Invalid list filter expression: {filter}")))?;
    Ok(entries.into_iter().filter(|entry| terms.iter().all(|any| any.iter().any(|term| term.matches(entry)))).collect())
}

#[derive(Debug, PartialEq)]
struct Term {
    path: String,
    equal: bool,
    has: bool,
    value: String,
}

/// All must hold; of each, any.
fn terms(filter: &str) -> Option<Vec<Vec<Term>>> {
    let flat = filter.replace(['(', ')'], " ");
    let mut all: Vec<Vec<Term>> = Vec::new();
    let mut or = false;
    let mut words = words(&flat).into_iter().peekable();
    while let Some(word) = words.next() {
        match word.as_str() {
            "AND" | "and" => continue,
            "OR" | "or" => {
                or = true;
                continue;
            }
            _ => {}
        }
        let split = ["!=", "=", ":"].iter().find_map(|op| word.split_once(op).map(|parts| (parts, *op)));
        let (path, op, value) = match split {
            Some(((path, value), op)) if !value.is_empty() => (path.to_owned(), op.to_owned(), value.to_owned()),
            Some(((path, _), op)) if !path.is_empty() => (path.to_owned(), op.to_owned(), words.next()?),
            _ => {
                let op = words.next()?;
                match op.strip_prefix("!=").or_else(|| op.strip_prefix('=')).or_else(|| op.strip_prefix(':')) {
                    Some(value) if !value.is_empty() => {
                        (word, op[..op.len() - value.len()].to_owned(), value.to_owned())
                    }
                    _ => (word, op, words.next()?),
                }
            }
        };
        let term = Term {
            path,
            equal: !matches!(op.as_str(), "!=" | "ne"),
            has: op == ":",
            value: value.trim_matches('"').replace(".*", "*"),
        };
        match ["!=", "=", ":", "eq", "ne"].contains(&op.as_str()) {
            true if or => all.last_mut()?.push(term),
            true => all.push(vec![term]),
            false => return None,
        }
        or = false;
    }
    Some(all)
}

/// Words, a quoted part kept whole.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        if c == '"' {
            quoted = !quoted;
        }
        if c.is_whitespace() && !quoted {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

impl Term {
    fn matches(&self, entry: &Json) -> bool {
        let found = self.path.split('.').try_fold(entry, |value, key| value.get(key));
        let text = match found {
            None | Some(Json::Null) => String::new(),
            Some(Json::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let holds = if self.has && self.value == "*" {
            found.is_some()
        } else if self.has {
            text.to_lowercase().contains(&self.value.to_lowercase().replace('*', ""))
        } else {
            fits(&self.value, &text)
        };
        holds == self.equal
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), Some(_)) => text.contains(end.trim_end_matches('*')),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == pattern,
    }
}

/// Orders entries by `name`, `creationTimestamp desc`, …
pub fn order(entries: &mut [Json], order_by: Option<&str>) {
    let Some(order_by) = order_by else { return };
    let mut parts = order_by.split_whitespace();
    let field = parts.next().unwrap_or("name");
    entries.sort_by(|a, b| a[field].as_str().cmp(&b[field].as_str()));
    if parts.next() == Some("desc") {
        entries.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<Json> {
        vec![
            json!({"name": "a", "state": "ENABLED", "labels": {"env": "dev"}}),
            json!({"name": "ab", "state": "DISABLED"}),
            json!({"name": "b", "state": "ENABLED", "size": 3}),
        ]
    }

    fn names(filtered: Vec<Json>) -> Vec<String> {
        filtered.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn filters_that_clients_send_are_honoured() {
        for (text, expected) in [
            ("state:ENABLED", vec!["a", "b"]),
            ("state = \"DISABLED\"", vec!["ab"]),
            ("name eq a.*", vec!["a", "ab"]),
            ("name ne a.*", vec!["b"]),
            ("(name=a) (state=ENABLED)", vec!["a"]),
            ("name=a OR name=b", vec!["a", "b"]),
            ("name=a* AND state!=ENABLED", vec!["ab"]),
            ("labels.env=dev", vec!["a"]),
            ("labels.env:*", vec!["a"]),
            ("size=3", vec!["b"]),
        ] {
            assert_eq!(names(filter(three(), Some(text)).unwrap()), expected, "{text}");
        }
        assert!(filter(three(), Some("state ~~ x")).is_err());
    }

    #[test]
    fn pages_end_to_end_give_every_entry_once() {
        let first = page(three(), 2, None).unwrap();
        assert_eq!(names(first.entries.clone()), ["a", "ab"]);
        let second = page(three(), 2, first.next.as_deref()).unwrap();
        assert_eq!((names(second.entries.clone()), second.next), (vec!["b".to_owned()], None));
        assert!(page(three(), 2, Some("rubbish")).is_err());
    }

    #[test]
    fn page_sizes_have_a_default_and_a_limit() {
        assert_eq!(size(None, 50, 200), Ok(50));
        assert_eq!(size(Some("0"), 50, 200), Ok(50));
        assert_eq!(size(Some("1000"), 50, 200), Ok(200));
        assert!(size(Some("-1"), 50, 200).is_err());
    }
}
