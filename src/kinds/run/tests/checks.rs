//! Each fault that is known offline, and entries without any.

use super::*;
use crate::kinds::CheckInput;
use crate::model::{Reference, Template};

fn faults<K: Kind>(entry: Json) -> Vec<String> {
    let place = place("web");
    let mut doc = doc(entry);
    K::complete(&place, &mut doc);
    let found = K::check(&CheckInput { place: &place, doc: &doc });
    found
        .iter()
        .map(|fault| {
            assert!(fault.field.is_some(), "{} names its field", fault.code);
            format!("{} {}", fault.code, fault.field.as_ref().unwrap())
        })
        .collect()
}

/// An entry of a service: `more` beside an image.
fn with(more: Json) -> Json {
    let mut entry = json!({"image": "docker.io/library/nginx:1"});
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    entry
}

#[test]
fn entries_as_people_write_them_have_no_faults() {
    let server = json!({
        "image": "us-docker.pkg.dev/p/r/i@sha256:00", "serviceAccount": "sa@p.iam.gserviceaccount.com",
        "vpcAccess": {"network": "projects/p/global/networks/n", "subnetwork": "projects/p/regions/r/subnetworks/s", "egress": "PRIVATE_RANGES_ONLY"},
        "scaling": {"minInstanceCount": 1, "maxInstanceCount": 1},
        "env": {"A": "b", "S": {"secret": "projects/p/secrets/s"}},
        "startupProbe": {"httpGet": {"path": "/api/ready"}, "periodSeconds": 10, "failureThreshold": 24},
        "invokers": ["allUsers"],
    });
    assert_eq!(faults::<Services>(server), [""; 0]);
    let rich = with(json!({
        "containerName": "main", "ports": [{"containerPort": 4200}], "dependsOnContainers": ["proxy"],
        "sidecars": {"proxy": {"image": "a/b", "startupProbe": {"tcpSocket": {"port": 1}},
            "volumeMounts": [{"name": "sql", "mountPath": "/cloudsql"}]}},
        "volumes": {"sql": {"cloudSqlInstance": {"instances": ["p:r:i"]}}},
        "resources": {"limits": {"cpu": "2", "memory": "4Gi"}, "cpuIdle": false}, "timeout": "3600s",
        "traffic": [{"percent": 90}, {"revision": "web-00001-a", "percent": 10, "tag": "old"}],
        "encryptionKey": "k", "encryptionKeyRevocationAction": "SHUTDOWN", "encryptionKeyShutdownDuration": "24h",
    }));
    assert_eq!(faults::<Services>(rich), [""; 0]);
    assert_eq!(faults::<Services>(with(json!({"resources": {"limits": {"cpu": "0.5", "memory": "1Gi"}}}))), [""; 0]);
    assert_eq!(faults::<WorkerPools>(with(json!({"scaling": {"manualInstanceCount": 0}}))), [""; 0]);
    assert_eq!(
        faults::<Jobs>(with(json!({"taskCount": 5, "parallelism": 5, "maxRetries": 0, "timeout": "24h"}))),
        [""; 0]
    );
}

