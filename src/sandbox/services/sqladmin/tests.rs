use serde_json::{Value as Json, json};

use crate::sandbox::cloud::Pace;
use crate::sandbox::services::caller::{Caller, PROJECT, reason, with_address};
use crate::wire::Method;

const INSTANCES: &str = "sqladmin/sql/v1beta4/projects/demo-project-1/instances";
const DB: &str = "sqladmin/sql/v1beta4/projects/demo-project-1/instances/prefect-db";
const RULES: &str = "compute/compute/v1/projects/demo-project-1/regions/us-central1/forwardingRules";

fn caller() -> Caller {
    Caller::new(&["sqladmin", "compute"])
}

fn instance() -> Json {
    json!({
        "name": "prefect-db", "region": "us-central1", "databaseVersion": "POSTGRES_15",
        "settings": {
            "tier": "db-f1-micro", "edition": "ENTERPRISE",
            "databaseFlags": [{"name": "cloudsql.iam_authentication", "value": "on"}],
            "ipConfiguration": {
                "ipv4Enabled": false, "pscConfig": {"pscEnabled": true, "allowedConsumerProjects": [PROJECT]},
            },
        },
    })
}

/// A caller with a running instance.
fn with_instance() -> Caller {
    let mut caller = caller();
    caller.change(Method::Post, INSTANCES, instance());
    caller
}

/// An instance that differs in a few fields of its settings.
fn with_settings(version: &str, settings: Json) -> Json {
    let mut body = instance();
    body["databaseVersion"] = json!(version);
    for (field, value) in settings.as_object().unwrap() {
        body["settings"][field] = value.clone();
    }
    body
}

#[test]
fn an_instance_is_pending_then_running_then_done_and_filled_in() {
    let mut caller = caller();
    let (_, begun) = caller.send(Method::Post, INSTANCES, instance());
    assert_eq!((&begun["operationType"], &begun["status"]), (&json!("CREATE"), &json!("PENDING")));
    assert!(begun.get("startTime").is_none(), "{begun}");
    assert_eq!(caller.get(DB).1["state"], "PENDING_CREATE");
    let poll = format!("sqladmin/sql/v1beta4/projects/{PROJECT}/operations/{}", begun["name"].as_str().unwrap());
    let (_, running) = caller.get(&poll);
    assert_eq!(running["status"], "RUNNING");
    assert!(running["startTime"].is_string() && running.get("endTime").is_none(), "{running}");
    let (_, done) = caller.get(&poll);
    assert!(done["status"] == "DONE" && done["endTime"].is_string() && done.get("progress").is_none(), "{done}");
    let (_, made) = caller.get(DB);
    assert_eq!(made["state"], "RUNNABLE");
    assert_eq!(made["connectionName"], "demo-project-1:us-central1:prefect-db");
    assert_eq!(
        (&made["settings"]["settingsVersion"], &made["settings"]["dataDiskSizeGb"]),
        (&json!("1"), &json!("10"))
    );
    assert_eq!(made["settings"]["ipConfiguration"]["sslMode"], "ALLOW_UNENCRYPTED_AND_ENCRYPTED");
    let link = made["pscServiceAttachmentLink"].as_str().unwrap();
    assert!(link.starts_with("projects/") && link.contains("-tp/regions/us-central1/serviceAttachments/a-"), "{link}");
    let (_, users) = caller.get(&format!("{DB}/users"));
    assert_eq!((&users["items"][0]["name"], users["items"][0].get("host")), (&json!("postgres"), None));
}

#[test]
fn an_instance_that_is_not_there_says_so_in_its_own_words() {
    let mut caller = caller();
    let missing = caller.get(DB);
    assert_eq!(reason(&missing), (404, "instanceDoesNotExist"));
    assert_eq!(missing.1["error"]["message"], "The Cloud SQL instance does not exist.");
    assert!(missing.1["error"].get("status").is_none(), "{}", missing.1);
    caller.change(Method::Post, INSTANCES, instance());
    let missing = caller.get(&format!("{DB}/databases/nothing"));
    assert_eq!((reason(&missing), &missing.1["error"]["message"]), ((404, "notFound"), &json!("Not Found")));
}

#[test]
fn both_versions_of_the_api_show_one_instance_and_name_their_own_links() {
    let mut caller = with_instance();
    let (_, new) = caller.get("sqladmin/v1/projects/demo-project-1/instances/prefect-db");
    let (_, old) = caller.get(DB);
    assert_eq!(new["settings"], old["settings"]);
    let link = "https://sqladmin.googleapis.com/v1/projects/demo-project-1/instances/prefect-db";
    assert_eq!(new["selfLink"], link);
    assert_eq!(old["selfLink"], link.replace("/v1/", "/sql/v1beta4/"));
}

