//! Faults of a secret that need no cloud to be found.

use crate::kinds::payload::{Source, source_of};
use crate::kinds::{canonical, faults};
use crate::model::{Diagnostic, Doc, DocPath};

/// All of them.
pub fn check(doc: &Doc) -> Vec<Diagnostic> {
    let mut found = faults::labels(doc, "labels");
    found.extend(sources(doc));
    found.extend(generate(doc));
    found.extend(replication(doc));
    found.extend(annotations(doc));
    found.extend(topics(doc));
    found.extend(expiry(doc));
    found.extend(schedule(doc));
    found.extend(aliases(doc));
    found.extend(at_least(doc, "versionDestroyTtl", 86_400, "a day"));
    found
}

fn sources(doc: &Doc) -> Vec<Diagnostic> {
    let named: Vec<&str> = ["env", "file", "generate"].into_iter().filter(|field| doc.get(field).is_some()).collect();
    let mut found = Vec::new();
    if let [first, second, ..] = named[..] {
        let message = format!("a secret's value comes from one source, here from `{first}` and `{second}`");
        found.push(faults::at(second, "payload-source", message).hint("keep one of them"));
    }
    if named.is_empty() && doc.get("rotation").is_some() {
        let message = "`rotation` adds a version, and there is no value to add";
        found.push(faults::at("rotation", "no-source", message).hint("add `env`, `file` or `generate`"));
    }
    found.extend(faults::out_of_range(doc, "rotation", 0..=i64::MAX));
    found
}

fn generate(doc: &Doc) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = faults::out_of_range(doc, "generate.length", 8..=4096).into_iter().collect();
    let charset = match source_of(doc) {
        Some(Source::Generate(generate)) => generate.charset.chars().count(),
        _ => return found,
    };
    if charset < 8 {
        let message = format!("`charset` has {charset} different characters, which is easily guessed");
        let hint = "`alphanumeric`, `hex`, …, or 8 and more characters";
        found.push(faults::at("generate.charset", "weak-charset", message).hint(hint));
    }
    found
}

fn replication(doc: &Doc) -> Vec<Diagnostic> {
    let Some(replication) = doc.get("replication") else { return Vec::new() };
    let named = ["automatic", "userManaged"].into_iter().filter(|field| replication.get(field).is_some()).count();
    let mut found = Vec::new();
    if named != 1 {
        let message = "`replication` is either `automatic` or `userManaged`";
        found.push(
            faults::at("replication", "replication-choice", message).hint("write `replication: {automatic: {}}`"),
        );
    }
    let path = "userManaged.replicas";
    if replication.dig(path).and_then(Doc::as_list).is_some_and(<[Doc]>::is_empty) {
        let field = "replication.userManaged.replicas";
        found.push(
            faults::at(field, "no-replicas", "there is no region to store it in")
                .hint("`replicas: [{location: us-central1}]`"),
        );
    }
    found
}

/// <https://cloud.google.com/secret-manager/docs/creating-and-managing-annotations>
fn annotations(doc: &Doc) -> Vec<Diagnostic> {
    let Some(map) = doc.get("annotations").and_then(Doc::as_map) else { return Vec::new() };
    let mut found: Vec<Diagnostic> = map
        .keys()
        .filter_map(|key| {
            let field = DocPath::keys("annotations").key(key.as_str());
            if key == super::ROTATION {
                let message = format!("stackctl itself keeps `{key}`");
                return Some(
                    Diagnostic::error("reserved-annotation", message).field(field).hint("write `rotation: N`"),
                );
            }
            (!is_annotation_key(key)).then(|| {
                Diagnostic::error("bad-annotation", format!("`{key}` cannot be an annotation's key"))
                    .field(field)
                    .hint("1 to 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends")
            })
        })
        .collect();
    let bytes: usize = map.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    if bytes > 16 * 1024 {
        let message = format!("the annotations have {bytes} bytes together, Google takes 16384");
        found.push(faults::at("annotations", "annotations-too-long", message).hint("shorten them"));
    }
    found
}

fn is_annotation_key(key: &str) -> bool {
    // Namespaced keys as Kubernetes writes them are recorded too.
    let is_ok = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let has_ends =
        key.starts_with(|c: char| c.is_ascii_alphanumeric()) && key.ends_with(|c: char| c.is_ascii_alphanumeric());
    key.len() <= 63 && has_ends && key.chars().all(is_ok)
}

