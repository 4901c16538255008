//! The laws over recorded answers, each call's request, each check.

use serde_json::{Value as Json, json};

use super::*;
use crate::kinds::call::Payloads;
use crate::kinds::descriptor_calls::tests::{Step, shown};
use crate::kinds::{Row, recorded, row};
use crate::model::Severity;
use crate::wire::ApiError;

const ROW: Row = row::<SqlInstances>();
const RECORDED: &str = include_str!("../../../../tests/recorded/sqlInstances.jsonl");

fn place(name: &str) -> Place {
    let values = [("project", "p"), ("location", "us-central1"), ("name", name)];
    Place { values: values.map(|(key, value)| (key.to_owned(), value.to_owned())).into() }
}

#[test]
fn recorded_answers_come_back_as_they_were() {
    recorded::shapes_lose_nothing(&ROW, RECORDED);
}

#[test]
fn an_entry_for_a_recorded_answer_has_nothing_to_change() {
    recorded::entries_differ_in_nothing(&ROW, RECORDED, |answer| {
        let mut place = place(answer["name"].as_str().unwrap());
        place.values.insert("location".into(), answer["region"].as_str().unwrap().into());
        place.values.insert("project".into(), answer["project"].as_str().unwrap().into());
        place
    });
}

#[test]
fn the_file_leaves_settings_out_and_numbers_are_numbers() {
    let api = json!({"name": "db", "databaseVersion": "POSTGRES_18", "masterInstanceName": "p:main", "brandNew": 1,
        "settings": {"tier": "db-f1-micro", "kind": "sql#settings", "dataDiskSizeGb": "10",
                     "databaseFlags": [{"name": "a.b", "value": "on"}]}});
    let file = SqlInstances::to_file(&place("db"), &recorded::live(&api));
    let expected = json!({"name": "db", "databaseVersion": "POSTGRES_18", "masterInstanceName": "main",
        "settings": {"kind": "sql#settings"}, "tier": "db-f1-micro", "dataDiskSizeGb": 10,
        "databaseFlags": {"a.b": "on"}});
    assert_eq!(file, Doc::from(&expected));
}

#[derive(Debug)]
struct Password;
impl Payloads for Password {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        (name == "rootPassword").then(|| b"hush\n".to_vec())
    }
}

fn tutorial() -> Json {
    json!({"databaseVersion": "POSTGRES_18", "edition": "ENTERPRISE", "tier": "db-f1-micro",
        "availabilityType": "ZONAL", "dataApiAccess": "ALLOW_DATA_API", "region": "us-central1",
        "databaseFlags": {"cloudsql.iam_authentication": "on"},
        "ipConfiguration": {"ipv4Enabled": false, "sslMode": "ENCRYPTED_ONLY",
            "pscConfig": {"pscEnabled": true, "allowedConsumerProjects": ["p"]}}})
}

fn live_db() -> Json {
    json!({"name": "db", "kind": "sql#instance", "databaseVersion": "POSTGRES_17", "region": "us-central1",
        "instanceType": "CLOUD_SQL_INSTANCE", "maintenanceVersion": "POSTGRES_17_1.R2026", "state": "RUNNABLE",
        "connectionName": "p:us-central1:db", "etag": "e", "replicationCluster": {"drReplica": false},
        "settings": {"kind": "sql#settings", "tier": "db-g1-small", "edition": "ENTERPRISE", "settingsVersion": "7",
            "dataDiskSizeGb": "10", "pricingPlan": "PER_USE", "userLabels": {"theirs": "x"},
            "databaseFlags": [{"name": "theirs", "value": "1"}, {"name": "ours", "value": "2"}],
            "ipConfiguration": {"ipv4Enabled": true, "requireSsl": false},
            "backupConfiguration": {"kind": "sql#backupConfiguration", "startTime": "03:00", "backupTier": "STANDARD"}}})
}

