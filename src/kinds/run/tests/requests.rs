//! Every call's request.

use super::*;

const ITEM: &str = "run.googleapis.com/v2/projects/demo/locations/us-central1";

/// The request body of the only call.
fn only_body<K: Kind>(step: &Step) -> Json {
    let calls = step.calls::<K>();
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls[0]["body"].clone()
}

#[test]
fn a_service_is_created_under_its_name_with_its_members() {
    let step = Step::new::<Services>(
        Action::Create,
        "web",
        json!({
            "image": "docker.io/library/nginx:1",
            "env": {"A": "1", "S": {"secret": "projects/demo/secrets/s"}},
            "timeout": "1m",
            "scaling": {"minInstanceCount": 1},
            "vpcAccess": {"network": "projects/demo/global/networks/n", "egress": "PRIVATE_RANGES_ONLY"},
            "labels": {"team": "x"},
            "invokers": ["allUsers"],
            "iam": [{"role": "roles/run.viewer", "members": ["user:a@b.c"]}],
        }),
    );
    let calls = step.calls::<Services>();
    assert_eq!(
        calls[0],
        json!({"label": "create", "request": format!("POST {ITEM}/services"), "query": "serviceId=web", "body": {
            "scaling": {"minInstanceCount": 1},
            "labels": {"stackctl-stack": "prefect", "team": "x"},
            "template": {
                "containers": [{"image": "docker.io/library/nginx:1", "env": [
                    {"name": "A", "value": "1"},
                    {"name": "S", "valueSource": {"secretKeyRef": {"secret": "projects/demo/secrets/s", "version": "latest"}}},
                ]}],
                "timeout": "60s",
                "vpcAccess": {"egress": "PRIVATE_RANGES_ONLY",
                    "networkInterfaces": [{"network": "projects/demo/global/networks/n"}]},
            },
        }})
    );
    assert_eq!(calls[1]["label"], "set members");
    assert_eq!(calls[1]["get"], format!("GET {ITEM}/services/web:getIamPolicy"));
    assert_eq!(calls[1]["set"], format!("POST {ITEM}/services/web:setIamPolicy"));
    assert_eq!(
        calls[1]["add"],
        json!([{"role": "roles/run.viewer", "members": ["user:a@b.c"]}, {"role": "roles/run.invoker", "members": ["allUsers"]}])
    );
    assert_eq!(calls.len(), 2);
}

#[test]
fn worker_pools_and_jobs_are_created_under_their_names() {
    let pool = json!({"image": "a/b", "scaling": {"manualInstanceCount": 0}});
    let step = Step::new::<WorkerPools>(Action::Create, "pool", pool);
    assert_eq!(
        step.calls::<WorkerPools>(),
        [
            json!({"label": "create", "request": format!("POST {ITEM}/workerPools"), "query": "workerPoolId=pool", "body": {
            "scaling": {"manualInstanceCount": 0}, "labels": {"stackctl-stack": "prefect"},
            "template": {"containers": [{"image": "a/b"}]}}})
        ]
    );
    let job = json!({"image": "a/b", "taskCount": 2, "maxRetries": 0, "task": {"labels": {"x": "y"}}});
    let step = Step::new::<Jobs>(Action::Create, "job", job);
    assert_eq!(
        step.calls::<Jobs>(),
        [json!({"label": "create", "request": format!("POST {ITEM}/jobs"), "query": "jobId=job", "body": {
            "labels": {"stackctl-stack": "prefect"},
            "template": {"template": {"containers": [{"image": "a/b"}], "maxRetries": 0}, "taskCount": 2, "labels": {"x": "y"}}}})]
    );
}

