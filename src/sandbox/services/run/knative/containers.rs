//! Containers, volumes and probes in their v1 (Knative, Kubernetes) and v2 spelling.

use serde_json::{Map, Value as Json, json};

/// Names of a container's fields that both spell alike.
const SAME: [&str; 9] = [
    "name",
    "image",
    "command",
    "args",
    "workingDir",
    "livenessProbe",
    "startupProbe",
    "readinessProbe",
    "sandboxLauncher",
];

/// A v1 container as v2 has it.
pub(super) fn container_to_v2(v1: &Json) -> Json {
    let mut v2 = copied(v1, &SAME);
    if let Some(env) = v1["env"].as_array().filter(|list| !list.is_empty()) {
        v2.insert("env".to_owned(), env.iter().map(env_to_v2).collect());
    }
    if let Some(limits) = v1["resources"]["limits"].as_object().filter(|limits| !limits.is_empty()) {
        v2.insert("resources".to_owned(), json!({ "limits": limits }));
    }
    if let Some(ports) = v1["ports"].as_array().filter(|list| !list.is_empty()) {
        v2.insert("ports".to_owned(), ports.iter().map(|port| copied(port, &["name", "containerPort"])).collect());
    }
    if let Some(mounts) = v1["volumeMounts"].as_array().filter(|list| !list.is_empty()) {
        let fields = ["name", "mountPath", "subPath"];
        v2.insert("volumeMounts".to_owned(), mounts.iter().map(|mount| copied(mount, &fields)).collect());
    }
    v2.into()
}

/// A v2 container as v1 has it.
pub(super) fn container_to_v1(v2: &Json) -> Json {
    let mut v1 = copied(v2, &SAME);
    if let Some(env) = v2["env"].as_array() {
        v1.insert("env".to_owned(), env.iter().map(env_to_v1).collect());
    }
    if let Some(limits) = v2["resources"].get("limits") {
        v1.insert("resources".to_owned(), json!({ "limits": limits }));
    }
    for field in ["ports", "volumeMounts"] {
        if let Some(value) = v2.get(field) {
            v1.insert(field.to_owned(), value.clone());
        }
    }
    v1.into()
}

/// A v1 volume as v2 has it.
pub(super) fn volume_to_v2(v1: &Json) -> Json {
    let mut v2 = copied(v1, &["name"]);
    if let Some(secret) = v1.get("secret") {
        let mut map = copied(secret, &["defaultMode"]);
        map.insert("secret".to_owned(), secret["secretName"].clone());
        if let Some(items) = secret["items"].as_array() {
            map.insert("items".to_owned(), items.iter().map(item_to_v2).collect());
        }
        v2.insert("secret".to_owned(), map.into());
    }
    if let Some(dir) = v1.get("emptyDir") {
        let mut map = copied(dir, &["sizeLimit"]);
        if let Some(medium) = dir["medium"].as_str().filter(|medium| !medium.is_empty()) {
            map.insert("medium".to_owned(), json!(medium.to_uppercase()));
        }
        v2.insert("emptyDir".to_owned(), map.into());
    }
    if let Some(nfs) = v1.get("nfs") {
        v2.insert("nfs".to_owned(), copied(nfs, &["server", "path", "readOnly"]).into());
    }
    if let Some(csi) = v1.get("csi") {
        let mut map = copied(csi, &["readOnly"]);
        map.insert("bucket".to_owned(), csi["volumeAttributes"]["bucketName"].clone());
        if let Some(options) = csi["volumeAttributes"]["mountOptions"].as_str() {
            map.insert("mountOptions".to_owned(), options.split(',').map(|option| json!(option)).collect());
        }
        v2.insert("gcs".to_owned(), map.into());
    }
    v2.into()
}

