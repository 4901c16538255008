//! The envelope of a Knative object: metadata, conditions, and the annotations of a service, job or worker pool as a
//! whole.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::annotations::is_true;
use super::containers::copied;

/// What v1 needs to know of the place beyond the v2 document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// v1 shows a project by its number.
    pub number: &'a str,
    pub location: &'a str,
}

/// Annotations of the object whose values are plain texts in v2.
const TEXTS: [(&str, &str); 3] = [
    ("run.googleapis.com/client-name", "client"),
    ("run.googleapis.com/client-version", "clientVersion"),
    ("run.googleapis.com/description", "description"),
];

/// Annotations of the object that are booleans in v2.
const FLAGS: [(&str, &str); 4] = [
    ("run.googleapis.com/default-url-disabled", "defaultUriDisabled"),
    ("run.googleapis.com/invoker-iam-disabled", "invokerIamDisabled"),
    ("run.googleapis.com/iap-enabled", "iapEnabled"),
    ("run.googleapis.com/ssh-enabled", "sshEnabled"),
];

/// Annotations of the object that are numbers in v2, under `scaling`.
const COUNTS: [(&str, &str); 3] = [
    ("run.googleapis.com/minScale", "minInstanceCount"),
    ("run.googleapis.com/maxScale", "maxInstanceCount"),
    ("run.googleapis.com/manualInstanceCount", "manualInstanceCount"),
];

const INGRESS: [(&str, &str); 4] = [
    ("all", "INGRESS_TRAFFIC_ALL"),
    ("internal", "INGRESS_TRAFFIC_INTERNAL_ONLY"),
    ("internal-and-cloud-load-balancing", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"),
    ("none", "INGRESS_TRAFFIC_NONE"),
];

/// Annotations that the server writes: ignored when sent.
const OUTPUT: [&str; 6] = [
    "run.googleapis.com/ingress-status",
    "run.googleapis.com/operation-id",
    "run.googleapis.com/urls",
    "serving.knative.dev/creator",
    "serving.knative.dev/lastModifier",
    "run.googleapis.com/creator",
];

/// Reads labels and annotations of a v1 object into the fields of the v2 body.
pub(super) fn metadata_to_v2(metadata: &Json, v2: &mut Map<String, Json>) {
    let mut labels = metadata["labels"].as_object().cloned().unwrap_or_default();
    labels.retain(|key, _| !key.starts_with("cloud.googleapis.com/") && !key.starts_with("run.googleapis.com/"));
    if !labels.is_empty() {
        v2.insert("labels".to_owned(), labels.into());
    }
    let mut rest = Map::new();
    for (key, value) in metadata["annotations"].as_object().into_iter().flatten() {
        if !OUTPUT.contains(&key.as_str()) && !annotation_to_v2(key, value.as_str().unwrap_or_default(), v2) {
            rest.insert(key.clone(), value.clone());
        }
    }
    if !rest.is_empty() {
        v2.insert("annotations".to_owned(), rest.into());
    }
}

fn annotation_to_v2(key: &str, text: &str, v2: &mut Map<String, Json>) -> bool {
    let named =
        |table: &[(&str, &str)]| table.iter().find(|(name, _)| *name == key).map(|(_, field)| (*field).to_owned());
    if let Some(field) = named(&TEXTS) {
        v2.insert(field, json!(text));
    } else if let Some(field) = named(&FLAGS) {
        v2.insert(field, json!(is_true(text)));
    } else if let Some(field) = named(&COUNTS) {
        let scaling = v2.entry("scaling").or_insert_with(|| json!({}));
        scaling[field] = json!(text.parse::<i64>().unwrap_or(0));
    } else {
        match key {
            "run.googleapis.com/ingress" => {
                let found = INGRESS.iter().find(|(word, _)| *word == text);
                v2.insert("ingress".to_owned(), json!(found.map_or("INGRESS_TRAFFIC_ALL", |(_, value)| value)));
            }
            "run.googleapis.com/launch-stage" => drop(v2.insert("launchStage".to_owned(), json!(text.to_uppercase()))),
            "run.googleapis.com/scalingMode" => {
                let scaling = v2.entry("scaling").or_insert_with(|| json!({}));
                scaling["scalingMode"] = json!(text.to_uppercase());
            }
            "run.googleapis.com/custom-audiences" => {
                let list = serde_json::from_str::<Json>(text).unwrap_or_else(|_| json!([text]));
                v2.insert("customAudiences".to_owned(), list);
            }
            "run.googleapis.com/binary-authorization" => {
                let field = if text == "default" { json!({"useDefault": true}) } else { json!({"policy": text}) };
                v2.insert("binaryAuthorization".to_owned(), field);
            }
            _ => return false,
        }
    }
    true
}

/// The metadata of the object as v1 shows it.
pub(super) fn metadata_to_v1(doc: &Json, place: Place<'_>, api: &str, plural: &str) -> Map<String, Json> {
    let name = doc["name"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default();
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), json!(name));
    metadata.insert("namespace".to_owned(), json!(place.number));
    let link = format!("/apis/{api}/v1/namespaces/{}/{plural}/{name}", place.number);
    metadata.insert("selfLink".to_owned(), json!(link));
    metadata.insert("uid".to_owned(), doc["uid"].clone());
    metadata.insert("resourceVersion".to_owned(), json!(resource_version(doc)));
    metadata.insert("generation".to_owned(), json!(whole(&doc["generation"])));
    metadata.insert("creationTimestamp".to_owned(), doc["createTime"].clone());
    if let Some(time) = doc.get("deleteTime") {
        metadata.insert("deletionTimestamp".to_owned(), time.clone());
    }
    let mut labels = doc["labels"].as_object().cloned().unwrap_or_default();
    labels.insert("cloud.googleapis.com/location".to_owned(), json!(place.location));
    metadata.insert("labels".to_owned(), labels.into());
    metadata.insert("annotations".to_owned(), annotations_to_v1(doc).into());
    metadata
}

