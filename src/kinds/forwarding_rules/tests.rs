//! Forwarding rules: requests, checks, what a connection's state means.

use super::*;
use crate::kinds::descriptor_calls::tests::{Step, shown};
use crate::kinds::{recorded, row};
use crate::model::{Address, DocPath};

const RULES_URL: &str = "compute.googleapis.com/compute/v1/projects/p/regions/r/forwardingRules";
const ATTACHMENT: &str = "projects/tp/regions/r/serviceAttachments/a-1";
const RESERVED: &str = "projects/p/regions/r/addresses/ip";

fn endpoint() -> Json {
    json!({"network": "projects/p/global/networks/n", "address": RESERVED, "target": ATTACHMENT})
}

#[test]
fn recorded_answers_lose_nothing_and_differ_in_nothing_from_their_entries() {
    let answers = include_str!("../../../tests/recorded/forwardingRules.jsonl");
    recorded::shapes_lose_nothing(&row::<ForwardingRule>(), answers);
    recorded::entries_differ_in_nothing(&row::<ForwardingRule>(), answers, |_| Step::new("e").place);
}

#[test]
fn an_endpoint_says_that_it_is_no_load_balancer() {
    let step = Step::new("e").desired(endpoint());
    assert_eq!(
        shown(ForwardingRule::calls(&step.input(Action::Create))),
        json!([
            {"label": "create", "request": format!("POST {RULES_URL}"), "body": {"name": "e", "IPAddress": RESERVED,
                "network": "projects/p/global/networks/n", "target": ATTACHMENT, "loadBalancingScheme": ""}},
            {"label": "set labels", "request": format!("POST {RULES_URL}/e/setLabels"),
                "body": {"labels": {"stackctl-stack": "demo"}}, "fresh": [["labelFingerprint", "labelFingerprint"]]},
        ])
    );
}

