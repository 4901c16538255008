use serde_json::{Value as Json, json};

use crate::sandbox::cloud::{Cloud, Settings};
use crate::sandbox::handle::handle;
use crate::sandbox::services::attachments::{self, Attachment};
use crate::sandbox::services::serverless;
use crate::wire::{Method, Request};

const NETWORK: &str = "global/networks/prefect-network";
const SUBNET: &str = "regions/us-central1/subnetworks/prefect-subnet";
const ADDRESS: &str = "regions/us-central1/addresses/prefect-db-ip";
const RULE: &str = "regions/us-central1/forwardingRules/prefect-db-endpoint";
const ATTACHMENT: &str = "projects/tenant-tp/regions/us-central1/serviceAttachments/a-1";

/// A cloud and a caller who waits for each operation.
struct Caller(Cloud);

impl Caller {
    fn new() -> Self {
        let mut cloud = Cloud::new(1, Settings::default());
        cloud.make_project("demo-project-1");
        cloud.set_enabled("demo-project-1", "compute.googleapis.com", "ENABLED");
        Self(cloud)
    }

    fn send(&mut self, method: Method, path: &str, body: Json) -> (u16, Json) {
        let path = format!("/compute/v1/projects/demo-project-1/{path}");
        let mut request = Request::new(method, "compute.googleapis.com", path);
        if !body.is_null() {
            request = request.json(body);
        }
        let response = handle(&mut self.0, "2026-01-01T00:00:00Z".parse().unwrap(), request);
        (response.status, response.body.as_json().cloned().unwrap_or_default())
    }

    fn get(&mut self, path: &str) -> (u16, Json) {
        self.send(Method::Get, path, Json::Null)
    }

    /// Polls an operation until it is done: exactly one unfinished answer.
    fn done(&mut self, begun: &Json) -> Json {
        let link = begun["selfLink"].as_str().unwrap_or_else(|| panic!("no operation: {begun}"));
        let path = link.split("demo-project-1/").nth(1).unwrap().to_owned();
        assert_eq!(self.get(&path).1["status"], "RUNNING");
        let (_, done) = self.get(&path);
        assert_eq!(done["status"], "DONE");
        done
    }

    /// Changes something and waits; gives the finished operation.
    fn change(&mut self, method: Method, path: &str, body: Json) -> Json {
        let (status, begun) = self.send(method, path, body);
        assert_eq!(status, 200, "{begun}");
        self.done(&begun)
    }

    fn with_network(mut self) -> Self {
        let body = json!({"name": "prefect-network", "autoCreateSubnetworks": false});
        self.change(Method::Post, "global/networks", body);
        self
    }

    fn with_subnet(self) -> Self {
        let mut this = self.with_network();
        this.change(Method::Post, "regions/us-central1/subnetworks", subnet("prefect-subnet", "10.0.0.0/24"));
        this
    }

    fn with_address(self) -> Self {
        let mut this = self.with_subnet();
        this.change(Method::Post, "regions/us-central1/addresses", address("prefect-db-ip", "10.0.0.5"));
        this
    }

    fn with_rule(self) -> Self {
        let mut this = self.with_address();
        let attachment = Attachment { path: ATTACHMENT.to_owned(), accepts: Some(vec!["demo-project-1".to_owned()]) };
        attachments::publish(&mut this.0, &attachment);
        this.change(Method::Post, "regions/us-central1/forwardingRules", rule("prefect-db-endpoint"));
        this
    }
}

fn subnet(name: &str, range: &str) -> Json {
    json!({"name": name, "ipCidrRange": range, "network": format!("projects/demo-project-1/{NETWORK}")})
}

fn address(name: &str, address: &str) -> Json {
    let subnetwork = format!("https://compute.googleapis.com/compute/v1/projects/demo-project-1/{SUBNET}");
    let mut body = json!({"name": name, "addressType": "INTERNAL", "purpose": "GCE_ENDPOINT",
                          "subnetwork": subnetwork, "labels": {"env": "dev"}});
    if !address.is_empty() {
        body["address"] = json!(address);
    }
    body
}

