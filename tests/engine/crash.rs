//! A process that dies at any point: the next one ends where an undisturbed one would have, nothing is there twice,
//! and nothing of ours is outside the inventory.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use stackctl::plan::Purpose;
use stackctl::records::Ownership;

use crate::doors::Kill;
use crate::world::{Process, STACK, World, actions};

/// The cloud without what differs between two of them anyway: ids, times, etags, generated values.
fn comparable(state: BTreeMap<String, Json>) -> BTreeMap<String, Json> {
    state.into_iter().map(|(key, document)| (mask(&key), masked(document))).collect()
}

const VOLATILE: &[&str] = &[
    "etag",
    "uid",
    "id",
    "uniqueId",
    "fingerprint",
    "labelFingerprint",
    "settingsVersion",
    "generation",
    "observedGeneration",
    "payload",
    "data",
    "dataCrc32c",
];

fn masked(document: Json) -> Json {
    match document {
        Json::Object(map) => Json::Object(
            map.into_iter()
                .filter(|(key, _)| {
                    !VOLATILE.contains(&key.as_str()) && !key.ends_with("Time") && !key.ends_with("Timestamp")
                })
                .map(|(key, value)| (mask(&key), masked(value)))
                .collect(),
        ),
        Json::Array(list) => {
            let mut list: Vec<Json> = list.into_iter().map(masked).collect();
            list.sort_by_key(Json::to_string);
            Json::Array(list)
        }
        Json::String(text) => Json::String(mask(&text)),
        other => other,
    }
}

/// Ids within a text: words with many digits or of mixed letters and digits; what follows the number of a revision.
fn mask(text: &str) -> String {
    let mut masked = Vec::new();
    let mut after_number = false;
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let digits = bare.bytes().filter(u8::is_ascii_digit).count();
        let is_id = digits >= 5 || (digits > 1 && bare.len() >= 6) || (after_number && bare.len() == 3);
        after_number = digits == 5 && bare.len() == 5;
        masked.push(if is_id { word.replacen(bare, "#", 1) } else { word.to_owned() });
    }
    masked.concat()
}

fn differences(wanted: &BTreeMap<String, Json>, found: &BTreeMap<String, Json>) -> Vec<String> {
    let mut lines = Vec::new();
    for (key, document) in wanted {
        match found.get(key) {
            None => lines.push(format!("missing: {key}")),
            Some(other) => compare(key, document, other, &mut lines),
        }
    }
    lines.extend(found.keys().filter(|key| !wanted.contains_key(*key)).map(|key| format!("too much: {key}")));
    lines
}

fn compare(at: &str, wanted: &Json, found: &Json, lines: &mut Vec<String>) {
    match (wanted, found) {
        (Json::Object(wanted), Json::Object(found)) => {
            for key in wanted.keys().chain(found.keys().filter(|key| !wanted.contains_key(*key))) {
                let none = Json::Null;
                let pair = [wanted, found].map(|map| map.get(key).unwrap_or(&none));
                compare(&format!("{at}.{key}"), pair[0], pair[1], lines);
            }
        }
        _ if wanted != found => lines.push(format!("differs: {at}: wanted {wanted}, found {found}")),
        _ => {}
    }
}

/// A way to a state, and what is done then at each kill point.
struct Case {
    /// Applied beforehand, undisturbed.
    before: Option<&'static str>,
    yaml: String,
    purpose: Purpose,
}

impl Case {
    fn process(&self, kill: Kill) -> Process {
        Process { purpose: self.purpose, kill, ..Process::default() }
    }

    async fn world(&self) -> World {
        let world = World::new();
        if let Some(before) = self.before {
            let outcome = world.apply(before).await;
            assert!(outcome.report().is_complete(), "{:#?}", outcome.report().outcomes);
        }
        world
    }

    /// Enumerates every kill point, and holds the end against the undisturbed one.
    async fn enumerate(&self) {
        let world = self.world().await;
        let outcome = world.run(&self.yaml, self.process(Kill::Never)).await;
        let wanted = comparable(world.state().await);
        let inventory = world.inventory().await;
        println!("{} effects", outcome.effects);
        let mut faults = Vec::new();
        for number in 0..outcome.effects {
            for kill in [Kill::Before(number), Kill::After(number)] {
                let world = self.world().await;
                let died = world.run(&self.yaml, self.process(kill)).await;
                assert!(died.report.is_none(), "{kill:?} kills");
                let resumed = world.run(&self.yaml, self.process(Kill::Never)).await;
                let report = resumed.report();
                let mut found = differences(&wanted, &comparable(world.state().await));
                if report.failed() > 0 || report.interrupted || report.store.is_some() {
                    found.push(format!("the next run fails: {:#?}", report.outcomes));
                }
                let ours = world.inventory().await;
                if ours.entries.keys().ne(inventory.entries.keys()) {
                    found.push(format!("ours are {:?}", ours.entries.keys().collect::<Vec<_>>()));
                }
                let made = ours.entries.iter().filter(|(_, entry)| entry.ownership != Ownership::Created);
                found.extend(made.map(|(address, _)| format!("{address} counts as adopted")));
                let left = world.plan(&self.yaml).await;
                if self.purpose == Purpose::Apply && !actions(&left).is_empty() {
                    found.push(format!("still to do: {:?}", actions(&left)));
                }
                faults.extend(found.into_iter().map(|line| format!("{kill:?}: {line}")));
            }
        }
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_apply_survives_every_kill_point() {
    Case { before: None, yaml: STACK.to_owned(), purpose: Purpose::Apply }.enumerate().await;
}
