//! What a user meets on a bad day: no bucket, no server, an image that is not there, traffic that somebody pinned.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use stackctl::gcp::{self, Destination};
use stackctl::wire::{Method, Request};

use crate::context::{Served, Workspace};

const PROJECT: &str = "sandbox-project";

/// Something that somebody else asks of a served sandbox.
fn ask(served: &Served, request: Request) -> Json {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let transport = gcp::connect(&Destination::Endpoint(served.url.clone())).unwrap();
    let answer = runtime.block_on(transport.send(request.header("x-goog-user-project", PROJECT))).unwrap();
    assert!(answer.is_success(), "{answer:?}");
    answer.body.as_json().cloned().unwrap_or_default()
}

/// Text as it is before it is broken into lines.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Carries out what somebody else asks for, to the end of its operation.
fn ask_and_wait(served: &Served, version: &str, request: Request) {
    let host = request.host.clone();
    let mut operation = ask(served, request);
    for _ in 0..100 {
        if operation["done"] == json!(true) {
            return;
        }
        let name = operation["name"].as_str().unwrap();
        operation = ask(served, Request::get(host.as_str(), format!("/{version}/{name}")));
    }
    panic!("{operation}");
}

#[test]
fn the_bucket_of_the_records_is_made_where_it_is_missing() {
    let stack =
        format!("stack: s\nproject: {PROJECT}\nstate: gs://the-records/team\nserviceAccounts: {{a-service: {{}}}}\n");
    let workspace = Workspace::with(&stack);
    let served = workspace.serve(&[]);
    let run = |args: &[&str], code| {
        workspace.run(&[args, &["--endpoint", &served.url, "--clock", "1000"]].concat()).expect(code)
    };
    let plan = run(&["plan"], 0);
    assert!(flat(&plan.stderr).contains("There is no bucket `the-records` yet"), "{}", plan.stderr);
    let refused = run(&["apply", "--no-input"], 4);
    assert!(flat(&refused.stderr).contains("there is no bucket `the-records`"), "{}", refused.stderr);
    assert!(flat(&refused.stderr).contains("stackctl apply --yes"), "{}", refused.stderr);
    let made = |request: &Request| request.method == Method::Post && request.path == "/storage/v1/b";
    assert!(!served.requests().iter().any(|(request, _)| made(request)));

    let applied = run(&["apply", "--yes"], 0);
    assert!(flat(&applied.stderr).contains("Made the bucket `the-records`"), "{}", applied.stderr);
    let requests = served.requests();
    let (insert, status) = requests.iter().find(|(request, _)| made(request)).unwrap();
    let body = insert.body.as_json().unwrap();
    assert_eq!((*status, &body["versioning"]["enabled"]), (200, &json!(true)));
    assert_eq!(body["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], json!(true));
    let again = run(&["apply", "--yes"], 0);
    assert!(again.stdout.starts_with("No changes."), "{}", again.stdout);
    assert!(run(&["inventory"], 0).stdout.contains("serviceAccounts.a-service"));
}

#[test]
fn a_server_that_is_not_there_is_named_within_seconds() {
    let workspace = Workspace::with(&format!("stack: s\nproject: {PROJECT}\nserviceAccounts: {{a-service: {{}}}}\n"));
    let began = Instant::now();
    let ran = workspace.run(&["plan", "--endpoint", "http://127.0.0.1:9"]).expect(1);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert!(flat(&ran.stderr).contains("waits for `http://127.0.0.1:9`"), "{}", ran.stderr);
    assert!(flat(&ran.stderr).contains("cannot connect to `http://127.0.0.1:9`"), "{}", ran.stderr);
    assert!(flat(&ran.stderr).contains("stackctl sandbox serve"), "{}", ran.stderr);
}

const WEB: &str = "stack: s\nproject: sandbox-project\nregion: us-central1\nservices:\n  web:\n    image: us-docker.pkg.dev/cloudrun/container/hello\n    env: {COLOUR: red}\n";

const RIGHT: &str = "    iam: [{role: roles/secretmanager.secretAccessor, members: [serviceAccount:robot-one]}]\n";

#[test]
fn a_service_that_did_not_start_is_ours_and_is_mended_by_the_next_apply() {
    let stack = |right: &str| {
        format!(
            "{WEB}    serviceAccount: robot-one\nserviceAccounts: {{robot-one: {{}}}}\nsecrets:\n  auth:\n    \
             generate: {{length: 16}}\n{right}"
        )
        .replace("{COLOUR: red}", "{COLOUR: red, AUTH: {secret: auth}}")
    };
    let workspace = Workspace::with(&stack(""));
    let failed = workspace.run(&["apply", "--sandbox", "--yes"]).expect(1);
    assert!(flat(&failed.stderr).contains("a secret cannot be read"), "{}", failed.stderr);
    assert!(workspace.run(&["inventory", "--sandbox"]).expect(0).stdout.contains("services.web"));
    workspace.write("stack.yaml", stack(RIGHT));
    let plan = workspace.run(&["plan", "--sandbox"]).expect(0);
    assert!(plan.stdout.contains("~ services.web  update"), "{}", plan.stdout);
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
}

#[test]
fn a_revision_that_gets_no_requests_ends_with_five() {
    let workspace = Workspace::with(WEB);
    let served = workspace.serve(&["--clock", "instant"]);
    let run = |code| workspace.run(&["apply", "--yes", "--endpoint", &served.url, "--clock", "1000"]).expect(code);
    run(0);
    let path = format!("/v2/projects/{PROJECT}/locations/us-central1/services/web");
    let mut service = ask(&served, Request::get("run.googleapis.com", path.as_str()));
    let newest = service["latestReadyRevision"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    service["traffic"] =
        json!([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": newest, "percent": 100}]);
    ask_and_wait(&served, "v2", Request::new(Method::Patch, "run.googleapis.com", path).json(service));
    workspace.write("stack.yaml", WEB.replace("red", "blue"));
    let ran = run(5);
    assert!(flat(&ran.stderr).contains("is deployed and gets no requests"), "{}", ran.stderr);
    assert!(flat(&ran.stderr).contains("services.web"), "{}", ran.stderr);
}

#[test]
fn what_its_disabled_api_hid_is_taken_over_only_where_that_was_asked_for() {
    let stack =
        format!("stack: s\nproject: {PROJECT}\nsecrets: {{auth: {{generate: {{length: 16}}, labels: {{a: b}}}}}}\n");
    for (asked, code) in [(&[][..], 1), (&["--adopt", "secrets.auth"][..], 0)] {
        let workspace = Workspace::with(&stack);
        let served = workspace.serve(&["--clock", "instant"]);
        let apply = ["apply", "--yes", "--endpoint", &served.url, "--clock", "1000"];
        workspace.run(&apply).expect(0);
        let path = format!("/v1/projects/{PROJECT}/services/secretmanager.googleapis.com:disable");
        let disable = Request::new(Method::Post, "serviceusage.googleapis.com", path).json(json!({}));
        ask_and_wait(&served, "v1", disable);
        std::fs::remove_dir_all(workspace.path().join(".stackctl")).unwrap();
        let ran = workspace.run(&[&apply[..], asked].concat()).expect(code);
        let said = if code == 0 { "is taken over now" } else { "apply --adopt secrets.auth" };
        assert!(flat(&ran.stderr).contains(said), "{}", ran.stderr);
        let ours = workspace.run(&["inventory", "--endpoint", &served.url]).expect(0);
        assert_eq!(ours.stdout.contains("adopted"), code == 0, "{}", ours.stdout);
    }
}
