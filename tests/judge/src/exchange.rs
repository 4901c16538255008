//! A line of a record, taken apart.

use std::fmt;

use serde_json::Value as Json;

/// A request, and what is known of its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub method: String,
    pub host: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Absent: the record does not tell.
    pub headers: Option<Vec<(String, String)>>,
    /// `null` for none.
    pub body: Json,
    pub status: Option<u64>,
    pub response: Json,
}

impl Exchange {
    /// Reads a line; what is missing is empty.
    pub fn of(line: &Json) -> Self {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        Self {
            method: text("method"),
            host: text("host"),
            path: text("path"),
            query: pairs(&line["query"]),
            headers: line["headers"].is_object().then(|| pairs(&line["headers"])),
            body: line["body"].clone(),
            status: line["status"].as_u64(),
            response: line["response"].clone(),
        }
    }

    /// The first value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Parameters; one that comes several times has a list.
fn pairs(object: &Json) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in object.as_object().into_iter().flatten() {
        match value {
            Json::Array(list) => pairs.extend(list.iter().map(|value| (name.clone(), spelled(value)))),
            one => pairs.push((name.clone(), spelled(one))),
        }
    }
    pairs
}

fn spelled(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.method, self.host, self.path)
    }
}
