//! The kinds of Cloud Run, one pair of translations each.

use serde_json::{Map, Value as Json, json};

use super::super::Makes;
use super::containers::copied;
use super::object::{Place, conditions, metadata_to_v1, metadata_to_v2, short, whole};
use super::template;

const SERVING: &str = "serving.knative.dev";
const RUN: &str = "run.googleapis.com";

/// A v1 service as the body that v2 would have been sent.
pub(crate) fn service_to_v2(v1: &Json) -> Json {
    let mut v2 = Map::new();
    metadata_to_v2(&v1["metadata"], &mut v2);
    v2.insert("template".to_owned(), template::revision_to_v2(&v1["spec"]["template"], Makes::Service));
    if let Some(traffic) = v1["spec"]["traffic"].as_array().filter(|list| !list.is_empty()) {
        v2.insert("traffic".to_owned(), traffic.iter().map(|target| target_to_v2(target, &TRAFFIC)).collect());
    }
    v2.into()
}

/// A stored service as v1 shows it.
pub(crate) fn service_to_v1(doc: &Json, place: Place<'_>) -> Json {
    let mut status = status(doc);
    revisions(doc, &mut status);
    if let Some(list) = doc["trafficStatuses"].as_array() {
        let latest = short(&doc["latestReadyRevision"]);
        status.insert("traffic".to_owned(), list.iter().map(|target| serving(target, &latest)).collect());
    }
    if let Some(uri) = doc.get("uri") {
        status.insert("url".to_owned(), uri.clone());
        status.insert("address".to_owned(), json!({ "url": uri }));
    }
    let mut spec = json!({"template": template::revision_to_v1(&doc["template"], Makes::Service)});
    if let Some(list) = doc["traffic"].as_array() {
        spec["traffic"] = list.iter().map(|target| target_to_v1(target, &TRAFFIC)).collect();
    }
    object(SERVING, "Service", metadata_to_v1(doc, place, SERVING, "services"), spec, status)
}

/// A v1 job as the body that v2 would have been sent.
pub(crate) fn job_to_v2(v1: &Json) -> Json {
    let mut v2 = copied(&v1["spec"], &["startExecutionToken", "runExecutionToken"]);
    metadata_to_v2(&v1["metadata"], &mut v2);
    v2.insert("template".to_owned(), template::execution_to_v2(&v1["spec"]["template"]));
    v2.into()
}

/// A stored job as v1 shows it.
pub(crate) fn job_to_v1(doc: &Json, place: Place<'_>) -> Json {
    let mut status = status(doc);
    if let Some(count) = doc.get("executionCount") {
        status.insert("executionCount".to_owned(), count.clone());
    }
    let latest = &doc["latestCreatedExecution"];
    if let Some(name) = latest.get("name") {
        let mut reference = copied(latest, &["completionStatus"]);
        reference.insert("name".to_owned(), short(name));
        for (v2, v1) in [("createTime", "creationTimestamp"), ("completionTime", "completionTimestamp")] {
            if let Some(time) = latest.get(v2) {
                reference.insert(v1.to_owned(), time.clone());
            }
        }
        status.insert("latestCreatedExecution".to_owned(), reference.into());
    }
    let spec = json!({"template": template::execution_to_v1(&doc["template"])});
    object(RUN, "Job", metadata_to_v1(doc, place, RUN, "jobs"), spec, status)
}

/// A v1 worker pool as the body that v2 would have been sent.
pub(crate) fn worker_pool_to_v2(v1: &Json) -> Json {
    let mut v2 = Map::new();
    metadata_to_v2(&v1["metadata"], &mut v2);
    if let Some(scaling) = v2.get_mut("scaling").and_then(Json::as_object_mut) {
        scaling.retain(|field, _| field == "manualInstanceCount");
    }
    v2.insert("template".to_owned(), template::revision_to_v2(&v1["spec"]["template"], Makes::WorkerPool));
    if let Some(splits) = v1["spec"]["instanceSplits"].as_array().filter(|list| !list.is_empty()) {
        v2.insert("instanceSplits".to_owned(), splits.iter().map(|split| target_to_v2(split, &SPLIT)).collect());
    }
    v2.into()
}