fn annotations_to_v1(doc: &Json) -> Map<String, Json> {
    let mut out = doc["annotations"].as_object().cloned().unwrap_or_default();
    for (key, field) in TEXTS {
        if let Some(text) = doc.get(field) {
            out.insert(key.to_owned(), text.clone());
        }
    }
    for (key, field) in FLAGS {
        if doc[field] == true {
            out.insert(key.to_owned(), json!("true"));
        }
    }
    for (key, field) in COUNTS {
        if let Some(count) = doc["scaling"][field].as_i64() {
            out.insert(key.to_owned(), json!(count.to_string()));
        }
    }
    if let Some((word, _)) = INGRESS.iter().find(|(_, value)| doc["ingress"] == *value) {
        out.insert("run.googleapis.com/ingress".to_owned(), json!(word));
        out.insert("run.googleapis.com/ingress-status".to_owned(), json!(word));
    }
    if let Some(stage) = doc["launchStage"].as_str().filter(|stage| *stage != "GA") {
        out.insert("run.googleapis.com/launch-stage".to_owned(), json!(stage));
    }
    if let Some(mode) = doc["scaling"]["scalingMode"].as_str() {
        out.insert("run.googleapis.com/scalingMode".to_owned(), json!(mode.to_lowercase()));
    }
    for (key, field) in
        [("run.googleapis.com/custom-audiences", "customAudiences"), ("run.googleapis.com/urls", "urls")]
    {
        if let Some(list) = doc.get(field) {
            out.insert(key.to_owned(), json!(list.to_string()));
        }
    }
    let policy = if doc["binaryAuthorization"]["useDefault"] == true {
        Some(json!("default"))
    } else {
        doc["binaryAuthorization"].get("policy").cloned()
    };
    if let Some(policy) = policy {
        out.insert("run.googleapis.com/binary-authorization".to_owned(), policy);
    }
    out.insert("serving.knative.dev/creator".to_owned(), doc["creator"].clone());
    out.insert("serving.knative.dev/lastModifier".to_owned(), doc["lastModifier"].clone());
    if let Some(operation) = doc.get("$operation") {
        out.insert("run.googleapis.com/operation-id".to_owned(), operation.clone());
    }
    out
}