#[test]
fn create_posts_settings_name_region_label_and_password() {
    let mut wanted = tutorial();
    wanted["rootPassword"] = json!({"env": "PW"});
    wanted["dataDiskSizeGb"] = json!(20);
    wanted["passwordValidationPolicy"] = json!({"passwordChangeInterval": "1d"});
    let step = Step::new("db").desired(wanted);
    let input = StepInput { payloads: &Password, ..step.input(Action::Create) };
    assert_eq!(
        shown(SqlInstances::calls(&input)),
        json!([{"label": "create", "request": "POST sqladmin.googleapis.com/v1/projects/p/instances", "body": {
            "databaseVersion": "POSTGRES_18", "region": "us-central1", "name": "db", "rootPassword": "hush",
            "settings": {"edition": "ENTERPRISE", "tier": "db-f1-micro", "availabilityType": "ZONAL",
                "dataApiAccess": "ALLOW_DATA_API", "dataDiskSizeGb": "20",
                "databaseFlags": [{"name": "cloudsql.iam_authentication", "value": "on"}],
                "ipConfiguration": {"ipv4Enabled": false, "sslMode": "ENCRYPTED_ONLY",
                    "pscConfig": {"pscEnabled": true, "allowedConsumerProjects": ["p"]}},
                "passwordValidationPolicy": {"passwordChangeInterval": "86400s"},
                "userLabels": {"stackctl-stack": "demo"}}}}])
    );
}

#[test]
fn a_password_that_is_not_at_hand_stops_the_step_before_any_request() {
    let step = Step::new("db").desired(json!({"tier": "t", "rootPassword": {"env": "PW"}}));
    let fault = SqlInstances::calls(&step.input(Action::Create)).unwrap_err();
    assert_eq!(fault.code, "no-payload");
}

#[test]
fn an_update_puts_the_live_instance_with_the_file_laid_over_it() {
    let step = Step::new("db")
        .live(live_db())
        .desired(json!({"databaseVersion": "POSTGRES_17", "tier": "db-f1-micro",
            "databaseFlags": {"more": "3"}, "region": "us-central1"}))
        .changed(&["tier", "databaseFlags.more"])
        .removed(&["databaseFlags.ours"]);
    assert_eq!(
        shown(SqlInstances::calls(&step.input(Action::Update))),
        json!([{"label": "update", "request": "PUT sqladmin.googleapis.com/v1/projects/p/instances/db", "body": {
            "name": "db", "databaseVersion": "POSTGRES_17", "region": "us-central1",
            "instanceType": "CLOUD_SQL_INSTANCE", "maintenanceVersion": "POSTGRES_17_1.R2026",
            "settings": {"tier": "db-f1-micro", "edition": "ENTERPRISE", "dataDiskSizeGb": "10",
                "pricingPlan": "PER_USE", "userLabels": {"theirs": "x", "stackctl-stack": "demo"},
                "databaseFlags": [{"name": "theirs", "value": "1"}, {"name": "more", "value": "3"}],
                "ipConfiguration": {"ipv4Enabled": true}, "backupConfiguration": {"startTime": "03:00"},
                "settingsVersion": "7"}}}])
    );
}

#[test]
fn a_version_goes_up_first_and_alone() {
    let step = Step::new("db")
        .live(live_db())
        .desired(json!({"databaseVersion": "POSTGRES_18", "tier": "db-f1-micro",
            "includeReplicasForMajorVersionUpgrade": true, "userLabels": {"stackctl-stack": "demo"}}))
        .changed(&["databaseVersion", "tier"]);
    let calls = shown(SqlInstances::calls(&step.input(Action::Update)));
    assert_eq!(
        calls[0],
        json!({"label": "upgrade", "request": "PATCH sqladmin.googleapis.com/v1/projects/p/instances/db",
            "body": {"databaseVersion": "POSTGRES_18", "includeReplicasForMajorVersionUpgrade": true}})
    );
    assert_eq!(calls[1]["request"], "PUT sqladmin.googleapis.com/v1/projects/p/instances/db");
    assert_eq!(
        calls[1]["fresh"],
        json!([["settings.settingsVersion", "settings.settingsVersion"], ["maintenanceVersion", "maintenanceVersion"]])
    );
}

