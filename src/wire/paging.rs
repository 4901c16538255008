//! Lists that come in pages.

use serde_json::Value as Json;

use super::Request;

/// Most pages that one list may have: past it the list is refused rather than read for ever.
pub const MOST_PAGES: usize = 2_000;

/// The request for a page: the list's own request with page size and token.
///
/// `size` is the parameter for the page size and its value, where the API has one; `token` comes from the page
/// before, absent for the first.
pub fn page(list: &Request, size: Option<(&str, u32)>, token: Option<&str>) -> Request {
    let mut request = list.clone();
    if let Some((name, size)) = size
        && request.query_value(name).is_none()
    {
        request = request.query(name, size.to_string());
    }
    match token {
        Some(token) => request.query("pageToken", token),
        None => request,
    }
}

/// The token of the page behind `reply`, absent for the last one. An empty token is none.
pub fn next_token(reply: &Json) -> Option<&str> {
    reply.get("nextPageToken").and_then(Json::as_str).filter(|token| !token.is_empty())
}

/// The elements of a page; an empty collection has no `items` at all.
///
/// Compute's aggregated lists hold `items: {scope: {collection: […]}}`: those are put together.
pub fn elements(reply: Json, items: &str) -> Vec<Json> {
    let Json::Object(mut map) = reply else { return Vec::new() };
    match map.remove(items) {
        Some(Json::Array(elements)) => elements,
        Some(Json::Object(scopes)) => scopes.into_iter().flat_map(|(_, scope)| scoped(scope)).collect(),
        _ => Vec::new(),
    }
}

fn scoped(scope: Json) -> Vec<Json> {
    let Json::Object(map) = scope else { return Vec::new() };
    map.into_iter()
        .filter_map(|(_, value)| match value {
            Json::Array(elements) => Some(elements),
            _ => None,
        })
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pages_follow_each_other_by_token() {
        let list = Request::get("h", "/l").query("filter", "x");
        let first = page(&list, Some(("pageSize", 500)), None);
        assert_eq!(first.query, [("filter".into(), "x".into()), ("pageSize".into(), "500".into())]);
        assert_eq!(page(&list, None, Some("t")).query_value("pageToken"), Some("t"));
        assert_eq!(next_token(&json!({"nextPageToken": "t"})), Some("t"));
        assert_eq!(next_token(&json!({"nextPageToken": ""})), None);
        assert_eq!(next_token(&json!({})), None);
    }

    #[test]
    fn an_empty_collection_has_no_elements() {
        assert!(elements(json!({"kind": "sql#usersList"}), "items").is_empty());
        assert_eq!(elements(json!({"items": [1, 2]}), "items").len(), 2);
        assert_eq!(
            elements(json!({"items": {"regions/a": {"addresses": [1]}, "global": {"warning": {}}}}), "items").len(),
            1
        );
    }
}
