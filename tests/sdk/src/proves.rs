//! `proves.json`: kind × operation → the test that proves it with Google's client.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value as Json;

const PROVES: &str = include_str!("../proves.json");

/// The operations that the page of what is proven has columns for.
const OPERATIONS: &[&str] =
    &["create", "read", "list", "update", "delete", "adopt", "drift", "recreate", "destroyed", "refusals"];

#[test]
fn each_line_names_a_test_that_there_is() {
    let listed = Command::new(std::env::current_exe().unwrap()).arg("--list").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let tests: BTreeSet<&str> = listed.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    let proves: Json = serde_json::from_str(PROVES).unwrap();
    let kinds = proves["kinds"].as_object().unwrap();
    assert!(kinds.len() >= 14, "{} kinds", kinds.len());
    for (kind, operations) in kinds {
        for (operation, test) in operations.as_object().unwrap() {
            assert!(OPERATIONS.contains(&operation.as_str()), "{kind}: `{operation}` is no operation");
            let test = test.as_str().unwrap();
            assert!(tests.contains(test), "{kind}.{operation}: there is no test `{test}`");
        }
    }
    for (kind, also) in proves["also"].as_object().unwrap() {
        assert!(kinds.contains_key(kind), "`{kind}` is no kind");
        for test in also.as_array().unwrap().iter().filter_map(Json::as_str) {
            assert!(tests.contains(test), "{kind}: there is no test `{test}`");
        }
    }
}