/// A v2 condition as v1 has it.
pub(super) fn condition(v2: &Json) -> Json {
    let status = match v2["state"].as_str() {
        Some("CONDITION_SUCCEEDED") => "True",
        Some("CONDITION_FAILED") => "False",
        _ => "Unknown",
    };
    let mut v1 = copied(v2, &["message", "lastTransitionTime"]);
    v1.insert("type".to_owned(), json!(v2["type"].as_str().unwrap_or("Ready")));
    v1.insert("status".to_owned(), json!(status));
    let reasons = ["reason", "revisionReason", "executionReason"];
    if let Some(reason) = reasons.iter().find_map(|field| v2[*field].as_str()) {
        v1.insert("reason".to_owned(), json!(pascal(reason)));
    }
    v1.into()
}

/// `Ready` first, then the others.
pub(super) fn conditions(doc: &Json) -> Vec<Json> {
    let mut others: Vec<Json> = doc["conditions"].as_array().into_iter().flatten().map(condition).collect();
    others.sort_by_key(|condition| condition["type"].as_str().unwrap_or_default().to_owned());
    std::iter::once(condition(&doc["terminalCondition"])).chain(others).collect()
}

/// A 64-bit number that v2 writes as a text and v1 as a number.
pub(super) fn whole(value: &Json) -> i64 {
    value.as_str().and_then(|text| text.parse().ok()).or_else(|| value.as_i64()).unwrap_or(0)
}

/// The version of an object: the microseconds of its last change, as bytes in base64 (`AAYV…`).
pub(crate) fn resource_version(doc: &Json) -> String {
    let time = doc["updateTime"].as_str().and_then(|text| text.parse::<Timestamp>().ok()).unwrap_or_default();
    STANDARD.encode(time.as_microsecond().to_be_bytes()).trim_end_matches('=').to_owned()
}

/// The last segment of a full name.
pub(super) fn short(name: &Json) -> Json {
    name.as_str().and_then(|name| name.rsplit('/').next()).map_or(Json::Null, |name| json!(name))
}

fn pascal(reason: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().collect::<String>() + &letters.as_str().to_lowercase()
        })
    };
    reason.split('_').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_with_a_field_in_v2_go_there_and_come_back() {
        let metadata = json!({"labels": {"a": "b", "cloud.googleapis.com/location": "r"}, "annotations": {
            "run.googleapis.com/client-name": "gcloud", "run.googleapis.com/ingress": "internal",
            "run.googleapis.com/ingress-status": "all", "run.googleapis.com/launch-stage": "BETA",
            "run.googleapis.com/minScale": "1", "run.googleapis.com/urls": "[]", "own": "x"
        }});
        let mut v2 = Map::new();
        metadata_to_v2(&metadata, &mut v2);
        let expected = json!({
            "labels": {"a": "b"}, "client": "gcloud", "ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY",
            "launchStage": "BETA", "scaling": {"minInstanceCount": 1}, "annotations": {"own": "x"}
        });
        assert_eq!(Json::from(v2), expected);
        let back = metadata_to_v1(&expected, Place { number: "1", location: "r" }, "serving.knative.dev", "services");
        assert_eq!(back["annotations"]["run.googleapis.com/ingress-status"], "internal");
        assert_eq!(back["annotations"]["own"], "x");
    }

    #[test]
    fn resource_versions_look_like_googles_and_follow_the_last_change() {
        let version = resource_version(&json!({"updateTime": "2026-11-21T20:44:40.770610Z"}));
        assert!(version.starts_with("AAZ") || version.starts_with("AAY"), "{version}");
        assert_ne!(version, resource_version(&json!({"updateTime": "2026-11-21T20:44:40.770611Z"})));
    }

    #[test]
    fn reasons_are_spelled_in_one_word() {
        let failed = json!({"type": "Ready", "state": "CONDITION_FAILED", "reason": "VPC_NETWORK_NOT_FOUND"});
        assert_eq!(condition(&failed), json!({"type": "Ready", "status": "False", "reason": "VpcNetworkNotFound"}));
    }
}
