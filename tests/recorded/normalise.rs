//! What is not compared: names, numbers, times and addresses that every run draws anew, and what the recordings'
//! own normaliser has replaced, added or removed.

use serde_json::{Map, Value as Json, json};

/// How a case was normalised.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// A recording with its real ids: only the project's id was replaced.
    pub cassette: bool,
    pub project: &'a str,
    pub number: &'a str,
}

/// Fields whose value says nothing: drawn, counted, or of the day.
const DRAWN: [&str; 27] = [
    "nextPageToken",
    "id",
    "targetId",
    "low",
    "high",
    "projectNumber",
    "oauth2ClientId",
    "fingerprint",
    "labelFingerprint",
    "pscConnectionId",
    "uid",
    "uniqueId",
    "etag",
    "creator",
    "lastModifier",
    "user",
    "serviceAccountEmailAddress",
    "ipAddress",
    "gceZone",
    "secondaryGceZone",
    "cert",
    "commonName",
    "sha1Fingerprint",
    "startTime",
    "uri",
    "latestReadyRevision",
    "latestCreatedRevision",
];

/// An answer without what is drawn anew.
pub fn answer(json: &Json, rules: Rules<'_>) -> Json {
    value("", json, rules)
}

fn value(name: &str, json: &Json, rules: Rules<'_>) -> Json {
    if DRAWN.contains(&name) && !json.is_object() && !json.is_null() {
        return json!("<drawn>");
    }
    match json {
        Json::Object(map) => object(name, map, rules),
        Json::Array(list) => {
            let mut list: Vec<Json> = list.iter().map(|one| value(name, one, rules)).collect();
            // Two maps in a row of the same kind: the order of conditions is not promised.
            if name == "conditions" {
                list.sort_by_key(|one| one["type"].as_str().unwrap_or_default().to_owned());
            }
            // Sorted by numbers of projects that the normaliser has replaced.
            if name == "members" {
                list.sort_by_key(ToString::to_string);
                // Blanked ones repeat.
                list.dedup();
            }
            list.into()
        }
        Json::String(text) => json!(plain(name, text, rules)),
        other => other.clone(),
    }
}

fn object(name: &str, map: &Map<String, Json>, rules: Rules<'_>) -> Json {
    let mut out = Map::new();
    for (field, inner) in map {
        // The recordings' normaliser took these out, or wrote them where they were not.
        let dropped = !rules.cassette
            && match field.as_str() {
                "serverCaMode" => true,
                "host" => map.get("kind") == Some(&json!("sql#user")),
                // Operation metadata lost its `uid`.
                "uid" => name == "metadata",
                "details" => name == "error",
                _ => false,
            };
        if !dropped {
            out.insert(field.clone(), value(field, inner, rules));
        }
    }
    out.into()
}

fn plain(name: &str, text: &str, rules: Rules<'_>) -> String {
    let text = text.replace(rules.number, "NUMBER").replace(rules.project, "PROJECT");
    if is_time(&text) {
        return "<time>".to_owned();
    }
    if name == "selfLinkWithId" {
        return text.rsplit_once('/').map_or(text.clone(), |(before, _)| format!("{before}/<drawn>"));
    }
    // Picked by Google; the recordings' normaliser wrote one over all.
    if ["address", "IPAddress", "gatewayAddress", "internalIpv6Range"].contains(&name) {
        return "<address>".to_owned();
    }
    if let Some((before, _)) = text.split_once("/operations/") {
        return format!("{before}/operations/<drawn>");
    }
    let is_operation = is_uuid(&text) || text.starts_with("operation-") || text.starts_with("operations/");
    if name == "name" && is_operation || text == "${operationID}" {
        return "<drawn>".to_owned();
    }
    // Versions of the day: the newest recorded ones are played.
    if ["databaseInstalledVersion", "maintenanceVersion"].contains(&name) {
        return text
            .split('.')
            .next()
            .unwrap_or_default()
            .rsplit_once('_')
            .map_or(text.clone(), |(major, _)| major.to_owned());
    }
    text
}

fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 20 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[10] == b'T' && bytes[13] == b':'
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4
}

/// What differs, as path, recorded and ours; `null` stands for an absent field.
pub fn differences(path: &str, recorded: &Json, ours: &Json, found: &mut Vec<(String, Json, Json)>) {
    match (recorded, ours) {
        (Json::Object(theirs), Json::Object(mine)) => {
            let mut names: Vec<&String> = theirs.keys().chain(mine.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let get = |map: &Map<String, Json>| map.get(name).cloned().unwrap_or(Json::Null);
                differences(&inner, &get(theirs), &get(mine), found);
            }
        }
        (Json::Array(theirs), Json::Array(mine)) if theirs.len() == mine.len() => {
            for (index, (theirs, mine)) in theirs.iter().zip(mine).enumerate() {
                differences(&format!("{path}[{index}]"), theirs, mine, found);
            }
        }
        (theirs, mine) if theirs == mine => {}
        // What the normaliser put in the place of a count.
        (Json::String(theirs), _)
            if theirs == "12345678901234" || (theirs == "123" && path.ends_with("settingsVersion")) => {}
        (theirs, mine) => found.push((path.to_owned(), theirs.clone(), mine.clone())),
    }
}