#[test]
fn another_attachment_replaces_the_rule_and_another_proxy_does_not() {
    let live = json!({"target": "https://www.googleapis.com/compute/v1/projects/tp/regions/r/serviceAttachments/old",
        "labels": {"stackctl-stack": "demo"}, "fingerprint": "F="});
    let step = Step::new("e").desired(endpoint()).live(live).changed(&["target"]);
    assert_eq!(ForwardingRule::replaces(&step.input(Action::Update)), [DocPath::keys("target")]);
    let labels: Vec<_> = shown(ForwardingRule::calls(&step.input(Action::Update)))
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["label"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(labels, ["delete", "create", "set labels"]);

    let proxy = |name: &str| format!("projects/p/regions/r/targetHttpProxies/{name}");
    let live = json!({"target": proxy("old"), "labels": {"stackctl-stack": "demo"}, "fingerprint": "F=",
        "allowGlobalAccess": false});
    let desired = json!({"target": proxy("new"), "loadBalancingScheme": "INTERNAL_MANAGED", "allowGlobalAccess": true});
    let step = Step::new("e").desired(desired).live(live).changed(&["target", "allowGlobalAccess"]);
    assert!(ForwardingRule::replaces(&step.input(Action::Update)).is_empty());
    // recordings compute/forwardingrule-http-cassette-2024-04-16: setTarget changes the fingerprint
    assert_eq!(
        shown(ForwardingRule::calls(&step.input(Action::Update))),
        json!([
            {"label": "set target", "request": format!("POST {RULES_URL}/e/setTarget"), "body": {"target": proxy("new")}},
            {"label": "update", "request": format!("PATCH {RULES_URL}/e"),
             "body": {"allowGlobalAccess": true, "fingerprint": "F="}, "fresh": [["fingerprint", "fingerprint"]]},
        ])
    );
}

#[test]
fn the_reserved_address_is_recognised_by_its_ip() {
    let step = Step::new("e").desired(endpoint());
    let lookup = ForwardingRule::lookup(&step.place, &step.project, step.desired.as_ref());
    assert_eq!(lookup.extra[0].request.to_string(), format!("GET compute.googleapis.com/compute/v1/{RESERVED}"));
    let live = |ip: &str| Live {
        api: json!({"IPAddress": "10.0.0.5"}),
        policy: None,
        extra: vec![("address", Some(json!({"address": ip, "selfLink": format!("https://x/compute/v1/{RESERVED}")})))],
    };
    let file = ForwardingRule::to_file(&step.place, &live("10.0.0.5"));
    assert_eq!(file.dig_str("address"), Some(format!("https://x/compute/v1/{RESERVED}").as_str()));
    assert_eq!(ForwardingRule::to_file(&step.place, &live("10.0.0.6")).get("address"), None);
}

#[test]
fn a_connection_that_is_not_accepted_fails_with_the_way_out() {
    let step = Step::new("e");
    let verify =
        |api: Json| ForwardingRule::verify(&step.input(Action::Create), &Live { api, policy: None, extra: Vec::new() });
    assert!(verify(json!({})).is_ok() && verify(json!({"pscConnectionStatus": "ACCEPTED"})).is_ok());
    for (status, way) in
        [("PENDING", "allowedConsumerProjects"), ("CLOSED", "replaces the rule"), ("REJECTED", "reject list")]
    {
        let fault = verify(json!({"pscConnectionStatus": status})).unwrap_err();
        assert!(fault.message.contains(status) && fault.hint.unwrap().contains(way), "{status}");
    }
    assert!(verify(json!({"pscConnectionStatus": "NEEDS_ATTENTION"})).is_err());
}

fn check(json: Json) -> Vec<String> {
    let (doc, step) = (Doc::from(&json), Step::new("e"));
    let faults = ForwardingRule::check(&CheckInput { place: &step.place, doc: &doc });
    faults.into_iter().map(|fault| fault.field.unwrap().to_string()).collect()
}

#[test]
fn offline_faults_name_their_field() {
    let with = |mut json: Json, field: &str, value: Json| {
        json[field] = value;
        check(json)
    };
    assert!(check(endpoint()).is_empty());
    assert_eq!(check(json!({"target": ATTACHMENT})), ["network", "address"]);
    assert_eq!(check(json!({})), ["target"]);
    assert_eq!(with(endpoint(), "ports", json!(["80"])), ["ports"]);
    assert_eq!(with(endpoint(), "IPAddress", json!("10.0.0.5")), ["IPAddress"]);
    assert_eq!(with(endpoint(), "target", json!("projects/tp/regions/other/serviceAttachments/a")), ["target"]);
    let balancer =
        || json!({"backendService": "projects/p/regions/r/backendServices/b", "loadBalancingScheme": "INTERNAL"});
    assert!(check(balancer()).is_empty());
    assert_eq!(with(balancer(), "target", json!("projects/p/regions/r/targetHttpProxies/x")), ["backendService"]);
    assert_eq!(with(balancer(), "ports", json!(["0", "1", "2", "3", "4", "5"])), ["ports", "ports[0]"]);
    assert_eq!(with(balancer(), "portRange", json!("90-80")), ["portRange"]);
    assert_eq!(with(balancer(), "networkTier", json!("STANDARD")), ["networkTier"]);
    assert_eq!(with(balancer(), "IPAddress", json!("projects/x")), ["IPAddress"]);
    let mut both = balancer();
    both["allPorts"] = json!(true);
    assert_eq!(with(both, "ports", json!(["80"])), ["allPorts"]);
}

#[test]
fn an_attachment_that_is_not_known_yet_makes_an_endpoint() {
    use crate::model::{Reference, Template};
    let output = DocPath::keys("pscServiceAttachmentLink");
    let address = Address::new("sqlInstances", "db");
    let mut doc = Doc::from(&json!({"network": "n", "address": RESERVED}));
    doc.put("target", Doc::Unknown(Template::whole(Reference::Output { address, output })));
    assert!(is_endpoint(&doc));
    let step = Step::new("e");
    assert!(ForwardingRule::check(&CheckInput { place: &step.place, doc: &doc }).is_empty());
    doc.put("loadBalancingScheme", Doc::from("INTERNAL"));
    assert!(!is_endpoint(&doc));
}
