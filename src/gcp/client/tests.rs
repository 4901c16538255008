use std::collections::VecDeque;

use serde_json::json;

use super::*;
use crate::gcp::transport::Sending;

/// What a scripted transport does with a request.
enum Turn {
    Answer(u16, Json),
    Lost,
    Unreachable,
    Html,
    /// A good answer after so many seconds.
    Late(u64),
}

/// Plays its turns in order and keeps what was sent.
#[derive(Default)]
struct Script {
    turns: Mutex<VecDeque<Turn>>,
    sent: Mutex<Vec<Request>>,
}

impl Script {
    fn new(turns: Vec<Turn>) -> Arc<Self> {
        Arc::new(Self { turns: Mutex::new(turns.into()), sent: Mutex::default() })
    }

    fn sent(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> Sending<'_> {
        let host = request.host.clone();
        self.sent.lock().unwrap().push(request);
        let turn = self.turns.lock().unwrap().pop_front().expect("the script has a turn for each request");
        Box::pin(async move {
            match turn {
                Turn::Answer(status, body) => Ok(Response::json(status, body)),
                Turn::Lost => Err(SendError::Lost { host, source: "reset".into() }),
                Turn::Unreachable => Err(SendError::Connect { host, source: "refused".into() }),
                Turn::Late(seconds) => {
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                    Ok(Response::json(200, json!({})))
                }
                Turn::Html => Ok(Response {
                    status: 200,
                    headers: Vec::new(),
                    body: Body::Bytes(b"<html>\n  Please log in</html>".to_vec()),
                }),
            }
        })
    }
}

fn client(script: &Arc<Script>) -> Client {
    let clock = Clock::new(jiff::Timestamp::UNIX_EPOCH, 1.0);
    Client::new(script.clone(), clock, Limits::None).jitter(Box::new(|| 1.0)).quota_project("p")
}

fn refusal(reason: &str) -> Json {
    json!({"error": {"message": "m", "errors": [{"reason": reason}]}})
}