#[test]
fn one_operation_at_a_time_runs_on_an_instance() {
    let mut caller = with_instance();
    caller.cloud.settings.pace = Pace::Timed;
    let change = json!({"settings": {"tier": "db-g1-small"}});
    let (status, begun) = caller.send(Method::Patch, DB, change.clone());
    assert_eq!((status, &begun["operationType"]), (200, &json!("UPDATE")));
    for (method, target, body) in [
        (Method::Patch, DB.to_owned(), change),
        (Method::Delete, DB.to_owned(), Json::Null),
        (Method::Post, format!("{DB}/users"), json!({"name": "a", "password": "b"})),
        (Method::Post, format!("{DB}/databases"), json!({"name": "a"})),
    ] {
        let answer = caller.send(method, &target, body);
        assert_eq!(reason(&answer), (409, "operationInProgress"), "{target}");
    }
    let poll = format!("sqladmin/sql/v1beta4/projects/{PROJECT}/operations/{}", begun["name"].as_str().unwrap());
    caller.pass(1);
    assert_eq!(caller.get(&poll).1["status"], "DONE");
    assert_eq!(caller.get(DB).1["settings"]["tier"], "db-g1-small");
    assert_eq!(caller.send(Method::Post, &format!("{DB}/databases"), json!({"name": "a"})).0, 200);
}

#[test]
fn a_stale_settings_version_is_refused_and_each_change_raises_it() {
    let mut caller = with_instance();
    let labels = |version: &str| json!({"settings": {"settingsVersion": version, "userLabels": {"a": "b"}}});
    assert_eq!(reason(&caller.send(Method::Patch, DB, labels("7"))), (412, "staleData"));
    caller.change(Method::Patch, DB, labels("1"));
    let (_, changed) = caller.get(DB);
    assert_eq!(changed["settings"]["settingsVersion"], "2");
    assert_eq!(reason(&caller.send(Method::Patch, DB, labels("1"))), (412, "staleData"));
}

#[test]
fn a_patch_merges_and_an_update_replaces_the_settings() {
    let mut caller = with_instance();
    caller.change(Method::Patch, DB, json!({"settings": {"userLabels": {"a": "b"}}}));
    assert_eq!(caller.get(DB).1["settings"]["tier"], "db-f1-micro");
    let mut whole = caller.get(DB).1;
    whole["settings"].as_object_mut().unwrap().shift_remove("userLabels");
    caller.change(Method::Put, DB, whole);
    assert!(caller.get(DB).1["settings"].get("userLabels").is_none());
}

#[test]
fn a_tier_that_the_edition_does_not_have_is_refused() {
    let mut caller = caller();
    for (body, status) in [
        (with_settings("POSTGRES_15", json!({"edition": "ENTERPRISE_PLUS"})), 400),
        // From 16 on the edition is ENTERPRISE_PLUS where nothing is said.
        (with_settings("POSTGRES_16", json!({"edition": null})), 400),
        (with_settings("POSTGRES_16", json!({"edition": "ENTERPRISE"})), 200),
    ] {
        let answer = caller.send(Method::Post, INSTANCES, body.clone());
        assert_eq!(answer.0, status, "{body} {}", answer.1);
    }
}

#[test]
fn what_cannot_be_taken_back_is_refused() {
    let mut caller = caller();
    caller.change(Method::Post, INSTANCES, with_settings("POSTGRES_15", json!({"dataDiskSizeGb": "20"})));
    for change in [
        json!({"settings": {"dataDiskSizeGb": "10"}}),
        json!({"databaseVersion": "POSTGRES_14"}),
        json!({"region": "us-east1"}),
    ] {
        assert_eq!(caller.send(Method::Patch, DB, change.clone()).0, 400, "{change}");
    }
}

#[test]
fn the_name_of_a_deleted_instance_is_blocked_for_a_week() {
    let mut caller = with_instance();
    let done = caller.change(Method::Delete, DB, Json::Null);
    assert_eq!(done["operationType"], "DELETE");
    assert_eq!(caller.get(DB).0, 404);
    caller.pass(6 * 24);
    let refused = caller.send(Method::Post, INSTANCES, instance());
    assert_eq!(reason(&refused), (409, "instanceAlreadyExists"));
    assert!(refused.1["error"]["message"].as_str().unwrap().contains("one week"), "{}", refused.1);
    caller.pass(2 * 24);
    assert_eq!(caller.send(Method::Post, INSTANCES, instance()).0, 200);
}