fn topics(doc: &Doc) -> Vec<Diagnostic> {
    let topics = doc.get("topics").and_then(Doc::as_list).unwrap_or_default();
    let mut found = Vec::new();
    if topics.len() > 10 {
        let message = format!("there are {} topics, Google takes 10", topics.len());
        found.push(faults::at("topics", "too-many-topics", message).hint("keep 10 at most"));
    }
    for (index, topic) in topics.iter().enumerate() {
        let Some(name) = topic.dig_str("name") else { continue };
        let parts: Vec<&str> = name.split('/').collect();
        if !matches!(parts[..], ["projects", _, "topics", _]) {
            let field = DocPath::keys("topics").index(index).key("name");
            let message = format!("`{name}` is no topic's full name");
            found.push(Diagnostic::error("bad-topic", message).field(field).hint("`projects/P/topics/NAME`"));
        }
    }
    found
}

fn expiry(doc: &Doc) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if doc.get("ttl").is_some() && doc.get("expireTime").is_some() {
        let message = "`ttl` and `expireTime` say the same thing in two ways";
        found.push(faults::at("ttl", "expiry-twice", message).hint("keep one of them"));
    }
    for path in ["expireTime", "rotationSchedule.nextRotationTime"] {
        let Some(text) = doc.dig_str(path).filter(|text| text.parse::<jiff::Timestamp>().is_err()) else { continue };
        let message = format!("`{text}` is no time");
        found.push(faults::at(path, "bad-time", message).hint("a time looks like `2027-01-01T00:00:00Z`"));
    }
    found.extend(at_least(doc, "ttl", 1, "a second"));
    found
}

fn schedule(doc: &Doc) -> Vec<Diagnostic> {
    let Some(schedule) = doc.get("rotationSchedule") else { return Vec::new() };
    let mut found = Vec::new();
    if doc.get("topics").is_none_or(|topics| topics.as_list().is_some_and(<[Doc]>::is_empty)) {
        let message = "`rotationSchedule` sends reminders to `topics`, and there are none";
        found.push(
            faults::at("rotationSchedule", "needs-topics", message)
                .hint("add `topics: [{name: projects/P/topics/NAME}]`"),
        );
    }
    if schedule.get("rotationPeriod").is_some() && schedule.get("nextRotationTime").is_none() {
        let path = "rotationSchedule.rotationPeriod";
        let message = "`rotationPeriod` needs `nextRotationTime`, from which it counts";
        found.push(faults::at(path, "needs-next-time", message).hint("add the time of the first reminder"));
    }
    found.extend(at_least(doc, "rotationSchedule.rotationPeriod", 3600, "an hour"));
    found
}

fn at_least(doc: &Doc, path: &str, seconds: u64, words: &str) -> Option<Diagnostic> {
    let text = doc.dig_str(path)?;
    let Some(canonical) = canonical::duration(text) else {
        return Some(
            faults::at(path, "bad-duration", format!("`{text}` is no duration"))
                .hint("a duration looks like `86400s` or `30d`"),
        );
    };
    let value: f64 = canonical.trim_end_matches('s').parse().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "limits are small numbers")]
    let is_short = value < seconds as f64;
    is_short.then(|| {
        faults::at(path, "too-short", format!("`{path}` is `{text}`, Google takes {words} or more"))
            .hint(format!("`{seconds}s`"))
    })
}

fn aliases(doc: &Doc) -> Vec<Diagnostic> {
    let Some(map) = doc.get("versionAliases").and_then(Doc::as_map) else { return Vec::new() };
    let is_ok = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut found = Vec::new();
    for (alias, version) in map {
        let field = DocPath::keys("versionAliases").key(alias.as_str());
        let starts = alias.starts_with(|c: char| c.is_ascii_alphabetic());
        if alias == "latest" || alias.len() > 63 || !starts || !alias.chars().all(is_ok) {
            let message = format!("`{alias}` cannot be an alias");
            let hint = "up to 63 letters, digits, `-` and `_`, a letter first; `latest` is Google's own";
            found.push(Diagnostic::error("bad-alias", message).field(field.clone()).hint(hint));
        }
        if version.as_i64().is_some_and(|version| version < 1) {
            let message = "versions count from 1";
            found.push(Diagnostic::error("out-of-range", message).field(field).hint("write a version's number"));
        }
    }
    if map.len() > 50 {
        let message = format!("there are {} aliases, Google takes 50", map.len());
        found.push(faults::at("versionAliases", "too-many-aliases", message).hint("keep 50 at most"));
    }
    found
}
