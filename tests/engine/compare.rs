//! Holds two clouds against each other, without what differs between any two: ids, times, etags, generated values.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// A cloud as it can be compared.
pub fn comparable(state: BTreeMap<String, Json>) -> BTreeMap<String, Json> {
    state.into_iter().map(|(key, document)| (mask(&key), masked(document))).collect()
}

const VOLATILE: &[&str] = &[
    "$operation",
    "$ownerUid",
    "serverCaCert",
    "serviceAccountEmailAddress",
    "zone",
    "gceZone",
    "dnsName",
    "dnsNames",
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
        let is_hex = bare.len() >= 4 && digits > 0 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_id = is_hex || digits >= 5 || (digits > 1 && bare.len() >= 6) || (after_number && bare.len() == 3);
        after_number = digits == 5 && bare.len() == 5;
        masked.push(if is_id { word.replacen(bare, "#", 1) } else { word.to_owned() });
    }
    masked.concat()
}

/// What one cloud has and the other has not, in words.
pub fn differences(wanted: &BTreeMap<String, Json>, found: &BTreeMap<String, Json>) -> Vec<String> {
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
