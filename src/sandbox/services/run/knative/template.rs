//! Templates of revisions, executions and tasks in their v1 and v2 spelling.

use serde_json::{Map, Value as Json, json};

use super::super::Makes;
use super::annotations;
use super::containers::{container_to_v1, container_to_v2, copied, volume_to_v1, volume_to_v2};

const ACCELERATOR: &str = "run.googleapis.com/accelerator";

/// A v1 revision template (of a service or a worker pool) as v2 has it.
pub(super) fn revision_to_v2(v1: &Json, makes: Makes) -> Json {
    let mut v2 = spec_to_v2(&v1["spec"]);
    if let Some(count) = v1["spec"]["containerConcurrency"].as_i64() {
        v2.insert("maxInstanceRequestConcurrency".to_owned(), json!(count));
    }
    metadata_to_v2(&v1["metadata"], &mut v2, makes);
    if let Some(name) = v1["metadata"]["name"].as_str().filter(|name| !name.is_empty()) {
        v2.insert("revision".to_owned(), json!(name));
    }
    v2.into()
}

/// A v2 revision template as v1 has it.
pub(super) fn revision_to_v1(v2: &Json, makes: Makes) -> Json {
    let mut spec = spec_to_v1(v2);
    if let Some(count) = v2.get("maxInstanceRequestConcurrency") {
        spec.insert("containerConcurrency".to_owned(), count.clone());
    }
    let mut metadata = metadata_to_v1(v2, makes);
    if let Some(name) = v2.get("revision") {
        metadata.insert("name".to_owned(), name.clone());
    }
    json!({"metadata": metadata, "spec": spec})
}

/// A v1 execution template as v2 has it.
pub(super) fn execution_to_v2(v1: &Json) -> Json {
    let task = &v1["spec"]["template"]["spec"];
    let mut template = spec_to_v2(task);
    if let Some(retries) = task.get("maxRetries") {
        template.insert("maxRetries".to_owned(), retries.clone());
    }
    let mut outer = copied(&v1["spec"], &["parallelism", "taskCount", "delayExecution"]);
    metadata_to_v2(&v1["metadata"], &mut template, Makes::Task);
    for field in ["labels", "annotations", "client", "clientVersion"] {
        if let Some(value) = template.remove(field) {
            outer.insert(field.to_owned(), value);
        }
    }
    outer.insert("template".to_owned(), template.into());
    outer.into()
}

/// A v2 execution template as v1 has it.
pub(super) fn execution_to_v1(v2: &Json) -> Json {
    let mut spec = copied(v2, &["parallelism", "taskCount", "delayExecution"]);
    spec.insert("template".to_owned(), json!({"spec": task_to_v1(&v2["template"])}));
    // v1 keeps the settings of the tasks in the annotations of the execution.
    let mut joined = v2["template"].as_object().cloned().unwrap_or_default();
    joined.extend(copied(v2, &["labels", "annotations", "client", "clientVersion"]));
    json!({"metadata": metadata_to_v1(&joined.into(), Makes::Task), "spec": spec})
}

/// A v2 task template as v1 has it.
pub(super) fn task_to_v1(v2: &Json) -> Json {
    let mut spec = spec_to_v1(v2);
    if let Some(retries) = v2.get("maxRetries") {
        spec.insert("maxRetries".to_owned(), retries.clone());
    }
    // The one difference between the two specs: a task's timeout is a 64-bit number, so a text in JSON.
    if let Some(timeout) = spec.get("timeoutSeconds").and_then(Json::as_i64) {
        spec.insert("timeoutSeconds".to_owned(), json!(timeout.to_string()));
    }
    spec.into()
}

/// The fields of a revision's spec, for a revision that is shown by itself.
pub(super) fn spec_to_v1(v2: &Json) -> Map<String, Json> {
    let mut spec = Map::new();
    if let Some(containers) = v2["containers"].as_array() {
        spec.insert("containers".to_owned(), containers.iter().map(container_to_v1).collect());
    }
    if let Some(account) = v2.get("serviceAccount") {
        spec.insert("serviceAccountName".to_owned(), account.clone());
    }
    if let Some(seconds) = v2["timeout"].as_str().and_then(seconds) {
        spec.insert("timeoutSeconds".to_owned(), json!(seconds));
    }
    let volumes: Vec<Json> = v2["volumes"].as_array().into_iter().flatten().filter_map(volume_to_v1).collect();
    if !volumes.is_empty() {
        hide_cloud_sql_mounts(v2, &mut spec);
        spec.insert("volumes".to_owned(), volumes.into());
    } else if v2.get("volumes").is_some() {
        hide_cloud_sql_mounts(v2, &mut spec);
    }
    if let Some(accelerator) = v2["nodeSelector"].get("accelerator") {
        spec.insert("nodeSelector".to_owned(), json!({ACCELERATOR: accelerator}));
    }
    spec
}

