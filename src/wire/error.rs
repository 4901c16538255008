//! Google's API errors, from all the shapes in which they come.

use serde::{Deserialize, Serialize};

use super::http::{Body, Response};

/// What Google said when it refused: from an error response or from inside a finished operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{} {}: {message}", .status, .reason.as_deref().unwrap_or("error"))]
#[serde(rename_all = "camelCase")]
pub struct ApiError {
    /// The HTTP status, or the one an operation's error stands for.
    pub status: u16,
    /// The canonical name (`NOT_FOUND`), where the API sends it.
    pub canonical: Option<String>,
    /// The first reason: `errors[].reason` (`notFound`, `instanceDoesNotExist`), `details[].reason`
    /// (`SERVICE_DISABLED`) or an operation's error code (`RESOURCE_IN_USE_BY_ANOTHER_RESOURCE`).
    pub reason: Option<String>,
    /// Google's message, word for word.
    pub message: String,
    /// `details[].metadata` of the first `ErrorInfo`: `service`, `consumer`, …
    pub metadata: Vec<(String, String)>,
    /// Seconds after which the server asks to be tried again (`Retry-After`, `RetryInfo`).
    pub retry_after_s: Option<u64>,
}

impl ApiError {
    /// Reads an error response; never fails: what is no JSON becomes a message of its own.
    pub fn from_response(response: &Response) -> Self {
        let retry_after_s = response.header_value("retry-after").and_then(|v| v.parse().ok());
        match &response.body {
            Body::Json(json) => Self::from_json(response.status, json, retry_after_s),
            Body::Empty => Self::plain(response.status, "(no message)".to_owned(), retry_after_s),
            Body::Bytes(bytes) => {
                let text: String = String::from_utf8_lossy(bytes).chars().take(300).collect();
                let mut error = Self::plain(response.status, text, retry_after_s);
                error.reason = Some("notJson".to_owned());
                error
            }
        }
    }

    fn plain(status: u16, message: String, retry_after_s: Option<u64>) -> Self {
        Self { status, canonical: None, reason: None, message, metadata: Vec::new(), retry_after_s }
    }

    pub(crate) fn from_json(status: u16, json: &serde_json::Value, retry_after_s: Option<u64>) -> Self {
        let error = json.get("error").unwrap_or(json);
        let text = |value: Option<&serde_json::Value>| value.and_then(|v| v.as_str()).map(str::to_owned);
        let details = error.get("details").and_then(|d| d.as_array()).map_or(&[][..], Vec::as_slice);
        let info = details.iter().find(|d| d.get("reason").is_some());
        let listed = error.get("errors").and_then(|e| e.get(0)).and_then(|e| e.get("reason"));
        let delay = details.iter().find_map(|d| d.get("retryDelay")?.as_str()?.strip_suffix('s')?.parse::<f64>().ok());
        Self {
            status,
            canonical: text(error.get("status")),
            reason: text(info.and_then(|d| d.get("reason"))).or_else(|| text(listed)),
            message: text(error.get("message"))
                .or_else(|| text(Some(error)))
                .unwrap_or_else(|| "(no message)".to_owned()),
            metadata: info
                .and_then(|d| d.get("metadata")?.as_object())
                .map(|map| map.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned())).collect())
                .unwrap_or_default(),
            retry_after_s: retry_after_s.or(delay.map(|s| s.ceil() as u64)),
        }
    }

    /// Whether any of `reasons` is the reason or the canonical name.
    pub fn is(&self, reasons: &[&str]) -> bool {
        let has = |name: &Option<String>| name.as_deref().is_some_and(|name| reasons.contains(&name));
        has(&self.reason) || has(&self.canonical)
    }

    /// A value of the `ErrorInfo`'s metadata.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}
