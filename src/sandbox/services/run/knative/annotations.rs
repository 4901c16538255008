//! What v1 keeps in annotations of a template and v2 in fields of it.
//!
//! Facts: discovery of both versions, Google's page on annotations of a Cloud Run v1 service and what gcloud sends.

use serde_json::{Map, Value as Json, json};

use super::super::Makes;

const RUN: &str = "run.googleapis.com/";

/// Moves the annotations that have a field of their own into `template`; the rest stays an annotation.
pub(super) fn to_fields(annotations: &Json, template: &mut Map<String, Json>, makes: Makes) {
    let mut rest = Map::new();
    for (key, value) in annotations.as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        if !field_of(key, text, template, makes) {
            rest.insert(key.clone(), value.clone());
        }
    }
    if makes == Makes::Service {
        let throttled = annotations["run.googleapis.com/cpu-throttling"].as_str();
        let boosted = annotations["run.googleapis.com/startup-cpu-boost"].as_str().is_some_and(is_true);
        cpu_to_fields(template, throttled.is_none_or(is_true), boosted);
    }
    if !rest.is_empty() {
        template.insert("annotations".to_owned(), rest.into());
    }
}

/// Handles one annotation; false when it has no field in v2.
fn field_of(key: &str, text: &str, template: &mut Map<String, Json>, makes: Makes) -> bool {
    if let Some(bound) = key.strip_prefix("autoscaling.knative.dev/") {
        let field = match bound {
            "minScale" => "minInstanceCount",
            "maxScale" => "maxInstanceCount",
            _ => return false,
        };
        child(template, "scaling").insert(field.to_owned(), json!(text.parse::<i64>().unwrap_or(0)));
        return true;
    }
    let Some(name) = key.strip_prefix(RUN) else { return false };
    match name {
        "client-name" => drop(template.insert("client".to_owned(), json!(text))),
        "client-version" => drop(template.insert("clientVersion".to_owned(), json!(text))),
        "cpu-throttling" | "startup-cpu-boost" => return makes == Makes::Service,
        "execution-environment" => {
            let value = format!("EXECUTION_ENVIRONMENT_{}", text.to_uppercase());
            template.insert("executionEnvironment".to_owned(), json!(value));
        }
        "sessionAffinity" => drop(template.insert("sessionAffinity".to_owned(), json!(is_true(text)))),
        "vpc-access-connector" => drop(child(template, "vpcAccess").insert("connector".to_owned(), json!(text))),
        "vpc-access-egress" => {
            let egress = if text == "all-traffic" || text == "all" { "ALL_TRAFFIC" } else { "PRIVATE_RANGES_ONLY" };
            child(template, "vpcAccess").insert("egress".to_owned(), json!(egress));
        }
        "network-interfaces" => {
            let list = serde_json::from_str::<Json>(text).unwrap_or_else(|_| json!([]));
            child(template, "vpcAccess").insert("networkInterfaces".to_owned(), list);
        }
        "cloudsql-instances" => cloud_sql_to_volume(template, text),
        "container-dependencies" => dependencies_to_fields(template, text),
        "encryption-key" => drop(template.insert("encryptionKey".to_owned(), json!(text))),
        "health-check-disabled" => drop(template.insert("healthCheckDisabled".to_owned(), json!(is_true(text)))),
        "gpu-zonal-redundancy-disabled" => {
            template.insert("gpuZonalRedundancyDisabled".to_owned(), json!(is_true(text)));
        }
        _ => return false,
    }
    true
}

/// The annotations that a v2 template's fields are in v1.
pub(super) fn from_fields(template: &Json, makes: Makes) -> Map<String, Json> {
    let mut out = template["annotations"].as_object().cloned().unwrap_or_default();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), json!(value));
        }
    };
    let text = |value: &Json| value.as_str().map(str::to_owned);
    put("run.googleapis.com/client-name", text(&template["client"]));
    put("run.googleapis.com/client-version", text(&template["clientVersion"]));
    put("autoscaling.knative.dev/minScale", number(&template["scaling"]["minInstanceCount"]));
    put("autoscaling.knative.dev/maxScale", number(&template["scaling"]["maxInstanceCount"]));
    let environment = template["executionEnvironment"].as_str().and_then(|word| word.rsplit('_').next());
    put("run.googleapis.com/execution-environment", environment.map(str::to_lowercase));
    put("run.googleapis.com/encryption-key", text(&template["encryptionKey"]));
    put("run.googleapis.com/vpc-access-connector", text(&template["vpcAccess"]["connector"]));
    let egress = template["vpcAccess"]["egress"].as_str().map(|word| word.to_lowercase().replace('_', "-"));
    put("run.googleapis.com/vpc-access-egress", egress);
    let interfaces = template["vpcAccess"].get("networkInterfaces").map(spaced);
    put("run.googleapis.com/network-interfaces", interfaces);
    put("run.googleapis.com/cloudsql-instances", cloud_sql_instances(template));
    put("run.googleapis.com/container-dependencies", dependencies(template));
    for (field, name) in [
        ("sessionAffinity", "sessionAffinity"),
        ("healthCheckDisabled", "health-check-disabled"),
        ("gpuZonalRedundancyDisabled", "gpu-zonal-redundancy-disabled"),
    ] {
        put(&format!("{RUN}{name}"), template[field].as_bool().filter(|set| *set).map(|set| set.to_string()));
    }
    if makes == Makes::Service {
        let resources = &ingress(template)["resources"];
        let boost = resources["startupCpuBoost"].as_bool().unwrap_or(false);
        let idle = resources["cpuIdle"].as_bool().unwrap_or(false);
        put("run.googleapis.com/startup-cpu-boost", boost.then(|| "true".to_owned()));
        put("run.googleapis.com/cpu-throttling", (!idle).then(|| "false".to_owned()));
    }
    out
}