/// Annotations and labels of a v2 template, as v1's metadata.
pub(super) fn metadata_to_v1(v2: &Json, makes: Makes) -> Map<String, Json> {
    let mut metadata = Map::new();
    let annotations = annotations::from_fields(v2, makes);
    if !annotations.is_empty() {
        metadata.insert("annotations".to_owned(), annotations.into());
    }
    if let Some(labels) = v2.get("labels") {
        metadata.insert("labels".to_owned(), labels.clone());
    }
    metadata
}

fn metadata_to_v2(metadata: &Json, v2: &mut Map<String, Json>, makes: Makes) {
    if let Some(labels) = metadata["labels"].as_object().filter(|labels| !labels.is_empty()) {
        v2.insert("labels".to_owned(), json!(labels));
    }
    annotations::to_fields(&metadata["annotations"], v2, makes);
}

fn spec_to_v2(spec: &Json) -> Map<String, Json> {
    let mut v2 = Map::new();
    if let Some(account) = spec["serviceAccountName"].as_str().filter(|name| !name.is_empty()) {
        v2.insert("serviceAccount".to_owned(), json!(account));
    }
    let timeout = &spec["timeoutSeconds"];
    if let Some(seconds) = timeout.as_i64().or_else(|| timeout.as_str()?.parse().ok()) {
        v2.insert("timeout".to_owned(), json!(format!("{seconds}s")));
    }
    if let Some(containers) = spec["containers"].as_array() {
        v2.insert("containers".to_owned(), containers.iter().map(container_to_v2).collect());
    }
    if let Some(volumes) = spec["volumes"].as_array().filter(|list| !list.is_empty()) {
        v2.insert("volumes".to_owned(), volumes.iter().map(volume_to_v2).collect());
    }
    if let Some(accelerator) = spec["nodeSelector"].get(ACCELERATOR) {
        v2.insert("nodeSelector".to_owned(), json!({ "accelerator": accelerator }));
    }
    v2
}

fn hide_cloud_sql_mounts(v2: &Json, spec: &mut Map<String, Json>) {
    let is_sql = |name: &Json| {
        let mut volumes = v2["volumes"].as_array().into_iter().flatten();
        volumes.any(|volume| volume["name"] == *name && volume.get("cloudSqlInstance").is_some())
    };
    for container in spec.get_mut("containers").and_then(Json::as_array_mut).into_iter().flatten() {
        let Some(container) = container.as_object_mut() else { continue };
        let Some(mounts) = container.get_mut("volumeMounts").and_then(Json::as_array_mut) else { continue };
        mounts.retain(|mount| !is_sql(&mount["name"]));
        if mounts.is_empty() {
            container.remove("volumeMounts");
        }
    }
}

fn seconds(duration: &str) -> Option<i64> {
    duration.strip_suffix('s')?.parse::<f64>().ok().map(|seconds| seconds as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What gcloud sends for the grants job, but for the SQL.
    #[test]
    fn job_of_gcloud_becomes_an_execution_template() {
        let v1 = json!({
            "metadata": {
                "annotations": {
                    "run.googleapis.com/client-name": "gcloud",
                    "run.googleapis.com/network-interfaces": "[{\"network\": \"n\", \"subnetwork\": \"s\"}]"
                },
                "labels": {"client.knative.dev/nonce": "kek_fog_yud"}
            },
            "spec": {"template": {"spec": {"containers": [{"image": "postgres:15-alpine", "name": ""}], "nodeSelector": {}}}}
        });
        let v2 = execution_to_v2(&v1);
        let expected = json!({
            "labels": {"client.knative.dev/nonce": "kek_fog_yud"}, "client": "gcloud",
            "template": {
                "containers": [{"image": "postgres:15-alpine"}],
                "vpcAccess": {"networkInterfaces": [{"network": "n", "subnetwork": "s"}]}
            }
        });
        assert_eq!(v2, expected);
        assert_eq!(execution_to_v2(&execution_to_v1(&v2)), expected, "both directions agree");
    }

    #[test]
    fn cloud_sql_mounts_are_shown_only_as_the_annotation() {
        let v2 = json!({
            "containers": [{"image": "i", "volumeMounts": [{"name": "cloudsql", "mountPath": "/cloudsql"}]}],
            "volumes": [{"name": "cloudsql", "cloudSqlInstance": {"instances": ["p:r:i"]}}], "timeout": "600s"
        });
        let v1 = revision_to_v1(&v2, Makes::WorkerPool);
        assert!(v1["spec"]["containers"][0].get("volumeMounts").is_none());
        assert_eq!(v1["metadata"]["annotations"]["run.googleapis.com/cloudsql-instances"], "p:r:i");
        assert_eq!(v1["spec"]["timeoutSeconds"], 600);
        assert_eq!(revision_to_v2(&v1, Makes::WorkerPool), v2);
    }
}