fn rule(name: &str) -> Json {
    json!({
        "name": name,
        "IPAddress": format!("https://compute.googleapis.com/compute/v1/projects/demo-project-1/{ADDRESS}"),
        "network": format!("https://compute.googleapis.com/compute/v1/projects/demo-project-1/{NETWORK}"),
        "target": format!("https://compute.googleapis.com/compute/v1/{ATTACHMENT}"),
    })
}

fn reason(answer: &Json) -> &str {
    answer["error"]["errors"][0]["reason"].as_str().unwrap_or_default()
}

fn link(path: &str) -> String {
    format!("https://www.googleapis.com/compute/v1/projects/demo-project-1/{path}")
}

#[test]
fn a_network_looks_as_recorded() {
    let mut caller = Caller::new();
    let (status, missing) = caller.get(NETWORK);
    let message = "The resource 'projects/demo-project-1/global/networks/prefect-network' was not found";
    let listed = json!([{"message": message, "domain": "global", "reason": "notFound"}]);
    assert_eq!((status, missing), (404, json!({"error": {"code": 404, "message": message, "errors": listed}})));
    let mut caller = caller.with_network();
    let (_, network) = caller.get(NETWORK);
    let id = network["id"].as_str().unwrap();
    assert_eq!(
        network,
        json!({
            "kind": "compute#network", "id": id, "creationTimestamp": "2025-12-31T17:00:00.000-07:00",
            "name": "prefect-network", "selfLink": link(NETWORK),
            "selfLinkWithId": link(&format!("global/networks/{id}")), "autoCreateSubnetworks": false,
            "routingConfig": {"routingMode": "REGIONAL", "bgpBestPathSelectionMode": "LEGACY"},
            "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
        })
    );
    let by_id = format!("global/networks/{id}");
    assert_eq!(caller.get(&by_id).1, network);
    let (status, twice) = caller.send(Method::Post, "global/networks", json!({"name": "prefect-network"}));
    assert_eq!((status, reason(&twice)), (409, "alreadyExists"));
}

#[test]
fn what_an_insert_makes_is_seen_when_its_operation_is_done() {
    let mut caller = Caller::new();
    let (_, begun) = caller.send(
        Method::Post,
        "global/networks",
        json!({"name": "prefect-network", "autoCreateSubnetworks": false}),
    );
    assert_eq!((&begun["status"], &begun["operationType"]), (&json!("RUNNING"), &json!("insert")));
    assert_eq!(begun["targetLink"], link(NETWORK));
    assert_eq!(caller.get(NETWORK).0, 404);
    let (status, early) = caller.send(Method::Post, "regions/us-central1/subnetworks", subnet("s", "10.0.0.0/24"));
    assert_eq!((status, reason(&early)), (400, "resourceNotReady"));
    caller.done(&begun);
    assert_eq!(caller.get(NETWORK).0, 200);
    let (_, begun) = caller.send(Method::Delete, NETWORK, Json::Null);
    assert_eq!(caller.get(NETWORK).0, 200, "a network is there until its delete is done");
    let (_, again) = caller.send(Method::Delete, NETWORK, Json::Null);
    assert_eq!(reason(&again), "resourceNotReady");
    caller.done(&begun);
    assert_eq!(caller.get(NETWORK).0, 404);
}

#[test]
fn a_network_is_updated_in_place_where_it_can_be() {
    let mut caller = Caller::new().with_network();
    let done = caller.change(Method::Patch, NETWORK, json!({"routingConfig": {"routingMode": "GLOBAL"}}));
    assert_eq!(done["operationType"], "updateNetwork");
    let (_, network) = caller.get(NETWORK);
    assert_eq!(network["routingConfig"], json!({"routingMode": "GLOBAL", "bgpBestPathSelectionMode": "LEGACY"}));
    let (status, refused) = caller.send(Method::Patch, NETWORK, json!({"autoCreateSubnetworks": true}));
    assert_eq!((status, reason(&refused)), (400, "invalid"));
    caller.change(Method::Patch, NETWORK, json!({"enableUlaInternalIpv6": true}));
    assert!(caller.get(NETWORK).1["internalIpv6Range"].as_str().unwrap().ends_with("/48"));
}