/// A stored worker pool as v1 shows it.
pub(crate) fn worker_pool_to_v1(doc: &Json, place: Place<'_>) -> Json {
    let mut status = status(doc);
    revisions(doc, &mut status);
    let mut spec = json!({"template": template::revision_to_v1(&doc["template"], Makes::WorkerPool)});
    if let Some(list) = doc["instanceSplits"].as_array() {
        spec["instanceSplits"] = list.iter().map(|split| target_to_v1(split, &SPLIT)).collect();
    }
    if let Some(list) = doc["instanceSplitStatuses"].as_array() {
        status.insert("instanceSplits".to_owned(), list.iter().map(|split| target_to_v1(split, &SPLIT)).collect());
    }
    object(RUN, "WorkerPool", metadata_to_v1(doc, place, RUN, "workerpools"), spec, status)
}

/// A stored revision as v1 shows it.
pub(crate) fn revision_to_v1(doc: &Json, place: Place<'_>, makes: Makes) -> Json {
    let mut metadata = metadata_to_v1(doc, place, SERVING, "revisions");
    let annotations = template::metadata_to_v1(doc, makes).remove("annotations").unwrap_or_else(|| json!({}));
    metadata.insert("annotations".to_owned(), with_authors(annotations, doc));
    let owner = short(&doc["service"]);
    if let Some(labels) = metadata.get_mut("labels").and_then(Json::as_object_mut) {
        labels.insert("serving.knative.dev/service".to_owned(), owner.clone());
        labels.insert("serving.knative.dev/configuration".to_owned(), owner.clone());
        labels.insert("serving.knative.dev/route".to_owned(), owner.clone());
        labels.insert("serving.knative.dev/configurationGeneration".to_owned(), doc["$ownerGeneration"].clone());
        labels.insert("serving.knative.dev/serviceUid".to_owned(), doc["$ownerUid"].clone());
    }
    let reference = json!([{
        "apiVersion": "serving.knative.dev/v1", "kind": "Configuration", "name": owner, "uid": doc["$ownerUid"],
        "controller": true, "blockOwnerDeletion": true
    }]);
    metadata.insert("ownerReferences".to_owned(), reference);
    let mut spec = template::spec_to_v1(doc);
    if let Some(count) = doc.get("maxInstanceRequestConcurrency") {
        spec.insert("containerConcurrency".to_owned(), count.clone());
    }
    let mut status = Map::new();
    status.insert("observedGeneration".to_owned(), json!(whole(&doc["observedGeneration"])));
    let list: Vec<Json> = doc["conditions"].as_array().into_iter().flatten().map(super::object::condition).collect();
    status.insert("conditions".to_owned(), list.into());
    for (v2, v1) in [("$imageDigest", "imageDigest"), ("logUri", "logUrl")] {
        if let Some(value) = doc.get(v2) {
            status.insert(v1.to_owned(), value.clone());
        }
    }
    status.insert("serviceName".to_owned(), owner);
    object(SERVING, "Revision", metadata, spec.into(), status)
}

