//! One exchange as a line of a record: the form in which requests and answers are written down, compared and sent in
//! bug reports.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use super::http::Body;
use super::{Request, Response};
use crate::model::secret::{has_user_info, is_secret_name};

/// What stands where a secret stood.
pub const REDACTED: &str = "‹redacted›";

/// The headers that a record keeps: those that say something of the request and nothing of who sends it.
const KEPT_HEADERS: [&str; 1] = ["x-goog-user-project"];

/// `{"seq","method","host","path","query","headers","body","status","response"}`.
///
/// A parameter that comes several times has a list; `status` and `response` are `null` where the answer was lost;
/// `headers` has those alone that matter.
pub fn line(seq: u64, request: &Request, response: Option<&Response>) -> Json {
    json!({
        "seq": seq,
        "method": request.method.as_str(),
        "host": request.host,
        "path": request.path,
        "query": query(&request.query),
        "headers": headers(request),
        "body": body(&request.body),
        "status": response.map(|response| response.status),
        "response": response.map(|response| body(&response.body)),
    })
}

/// The line as it may be shown to others: without passwords, payloads of secrets, private keys, environment variables
/// that look like secrets, logins in URLs and the contents of objects in buckets.
///
/// What is put in their place keeps their form, so that a record can still be held to Google's documents: bytes stay
/// base64, a checksum that fits its bytes fits the replacement.
pub fn redacted(mut line: Json) -> Json {
    let is_storage = line["host"] == "storage.googleapis.com";
    let is_upload = line["path"].as_str().is_some_and(|path| path.starts_with("/upload/"));
    let is_media = line["query"]["alt"] == "media";
    if is_storage && is_upload {
        line["body"] = json!(REDACTED);
    }
    if is_storage && is_media {
        line["response"] = json!(REDACTED);
    }
    for part in ["query", "body", "response"] {
        hide(&mut line[part]);
    }
    line
}

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

fn headers(request: &Request) -> Json {
    let kept = request.headers.iter().filter(|(name, _)| KEPT_HEADERS.contains(&name.as_str()));
    Json::Object(kept.map(|(name, value)| (name.clone(), json!(value))).collect())
}

fn body(body: &Body) -> Json {
    match body {
        Body::Empty => Json::Null,
        Body::Json(json) => json.clone(),
        Body::Bytes(bytes) => json!(String::from_utf8_lossy(bytes)),
    }
}

fn hide(value: &mut Json) {
    match value {
        Json::Object(map) => hide_in(map),
        Json::Array(list) => list.iter_mut().for_each(hide),
        Json::String(text) if has_user_info(text) => REDACTED.clone_into(text),
        _ => {}
    }
}

fn hide_in(map: &mut Map<String, Json>) {
    let is_named_secret = map.get("name").and_then(Json::as_str).is_some_and(is_secret_name);
    for (key, value) in map.iter_mut() {
        let is_secret = is_secret_key(key) || is_named_secret && key == "value";
        match value {
            Json::String(text) if is_secret && !text.is_empty() => REDACTED.clone_into(text),
            Json::Object(inside) if key == "payload" => hide_payload(inside),
            other => hide(other),
        }
    }
}

/// Page tokens are no secrets, and a record without them says little.
fn is_secret_key(key: &str) -> bool {
    let is_page = key.to_ascii_lowercase().ends_with("pagetoken");
    key.starts_with("privateKey") || is_secret_name(key) && !is_page
}

