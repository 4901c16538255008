//! The laws over recorded answers, each call's request, each check.

use serde_json::json;

use super::*;
use crate::kinds::call::Payloads;
use crate::kinds::descriptor_calls::tests::{Step, shown};
use crate::kinds::{Row, Source, recorded, row};
use crate::wire::ApiError;

const ROW: Row = row::<SqlUsers>();
const RECORDED: &str = include_str!("../../../../tests/recorded/sqlUsers.jsonl");

fn place(engine: &str, name: &str) -> Place {
    let values = [("project", "p"), ("instance", "db"), ("name", name), ("engine", engine)];
    let kept = values.into_iter().filter(|(_, value)| !value.is_empty());
    Place { values: kept.map(|(key, value)| (key.to_owned(), value.to_owned())).collect() }
}

/// An entry as it is after its references are resolved and it is settled.
fn settled(engine: &str, key: &str, doc: Json) -> (Place, Doc) {
    let version = match engine {
        "mysql" => "MYSQL_8_0",
        "sqlserver" => "SQLSERVER_2022_WEB",
        _ => "POSTGRES_18",
    };
    let instance = Doc::from(&json!({"databaseVersion": version}));
    let (mut place, mut doc) = (place("", key), Doc::from(&doc));
    SqlUsers::settle(&mut place, &mut doc, &|field| (field == "instance" && !engine.is_empty()).then_some(&instance));
    SqlUsers::complete(&place, &mut doc);
    (place, doc)
}

#[derive(Debug)]
struct Password;
impl Payloads for Password {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        (name == "password").then(|| b"hush\r\n".to_vec())
    }
}

fn step(place: Place, doc: &Doc) -> Step {
    let mut step = Step::new("x");
    step.place = place;
    step.desired = Some(doc.clone());
    step
}

fn calls(step: &Step, action: Action) -> Json {
    shown(SqlUsers::calls(&StepInput { payloads: &Password, ..step.input(action) }))
}

const ACCOUNT: &str = "prefect-sa@p.iam.gserviceaccount.com";
const USERS: &str = "sqladmin.googleapis.com/v1/projects/p/instances/db/users";

#[test]
fn recorded_answers_come_back_and_differ_in_nothing() {
    recorded::shapes_lose_nothing(&ROW, RECORDED);
    recorded::entries_differ_in_nothing(&ROW, RECORDED, |user| place("", user["name"].as_str().unwrap()));
}

#[test]
fn every_recorded_user_is_found_in_its_list_by_its_own_place_alone() {
    for (case, user) in recorded::answers(RECORDED) {
        let name = user["name"].as_str().unwrap();
        let account = login::account(name, user["host"].as_str());
        assert!(SqlUsers::is_member(&place("", &account), &user), "{case} {account}");
        assert!(!SqlUsers::is_member(&place("", &format!("{account}x")), &user), "{case} {account}");
    }
}

#[test]
fn the_login_of_a_service_account_is_derived_and_names_the_place() {
    let (at, doc) = settled("postgres", "prefect-sa", json!({"instance": "db", "serviceAccount": ACCOUNT}));
    assert_eq!(at.name(), "prefect-sa@p.iam");
    assert_eq!(at.get("engine"), "postgres");
    let outputs = SqlUsers::known_outputs(&at, &ProjectFacts::default(), &doc);
    assert_eq!(
        Doc::Map(outputs),
        Doc::from(
            &json!({"login": "prefect-sa@p.iam", "name": "prefect-sa@p.iam", "type": "CLOUD_IAM_SERVICE_ACCOUNT"})
        )
    );
    let (at, doc) = settled("mysql", "prefect-sa", json!({"instance": "db", "serviceAccount": ACCOUNT}));
    assert_eq!((at.name(), doc.dig_str("login")), ("prefect-sa", Some("prefect-sa")));
    let (at, _) = settled("", "prefect-sa", json!({"instance": "db", "serviceAccount": ACCOUNT}));
    assert_eq!(at.name(), "prefect-sa@p.iam", "an instance elsewhere is taken for PostgreSQL");
}

