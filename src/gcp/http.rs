//! The transport over real HTTP: to Google with credentials, to an emulator without.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::redirect;

use super::tokens::Tokens;
use super::transport::{SendError, Sending, Transport};
use super::url::{self, Base};
use crate::wire::http::Body;
use crate::wire::{Method, Request, Response};

/// Until a connection stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// From sending to the last byte: Cloud SQL's slowest calls take most of a minute.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(180);
/// The largest answer that is read.
const LARGEST_ANSWER: usize = 256 << 20;

/// Sends over HTTP/1.1 or HTTP/2 with gzip; redirects are not followed. The client is built with the first request.
pub struct HttpTransport {
    base: Base,
    tokens: Option<Box<dyn Tokens>>,
    client: OnceLock<reqwest::Client>,
}

impl std::fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpTransport").field("base", &self.base).finish_non_exhaustive()
    }
}

impl HttpTransport {
    /// To Google, with credentials.
    pub fn google(tokens: Box<dyn Tokens>) -> Self {
        Self { base: Base::Google, tokens: Some(tokens), client: OnceLock::new() }
    }

    /// To an emulator: `URL/<google host>/<path>`, taking no credentials from the machine.
    pub fn endpoint(url: &str) -> Self {
        let base = Base::Endpoint(url.trim_end_matches('/').to_owned());
        Self { base, tokens: None, client: OnceLock::new() }
    }

    fn client(&self) -> Result<&reqwest::Client, reqwest::Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // Fails where one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("stackctl/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .pool_idle_timeout(Duration::from_secs(60))
            .tcp_nodelay(true)
            .http2_adaptive_window(true)
            .redirect(redirect::Policy::none());
        if let Base::Endpoint(endpoint) = &self.base {
            // An emulator on this machine is never behind a proxy, and without TLS no root certificates are read.
            if is_local(endpoint) {
                builder = builder.no_proxy();
            }
            if endpoint.starts_with("http://") {
                builder = builder.tls_certs_only([]);
            }
        }
        let client = builder.build()?;
        Ok(self.client.get_or_init(|| client))
    }

    /// Sends with a token; a 401 is answered by a fresh token, once: it may have been revoked before its time.
    async fn send_signed(&self, request: &Request) -> Result<Response, SendError> {
        let Some(tokens) = &self.tokens else {
            return self.send_with(request, None).await;
        };
        let token = tokens.token().await.map_err(no_token)?;
        let response = self.send_with(request, Some(&token)).await?;
        if response.status != 401 {
            return Ok(response);
        }
        tokens.forget(&token);
        let token = tokens.token().await.map_err(no_token)?;
        self.send_with(request, Some(&token)).await
    }

    async fn send_with(&self, request: &Request, token: Option<&str>) -> Result<Response, SendError> {
        let host = &self.reaches(&request.host);
        let client = self.client().map_err(|source| connect(host, source))?;
        let mut builder = client.request(method(request.method), url::of(&self.base, request));
        for (name, value) in request.headers.iter().filter(|(_, value)| !value.is_empty()) {
            builder = builder.header(name, value);
        }
        if let Some(token) = token {
            builder = builder.bearer_auth(token);
        }
        let has_type = request.header_value("content-type").is_some();
        builder = match &request.body {
            Body::Empty if request.method.is_read() => builder,
            // Google's front end answers 411 to a body of unknown length, be it empty.
            Body::Empty => builder.header(reqwest::header::CONTENT_LENGTH, 0),
            Body::Json(json) => {
                builder.header(reqwest::header::CONTENT_TYPE, "application/json").body(json.to_string())
            }
            Body::Bytes(bytes) if has_type => builder.body(bytes.clone()),
            Body::Bytes(bytes) => {
                builder.header(reqwest::header::CONTENT_TYPE, "application/octet-stream").body(bytes.clone())
            }
        };
        let answer = builder.send().await.map_err(|source| classify(host, source))?;
        read(host, request, answer).await
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move { self.send_signed(&request).await })
    }

    fn reaches(&self, host: &str) -> String {
        match &self.base {
            Base::Google => host.to_owned(),
            Base::Endpoint(url) => url.clone(),
        }
    }
}

fn is_local(endpoint: &str) -> bool {
    let host = endpoint.split("://").nth(1).unwrap_or(endpoint);
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|local| host.strip_prefix(local).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])))
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn no_token(error: super::tokens::TokenError) -> SendError {
    SendError::Credentials { source: Box::new(error) }
}

fn connect(host: &str, source: reqwest::Error) -> SendError {
    SendError::Connect { host: host.to_owned(), source: Box::new(source.without_url()) }
}

fn classify(host: &str, source: reqwest::Error) -> SendError {
    if source.is_connect() || source.is_builder() {
        return connect(host, source);
    }
    SendError::Lost { host: host.to_owned(), source: Box::new(source.without_url()) }
}

async fn read(host: &str, request: &Request, mut answer: reqwest::Response) -> Result<Response, SendError> {
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let mut bytes = Vec::with_capacity(answer.content_length().unwrap_or_default().min(1 << 20) as usize);
    while let Some(chunk) = answer.chunk().await.map_err(|source| classify(host, source))? {
        if bytes.len() + chunk.len() > LARGEST_ANSWER {
            return Err(SendError::Lost { host: host.to_owned(), source: "the answer is too large".into() });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body: body(request, bytes) })
}

/// JSON where it is JSON; an object's own contents (`alt=media`) stay bytes.
fn body(request: &Request, bytes: Vec<u8>) -> Body {
    if bytes.is_empty() {
        return Body::Empty;
    }
    if request.query_value("alt") == Some("media") {
        return Body::Bytes(bytes);
    }
    match serde_json::from_slice(&bytes) {
        Ok(json) => Body::Json(json),
        Err(_) => Body::Bytes(bytes),
    }
}

#[cfg(test)]
mod tests;