#[test]
fn a_version_alone_needs_no_put() {
    let mut live = live_db();
    live["settings"]["userLabels"] = json!({"stackctl-stack": "demo"});
    let step =
        Step::new("db").live(live).desired(json!({"databaseVersion": "POSTGRES_18"})).changed(&["databaseVersion"]);
    assert_eq!(shown(SqlInstances::calls(&step.input(Action::Update))).as_array().unwrap().len(), 1);
}

#[test]
fn a_new_password_is_the_first_user_s() {
    for (version, query) in
        [("POSTGRES_17", "name=postgres"), ("MYSQL_8_4", "name=root&host=%"), ("SQLSERVER_2022_WEB", "name=sqlserver")]
    {
        let mut live = live_db();
        live["databaseVersion"] = json!(version);
        live["settings"]["userLabels"] = json!({"stackctl-stack": "demo"});
        let step = Step::new("db")
            .live(live)
            .desired(json!({"databaseVersion": version, "rootPassword": {"env": "PW"}}))
            .changed(&["rootPassword"]);
        let input = StepInput { payloads: &Password, ..step.input(Action::Update) };
        let calls = shown(SqlInstances::calls(&input));
        assert_eq!(calls.as_array().unwrap().len(), 1);
        assert_eq!(
            calls[0]["request"],
            format!("PUT sqladmin.googleapis.com/v1/projects/p/instances/db/users?{query}")
        );
        assert_eq!(calls[0]["body"]["password"], "hush");
    }
}

#[test]
fn a_delete_takes_a_last_backup_unless_told_otherwise() {
    let step = Step::new("db").live(live_db());
    let take = StepInput { final_backup: FinalBackup::Take, ..step.input(Action::Delete) };
    let base = "DELETE sqladmin.googleapis.com/v1/projects/p/instances/db";
    let request = |input: &StepInput<'_>| shown(SqlInstances::calls(input))[0]["request"].as_str().unwrap().to_owned();
    assert_eq!(
        request(&take),
        format!(
            "{base}?enableFinalBackup=true&finalBackupTtlDays=30&finalBackupDescription=Taken by stackctl before it deleted db"
        )
    );
    assert_eq!(request(&step.input(Action::Delete)), base);

    let mut live = live_db();
    live["settings"]["finalBackupConfig"] = json!({"enabled": true, "retentionDays": 90});
    let step = Step::new("db").live(live);
    assert_eq!(request(&step.input(Action::Delete)), format!("{base}?enableFinalBackup=false"));
    let take = StepInput { final_backup: FinalBackup::Take, ..step.input(Action::Delete) };
    assert!(request(&take).contains("finalBackupTtlDays=90"));

    let mut live = live_db();
    live["instanceType"] = json!("READ_REPLICA_INSTANCE");
    let step = Step::new("db").live(live);
    let take = StepInput { final_backup: FinalBackup::Take, ..step.input(Action::Delete) };
    assert_eq!(request(&take), base, "a replica has no backups");
}

#[test]
fn a_protected_instance_is_not_deleted_and_the_way_out_is_named() {
    let mut live = live_db();
    live["settings"]["deletionProtectionEnabled"] = json!(true);
    let step = Step::new("db").live(live);
    let objections = SqlInstances::objections(&step.input(Action::Delete));
    assert_eq!(objections[0].code, "deletion-protected");
    assert!(objections[0].hint.as_ref().unwrap().contains("deletionProtectionEnabled: false"));
    assert_eq!(SqlInstances::calls(&step.input(Action::Delete)).unwrap_err().code, "deletion-protected");
    assert_eq!(SqlInstances::objections(&Step::new("db").live(live_db()).input(Action::Delete)), []);
}

