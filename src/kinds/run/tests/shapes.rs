//! The way between file and API: lossless, and the same as documented.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::kinds::shape;

/// Everything that the file can say of a container, with what it is in the API.
fn container() -> (Json, Json) {
    let file = json!({
        "image": "docker.io/library/nginx:1",
        "command": ["/bin/sh"],
        "args": ["-c", "true"],
        "env": {"A": "text", "EMPTY": "", "S": {"secret": "projects/demo/secrets/s", "version": "3"}},
        "resources": {"limits": {"cpu": "1", "memory": "512Mi"}, "cpuIdle": true, "startupCpuBoost": true},
        "ports": [{"name": "h2c", "containerPort": 9090}],
        "startupProbe": {"httpGet": {"path": "/", "port": 1}, "periodSeconds": 3},
        "workingDir": "/w",
        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    });
    let mut api = file.clone();
    api["env"] = json!([
        {"name": "A", "value": "text"},
        {"name": "EMPTY"},
        {"name": "S", "valueSource": {"secretKeyRef": {"secret": "projects/demo/secrets/s", "version": "3"}}},
    ]);
    (file, api)
}

fn extended(mut json: Json, more: Json) -> Json {
    let map = json.as_object_mut().unwrap();
    map.extend(more.as_object().unwrap().clone());
    json
}

/// What all three have around their containers: in the file, in the innermost template.
fn around() -> (Json, Json) {
    let file = json!({
        "serviceAccount": "sa@demo.iam.gserviceaccount.com",
        "vpcAccess": {"egress": "ALL_TRAFFIC", "network": "projects/demo/global/networks/n", "tags": ["t"]},
        "encryptionKey": "k",
        "nodeSelector": {"accelerator": "nvidia-l4"},
        "gpuZonalRedundancyDisabled": true,
        "volumes": {
            "one": {"secret": "projects/demo/secrets/s", "version": "2", "path": "f", "mode": 256, "defaultMode": 292},
            "many": {"secret": "projects/demo/secrets/s", "items": [{"path": "a", "version": "1"}, {"path": "b"}]},
            "bare": {"secret": "projects/demo/secrets/s"},
            "sql": {"cloudSqlInstance": {"instances": ["a:b:c"]}},
            "room": {"emptyDir": {"medium": "MEMORY", "sizeLimit": "1Gi"}},
            "nfs": {"nfs": {"server": "10.0.0.1", "path": "/x", "readOnly": true}},
            "gcs": {"gcs": {"bucket": "b", "mountOptions": ["o"]}},
            "share": {"filestore": {"volume": "v"}},
        },
    });
    let mut api = file.clone();
    api["vpcAccess"] = json!({
        "egress": "ALL_TRAFFIC",
        "networkInterfaces": [{"network": "projects/demo/global/networks/n", "tags": ["t"]}],
    });
    api["volumes"] = json!([
        {"name": "one", "secret": {"secret": "projects/demo/secrets/s", "defaultMode": 292,
            "items": [{"path": "f", "version": "2", "mode": 256}]}},
        {"name": "many", "secret": {"secret": "projects/demo/secrets/s",
            "items": [{"path": "a", "version": "1"}, {"path": "b"}]}},
        {"name": "bare", "secret": {"secret": "projects/demo/secrets/s"}},
        {"name": "sql", "cloudSqlInstance": {"instances": ["a:b:c"]}},
        {"name": "room", "emptyDir": {"medium": "MEMORY", "sizeLimit": "1Gi"}},
        {"name": "nfs", "nfs": {"server": "10.0.0.1", "path": "/x", "readOnly": true}},
        {"name": "gcs", "gcs": {"bucket": "b", "mountOptions": ["o"]}},
        {"name": "share", "filestore": {"volume": "v"}},
    ]);
    (file, api)
}

/// The containers of an entry with one sidecar: in the file, in the API.
fn containers(probes: Json) -> (Json, Json) {
    let (file, api) = container();
    let (file, api) = (extended(file, probes.clone()), extended(api, probes));
    let mut sidecar_file = file.clone();
    sidecar_file["dependsOn"] = json!(["main"]);
    let mut sidecar_api = api.clone();
    sidecar_api["dependsOn"] = json!(["main"]);
    sidecar_api["name"] = json!("proxy");
    let file = extended(
        file,
        json!({"containerName": "main", "dependsOnContainers": ["proxy"],
        "sidecars": {"proxy": sidecar_file}}),
    );
    let api = extended(api, json!({"name": "main", "dependsOn": ["proxy"]}));
    (file, json!([api, sidecar_api]))
}