#[test]
fn cpu_between_requests_stays_at_its_default_when_other_resources_are_set() {
    let resources = json!({"limits": {"memory": "1Gi"}});
    let entry = json!({"image": "a/b", "resources": resources, "ports": [{}],
        "sidecars": {"s": {"image": "c/d", "resources": resources}, "t": {"image": "e/f"}}});
    let containers = |step: &Step| only_body::<Services>(step)["template"]["containers"].clone();

    let created = containers(&Step::new::<Services>(Action::Create, "web", entry.clone()));
    assert_eq!(created[0]["resources"]["cpuIdle"], true);
    assert_eq!(created[1]["resources"]["cpuIdle"], true);
    assert_eq!(created[2].get("resources"), None);

    let mut always = entry.clone();
    always["resources"]["cpuIdle"] = json!(false);
    let created = containers(&Step::new::<Services>(Action::Create, "web", always));
    assert_eq!(created[1]["resources"]["cpuIdle"], false, "one instance, one way");

    let gpu = json!({"image": "a/b", "resources": {"limits": {"nvidia.com/gpu": "1"}}});
    let created = containers(&Step::new::<Services>(Action::Create, "web", gpu));
    assert_eq!(created[0]["resources"]["cpuIdle"], false);

    // A live container that has its CPU all the time keeps it: Google leaves false out.
    let live = json!({"template": {"containers": [{"image": "a/b", "resources": {"limits": {"memory": "512Mi"}}}]}});
    let updated =
        containers(&Step::new::<Services>(Action::Update, "web", entry).on(live).changed(&["resources.limits.memory"]));
    assert_eq!(updated[0]["resources"].get("cpuIdle"), None);
    assert_eq!(updated[1]["resources"]["cpuIdle"], true, "a new container");

    let pool = json!({"image": "a/b", "resources": {"limits": {"memory": "1Gi"}}});
    let created = only_body::<WorkerPools>(&Step::new::<WorkerPools>(Action::Create, "pool", pool));
    assert_eq!(created["template"]["containers"][0]["resources"].get("cpuIdle"), None);
}

/// A live service with everything that must not be sent back, and much that others have set.
fn busy_service() -> Json {
    json!({
        "name": "projects/demo/locations/us-central1/services/web", "uid": "u", "generation": "3", "etag": "\"e3\"",
        "createTime": "2024-04-12T01:28:25Z", "updateTime": "2024-04-12T01:28:25Z", "creator": "c", "lastModifier": "m",
        "client": "gcloud", "clientVersion": "528.0.0", "launchStage": "GA", "ingress": "INGRESS_TRAFFIC_ALL",
        "labels": {"theirs": "1"}, "annotations": {"theirs": "2", "run.googleapis.com/client-name": "gcloud"},
        "template": {
            "revision": "web-00003-abc", "labels": {"client.knative.dev/nonce": "xyz"},
            "annotations": {"run.googleapis.com/client-name": "gcloud", "theirs": "3"},
            "scaling": {"maxInstanceCount": 5}, "timeout": "300s", "serviceAccount": "sa@x",
            "vpcAccess": {"connector": "projects/demo/locations/us-central1/connectors/c", "egress": "ALL_TRAFFIC"},
            "containers": [{
                "image": "a/old", "env": [{"name": "THEIRS", "value": "1"}, {"name": "A", "value": "1"}],
                "resources": {"limits": {"cpu": "1000m", "memory": "512Mi"}, "cpuIdle": true},
                "ports": [{"name": "http1", "containerPort": 8080}],
                "startupProbe": {"timeoutSeconds": 240, "periodSeconds": 240, "failureThreshold": 1, "tcpSocket": {"port": 8080}},
                "volumeMounts": [{"name": "v", "mountPath": "/v"}], "buildInfo": {"functionTarget": "f"},
            }],
            "volumes": [{"name": "v", "emptyDir": {"medium": "MEMORY"}}], "maxInstanceRequestConcurrency": 80,
        },
        "traffic": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}], "observedGeneration": "3",
        "terminalCondition": {"type": "Ready", "state": "CONDITION_SUCCEEDED"}, "conditions": [],
        "latestReadyRevision": "r/web-00003-abc", "latestCreatedRevision": "r/web-00003-abc", "trafficStatuses": [],
        "uri": "https://x", "urls": ["https://x"], "reconciling": true, "satisfiesPzs": false,
    })
}

