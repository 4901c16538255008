//! Writes down what was asked and answered, one JSON line per request.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use serde_json::{Map, Value as Json, json};

use crate::wire::http::Body;
use crate::wire::{Request, Response};

/// An open record.
#[derive(Debug)]
pub struct Recorder {
    inner: Mutex<(File, u64)>,
}

impl Recorder {
    /// Begins a record in `path`; what stood there goes.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        Ok(Self { inner: Mutex::new((File::create(path)?, 0)) })
    }

    /// Writes one exchange; `response` is `None` where the answer was lost.
    ///
    /// # Errors
    /// The line cannot be written.
    pub fn write(&self, request: &Request, response: Option<&Response>) -> std::io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        inner.1 += 1;
        let line = json!({
            "seq": inner.1,
            "method": request.method.as_str(),
            "host": request.host,
            "path": request.path,
            "query": query(&request.query),
            "body": body(&request.body),
            "status": response.map(|response| response.status),
            "response": response.map(|response| body(&response.body)),
        });
        let mut text = line.to_string();
        text.push('\n');
        inner.0.write_all(text.as_bytes())
    }
}

/// Parameters as an object; one that comes several times has a list.
fn query(pairs: &[(String, String)]) -> Json {
    let mut map = Map::new();
    for (name, value) in pairs {
        match map.get_mut(name) {
            None => drop(map.insert(name.clone(), json!(value))),
            Some(Json::Array(list)) => list.push(json!(value)),
            Some(one) => *one = json!([one.take(), value]),
        }
    }
    Json::Object(map)
}

fn body(body: &Body) -> Json {
    match body {
        Body::Empty => Json::Null,
        Body::Json(json) => json.clone(),
        Body::Bytes(bytes) => json!(String::from_utf8_lossy(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_is_one_line_in_the_form_that_is_promised() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let recorder = Recorder::create(file.path()).unwrap();
        let request = Request::get("run.googleapis.com", "/v2/x").query("a", "1").query("a", "2").query("b", "3");
        recorder.write(&request, Some(&Response::json(200, json!({"ok": true})))).unwrap();
        recorder.write(&request, None).unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            lines[0],
            json!({"seq": 1, "method": "GET", "host": "run.googleapis.com", "path": "/v2/x",
                   "query": {"a": ["1", "2"], "b": "3"}, "body": null, "status": 200, "response": {"ok": true}})
        );
        assert_eq!((&lines[1]["seq"], &lines[1]["status"]), (&json!(2), &Json::Null));
    }
}
