//! What comes after a request: operations of others, results that are not as wanted, refusals that pass and that do not.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use stackctl::engine::{End, Outcome as Ended};
use stackctl::gcp::{Client, Clock, Limits};
use stackctl::inventory::{Memory, StoreError, gcs};
use stackctl::model::event::Happening;
use stackctl::model::{Action, Address};
use stackctl::wire::{Method, Request};

use crate::world::{Outcome, PROJECT, World, actions};

/// A service that runs as an account of its own and reads a secret that the account may read.
const WEB: &str = r#"
stack: web
region: us-central1
serviceAccounts:
  robot-one: {displayName: One}
secrets:
  auth:
    generate: {length: 16}
    iam: [{role: roles/secretmanager.secretAccessor, members: [serviceAccount:robot-one]}]
services:
  web:
    image: us-docker.pkg.dev/cloudrun/container/hello
    serviceAccount: robot-one
    env: {COLOUR: red, AUTH: {secret: auth}}
    iam: [{role: roles/run.viewer, members: ["user:ann@example.com"]}]
"#;

const DATABASE: &str = r#"
stack: data
region: us-central1
sqlInstances:
  db: {databaseVersion: POSTGRES_16, edition: ENTERPRISE, tier: db-f1-micro}
"#;

fn end<'a>(outcome: &'a Outcome, address: &str) -> &'a Ended {
    let address: Address = address.parse().unwrap();
    outcome.report().outcomes.iter().find(|found| found.address == address).expect("the plan changes it")
}

/// What is said of a resource while it is waited for.
fn waits(outcome: &Outcome, of: &str) -> Vec<String> {
    let wait = |event: &stackctl::model::event::Event| match &event.what {
        Happening::StepWaiting { address, message } if address.to_string() == of => Some(message.clone()),
        _ => None,
    };
    outcome.events.iter().filter_map(wait).collect()
}

fn refusal(status: u16, canonical: &str, message: &str) -> Json {
    json!({"error": {"status": status, "reason": "forbidden", "canonical": canonical, "message": message}})
}

/// The same without the right to read the secret: no revision starts.
fn without_the_right() -> String {
    let right = "    iam: [{role: roles/secretmanager.secretAccessor, members: [serviceAccount:robot-one]}]\n";
    assert!(WEB.contains(right));
    WEB.replace(right, "")
}

#[tokio::test(start_paused = true)]
async fn a_service_whose_first_revision_fails_is_ours_and_is_changed_by_the_next_run() {
    let world = World::new();
    let outcome = world.apply(&without_the_right()).await;
    let End::Failed(fault) = &end(&outcome, "services.web").end else { panic!("{:#?}", outcome.report().outcomes) };
    assert_eq!(fault.code, "secret-access-denied", "{fault:?}");
    assert_eq!(outcome.retries(), Vec::<String>::new(), "nothing of this run explains it");
    let inventory = world.inventory().await;
    let entry = &inventory.entries[&Address::new("services", "web")];
    assert!(entry.unique_id.is_some() && !entry.fields.is_empty(), "{entry:?}");
    let planned = [("secrets.auth".to_owned(), Action::Update), ("services.web".to_owned(), Action::Update)];
    assert_eq!(actions(&world.plan(WEB).await), planned);
    let mended = world.apply(WEB).await;
    assert!(mended.report().is_complete(), "{:#?}", mended.report().outcomes);
    assert_eq!(actions(&world.plan(WEB).await), []);
}

