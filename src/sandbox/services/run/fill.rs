//! What Cloud Run fills into a template that leaves things out.
//!
//! Pure: a template in, the same template with Google's defaults out. Facts: recorded creates of services (April 2024)
//! and jobs (September 2025 to February 2026); what is not recorded says so.

use serde_json::{Map, Value as Json, json};

use super::quantity::cpu_millis;

/// What a template makes; the same field has another default in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Makes {
    /// Revisions of a service.
    Service,
    /// Tasks of a job.
    Task,
    /// Revisions of a worker pool.
    WorkerPool,
}

/// Fills a revision's or task's template.
pub(crate) fn template(template: &mut Json, makes: Makes, project_number: &str) {
    let Some(map) = template.as_object_mut() else { return };
    let account = format!("{project_number}-compute@developer.gserviceaccount.com");
    default(map, "serviceAccount", json!(account));
    match makes {
        Makes::Service => {
            default(map, "timeout", json!("300s"));
            let scaling = map.entry("scaling").or_insert_with(|| json!({}));
            // The documented default of a revision; the provider's description calls the field filled in by the server.
            if let Some(scaling) = scaling.as_object_mut() {
                default(scaling, "maxInstanceCount", json!(100));
            }
        }
        Makes::Task => {
            default(map, "timeout", json!("600s"));
            // A count of zero is a choice here: the field is one of a `oneof`.
            map.entry("maxRetries").or_insert(json!(3));
            default(map, "executionEnvironment", json!("EXECUTION_ENVIRONMENT_GEN2"));
        }
        Makes::WorkerPool => {}
    }
    vpc_access(map);
    containers(map, makes);
    cloud_sql_mounts(map);
    if makes == Makes::Service {
        let small = map.get("containers").and_then(ingress_cpu).is_some_and(|cpu| cpu < 1000);
        default(map, "maxInstanceRequestConcurrency", json!(if small { 1 } else { 80 }));
    }
}

/// Sets a field that is absent or holds its type's zero, which proto3 cannot tell from absent.
fn default(map: &mut Map<String, Json>, field: &str, value: Json) {
    let empty = match map.get(field) {
        None | Some(Json::Null) => true,
        Some(Json::String(text)) => text.is_empty() || text.ends_with("_UNSPECIFIED"),
        Some(value) => value.as_i64() == Some(0),
    };
    if empty {
        map.insert(field.to_owned(), value);
    }
}

/// Direct VPC egress without an egress setting routes private ranges; a missing half of an interface is looked up.
fn vpc_access(template: &mut Map<String, Json>) {
    let Some(access) = template.get_mut("vpcAccess").and_then(Json::as_object_mut) else { return };
    if access.contains_key("networkInterfaces") || access.contains_key("connector") {
        default(access, "egress", json!("PRIVATE_RANGES_ONLY"));
    }
    for interface in access.get_mut("networkInterfaces").and_then(Json::as_array_mut).into_iter().flatten() {
        let Some(interface) = interface.as_object_mut() else { continue };
        // "If subnetwork is not specified, the subnetwork with the same name with the network will be used": discovery.
        if let (Some(network), false) = (interface.get("network").cloned(), interface.contains_key("subnetwork")) {
            let name = network.as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
            interface.insert("subnetwork".to_owned(), json!(name));
        }
    }
}

fn containers(template: &mut Map<String, Json>, makes: Makes) {
    let Some(list) = template.get_mut("containers").and_then(Json::as_array_mut) else { return };
    let count = list.len();
    for container in list {
        let Some(map) = container.as_object_mut() else { continue };
        resources(map, makes, count);
        if makes == Makes::Service {
            ports(map, count);
        }
        let port = map.get("ports").and_then(|ports| ports[0]["containerPort"].as_i64()).unwrap_or(8080);
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            if let Some(probe) = map.get_mut(probe).and_then(Json::as_object_mut) {
                self::probe(probe, port);
            }
        }
        if makes == Makes::Service && map.contains_key("ports") && !map.contains_key("startupProbe") {
            let probe = json!({"timeoutSeconds": 240, "periodSeconds": 240, "failureThreshold": 1, "tcpSocket": {"port": port}});
            map.insert("startupProbe".to_owned(), probe);
        }
    }
}

fn resources(container: &mut Map<String, Json>, makes: Makes, count: usize) {
    let unset = !container.contains_key("resources");
    let resources = container.entry("resources").or_insert_with(|| json!({}));
    let Some(resources) = resources.as_object_mut() else { return };
    let limits = resources.entry("limits").or_insert_with(|| json!({}));
    if let Some(limits) = limits.as_object_mut() {
        default(limits, "cpu", json!("1000m"));
        // Recorded in November 2025: three containers of a job got 256Mi each.
        let memory = if makes == Makes::Task && count > 1 { "256Mi" } else { "512Mi" };
        default(limits, "memory", json!(memory));
    }
    // "True by default. However, if ResourceRequirements is set, the caller must explicitly set this field": discovery.
    if unset && makes == Makes::Service {
        resources.insert("cpuIdle".to_owned(), json!(true));
    }
}

