use serde_json::{Value as Json, json};

use crate::sandbox::services::caller::{Caller, PROJECT, canonical, with_address};
use crate::wire::Method;

const SERVICES: &str = "run/v2/projects/demo-project-1/locations/us-central1/services";
const SERVICE: &str = "run/v2/projects/demo-project-1/locations/us-central1/services/web";
const POOLS: &str = "run/v2/projects/demo-project-1/locations/us-central1/workerPools";
const POOL: &str = "run/v2/projects/demo-project-1/locations/us-central1/workerPools/worker";
const JOBS: &str = "run/v2/projects/demo-project-1/locations/us-central1/jobs";
const JOB: &str = "run/v2/projects/demo-project-1/locations/us-central1/jobs/task";
const SUBNET: &str = "compute/compute/v1/projects/demo-project-1/regions/us-central1/subnetworks/sub";

fn caller() -> Caller {
    Caller::new(&["run", "compute", "secretmanager", "artifactregistry"])
}

fn service(image: &str) -> Json {
    json!({"template": {"containers": [{"image": image}]}})
}

/// A caller with a service `web`.
fn with_service() -> Caller {
    let mut caller = caller();
    caller.change(Method::Post, &format!("{SERVICES}?serviceId=web"), service("hello:1"));
    caller
}

#[test]
fn a_service_is_pending_with_its_defaults_and_ready_at_the_end() {
    let mut caller = caller();
    let (_, begun) = caller.send(Method::Post, &format!("{SERVICES}?serviceId=web"), service("hello:1"));
    let pending = &begun["metadata"];
    assert_eq!(pending["@type"], "type.googleapis.com/google.cloud.run.v2.Service");
    assert_eq!(pending["terminalCondition"], json!({"state": "CONDITION_PENDING"}));
    assert!(begun.get("done").is_none() && pending.get("observedGeneration").is_none(), "{begun}");
    assert_eq!((&pending["generation"], &pending["reconciling"]), (&json!("1"), &json!(true)));
    let template = &pending["template"];
    assert_eq!((&template["timeout"], &template["maxInstanceRequestConcurrency"]), (&json!("300s"), &json!(80)));
    assert_eq!(template["serviceAccount"], format!("{}-compute@developer.gserviceaccount.com", caller.number()));
    let container = &template["containers"][0];
    assert_eq!(container["resources"], json!({"limits": {"cpu": "1000m", "memory": "512Mi"}, "cpuIdle": true}));
    assert_eq!(container["ports"], json!([{"name": "http1", "containerPort": 8080}]));
    let name = begun["name"].as_str().unwrap().to_owned();
    caller.get(&format!("run/v2/{name}"));
    let (_, done) = caller.get(&format!("run/v2/{name}"));
    assert_eq!(done["done"], true);
    let ready = &done["response"];
    assert_eq!((&ready["observedGeneration"], ready.get("reconciling")), (&json!("1"), None));
    assert_eq!(ready["terminalCondition"]["state"], "CONDITION_SUCCEEDED");
    assert!(ready["latestReadyRevision"].as_str().unwrap().contains("/revisions/web-00001-"), "{ready}");
    assert!(ready["uri"].as_str().unwrap().ends_with("-uc.a.run.app"), "{ready}");
}

#[test]
fn what_is_not_there_is_named_with_its_kind_and_place() {
    let mut caller = caller();
    for (target, name, kind) in [(SERVICE, "web", "SERVICE"), (JOB, "task", "JOB")] {
        let missing = caller.get(target);
        assert_eq!(canonical(&missing), (404, "NOT_FOUND"));
        let message = format!(
            "Resource '{name}' of kind '{kind}' in region 'us-central1' in project '{PROJECT}' does not exist."
        );
        assert_eq!(missing.1["error"]["message"], message);
        assert!(missing.1["error"].get("errors").is_none());
    }
}

