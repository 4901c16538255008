//! The sandbox over HTTP, for stackctl with `--endpoint` and for any other client.
//!
//! `URL/<google host>/<path>`; also absolute-form request lines (a client that takes the server for its proxy) and bare
//! paths with `X-Forwarded-Host`. HTTP/1.1 and HTTP/2 without TLS.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use percent_encoding::percent_decode_str;
use tokio::net::TcpListener;

use super::SandboxError;
use super::clock::Speed;
use super::local::{self, SandboxTransport};
use super::record::Recorder;
use crate::sandbox::cloud::Settings;
use crate::wire::http::Body;
use crate::wire::{Method, Request, Response};

/// Largest body that is taken.
const LARGEST_BODY: usize = 64 << 20;
/// How long open connections may finish after the server was told to stop.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// `127.0.0.1:0` picks a free port.
    pub listen: SocketAddr,
    /// Gets the port as decimal digits once the server listens.
    pub port_file: Option<PathBuf>,
    /// Where the cloud is kept; `None` keeps it in memory.
    pub dir: Option<PathBuf>,
    pub speed: Speed,
    /// Gets one JSON line per request.
    pub record: Option<PathBuf>,
    pub settings: Settings,
}

/// Serves until `stop` is ready; `ready` is called with the address once the server listens.
///
/// # Errors
/// The folder, the port file, the record or the address cannot be used.
pub async fn serve(
    options: ServeOptions,
    stop: impl Future<Output = ()>,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), SandboxError> {
    let transport = match &options.dir {
        Some(dir) => local::open(dir, options.speed, options.settings.clone())?,
        None => {
            let settings = Settings { pace: options.speed.pace(), ..options.settings.clone() };
            local::in_memory(super::clock::Clock::system(options.speed), settings)
        }
    };
    let recorder = match &options.record {
        None => None,
        Some(path) => Some(Recorder::create(path).map_err(storage(path))?),
    };
    let listen = |source| SandboxError::Listen { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    if let Some(path) = &options.port_file {
        write_port(path, address.port()).map_err(storage(path))?;
    }
    ready(address);
    let server = Arc::new(Server { transport, recorder });
    accept(&listener, &server, stop).await;
    Ok(())
}

fn storage(path: &Path) -> impl FnOnce(std::io::Error) -> SandboxError + use<> {
    let path = path.to_owned();
    move |source| SandboxError::Storage { path, source }
}

/// Whole or not at all: who waits for the file never reads half a number.
fn write_port(path: &Path, port: u16) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, format!("{port}\n"))?;
    std::fs::rename(&beside, path)
}

async fn accept(listener: &TcpListener, server: &Arc<Server>, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let stream = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        // A connection that broke while it was accepted is the client's business.
        let Ok((stream, _)) = stream else { continue };
        // Small answers must not wait for more to come; where it fails they are only later.
        let _ = stream.set_nodelay(true);
        let server = server.clone();
        let service = service_fn(move |request| {
            let server = server.clone();
            async move { server.serve(request).await }
        });
        let builder = auto::Builder::new(TokioExecutor::new());
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // How a client ends its connection is its business.
            let _ = connection.await;
        });
    }
    // Who keeps a connection open beyond this is cut off.
    let _ = tokio::time::timeout(LAST_WORDS, graceful.shutdown()).await;
}

#[derive(Debug)]
struct Server {
    transport: SandboxTransport,
    recorder: Option<Recorder>,
}

/// The connection is to break: the answer is lost.
#[derive(Debug, thiserror::Error)]
#[error("the answer was lost")]
struct Lost;

