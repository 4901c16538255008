//! What others set on our resources: left alone, listed on request, taken away only where `lifecycle.strict` says so.

use serde_json::{Value as Json, json};
use stackctl::wire::{Method, Request};

use crate::context::{Ran, Served, Workspace};

const STACK: &str = "\
stack: others
project: my-project
region: us-central1
serviceAccounts:
  runner: {displayName: Runs it, iam: [{role: roles/iam.serviceAccountUser, members: [user:ann@example.com]}]}
services:
  web:
    image: us-docker.pkg.dev/cloudrun/container/hello
    labels: {team: web}
    env: {LOG_LEVEL: info}
    invokers: [allUsers]
sqlInstances:
  db:
    databaseVersion: POSTGRES_18
    edition: ENTERPRISE
    tier: db-f1-micro
    databaseFlags: {cloudsql.iam_authentication: \"on\"}
";

const SERVICE: &str = "/v2/projects/my-project/locations/us-central1/services/web";
const DATABASE: &str = "/v1/projects/my-project/instances/db";
const ACCOUNT: &str = "/v1/projects/my-project/serviceAccounts/runner@my-project.iam.gserviceaccount.com";

fn run(workspace: &Workspace, served: &Served, args: &[&str], code: i32) -> Ran {
    workspace.run(&[args, &["--endpoint", &served.url, "--clock", "1000"]].concat()).expect(code)
}

/// Sends a request as somebody else would; the answer must be a success.
#[track_caller]
fn send(served: &Served, request: Request) -> Json {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    let transport = stackctl::gcp::connect(&stackctl::gcp::Destination::Endpoint(served.url.clone())).unwrap();
    let words = request.to_string();
    let answer = runtime.block_on(transport.send(request)).unwrap();
    assert!(answer.is_success(), "{words}: {} {:?}", answer.status, answer.body);
    answer.body.as_json().cloned().unwrap_or(Json::Null)
}

fn policy(served: &Served, host: &str, path: &str, get: Method) -> Json {
    send(served, Request::new(get, host, format!("{path}:getIamPolicy")))
}

fn members(policy: &Json) -> Vec<String> {
    let bindings = policy["bindings"].as_array().into_iter().flatten();
    bindings.flat_map(|b| b["members"].as_array().unwrap()).map(|m| m.as_str().unwrap().to_owned()).collect()
}

fn grant(served: &Served, host: &str, path: &str, get: Method, role: &str) {
    let mut policy = policy(served, host, path, get);
    let binding = json!({"role": role, "members": ["user:bob@example.com"]});
    let bindings = policy.as_object_mut().unwrap().entry("bindings").or_insert_with(|| json!([]));
    bindings.as_array_mut().unwrap().push(binding);
    send(served, Request::new(Method::Post, host, format!("{path}:setIamPolicy")).json(json!({"policy": policy})));
}

/// Cloud SQL changes an instance when the operation ends, not when it begins.
fn until_done(served: &Served, operation: &str) {
    let path = format!("/v1/projects/my-project/operations/{operation}");
    let is_done = |_| send(served, Request::get("sqladmin.googleapis.com", path.clone()))["status"] == "DONE";
    assert!((0..10).any(is_done), "{path} does not end");
}

/// Somebody sets labels, environment, flags and members by hand.
fn meddle(served: &Served) {
    let mut service = send(served, Request::get("run.googleapis.com", SERVICE));
    service["labels"]["owner"] = json!("bob");
    let env = service["template"]["containers"][0]["env"].as_array_mut().unwrap();
    env.push(json!({"name": "DEBUG", "value": "1"}));
    env.push(json!({"name": "API_TOKEN", "value": "hunter2"}));
    send(served, Request::new(Method::Patch, "run.googleapis.com", SERVICE).json(service));
    let flags =
        json!([{"name": "cloudsql.iam_authentication", "value": "on"}, {"name": "max_connections", "value": "50"}]);
    let body = json!({"settings": {"databaseFlags": flags}});
    let operation = send(served, Request::new(Method::Patch, "sqladmin.googleapis.com", DATABASE).json(body));
    until_done(served, operation["name"].as_str().unwrap());
    grant(served, "run.googleapis.com", SERVICE, Method::Get, "roles/run.invoker");
    grant(served, "iam.googleapis.com", ACCOUNT, Method::Post, "roles/iam.serviceAccountUser");
}

#[test]
fn what_others_set_is_listed_and_goes_only_where_the_file_is_strict() {
    let workspace = Workspace::with(STACK);
    let served = workspace.serve(&[]);
    let run = |args: &[&str], code: i32| run(&workspace, &served, args, code);
    run(&["apply", "--yes"], 0);
    let before = run(&["plan", "--unmanaged"], 0);
    assert!(before.stderr.contains("Others have set nothing"), "{}\n{}", before.stdout, before.stderr);
    meddle(&served);
    run(&["plan", "--detailed-exitcode"], 0);
    let listed = run(&["plan", "--unmanaged", "--detailed-exitcode"], 0).stdout;
    let json: Json = serde_json::from_str(&run(&["plan", "--unmanaged", "--format", "json"], 0).stdout).unwrap();
    let theirs: Vec<(String, String)> = json["resources"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|resource| resource["setByOthers"].as_array().unwrap().iter().map(move |foreign| (resource, foreign)))
        .map(|(resource, foreign)| {
            (resource["address"].to_string(), format!("{} {}", foreign["path"], foreign["value"]))
        })
        .collect();
    for words in ["labels.owner", "env.DEBUG", "env.API_TOKEN", "max_connections", "user:bob@example.com"] {
        assert!(listed.contains(words), "{words}: {listed}");
        assert!(theirs.iter().any(|(_, theirs)| theirs.contains(words)), "{words}: {theirs:?}");
    }
    assert_eq!(theirs.len(), 6, "{theirs:?}");
    assert!(!listed.contains("hunter2") && !json.to_string().contains("hunter2"), "{listed}");
    assert!(listed.starts_with("No changes."), "{listed}");

    let strict = STACK
        .replace("    invokers: [allUsers]", "    invokers: [allUsers]\n    lifecycle: {strict: [labels, env, iam]}")
        .replace("    tier: db-f1-micro", "    tier: db-f1-micro\n    lifecycle: {strict: [databaseFlags]}")
        .replace("displayName: Runs it, ", "displayName: Runs it, lifecycle: {strict: [iam]}, ");
    workspace.write("stack.yaml", &strict);
    let plan = run(&["plan", "--detailed-exitcode"], 2).stdout;
    assert_eq!(plan.matches("changed outside the file").count(), 6, "{plan}");
    assert!(!plan.contains("hunter2"), "{plan}");
    run(&["apply", "--yes"], 0);
    run(&["plan", "--detailed-exitcode"], 0);
    let service = send(&served, Request::get("run.googleapis.com", SERVICE)).to_string();
    assert!(!service.contains("DEBUG") && !service.contains("owner") && service.contains("LOG_LEVEL"), "{service}");
    let database = send(&served, Request::get("sqladmin.googleapis.com", DATABASE)).to_string();
    assert!(!database.contains("max_connections") && database.contains("iam_authentication"), "{database}");
    assert_eq!(members(&policy(&served, "run.googleapis.com", SERVICE, Method::Get)), ["allUsers"]);
    assert_eq!(members(&policy(&served, "iam.googleapis.com", ACCOUNT, Method::Post)), ["user:ann@example.com"]);
    let after = run(&["plan", "--unmanaged"], 0);
    assert!(after.stderr.contains("Others have set nothing"), "{}\n{}", after.stdout, after.stderr);
}

#[test]
fn members_of_an_entry_that_lost_its_iam_go_and_those_of_others_stay() {
    let workspace = Workspace::with(STACK);
    let served = workspace.serve(&[]);
    let run = |args: &[&str], code: i32| run(&workspace, &served, args, code);
    run(&["apply", "--yes"], 0);
    meddle(&served);
    let without = STACK
        .replace("    invokers: [allUsers]\n", "")
        .replace(", iam: [{role: roles/iam.serviceAccountUser, members: [user:ann@example.com]}]", "");
    workspace.write("stack.yaml", without);
    let plan = run(&["plan", "--detailed-exitcode"], 2).stdout;
    assert!(plan.contains("allUsers") && plan.contains("user:ann@example.com") && !plan.contains("bob"), "{plan}");
    run(&["apply", "--yes"], 0);
    run(&["plan", "--detailed-exitcode"], 0);
    let left = |host: &str, path: &str, get: Method| members(&policy(&served, host, path, get));
    assert_eq!(left("run.googleapis.com", SERVICE, Method::Get), ["user:bob@example.com"]);
    assert_eq!(left("iam.googleapis.com", ACCOUNT, Method::Post), ["user:bob@example.com"]);
    let reads = |served: &Served| served.requests().iter().filter(|(r, _)| r.path.contains(":getIamPolicy")).count();
    let before = reads(&served);
    run(&["plan"], 0);
    assert_eq!(reads(&served), before, "nothing of ours is left in a policy: none is read");
}
