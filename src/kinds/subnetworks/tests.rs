//! Subnetworks: requests, checks, what Google holds.

use super::*;
use crate::kinds::descriptor_calls::tests::{Step, shown};
use crate::kinds::{recorded, row};
use crate::wire::ApiError;

const SUBNETWORKS: &str = "compute.googleapis.com/compute/v1/projects/p/regions/r/subnetworks";

#[test]
fn recorded_answers_lose_nothing_and_differ_in_nothing_from_their_entries() {
    let answers = include_str!("../../../tests/recorded/subnetworks.jsonl");
    recorded::shapes_lose_nothing(&row::<Subnetwork>(), answers);
    // The names of ranges hold the recordings' placeholder.
    let answers = answers.replace("${uniqueId}", "x");
    recorded::entries_differ_in_nothing(&row::<Subnetwork>(), &answers, |_| Step::new("s").place);
}

#[test]
fn a_create_sends_what_the_file_says() {
    let desired =
        json!({"network": "projects/p/global/networks/n", "ipCidrRange": "10.0.0.0/24", "privateIpGoogleAccess": true});
    let step = Step::new("s").desired(desired.clone());
    let mut body = desired;
    body["name"] = json!("s");
    assert_eq!(
        shown(Subnetwork::calls(&step.input(Action::Create))),
        json!([{"label": "create", "request": format!("POST {SUBNETWORKS}"), "body": body}])
    );
}

#[test]
fn each_field_goes_through_its_own_call_and_the_patch_takes_a_fresh_fingerprint_behind_them() {
    // recordings compute/subnetwork-update-2024-06: setPrivateIpGoogleAccess takes no fingerprint
    let live = json!({"ipCidrRange": "10.0.0.0/24", "privateIpGoogleAccess": false, "fingerprint": "F=",
        "secondaryIpRanges": [{"rangeName": "gke", "ipCidrRange": "10.8.0.0/14"}]});
    let desired = json!({"ipCidrRange": "10.0.0.0/23", "privateIpGoogleAccess": true,
        "secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": "10.4.0.0/14"}]});
    let step = Step::new("s").desired(desired).live(live).changed(&[
        "secondaryIpRanges[rangeName=pods]",
        "privateIpGoogleAccess",
        "ipCidrRange",
    ]);
    assert_eq!(
        shown(Subnetwork::calls(&step.input(Action::Update))),
        json!([
            {"label": "grow the range", "request": format!("POST {SUBNETWORKS}/s/expandIpCidrRange"),
             "body": {"ipCidrRange": "10.0.0.0/23"}},
            {"label": "set Google access", "request": format!("POST {SUBNETWORKS}/s/setPrivateIpGoogleAccess"),
             "body": {"privateIpGoogleAccess": true}},
            {"label": "update", "request": format!("PATCH {SUBNETWORKS}/s"), "fresh": [["fingerprint", "fingerprint"]],
             "body": {"secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": "10.4.0.0/14"},
                {"rangeName": "gke", "ipCidrRange": "10.8.0.0/14"}], "fingerprint": "F="}},
        ])
    );
}

#[test]
fn a_patch_alone_carries_the_fingerprint_as_read() {
    let step = Step::new("s")
        .desired(json!({"logConfig": {"enable": true}}))
        .live(json!({"fingerprint": "F=", "logConfig": {"enable": false}, "enableFlowLogs": false}))
        .changed(&["logConfig.enable"]);
    assert_eq!(
        shown(Subnetwork::calls(&step.input(Action::Update))),
        json!([{"label": "update", "request": format!("PATCH {SUBNETWORKS}/s"),
            "body": {"logConfig": {"enable": true}, "fingerprint": "F="}}])
    );
}

#[test]
fn dropped_google_access_goes_back_to_off() {
    let step = Step::new("s")
        .desired(json!({}))
        .live(json!({"privateIpGoogleAccess": true}))
        .removed(&["privateIpGoogleAccess"]);
    assert_eq!(
        shown(Subnetwork::calls(&step.input(Action::Update)))[0]["body"],
        json!({"privateIpGoogleAccess": false})
    );
}

#[test]
fn a_range_that_does_not_grow_is_a_replacement() {
    let replaces = |live: &str, wanted: &str| {
        let step = Step::new("s").desired(json!({"ipCidrRange": wanted})).live(json!({"ipCidrRange": live}));
        Subnetwork::replaces(&step.input(Action::Update))
    };
    assert!(replaces("10.0.0.0/24", "10.0.0.0/23").is_empty());
    assert_eq!(replaces("10.0.0.0/24", "10.0.0.0/25"), [DocPath::keys("ipCidrRange")]);
}

