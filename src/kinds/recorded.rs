//! For tests: recorded answers of Google, and the laws that hold over them for every kind.

use serde_json::Value as Json;

use super::canonical::canonical;
use super::{CheckInput, Flag, Live, Row, overlay, rules, shape};
use crate::model::{Doc, DocPath, Map, Place, ProjectFacts, Severity};

/// The answers of a file of `tests/recorded`, each with its case.
pub fn answers(text: &str) -> Vec<(String, Json)> {
    let answers: Vec<_> = text
        .lines()
        .map(|line| {
            let line: Json = serde_json::from_str(line).expect("a JSON line");
            (line["case"].as_str().expect("a case").to_owned(), line["answer"].clone())
        })
        .collect();
    assert!(!answers.is_empty(), "no recorded answers");
    answers
}

/// The project of the recordings.
pub fn project() -> ProjectFacts {
    ProjectFacts { id: "${projectId}".to_owned(), number: Some("${projectNumber}".to_owned()) }
}

/// A live resource without further reads.
pub fn live(api: &Json) -> Live {
    Live { api: api.clone(), policy: None, extra: Vec::new() }
}

/// `to_api(to_file(answer))` is the answer, and `to_file(to_api(file))` the file.
pub fn shapes_lose_nothing(row: &Row, text: &str) {
    for (case, answer) in answers(text) {
        let api = Doc::from(&answer);
        let file = shape::to_file(row.descriptor.shapes, api.clone());
        let back = shape::to_api(row.descriptor.shapes, file.clone());
        assert_eq!(back, api, "{case}: to_api(to_file(answer))");
        assert_eq!(shape::to_file(row.descriptor.shapes, back), file, "{case}: to_file(to_api(file))");
    }
}

/// The entry that describes a live resource: what a user can set, as the kind completes it.
pub fn entry(row: &Row, place: &Place, live: &Live) -> Doc {
    let mut doc = overlay::strip(row.descriptor, &(row.to_file)(place, live));
    doc.take("name");
    (row.complete)(place, &mut doc);
    doc
}

/// An entry that describes a recorded answer has no errors and differs from it in nothing.
pub fn entries_differ_in_nothing(row: &Row, text: &str, place: impl Fn(&Json) -> Place) {
    for (case, answer) in answers(text) {
        let (place, live) = (place(&answer), live(&answer));
        let doc = entry(row, &place, &live);
        let faults = (row.check)(&CheckInput { place: &place, doc: &doc });
        let errors: Vec<_> = faults.iter().filter(|fault| fault.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{case}: {errors:?}");
        let different = differences(row, &doc, &(row.to_file)(&place, &live));
        assert!(different.is_empty(), "{case}: {different:?}");
    }
}

/// The fields of `wanted` that differ from `live` in their canonical form, maps walked key by key.
pub fn differences(row: &Row, wanted: &Doc, live: &Doc) -> Vec<String> {
    let mut found = Vec::new();
    walk(row, &DocPath::root(), wanted, Some(live), &mut found);
    found
}

fn walk(row: &Row, path: &DocPath, wanted: &Doc, live: Option<&Doc>, found: &mut Vec<String>) {
    let rule = rules::find(row.descriptor, path);
    if [Flag::OutputOnly, Flag::InputOnly, Flag::ClientStamp].iter().any(|flag| rule.has(*flag)) {
        return;
    }
    if let (Doc::Map(wanted), live) = (wanted, live.unwrap_or(&Doc::Map(Map::new()))) {
        for (key, value) in wanted {
            walk(row, &path.key(key.as_str()), value, live.get(key), found);
        }
        return;
    }
    let form = |doc: &Doc| canonical(row.descriptor, path, doc, &project());
    let is_same = match live {
        Some(live) => form(wanted) == form(live),
        None => rule.default().is_some_and(|default| form(&default) == form(wanted)),
    };
    if !is_same {
        found.push(path.to_string());
    }
}