/// A stored execution as v1 shows it.
pub(crate) fn execution_to_v1(doc: &Json, place: Place<'_>) -> Json {
    let job = short(&doc["job"]);
    let mut metadata = metadata_to_v1(doc, place, RUN, "executions");
    let template =
        json!({"annotations": doc["annotations"], "client": doc["client"], "clientVersion": doc["clientVersion"]});
    let mut joined = doc["template"].as_object().cloned().unwrap_or_default();
    joined.extend(copied(&template, &["annotations", "client", "clientVersion"]));
    let annotations = template::metadata_to_v1(&joined.into(), Makes::Task).remove("annotations");
    metadata.insert("annotations".to_owned(), with_authors(annotations.unwrap_or_else(|| json!({})), doc));
    if let Some(labels) = metadata.get_mut("labels").and_then(Json::as_object_mut) {
        labels.insert("run.googleapis.com/job".to_owned(), job.clone());
        labels.insert("run.googleapis.com/jobUid".to_owned(), doc["$ownerUid"].clone());
        labels.insert("run.googleapis.com/jobGeneration".to_owned(), doc["$ownerGeneration"].clone());
    }
    let reference = json!([{
        "apiVersion": "run.googleapis.com/v1", "kind": "Job", "name": job, "uid": doc["$ownerUid"],
        "controller": true, "blockOwnerDeletion": true
    }]);
    metadata.insert("ownerReferences".to_owned(), reference);
    let mut spec = copied(doc, &["parallelism", "taskCount"]);
    spec.insert("template".to_owned(), json!({"spec": template::task_to_v1(&doc["template"])}));
    let fields = [
        "startTime",
        "completionTime",
        "runningCount",
        "succeededCount",
        "failedCount",
        "cancelledCount",
        "retriedCount",
        "logUri",
    ];
    let mut status = copied(doc, &fields);
    status.insert("observedGeneration".to_owned(), json!(whole(&doc["observedGeneration"])));
    let list: Vec<Json> = doc["conditions"].as_array().into_iter().flatten().map(super::object::condition).collect();
    status.insert("conditions".to_owned(), list.into());
    object(RUN, "Execution", metadata, spec.into(), status)
}

/// A stored task as v1 shows it.
pub(crate) fn task_to_v1(doc: &Json, place: Place<'_>) -> Json {
    let mut metadata = metadata_to_v1(doc, place, RUN, "tasks");
    if let Some(labels) = metadata.get_mut("labels").and_then(Json::as_object_mut) {
        labels.insert("run.googleapis.com/job".to_owned(), short(&doc["job"]));
        labels.insert("run.googleapis.com/execution".to_owned(), short(&doc["execution"]));
    }
    let mut status = copied(doc, &["startTime", "completionTime", "retried", "lastAttemptResult", "logUri"]);
    status.insert("index".to_owned(), json!(doc["index"].as_i64().unwrap_or(0)));
    status.insert("observedGeneration".to_owned(), json!(whole(&doc["observedGeneration"])));
    let list: Vec<Json> = doc["conditions"].as_array().into_iter().flatten().map(super::object::condition).collect();
    status.insert("conditions".to_owned(), list.into());
    object(RUN, "Task", metadata, template::task_to_v1(doc), status)
}

/// How the two versions name a share of traffic, or of a pool's instances.
struct Share {
    latest: &'static str,
    named: &'static str,
}

const TRAFFIC: Share =
    Share { latest: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", named: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION" };
const SPLIT: Share =
    Share { latest: "INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST", named: "INSTANCE_SPLIT_ALLOCATION_TYPE_REVISION" };

fn target_to_v2(v1: &Json, share: &Share) -> Json {
    let mut v2 = copied(v1, &["percent", "tag"]);
    match v1["revisionName"].as_str().filter(|name| !name.is_empty() && v1["latestRevision"] != true) {
        Some(name) => {
            v2.insert("type".to_owned(), json!(share.named));
            v2.insert("revision".to_owned(), json!(name));
        }
        None => drop(v2.insert("type".to_owned(), json!(share.latest))),
    }
    v2.into()
}

fn target_to_v1(v2: &Json, share: &Share) -> Json {
    let mut v1 = copied(v2, &["percent", "tag"]);
    if let Some(uri) = v2.get("uri") {
        v1.insert("url".to_owned(), uri.clone());
    }
    if v2["type"] == share.named {
        v1.insert("revisionName".to_owned(), short(&v2["revision"]));
    } else {
        v1.insert("latestRevision".to_owned(), json!(true));
    }
    v1.into()
}

