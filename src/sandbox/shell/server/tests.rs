use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::*;

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<Result<(), SandboxError>>,
}

async fn start(record: Option<PathBuf>, port_file: Option<PathBuf>) -> Running {
    let options = ServeOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        port_file,
        dir: None,
        speed: Speed::Instant,
        record,
        settings: Settings::default(),
    };
    let (stop, stopped) = oneshot::channel();
    let (sender, ready) = oneshot::channel();
    let task =
        tokio::spawn(serve(options, async { stopped.await.unwrap() }, move |address| sender.send(address).unwrap()));
    Running { address: ready.await.unwrap(), stop, task }
}

/// Sends one request over a connection of its own and gives status and body.
async fn raw(address: SocketAddr, head: &str, body: &str) -> (u16, Json) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let text = format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, serde_json::from_str(body).unwrap_or(Json::Null))
}

#[tokio::test]
async fn host_in_path_absolute_form_and_forwarded_host_reach_the_same_service() {
    let running = start(None, None).await;
    let path = "/v2/projects/demo-project-1/locations/us-central1/services";
    for head in [
        format!("GET /us-central1-run.googleapis.com{path} HTTP/1.1\r\nhost: 127.0.0.1"),
        format!("GET http://us-central1-run.gcloud.test{path} HTTP/1.1\r\nhost: us-central1-run.gcloud.test"),
        format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-forwarded-host: us-central1-run.googleapis.com:443"),
    ] {
        let (status, body) = raw(running.address, &head, "").await;
        assert_eq!((status, &body["error"]["details"][1]["metadata"]["service"]), (403, &json!("run.googleapis.com")));
    }
    let (status, _) = raw(running.address, "GET /nothing HTTP/1.1\r\nhost: 127.0.0.1", "").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn the_method_in_the_header_counts() {
    let running = start(None, None).await;
    let head = "POST /iam.googleapis.com/v1/projects/demo-project-1/serviceAccounts/a@b.c HTTP/1.1\r\nhost: 127.0.0.1\r\n\
                x-http-method-override: GET";
    let (status, body) = raw(running.address, head, "").await;
    assert_eq!((status, &body["error"]["message"]), (404, &json!("Unknown service account")));
}

#[tokio::test]
async fn every_request_is_recorded_and_the_server_ends_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let (record, port) = (dir.path().join("record.jsonl"), dir.path().join("port"));
    let running = start(Some(record.clone()), Some(port.clone())).await;
    assert_eq!(std::fs::read_to_string(&port).unwrap(), format!("{}\n", running.address.port()));
    let head = "POST /sandbox.localhost/settings?x=a%2Fb+c HTTP/1.1\r\nhost: h\r\nauthorization: Bearer secret\
                \r\ncontent-type: application/json";
    assert_eq!(raw(running.address, head, "{\"pace\": \"timed\"}").await.0, 200);
    running.stop.send(()).unwrap();
    running.task.await.unwrap().unwrap();
    let text = std::fs::read_to_string(&record).unwrap();
    let line: Json = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(
        line,
        json!({"seq": 1, "method": "POST", "host": "sandbox.localhost", "path": "/settings",
               "query": {"x": "a/b c"}, "headers": {}, "body": {"pace": "timed"}, "status": 200, "response": {}})
    );
    assert!(!text.contains("secret"));
}

#[test]
fn what_is_encoded_inside_a_segment_stays_inside_it() {
    assert_eq!(decode_path("/a%40b/c%2Fd/e%2fe/100%25"), "/a@b/c%2Fd/e%2Fe/100%25");
    assert_eq!(decode_path("/%25/%252F"), "/%25/%252F");
}