#[test]
fn an_sql_server_is_not_made_without_a_password() {
    let wanted = json!({"databaseVersion": "SQLSERVER_2022_WEB", "tier": "db-custom-2-7680"});
    let step = Step::new("db").desired(wanted.clone());
    assert_eq!(SqlInstances::objections(&step.input(Action::Create))[0].code, "needs-password");
    let mut with_password = wanted;
    with_password["rootPassword"] = json!({"env": "PW"});
    assert_eq!(SqlInstances::objections(&Step::new("db").desired(with_password).input(Action::Create)), []);
    assert_eq!(SqlInstances::objections(&Step::new("db").desired(tutorial()).input(Action::Create)), []);
}

#[test]
fn versions_and_editions_do_not_go_down() {
    let codes = |wanted: Json, live: Json| {
        let step = Step::new("db").live(live).desired(wanted);
        let objections = SqlInstances::objections(&step.input(Action::Update));
        objections.into_iter().map(|fault| fault.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(json!({"databaseVersion": "POSTGRES_16"}), live_db()), ["version-down"]);
    assert_eq!(codes(json!({"databaseVersion": "MYSQL_8_4"}), live_db()), ["version-down"]);
    assert_eq!(codes(json!({"databaseVersion": "POSTGRES_18", "edition": "ENTERPRISE"}), live_db()), [""; 0]);
    let mut plus = live_db();
    plus["settings"]["edition"] = json!("ENTERPRISE_PLUS");
    assert_eq!(codes(json!({"edition": "ENTERPRISE"}), plus), ["edition-down"]);
}

fn refusal<'a>(
    place: &'a Place,
    error: &'a ApiError,
    action: Action,
    call: &'static str,
    live: Option<&'a Json>,
) -> Refusal<'a> {
    Refusal { action, place, call, error, live }
}

fn error(status: u16, reason: &str) -> ApiError {
    ApiError {
        status,
        canonical: None,
        reason: Some(reason.to_owned()),
        message: "no".to_owned(),
        metadata: Vec::new(),
        retry_after_s: None,
    }
}

#[test]
fn a_busy_instance_is_waited_for() {
    let (place, error) = (place("db"), error(409, "operationInProgress"));
    let verdict = SqlInstances::judge(&refusal(&place, &error, Action::Update, "update", None));
    assert!(matches!(verdict, Verdict::Retry { .. }));
}

#[test]
fn a_conflict_without_an_instance_is_a_blocked_name() {
    let (place, error, live) = (place("db"), error(409, "instanceAlreadyExists"), live_db());
    let verdict = SqlInstances::judge(&refusal(&place, &error, Action::Create, "create", None));
    let Verdict::Failed(fault) = verdict else { panic!("{verdict:?}") };
    assert_eq!(fault.code, "name-blocked");
    let there = SqlInstances::judge(&refusal(&place, &error, Action::Create, "create", Some(&live)));
    assert_eq!(there, Verdict::General);
}

#[test]
fn a_refused_delete_names_protection_or_replicas() {
    let (place, error) = (place("db"), error(400, "invalid"));
    let code = |live: &Json| match SqlInstances::judge(&refusal(&place, &error, Action::Delete, "delete", Some(live))) {
        Verdict::Failed(fault) => fault.code,
        other => format!("{other:?}"),
    };
    let mut live = live_db();
    assert_eq!(code(&live), "General");
    live["replicaNames"] = json!(["east"]);
    assert_eq!(code(&live), "has-replicas");
    live["settings"]["deletionProtectionEnabled"] = json!(true);
    assert_eq!(code(&live), "deletion-protected");
}

#[test]
fn psc_that_did_not_take_is_a_fault() {
    let step = Step::new("db").desired(tutorial());
    let mut api = live_db();
    assert_eq!(
        SqlInstances::verify(&step.input(Action::Create), &recorded::live(&api)).unwrap_err().code,
        "psc-missing"
    );
    api["pscServiceAttachmentLink"] = json!("projects/x/regions/r/serviceAttachments/a");
    assert_eq!(SqlInstances::verify(&step.input(Action::Create), &recorded::live(&api)), Ok(()));
    api["state"] = json!("FAILED");
    assert_eq!(
        SqlInstances::verify(&step.input(Action::Create), &recorded::live(&api)).unwrap_err().code,
        "instance-failed"
    );
}