#[test]
fn an_update_lays_the_file_over_the_live_service() {
    let entry = json!({
        "image": "a/new", "env": {"A": "2", "B": ""},
        "startupProbe": {"httpGet": {"path": "/ready"}, "periodSeconds": 10},
        "vpcAccess": {"network": "projects/demo/global/networks/n"},
        "volumes": {"v": {"secret": "projects/demo/secrets/s", "version": "4"}},
        "volumeMounts": [{"name": "v", "mountPath": "/w"}],
    });
    let step = Step::new::<Services>(Action::Update, "web", entry)
        .on(busy_service())
        .changed(&["image"])
        .removed(&["volumeMounts[mountPath=/v]"]);
    assert_eq!(
        step.calls::<Services>(),
        [json!({"label": "update", "request": format!("PATCH {ITEM}/services/web"), "query": "", "body": {
            "etag": "\"e3\"", "launchStage": "GA", "ingress": "INGRESS_TRAFFIC_ALL",
            "labels": {"theirs": "1", "stackctl-stack": "prefect"}, "annotations": {"theirs": "2"},
            "template": {
                "annotations": {"theirs": "3"}, "scaling": {"maxInstanceCount": 5}, "timeout": "300s",
                "serviceAccount": "sa@x",
                "vpcAccess": {"egress": "ALL_TRAFFIC", "networkInterfaces": [{"network": "projects/demo/global/networks/n"}]},
                "containers": [{
                    "image": "a/new",
                    "env": [{"name": "THEIRS", "value": "1"}, {"name": "A", "value": "2"}, {"name": "B"}],
                    "resources": {"limits": {"cpu": "1000m", "memory": "512Mi"}, "cpuIdle": true},
                    "ports": [{"name": "http1", "containerPort": 8080}],
                    "startupProbe": {"periodSeconds": 10, "httpGet": {"path": "/ready"}},
                    "volumeMounts": [{"name": "v", "mountPath": "/w"}],
                }],
                "volumes": [{"name": "v", "secret": {"secret": "projects/demo/secrets/s", "items": [{"path": "s", "version": "4"}]}}],
                "maxInstanceRequestConcurrency": 80,
            },
            "traffic": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}],
        }})]
    );
}

#[test]
fn a_revision_name_is_sent_only_where_the_file_sets_it() {
    let entry = json!({"image": "a/new", "revision": {"name": "web-v2"}});
    let step = Step::new::<Services>(Action::Update, "web", entry).on(busy_service()).changed(&["image"]);
    assert_eq!(only_body::<Services>(&step)["template"]["revision"], "web-v2");
}

#[test]
fn what_the_file_drops_goes_or_returns_to_its_default() {
    let mut before = busy_service();
    before["template"]["containers"][0]["livenessProbe"] = json!({"grpc": {}});
    before["template"]["containers"][0]["command"] = json!(["x"]);
    let step = Step::new::<Services>(Action::Update, "web", json!({"image": "a/old"})).on(before).removed(&[
        "env.A",
        "labels.theirs",
        "livenessProbe",
        "startupProbe",
        "command",
        "vpcAccess",
        "timeout",
        "resources.limits",
        "volumes.v",
        "volumeMounts[mountPath=/v]",
        "traffic",
        "revision.scaling",
    ]);
    let body = only_body::<Services>(&step);
    assert_eq!(body["labels"], json!({"stackctl-stack": "prefect"}));
    assert_eq!(body["traffic"], json!([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}]));
    assert_eq!(
        body["template"],
        json!({
            "annotations": {"theirs": "3"}, "timeout": "300s", "serviceAccount": "sa@x",
            "containers": [{
                "image": "a/old", "env": [{"name": "THEIRS", "value": "1"}], "resources": {"cpuIdle": true},
                "ports": [{"name": "http1", "containerPort": 8080}], "volumeMounts": [],
            }],
            "volumes": [], "maxInstanceRequestConcurrency": 80,
        })
    );
}