#[test]
fn a_built_in_user_is_named_by_its_key_and_host() {
    let (at, doc) = settled("postgres", "app", json!({"instance": "db", "password": {"env": "PW"}}));
    assert_eq!((at.name(), doc.dig_str("login"), doc.dig_str("type")), ("app", Some("app"), Some("BUILT_IN")));
    let (at, _) = settled("mysql", "app", json!({"instance": "db", "host": "10.0.0.%", "password": {"env": "PW"}}));
    assert_eq!(at.name(), "app@10.0.0.%");
}

#[test]
fn an_address_that_only_the_cloud_knows_is_waited_for() {
    let template = "${x}".to_owned();
    let unknown = Doc::Unknown(crate::model::Template(vec![crate::model::Part::Literal(template)]));
    let mut doc = Doc::map();
    doc.put("serviceAccount", unknown);
    SqlUsers::complete(&place("", "key"), &mut doc);
    assert_eq!(doc.get("login"), None);
}

#[test]
fn creating_a_service_account_s_user_is_what_gcloud_sends() {
    let (at, doc) = settled(
        "postgres",
        "prefect-sa",
        json!({"instance": "db", "serviceAccount": ACCOUNT,
        "databaseRoles": ["cloudsqlsuperuser"]}),
    );
    assert_eq!(
        calls(&step(at, &doc), Action::Create),
        json!([{"label": "create", "request": format!("POST {USERS}"), "body": {"name": "prefect-sa@p.iam",
            "instance": "db", "project": "p", "type": "CLOUD_IAM_SERVICE_ACCOUNT",
            "databaseRoles": ["cloudsqlsuperuser"]}}])
    );
}

#[test]
fn mysql_is_told_the_whole_address() {
    let (at, doc) = settled("mysql", "sa", json!({"instance": "db", "serviceAccount": ACCOUNT}));
    let create = calls(&step(at, &doc), Action::Create);
    assert_eq!(create[0]["body"]["name"], ACCOUNT);
    let (at, doc) = settled("mysql", "ann", json!({"instance": "db", "user": "Ann@Example.com"}));
    let create = calls(&step(at, &doc), Action::Create);
    assert_eq!(
        (&create[0]["body"]["name"], &create[0]["body"]["type"]),
        (&json!("ann@example.com"), &json!("CLOUD_IAM_USER"))
    );
}

#[test]
fn a_built_in_user_is_made_with_its_password() {
    let (at, doc) = settled(
        "mysql",
        "app",
        json!({"instance": "db", "host": "foo", "password": {"env": "PW"},
        "passwordPolicy": {"passwordExpirationDuration": "30d"}}),
    );
    assert_eq!(
        calls(&step(at, &doc), Action::Create),
        json!([{"label": "create", "request": format!("POST {USERS}"), "body": {"name": "app", "instance": "db",
            "project": "p", "host": "foo", "password": "hush",
            "passwordPolicy": {"passwordExpirationDuration": "2592000s"}}}])
    );
    let (at, doc) = settled("postgres", "app", json!({"instance": "db", "password": {"env": "PW"}}));
    let step = step(at, &doc);
    assert_eq!(SqlUsers::calls(&step.input(Action::Create)).unwrap_err().code, "no-payload");
}

#[test]
fn a_new_password_is_put_with_name_and_host_in_the_query() {
    let (at, doc) = settled("mysql", "app", json!({"instance": "db", "password": {"env": "PW", "rotation": 2}}));
    let live = json!({"name": "app", "host": "%", "instance": "db", "project": "p", "kind": "sql#user",
        "passwordPolicy": {"allowedFailedAttempts": 3, "status": {"locked": true}}});
    let step = step(at, &doc).live(live).changed(&["password.rotation"]);
    assert_eq!(
        calls(&step, Action::Update),
        json!([{"label": "update", "request": format!("PUT {USERS}?name=app&host=%"), "body": {"name": "app",
            "instance": "db", "project": "p", "host": "%", "passwordPolicy": {"allowedFailedAttempts": 3},
            "password": "hush"}}])
    );
}