#[tokio::test(start_paused = true)]
async fn a_definite_failure_is_not_looked_at_again() {
    let world = World::new();
    // The service is taken up after its answer was lost, so that only the read-back tells how it fares.
    world.order_faults(json!([{"on": "run.projects.locations.services.create", "what": "lostAfter"}])).await;
    let outcome = world.apply(&without_the_right()).await;
    let End::Failed(fault) = &end(&outcome, "services.web").end else { panic!("{:#?}", outcome.report().outcomes) };
    assert_eq!(fault.code, "secret-access-denied", "{fault:?}");
    let said = waits(&outcome, "services.web");
    assert!(said.iter().any(|words| words.contains("is not ready")), "{said:?}");
    assert!(!said.iter().any(|words| words.contains("cannot be read")), "{said:?}");
    assert!(world.inventory().await.entries.contains_key(&Address::new("services", "web")));
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_gets_no_requests_is_recorded_and_leaves_the_run_incomplete() {
    let world = World::new();
    assert!(world.apply(WEB).await.report().is_complete());
    let path = format!("/v2/projects/{PROJECT}/locations/us-central1/services/web");
    let mut service = world.send(Request::get("run.googleapis.com", path.as_str())).await;
    let newest = service["latestReadyRevision"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    service["traffic"] =
        json!([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": newest, "percent": 100}]);
    world.send(Request::new(Method::Patch, "run.googleapis.com", path).json(service)).await;
    tokio::time::sleep(std::time::Duration::from_secs(300)).await;

    let blue = WEB.replace("COLOUR: red", "COLOUR: blue");
    let outcome = world.apply(&blue).await;
    let report = outcome.report();
    let End::Incomplete(found) = &end(&outcome, "services.web").end else { panic!("{:#?}", report.outcomes) };
    assert_eq!(found.code, "deployed-not-serving", "{found:?}");
    assert!(report.is_only_incomplete() && !report.is_complete());
    assert!(outcome.events.iter().any(|event| matches!(&event.what, Happening::Note { note } if note == found)));
    assert_eq!(actions(&world.plan(&blue).await), [], "it is recorded as the file says");
}

#[tokio::test(start_paused = true)]
async fn another_operation_on_the_instance_is_waited_for_by_its_name() {
    let world = World::new();
    assert!(world.apply(DATABASE).await.report().is_complete());
    let bigger = DATABASE.replace("db-f1-micro", "db-g1-small");
    let path = format!("/v1/projects/{PROJECT}/instances/db");
    let theirs = json!({"settings": {"userLabels": {"theirs": "x"}}});
    let begin = async {
        // Once the run has planned and before it changes anything.
        let request = Request::new(Method::Patch, "sqladmin.googleapis.com", path).json(theirs);
        world.send(request).await["name"].as_str().unwrap().to_owned()
    };
    let name = begin.await;
    let outcome = world.apply(&bigger).await;
    assert!(outcome.report().is_complete(), "{:#?}", outcome.report().outcomes);
    let said = waits(&outcome, "sqlInstances.db");
    assert!(said.contains(&format!("waits for operation `{name}`, which runs on it")), "{said:?}");
    assert_eq!(outcome.retries(), ["sqlInstances.db: another operation runs on it"]);
}

#[tokio::test(start_paused = true)]
async fn a_right_that_the_caller_lacks_fails_at_once_with_googles_words() {
    let world = World::new();
    let words = "Permission 'run.services.create' denied on resource 'projects/sandbox-project'";
    let rule = json!([{"on": "run.projects.locations.services.create", "times": 1000, "what": refusal(403, "PERMISSION_DENIED", words)}]);
    world.order_faults(rule).await;
    let outcome = world.apply(WEB).await;
    let End::Failed(fault) = &end(&outcome, "services.web").end else { panic!("{:#?}", outcome.report().outcomes) };
    assert!(fault.message.contains(words), "{fault:?}");
    assert_eq!(outcome.retries(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_grant_of_this_run_that_is_not_honoured_yet_is_waited_for_and_named() {
    let world = World::new();
    let robot = format!("robot-one@{PROJECT}.iam.gserviceaccount.com");
    let words = format!("Permission denied on secret for {robot}: roles/secretmanager.secretAccessor must be granted");
    let rule = json!([{"on": "run.projects.locations.services.create", "times": 3, "what": refusal(403, "PERMISSION_DENIED", &words)}]);
    world.order_faults(rule).await;
    let outcome = world.apply(WEB).await;
    assert!(outcome.report().is_complete(), "{:#?}", outcome.report().outcomes);
    assert_eq!(outcome.retries().len(), 3, "{:?}", outcome.retries());
    assert!(outcome.retries().iter().all(|line| line.contains(&robot) && line.ends_with("was made moments ago")));
}

#[tokio::test(start_paused = true)]
async fn what_was_hidden_behind_a_disabled_api_is_refused_and_not_written_over() {
    let mut world = World::new();
    const SECRET: &str =
        "stack: hidden\nregion: us-central1\nsecrets: {auth: {generate: {length: 16}, labels: {a: b}}}\n";
    assert!(world.apply(SECRET).await.report().is_complete());
    // Its records are lost: that it carries the stack's own label does not make it this stack's.
    hide(&mut world, "secretmanager.googleapis.com").await;
    let before = world.secrets().await;
    let changed = SECRET.replace("a: b", "a: c");
    assert_eq!(actions(&world.plan(&changed).await), [("secrets.auth".to_owned(), Action::Create)]);
    let outcome = world.apply(&changed).await;
    let End::Failed(fault) = &end(&outcome, "secrets.auth").end else { panic!("{:#?}", outcome.report().outcomes) };
    assert_eq!(fault.code, stackctl::engine::EXISTS, "{fault:?}");
    assert!(fault.hint.as_deref().is_some_and(|hint| hint.contains("apply --adopt secrets.auth")), "{fault:?}");
    assert_eq!(world.secrets().await, before);
    assert!(world.inventory().await.entries.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_enabled_and_says_that_it_is_not_hides_nothing() {
    let world = World::new();
    const SECRET: &str = "stack: s\nregion: us-central1\nsecrets: {auth: {generate: {length: 16}}}\n";
    assert!(world.apply(SECRET).await.report().is_complete());
    world.settings(json!({"propagationMs": 1_000_000_000})).await;
    let plan = world.plan(SECRET).await;
    assert_eq!(actions(&plan), [], "what cannot be read is not made again");
    let found: Vec<_> = plan.errors().map(|error| (error.code.as_str(), error.hint.as_deref())).collect();
    let hint = "it was enabled moments ago: run the command again in a few minutes";
    assert_eq!(found, [("unreadable", Some(hint))]);
}

/// Hides what stands behind an API, and loses the records of it.
async fn hide(world: &mut World, api: &str) {
    let path = format!("/v1/projects/{PROJECT}/services/{api}:disable");
    world.send(Request::new(Method::Post, "serviceusage.googleapis.com", path).json(json!({}))).await;
    tokio::time::sleep(std::time::Duration::from_secs(300)).await;
    world.store = Memory::default();
}

#[tokio::test(start_paused = true)]
async fn members_that_a_disabled_api_hid_do_not_pass_for_ours() {
    let mut world = World::new();
    let binding = |members: &str| {
        format!("stack: s\nregion: us-central1\niamBindings: {{all: {{role: roles/viewer, members: [{members}]}}}}\n")
    };
    let (ann, bob) = ("\"user:ann@example.com\"", "\"user:bob@example.com\"");
    assert!(world.apply(&binding(ann)).await.report().is_complete());
    hide(&mut world, "cloudresourcemanager.googleapis.com").await;
    let outcome = world.apply(&binding(&format!("{ann}, {bob}"))).await;
    let End::Failed(fault) = &end(&outcome, "iamBindings.all").end else { panic!("{:#?}", outcome.report().outcomes) };
    assert_eq!(fault.code, stackctl::engine::EXISTS, "{fault:?}");
    assert!(!outcome.sent.iter().any(|request| request.path.ends_with(":setIamPolicy")), "{:?}", outcome.sent);
    hide(&mut world, "cloudresourcemanager.googleapis.com").await;
    assert!(world.apply(&binding(bob)).await.report().is_complete(), "that others hold the role is no reason");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_can_be_read_is_ours_whoever_made_it_and_a_strangers_is_refused() {
    let world = World::new();
    let clock = Clock::new(jiff::Timestamp::UNIX_EPOCH, 1.0);
    let client = Client::new(Arc::new(world.cloud.clone()), clock, Limits::None);
    let make = async |project: &str| gcs::make_bucket(&client, "the-records", project, "us-central1").await;
    make(PROJECT).await.unwrap();
    make(PROJECT).await.expect("it is ours already");
    make("other-project-1").await.expect("it belongs to a project of ours");
    let denied = refusal(403, "PERMISSION_DENIED", "storage.objects.list denied");
    world.order_faults(json!([{"on": "storage.objects.list", "times": 9, "what": denied}])).await;
    let error = make("other-project-1").await.unwrap_err();
    assert!(matches!(error, StoreError::BucketTaken { .. }), "{error:?}");
    assert!(error.diagnostic().hint.is_some_and(|hint| hint.contains("choose another one")));
}

/// A built-in user whose password is a generated secret.
const LOGIN: &str = r#"
stack: data
region: us-central1
secrets:
  password: {generate: {length: 20}, rotation: 1}
sqlInstances:
  db: {databaseVersion: POSTGRES_16, edition: ENTERPRISE, tier: db-f1-micro}
sqlUsers:
  app: {instance: db, password: {secret: password}}
"#;

/// What was sent as the secret's newest value and as the user's password.
fn values(outcome: &Outcome) -> (Option<String>, Option<String>) {
    let body = |is: &dyn Fn(&Request) -> bool| {
        let found = outcome.sent.iter().rfind(|request| is(request))?;
        found.body.as_json().cloned()
    };
    let version = body(&|request| request.path.ends_with(":addVersion"));
    let user = body(&|request| request.path.ends_with("/instances/db/users"));
    let plain = |data: &str| String::from_utf8(STANDARD.decode(data).unwrap()).unwrap();
    (
        version.map(|body| plain(body["payload"]["data"].as_str().unwrap())),
        user.and_then(|body| Some(body["password"].as_str()?.to_owned())),
    )
}

#[tokio::test(start_paused = true)]
async fn raising_a_secrets_number_updates_the_user_whose_password_it_is_in_the_same_run() {
    let world = World::new();
    let first = world.apply(LOGIN).await;
    assert!(first.report().is_complete(), "{:#?}", first.report().outcomes);
    let (secret, password) = values(&first);
    assert!(secret.is_some() && secret == password);
    let raised = LOGIN.replace("rotation: 1", "rotation: 2");
    let second = world.apply(&raised).await;
    assert!(second.report().is_complete(), "{:#?}", second.report().outcomes);
    let (newer, now) = values(&second);
    assert!(newer.is_some() && newer == now, "secret and user changed together");
    assert_ne!(newer, secret);
    assert_eq!(actions(&world.plan(&raised).await), []);
}