#[test]
fn an_auto_mode_network_comes_with_a_subnet_in_every_region_and_takes_them_along() {
    let mut caller = Caller::new();
    caller.change(Method::Post, "global/networks", json!({"name": "prefect-network", "autoCreateSubnetworks": true}));
    assert_eq!(caller.get(NETWORK).1["subnetworks"].as_array().unwrap().len(), 42);
    let (_, subnet) = caller.get("regions/us-west3/subnetworks/prefect-network");
    assert_eq!((&subnet["ipCidrRange"], &subnet["gatewayAddress"]), (&json!("10.180.0.0/20"), &json!("10.180.0.1")));
    assert_eq!(caller.send(Method::Delete, "regions/us-west3/subnetworks/prefect-network", Json::Null).0, 400);
    caller.change(Method::Delete, NETWORK, Json::Null);
    assert!(caller.0.resources_of("demo-project-1").is_empty());
}

#[test]
fn a_subnet_looks_as_recorded() {
    let mut caller = Caller::new().with_network();
    let mut body = subnet("prefect-subnet", "10.0.0.0/24");
    body["logConfig"] = json!({"enable": false});
    caller.change(Method::Post, "regions/us-central1/subnetworks", body);
    let (_, made) = caller.get(SUBNET);
    assert_eq!(
        made,
        json!({
            "kind": "compute#subnetwork", "id": made["id"], "creationTimestamp": "2025-12-31T17:00:00.000-07:00",
            "name": "prefect-subnet", "network": link(NETWORK), "ipCidrRange": "10.0.0.0/24",
            "gatewayAddress": "10.0.0.1", "region": link("regions/us-central1"), "selfLink": link(SUBNET),
            "privateIpGoogleAccess": false, "fingerprint": made["fingerprint"],
            "allowSubnetCidrRoutesOverlap": false, "enableFlowLogs": false, "logConfig": {"enable": false},
            "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS", "purpose": "PRIVATE", "stackType": "IPV4_ONLY",
        })
    );
    assert_eq!(caller.get(NETWORK).1["subnetworks"], json!([link(SUBNET)]));
}

#[test]
fn overlapping_ranges_fail_inside_the_operation() {
    let mut caller = Caller::new().with_subnet();
    let done = caller.change(Method::Post, "regions/us-east1/subnetworks", subnet("other", "10.0.0.128/25"));
    assert_eq!(done["httpErrorStatusCode"], 400);
    let message = "Invalid IPCidrRange: 10.0.0.128/25 conflicts with existing subnetwork 'prefect-subnet' in region \
                   'us-central1'.";
    assert_eq!(done["error"]["errors"][0]["message"], message);
    assert_eq!(caller.get("regions/us-east1/subnetworks/other").0, 404);
}

#[test]
fn bad_subnets_are_refused_at_once() {
    let mut caller = Caller::new().with_network();
    let refused = |caller: &mut Caller, body: Json| {
        let (status, answer) = caller.send(Method::Post, "regions/us-central1/subnetworks", body);
        (status, reason(&answer).to_owned())
    };
    let invalid = (400, "invalid".to_owned());
    assert_eq!(refused(&mut caller, subnet("s", "10.0.0.1/24")), invalid);
    assert_eq!(refused(&mut caller, subnet("Upper", "10.0.0.0/24")), invalid);
    let mut elsewhere = subnet("s", "10.0.0.0/24");
    elsewhere["network"] = json!("projects/demo-project-1/global/networks/nothing");
    assert_eq!(refused(&mut caller, elsewhere), (404, "notFound".to_owned()));
    let mut malformed = subnet("s", "10.0.0.0/24");
    malformed["network"] = json!("prefect-network");
    assert_eq!(refused(&mut caller, malformed), invalid);
    let (status, _) = caller.send(Method::Post, "regions/mars-1/subnetworks", subnet("s", "10.0.0.0/24"));
    assert_eq!(status, 400);
}