#[test]
fn postgres_is_told_no_host() {
    let (at, doc) = settled("postgres", "app", json!({"instance": "db", "password": {"env": "PW"}}));
    let live = json!({"name": "app", "host": "", "instance": "db", "project": "p", "kind": "sql#user"});
    let step = step(at, &doc).live(live).changed(&["password"]);
    assert_eq!(
        calls(&step, Action::Update),
        json!([{"label": "update", "request": format!("PUT {USERS}?name=app"),
                "body": {"name": "app", "instance": "db", "project": "p", "password": "hush"}}])
    );
}

#[test]
fn changed_roles_are_exactly_the_file_s() {
    let (at, doc) = settled(
        "postgres",
        "sa",
        json!({"instance": "db", "serviceAccount": ACCOUNT,
        "databaseRoles": ["a", "b"]}),
    );
    let live = json!({"name": "prefect-sa@p.iam", "type": "CLOUD_IAM_SERVICE_ACCOUNT", "instance": "db"});
    let step = step(at, &doc).live(live).changed(&["databaseRoles"]);
    let calls = calls(&step, Action::Update);
    assert_eq!(
        calls[0]["request"],
        format!("PUT {USERS}?name=prefect-sa@p.iam&databaseRoles=a&databaseRoles=b&revokeExistingRoles=true")
    );
}

#[test]
fn an_adoption_without_changes_sends_nothing() {
    let (at, doc) = settled("postgres", "app", json!({"instance": "db", "password": {"env": "PW"}}));
    let step = step(at, &doc).live(json!({"name": "app"}));
    assert_eq!(calls(&step, Action::Adopt), json!([]));
}

#[test]
fn a_delete_names_the_host_where_there_is_one() {
    let delete = |engine: &str, live: Json| {
        let mut step = Step::new("x").live(live);
        step.place = place(engine, "app");
        calls(&step, Action::Delete)[0]["request"].as_str().unwrap().to_owned()
    };
    assert_eq!(delete("postgres", json!({"name": "app"})), format!("DELETE {USERS}?name=app"));
    assert_eq!(delete("mysql", json!({"name": "app", "host": ""})), format!("DELETE {USERS}?name=app&host=%"));
    assert_eq!(delete("", json!({"name": "app", "host": "foo"})), format!("DELETE {USERS}?name=app&host=foo"));
}

#[test]
fn users_are_listed_and_never_read_alone() {
    let lookup = SqlUsers::lookup(&place("", "app"), &ProjectFacts::default(), None);
    assert_eq!(lookup.item, None);
    assert_eq!(lookup.list.unwrap().to_string(), format!("GET {USERS}"));
}

#[test]
fn mysql_s_short_name_is_known_by_its_address() {
    let user = json!({"name": "prefect-sa", "host": "%", "iamEmail": ACCOUNT, "type": "CLOUD_IAM_SERVICE_ACCOUNT"});
    assert!(SqlUsers::is_member(&place("mysql", "prefect-sa"), &user));
    assert!(SqlUsers::is_member(&place("", "prefect-sa@p.iam"), &user));
    assert!(!SqlUsers::is_member(&place("", "other@p.iam"), &user));
    let file = SqlUsers::to_file(&place("mysql", "prefect-sa"), &recorded::live(&user));
    assert_eq!(file.dig_str("serviceAccount"), Some(ACCOUNT));
}

