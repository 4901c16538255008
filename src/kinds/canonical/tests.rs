//! Spellings of one value are one, and what is not of a sort stays as it is.

use serde_json::json;

use super::*;
use crate::kinds::FieldRule;
use crate::kinds::descriptor_calls::tests::descriptor;

fn facts() -> ProjectFacts {
    ProjectFacts { id: "p".into(), number: Some("123".into()) }
}

fn value(compare: Compare, json: Json) -> Doc {
    canonical_value(compare, &Doc::from(&json), &facts())
}

/// Every pair of spellings is one, and none is the last value.
fn one(compare: Compare, spellings: &[Json], other: Json) {
    for spelling in spellings {
        assert_eq!(value(compare, spelling.clone()), value(compare, spellings[0].clone()), "{spelling}");
        assert_ne!(value(compare, spelling.clone()), value(compare, other.clone()), "{spelling}");
    }
}

#[test]
fn spellings_of_one_value_are_one() {
    one(Compare::Plain, &[json!(10), json!("10"), json!(10.0)], json!("10.0"));
    one(Compare::Plain, &[json!({"a": 1, "b": "x"}), json!({"b": "x", "a": "1"})], json!({"a": 1}));
    one(
        Compare::Link,
        &[
            json!("projects/p/global/networks/n"),
            json!("projects/123/global/networks/n"),
            json!("https://www.googleapis.com/compute/v1/projects/p/global/networks/n"),
            json!("https://compute.googleapis.com/compute/beta/projects/123/global/networks/n"),
            json!("//compute.googleapis.com/projects/p/global/networks/n"),
            json!("global/networks/n"),
        ],
        json!("projects/q/global/networks/n"),
    );
    one(
        Compare::LinkInAnyProject,
        &[
            json!("projects/tp/regions/r/serviceAttachments/a"),
            json!("https://h/v1/projects/99/regions/r/serviceAttachments/a"),
        ],
        json!("projects/tp/regions/r/serviceAttachments/b"),
    );
    one(Compare::LastSegment, &[json!("us-central1"), json!("https://x/p/regions/us-central1")], json!("us-east1"));
    one(
        Compare::Duration,
        &[json!("300s"), json!("300.0s"), json!("5m"), json!("4m60s"), json!("300000ms")],
        json!("301s"),
    );
    one(Compare::Duration, &[json!("3.5s"), json!("3.500000000s"), json!("3500ms")], json!("3s"));
    one(Compare::Cpu, &[json!("1"), json!(1), json!("1000m"), json!("1.0")], json!("2"));
    one(Compare::Cpu, &[json!("0.5"), json!("500m"), json!(0.5)], json!("5"));
    one(Compare::Memory, &[json!("1Gi"), json!("1024Mi"), json!("1073741824"), json!(1_073_741_824)], json!("1G"));
    one(Compare::IgnoreCase, &[json!("Tcp"), json!("TCP")], json!("UDP"));
    one(Compare::PortRange, &[json!("80"), json!(80), json!("80-80")], json!("80-81"));
    one(Compare::Unordered, &[json!(["a", "b"]), json!(["b", "a"]), json!(["b", "a", "a"])], json!(["a"]));
    one(
        Compare::KeyedBy("name"),
        &[json!([{"name": "a"}, {"name": "b", "x": 1}]), json!([{"x": "1", "name": "b"}, {"name": "a"}])],
        json!([{"name": "a"}]),
    );
    one(Compare::Cidr, &[json!("10.0.0.0/24"), json!("10.0.0.7/24")], json!("10.0.0.0/25"));
    one(Compare::Cidr, &[json!("fd20:0:0::/48"), json!("fd20::/48")], json!("fd21::/48"));
    one(Compare::Cidr, &[json!("10.0.0.5"), json!("10.0.0.5/32")], json!("10.0.0.6"));
    one(
        Compare::Time,
        &[json!("2024-01-01T00:00:00Z"), json!("2024-01-01T00:00:00.000Z"), json!("2023-12-31T16:00:00-08:00")],
        json!("2024-01-01T00:00:01Z"),
    );
    one(Compare::Time, &[json!("03:00"), json!("3:00"), json!("03:00:00")], json!("03:01"));
    one(Compare::Project, &[json!("p"), json!("123"), json!("projects/123")], json!("q"));
}

#[test]
fn what_is_not_of_the_sort_stays_as_it_is() {
    for compare in [Compare::Duration, Compare::Cpu, Compare::Memory, Compare::Cidr, Compare::Time, Compare::PortRange]
    {
        for text in ["", "x", "..", "-", "1.2.3.4.5", "99999999999999999999999999h", "é"] {
            assert_eq!(value(compare, json!(text)), Doc::from(text), "{compare:?} {text}");
        }
        assert_eq!(value(compare, json!({"a": true})), Doc::from(&json!({"a": true})));
    }
}

#[test]
fn bindings_become_a_map() {
    let list = json!([
        {"role": "r", "members": ["user:Ann@x.y", "allUsers"]},
        {"role": "r", "members": ["b"], "condition": {"title": "t", "expression": "e"}},
        {"role": "r", "members": ["c"]}]);
    let conditional = r#"r {"title":"t","expression":"e"}"#;
    let wanted = json!({"r": {"user:ann@x.y": true, "allUsers": true, "c": true}, conditional: {"b": true}});
    assert_eq!(value(Compare::Bindings, list), Doc::from(&wanted));
}

static FIELDS: &[FieldRule] = &[
    FieldRule::new("pool", "x").compare(Compare::Unordered),
    FieldRule::new("pool[].link", "x").compare(Compare::Link),
    FieldRule::new("pool[].id", "x").flags(&[Flag::OutputOnly]),
    FieldRule::new("pool[].mode", "x").default("\"A\""),
];

#[test]
fn a_whole_list_is_canonical_by_the_rules_below_it() {
    let descriptor = Descriptor { fields: FIELDS, ..descriptor() };
    let canonical = |json: Json| super::canonical(&descriptor, &DocPath::keys("pool"), &Doc::from(&json), &facts());
    let file = json!([{"link": "projects/p/x/1", "mode": "A"}, {"link": "projects/p/x/2", "mode": "B"}]);
    let live = json!([{"link": "https://h/v1/projects/123/x/2", "mode": "B", "id": 2},
                      {"link": "https://h/v1/projects/123/x/1", "id": 1}]);
    assert_eq!(canonical(file), canonical(live.clone()));
    assert_ne!(canonical(json!([{"link": "projects/p/x/1", "mode": "A"}])), canonical(live));
}

proptest::proptest! {
    #[test]
    fn a_canonical_value_is_its_own_canonical_form(text in "[0-9a-zA-Z:/.-]{0,12}") {
        for compare in [Compare::Plain, Compare::Link, Compare::LastSegment, Compare::Duration, Compare::Memory,
            Compare::IgnoreCase, Compare::PortRange, Compare::Cidr, Compare::Time, Compare::Project] {
            let once = canonical_value(compare, &Doc::from(text.clone()), &facts());
            proptest::prop_assert_eq!(canonical_value(compare, &once, &facts()), once);
        }
    }
}
