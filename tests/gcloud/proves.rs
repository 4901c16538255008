//! `proves.json`: kind × operation → the test that proves it with the real gcloud. Each cell is held to a command of the
//! table that the test runs.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::commands::{self, Line};

const MAIN: &str = include_str!("main.rs");

#[derive(Deserialize)]
struct Proves {
    version: u32,
    kinds: BTreeMap<String, BTreeMap<String, String>>,
}

/// The command group of a kind.
fn group(kind: &str) -> &'static [&'static str] {
    match kind {
        "apis" => &["services"],
        "networks" => &["compute", "networks"],
        "subnetworks" => &["compute", "networks", "subnets"],
        "addresses" => &["compute", "addresses"],
        "forwardingRules" => &["compute", "forwarding-rules"],
        "serviceAccounts" => &["iam", "service-accounts"],
        "iamBindings" => &["projects"],
        "sqlInstances" => &["sql", "instances"],
        "sqlDatabases" => &["sql", "databases"],
        "sqlUsers" => &["sql", "users"],
        "secrets" => &["secrets"],
        "repositories" => &["artifacts", "repositories"],
        "services" => &["run", "services"],
        "workerPools" => &["run", "worker-pools"],
        "jobs" => &["run", "jobs"],
        other => panic!("`{other}` is no kind"),
    }
}

/// The verbs of an operation.
fn verbs(operation: &str) -> &'static [&'static str] {
    match operation {
        // What gcloud has made is what the stack takes over.
        "create" | "adopt" => &["create", "enable", "deploy", "add-iam-policy-binding"],
        "read" => &["describe", "get-iam-policy"],
        "list" => &["list"],
        "update" => &["update", "deploy", "set-password"],
        "delete" => &["delete", "remove-iam-policy-binding"],
        other => panic!("`{other}` is no operation"),
    }
}

/// Whether a command is of that group and has one of those verbs; `alpha` and `beta` may stand before it.
fn is_of(line: &Line, group: &[&str], verbs: &[&str]) -> bool {
    let words: Vec<&str> = line.words().filter(|word| !["alpha", "beta"].contains(word)).collect();
    // `gcloud run deploy` writes services.
    let service = group == ["run", "services"] && words.starts_with(&["run", "deploy"]) && verbs.contains(&"deploy");
    service || words.starts_with(group) && words.get(group.len()).is_some_and(|verb| verbs.contains(verb))
}

#[test]
fn every_cell_names_a_test_here_and_is_held_to_a_command() {
    let proves: Proves = serde_json::from_str(include_str!("proves.json")).unwrap();
    assert_eq!(proves.version, 1);
    let phases = ["create", "inspect", "update", "destroy", "read"];
    let lines: Vec<Line> = phases.into_iter().flat_map(commands::phase).flatten().collect();
    for (kind, cells) in &proves.kinds {
        for (operation, test) in cells {
            assert!(MAIN.contains(&format!("fn {test}()")), "{kind} {operation}: there is no test `{test}`");
            let held = lines.iter().any(|line| is_of(line, group(kind), verbs(operation)));
            assert!(held, "no command proves {kind} {operation}");
        }
    }
}