#[test]
fn the_addresses_that_google_holds_are_read_before_a_delete() {
    let step = Step::new("s");
    let lookup = Subnetwork::lookup(&step.place, &step.project, None);
    assert_eq!(
        lookup.extra[0].request.to_string(),
        "GET compute.googleapis.com/compute/v1/projects/p/regions/r/addresses"
    );
    assert_eq!(lookup.extra[0].request.query_value("filter"), Some("purpose = SERVERLESS"));
}

fn refused(message: &str, live: Json) -> Verdict {
    let error = ApiError {
        status: 400,
        canonical: None,
        reason: Some("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE".into()),
        message: message.into(),
        metadata: Vec::new(),
        retry_after_s: None,
    };
    let place = &Step::new("s").place;
    Subnetwork::judge(&Refusal { action: Action::Delete, place, call: "delete", error: &error, live: Some(&live) })
}

#[test]
fn googles_own_addresses_hold_a_subnetwork_and_others_fail_it() {
    let message = |user: &str| {
        format!(
            "The subnetwork resource 'projects/p/regions/r/subnetworks/s' is already being used by 'projects/p/{user}'"
        )
    };
    let serverless = message("regions/r/addresses/serverless-ipv4-123");
    let Verdict::Held(held) = refused(&serverless, json!({})) else { panic!("not held") };
    assert!(held.message.contains("`serverless-ipv4-123`") && held.label.unwrap().contains("75 to 130 minutes"));
    let Verdict::Failed(failed) = refused(&message("zones/z/instances/vm"), json!({})) else { panic!("not failed") };
    assert!(failed.message.contains("`instances/vm`"), "{}", failed.message);
}

#[test]
fn addresses_that_were_read_count_more_than_googles_words() {
    let live = json!({"addresses": {"items": [
        {"name": "serverless-ipv4-1", "purpose": "SERVERLESS",
         "subnetwork": "https://www.googleapis.com/compute/v1/projects/p/regions/r/subnetworks/s"},
        {"name": "serverless-ipv4-2", "purpose": "SERVERLESS",
         "subnetwork": "https://www.googleapis.com/compute/v1/projects/p/regions/r/subnetworks/other-s"}]}});
    let Verdict::Held(held) = refused("in use", live) else { panic!("not held") };
    assert!(held.message.contains("`serverless-ipv4-1`") && !held.message.contains("-2`"));
}

#[test]
fn offline_faults_name_their_field() {
    let check = |json: Json| {
        let (doc, step) = (Doc::from(&json), Step::new("s"));
        let faults = Subnetwork::check(&CheckInput { place: &step.place, doc: &doc });
        faults.into_iter().map(|fault| fault.field.unwrap().to_string()).collect::<Vec<_>>()
    };
    let with = |field: &str, value: Json| {
        let mut json = json!({"ipCidrRange": "10.0.0.0/24"});
        json[field] = value;
        check(json)
    };
    assert_eq!(check(json!({})), ["ipCidrRange"]);
    assert!(check(json!({"ipCidrRange": "10.0.0.0/24"})).is_empty());
    assert_eq!(check(json!({"ipCidrRange": "10.0.0.1/24"})), ["ipCidrRange"]);
    assert_eq!(check(json!({"ipCidrRange": "10.0.0.0/30"})), ["ipCidrRange"]);
    assert_eq!(with("stackType", json!("IPV4_IPV6")), ["stackType"]);
    assert_eq!(with("ipv6AccessType", json!("INTERNAL")), ["ipv6AccessType"]);
    assert_eq!(with("role", json!("ACTIVE")), ["role"]);
    assert_eq!(with("logConfig", json!({"flowSampling": 1.5})), ["logConfig.flowSampling"]);
    assert_eq!(with("logConfig", json!({"metadataFields": ["x"]})), ["logConfig.metadataFields"]);
    let pods = |range: &str| json!({"rangeName": "pods", "ipCidrRange": range});
    assert_eq!(
        with("secondaryIpRanges", json!([pods("10.4.0.0/14"), pods("10.8.0.0/14")])),
        ["secondaryIpRanges[1].rangeName"]
    );
    assert_eq!(with("secondaryIpRanges", json!([pods("10.0.0.0/16")])), ["secondaryIpRanges[0].ipCidrRange"]);
}
