//! Which rule holds for a path.

use super::*;
use crate::kinds::descriptor_calls::tests::descriptor;

static FIELDS: &[FieldRule] = &[
    FieldRule::new("containers", "x").compare(Compare::KeyedBy("name")).default("[]"),
    FieldRule::new("containers[].image", "x").flags(&[Flag::Immutable]),
    FieldRule::new("labels", "x").via("setLabels"),
    FieldRule::new("labels{}", "x"),
    FieldRule::new("labels.special", "x").flags(&[Flag::OutputOnly]),
    FieldRule::new(r#"annotations["run.googleapis.com/*"]"#, "x").flags(&[Flag::ClientStamp]),
    FieldRule::new("network", "x").compare(Compare::Link),
];

fn found(path: &str) -> Found {
    find(&Descriptor { fields: FIELDS, ..descriptor() }, &path.parse().unwrap())
}

#[test]
fn the_longest_rule_holds() {
    assert_eq!(found("containers[0].image").rule.path, "containers[].image");
    assert_eq!(found("containers[name=a].image.x").rule.path, "containers[].image");
    assert_eq!(found("containers[0].other").rule.path, "containers");
    assert_eq!(found("labels.any").rule.path, "labels{}");
    assert_eq!(found("labels.special").rule.path, "labels.special");
    assert_eq!(found("containersX").rule.path, "");
    assert_eq!(found("iam").compare(), Compare::Bindings);
}

#[test]
fn keys_with_dots_match_by_name_and_by_beginning() {
    assert!(found(r#"annotations["run.googleapis.com/client-name"]"#).has(Flag::ClientStamp));
    assert!(!found(r#"annotations["my.org/x"]"#).has(Flag::ClientStamp));
}

#[test]
fn what_is_said_of_a_list_and_its_default_do_not_hold_below_it() {
    assert_eq!(found("containers").compare(), Compare::KeyedBy("name"));
    assert_eq!(found("containers[0].args").compare(), Compare::Plain);
    assert_eq!(found("containers").default(), Some(Doc::List(Vec::new())));
    assert_eq!(found("containers[0].args").default(), None);
    assert_eq!(found("network[0]").compare(), Compare::Link);
}