/// Python's and Go's spellings of true: gcloud sends `True`.
pub(super) fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

fn child<'a>(map: &'a mut Map<String, Json>, name: &str) -> &'a mut Map<String, Json> {
    let entry = map.entry(name).or_insert_with(|| json!({}));
    if !entry.is_object() {
        *entry = json!({});
    }
    entry.as_object_mut().expect("it was just made an object")
}

fn number(value: &Json) -> Option<String> {
    value.as_i64().map(|count| count.to_string())
}

fn ingress(template: &Json) -> &Json {
    let list = template["containers"].as_array().map_or(&[][..], Vec::as_slice);
    list.iter().find(|container| container.get("ports").is_some()).or_else(|| list.first()).unwrap_or(&Json::Null)
}

/// In v1 both settings are the revision's; in v2 they are the containers', the boost only the one's with the port.
fn cpu_to_fields(template: &mut Map<String, Json>, idle: bool, boost: bool) {
    let Some(list) = template.get_mut("containers").and_then(Json::as_array_mut) else { return };
    let single = list.len() == 1;
    for container in list {
        let takes_requests = single || container.get("ports").is_some();
        let Some(container) = container.as_object_mut() else { continue };
        let resources = child(container, "resources");
        if idle {
            resources.insert("cpuIdle".to_owned(), json!(true));
        }
        if boost && takes_requests {
            resources.insert("startupCpuBoost".to_owned(), json!(true));
        }
    }
}

fn cloud_sql_to_volume(template: &mut Map<String, Json>, text: &str) {
    let instances: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let volumes = template.entry("volumes").or_insert_with(|| json!([]));
    if let Some(volumes) = volumes.as_array_mut() {
        volumes.push(json!({"name": "cloudsql", "cloudSqlInstance": {"instances": instances}}));
    }
    for container in template.get_mut("containers").and_then(Json::as_array_mut).into_iter().flatten() {
        let Some(container) = container.as_object_mut() else { continue };
        let mounts = container.entry("volumeMounts").or_insert_with(|| json!([]));
        if let Some(mounts) = mounts.as_array_mut() {
            mounts.push(json!({"name": "cloudsql", "mountPath": "/cloudsql"}));
        }
    }
}

fn cloud_sql_instances(template: &Json) -> Option<String> {
    let volumes = template["volumes"].as_array()?;
    let instances = volumes.iter().find_map(|volume| volume["cloudSqlInstance"]["instances"].as_array())?;
    Some(instances.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(","))
}

fn dependencies_to_fields(template: &mut Map<String, Json>, text: &str) {
    let Ok(Json::Object(wanted)) = serde_json::from_str::<Json>(text) else { return };
    for container in template.get_mut("containers").and_then(Json::as_array_mut).into_iter().flatten() {
        let needs = container["name"].as_str().and_then(|name| wanted.get(name)).cloned();
        if let (Some(needs), Some(map)) = (needs, container.as_object_mut()) {
            map.insert("dependsOn".to_owned(), needs);
        }
    }
}

fn dependencies(template: &Json) -> Option<String> {
    let containers = template["containers"].as_array()?;
    let map: Map<String, Json> = containers
        .iter()
        .filter_map(|container| Some((container["name"].as_str()?.to_owned(), container.get("dependsOn")?.clone())))
        .collect();
    (!map.is_empty()).then(|| Json::from(map).to_string())
}

/// JSON with a space after commas and colons, the form in which gcloud writes this annotation.
fn spaced(value: &Json) -> String {
    match value {
        Json::Array(list) => format!("[{}]", list.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let fields: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", json!(key), spaced(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_vpc_egress_of_gcloud_becomes_fields_and_comes_back() {
        let sent = json!({
            "run.googleapis.com/network-interfaces": "[{\"network\": \"n\", \"subnetwork\": \"s\"}]",
            "run.googleapis.com/vpc-access-egress": "private-ranges-only",
            "run.googleapis.com/startup-cpu-boost": "True",
            "example.com/own": "kept"
        });
        let mut template = json!({"containers": [{"image": "i"}]}).as_object().cloned().unwrap_or_default();
        to_fields(&sent, &mut template, Makes::Service);
        assert_eq!(
            template["vpcAccess"],
            json!({"networkInterfaces": [{"network": "n", "subnetwork": "s"}], "egress": "PRIVATE_RANGES_ONLY"})
        );
        assert_eq!(template["containers"][0]["resources"], json!({"cpuIdle": true, "startupCpuBoost": true}));
        assert_eq!(template["annotations"], json!({"example.com/own": "kept"}));
        let back = Json::from(from_fields(&template.into(), Makes::Service));
        assert_eq!(back["run.googleapis.com/network-interfaces"], sent["run.googleapis.com/network-interfaces"]);
        assert_eq!(back["run.googleapis.com/startup-cpu-boost"], "true");
        assert!(back.get("run.googleapis.com/cpu-throttling").is_none(), "idle CPU is v1's default");
    }

    #[test]
    fn scale_bounds_and_sql_instances_have_fields() {
        let sent = json!({"autoscaling.knative.dev/maxScale": "3", "run.googleapis.com/cloudsql-instances": "p:r:i"});
        let mut template = json!({"containers": [{"image": "i"}]}).as_object().cloned().unwrap_or_default();
        to_fields(&sent, &mut template, Makes::Service);
        assert_eq!(template["scaling"]["maxInstanceCount"], 3);
        assert_eq!(template["volumes"][0]["cloudSqlInstance"]["instances"], json!(["p:r:i"]));
        assert_eq!(Json::from(from_fields(&template.into(), Makes::Service)), sent);
    }
}