/// In a status v1 names the revision also where it is the latest.
fn serving(v2: &Json, latest: &Json) -> Json {
    let mut v1 = target_to_v1(v2, &TRAFFIC);
    if v1.get("revisionName").is_none() && !latest.is_null() {
        v1["revisionName"] = latest.clone();
    }
    v1
}

fn revisions(doc: &Json, status: &mut Map<String, Json>) {
    for (v2, v1) in
        [("latestReadyRevision", "latestReadyRevisionName"), ("latestCreatedRevision", "latestCreatedRevisionName")]
    {
        if let Some(name) = doc.get(v2) {
            status.insert(v1.to_owned(), short(name));
        }
    }
}

fn status(doc: &Json) -> Map<String, Json> {
    let mut status = Map::new();
    let generation = doc.get("observedGeneration").unwrap_or(&doc["generation"]);
    status.insert("observedGeneration".to_owned(), json!(whole(generation)));
    status.insert("conditions".to_owned(), conditions(doc).into());
    status
}

fn with_authors(annotations: Json, doc: &Json) -> Json {
    let mut annotations = annotations;
    for (key, field) in
        [("serving.knative.dev/creator", "creator"), ("serving.knative.dev/lastModifier", "lastModifier")]
    {
        if let Some(who) = doc.get(field) {
            annotations[key] = who.clone();
        }
    }
    annotations
}

fn object(api: &str, kind: &str, metadata: Map<String, Json>, spec: Json, status: Map<String, Json>) -> Json {
    json!({"apiVersion": format!("{api}/v1"), "kind": kind, "metadata": metadata, "spec": spec, "status": status})
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The `PUT` that gcloud sends for an update, but for its status.
    #[test]
    fn service_of_gcloud_becomes_the_v2_body_and_comes_back() {
        let v1 = json!({
            "metadata": {"name": "s", "annotations": {"run.googleapis.com/client-name": "gcloud"}, "labels": {}},
            "spec": {
                "template": {"metadata": {"labels": {"client.knative.dev/nonce": "x"}}, "spec": {
                    "containerConcurrency": 80, "timeoutSeconds": 300, "nodeSelector": {},
                    "serviceAccountName": "a@p.iam.gserviceaccount.com",
                    "containers": [{"image": "i", "name": "", "ports": [{"containerPort": 8080, "name": "http1"}]}]
                }},
                "traffic": [{"latestRevision": true, "percent": 100}]
            }
        });
        let v2 = service_to_v2(&v1);
        assert_eq!(v2["traffic"], json!([{"percent": 100, "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"}]));
        assert_eq!(v2["template"]["timeout"], "300s");
        assert_eq!(v2["template"]["containers"][0]["resources"], json!({"cpuIdle": true}));
        assert_eq!(v2["client"], "gcloud");
        let shown = service_to_v1(&v2, Place { number: "7", location: "us-central1" });
        assert_eq!(service_to_v2(&shown), v2, "what v1 shows means the same when it is sent back");
    }

    #[test]
    fn traffic_of_a_named_revision_keeps_its_name() {
        let v1 = json!({"revisionName": "s-00001-abc", "percent": 40, "tag": "blue"});
        let v2 = target_to_v2(&v1, &TRAFFIC);
        assert_eq!((&v2["type"], &v2["revision"]), (&json!(TRAFFIC.named), &json!("s-00001-abc")));
        assert_eq!(target_to_v1(&v2, &TRAFFIC), v1);
    }

    #[test]
    fn ready_conditions_come_first() {
        let doc = json!({
            "terminalCondition": {"type": "Ready", "state": "CONDITION_SUCCEEDED"},
            "conditions": [{"type": "RoutesReady", "state": "CONDITION_SUCCEEDED"}, {"type": "ConfigurationsReady"}]
        });
        let types: Vec<Json> = conditions(&doc).into_iter().map(|condition| condition["type"].clone()).collect();
        assert_eq!(types, ["Ready", "ConfigurationsReady", "RoutesReady"]);
    }
}
