//! The laws of the shapes, by generated documents, and their corners by hand.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn doc(json: serde_json::Value) -> Doc {
    Doc::from(&json)
}

const SQL: &[Shape] = &[
    Shape::Nest { api: "settings", outer: &["databaseVersion", "kind", "name"] },
    Shape::Entries { path: "settings.databaseFlags", key: "name", value: "value" },
];
const JOB: &[Shape] = &[
    Shape::Move { file: "task", api: "template" },
    Shape::Move { file: "parallelism", api: "template.parallelism" },
    Shape::Keyed { path: "volumes", key: "name" },
    Shape::Nest { api: "template.template", outer: &["labels", "name"] },
];

/// Both laws at once: `file` and `api` are the same thing.
fn same(shapes: &[Shape], file: serde_json::Value, api: serde_json::Value) {
    assert_eq!(to_api(shapes, doc(file.clone())), doc(api.clone()), "to_api");
    assert_eq!(to_file(shapes, doc(api)), doc(file), "to_file");
}

#[test]
fn a_wrapper_nests_and_entries_become_a_list() {
    same(
        SQL,
        json!({"databaseVersion": "X", "tier": "t", "databaseFlags": {"a": "on"}}),
        json!({"databaseVersion": "X", "settings": {"tier": "t", "databaseFlags": [{"name": "a", "value": "on"}]}}),
    );
}

#[test]
fn a_name_that_stands_on_both_levels_stays_apart() {
    same(
        SQL,
        json!({"kind": "sql#instance", "settings": {"kind": "sql#settings"}, "tier": "t"}),
        json!({"kind": "sql#instance", "settings": {"kind": "sql#settings", "tier": "t"}}),
    );
    same(
        JOB,
        json!({"labels": {"a": "b"}, "task": {"labels": {"c": "d"}}, "parallelism": 2, "timeout": "1s",
               "volumes": {"v": {"emptyDir": {}}}}),
        json!({"labels": {"a": "b"}, "template": {"labels": {"c": "d"}, "parallelism": 2,
               "template": {"timeout": "1s", "volumes": [{"name": "v", "emptyDir": {}}]}}}),
    );
}

#[test]
fn a_top_level_field_that_google_adds_comes_back_to_where_it_was() {
    let api = json!({"settings": {"tier": "t"}, "brandNew": 1});
    let file = to_file(SQL, doc(api.clone()));
    assert_eq!(file, doc(json!({"tier": "t", "$outer": {"brandNew": 1}})));
    assert_eq!(to_api(SQL, file), doc(api));
}

#[test]
fn lists_that_are_no_maps_stay_lists() {
    for flags in [
        json!([{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]),
        json!([{"name": "a"}]),
        json!([{"name": "a", "value": "1", "more": 1}]),
        json!([1]),
    ] {
        let api = doc(json!({"settings": {"databaseFlags": flags}}));
        assert_eq!(to_api(SQL, to_file(SQL, api.clone())), api);
        assert!(to_file(SQL, api).get("databaseFlags").unwrap().as_list().is_some());
    }
}

#[test]
fn sensitive_maps_stay_sensitive() {
    let inner = doc(json!({"a": "secret"}));
    let mut file = Doc::map();
    file.put("databaseFlags", Doc::Sensitive(Box::new(inner)));
    let api = to_api(SQL, file.clone());
    assert!(matches!(api.dig("settings.databaseFlags"), Some(Doc::Sensitive(list)) if list.as_list().is_some()));
    assert_eq!(to_file(SQL, api), file);
}

#[test]
fn paths_below_lists_and_maps_are_reached() {
    let shapes = &[Shape::Entries { path: "containers[].env", key: "name", value: "value" }];
    same(
        shapes,
        json!({"containers": [{"env": {"A": "1"}}, {}]}),
        json!({"containers": [{"env": [{"name": "A", "value": "1"}]}, {}]}),
    );
}

#[test]
fn api_paths_follow_the_shapes() {
    assert_eq!(api_path(SQL, "tier"), "settings.tier");
    assert_eq!(api_path(SQL, "databaseVersion"), "databaseVersion");
    assert_eq!(api_path(JOB, "task.labels"), "template.labels");
    assert_eq!(api_path(JOB, "parallelism"), "template.parallelism");
    assert_eq!(api_path(JOB, "volumes{}.secret"), "template.template.volumes[].secret");
    assert_eq!(api_path(JOB, "volumes.data.secret"), "template.template.volumes[].secret");
    let flags = &[Shape::Entries { path: "flags", key: "name", value: "value" }];
    assert_eq!(api_path(flags, "flags{}"), "flags[].value");
    assert_eq!(api_path(flags, r#"flags["a.b"]"#), "flags[].value");
    assert_eq!(api_path(flags, "flags"), "flags");
}

fn leaf() -> impl Strategy<Value = Doc> {
    prop_oneof![
        any::<bool>().prop_map(Doc::from),
        any::<i64>().prop_map(Doc::from),
        "[a-z]{0,3}".prop_map(Doc::from),
        Just(Doc::map()),
        Just(Doc::List(Vec::new())),
    ]
}

/// Any document whose keys are often those that the shapes know.
fn any_doc() -> impl Strategy<Value = Doc> {
    let key = prop_oneof![
        4 => prop::sample::select(vec![
            "settings", "template", "task", "labels", "name", "kind", "databaseFlags", "volumes", "value", "parallelism",
        ])
        .prop_map(str::to_owned),
        1 => "[a-c]",
    ];
    leaf().prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Doc::List),
            prop::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|entries| Doc::Map(entries.into_iter().collect())),
        ]
    })
}