#[test]
fn a_change_of_members_alone_leaves_the_service_alone() {
    let mut before = busy_service();
    before["labels"]["stackctl-stack"] = json!("prefect");
    let mut step = Step::new::<Services>(Action::Update, "web", json!({"image": "a/old", "invokers": ["allUsers"]}))
        .on(before)
        .changed(&[r#"iam["roles/run.invoker"].allUsers"#])
        .removed(&[r#"iam["roles/run.invoker"]["user:a@b.c"]"#]);
    step.live.as_mut().unwrap().policy =
        Some(json!({"bindings": [{"role": "roles/run.invoker", "members": ["user:a@b.c", "user:d@e.f"]}]}));
    let calls = step.calls::<Services>();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["add"], json!([{"role": "roles/run.invoker", "members": ["allUsers"]}]));
    assert_eq!(calls[0]["remove"], json!([{"role": "roles/run.invoker", "members": ["user:a@b.c"]}]));
}

#[test]
fn deletes_and_replacements_name_the_item() {
    let step = Step::new::<Jobs>(Action::Replace, "job", json!({"image": "a/b"})).on(json!({"etag": "e"}));
    let calls = step.calls::<Jobs>();
    let requests: Vec<&Json> = calls.iter().map(|call| &call["request"]).collect();
    assert_eq!(requests, [&json!(format!("DELETE {ITEM}/jobs/job")), &json!(format!("POST {ITEM}/jobs"))]);
    assert_eq!(calls[1]["body"].get("etag"), None);
}

#[test]
fn a_worker_pools_launch_stage_is_never_sent() {
    let before = json!({"launchStage": "BETA", "etag": "e", "template": {"containers": [{"image": "a/old"}]}});
    let step =
        Step::new::<WorkerPools>(Action::Update, "pool", json!({"image": "a/new"})).on(before).changed(&["image"]);
    let body = only_body::<WorkerPools>(&step);
    assert_eq!(
        body,
        json!({"etag": "e", "labels": {"stackctl-stack": "prefect"}, "template": {"containers": [{"image": "a/new"}]}})
    );
}

#[test]
fn a_plan_asks_google_with_the_same_request() {
    let step =
        Step::new::<Services>(Action::Update, "web", json!({"image": "a/new"})).on(busy_service()).changed(&["image"]);
    let request = Services::dry_run(&step.input()).expect("an update can be tried");
    assert_eq!(request.to_string(), format!("PATCH {ITEM}/services/web"));
    assert_eq!(request.query_value("validateOnly"), Some("true"));
    let create = Step::new::<WorkerPools>(Action::Create, "pool", json!({"image": "a/b"}));
    assert_eq!(WorkerPools::dry_run(&create.input()).unwrap().query_value("validateOnly"), Some("true"));
    assert!(Services::dry_run(&Step::new::<Services>(Action::Delete, "web", json!({})).input()).is_none());
    let mut unknown = Step::new::<Services>(Action::Create, "web", json!({"image": "a/b"}));
    let template = crate::model::Template::whole(crate::model::Reference::ProjectNumber);
    unknown.desired.as_mut().unwrap().put("env.A", Doc::Unknown(template));
    assert!(Services::dry_run(&unknown.input()).is_none(), "what is not known yet cannot be asked about");
}

#[test]
fn a_version_that_is_a_number_is_sent_as_text() {
    let entry = json!({"image": "a/b", "env": {"S": {"secret": "projects/p/secrets/s", "version": 7}},
        "volumes": {"v": {"secret": "projects/p/secrets/s", "version": 7}}});
    let body = only_body::<Services>(&Step::new::<Services>(Action::Create, "web", entry));
    let container = &body["template"]["containers"][0];
    assert_eq!(container["env"][0]["valueSource"]["secretKeyRef"]["version"], "7");
    assert_eq!(body["template"]["volumes"][0]["secret"]["items"], json!([{"path": "s", "version": "7"}]));
}

#[test]
fn a_failed_revision_is_made_anew_although_nothing_differs() {
    let mut failed = busy_service();
    failed["labels"]["stackctl-stack"] = json!("prefect");
    failed["terminalCondition"] =
        json!({"type": "Ready", "state": "CONDITION_FAILED", "message": "Permission denied on secret."});
    assert_eq!(
        Services::ails(&live(failed.clone())).as_deref(),
        Some(
            "revision `web-00003-abc` is not ready and Google does not try again by itself: Permission denied on secret"
        )
    );
    let step = Step::new::<Services>(Action::Update, "web", json!({"image": "a/old"})).on(failed.clone());
    let calls = step.calls::<Services>();
    assert_eq!((calls.len(), &calls[0]["query"]), (1, &json!("forceNewRevision=true")));
    assert_eq!(calls[0]["body"]["template"].get("revision"), None);
    let adopt = Step::new::<Services>(Action::Adopt, "web", json!({"image": "a/old"})).on(failed.clone());
    assert!(adopt.calls::<Services>().is_empty(), "taken over as it is");
    let job = Step::new::<Jobs>(Action::Update, "web", json!({"image": "a/old"})).on(failed);
    assert_eq!(job.calls::<Jobs>()[0]["query"], "", "jobs have no revisions");

    assert_eq!(Services::ails(&live(busy_service())), None);
    let healthy =
        Step::new::<Services>(Action::Update, "web", json!({"image": "a/new"})).on(busy_service()).changed(&["image"]);
    assert_eq!(healthy.calls::<Services>()[0]["query"], "");
}
