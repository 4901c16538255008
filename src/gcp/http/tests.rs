use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::gcp::tokens::{Fetching, TokenError};

/// Serves `answers` one after the other, a connection each, and gives what was asked.
async fn serve(answers: Vec<&'static str>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 64 << 10];
            let read = socket.read(&mut bytes).await.unwrap();
            asked.push(String::from_utf8_lossy(&bytes[..read]).into_owned());
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        asked
    });
    (url, served)
}

fn is_asked(asked: &str, line: &str) -> bool {
    asked.lines().any(|found| found.eq_ignore_ascii_case(line))
}

#[tokio::test]
async fn requests_to_an_emulator_name_googles_host_in_the_path() {
    let (url, served) = serve(vec![
        "HTTP/1.1 200 OK\r\ncontent-length: 11\r\nconnection: close\r\nx-goog-generation: 7\r\n\r\n{\"ok\":true}",
    ])
    .await;
    let request = Request::new(Method::Post, "us-central1-run.googleapis.com", "/v2/a b:do")
        .query("q", "a/b")
        .json(json!({"x": 1}));
    let response = HttpTransport::endpoint(&format!("{url}/")).send(request).await.unwrap();
    assert_eq!((response.status, response.body), (200, Body::Json(json!({"ok": true}))));
    assert_eq!(response.headers.iter().find(|(name, _)| name == "x-goog-generation").unwrap().1, "7");
    let asked = served.await.unwrap().remove(0);
    assert!(asked.starts_with("POST /us-central1-run.googleapis.com/v2/a%20b:do?q=a%2Fb HTTP/1.1"), "{asked}");
    assert!(is_asked(&asked, "content-type: application/json") && asked.ends_with("{\"x\":1}"), "{asked}");
    assert!(is_asked(&asked, &format!("user-agent: stackctl/{}", env!("CARGO_PKG_VERSION"))), "{asked}");
    assert!(!asked.to_lowercase().contains("authorization"), "{asked}");
}

#[tokio::test]
async fn a_post_without_a_body_says_so() {
    let (url, served) = serve(vec!["HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"]).await;
    let response = HttpTransport::endpoint(&url).send(Request::new(Method::Post, "h", "/x")).await.unwrap();
    assert_eq!((response.status, response.body), (204, Body::Empty));
    let asked = served.await.unwrap().remove(0);
    assert!(is_asked(&asked, "content-length: 0"), "{asked}");
}

#[tokio::test]
async fn what_is_not_json_stays_as_it_came_and_redirects_are_answers() {
    let (url, _served) = serve(vec![
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/login\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>",
    ])
    .await;
    let response = HttpTransport::endpoint(&url).send(Request::get("h", "/x")).await.unwrap();
    assert_eq!((response.status, response.body), (302, Body::Bytes(b"<html>".to_vec())));
}

#[tokio::test]
async fn no_connection_and_a_lost_answer_are_told_apart() {
    let (url, served) = serve(vec!["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"]).await;
    let lost = HttpTransport::endpoint(&url).send(Request::get("h", "/x")).await.unwrap_err();
    assert!(matches!(lost, SendError::Lost { .. }), "{lost:?}");
    served.await.unwrap();
    let gone = HttpTransport::endpoint(&url).send(Request::get("h", "/x")).await.unwrap_err();
    assert!(matches!(gone, SendError::Connect { .. }), "{gone:?}");
}

/// Hands out numbered tokens.
#[derive(Default)]
struct Numbered(Arc<Mutex<(u32, Vec<String>)>>);

impl Tokens for Numbered {
    fn token(&self) -> Fetching<'_> {
        let number = self.0.lock().unwrap().0;
        Box::pin(async move { Ok::<_, TokenError>(format!("token-{number}")) })
    }

    fn forget(&self, token: &str) {
        let mut state = self.0.lock().unwrap();
        state.0 += 1;
        state.1.push(token.to_owned());
    }
}

#[tokio::test]
async fn a_401_is_answered_by_a_fresh_token_once() {
    const DENIED: &str = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let (url, served) = serve(vec![DENIED, DENIED]).await;
    let tokens = Numbered::default();
    let state = tokens.0.clone();
    let transport = HttpTransport { tokens: Some(Box::new(tokens)), ..HttpTransport::endpoint(&url) };
    let response = transport.send(Request::get("h", "/x")).await.unwrap();
    assert_eq!(response.status, 401);
    let asked = served.await.unwrap();
    assert!(
        is_asked(&asked[0], "authorization: Bearer token-0") && is_asked(&asked[1], "authorization: Bearer token-1")
    );
    assert_eq!(state.lock().unwrap().1, ["token-0"]);
}

#[test]
fn only_this_machine_is_local() {
    for local in ["http://127.0.0.1:8085", "http://localhost", "http://[::1]:1/x"] {
        assert!(is_local(local), "{local}");
    }
    assert!(!is_local("http://127.0.0.1.example.com:80") && !is_local("https://emulator.example"));
}