impl Server {
    async fn serve(&self, request: hyper::Request<Incoming>) -> Result<hyper::Response<Full<Bytes>>, Lost> {
        let request = match read(request).await {
            Ok(request) => request,
            Err(refused) => return Ok(write(refused)),
        };
        let answer = self.transport.answer(request.clone()).await;
        if let Some(recorder) = &self.recorder {
            // A full disk must not stop the cloud; the record then ends early.
            let _ = recorder.write(&request, answer.as_ref().ok());
        }
        answer.map(write).map_err(|_| Lost)
    }
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, Response> {
    let (parts, body) = request.into_parts();
    let wrong = |status, message: &str| {
        Response::json(status, serde_json::json!({"error": {"code": status, "message": message}}))
    };
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    // Who must not send the method that he means says it in a header.
    let meant = header("x-http-method-override").and_then(|name| name.parse().ok());
    let method = method(meant.as_ref().unwrap_or(&parts.method))
        .ok_or_else(|| wrong(405, "the sandbox does not know this HTTP method"))?;
    let (host, path) = target(&parts.uri, header("x-forwarded-host"), header("host"))
        .ok_or_else(|| wrong(404, "the sandbox serves URL/<google host>/<path>"))?;
    let bytes = Limited::new(body, LARGEST_BODY).collect().await;
    let bytes = bytes.map_err(|_| wrong(413, "the body could not be read, or is larger than 64 MiB"))?.to_bytes();
    let uploads = path.starts_with("/upload/") || path.starts_with("/resumable/upload/");
    let is_json = !uploads && header("content-type").is_none_or(|kind| kind.contains("json"));
    let body = match bytes.is_empty() {
        true => Body::Empty,
        false if is_json => match serde_json::from_slice(&bytes) {
            Ok(json) => Body::Json(json),
            Err(_) => Body::Bytes(bytes.to_vec()),
        },
        false => Body::Bytes(bytes.to_vec()),
    };
    let headers = parts.headers.iter().filter_map(|(name, value)| {
        // Tokens have no business in the cloud's state or in a record.
        let keep = !["authorization", "cookie"].contains(&name.as_str());
        keep.then(|| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))).flatten()
    });
    let query = parts.uri.query().map(read_query).unwrap_or_default();
    Ok(Request { method, host, path: decode_path(&path), query, headers: headers.collect(), body })
}

fn method(method: &hyper::Method) -> Option<Method> {
    [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete]
        .into_iter()
        .find(|known| known.as_str() == method.as_str())
}

/// Google's host and the path there.
fn target(uri: &hyper::Uri, forwarded: Option<&str>, host: Option<&str>) -> Option<(String, String)> {
    let path = uri.path();
    let in_path = path[1.min(path.len())..].split_once('/').filter(|(host, _)| is_google(host));
    if let Some((host, rest)) = in_path {
        return Some((host.to_owned(), format!("/{rest}")));
    }
    let named = [uri.host(), forwarded, host];
    let host = named.into_iter().flatten().map(bare).find_map(google_host)?;
    Some((host, path.to_owned()))
}

fn bare(host: &str) -> &str {
    host.split(':').next().unwrap_or(host)
}

fn is_google(host: &str) -> bool {
    host.ends_with(".googleapis.com") || host == crate::sandbox::admin::HOST
}

/// gcloud reaches a plain server through invented names (`us-central1-run.gcloud.test`).
fn google_host(host: &str) -> Option<String> {
    if is_google(host) {
        return Some(host.to_owned());
    }
    host.strip_suffix(".gcloud.test").map(|name| format!("{name}.googleapis.com"))
}

/// Decodes a path, but for `%2F` and `%25`: what is inside a segment stays inside it.
fn decode_path(path: &str) -> String {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|_| first == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(inner @ (b'/' | b'%')) => decoded.extend(format!("%{inner:02X}").bytes()),
            Some(byte) => decoded.push(byte),
            None => decoded.push(first),
        }
        rest = if pair.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn read_query(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn write(response: Response) -> hyper::Response<Full<Bytes>> {
    let (kind, bytes) = match response.body {
        Body::Empty => (None, Bytes::new()),
        Body::Json(json) => (Some("application/json; charset=UTF-8"), Bytes::from(json.to_string())),
        Body::Bytes(bytes) => (None, Bytes::from(bytes)),
    };
    let mut built = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        built = built.header(name, value);
    }
    if let (Some(kind), None) = (kind, response.headers.iter().find(|(name, _)| name == "content-type")) {
        built = built.header("content-type", kind);
    }
    let failed = |_| hyper::Response::new(Full::new(Bytes::new()));
    built.body(Full::new(bytes)).unwrap_or_else(failed)
}

#[cfg(test)]
mod tests;