#[test]
fn each_fault_of_a_service_names_its_field() {
    let table: &[(Json, &[&str])] = &[
        (json!({"image": "nginx"}), &["bad-image image"]),
        (json!({"image": "a b/c"}), &["bad-image image"]),
        (json!({"containerName": "Main"}), &["bad-name containerName"]),
        (json!({"ports": [{"containerPort": 0}]}), &["out-of-range ports[0].containerPort"]),
        (json!({"ports": [{"name": "http2"}]}), &["bad-port-name ports[0].name"]),
        (json!({"ports": [{}, {}]}), &["one-port ports"]),
        (json!({"sidecars": {"s": {"image": "a/b"}}}), &["one-ingress ports"]),
        (json!({"ports": [{}], "sidecars": {"s": {"image": "a/b", "ports": [{}]}}}), &["one-ingress sidecars.s.ports"]),
        (
            json!({"ports": [{}], "containerName": "s", "sidecars": {"s": {"image": "a/b"}}}),
            &["same-name containerName"],
        ),
        (json!({"dependsOnContainers": ["x"]}), &["no-such-container dependsOnContainers[0]"]),
        (
            json!({"ports": [{}], "containerName": "m", "dependsOnContainers": ["s"], "sidecars": {"s": {"image": "a/b", "dependsOn": ["m"]}}}),
            &["waits-for-nothing dependsOnContainers[0]", "container-cycle dependsOnContainers"],
        ),
        (json!({"startupProbe": {}}), &["probe-without-way startupProbe"]),
        (json!({"livenessProbe": {"grpc": {}, "httpGet": {}}}), &["probe-with-two-ways livenessProbe"]),
        (json!({"livenessProbe": {"grpc": {}, "timeoutSeconds": 11}}), &["probe-timeout livenessProbe.timeoutSeconds"]),
        (json!({"startupProbe": {"grpc": {}, "periodSeconds": 241}}), &["out-of-range startupProbe.periodSeconds"]),
        (
            json!({"startupProbe": {"grpc": {}, "failureThreshold": 25}}),
            &["startup-too-long startupProbe.failureThreshold"],
        ),
        (json!({"startupProbe": {"httpGet": {"path": "ready"}}}), &["bad-path startupProbe.httpGet.path"]),
        (json!({"startupProbe": {"tcpSocket": {"port": 70000}}}), &["out-of-range startupProbe.tcpSocket.port"]),
        (json!({"resources": {"limits": {"cpu": "3"}}}), &["bad-cpu resources.limits.cpu"]),
        (json!({"resources": {"limits": {"cpu": "lots"}}}), &["bad-cpu resources.limits.cpu"]),
        (json!({"resources": {"limits": {"cpu": "0.05"}}}), &["bad-cpu resources.limits.cpu"]),
        (json!({"resources": {"limits": {"memory": "64Gi"}}}), &["bad-memory resources.limits.memory"]),
        (json!({"resources": {"limits": {"memory": "5Gi"}}}), &["cpu-for-memory resources.limits"]),
        (json!({"resources": {"limits": {"cpu": "8", "memory": "2Gi"}}}), &["memory-for-cpu resources.limits"]),
        (json!({"resources": {"limits": {"cpu": "0.25", "memory": "1Gi"}}}), &["cpu-for-memory resources.limits"]),
        (json!({"resources": {"limits": {"disk": "1"}}}), &["unknown-limit resources.limits.disk"]),
        (
            json!({"resources": {"limits": {"cpu": "0.5"}}, "maxInstanceRequestConcurrency": 80}),
            &["small-cpu maxInstanceRequestConcurrency"],
        ),
        (json!({"resources": {"limits": {"cpu": "0.5"}, "cpuIdle": false}}), &["small-cpu resources.cpuIdle"]),
        (
            json!({"resources": {"limits": {"cpu": "0.5"}}, "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2"}),
            &["small-cpu executionEnvironment"],
        ),
        (
            json!({"executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2", "resources": {"limits": {"memory": "256Mi"}}}),
            &["too-little-memory resources.limits.memory"],
        ),
        (json!({"nodeSelector": {"accelerator": "nvidia-l4"}}), &["gpu-unused nodeSelector"]),
        (
            json!({"resources": {"limits": {"nvidia.com/gpu": "1"}}}),
            &[r#"gpu-without-type resources.limits["nvidia.com/gpu"]"#],
        ),
        (
            json!({"resources": {"limits": {"nvidia.com/gpu": "1"}, "cpuIdle": true}, "nodeSelector": {"accelerator": "x"}}),
            &["gpu-needs-cpu resources.cpuIdle"],
        ),
        (json!({"env": {"PORT": "1"}}), &["reserved-variable env.PORT"]),
        (json!({"env": {"X_GOOGLE_A": "1"}}), &["reserved-variable env.X_GOOGLE_A"]),
        (json!({"env": {"A=B": "1"}}), &[r#"bad-variable env["A=B"]"#]),
        (json!({"env": {"S": {"secret": "s", "version": "projects/1/versions/2"}}}), &["bad-version env.S.version"]),
        (json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}), &["no-such-volume volumeMounts[0].name"]),
        (json!({"volumes": {"v": {"emptyDir": {}}}}), &["volume-unused volumes.v"]),
        (
            json!({"volumes": {"v": {}}, "volumeMounts": [{"name": "v", "mountPath": "/v"}]}),
            &["volume-without-source volumes.v"],
        ),
        (
            json!({"volumes": {"v": {"emptyDir": {}, "secret": "s"}}, "volumeMounts": [{"name": "v", "mountPath": "/v"}]}),
            &["volume-with-two-sources volumes.v"],
        ),
        (
            json!({"volumes": {"v": {"emptyDir": {}}}, "volumeMounts": [{"name": "v", "mountPath": "v"}]}),
            &["bad-mount volumeMounts[0].mountPath"],
        ),
        (
            json!({"volumes": {"v": {"emptyDir": {}}}, "volumeMounts": [{"name": "v", "mountPath": "/v"}, {"name": "v", "mountPath": "/v/"}]}),
            &["mounted-twice volumeMounts[1].mountPath"],
        ),
        (
            json!({"volumes": {"v": {"cloudSqlInstance": {"instances": ["db"]}}}, "volumeMounts": [{"name": "v", "mountPath": "/sql"}]}),
            &["bad-connection-name volumes.v.cloudSqlInstance.instances[0]", "bad-mount volumeMounts[0].mountPath"],
        ),
        (
            json!({"volumes": {"v": {"secret": "s", "items": [{"path": "a"}, {"path": "/b"}], "mode": 1}}, "volumeMounts": [{"name": "v", "mountPath": "/v"}]}),
            &["items-and-version volumes.v.mode", "bad-path volumes.v.items[1].path"],
        ),
        (
            json!({"volumes": {"v": {"nfs": {"server": "s"}}}, "volumeMounts": [{"name": "v", "mountPath": "/v"}], "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN1"}),
            &["needs-gen2 executionEnvironment"],
        ),
        (json!({"vpcAccess": {"egress": "PRIVATE_RANGES_ONLY"}}), &["network-missing vpcAccess.egress"]),
        (json!({"vpcAccess": {"tags": ["a"]}}), &["network-missing vpcAccess.tags"]),
        (
            json!({"vpcAccess": {"network": "projects/p/global/networks/n", "tags": ["A"]}}),
            &["bad-tag vpcAccess.tags[0]"],
        ),
        (json!({"vpcAccess": {"network": "n", "connector": "c"}}), &["connector-and-network vpcAccess.connector"]),
        (
            json!({"scaling": {"minInstanceCount": 3, "maxInstanceCount": 2}}),
            &["min-above-max scaling.minInstanceCount"],
        ),
        (
            json!({"revision": {"scaling": {"minInstanceCount": 3, "maxInstanceCount": 2}}}),
            &["min-above-max revision.scaling.minInstanceCount"],
        ),
        (json!({"scaling": {"maxInstanceCount": 0}}), &["out-of-range scaling.maxInstanceCount"]),
        (json!({"scaling": {"scalingMode": "MANUAL"}}), &["manual-count scaling.scalingMode"]),
        (
            json!({"scaling": {"scalingMode": "AUTOMATIC", "manualInstanceCount": 1}}),
            &["manual-count scaling.scalingMode"],
        ),
        (
            json!({"scaling": {"manualInstanceCount": 1, "minInstanceCount": 1}}),
            &["manual-count scaling.minInstanceCount"],
        ),
        (json!({"traffic": [{"percent": 50}]}), &["shares-not-100 traffic"]),
        (json!({"traffic": [{"percent": 101}]}), &["out-of-range traffic[0].percent", "shares-not-100 traffic"]),
        (
            json!({"traffic": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "percent": 100}]}),
            &["target-revision traffic[0].type"],
        ),
        (
            json!({"traffic": [{"percent": 100, "tag": "a"}, {"revision": "r", "tag": "a"}]}),
            &["tag-twice traffic[1].tag"],
        ),
        (json!({"traffic": [{"percent": 100, "tag": "B"}]}), &["bad-tag traffic[0].tag"]),
        (json!({"traffic": [{"percent": 100, "tag": "a".repeat(50)}]}), &["tag-too-long traffic[0].tag"]),
        (json!({"timeout": "2h"}), &["out-of-range timeout"]),
        (json!({"timeout": "soon"}), &["bad-duration timeout"]),
        (json!({"maxInstanceRequestConcurrency": 1001}), &["out-of-range maxInstanceRequestConcurrency"]),
        (json!({"revision": {"name": "other-1"}}), &["bad-name revision.name"]),
        (json!({"revision": {"name": "web-1"}}), &["fixed-revision-name revision.name"]),
        (json!({"invokerIamDisabled": true, "invokers": ["allUsers"]}), &["invokers-unused invokerIamDisabled"]),
        (
            json!({"labels": {"cloud.googleapis.com/location": "x"}}),
            &[r#"reserved-key labels["cloud.googleapis.com/location"]"#],
        ),
        (
            json!({"revision": {"annotations": {"autoscaling.knative.dev/minScale": "1"}}}),
            &[r#"reserved-key revision.annotations["autoscaling.knative.dev/minScale"]"#],
        ),
        (json!({"encryptionKeyRevocationAction": "PREVENT_NEW"}), &["key-missing encryptionKeyRevocationAction"]),
        (
            json!({"encryptionKey": "k", "encryptionKeyShutdownDuration": "3600s"}),
            &["not-here encryptionKeyShutdownDuration"],
        ),
        (
            json!({"encryptionKey": "k", "encryptionKeyRevocationAction": "SHUTDOWN", "encryptionKeyShutdownDuration": "90m"}),
            &["bad-duration encryptionKeyShutdownDuration"],
        ),
        (
            json!({"binaryAuthorization": {"useDefault": true, "policy": "p"}}),
            &["two-policies binaryAuthorization.policy"],
        ),
        (json!({"description": "x".repeat(513)}), &["too-long description"]),
    ];
    for (more, expected) in table {
        let found: Vec<String> =
            faults::<Services>(with(more.clone())).into_iter().map(|fault| unquoted(&fault)).collect();
        let expected: Vec<String> = expected.iter().map(|fault| unquoted(fault)).collect();
        assert_eq!(found, expected, "{more}");
    }
}

/// Whether a key needs quotes in a path is the path's own matter.
fn unquoted(fault: &str) -> String {
    fault.replace("[\"", ".").replace("\"]", "")
}

#[test]
fn worker_pools_and_jobs_have_rules_of_their_own() {
    let sidecar = |more: Json| with(json!({"sidecars": {"s": more}}));
    let pool = |entry: Json| faults::<WorkerPools>(entry);
    assert_eq!(pool(with(json!({"resources": {"cpuIdle": true}}))), ["not-here resources.cpuIdle"]);
    assert_eq!(pool(with(json!({"resources": {"limits": {"cpu": "0.5"}}}))), ["bad-cpu resources.limits.cpu"]);
    assert_eq!(
        pool(with(json!({"scaling": {"manualInstanceCount": -1}}))),
        ["out-of-range scaling.manualInstanceCount"]
    );
    assert_eq!(pool(with(json!({"instanceSplits": [{"percent": 1}]}))), ["shares-not-100 instanceSplits"]);
    assert_eq!(pool(sidecar(json!({"image": "a/b", "ports": [{}]}))), ["not-here sidecars.s.ports"]);
    assert_eq!(pool(sidecar(json!({"image": "a/b"}))), [""; 0], "no port is needed");
    let little = json!({"resources": {"limits": {"memory": "256Mi"}}});
    assert_eq!(pool(with(little.clone())), ["too-little-memory resources.limits.memory"]);
    assert_eq!(faults::<Jobs>(with(little.clone())), ["too-little-memory resources.limits.memory"]);
    assert_eq!(faults::<Services>(with(little)), [""; 0], "the first generation takes it");
    let job = |entry: Json| faults::<Jobs>(entry);
    assert_eq!(
        job(sidecar(json!({"image": "a/b", "livenessProbe": {"grpc": {}}}))),
        ["not-here sidecars.s.livenessProbe"]
    );
    assert_eq!(job(with(json!({"taskCount": 2, "parallelism": 3}))), ["parallelism parallelism"]);
    assert_eq!(job(with(json!({"taskCount": 0}))), ["out-of-range taskCount"]);
    assert_eq!(job(with(json!({"maxRetries": 11}))), ["out-of-range maxRetries"]);
    assert_eq!(job(with(json!({"timeout": "200h"}))), ["out-of-range timeout"]);
    assert_eq!(job(with(json!({"env": {"CLOUD_RUN_JOB": "x", "PORT": "1"}}))), ["reserved-variable env.CLOUD_RUN_JOB"]);
}

#[test]
fn what_is_not_known_yet_is_taken_to_be_right() {
    let unknown = || Doc::Unknown(Template::whole(Reference::ProjectNumber));
    let mut doc = doc(with(json!({
        "ports": [{}], "scaling": {"minInstanceCount": 5}, "startupProbe": {"grpc": {}}, "resources": {"limits": {}},
        "vpcAccess": {}, "traffic": [{"percent": 50}, {}], "encryptionKey": "k", "env": {"S": {"secret": "s"}},
        "volumes": {"v": {"emptyDir": {}}}, "volumeMounts": [{"mountPath": "/v"}],
    })));
    for path in [
        "image",
        "scaling.maxInstanceCount",
        "startupProbe.periodSeconds",
        "startupProbe.timeoutSeconds",
        "resources.limits.cpu",
        "resources.limits.memory",
        "vpcAccess.network",
        "timeout",
        "revision.name",
        "env.A",
        "env.S.version",
        "maxInstanceRequestConcurrency",
        "encryptionKeyRevocationAction",
        "encryptionKeyShutdownDuration",
    ] {
        doc.put(path, unknown());
    }
    let lists = [("traffic[1]", "percent"), ("ports[0]", "containerPort"), ("volumeMounts[0]", "name")];
    for (list, field) in lists {
        let (name, index) = list.trim_end_matches(']').split_once('[').unwrap();
        let Some(Doc::List(elements)) = doc.as_map_mut().unwrap().get_mut(name) else { panic!("{name}") };
        elements[index.parse::<usize>().unwrap()].put(field, unknown());
    }
    let place = place("web");
    Services::complete(&place, &mut doc);
    let found = Services::check(&CheckInput { place: &place, doc: &doc });
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn an_own_url_that_is_switched_off_is_a_fault() {
    let mut doc = doc(with(json!({"defaultUriDisabled": true})));
    doc.put("env.URL", Doc::Unknown(Template::whole(Reference::Own { output: DocPath::keys("url") })));
    let found = Services::check(&CheckInput { place: &place("web"), doc: &doc });
    assert_eq!(found.iter().map(|fault| fault.code.as_str()).collect::<Vec<_>>(), ["no-url"]);
}