#[test]
fn a_user_that_owns_things_says_what_to_do() {
    let error = ApiError {
        status: 400,
        canonical: None,
        reason: Some("invalid".into()),
        message: "role \"app\" cannot be dropped because some objects depend on it".into(),
        metadata: Vec::new(),
        retry_after_s: None,
    };
    let place = place("postgres", "app");
    let refusal = Refusal { action: Action::Delete, place: &place, call: "delete", error: &error, live: None };
    let Verdict::Failed(fault) = SqlUsers::judge(&refusal) else { panic!("not judged") };
    assert!(fault.message.contains("objects depend") && fault.hint.unwrap().contains("REASSIGN OWNED"));
    let busy = ApiError { status: 409, reason: Some("operationInProgress".into()), ..error.clone() };
    let refusal = Refusal { error: &busy, ..refusal };
    assert!(matches!(SqlUsers::judge(&refusal), Verdict::Retry { .. }));
}

#[test]
fn the_password_s_source_is_named_for_the_engine() {
    let payloads = SqlUsers::payloads(&Doc::from(&json!({"password": {"secret": "projects/p/secrets/s"}})));
    assert_eq!(payloads, [Payload { name: "password", source: Source::Secret("projects/p/secrets/s".into()) }]);
}

fn findings(engine: &str, key: &str, doc: Json) -> Vec<String> {
    let (place, doc) = settled(engine, key, doc);
    let found = SqlUsers::check(&CheckInput { place: &place, doc: &doc });
    assert!(found.iter().all(|fault| fault.hint.is_some() && fault.field.is_some()), "{found:?}");
    found.iter().map(|fault| format!("{} {}", fault.code, fault.field.as_ref().unwrap())).collect()
}

#[test]
fn what_cannot_work_is_found() {
    let password = json!({"env": "PW"});
    let cases = [
        ("postgres", json!({"serviceAccount": ACCOUNT}), vec![]),
        ("postgres", json!({"password": password}), vec![]),
        ("postgres", json!({}), vec!["no-password password"]),
        ("postgres", json!({"serviceAccount": ACCOUNT, "user": "a@b.c"}), vec!["several-principals user"]),
        ("postgres", json!({"user": "ann"}), vec!["bad-email user"]),
        ("postgres", json!({"user": ACCOUNT}), vec!["is-service-account user"]),
        ("postgres", json!({"group": "g@b.c", "password": password}), vec!["not-for-iam password"]),
        ("postgres", json!({"password": {"env": "A", "secret": "s"}}), vec!["payload-source password"]),
        ("postgres", json!({"password": password, "host": "%"}), vec!["wrong-engine host"]),
        ("postgres", json!({"password": password, "serverRoles": ["x"]}), vec!["wrong-engine serverRoles"]),
        ("mysql", json!({"password": password, "host": "%"}), vec![]),
        ("sqlserver", json!({"user": "a@b.c"}), vec!["wrong-engine user"]),
    ];
    for (engine, doc, expected) in cases {
        assert_eq!(findings(engine, "app", doc.clone()), expected, "{engine} {doc}");
    }
}

#[test]
fn logins_that_do_not_fit_or_are_reserved_are_found() {
    let long = "a".repeat(30);
    let account = format!("{long}@{}.iam.gserviceaccount.com", "p".repeat(30));
    assert_eq!(findings("postgres", "x", json!({"serviceAccount": account})), ["login-too-long serviceAccount"]);
    assert_eq!(findings("mysql", "x", json!({"serviceAccount": account})), [""; 0]);
    let password = json!({"password": {"env": "PW"}});
    assert_eq!(findings("mysql", &"a".repeat(33), password.clone()), ["login-too-long name"]);
    assert_eq!(findings("postgres", "cloudsqladmin", password.clone()), ["reserved-name name"]);
    assert_eq!(findings("postgres", "pg_me", password), ["reserved-name name"]);
    assert!(SqlUsers::check_name("").is_err() && SqlUsers::check_name(" a").is_err());
    assert_eq!(SqlUsers::check_name("prefect-sa@p.iam"), Ok(()));
}