/// The bytes of a secret's version, and their checksum.
fn hide_payload(payload: &mut Map<String, Json>) {
    let Some(data) = payload.get("data").and_then(Json::as_str) else { return };
    let bytes = STANDARD.decode(data);
    let fits = match (&bytes, payload.get("dataCrc32c").and_then(Json::as_str)) {
        (Ok(bytes), Some(sum)) => sum == crc32c::crc32c(bytes).to_string(),
        _ => false,
    };
    let (data, sum) = match bytes {
        Ok(_) => (STANDARD.encode(REDACTED), crc32c::crc32c(REDACTED.as_bytes()).to_string()),
        Err(_) => (REDACTED.to_owned(), REDACTED.to_owned()),
    };
    payload.insert("data".to_owned(), json!(data));
    if payload.contains_key("dataCrc32c") {
        payload.insert("dataCrc32c".to_owned(), json!(if fits { sum } else { REDACTED.to_owned() }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Method;

    #[test]
    fn an_exchange_is_one_line_in_the_form_that_is_promised() {
        let request = Request::get("run.googleapis.com", "/v2/x").query("a", "1").query("a", "2").query("b", "3");
        let request = request.header("x-goog-user-project", "p").header("authorization", "Bearer x");
        assert_eq!(
            line(1, &request, Some(&Response::json(200, json!({"ok": true})))),
            json!({"seq": 1, "method": "GET", "host": "run.googleapis.com", "path": "/v2/x",
                   "query": {"a": ["1", "2"], "b": "3"}, "headers": {"x-goog-user-project": "p"}, "body": null,
                   "status": 200, "response": {"ok": true}})
        );
        let lost = line(2, &request, None);
        assert_eq!((&lost["status"], &lost["response"]), (&Json::Null, &Json::Null));
    }

    fn shown(host: &str, path: &str, body: Json, answer: Json) -> Json {
        let request = Request::new(Method::Post, host, path).json(body);
        redacted(line(1, &request, Some(&Response::json(200, answer))))
    }

    #[test]
    fn no_secret_is_shown() {
        let data = STANDARD.encode("hunter2");
        let sum = crc32c::crc32c(b"hunter2").to_string();
        let service = json!({"template": {"containers": [{"env": [
            {"name": "API_KEY", "value": "hunter2"}, {"name": "PORT", "value": "80"},
            {"name": "URL", "value": "postgres://u:hunter2@h/db"}
        ]}]}});
        let said = shown(
            "x.googleapis.com",
            "/v1/x",
            json!({"payload": {"data": data, "dataCrc32c": sum}, "password": "hunter2", "rootPassword": "hunter2"}),
            json!({"service": service, "nextPageToken": "p", "privateKeyData": "hunter2"}),
        );
        let text = said.to_string();
        assert!(!text.contains("hunter2") && !text.contains(&data) && !text.contains(&sum), "{text}");
        assert_eq!(said["response"]["nextPageToken"], "p");
        assert_eq!(said["response"]["service"]["template"]["containers"][0]["env"][1]["value"], "80");
    }

    #[test]
    fn a_payload_keeps_its_form_and_a_broken_one_stays_broken() {
        let kept = |data: &str, sum: &str| {
            let body = json!({"payload": {"data": data, "dataCrc32c": sum}});
            shown("secretmanager.googleapis.com", "/v1/x:addVersion", body, json!({}))["body"]["payload"].clone()
        };
        let right = kept(&STANDARD.encode("a"), &crc32c::crc32c(b"a").to_string());
        let bytes = STANDARD.decode(right["data"].as_str().unwrap()).unwrap();
        assert_eq!(right["dataCrc32c"], crc32c::crc32c(&bytes).to_string());
        assert_eq!(kept(&STANDARD.encode("a"), "1")["dataCrc32c"], REDACTED);
        assert_eq!(kept("not base64!", "1")["data"], REDACTED);
    }

    #[test]
    fn what_lies_in_a_bucket_is_not_shown() {
        let said = shown("storage.googleapis.com", "/upload/storage/v1/b/b/o", json!({"key": "hunter2"}), json!({}));
        assert_eq!(said["body"], REDACTED);
        let read = Request::get("storage.googleapis.com", "/storage/v1/b/b/o/x").query("alt", "media");
        let answer = Response { status: 200, headers: Vec::new(), body: Body::Bytes(b"hunter2".to_vec()) };
        assert_eq!(redacted(line(1, &read, Some(&answer)))["response"], REDACTED);
    }
}
