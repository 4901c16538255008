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
#[path = "recorded/shapes.rs"]
mod shapes;

use std::collections::BTreeMap;
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
    let (mut unexplained, mut used, mut compared) = (Vec::new(), BTreeMap::<usize, usize>::new(), 0);
    for file in cases() {
        let outcome = play::case(&file);
        compared += outcome.compared;
        for difference in outcome.differences {
            match known::reason(&difference) {
                Some(line) => *used.entry(line).or_default() += 1,
                None => unexplained.push(difference.to_string()),
            }
        }
    }
    println!("{compared} answers compared; what differs and why:");
    for (number, line) in known::TABLE.iter().enumerate() {
        let times = used.get(&number).copied().unwrap_or_default();
        println!("  {} {} ({times} times): {}", line.case, line.path, line.reason);
    }
    assert!(unexplained.is_empty(), "{} differences without a reason:\n{}", unexplained.len(), unexplained.join("\n"));
    let idle: Vec<_> =
        (0..known::TABLE.len()).filter(|line| !used.contains_key(line)).map(|line| known::TABLE[line].path).collect();
    assert!(idle.is_empty(), "lines of the table that explain nothing: {idle:?}");
    assert!(compared > 200, "only {compared} answers were compared");
}

#[test]
fn requests_whose_answers_are_not_trusted_are_understood() {
    let (sent, wrong, used) = shapes::unverified();
    println!("{sent} requests sent; what is not played and why:");
    shapes::NOT_PLAYED.iter().for_each(|(part, reason)| println!("  {part}: {reason}"));
    assert!(wrong.is_empty(), "{} of {sent} requests are not understood:\n{}", wrong.len(), wrong.join("\n"));
    let idle: Vec<&str> =
        shapes::NOT_PLAYED.iter().map(|(part, _)| *part).filter(|part| !used.contains(part)).collect();
    assert!(idle.is_empty(), "lines of the table that explain nothing: {idle:?}");
    assert!(sent > 200, "only {sent} requests were sent");
}

#[test]
fn what_gcloud_sends_for_the_tutorial_is_answered_so_that_it_goes_on() {
    let (sent, wrong) = shapes::gcloud();
    assert!(wrong.is_empty(), "{} of {sent} requests:\n{}", wrong.len(), wrong.join("\n"));
    assert!(sent > 80, "only {sent} requests were sent");
}