#[test]
fn outputs_are_known_or_read() {
    let known = SqlInstances::known_outputs(&place("db"), &ProjectFacts::default(), &Doc::map());
    assert_eq!(known["connectionName"], Doc::from("p:us-central1:db"));
    let api = json!({"ipAddresses": [{"type": "OUTGOING", "ipAddress": "1.1.1.1"}, {"type": "PRIVATE", "ipAddress": "10.0.0.3"},
        {"type": "PRIMARY", "ipAddress": "34.1.1.1"}]});
    let outputs = SqlInstances::live_outputs(&place("db"), &recorded::live(&api));
    assert_eq!(
        Doc::Map(outputs),
        Doc::from(&json!({"ipAddress": "34.1.1.1", "publicIpAddress": "34.1.1.1", "privateIpAddress": "10.0.0.3"}))
    );
    let private = json!({"ipAddresses": [{"type": "PRIVATE", "ipAddress": "10.0.0.3"}]});
    let outputs = SqlInstances::live_outputs(&place("db"), &recorded::live(&private));
    assert_eq!(outputs["ipAddress"], Doc::from("10.0.0.3"));
}

#[test]
fn an_update_says_which_outputs_it_changes() {
    let step = Step::new("db").live(live_db()).changed(&["ipConfiguration.pscConfig.pscEnabled"]);
    assert!(SqlInstances::unsettled(&step.input(Action::Update)).contains(&"pscServiceAttachmentLink"));
    let step = Step::new("db").live(live_db()).changed(&["tier"]);
    assert_eq!(SqlInstances::unsettled(&step.input(Action::Update)), [""; 0]);
}

#[test]
fn consequences_are_in_plain_words() {
    let step = Step::new("db").live(live_db());
    let take = StepInput { final_backup: FinalBackup::Take, ..step.input(Action::Delete) };
    assert_eq!(
        SqlInstances::consequences(&take),
        ["all databases of the instance are lost", "a last backup is taken and kept 30 days"]
    );
    assert_eq!(SqlInstances::consequences(&step.input(Action::Delete))[1], "no last backup is taken");
    let step = Step::new("db").live(live_db()).desired(tutorial()).changed(&["databaseVersion"]);
    assert_eq!(
        SqlInstances::consequences(&step.input(Action::Update)),
        ["the database restarts: open connections break", "a version upgrade cannot be undone"]
    );
}

#[test]
fn the_password_s_source_is_named_for_the_engine() {
    let payloads = SqlInstances::payloads(&Doc::from(&json!({"rootPassword": {"secret": "projects/p/secrets/s"}})));
    assert_eq!(payloads.len(), 1);
    assert_eq!(payloads[0].name, "rootPassword");
    assert_eq!(SqlInstances::payloads(&Doc::from(&tutorial())), []);
}

#[test]
fn names_follow_google_s_rule() {
    for name in ["a", "prefect-db", "db1"] {
        assert_eq!(SqlInstances::check_name(name), Ok(()), "{name}");
    }
    for name in ["", "1db", "Db", "db_1", "-db", &"a".repeat(97)] {
        assert!(SqlInstances::check_name(name).is_err(), "{name}");
    }
}

/// `CODE field` of each finding, errors first by nature of the list's order.
fn findings(doc: Json) -> Vec<String> {
    let doc = Doc::from(&doc);
    let found = SqlInstances::check(&CheckInput { place: &place("db"), doc: &doc });
    for fault in &found {
        assert!(fault.field.is_some(), "{fault:?} names no field");
        assert!(
            fault.severity != Severity::Error || fault.hint.is_some() || fault.label.is_some(),
            "{fault:?} names no way out"
        );
    }
    found.iter().map(|fault| format!("{} {}", fault.code, fault.field.as_ref().unwrap())).collect()
}