#[test]
fn validation_answers_what_would_be_and_leaves_nothing() {
    let mut caller = caller();
    let target = format!("{SERVICES}?serviceId=web&validateOnly=true");
    let (status, validated) = caller.send(Method::Post, &target, service("hello:1"));
    assert_eq!((status, &validated["done"]), (200, &json!(true)));
    assert_eq!(validated["response"]["template"]["timeout"], "300s");
    assert_eq!(caller.get(SERVICE).0, 404);
    assert_eq!(canonical(&caller.send(Method::Post, &target, json!({"template": {}}))), (400, "INVALID_ARGUMENT"));
    let mut caller = with_service();
    caller.send(Method::Patch, &format!("{SERVICE}?validateOnly=true"), service("hello:2"));
    let (_, kept) = caller.get(SERVICE);
    assert_eq!((&kept["generation"], &kept["template"]["containers"][0]["image"]), (&json!("1"), &json!("hello:1")));
}

#[test]
fn an_update_without_a_mask_replaces_all_and_makes_a_revision() {
    let mut caller = with_service();
    let mut body = service("hello:2");
    body["labels"] = json!({"a": "b"});
    let done = caller.change(Method::Patch, SERVICE, body);
    assert_eq!((&done["response"]["generation"], &done["response"]["labels"]), (&json!("2"), &json!({"a": "b"})));
    assert!(done["response"]["latestReadyRevision"].as_str().unwrap().contains("web-00002-"));
    let done = caller.change(Method::Patch, SERVICE, service("hello:2"));
    assert_eq!(done["response"].get("labels"), None);
    let masked = json!({"labels": {"c": "d"}});
    let done = caller.change(Method::Patch, &format!("{SERVICE}?updateMask=labels"), masked);
    assert_eq!(done["response"]["template"]["containers"][0]["image"], "hello:2");
    let (_, revisions) = caller.get(&format!("{SERVICE}/revisions"));
    assert_eq!(revisions["revisions"].as_array().unwrap().len(), 2);
}

#[test]
fn a_stale_etag_and_a_used_revision_name_are_conflicts() {
    let mut caller = with_service();
    let mut stale = service("hello:2");
    stale["etag"] = json!("\"old\"");
    assert_eq!(canonical(&caller.send(Method::Patch, SERVICE, stale)), (409, "ABORTED"));
    let mut named = service("hello:2");
    named["template"]["revision"] = json!("web-blue");
    caller.change(Method::Patch, SERVICE, named.clone());
    named["template"]["containers"][0]["image"] = json!("hello:3");
    assert_eq!(canonical(&caller.send(Method::Patch, SERVICE, named)), (409, "ALREADY_EXISTS"));
    let twice = caller.send(Method::Post, &format!("{SERVICES}?serviceId=web"), service("hello:1"));
    assert_eq!(canonical(&twice), (409, "ALREADY_EXISTS"));
}

#[test]
fn a_secret_that_is_missing_or_not_granted_fails_the_revision_and_not_the_service() {
    let mut caller = caller();
    let mut body = service("hello:1");
    let reference = json!({"secretKeyRef": {"secret": "login", "version": "1"}});
    body["template"]["containers"][0]["env"] = json!([{"name": "LOGIN", "valueSource": reference}]);
    let failed = caller.change(Method::Post, &format!("{SERVICES}?serviceId=web"), body.clone());
    let message = failed["error"]["message"].as_str().unwrap_or_else(|| panic!("{failed}"));
    assert!(message.starts_with("Revision 'web-00001-") && message.contains("was not found"), "{message}");
    let (_, kept) = caller.get(SERVICE);
    assert_eq!(kept["terminalCondition"]["state"], "CONDITION_FAILED");
    assert!(kept.get("latestReadyRevision").is_none() && kept["latestCreatedRevision"].is_string(), "{kept}");
    let secrets = "secretmanager/v1/projects/demo-project-1/secrets";
    caller.send(Method::Post, &format!("{secrets}?secretId=login"), json!({"replication": {"automatic": {}}}));
    caller.send(Method::Post, &format!("{secrets}/login:addVersion"), json!({"payload": {"data": "eA=="}}));
    let failed = caller.change(Method::Patch, SERVICE, body.clone());
    assert!(failed["error"]["message"].as_str().unwrap().contains("Permission denied on secret"), "{failed}");
    let member = format!("serviceAccount:{}-compute@developer.gserviceaccount.com", caller.number());
    let bindings = json!([{"role": "roles/secretmanager.secretAccessor", "members": [member]}]);
    caller.send(Method::Post, &format!("{secrets}/login:setIamPolicy"), json!({"policy": {"bindings": bindings}}));
    body["labels"] = json!({"again": "1"});
    body["template"]["labels"] = json!({"again": "1"});
    let done = caller.change(Method::Patch, SERVICE, body);
    assert_eq!(done["response"]["terminalCondition"]["state"], "CONDITION_SUCCEEDED", "{done}");
}