#[test]
fn a_subnet_is_updated_under_its_fingerprint_and_only_grows() {
    let mut caller = Caller::new().with_subnet();
    let logging = json!({"logConfig": {"enable": true}, "fingerprint": "c3RhbGU="});
    let (status, stale) = caller.send(Method::Patch, SUBNET, logging);
    assert_eq!((status, reason(&stale)), (412, "conditionNotMet"));
    let fingerprint = caller.get(SUBNET).1["fingerprint"].clone();
    caller.change(Method::Patch, SUBNET, json!({"logConfig": {"enable": true}, "fingerprint": fingerprint}));
    let (_, logged) = caller.get(SUBNET);
    assert_eq!(logged["logConfig"]["flowSampling"], 0.5);
    assert_ne!(logged["fingerprint"], fingerprint);
    caller.change(Method::Post, &format!("{SUBNET}/setPrivateIpGoogleAccess"), json!({"privateIpGoogleAccess": true}));
    let (status, _) =
        caller.send(Method::Post, &format!("{SUBNET}/expandIpCidrRange"), json!({"ipCidrRange": "10.0.0.0/25"}));
    assert_eq!(status, 400);
    caller.change(Method::Post, &format!("{SUBNET}/expandIpCidrRange"), json!({"ipCidrRange": "10.0.0.0/22"}));
    let (_, grown) = caller.get(SUBNET);
    assert_eq!((&grown["ipCidrRange"], &grown["privateIpGoogleAccess"]), (&json!("10.0.0.0/22"), &json!(true)));
}

#[test]
fn labels_of_an_insert_are_ignored_and_set_afterwards() {
    let mut caller = Caller::new().with_address();
    let (_, made) = caller.get(ADDRESS);
    assert_eq!((made.get("labels"), &made["labelFingerprint"]), (None, &json!("42WmSpB8rSM=")));
    let labels = json!({"labelFingerprint": "42WmSpB8rSM=", "labels": {"env": "dev"}});
    let (_, done) = caller.send(Method::Post, &format!("{ADDRESS}/setLabels"), labels.clone());
    assert_eq!((&done["status"], &done["progress"]), (&json!("DONE"), &json!(100)));
    assert!(done["endTime"].is_string());
    assert_eq!(caller.get(ADDRESS).1["labels"], json!({"env": "dev"}));
    let (status, stale) = caller.send(Method::Post, &format!("{ADDRESS}/setLabels"), labels);
    assert_eq!((status, reason(&stale)), (412, "conditionNotMet"));
}

#[test]
fn an_address_is_picked_or_taken_and_never_given_twice() {
    let mut caller = Caller::new().with_address();
    let (_, made) = caller.get(ADDRESS);
    assert_eq!(
        made,
        json!({
            "kind": "compute#address", "id": made["id"], "creationTimestamp": "2025-12-31T17:00:00.000-07:00",
            "name": "prefect-db-ip", "description": "", "address": "10.0.0.5", "status": "RESERVED",
            "region": link("regions/us-central1"), "selfLink": link(ADDRESS), "networkTier": "PREMIUM",
            "labelFingerprint": "42WmSpB8rSM=", "addressType": "INTERNAL", "purpose": "GCE_ENDPOINT",
            "subnetwork": link(SUBNET),
        })
    );
    let done = caller.change(Method::Post, "regions/us-central1/addresses", address("again", "10.0.0.5"));
    assert_eq!(done["error"]["errors"][0]["code"], "IP_IN_USE_BY_ANOTHER_RESOURCE");
    caller.change(Method::Post, "regions/us-central1/addresses", address("picked", ""));
    assert_eq!(caller.get("regions/us-central1/addresses/picked").1["address"], "10.0.0.2");
    for outside in ["10.0.1.5", "10.0.0.1", "10.0.0.255", "nonsense"] {
        let (status, _) = caller.send(Method::Post, "regions/us-central1/addresses", address("x", outside));
        assert_eq!(status, 400, "{outside}");
    }
}

