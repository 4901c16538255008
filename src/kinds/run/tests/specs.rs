//! Entries as they are written, read into specs; what is completed; the schema.

use super::*;
use crate::model::Span;
use crate::model::tree::{Key, Node, NodeValue, Style};

fn node(json: &Json) -> Node {
    let scalar = |text: String, style| NodeValue::Scalar { text, style };
    let value = match json {
        Json::String(text) => scalar(text.clone(), Style::Quoted),
        Json::Array(list) => NodeValue::Sequence(list.iter().map(node).collect()),
        Json::Object(map) => NodeValue::Mapping(
            map.iter().map(|(key, value)| (Key { text: key.clone(), span: Span::default() }, node(value))).collect(),
        ),
        other => scalar(other.to_string(), Style::Plain),
    };
    Node { value, span: Span::default() }
}

fn row(section: &str) -> crate::kinds::Row {
    *crate::kinds::registry::find(section).expect("the kind is registered")
}

/// What is wrong with an entry.
fn faults(section: &str, entry: Json) -> Vec<String> {
    let typed = (row(section).read_spec)(&node(&entry));
    typed.faults.into_iter().map(|fault| fault.message).collect()
}

#[test]
fn what_a_recorded_resource_has_can_be_written() {
    let files = [
        ("services", include_str!("../../../../tests/recorded/services.jsonl")),
        ("jobs", include_str!("../../../../tests/recorded/jobs.jsonl")),
    ];
    for (section, text) in files {
        for (case, answer) in crate::kinds::recorded::answers(text) {
            // Go clients ask for enums as numbers.
            if answer["launchStage"].is_number() {
                continue;
            }
            let entry = crate::kinds::recorded::entry(&row(section), &place("x"), &live(answer));
            assert_eq!(faults(section, plain(&entry)), [""; 0], "{case}");
        }
    }
}

#[test]
fn a_variable_is_a_text_or_a_secret() {
    let entry =
        json!({"image": "a/b", "env": {"TEXT": "x", "NUMBER": 8080, "FLAG": true, "SECRET": {"secret": "key"}}});
    let typed = (row("services").read_spec)(&node(&entry));
    assert!(typed.faults.is_empty(), "{:?}", typed.faults);
    assert_eq!(
        plain(typed.doc.get("env").unwrap()),
        json!({"TEXT": "x", "NUMBER": "8080", "FLAG": "true", "SECRET": {"secret": "key"}})
    );
    let references: Vec<_> =
        typed.references.iter().map(|r| (r.path.to_string(), r.section, r.form, r.text.clone())).collect();
    assert_eq!(references, [("env.SECRET.secret".to_owned(), "secrets", "versioned", "key".to_owned())]);
}

#[test]
fn fields_that_a_kind_lacks_are_explained() {
    let pool = |more: Json| {
        let mut entry = json!({"image": "a/b"});
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        faults("workerPools", entry).join("; ")
    };
    for field in ["ports", "ingress", "invokers", "traffic", "timeout", "maxInstanceRequestConcurrency"] {
        let words = pool(json!({field: "x"}));
        assert!(words.contains("a worker pool takes no requests"), "{field}: {words}");
    }
    let words = pool(json!({"scaling": {"minInstanceCount": 1}}));
    assert!(words.contains("`manualInstanceCount` alone"), "{words}");
    let words = faults("jobs", json!({"image": "a/b", "livenessProbe": {}})).join("; ");
    assert!(words.contains("a job runs to its end"), "{words}");
}

#[test]
fn the_schema_has_no_field_that_the_kind_lacks() {
    for (section, absent) in [
        ("workerPools", &["ports", "traffic", "invokers", "launchStage"][..]),
        ("jobs", &["livenessProbe", "scaling", "ingress"][..]),
    ] {
        let mut generator = schemars::SchemaGenerator::default();
        let schema = (row(section).schema)(&mut generator);
        let properties = schema.get("properties").and_then(Json::as_object).unwrap();
        for field in absent {
            assert!(!properties.contains_key(*field), "{section}.{field}");
        }
        assert!(properties.contains_key("image"));
        let undocumented: Vec<&String> =
            properties.iter().filter(|(_, schema)| schema.get("description").is_none()).map(|(name, _)| name).collect();
        assert!(undocumented.is_empty(), "{section}: {undocumented:?}");
    }
}

#[test]
fn completing_writes_down_what_follows() {
    let completed = |entry: Json| {
        let mut doc = doc(entry);
        Services::complete(&place("web"), &mut doc);
        plain(&doc)
    };
    assert_eq!(
        completed(json!({
            "invokers": ["allUsers"], "iam": [{"role": "r", "members": ["m"]}], "scaling": {"manualInstanceCount": 2},
            "traffic": [{"percent": 90}, {"revision": "web-1", "percent": 10}], "sidecars": {}, "revision": {},
            "env": {"S": {"secret": "projects/p/secrets/s"}, "T": {"secret": "projects/p/secrets/s", "version": "2"}},
            "volumes": {
                "bare": {"secret": "projects/p/secrets/s"},
                "pinned": {"secret": "projects/p/secrets/s", "version": "2"},
                "single": {"secret": "projects/p/secrets/s", "items": [{"path": "f", "version": "3"}]},
            },
            "vpcAccess": {"connector": "c"},
        })),
        json!({
            "scaling": {"manualInstanceCount": 2, "scalingMode": "MANUAL"},
            "iam": [{"role": "r", "members": ["m"]}, {"role": "roles/run.invoker", "members": ["allUsers"]}],
            "traffic": [
                {"percent": 90, "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"},
                {"revision": "web-1", "percent": 10, "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"},
            ],
            "env": {
                "S": {"secret": "projects/p/secrets/s", "version": "latest"},
                "T": {"secret": "projects/p/secrets/s", "version": "2"},
            },
            "volumes": {
                "bare": {"secret": "projects/p/secrets/s"},
                "pinned": {"secret": "projects/p/secrets/s", "version": "2", "path": "s"},
                "single": {"secret": "projects/p/secrets/s", "path": "f", "version": "3"},
            },
            "vpcAccess": {"connector": "projects/demo/locations/us-central1/connectors/c"},
        })
    );
}

#[test]
fn items_without_a_version_follow_the_secret() {
    let template = crate::model::Template::whole(crate::model::Reference::ProjectNumber);
    let mut doc = doc(
        json!({"volumes": {"v": {"secret": "projects/p/secrets/s", "items": [{"path": "a"}, {"path": "b", "version": "1"}]}}}),
    );
    // As the resolver leaves it: the volume names no version, its secret is an entry of the stack.
    doc.put("volumes.v.version", Doc::Unknown(template.clone()));
    Services::complete(&place("web"), &mut doc);
    let items = doc.dig("volumes.v.items").unwrap().as_list().unwrap();
    assert_eq!(items[0].get("version"), Some(&Doc::Unknown(template)));
    assert_eq!(items[1].get("version"), Some(&Doc::from("1")));
    assert_eq!(doc.dig("volumes.v.version"), None);
}

#[test]
fn every_field_of_the_specs_and_every_rule_fit_each_other() {
    for section in ["services", "workerPools", "jobs"] {
        let mut seen = std::collections::BTreeSet::new();
        for rule in descriptor(section).fields {
            assert!(seen.insert(rule.path), "{section}: two rules for `{}`", rule.path);
            assert!(!rule.source.is_empty());
            if let Some(default) = rule.default {
                serde_json::from_str::<Json>(default).unwrap_or_else(|_| panic!("{section}.{}: {default}", rule.path));
            }
        }
    }
}
