//! The client reads Google's answers right: every recorded resource of our kinds, and nothing by hand.
//!
//! * `export` of it gives an entry whose plan changes nothing;
//! * each field of it changed in the file gives exactly that change, in place or as a replacement as its rule says;
//! * the entry that the recorded create describes differs in nothing from what Google answered to it.
//!
//! `STACKCTL_RECORDINGS=FOLDER cargo test --test reads` plays another folder of recordings, in the format of
//! `tests/recordings`. What is excused is in one table with reasons; a line that excuses nothing fails.

#[path = "reads/changes.rs"]
mod changes;
#[path = "reads/excused.rs"]
mod excused;
#[path = "reads/recorded.rs"]
mod recorded;

use std::collections::{BTreeMap, BTreeSet};

use excused::{Excuses, Part};
use stackctl::export::{self, Scope, Wish};
use stackctl::model::{Action, Severity};

/// Counts by section, for people.
fn print(what: &str, counts: &BTreeMap<&str, usize>) {
    let parts: Vec<String> = counts.iter().map(|(section, count)| format!("{count} {section}")).collect();
    println!("{what}: {}", parts.join(", "));
}

#[test]
fn an_export_of_every_recorded_answer_changes_nothing() {
    let mut excuses = Excuses::new(Part::Export);
    let (mut counts, mut faults, mut seen) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
    for answer in recorded::answers() {
        // A policy's first binding does not tell it from others.
        if !seen.insert(format!("{}{:?}", answer.live(), answer.found.policy)) {
            continue;
        }
        let wish = Wish { scope: Scope::Everything, stack: Some("recorded".to_owned()), ..Wish::default() };
        let made = export::export(&answer.found, &wish);
        *counts.entry(answer.section()).or_insert(0) += 1;
        let mut found: Vec<String> = export::check(&made.text, &answer.found)
            .iter()
            .map(|fault| format!("{}: {}", fault.code, fault.message))
            .collect();
        if !made.text.contains(&format!("\n{}:\n", answer.section())) {
            found.push("it is not in the file".to_owned());
        }
        found.extend(not_minimal(&made.text));
        found.retain(|fault| !excuses.excuse(&answer, fault));
        faults.extend(found.into_iter().map(|fault| format!("{answer}: {fault}\n{}", made.text)));
    }
    print("exported", &counts);
    excuses.print();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    excuses.all_used();
    recorded::enough(counts.values().sum());
}

/// What never stands in a file that people read.
fn not_minimal(text: &str) -> Vec<String> {
    let marks = [
        "selfLink",
        "etag",
        "ingerprint",
        "creationTimestamp",
        "createTime",
        "www.googleapis.com",
        "kind:",
        "uniqueId:",
        "_UNSPECIFIED",
        "pricingPlan",
        "routingMode: REGIONAL",
        "goog-",
    ];
    marks.iter().filter(|mark| text.contains(**mark)).map(|mark| format!("`{mark}` is in the file")).collect()
}

#[test]
fn each_field_changed_in_the_file_is_exactly_that_change() {
    let mut excuses = Excuses::new(Part::Change);
    let (mut counts, mut faults, mut seen) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
    for answer in recorded::answers() {
        let Some(base) = changes::Base::of(&answer) else {
            let fault = "it cannot be an entry";
            if !excuses.excuse(&answer, fault) {
                faults.push(format!("{answer}: {fault}"));
            }
            continue;
        };
        for change in base.changes() {
            if !seen.insert(format!("{} {}", answer.section(), change)) {
                continue;
            }
            *counts.entry(answer.section()).or_insert(0) += 1;
            for fault in base.faults(&change) {
                if !excuses.excuse(&answer, &format!("{}: {fault}", change.path.pattern())) {
                    faults.push(format!("{answer}: {change}: {fault}"));
                }
            }
        }
    }
    print("fields changed", &counts);
    excuses.print();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    excuses.all_used();
    recorded::enough(counts.values().sum());
}

#[test]
fn the_entry_of_every_recorded_create_is_what_google_answered() {
    let mut excuses = Excuses::new(Part::Create);
    let (mut counts, mut faults) = (BTreeMap::new(), Vec::new());
    for (request, answer) in recorded::creates() {
        *counts.entry(answer.section()).or_insert(0) += 1;
        let plan = changes::plan_of_request(&request, &answer);
        let mut found: Vec<String> = plan
            .resources
            .iter()
            .flat_map(|planned| planned.changes.iter().map(|change| format!("{}: {:?}", change.path, change.after)))
            .collect();
        found.extend(
            plan.resources.iter().filter(|planned| planned.action != Action::Adopt).map(|_| "not adopted".to_owned()),
        );
        let errors = plan.findings.iter().filter(|finding| finding.severity == Severity::Error);
        found.extend(errors.map(|finding| finding.message.clone()));
        found.retain(|fault| !excuses.excuse(&answer, fault));
        faults.extend(found.into_iter().map(|fault| format!("{answer}: {fault}")));
    }
    print("creates", &counts);
    excuses.print();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    excuses.all_used();
    assert!(counts.values().sum::<usize>() > 30 || recorded::is_foreign(), "{counts:?}");
}