#[test]
fn deletion_protection_holds_until_it_is_switched_off() {
    let mut caller = caller();
    caller.change(Method::Post, INSTANCES, with_settings("POSTGRES_15", json!({"deletionProtectionEnabled": true})));
    let refused = caller.send(Method::Delete, DB, Json::Null);
    assert_eq!(refused.0, 400);
    assert!(refused.1["error"]["message"].as_str().unwrap().contains("protected"), "{}", refused.1);
    caller.change(Method::Patch, DB, json!({"settings": {"deletionProtectionEnabled": false}}));
    caller.change(Method::Delete, DB, Json::Null);
    assert_eq!(caller.get(DB).0, 404);
}

#[test]
fn an_endpoint_is_accepted_from_allowed_projects_and_closed_with_the_instance() {
    let mut caller = caller();
    with_address(&mut caller, "10.0.0.0/24");
    let mut body = instance();
    body["settings"]["ipConfiguration"]["pscConfig"]["allowedConsumerProjects"] = json!(["another-project"]);
    caller.change(Method::Post, INSTANCES, body);
    let target = caller.get(DB).1["pscServiceAttachmentLink"].clone();
    let rule = json!({
        "name": "endpoint", "target": target, "loadBalancingScheme": "",
        "IPAddress": format!("projects/{PROJECT}/regions/us-central1/addresses/ip"),
        "network": format!("projects/{PROJECT}/global/networks/net"),
    });
    caller.change(Method::Post, RULES, rule);
    let endpoint = format!("{RULES}/endpoint");
    assert_eq!(caller.get(&endpoint).1["pscConnectionStatus"], "PENDING");
    let allow = json!({"settings": {"ipConfiguration": {"pscConfig": {"allowedConsumerProjects": [caller.number()]}}}});
    caller.change(Method::Patch, DB, allow);
    let (_, accepted) = caller.get(&endpoint);
    assert_eq!(accepted["pscConnectionStatus"], "ACCEPTED");
    assert!(accepted["pscConnectionId"].is_string() && accepted.get("loadBalancingScheme").is_none(), "{accepted}");
    caller.change(Method::Delete, DB, Json::Null);
    assert_eq!(caller.get(&endpoint).1["pscConnectionStatus"], "CLOSED");
}

#[test]
fn users_and_databases_are_done_at_once_and_passwords_never_come_back() {
    let mut caller = with_instance();
    let users = format!("{DB}/users");
    let (_, begun) = caller.send(Method::Post, &users, json!({"name": "app", "password": "secret-word"}));
    assert_eq!((&begun["operationType"], &begun["status"]), (&json!("CREATE_USER"), &json!("DONE")));
    let twice = caller.send(Method::Post, &users, json!({"name": "app", "password": "x"}));
    assert_eq!(twice.0, 409);
    let account = json!({"name": "prefect-sa@demo-project-1.iam", "type": "CLOUD_IAM_SERVICE_ACCOUNT"});
    assert_eq!(caller.send(Method::Post, &users, account).0, 200);
    let with_password = json!({"name": "b@demo-project-1.iam", "type": "CLOUD_IAM_SERVICE_ACCOUNT", "password": "x"});
    assert_eq!(caller.send(Method::Post, &users, with_password).0, 400);
    let (_, listed) = caller.get(&users);
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    assert!(!listed.to_string().contains("secret-word"), "{listed}");
    let (_, deleted) = caller.send(Method::Delete, &format!("{users}?name=app"), Json::Null);
    let link = "https://sqladmin.googleapis.com/sql/v1beta4/projects/demo-project-1/instances/prefect-db";
    assert_eq!((&deleted["operationType"], &deleted["targetLink"]), (&json!("DELETE_USER"), &json!(link)));
    let databases = format!("{DB}/databases");
    let (_, begun) = caller.send(Method::Post, &databases, json!({"name": "prefect"}));
    assert_eq!(begun["targetLink"], format!("{link}/databases/prefect"));
    assert_eq!(caller.send(Method::Post, &databases, json!({"name": "prefect"})).0, 400);
    let (_, deleted) = caller.send(Method::Delete, &format!("{databases}/prefect"), Json::Null);
    assert_eq!(deleted["targetLink"], link);
}

#[test]
fn operations_of_an_instance_are_listed_latest_first() {
    let mut caller = with_instance();
    caller.pass(1);
    caller.send(Method::Post, &format!("{DB}/databases"), json!({"name": "a"}));
    let (_, page) =
        caller.get("sqladmin/sql/v1beta4/projects/demo-project-1/operations?instance=prefect-db&maxResults=1");
    assert_eq!(page["items"][0]["operationType"], "CREATE_DATABASE");
    let rest = format!(
        "sqladmin/sql/v1beta4/projects/demo-project-1/operations?instance=prefect-db&pageToken={}",
        page["nextPageToken"].as_str().unwrap()
    );
    let (_, rest) = caller.get(&rest);
    assert_eq!(
        rest["items"].as_array().unwrap().iter().map(|one| &one["operationType"]).collect::<Vec<_>>(),
        ["CREATE"]
    );
}
