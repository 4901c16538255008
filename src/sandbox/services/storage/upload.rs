//! Reading an upload: contents alone, or metadata and contents in one multipart body.

use serde_json::Value as Json;

use crate::sandbox::fault::Fault;
use crate::sandbox::service::Call;

/// What an upload brings.
#[derive(Debug, PartialEq)]
pub(super) struct Upload {
    pub metadata: Json,
    pub content_type: Option<String>,
    pub contents: Vec<u8>,
}

/// Reads the upload in a call.
///
/// # Errors
/// A kind that is not played, or a multipart body that is none.
pub(super) fn read(call: &mut Call<'_>) -> Result<Upload, Fault> {
    let kind = call.query("uploadType").unwrap_or("media").to_owned();
    let header = call.header("content-type").map(str::to_owned);
    let contents = call.bytes.take().unwrap_or_default();
    match kind.as_str() {
        "media" => Ok(Upload { metadata: Json::Null, content_type: header, contents }),
        "multipart" => {
            let boundary = header.as_deref().and_then(boundary);
            boundary
                .and_then(|boundary| multipart(&contents, &boundary))
                .ok_or_else(|| Fault::invalid("Malformed multipart body.").reason("badRequest"))
        }
        other => Err(Fault::not_played(&format!("storage.objects.insert?uploadType={other}"))),
    }
}

fn boundary(content_type: &str) -> Option<String> {
    let value = content_type.split(';').map(str::trim).find_map(|part| part.strip_prefix("boundary="))?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}

/// Two parts: JSON, then the contents.
fn multipart(bytes: &[u8], boundary: &str) -> Option<Upload> {
    let mark = format!("--{boundary}").into_bytes();
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], &mark) {
        starts.push(at + found);
        at += found + mark.len();
    }
    let [first, second, third, ..] = starts[..] else { return None };
    let part = |from: usize, to: usize| -> Option<(String, Vec<u8>)> {
        let inside = &bytes[from + mark.len()..to];
        let inside = inside.strip_prefix(b"\r\n").or_else(|| inside.strip_prefix(b"\n"))?;
        let (gap, width) = match find(inside, b"\r\n\r\n") {
            Some(gap) => (gap, 4),
            None => (find(inside, b"\n\n")?, 2),
        };
        let body = &inside[gap + width..];
        let body = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n")).unwrap_or(body);
        Some((String::from_utf8_lossy(&inside[..gap]).into_owned(), body.to_vec()))
    };
    let (_, metadata) = part(first, second)?;
    let (headers, contents) = part(second, third)?;
    let content_type = headers.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-type").then(|| value.trim().to_owned())
    });
    Some(Upload { metadata: serde_json::from_slice(&metadata).ok()?, content_type, contents })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_multipart_body_holds_metadata_and_contents() {
        let body = b"--xyz\r\nContent-Type: application/json\r\n\r\n{\"name\": \"a\"}\r\n--xyz\r\nContent-Type: text/plain\r\n\r\none\r\ntwo\r\n--xyz--\r\n";
        let upload = multipart(body, "xyz").unwrap();
        assert_eq!(upload.metadata, json!({"name": "a"}));
        assert_eq!(upload.contents, b"one\r\ntwo");
        assert_eq!(upload.content_type.as_deref(), Some("text/plain"));
        assert_eq!(multipart(b"--xyz--", "xyz"), None);
        assert_eq!(boundary("multipart/related; boundary=\"xyz\""), Some("xyz".to_owned()));
    }
}
