//! Plays recorded traffic against the sandbox and compares every answer with Google's, field by field.
//!
//! What may differ is in one table (`recorded/known.rs`), each line with its reason; a line that explains nothing any
//! more fails the test. `cargo test --test recordings -- --nocapture` prints the table.

#[path = "recorded/known.rs"]
mod known;
#[path = "recorded/names.rs"]
mod names;
#[path = "recorded/normalise.rs"]
mod normalise;
#[path = "recorded/play.rs"]
mod play;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Services whose answers are compared; what a case sends to others is played and not judged.
const JUDGED: [&str; 8] =
    ["artifactregistry", "compute", "iam", "resourcemanager", "run", "secretmanager", "serviceusage", "sql"];

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let mut files: Vec<PathBuf> = JUDGED
        .iter()
        .flat_map(|service| fs::read_dir(root.join(service)).expect("the folder is in the repository"))
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    files
}

#[test]
fn recorded_traffic_is_answered_as_google_answered_it() {
    let (mut unexplained, mut used, mut compared) = (Vec::new(), BTreeSet::new(), 0);
    for file in cases() {
        let outcome = play::case(&file);
        compared += outcome.compared;
        for difference in outcome.differences {
            match known::reason(&difference) {
                Some(line) => drop(used.insert(line)),
                None => unexplained.push(difference.to_string()),
            }
        }
    }
    println!("{compared} answers compared; what differs and why:");
    known::TABLE.iter().for_each(|line| println!("  {} {}: {}", line.case, line.path, line.reason));
    assert!(unexplained.is_empty(), "{} differences without a reason:\n{}", unexplained.len(), unexplained.join("\n"));
    let idle: Vec<_> =
        (0..known::TABLE.len()).filter(|line| !used.contains(line)).map(|line| known::TABLE[line].path).collect();
    assert!(idle.is_empty(), "lines of the table that explain nothing: {idle:?}");
    assert!(compared > 200, "only {compared} answers were compared");
}