/// A v2 volume as v1 has it; `None` for Cloud SQL, which v1 keeps in an annotation.
pub(super) fn volume_to_v1(v2: &Json) -> Option<Json> {
    if v2.get("cloudSqlInstance").is_some() {
        return None;
    }
    let mut v1 = copied(v2, &["name", "nfs"]);
    if let Some(secret) = v2.get("secret") {
        let mut map = copied(secret, &["defaultMode"]);
        map.insert("secretName".to_owned(), secret["secret"].clone());
        if let Some(items) = secret["items"].as_array() {
            map.insert("items".to_owned(), items.iter().map(item_to_v1).collect());
        }
        v1.insert("secret".to_owned(), map.into());
    }
    if let Some(dir) = v2.get("emptyDir") {
        let mut map = copied(dir, &["sizeLimit"]);
        if let Some(medium) = dir["medium"].as_str() {
            let word = if medium == "DISK" { "Disk" } else { "Memory" };
            map.insert("medium".to_owned(), json!(word));
        }
        v1.insert("emptyDir".to_owned(), map.into());
    }
    if let Some(gcs) = v2.get("gcs") {
        let mut attributes = json!({"bucketName": gcs["bucket"]});
        if let Some(options) = gcs["mountOptions"].as_array() {
            let words: Vec<&str> = options.iter().filter_map(Json::as_str).collect();
            attributes["mountOptions"] = json!(words.join(","));
        }
        let mut map = copied(gcs, &["readOnly"]);
        map.insert("driver".to_owned(), json!("gcsfuse.run.googleapis.com"));
        map.insert("volumeAttributes".to_owned(), attributes);
        v1.insert("csi".to_owned(), map.into());
    }
    Some(v1.into())
}

/// The fields of `from` that are set, by name; empty texts and lists count as unset, as gcloud sends them.
pub(super) fn copied(from: &Json, fields: &[&str]) -> Map<String, Json> {
    let set = |value: &Json| match value {
        Json::Null => false,
        Json::String(text) => !text.is_empty(),
        Json::Array(list) => !list.is_empty(),
        _ => true,
    };
    fields
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), from.get(*field)?.clone())))
        .filter(|(_, value)| set(value))
        .collect()
}

fn env_to_v2(v1: &Json) -> Json {
    match v1["valueFrom"].get("secretKeyRef") {
        Some(secret) => {
            let name = secret["name"].as_str().or_else(|| secret["localObjectReference"]["name"].as_str());
            let reference = json!({"secret": name.unwrap_or_default(), "version": secret["key"]});
            json!({"name": v1["name"], "valueSource": {"secretKeyRef": reference}})
        }
        None => json!({"name": v1["name"], "value": v1["value"].as_str().unwrap_or_default()}),
    }
}

fn env_to_v1(v2: &Json) -> Json {
    match v2["valueSource"].get("secretKeyRef") {
        Some(secret) => {
            let reference = json!({"name": secret["secret"], "key": secret["version"]});
            json!({"name": v2["name"], "valueFrom": {"secretKeyRef": reference}})
        }
        None => json!({"name": v2["name"], "value": v2["value"].as_str().unwrap_or_default()}),
    }
}

fn item_to_v2(v1: &Json) -> Json {
    let mut map = copied(v1, &["path", "mode"]);
    map.insert("version".to_owned(), v1["key"].clone());
    map.into()
}

fn item_to_v1(v2: &Json) -> Json {
    let mut map = copied(v2, &["path", "mode"]);
    map.insert("key".to_owned(), v2["version"].clone());
    map.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn container_of_gcloud_survives_both_directions() {
        let v1 = json!({
            "name": "", "image": "gcr.io/p/i", "env": [
                {"name": "A", "value": "1"},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "latest"}}}
            ],
            "ports": [{"containerPort": 8080, "name": "http1"}], "resources": {"limits": {"cpu": "1000m"}}
        });
        let v2 = container_to_v2(&v1);
        assert_eq!(v2["env"][1]["valueSource"]["secretKeyRef"], json!({"secret": "s", "version": "latest"}));
        assert!(v2.get("name").is_none(), "an empty name is no name");
        let back = container_to_v1(&v2);
        assert_eq!((&back["env"], &back["ports"]), (&v1["env"], &v1["ports"]));
    }

    #[test]
    fn volumes_change_their_spelling() {
        let v1 = json!({"name": "v", "secret": {"secretName": "s", "items": [{"key": "1", "path": "p", "mode": 256}]}});
        let v2 = volume_to_v2(&v1);
        assert_eq!(
            v2,
            json!({"name": "v", "secret": {"secret": "s", "items": [{"path": "p", "mode": 256, "version": "1"}]}})
        );
        assert_eq!(volume_to_v1(&v2), Some(v1));
        let disk = json!({"name": "d", "emptyDir": {"medium": "MEMORY", "sizeLimit": "1Gi"}});
        assert_eq!(volume_to_v1(&disk).map(|v1| volume_to_v2(&v1)), Some(disk));
    }
}
