//! What an update writes over the live resource.

use serde_json::{Value as Json, json};

use super::*;
use crate::kinds::FieldRule;
use crate::kinds::descriptor_calls::tests::descriptor;

static FIELDS: &[FieldRule] = &[
    FieldRule::new("uid", "x").flags(&[Flag::OutputOnly]),
    FieldRule::new("status.at", "x").flags(&[Flag::OutputOnly]),
    FieldRule::new(r#"annotations["client/*"]"#, "x").flags(&[Flag::ClientStamp]),
    FieldRule::new("containers", "x").compare(Compare::KeyedBy("name")),
    FieldRule::new("containers[].probe", "x").flags(&[Flag::Whole]),
    FieldRule::new("members", "x").flags(&[Flag::Additive]),
    FieldRule::new("mode", "x").default("\"A\""),
];

fn laid(live: Json, desired: Json, removed: &[&str]) -> Json {
    let removed: Vec<DocPath> = removed.iter().map(|path| path.parse().unwrap()).collect();
    let descriptor = Descriptor { fields: FIELDS, ..descriptor() };
    overlay(&descriptor, &Doc::from(&live), &Doc::from(&desired), &removed).to_json().unwrap()
}

#[test]
fn outputs_and_stamps_go_and_what_others_set_stays() {
    let live = json!({"uid": "1", "status": {"at": 1}, "annotations": {"client/name": "gcloud", "theirs": "x"},
        "labels": {"theirs": "1", "ours": "old"}, "new": {"field": true}});
    let desired = json!({"labels": {"ours": "new"}});
    let wanted =
        json!({"annotations": {"theirs": "x"}, "labels": {"theirs": "1", "ours": "new"}, "new": {"field": true}});
    assert_eq!(laid(live, desired, &[]), wanted);
}

#[test]
fn what_the_file_dropped_goes_or_falls_back_to_its_default() {
    let live = json!({"labels": {"theirs": "1", "ours": "x", "a.b": "y"}, "mode": "B", "list": [1, 2, 3],
        "containers": [{"name": "a"}, {"name": "b"}], "members": ["x", "y"]});
    let removed = [
        "labels.ours",
        r#"labels["a.b"]"#,
        "mode",
        "list[0]",
        "list[2]",
        "containers[name=b]",
        "members.y",
        "absent.x",
    ];
    let wanted =
        json!({"labels": {"theirs": "1"}, "mode": "A", "list": [2], "containers": [{"name": "a"}], "members": ["x"]});
    assert_eq!(laid(live, json!({}), &removed), wanted);
}

#[test]
fn keyed_lists_are_laid_element_by_element() {
    let live = json!({"containers": [{"name": "theirs"}, {"name": "a", "image": "old", "set": "by others"}]});
    let desired = json!({"containers": [{"name": "new"}, {"name": "a", "image": "new"}]});
    let wanted =
        json!({"containers": [{"name": "new"}, {"name": "a", "image": "new", "set": "by others"}, {"name": "theirs"}]});
    assert_eq!(laid(live, desired, &[]), wanted);
}

#[test]
fn plain_lists_and_choices_are_the_files() {
    let live = json!({"list": [1, 2], "members": ["theirs"], "containers": [{"name": "a", "probe": {"tcp": 1}}]});
    let desired = json!({"list": [3], "members": ["ours"], "containers": [{"name": "a", "probe": {"http": 1}}]});
    let wanted =
        json!({"list": [3], "members": ["ours", "theirs"], "containers": [{"name": "a", "probe": {"http": 1}}]});
    assert_eq!(laid(live, desired, &[]), wanted);
}