/// Only the container that takes requests has a port: the single one, or the one that names it.
fn ports(container: &mut Map<String, Json>, count: usize) {
    if count == 1 && container.get("ports").and_then(Json::as_array).is_none_or(Vec::is_empty) {
        container.insert("ports".to_owned(), json!([{"name": "http1", "containerPort": 8080}]));
    }
    for port in container.get_mut("ports").and_then(Json::as_array_mut).into_iter().flatten() {
        let Some(port) = port.as_object_mut() else { continue };
        default(port, "name", json!("http1"));
        default(port, "containerPort", json!(8080));
    }
}

fn probe(probe: &mut Map<String, Json>, port: i64) {
    default(probe, "timeoutSeconds", json!(1));
    default(probe, "periodSeconds", json!(10));
    default(probe, "failureThreshold", json!(3));
    for action in ["httpGet", "tcpSocket", "grpc"] {
        let Some(action_map) = probe.get_mut(action).and_then(Json::as_object_mut) else { continue };
        default(action_map, "port", json!(port));
        if action == "httpGet" {
            default(action_map, "path", json!("/"));
        }
    }
}

/// Recorded: a Cloud SQL volume asked for at another path comes back at `/cloudsql`.
fn cloud_sql_mounts(template: &mut Map<String, Json>) {
    let volumes = template.get("volumes").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let names: Vec<String> = volumes
        .iter()
        .filter(|volume| volume.get("cloudSqlInstance").is_some())
        .filter_map(|volume| Some(volume.get("name")?.as_str()?.to_owned()))
        .collect();
    for container in template.get_mut("containers").and_then(Json::as_array_mut).into_iter().flatten() {
        for mount in container.get_mut("volumeMounts").and_then(Json::as_array_mut).into_iter().flatten() {
            if mount["name"].as_str().is_some_and(|name| names.iter().any(|known| known == name)) {
                mount["mountPath"] = json!("/cloudsql");
            }
        }
    }
}

fn ingress_cpu(containers: &Json) -> Option<u64> {
    let list = containers.as_array()?;
    let ingress = list.iter().find(|container| container.get("ports").is_some()).or_else(|| list.first())?;
    cpu_millis(ingress["resources"]["limits"]["cpu"].as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(mut value: Json, makes: Makes) -> Json {
        template(&mut value, makes, "882850097339");
        value
    }

    #[test]
    fn service_template_gets_the_recorded_defaults() {
        let sent = json!({"containers": [{"image": "gcr.io/cloudrun/hello"}], "scaling": {"maxInstanceCount": 2}});
        let expected = json!({
            "scaling": {"maxInstanceCount": 2}, "timeout": "300s",
            "serviceAccount": "882850097339-compute@developer.gserviceaccount.com",
            "containers": [{
                "image": "gcr.io/cloudrun/hello",
                "resources": {"limits": {"memory": "512Mi", "cpu": "1000m"}, "cpuIdle": true},
                "ports": [{"name": "http1", "containerPort": 8080}],
                "startupProbe": {"timeoutSeconds": 240, "periodSeconds": 240, "failureThreshold": 1, "tcpSocket": {"port": 8080}}
            }],
            "maxInstanceRequestConcurrency": 80
        });
        assert_eq!(filled(sent, Makes::Service), expected);
    }

    #[test]
    fn containers_of_a_job_share_memory_and_their_probes_are_completed() {
        let sent = json!({"containers": [
            {"image": "a", "name": "hello", "startupProbe": {"httpGet": {"path": "/"}}},
            {"image": "b", "name": "goodbye"}
        ]});
        let got = filled(sent, Makes::Task);
        assert_eq!(got["containers"][0]["resources"], json!({"limits": {"cpu": "1000m", "memory": "256Mi"}}));
        assert_eq!(
            got["containers"][0]["startupProbe"],
            json!({"httpGet": {"path": "/", "port": 8080}, "timeoutSeconds": 1, "periodSeconds": 10, "failureThreshold": 3})
        );
        assert!(got["containers"][1].get("ports").is_none());
        assert_eq!((&got["timeout"], &got["maxRetries"]), (&json!("600s"), &json!(3)));
    }

    #[test]
    fn resources_that_are_sent_lose_idle_cpu_and_a_small_cpu_takes_one_request() {
        let sent = json!({"containers": [{"image": "a", "resources": {"limits": {"cpu": "500m"}}}]});
        let got = filled(sent, Makes::Service);
        assert_eq!(got["containers"][0]["resources"], json!({"limits": {"cpu": "500m", "memory": "512Mi"}}));
        assert_eq!(got["maxInstanceRequestConcurrency"], 1);
    }
}