#[test]
fn an_account_that_is_not_there_cannot_be_acted_as() {
    let mut caller = caller();
    let mut body = service("hello:1");
    body["template"]["serviceAccount"] = json!("nobody@demo-project-1.iam.gserviceaccount.com");
    let refused = caller.send(Method::Post, &format!("{SERVICES}?serviceId=web"), body);
    assert_eq!(canonical(&refused), (403, "PERMISSION_DENIED"));
    assert!(refused.1["error"]["message"].as_str().unwrap().contains("iam.serviceaccounts.actAs"), "{}", refused.1);
}

/// A body that reaches into the subnet `sub`.
fn in_subnet(mut body: Json) -> Json {
    body["template"]["vpcAccess"] =
        json!({"networkInterfaces": [{"subnetwork": "sub"}], "egress": "PRIVATE_RANGES_ONLY"});
    body
}

#[test]
fn direct_egress_holds_an_address_that_outlives_the_service() {
    let mut caller = caller();
    with_address(&mut caller, "10.0.0.0/24");
    caller.change(Method::Post, &format!("{SERVICES}?serviceId=web"), in_subnet(service("hello:1")));
    let addresses = "compute/compute/v1/projects/demo-project-1/regions/us-central1/addresses";
    caller.change(Method::Delete, &format!("{addresses}/ip"), Json::Null);
    let (_, listed) = caller.get(addresses);
    assert_eq!(
        (&listed["items"][0]["purpose"], &listed["items"][0]["status"]),
        (&json!("SERVERLESS"), &json!("IN_USE"))
    );
    let held = format!("{addresses}/{}", listed["items"][0]["name"].as_str().unwrap());
    assert!(caller.send(Method::Delete, &held, Json::Null).0 >= 400);
    caller.change(Method::Delete, SERVICE, Json::Null);
    assert_eq!(caller.send(Method::Delete, SUBNET, Json::Null).0, 400);
    caller.pass(3);
    caller.change(Method::Delete, SUBNET, Json::Null);
    assert_eq!(caller.get(SUBNET).0, 404);
}

#[test]
fn a_subnet_that_is_too_small_fails_the_revision() {
    let mut caller = caller();
    with_address(&mut caller, "10.0.0.0/27");
    let failed = caller.change(Method::Post, &format!("{SERVICES}?serviceId=web"), in_subnet(service("hello:1")));
    assert!(failed["error"]["message"].as_str().unwrap().contains("/26"), "{failed}");
}

#[test]
fn a_deleted_service_is_gone_and_its_operation_still_shows_it() {
    let mut caller = with_service();
    let done = caller.change(Method::Delete, SERVICE, Json::Null);
    let gone = &done["response"];
    assert_eq!((&gone["generation"], gone["deleteTime"].is_string()), (&json!("2"), true));
    assert!(gone["expireTime"].as_str().unwrap().starts_with("2026-01-31"), "{gone}");
    assert_eq!(caller.get(SERVICE).0, 404);
}