fn assert_shapes(section: &str, file: &Json, api: &Json) {
    let shapes = descriptor(section).shapes;
    assert_eq!(plain(&shape::to_api(shapes, doc(file.clone()))), *api, "{section} towards the API");
    assert_eq!(plain(&shape::to_file(shapes, doc(api.clone()))), *file, "{section} towards the file");
}

#[test]
fn every_field_of_a_service_stands_where_the_api_wants_it() {
    let probes = json!({"livenessProbe": {"grpc": {"port": 2}}, "readinessProbe": {"grpc": {}}, "baseImageUri": "b"});
    let (containers_file, containers_api) = containers(probes);
    let (around_file, around_api) = around();
    let outer = json!({
        "labels": {"a": "1"}, "annotations": {"b": "2"}, "description": "d", "ingress": "INGRESS_TRAFFIC_ALL",
        "scaling": {"minInstanceCount": 1, "maxInstanceCount": 2}, "traffic": [{"percent": 100}],
        "binaryAuthorization": {"useDefault": true}, "customAudiences": ["x"], "invokerIamDisabled": true,
        "defaultUriDisabled": true, "iapEnabled": true, "launchStage": "BETA", "buildConfig": {"imageUri": "i"},
    });
    let template = json!({
        "timeout": "60s", "maxInstanceRequestConcurrency": 10, "sessionAffinity": true, "healthCheckDisabled": true,
        "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2", "serviceMesh": {"mesh": "m"},
        "encryptionKeyRevocationAction": "SHUTDOWN", "encryptionKeyShutdownDuration": "3600s",
    });
    let inner = json!({"labels": {"c": "3"}, "annotations": {"d": "4"}, "scaling": {"maxInstanceCount": 3}});
    let file = extended(extended(extended(outer.clone(), template.clone()), around_file), containers_file);
    let file = extended(file, json!({"revision": extended(inner.clone(), json!({"name": "x-1"}))}));
    let template = extended(extended(extended(template, around_api), inner), json!({"revision": "x-1"}));
    let template = extended(template, json!({"containers": containers_api}));
    assert_shapes("services", &file, &extended(outer, json!({"template": template})));
}

#[test]
fn every_field_of_a_worker_pool_stands_where_the_api_wants_it() {
    let (containers_file, containers_api) = containers(json!({"livenessProbe": {"grpc": {"port": 2}}}));
    let (around_file, around_api) = around();
    let outer = json!({
        "labels": {"a": "1"}, "annotations": {"b": "2"}, "description": "d", "scaling": {"manualInstanceCount": 2},
        "instanceSplits": [{"percent": 100}], "binaryAuthorization": {"useDefault": true},
    });
    let template = json!({"encryptionKeyRevocationAction": "PREVENT_NEW"});
    let inner = json!({"labels": {"c": "3"}, "annotations": {"d": "4"}});
    let file = extended(extended(extended(outer.clone(), template.clone()), around_file), containers_file);
    let file = extended(file, json!({"revision": extended(inner.clone(), json!({"name": "x-1"}))}));
    let template = extended(extended(extended(template, around_api), inner), json!({"revision": "x-1"}));
    let template = extended(template, json!({"containers": containers_api}));
    assert_shapes("workerPools", &file, &extended(outer, json!({"template": template})));
}

#[test]
fn every_field_of_a_job_stands_where_the_api_wants_it() {
    let (containers_file, containers_api) = containers(json!({}));
    let (around_file, around_api) = around();
    let outer = json!({"labels": {"a": "1"}, "annotations": {"b": "2"}, "launchStage": "BETA"});
    let execution = json!({"taskCount": 3, "parallelism": 2});
    let task = json!({"maxRetries": 0, "timeout": "60s", "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2"});
    let inner = json!({"labels": {"c": "3"}, "annotations": {"d": "4"}});
    let file = extended(extended(extended(outer.clone(), execution.clone()), task.clone()), around_file);
    let file = extended(extended(file, containers_file), json!({"task": inner}));
    let task = extended(extended(task, around_api), json!({"containers": containers_api}));
    let execution = extended(extended(execution, inner), json!({"template": task}));
    assert_shapes("jobs", &file, &extended(outer, json!({"template": execution})));
}