fn base(more: Json) -> Json {
    let mut doc = json!({"databaseVersion": "POSTGRES_15", "tier": "db-custom-2-7680"});
    doc.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    doc
}

#[test]
fn the_tutorial_s_instance_is_fine() {
    assert_eq!(findings(tutorial()), [""; 0]);
    assert_eq!(findings(base(json!({}))), [""; 0]);
}

#[test]
fn small_machines_need_the_enterprise_edition_said() {
    let wanted = json!({"databaseVersion": "POSTGRES_18", "tier": "db-f1-micro"});
    let doc = Doc::from(&wanted);
    let found = SqlInstances::check(&CheckInput { place: &place("db"), doc: &doc });
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "`db-f1-micro` needs `edition: ENTERPRISE`: `POSTGRES_18` is `ENTERPRISE_PLUS` unless told otherwise, which does not have it"
    );
    assert!(found[0].hint.as_ref().unwrap().starts_with("write `edition: ENTERPRISE`"));
    assert_eq!(findings(json!({"databaseVersion": "POSTGRES_15", "tier": "db-f1-micro"})), [""; 0]);
    assert_eq!(
        findings(json!({"databaseVersion": "MYSQL_8_0", "tier": "db-g1-small", "edition": "ENTERPRISE_PLUS"})),
        ["tier-needs-enterprise tier"]
    );
}

#[test]
fn tiers_are_held_to_edition_engine_and_shape() {
    let cases = [
        ("POSTGRES_15", "db-perf-optimized-N-8", vec!["tier-needs-plus tier"]),
        ("POSTGRES_16", "db-perf-optimized-N-8", vec![]),
        ("POSTGRES_16", "db-perf-optimized-8", vec!["bad-tier tier"]),
        ("POSTGRES_15", "db-custom-3-7680", vec!["bad-tier tier"]),
        ("POSTGRES_15", "db-custom-2-7700", vec!["bad-tier tier"]),
        ("POSTGRES_15", "db-custom-2-512", vec!["bad-tier tier"]),
        ("POSTGRES_15", "db-custom-2", vec!["bad-tier tier"]),
        ("POSTGRES_15", "db-custom-1-3840", vec![]),
        ("POSTGRES_15", "db-custom-96-638976", vec![]),
        ("POSTGRES_15", "db-n1-standard-1", vec![]),
        ("POSTGRES_15", "db-q9-standard-1", vec!["unknown-tier tier"]),
        ("POSTGRES_15", "e2-small", vec!["bad-tier tier"]),
        ("SQLSERVER_2022_WEB", "db-g1-small", vec!["bad-tier tier"]),
    ];
    for (version, tier, expected) in cases {
        assert_eq!(findings(json!({"databaseVersion": version, "tier": tier})), expected, "{version} {tier}");
    }
}

#[test]
fn the_hint_for_a_custom_machine_is_one_that_google_takes() {
    for (tier, hint) in [
        ("db-custom-3-7680", "`db-custom-4-7680`"),
        ("db-custom-2-100", "`db-custom-2-3840`"),
        ("db-custom-1-99999", "`db-custom-1-6656`"),
    ] {
        let doc = Doc::from(&json!({"databaseVersion": "POSTGRES_15", "tier": tier}));
        let found = SqlInstances::check(&CheckInput { place: &place("db"), doc: &doc });
        assert_eq!(found[0].hint.as_deref(), Some(hint), "{tier}");
    }
}