#[test]
fn the_surface_of_v1_shows_and_changes_the_same_services() {
    let mut caller = with_service();
    let v1 = "us-central1-run/apis/serving.knative.dev/v1/namespaces/demo-project-1/services/web";
    let (_, mut knative) = caller.get(v1);
    assert_eq!(
        (&knative["apiVersion"], &knative["metadata"]["namespace"]),
        (&json!("serving.knative.dev/v1"), &json!(caller.number()))
    );
    assert_eq!(knative["spec"]["template"]["spec"]["containers"][0]["image"], "hello:1");
    let stale = knative.clone();
    caller.pass(1);
    knative["spec"]["template"]["spec"]["containers"][0]["image"] = json!("hello:2");
    assert_eq!(caller.send(Method::Put, v1, knative).0, 200);
    assert_eq!(caller.get(SERVICE).1["template"]["containers"][0]["image"], "hello:2");
    assert_eq!(canonical(&caller.send(Method::Put, v1, stale)), (409, "ABORTED"));
    let (_, list) = caller.get("run/v1/projects/demo-project-1/locations/-/services");
    assert_eq!((list["items"].as_array().unwrap().len(), list["metadata"].is_object()), (1, true));
    let (_, deleted) = caller.send(Method::Delete, v1, Json::Null);
    assert_eq!(deleted["status"], "Success");
}

#[test]
fn a_worker_pool_is_made_by_a_change_that_allows_it_and_needs_no_port() {
    let mut caller = caller();
    let missing = caller.send(Method::Patch, POOL, service("work:1"));
    assert_eq!(canonical(&missing), (404, "NOT_FOUND"));
    let done = caller.change(Method::Patch, &format!("{POOL}?allowMissing=true"), service("work:1"));
    assert_eq!(done["response"]["instanceSplits"][0]["percent"], 100);
    assert!(done["response"]["template"]["containers"][0].get("ports").is_none(), "{done}");
    let done = caller.change(Method::Patch, &format!("{POOL}?forceNewRevision=true"), service("work:1"));
    assert!(done["response"]["latestReadyRevision"].as_str().unwrap().contains("worker-00002-"), "{done}");
    let mut with_port = service("work:1");
    with_port["template"]["containers"][0]["ports"] = json!([{"containerPort": 8080}]);
    let refused = caller.send(Method::Post, &format!("{POOLS}?workerPoolId=other"), with_port);
    assert_eq!(canonical(&refused), (400, "INVALID_ARGUMENT"));
}

#[test]
fn a_job_runs_when_it_is_told_to_and_counts_its_executions() {
    let mut caller = caller();
    let body = json!({"template": {"template": {"containers": [{"image": "task:1"}]}}});
    let done = caller.change(Method::Post, &format!("{JOBS}?jobId=task"), body);
    let template = &done["response"]["template"];
    assert_eq!((&template["taskCount"], &template["template"]["maxRetries"]), (&json!(1), &json!(3)));
    assert_eq!(template["template"]["timeout"], "600s");
    let ran = caller.change(Method::Post, &format!("{JOB}:run"), json!({}));
    assert_eq!(ran["response"]["succeededCount"], 1, "{ran}");
    let (_, job) = caller.get(JOB);
    assert_eq!(
        (&job["executionCount"], &job["latestCreatedExecution"]["completionStatus"]),
        (&json!(1), &json!("EXECUTION_SUCCEEDED"))
    );
    let (_, executions) = caller.get(&format!("{JOB}/executions"));
    let name = executions["executions"][0]["name"].as_str().unwrap().to_owned();
    let (_, tasks) = caller.get(&format!("run/v2/{name}/tasks"));
    assert_eq!(tasks["tasks"].as_array().unwrap().len(), 1);
}

#[test]
fn enums_are_numbers_for_who_asks_and_masks_cut_answers() {
    let mut caller = with_service();
    let (_, numbers) = caller.get(&format!("{SERVICE}?$alt=json;enum-encoding=int"));
    assert_eq!((&numbers["launchStage"], &numbers["terminalCondition"]["state"]), (&json!(4), &json!(4)));
    let (_, masked) = caller.get(&format!("{SERVICES}?fields=services(name,uri)"));
    assert_eq!(masked["services"][0].as_object().unwrap().len(), 2);
    let refused = caller.get(&format!("{SERVICES}?pageSiz=1"));
    assert_eq!(canonical(&refused), (400, "INVALID_ARGUMENT"));
}
