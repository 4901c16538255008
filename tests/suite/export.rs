//! `export`: a live project as a stack file that, planned against it, changes nothing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use crate::context::{TUTORIAL, Workspace};

/// A sandbox's cloud without anybody's records.
fn take_cloud(from: &Workspace, to: &Workspace) {
    let folder = Path::new(".stackctl/sandbox");
    copy(&from.path().join(folder), &to.path().join(folder));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// What was said, in one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines that say something.
fn lines(text: &str) -> usize {
    text.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#')).count()
}

/// The file, planned with `--adopt` by somebody who has no records, takes over and changes nothing.
#[track_caller]
fn changes_nothing(file: &str, cloud: &Workspace, adopted: usize) {
    let other = Workspace::with(file);
    take_cloud(cloud, &other);
    let plan = other.run(&["plan", "--sandbox", "--adopt"]).expect(0);
    assert!(plan.stdout.contains(&format!("Plan: {adopted} to adopt.")), "{}\n{file}", plan.stdout);
    other.run(&["apply", "--sandbox", "--adopt", "--yes"]).expect(0);
    let plan = other.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
    assert!(plan.stdout.starts_with("No changes."), "{}", plan.stdout);
}

#[test]
fn what_apply_made_comes_back_about_as_short_and_changes_nothing() {
    let workspace = Workspace::with(TUTORIAL);
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let ours = workspace.run(&["export", "--sandbox"]).expect(0);
    let all = workspace.run(&["export", "--sandbox", "--project", "sandbox-project"]).expect(0);
    for made in [&ours, &all] {
        let text = &made.stdout;
        assert!(lines(text) <= lines(TUTORIAL), "{} lines:\n{text}", lines(text));
        assert!(!text.contains("https://") && !text.contains("projects/"), "links stand in the file:\n{text}");
        changes_nothing(text, &workspace, 14);
    }
    assert!(ours.stdout.contains("cloudsql-login:"), "keys are the inventory's:\n{}", ours.stdout);
    assert!(words(&all.stderr).contains("Cloud Run holds it"), "{}", all.stderr);
    insta::assert_snapshot!("tutorial", all.stdout);
}

#[test]
fn a_part_can_be_asked_for() {
    let workspace = Workspace::with(TUTORIAL);
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let part = workspace.run(&["export", "--sandbox", "repositories", "sqlDatabases"]).expect(0).stdout;
    assert!(part.contains("\nrepositories:\n") && part.contains("\nsqlDatabases:\n"), "{part}");
    assert!(!part.contains("networks:"), "{part}");
    assert!(part.contains("instance: projects/sandbox-project/instances/prefect-db"), "{part}");
    changes_nothing(&part, &workspace, 2);
    let one = workspace.run(&["export", "--sandbox", "services.prefect-server"]).expect(0).stdout;
    changes_nothing(&one, &workspace, 1);
    let wrong = workspace.run(&["export", "--sandbox", "servces"]).expect(3);
    assert!(wrong.stderr.contains("did you mean `services`?"), "{}", wrong.stderr);
}

#[test]
fn secrets_are_reported_and_never_written() {
    let stack = r#"
stack: leaky
region: us-central1
jobs:
  grant: {image: "postgres:15", command: [/bin/sh], args: ["-c", "PGPASSWORD='TempPassword123!' psql"]}
services:
  web:
    image: us-docker.pkg.dev/cloudrun/container/hello
    env: {API_KEY: sk-verysecret, DB: "postgres://u:hunter2hunter2@10.0.0.5/db", COLOUR: blue}
"#;
    let workspace = Workspace::with(stack);
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let made = workspace.run(&["export", "--sandbox"]).expect(0);
    for secret in ["TempPassword123!", "sk-verysecret", "hunter2"] {
        assert!(!made.stdout.contains(secret) && !made.stderr.contains(secret), "{secret} got out:\n{}", made.stdout);
    }
    for named in ["`env.API_KEY`", "`env.DB`", "`args[1]`"] {
        assert!(made.stderr.contains(named) && made.stdout.contains(named), "{named}\n{}", made.stderr);
    }
    assert!(made.stdout.contains("# grant:") && made.stdout.contains("env: {COLOUR: blue}"), "{}", made.stdout);
    // The job is not taken over; what the file does not say of the service stays.
    changes_nothing(&made.stdout, &workspace, 1);
}

#[test]
fn an_export_goes_on_past_what_it_does_not_manage_or_may_not_read() {
    let workspace = Workspace::with(TUTORIAL);
    let served = workspace.serve(&[]);
    let cloud = ["--endpoint", &served.url, "--clock", "1000"];
    let env = [("PROJECT_ID", "sandbox-project")];
    workspace.run_with(&[&["apply", "--yes"][..], &cloud].concat(), &env).expect(0);
    let address = "compute.googleapis.com/compute/v1/projects/sandbox-project/global/addresses";
    let begun = send(&served.url, "POST", address, r#"{"name": "front-door"}"#);
    let operation =
        format!("{}/operations/{}", address.trim_end_matches("/addresses"), begun["name"].as_str().unwrap());
    for _ in 0..5 {
        send(&served.url, "GET", &operation, "");
    }
    let args = [&["export", "--all", "--project", "sandbox-project"][..], &cloud].concat();
    let made = workspace.run_with(&args, &[]).expect(0);
    let words = words(&made.stderr);
    for said in ["global addresses, which stackctl does not manage: `front-door`", "buckets (`storage.googleapis.com`)"]
    {
        assert!(words.contains(said), "{said}:\n{}", made.stderr);
    }
    for section in ["networks", "sqlDatabases", "services"] {
        assert!(made.stdout.contains(&format!("\n{section}:\n")), "{}", made.stdout);
    }
    assert!(made.stdout.contains("\n  postgres:"), "`--all` takes in what Google made:\n{}", made.stdout);
}

#[test]
fn an_api_that_is_not_enabled_is_named() {
    let workspace = Workspace::with("stack: s\nregion: us-central1\nnetworks:\n  net: {}\n");
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let made = workspace.run(&["export", "--sandbox", "--project", "sandbox-project"]).expect(0);
    let words = words(&made.stderr);
    assert!(words.contains("the API `sqladmin.googleapis.com` is not enabled"), "{}", made.stderr);
    assert!(made.stdout.contains("\nnetworks:\n  net: {}\n"), "{}", made.stdout);
}

#[test]
fn a_file_that_is_there_is_not_replaced_unasked() {
    let workspace = Workspace::with("stack: s\nregion: us-central1\nnetworks:\n  net: {}\n");
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let out = ["export", "--sandbox", "--out", "made.yaml"];
    let said = workspace.run(&out).expect(0);
    assert!(said.stdout.is_empty() && said.stderr.contains("Wrote 1 entry to `made.yaml`"), "{}", said.stderr);
    workspace.run(&out).expect(4);
    workspace.run(&[&out[..], &["--force"]].concat()).expect(0);
}

/// A request as another client sends it, and what it is answered.
fn send(url: &str, method: &str, path: &str, body: &str) -> serde_json::Value {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head =
        format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(&body[body.find('{').unwrap()..=body.rfind('}').unwrap()]).unwrap()
}