#[test]
fn a_psc_endpoint_takes_its_address_and_shows_its_connection() {
    let mut caller = Caller::new().with_rule();
    let (_, made) = caller.get(RULE);
    assert_eq!(
        made,
        json!({
            "kind": "compute#forwardingRule", "id": made["id"],
            "creationTimestamp": "2025-12-31T17:00:00.000-07:00", "name": "prefect-db-endpoint", "description": "",
            "region": link("regions/us-central1"), "IPAddress": "10.0.0.5",
            "target": format!("https://www.googleapis.com/compute/v1/{ATTACHMENT}"),
            "pscConnectionId": made["pscConnectionId"], "pscConnectionStatus": "ACCEPTED",
            "serviceDirectoryRegistrations": [{"namespace": "goog-psc-default"}], "selfLink": link(RULE),
            "selfLinkWithId": link(&format!("regions/us-central1/forwardingRules/{}", made["id"].as_str().unwrap())),
            "network": link(NETWORK), "networkTier": "PREMIUM", "labelFingerprint": "42WmSpB8rSM=",
            "fingerprint": made["fingerprint"],
        })
    );
    let (_, address) = caller.get(ADDRESS);
    assert_eq!((&address["status"], &address["users"]), (&json!("IN_USE"), &json!([link(RULE)])));
    attachments::withdraw(&mut caller.0, ATTACHMENT);
    assert_eq!(caller.get(RULE).1["pscConnectionStatus"], "CLOSED");
    let (status, refused) = caller.send(Method::Post, &format!("{RULE}/setTarget"), json!({"target": ATTACHMENT}));
    assert_eq!((status, reason(&refused)), (400, "invalid"));
    caller.change(Method::Patch, RULE, json!({"allowPscGlobalAccess": true}));
    assert_eq!(caller.get(RULE).1["allowPscGlobalAccess"], true);
    caller.change(Method::Delete, RULE, Json::Null);
    let (_, free) = caller.get(ADDRESS);
    assert_eq!((&free["status"], free.get("users")), (&json!("RESERVED"), None));
}

#[test]
fn a_psc_endpoint_without_an_attachment_or_with_balancer_fields_is_refused() {
    let mut caller = Caller::new().with_address();
    let path = "regions/us-central1/forwardingRules";
    let (status, refused) = caller.send(Method::Post, path, rule("r"));
    assert_eq!((status, reason(&refused)), (404, "notFound"));
    attachments::publish(&mut caller.0, &Attachment { path: ATTACHMENT.to_owned(), accepts: None });
    let mut ports = rule("r");
    ports["portRange"] = json!("80");
    assert_eq!(caller.send(Method::Post, path, ports).0, 400);
    let mut scheme = rule("r");
    scheme["loadBalancingScheme"] = json!("INTERNAL");
    assert_eq!(caller.send(Method::Post, path, scheme).0, 400);
}

#[test]
fn what_is_used_is_not_deleted_and_the_user_is_named() {
    let mut caller = Caller::new().with_rule();
    for (path, kind, user) in [(ADDRESS, "address", RULE), (SUBNET, "subnetwork", ADDRESS)] {
        let (status, refused) = caller.send(Method::Delete, path, Json::Null);
        let message = format!(
            "The {kind} resource 'projects/demo-project-1/{path}' is already being used by \
             'projects/demo-project-1/{user}'"
        );
        assert_eq!((status, reason(&refused)), (400, "resourceInUseByAnotherResource"));
        assert_eq!(refused["error"]["message"], message);
    }
    let (_, refused) = caller.send(Method::Delete, NETWORK, Json::Null);
    assert_eq!(reason(&refused), "resourceInUseByAnotherResource");
    for path in [RULE, ADDRESS, SUBNET, NETWORK] {
        assert_eq!(caller.change(Method::Delete, path, Json::Null).get("error"), None, "{path}");
    }
    assert!(caller.0.resources_of("demo-project-1").is_empty());
}

#[test]
fn a_firewall_fails_the_delete_of_its_network_inside_the_operation() {
    let mut caller = Caller::new().with_network();
    let body = json!({"name": "fw", "network": link(NETWORK), "allowed": [{"IPProtocol": "tcp"}]});
    caller.change(Method::Post, "global/firewalls", body);
    let done = caller.change(Method::Delete, NETWORK, Json::Null);
    assert_eq!(done["httpErrorMessage"], "BAD REQUEST");
    let message = "The network resource 'projects/demo-project-1/global/networks/prefect-network' is already being \
                   used by 'projects/demo-project-1/global/firewalls/fw'";
    let error = json!([{"code": "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", "message": message}]);
    assert_eq!(done["error"]["errors"], error);
    assert_eq!(caller.get(NETWORK).0, 200);
}

