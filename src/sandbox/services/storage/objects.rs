//! Objects: contents under a name, each write a new generation.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::upload::{self, Upload};
use super::{buckets, check, number, tick, time};
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;
use crate::wire::Response;
use crate::wire::http::Body;

/// Metadata that a caller may set.
const SETTABLE: [&str; 9] = [
    "contentType",
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "customTime",
    "metadata",
    "eventBasedHold",
    "temporaryHold",
];

fn escaped(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

/// Where the live generation of an object lies.
fn live(bucket: &str, name: &str) -> String {
    format!("{bucket}/o/{}", escaped(name))
}

/// Where an older generation lies.
fn archived(bucket: &str, name: &str, generation: i64) -> String {
    format!("{bucket}/old/{}/{generation}", escaped(name))
}

fn missing(bucket: &Json, name: &str) -> Fault {
    Fault::not_found(format!("No such object: {}/{name}", bucket["name"].as_str().unwrap_or_default()))
}

pub(super) fn insert(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (key, bucket) = buckets::find(call)?;
    let Upload { metadata, content_type, contents } = upload::read(call)?;
    let name = call.query("name").or(metadata["name"].as_str()).unwrap_or_default().to_owned();
    if name.is_empty() || name.len() > 1024 || name.contains(['\r', '\n']) || name == "." || name == ".." {
        return Err(Fault::invalid(format!("Invalid argument: the object name '{name}' is not valid.")));
    }
    let at = live(&key, &name);
    let old = call.cloud.store.get(&at).cloned();
    let count = |field: &str| old.as_ref().map_or(0, |old| number(old, field));
    check(call, "Generation", count("generation"))?;
    check(call, "Metageneration", count("metageneration"))?;
    if let Some(old) = old {
        retire(call, &key, &bucket, old);
    }
    let generation = tick(call.cloud);
    let owner = bucket["name"].as_str().unwrap_or_default();
    let segment = percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC);
    let mut document = json!({
        "kind": "storage#object",
        "id": format!("{owner}/{name}/{generation}"),
        "selfLink": format!("https://www.googleapis.com/storage/v1/b/{owner}/o/{segment}"),
        "mediaLink": format!(
            "https://storage.googleapis.com/download/storage/v1/b/{owner}/o/{segment}?generation={generation}&alt=media"
        ),
        "name": name,
        "bucket": owner,
        "generation": generation.to_string(),
        "metageneration": "1",
        "contentType": content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
        "storageClass": bucket["storageClass"],
        "size": contents.len().to_string(),
        "crc32c": STANDARD.encode(crc32c::crc32c(&contents).to_be_bytes()),
        "etag": etag(generation, 1),
        "timeCreated": time(generation),
        "updated": time(generation),
        "timeStorageClassUpdated": time(generation),
        "timeFinalized": time(generation),
        "$data": STANDARD.encode(&contents),
    });
    for field in SETTABLE {
        if let Some(value) = metadata.get(field) {
            document[field] = value.clone();
        }
    }
    call.cloud.store.put(at, document.clone());
    Ok(public(&document).into())
}

fn etag(generation: i64, metageneration: i64) -> Json {
    json!(STANDARD.encode([&generation.to_be_bytes()[..], &metageneration.to_be_bytes()[6..]].concat()))
}

/// A versioned bucket keeps what was live.
fn retire(call: &mut Call<'_>, bucket_key: &str, bucket: &Json, mut old: Json) {
    if bucket["versioning"]["enabled"] != true {
        return;
    }
    let name = old["name"].as_str().unwrap_or_default().to_owned();
    let now = tick(call.cloud);
    old["timeDeleted"] = time(now);
    let key = archived(bucket_key, &name, number(&old, "generation"));
    call.cloud.store.put(key, old);
}

