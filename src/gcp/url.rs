//! URLs of requests: where they go, percent-encoded.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::wire::Request;

/// What may not stand in a path (RFC 3986 `pchar` and `/` stay); `%` is looked at by [`encode_path`].
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Everything but RFC 3986's unreserved.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// To Google: `https://HOST/PATH`.
    Google,
    /// To an emulator: `URL/HOST/PATH`; without a slash at its end.
    Endpoint(String),
}

/// The URL of a request.
pub fn of(base: &Base, request: &Request) -> String {
    let mut url = match base {
        Base::Google => format!("https://{}", request.host),
        Base::Endpoint(endpoint) => format!("{endpoint}/{}", request.host),
    };
    url.push_str(&encode_path(&request.path));
    for (at, (name, value)) in request.query.iter().enumerate() {
        url.push(if at == 0 { '?' } else { '&' });
        url.extend(utf8_percent_encode(name, QUERY));
        url.push('=');
        url.extend(utf8_percent_encode(value, QUERY));
    }
    url
}

/// Encodes what a path may not hold; `%` followed by two hex digits is kept.
fn encode_path(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len() + 8);
    for (at, piece) in path.split('%').enumerate() {
        if at > 0 {
            let is_escape = piece.len() >= 2 && piece.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit);
            encoded.push_str(if is_escape { "%" } else { "%25" });
        }
        encoded.extend(utf8_percent_encode(piece, PATH));
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_queries_are_encoded_once() {
        let request = Request::get("sqladmin.googleapis.com", "/v1/projects/p/instances/i/users/a%2Fb c%zz:x@y")
            .query("updateMask", "a,b.c")
            .query("host", "%");
        assert_eq!(
            of(&Base::Google, &request),
            "https://sqladmin.googleapis.com/v1/projects/p/instances/i/users/a%2Fb%20c%25zz:x@y?updateMask=a%2Cb.c&host=%25"
        );
        assert_eq!(
            of(&Base::Endpoint("http://127.0.0.1:1".into()), &Request::get("run.googleapis.com", "/v2/x")),
            "http://127.0.0.1:1/run.googleapis.com/v2/x"
        );
    }
}