#[test]
fn each_conflict_of_fields_is_found() {
    let cases = [
        (json!({"databaseVersion": "POSTGRES18"}), vec!["bad-version databaseVersion"]),
        (json!({"databaseFlags": {"bad name!": "on"}}), vec!["bad-flag databaseFlags"]),
        (json!({"dataDiskSizeGb": 5}), vec!["out-of-range dataDiskSizeGb"]),
        (json!({"dataDiskSizeGb": 50, "storageAutoResizeLimit": 20}), vec!["limit-below-size storageAutoResizeLimit"]),
        (json!({"dataDiskSizeGb": 50, "storageAutoResizeLimit": 0}), vec![]),
        (json!({"dataDiskProvisionedIops": 3000}), vec!["needs-hyperdisk dataDiskProvisionedIops"]),
        (json!({"dataCacheConfig": {"dataCacheEnabled": true}}), vec!["needs-plus dataCacheConfig.dataCacheEnabled"]),
        (json!({"dataCacheConfig": {"dataCacheEnabled": false}}), vec![]),
        (json!({"timeZone": "UTC"}), vec!["wrong-engine timeZone"]),
        (json!({"rootPassword": {}}), vec!["payload-source rootPassword"]),
        (json!({"rootPassword": {"env": "A", "file": "b"}}), vec!["payload-source rootPassword"]),
        (json!({"nodeCount": 2}), vec!["not-a-replica nodeCount", "not-a-pool nodeCount"]),
        (json!({"masterInstanceName": "m", "instanceType": "READ_POOL_INSTANCE", "nodeCount": 2}), vec![]),
        (
            json!({"masterInstanceName": "m", "backupConfiguration": {"enabled": true}}),
            vec!["replica-backups backupConfiguration.enabled"],
        ),
        (json!({"userLabels": {"Team": "x"}}), vec!["bad-label userLabels.Team"]),
        (
            json!({"locationPreference": {"zone": "europe-west1-b"}}),
            vec!["zone-outside-region locationPreference.zone"],
        ),
        (
            json!({"locationPreference": {"zone": "us-central1-a", "secondaryZone": "us-central1-a"}, "availabilityType": "REGIONAL",
                "backupConfiguration": {"enabled": true, "pointInTimeRecoveryEnabled": true}}),
            vec!["same-zone locationPreference.secondaryZone"],
        ),
        (
            json!({"locationPreference": {"secondaryZone": "us-central1-a"}}),
            vec!["no-second-zone locationPreference.secondaryZone"],
        ),
    ];
    for (more, expected) in cases {
        assert_eq!(findings(base(more.clone())), expected, "{more}");
    }
}

#[test]
fn an_instance_must_be_reachable() {
    let ip = "ipConfiguration";
    let cases = [
        (json!({"ipv4Enabled": false}), vec!["unreachable ipConfiguration.ipv4Enabled"]),
        (json!({"ipv4Enabled": false, "privateNetwork": "projects/p/global/networks/n"}), vec![]),
        (
            json!({"pscConfig": {"pscEnabled": true, "allowedConsumerProjects": ["p"]}}),
            vec!["psc-with-public-address ipConfiguration.ipv4Enabled"],
        ),
        (
            json!({"ipv4Enabled": false, "pscConfig": {"pscEnabled": true}}),
            vec!["psc-without-projects ipConfiguration.pscConfig.allowedConsumerProjects"],
        ),
        (
            json!({"pscConfig": {"allowedConsumerProjects": ["p"]}}),
            vec!["psc-is-off ipConfiguration.pscConfig.allowedConsumerProjects"],
        ),
        (json!({"allocatedIpRange": "r"}), vec!["needs-private-network ipConfiguration.allocatedIpRange"]),
        (json!({"enablePrivatePathForGoogleCloudServices": false}), vec![]),
        (
            json!({"authorizedNetworks": [{"value": "10.0.0.0/33"}]}),
            vec!["bad-cidr ipConfiguration.authorizedNetworks[0].value"],
        ),
        (
            json!({"authorizedNetworks": [{"value": "0.0.0.0/0"}]}),
            vec!["open-to-all ipConfiguration.authorizedNetworks[0].value"],
        ),
        (
            json!({"ipv4Enabled": false, "privateNetwork": "n", "authorizedNetworks": [{"value": "10.0.0.0/8"}]}),
            vec!["no-public-address ipConfiguration.authorizedNetworks"],
        ),
        (json!({"serverCaPool": "x"}), vec!["needs-own-ca ipConfiguration.serverCaPool"]),
        (json!({"serverCaMode": "CUSTOMER_MANAGED_CAS_CA"}), vec!["needs-ca-pool ipConfiguration.serverCaMode"]),
    ];
    for (config, expected) in cases {
        assert_eq!(findings(base(json!({ip: config}))), expected, "{config}");
    }
}