/// The key and document of the object in the path: the live one, or the generation that is asked for.
fn find(call: &Call<'_>) -> Result<(String, Json, String, Json), Fault> {
    let (bucket_key, bucket) = buckets::find(call)?;
    let name = call.param("object");
    let current = live(&bucket_key, name);
    let wanted = call.query("generation").and_then(|text| text.parse::<i64>().ok());
    let document = call.cloud.store.get(&current);
    let found = match wanted {
        None => document.map(|document| (current, document.clone())),
        Some(wanted) if document.is_some_and(|document| number(document, "generation") == wanted) => {
            document.map(|document| (current, document.clone()))
        }
        Some(wanted) => {
            let key = archived(&bucket_key, name, wanted);
            call.cloud.store.get(&key).cloned().map(|document| (key, document))
        }
    };
    match found {
        Some((key, document)) => Ok((key, document, bucket_key, bucket)),
        None => Err(missing(&bucket, name)),
    }
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, document, ..) = find(call)?;
    check(call, "Generation", number(&document, "generation"))?;
    check(call, "Metageneration", number(&document, "metageneration"))?;
    if call.query("alt") != Some("media") {
        return Ok(public(&document).into());
    }
    let bytes = STANDARD.decode(document["$data"].as_str().unwrap_or_default()).unwrap_or_default();
    let text = |field: &str| document[field].as_str().unwrap_or_default().to_owned();
    let headers = vec![
        ("content-type".to_owned(), text("contentType")),
        ("x-goog-generation".to_owned(), text("generation")),
        ("x-goog-metageneration".to_owned(), text("metageneration")),
        ("x-goog-hash".to_owned(), format!("crc32c={}", text("crc32c"))),
        ("etag".to_owned(), text("etag")),
    ];
    let body = if bytes.is_empty() { Body::Empty } else { Body::Bytes(bytes) };
    Ok(Response { status: 200, headers, body }.into())
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (key, _) = buckets::find(call)?;
    let text = |name: &str| call.query(name).unwrap_or_default().to_owned();
    let (prefix, delimiter, start, end) = (text("prefix"), text("delimiter"), text("startOffset"), text("endOffset"));
    let old = format!("{key}/old/");
    let mut documents: Vec<&Json> =
        call.cloud.store.children(&format!("{key}/o")).into_iter().map(|(_, document)| document).collect();
    if call.flag("versions") {
        documents.extend(call.cloud.store.under(&old).map(|(_, document)| document));
    }
    let name = |document: &Json| document["name"].as_str().unwrap_or_default().to_owned();
    documents.retain(|document| {
        let name = name(document);
        name.starts_with(&prefix) && name >= start && (end.is_empty() || name < end)
    });
    documents.sort_by_key(|document| (name(document), number(document, "generation")));
    let (mut entries, mut prefixes): (Vec<Json>, Vec<String>) = (Vec::new(), Vec::new());
    for document in documents {
        let name = name(document);
        let cut = (!delimiter.is_empty()).then(|| name[prefix.len()..].find(&delimiter)).flatten();
        match cut {
            Some(at) => {
                let folder = name[..prefix.len() + at + delimiter.len()].to_owned();
                if prefixes.last() != Some(&folder) {
                    prefixes.push(folder);
                }
            }
            None => entries.push(public(document)),
        }
    }
    let page = list::page(entries, list::size(call.query("maxResults"), 1000, 1000)?, call.query("pageToken"))?;
    let mut answer = page.answer("items");
    answer["kind"] = json!("storage#objects");
    if !prefixes.is_empty() {
        answer["prefixes"] = json!(prefixes);
    }
    Ok(answer.into())
}

/// New metadata: the same generation, another metageneration.
pub(super) fn change(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (key, mut document, ..) = find(call)?;
    check(call, "Generation", number(&document, "generation"))?;
    check(call, "Metageneration", number(&document, "metageneration"))?;
    let body = std::mem::take(&mut call.body);
    for field in SETTABLE {
        if let Some(value) = body.get(field) {
            document[field] = value.clone();
        } else if call.raw.get(field).is_some_and(Json::is_null) {
            document.as_object_mut().expect("objects are stored as JSON objects").shift_remove(field);
        }
    }
    let metageneration = number(&document, "metageneration") + 1;
    let now = tick(call.cloud);
    document["metageneration"] = json!(metageneration.to_string());
    document["etag"] = etag(number(&document, "generation"), metageneration);
    document["updated"] = time(now);
    call.cloud.store.put(key, document.clone());
    Ok(public(&document).into())
}

/// The live object of a versioned bucket is kept as an older generation; a generation that is named is gone for good.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (key, document, bucket_key, bucket) = find(call)?;
    check(call, "Generation", number(&document, "generation"))?;
    check(call, "Metageneration", number(&document, "metageneration"))?;
    call.cloud.store.remove(&key);
    if call.query("generation").is_none() {
        retire(call, &bucket_key, &bucket, document);
    }
    Ok(Reply::no_content())
}