fn post() -> Request {
    Request::new(crate::wire::Method::Post, "run.googleapis.com", "/v2/x")
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_again_with_growing_pauses() {
    let script = Script::new(vec![
        Turn::Answer(503, refusal("backendError")),
        Turn::Unreachable,
        Turn::Answer(429, refusal("rateLimitExceeded")),
        Turn::Answer(200, json!({"ok": true})),
    ]);
    let pauses = Mutex::new(Vec::new());
    let client = client(&script);
    let told = |because: &Because, delay: Duration| pauses.lock().unwrap().push((because.clone(), delay.as_secs()));
    let reply = client.call(&post(), Repeat::Harmless, &told).await.unwrap();
    assert_eq!(reply, json!({"ok": true}));
    assert_eq!(
        *pauses.lock().unwrap(),
        [(Because::ServerError(503), 1), (Because::Unreachable, 2), (Because::RateLimit, 4)]
    );
    assert_eq!(client.clock().elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_what_must_not_happen_twice_is_uncertain() {
    let script = Script::new(vec![Turn::Lost]);
    let error = client(&script).call(&post(), Repeat::Harmful, &|_, _| {}).await.unwrap_err();
    assert!(matches!(error, CallError::Uncertain { .. }) && error.may_have_acted(), "{error:?}");
    let script = Script::new(vec![Turn::Lost, Turn::Answer(200, json!({}))]);
    client(&script).call(&post(), Repeat::Harmless, &|_, _| {}).await.unwrap();
    assert_eq!(script.sent(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_answers_no_more_is_given_up_after_a_minute() {
    let turns = (0..retry::MOST_TRIES).map(|_| Turn::Unreachable);
    let script = Script::new([Turn::Answer(200, json!({}))].into_iter().chain(turns).collect());
    let client = client(&script);
    client.read(&Request::get("h", "/x")).await.unwrap();
    let error = client.read(&Request::get("h", "/x")).await.unwrap_err();
    assert!(matches!(error, CallError::Unanswered { tries: retry::MOST_TRIES, .. }), "{error:?}");
    assert!(!error.may_have_acted());
}

#[tokio::test(start_paused = true)]
async fn what_never_answered_at_all_is_given_up_within_seconds_and_said_at_once() {
    let script = Script::new(vec![Turn::Unreachable, Turn::Unreachable, Turn::Unreachable]);
    let client = client(&script);
    let said = hears(&client);
    let error = client.read(&Request::get("h", "/x")).await.unwrap_err();
    assert!(matches!(error, CallError::Unanswered { tries: 3, .. }), "{error:?}");
    assert_eq!(client.clock().elapsed().as_secs(), 3);
    assert_eq!(*said.lock().unwrap(), ["waits for `h`: Google cannot be reached; next try in 2 s"]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_said_once_until_something_answers_well() {
    let down = || Turn::Answer(503, refusal("backendError"));
    let fine = || Turn::Answer(200, json!({}));
    let script = Script::new(vec![down(), fine(), down(), down(), down(), fine(), down(), down(), fine()]);
    let client = client(&script);
    let said = hears(&client);
    for expected in [0, 1, 2] {
        client.read(&Request::get("h", "/x")).await.unwrap();
        let heard = said.lock().unwrap().clone();
        assert_eq!(heard.len(), expected, "{heard:?}");
    }
    assert_eq!(said.lock().unwrap()[0], "waits for `h`: Google answers 503; next try in 2 s");
}

#[tokio::test(start_paused = true)]
async fn a_first_answer_that_takes_its_time_is_spoken_of() {
    let script = Script::new(vec![Turn::Late(60), Turn::Late(60)]);
    let client = client(&script);
    let said = hears(&client);
    client.read(&Request::get("h", "/x")).await.unwrap();
    client.read(&Request::get("h", "/x")).await.unwrap();
    assert_eq!(*said.lock().unwrap(), ["waits for `h`: no answer yet"]);
}

/// What the client says from now on.
fn hears(client: &Client) -> Arc<Mutex<Vec<String>>> {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = said.clone();
    client.listen(Some(Arc::new(move |words: &str| heard.lock().unwrap().push(words.to_owned()))));
    said
}

#[tokio::test(start_paused = true)]
async fn another_operation_is_given_back_to_whoever_can_wait_for_it_by_name() {
    let busy = || Turn::Answer(409, refusal("operationInProgress"));
    let script = Script::new(vec![busy(), busy(), Turn::Answer(200, json!({}))]);
    let client = client(&script);
    let error = client.begin(&post(), Repeat::Harmless, &|_, _| {}).await.unwrap_err();
    assert!(error.refusal().is_some_and(retry::is_busy), "{error:?}");
    client.call(&post(), Repeat::Harmless, &|_, _| {}).await.unwrap();
    assert_eq!(script.sent(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_proxys_page_is_told_apart_from_google() {
    let script = Script::new(vec![Turn::Html]);
    let error = client(&script).read(&Request::get("h", "/x")).await.unwrap_err();
    assert!(matches!(&error, CallError::NotJson { excerpt, .. } if excerpt == "<html> Please log in</html>"));
}

#[tokio::test(start_paused = true)]
async fn every_call_names_who_is_charged_unless_it_says_nobody_is() {
    let script = Script::new(vec![Turn::Answer(200, json!({})), Turn::Answer(200, json!({}))]);
    let client = client(&script);
    client.read(&Request::get("h", "/x")).await.unwrap();
    client.read(&Request::get("storage.googleapis.com", "/b").header(USER_PROJECT, "")).await.unwrap();
    let sent = script.sent.lock().unwrap();
    assert_eq!(sent[0].header_value(USER_PROJECT), Some("p"));
    assert_eq!(sent[1].header_value(USER_PROJECT), None);
}

#[tokio::test(start_paused = true)]
async fn an_api_enabled_by_this_run_is_waited_for() {
    let disabled = json!({"error": {"details": [{"reason": "SERVICE_DISABLED",
        "metadata": {"service": "run.googleapis.com", "consumer": "projects/p"}}]}});
    let script = Script::new(vec![Turn::Answer(403, disabled.clone()), Turn::Answer(200, json!({}))]);
    let client = client(&script);
    client.note(|recent, now| {
        recent.charge(["p".to_owned()]);
        recent.enabled("run.googleapis.com", now);
    });
    client.read(&Request::get("run.googleapis.com", "/x")).await.unwrap();
    let script = Script::new(vec![Turn::Answer(403, disabled)]);
    let error = super::tests::client(&script).read(&Request::get("run.googleapis.com", "/x")).await.unwrap_err();
    assert!(error.refusal().is_some_and(retry::is_disabled_api));
}