#[test]
fn what_has_no_short_form_stays_as_the_api_has_it() {
    let api = json!({
        "futureOuter": 1,
        "template": {
            "futureInner": 2,
            "containers": [
                {"image": "i", "futureContainer": 3, "buildConfig": {"tags": ["t"]}, "env": [
                    {"name": "A", "value": ""}, {"name": "B", "value": "x", "future": 4},
                    {"name": "C", "valueSource": {"secretKeyRef": {"secret": "s", "version": "1", "future": 5}}},
                ]},
                {"image": "j", "env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
                {"name": "twice", "image": "k", "env": [{"name": "A"}]},
                {"name": "twice", "image": "l"},
            ],
            "vpcAccess": {"networkInterfaces": [{"network": "a"}, {"network": "b"}]},
            "volumes": [
                {"name": "v", "secret": {"secret": "s", "items": [{"path": "p", "future": 6}], "future": 7}},
                {"name": "w", "secret": {"secret": "s", "items": [{"path": "p", "future": 6}]}},
            ],
            "containersLike": [],
        },
    });
    for section in ["services", "workerPools"] {
        let shapes = descriptor(section).shapes;
        let file = shape::to_file(shapes, doc(api.clone()));
        assert_eq!(file.dig("futureOuter").and_then(Doc::as_i64), Some(1));
        assert_eq!(file.dig("revision.futureInner").and_then(Doc::as_i64), Some(2));
        assert_eq!(file.dig("container.futureContainer").and_then(Doc::as_i64), Some(3));
        assert_eq!(plain(&shape::to_api(shapes, file)), api, "{section}");
    }
    for api in [json!({"template": {}}), json!({"template": {"containers": []}}), json!({"template": null}), json!({})]
    {
        let shapes = descriptor("services").shapes;
        assert_eq!(plain(&shape::to_api(shapes, shape::to_file(shapes, doc(api.clone())))), api);
    }
}

#[test]
fn a_service_that_answers_without_cpu_idle_has_its_cpu_all_the_time() {
    let containers = json!([
        {"image": "a/b", "resources": {"limits": {"cpu": "1"}}, "ports": [{}]},
        {"image": "c/d", "name": "s", "resources": {"cpuIdle": true}},
        {"image": "e/f", "name": "t"},
    ]);
    let live = live(json!({"template": {"containers": containers}}));
    let shown = plain(&Services::to_file(&place("web"), &live));
    assert_eq!(shown["resources"]["cpuIdle"], false);
    assert_eq!(shown["sidecars"]["s"]["resources"]["cpuIdle"], true);
    assert_eq!(shown["sidecars"]["t"].get("resources"), None);
}

#[test]
fn unknown_and_sensitive_values_go_through() {
    let template = crate::model::Template::whole(crate::model::Reference::ProjectNumber);
    let unknown = || Doc::Unknown(template.clone());
    let mut file = doc(json!({"image": "a/b", "env": {"S": {"secret": "s"}}}));
    file.put("env.U", unknown());
    file.put("env.T", Doc::Sensitive(Box::new(Doc::from("token"))));
    file.put("env.S.version", unknown());
    let shapes = descriptor("services").shapes;
    let api = shape::to_api(shapes, file.clone());
    let env = api.at(&"template.containers[0].env".parse().unwrap()).unwrap().as_list().unwrap();
    assert_eq!(env[0].dig("valueSource.secretKeyRef.version"), Some(&unknown()));
    assert_eq!(env[1].get("value"), Some(&unknown()));
    assert_eq!(env[2].get("value"), Some(&Doc::Sensitive(Box::new(Doc::from("token")))));
    assert_eq!(shape::to_file(shapes, api), file);
}

#[test]
fn the_api_path_of_each_field_is_told() {
    let table = [
        ("services", "image", "template.containers[0].image"),
        ("services", "containerName", "template.containers[0].name"),
        ("services", "dependsOnContainers", "template.containers[0].dependsOn"),
        ("services", "resources.limits.cpu", "template.containers[0].resources.limits.cpu"),
        ("services", "env", "template.containers[0].env"),
        ("services", "env.A", "template.containers[0].env[].value"),
        ("services", "env{}.secret", "template.containers[0].env[].valueSource.secretKeyRef.secret"),
        ("services", "env[\"A.B\"].version", "template.containers[0].env[].valueSource.secretKeyRef.version"),
        ("services", "sidecars{}.image", "template.containers[].image"),
        ("services", "sidecars.proxy.env.A", "template.containers[].env[].value"),
        ("services", "volumes.data.nfs.path", "template.volumes[].nfs.path"),
        ("services", "volumes{}.secret", "template.volumes[].secret.secret"),
        ("services", "volumes{}.version", "template.volumes[].secret.items[0].version"),
        ("services", "volumes{}.defaultMode", "template.volumes[].secret.defaultMode"),
        ("services", "vpcAccess.network", "template.vpcAccess.networkInterfaces[0].network"),
        ("services", "vpcAccess.egress", "template.vpcAccess.egress"),
        ("services", "scaling.minInstanceCount", "scaling.minInstanceCount"),
        ("services", "revision.scaling.minInstanceCount", "template.scaling.minInstanceCount"),
        ("services", "revision.name", "template.revision"),
        ("services", "revision", "template"),
        ("services", "labels.a", "labels.a"),
        ("services", "timeout", "template.timeout"),
        ("services", "invokers", "(policy) bindings[role=roles/run.invoker].members"),
        ("workerPools", "revision.labels", "template.labels"),
        ("workerPools", "scaling.manualInstanceCount", "scaling.manualInstanceCount"),
        ("jobs", "image", "template.template.containers[0].image"),
        ("jobs", "taskCount", "template.taskCount"),
        ("jobs", "maxRetries", "template.template.maxRetries"),
        ("jobs", "task.labels", "template.labels"),
        ("jobs", "volumes{}.emptyDir.medium", "template.template.volumes[].emptyDir.medium"),
        ("jobs", "sidecars.x.dependsOn", "template.template.containers[].dependsOn"),
        ("jobs", "labels", "labels"),
    ];
    for (section, file, api) in table {
        assert_eq!(shape::api_path(descriptor(section).shapes, file), api, "{section}.{file}");
    }
}

fn texts() -> impl Strategy<Value = String> {
    "[a-z]{0,6}"
}

fn name() -> impl Strategy<Value = String> {
    "[a-z]{1,6}"
}

prop_compose! {
    /// What the file can say in forms of its own.
    fn entries()(
        env in proptest::collection::btree_map("[A-Z]{1,4}", (texts(), any::<bool>()), 0..4),
        names in proptest::collection::btree_set(name(), 0..3),
        secret in name(), version in proptest::option::of("[0-9]{1,2}"), path in proptest::option::of(name()),
        network in proptest::option::of(name()), egress in any::<bool>(), label in texts(), tasks in 1..5,
    ) -> Json {
        let env: serde_json::Map<String, Json> = env
            .into_iter()
            .map(|(key, (text, secret))| (key, if secret { json!({"secret": text, "version": "1"}) } else { json!(text) }))
            .collect();
        let mut file = json!({"image": "a/b", "env": env.clone(), "labels": {"x": label}, "taskCount": tasks});
        if !names.is_empty() {
            let sidecars: serde_json::Map<String, Json> =
                names.iter().map(|name| (name.clone(), json!({"image": "c/d", "env": env.clone()}))).collect();
            file["sidecars"] = Json::Object(sidecars);
            let mut volume = json!({"secret": secret});
            // A version as a file has a name: `complete` sees to it.
            if let Some(path) = path {
                volume["path"] = json!(path);
                if let Some(version) = version {
                    volume["version"] = json!(version);
                }
            }
            file["volumes"] = json!({secret: volume});
        }
        if network.is_some() || egress {
            file["vpcAccess"] = json!({});
            if let Some(network) = network {
                file["vpcAccess"]["network"] = json!(network);
            }
            if egress {
                file["vpcAccess"]["egress"] = json!("ALL_TRAFFIC");
            }
        }
        file
    }
}

proptest! {
    #[test]
    fn what_goes_to_the_api_comes_back_as_it_was(file in entries()) {
        for section in ["services", "workerPools", "jobs"] {
            let shapes = descriptor(section).shapes;
            let back = shape::to_file(shapes, shape::to_api(shapes, doc(file.clone())));
            prop_assert_eq!(plain(&back), file.clone());
        }
    }
}