/// A document in file space: the user cannot write the wrapper, and lists where maps are wanted.
fn file_doc() -> impl Strategy<Value = Doc> {
    let scalar = || "[a-z]{1,3}".prop_map(Doc::from);
    let map = |inner: BoxedStrategy<Doc>| {
        prop::collection::vec(("[a-d]{1,2}", inner), 1..4).prop_map(|entries| Doc::Map(entries.into_iter().collect()))
    };
    let field = prop_oneof![
        (Just("labels"), map(scalar().boxed())),
        (Just("name"), scalar()),
        (Just("databaseFlags"), map(scalar().boxed())),
        (Just("volumes"), map(map(scalar().boxed()).boxed())),
        (Just("parallelism"), scalar()),
        (Just("timeout"), scalar()),
    ];
    prop::collection::vec(field, 0..6)
        .prop_map(|fields| Doc::Map(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()))
}

/// Whether an empty map stands anywhere: a wrapper without content is not kept.
fn has_empty_map(doc: &Doc) -> bool {
    match doc {
        Doc::Map(map) => map.is_empty() || map.values().any(has_empty_map),
        Doc::List(list) => list.iter().any(has_empty_map),
        _ => false,
    }
}

proptest! {
    #[test]
    fn what_google_answers_survives_a_nest(api in any_doc()) {
        prop_assume!(!has_empty_map(&api));
        prop_assume!(api.get("settings").is_none_or(|settings| settings.as_map().is_some()));
        let nest = &SQL[..1];
        prop_assert_eq!(to_api(nest, to_file(nest, api.clone())), api);
    }

    #[test]
    fn what_google_answers_survives_keyed_lists_and_entries(api in any_doc()) {
        // In API space these are lists; a map there is not an answer of Google's.
        prop_assume!(api.get("databaseFlags").is_none_or(|flags| flags.as_map().is_none()));
        prop_assume!(api.get("volumes").is_none_or(|volumes| volumes.as_map().is_none()));
        let shapes = &[
            Shape::Entries { path: "databaseFlags", key: "name", value: "value" },
            Shape::Keyed { path: "volumes", key: "name" },
        ];
        prop_assert_eq!(to_api(shapes, to_file(shapes, api.clone())), api);
    }

    #[test]
    fn what_the_file_says_survives_the_way_to_the_api(file in file_doc()) {
        for shapes in [SQL, JOB] {
            prop_assert_eq!(to_file(shapes, to_api(shapes, file.clone())), file.clone());
        }
    }

    #[test]
    fn a_moved_field_survives(value in any_doc(), other in leaf()) {
        let shapes = &[Shape::Move { file: "a", api: "x.y" }];
        let mut file = Doc::map();
        file.put("a", value);
        file.put("b", other);
        prop_assert_eq!(to_file(shapes, to_api(shapes, file.clone())), file);
    }
}