#[test]
fn a_serverless_hold_keeps_the_subnet_and_cannot_be_deleted() {
    let mut caller = Caller::new().with_subnet();
    serverless::attach(&mut caller.0, "run/a", &format!("projects/demo-project-1/{SUBNET}")).unwrap();
    serverless::detach(&mut caller.0, "run/a");
    let (_, listed) = caller.get("regions/us-central1/addresses");
    let held = &listed["items"][0];
    assert_eq!((&held["purpose"], held.get("$users")), (&json!("SERVERLESS"), None));
    let name = held["name"].as_str().unwrap();
    let (_, refused) = caller.send(Method::Delete, SUBNET, Json::Null);
    assert!(refused["error"]["message"].as_str().unwrap().contains(name));
    assert_eq!(caller.send(Method::Delete, &format!("regions/us-central1/addresses/{name}"), Json::Null).0, 400);
    serverless::release_all(&mut caller.0);
    caller.change(Method::Delete, SUBNET, Json::Null);
}

#[test]
fn lists_have_googles_shape_and_come_in_pages() {
    let mut caller = Caller::new().with_subnet();
    for name in ["a", "b", "c"] {
        caller.change(Method::Post, "regions/us-central1/addresses", address(name, ""));
    }
    let (_, empty) = caller.get("regions/us-east1/addresses");
    let id = "projects/demo-project-1/regions/us-east1/addresses";
    assert_eq!(empty, json!({"kind": "compute#addressList", "id": id, "selfLink": link("regions/us-east1/addresses")}));
    let path = "/compute/v1/projects/demo-project-1/regions/us-central1/addresses";
    let request = Request::get("compute.googleapis.com", path).query("maxResults", "2").query("filter", "name ne b");
    let page = handle(&mut caller.0, jiff::Timestamp::UNIX_EPOCH, request);
    let page = page.body.as_json().unwrap().clone();
    let names: Vec<&Json> = page["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!((names, page.get("nextPageToken")), (vec![&json!("a"), &json!("c")], None));
    let (_, all) = caller.get("aggregated/addresses");
    assert_eq!(all["items"]["regions/us-central1"]["addresses"].as_array().unwrap().len(), 3);
    assert_eq!(all["items"]["regions/us-west2"]["warning"]["code"], "NO_RESULTS_ON_PAGE");
}

#[test]
fn a_beta_call_is_answered_with_beta_links() {
    let mut caller = Caller::new().with_network();
    let path = format!("/compute/beta/projects/demo-project-1/{NETWORK}");
    let answer = handle(&mut caller.0, jiff::Timestamp::UNIX_EPOCH, Request::get("compute.googleapis.com", path));
    let link = answer.body.as_json().unwrap()["selfLink"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://www.googleapis.com/compute/beta/projects/"), "{link}");
}

#[test]
fn wait_is_one_unfinished_answer_and_then_the_end() {
    let mut caller = Caller::new();
    let (_, begun) = caller.send(Method::Post, "global/networks", json!({"name": "prefect-network"}));
    let wait = format!("global/operations/{}/wait", begun["name"].as_str().unwrap());
    assert_eq!(caller.send(Method::Post, &wait, Json::Null).1["status"], "RUNNING");
    assert_eq!(caller.send(Method::Post, &wait, Json::Null).1["status"], "DONE");
    assert_eq!(caller.get("global/operations/nothing").0, 404);
}

#[test]
fn what_was_sent_is_shown_and_labels_and_zeros_are_not() {
    let mut caller = Caller::new().with_network();
    let v6 = json!({"name": "v6", "ipVersion": "IPV6", "ipv6EndpointType": "VM", "labels": {"a": "b"}});
    caller.change(Method::Post, "regions/us-central1/addresses", v6);
    let (_, shown) = caller.get("regions/us-central1/addresses/v6");
    assert_eq!((&shown["ipv6EndpointType"], shown.get("labels")), (&json!("VM"), None));
    let mut dual = subnet("dual", "10.1.0.0/24");
    dual["stackType"] = json!("IPV4_IPV6");
    dual["internalIpv6Prefix"] = json!("fd20:0:0:1::/64");
    caller.change(Method::Post, "regions/us-central1/subnetworks", dual);
    assert_eq!(caller.get("regions/us-central1/subnetworks/dual").1["internalIpv6Prefix"], "fd20:0:0:1::/64");
}