#[test]
fn iam_login_over_clear_text_is_warned_about() {
    let flags = json!({"cloudsql.iam_authentication": "on"});
    assert_eq!(findings(base(json!({"databaseFlags": flags}))), ["clear-text ipConfiguration.sslMode"]);
    let open = json!({"sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"});
    assert_eq!(
        findings(base(json!({"databaseFlags": flags, "ipConfiguration": open}))),
        ["clear-text ipConfiguration.sslMode"]
    );
    assert_eq!(
        findings(base(json!({"databaseFlags": flags, "ipConfiguration": {"sslMode": "ENCRYPTED_ONLY"}}))),
        [""; 0]
    );
}

#[test]
fn backups_maintenance_and_insights_are_checked() {
    let mysql = |more: Json| {
        let mut doc = base(more);
        doc["databaseVersion"] = json!("MYSQL_8_0");
        doc
    };
    assert_eq!(findings(mysql(json!({"availabilityType": "REGIONAL"}))), ["needs-binary-log availabilityType"]);
    let backed_up = json!({"enabled": true, "binaryLogEnabled": true});
    assert_eq!(findings(mysql(json!({"availabilityType": "REGIONAL", "backupConfiguration": backed_up}))), [""; 0]);
    assert_eq!(findings(base(json!({"availabilityType": "REGIONAL"}))), ["needs-point-in-time availabilityType"]);
    let only_backups = json!({"enabled": true});
    assert_eq!(
        findings(base(json!({"availabilityType": "REGIONAL", "backupConfiguration": only_backups}))),
        ["needs-point-in-time availabilityType"]
    );
    let recovers = json!({"enabled": true, "pointInTimeRecoveryEnabled": true});
    assert_eq!(findings(base(json!({"availabilityType": "REGIONAL", "backupConfiguration": recovers}))), [""; 0]);
    let point = json!({"enabled": true, "pointInTimeRecoveryEnabled": true});
    assert_eq!(
        findings(mysql(json!({"backupConfiguration": point}))),
        ["wrong-engine backupConfiguration.pointInTimeRecoveryEnabled"]
    );
    let cases = [
        (
            json!({"backupConfiguration": {"pointInTimeRecoveryEnabled": true}}),
            vec!["needs-backups backupConfiguration.pointInTimeRecoveryEnabled"],
        ),
        (json!({"backupConfiguration": {"startTime": "25:00"}}), vec!["bad-time backupConfiguration.startTime"]),
        (
            json!({"backupConfiguration": {"transactionLogRetentionDays": 8}}),
            vec!["out-of-range backupConfiguration.transactionLogRetentionDays"],
        ),
        (
            json!({"maintenanceWindow": {"day": 0, "hour": 24}}),
            vec!["out-of-range maintenanceWindow.day", "out-of-range maintenanceWindow.hour"],
        ),
        (
            json!({"denyMaintenancePeriods": [{"startDate": "11-31", "endDate": "2027-01-15", "time": "0:00"}]}),
            vec!["bad-date denyMaintenancePeriods[0].startDate", "bad-time denyMaintenancePeriods[0].time"],
        ),
        (
            json!({"insightsConfig": {"queryInsightsEnabled": true, "queryStringLength": 100}}),
            vec!["out-of-range insightsConfig.queryStringLength"],
        ),
        (
            json!({"insightsConfig": {"recordClientAddress": true}}),
            vec!["insights-off insightsConfig.queryInsightsEnabled"],
        ),
    ];
    for (more, expected) in cases {
        assert_eq!(findings(base(more.clone())), expected, "{more}");
    }
}
