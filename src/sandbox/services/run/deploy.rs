//! Services, jobs and worker pools as v2 documents: made, changed, deleted, read. v1 comes here, too.

use serde_json::{Map, Value as Json, json};

use super::address::etag;
use super::kind::{Kind, Place};
use super::{Makes, checks, fill, needs, zero};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::discovery;
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::locations::is_region;
use crate::sandbox::mask;
use crate::sandbox::operation::{Begin, Effect, Lasts, Source};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;
use crate::sandbox::times;

/// Fields that the server alone writes and that live on through a replacement.
const KEPT: [&str; 17] = [
    "name",
    "uid",
    "generation",
    "createTime",
    "updateTime",
    "creator",
    "lastModifier",
    "observedGeneration",
    "terminalCondition",
    "conditions",
    "latestReadyRevision",
    "latestCreatedRevision",
    "latestCreatedExecution",
    "executionCount",
    "trafficStatuses",
    "instanceSplitStatuses",
    "uri",
];

/// How a change is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Options {
    /// Nothing is to be done.
    pub validate_only: bool,
    /// A revision also where the template stays as it is.
    pub new_revision: bool,
    /// Labels and annotations of v1 are checked by v1's rules.
    pub from_v1: bool,
}

impl Options {
    pub(super) fn of(call: &Call<'_>) -> Self {
        Self { validate_only: call.flag("validateOnly"), new_revision: call.flag("forceNewRevision"), from_v1: false }
    }
}

/// Makes a new one.
pub(super) fn create(
    call: &mut Call<'_>,
    kind: &'static Kind,
    place: &Place,
    id: &str,
    body: Json,
    options: Options,
) -> Result<Reply, Fault> {
    check_location(&place.location)?;
    let request = format!("Create{}Request.{}_id", kind.schema.trim_start_matches("GoogleCloudRunV2"), kind.field);
    checks::id(id, &request)?;
    let key = place.key(kind, id);
    if call.cloud.store.has(&key) {
        return Err(Fault::already_exists(format!("Resource '{id}' already exists.")));
    }
    let mut document = prepared(call.cloud, kind, place, body, options)?;
    let now = call.now();
    let name = format!("{}/{}/{id}", place.path(), kind.collection);
    document["name"] = json!(name);
    document["uid"] = json!(call.cloud.ids.uuid());
    document["generation"] = json!("1");
    document["createTime"] = json!(times::microseconds(now));
    document["updateTime"] = document["createTime"].clone();
    document["creator"] = json!(call.cloud.settings.caller);
    document["lastModifier"] = json!(call.cloud.settings.caller);
    document["terminalCondition"] = json!({"state": "CONDITION_PENDING"});
    document["reconciling"] = json!(true);
    document["etag"] = etag(now, &name);
    if kind.makes == Makes::Task {
        document["latestCreatedExecution"] = json!({});
    }
    // Recorded: the first answer and the reads before the end lack it.
    if let Some(ingress) = document.as_object_mut().and_then(|map| map.shift_remove("ingress")) {
        document["$ingress"] = ingress;
    }
    if options.validate_only {
        return Ok(validated(call, place, kind, &document));
    }
    call.cloud.store.put(key.clone(), document);
    Ok(begin(call, place, kind, &key, kind.first, true))
}

fn check_location(location: &str) -> Result<(), Fault> {
    if is_region(location) {
        return Ok(());
    }
    Err(Fault::invalid(format!("Location '{location}' is not a valid location.")))
}

/// A body with its defaults, checked.
fn prepared(cloud: &mut Cloud, kind: &Kind, place: &Place, mut body: Json, options: Options) -> Result<Json, Fault> {
    let api = discovery::find("run", "v2/").expect("the document is embedded");
    zero::drop_zeros(api, kind.schema, &mut body);
    let map = body.as_object_mut().ok_or_else(|| Fault::invalid("A body is required."))?;
    map.retain(|field, _| field != "name" && field != "etag");
    if !map.contains_key("template") {
        return Err(Fault::invalid(format!("{}.template is required.", kind.field)));
    }
    stage(map, kind);
    if kind.makes == Makes::Task {
        let outer = &mut map["template"];
        outer.as_object_mut().map(|outer| outer.entry("taskCount").or_insert(json!(1)));
        if outer.get("template").is_none() {
            return Err(Fault::invalid("job.template.template is required."));
        }
    }
    shares(map, kind);
    let place_in_body = if kind.makes == Makes::Task { "job.template.template" } else { "template" };
    let at = match kind.makes {
        Makes::Task => place_in_body.to_owned(),
        _ => format!("{}.template", kind.field),
    };
    let template = kind.template_mut(&mut body).ok_or_else(|| Fault::invalid("A template is required."))?;
    fill::template(template, kind.makes, &place.project.number);
    needs::complete_interfaces(cloud, &place.project, &place.location, template);
    checks::template(template, kind.makes, &at)?;
    let account = template["serviceAccount"].as_str().unwrap_or_default().to_owned();
    if !options.from_v1 {
        checks::metadata(&body, kind.field)?;
    }
    checks::scaling(&body["scaling"], &format!("{}.scaling", kind.field))?;
    checks::shares(&body["traffic"], "service.traffic")?;
    checks::shares(&body["instanceSplits"], "worker_pool.instance_splits")?;
    needs::account(cloud, &account)?;
    Ok(body)
}

/// "If ALPHA is provided as input, but only BETA and GA-level features are used, this field will be BETA on output":
/// discovery. What a stage allows beyond GA is not played, so preview stages come back one better.
fn stage(map: &mut Map<String, Json>, kind: &Kind) {
    let given = map.get("launchStage").and_then(Json::as_str).unwrap_or("GA");
    let preview = kind.makes == Makes::WorkerPool && given != "GA";
    map.insert("launchStage".to_owned(), json!(if preview { "BETA" } else { "GA" }));
}

fn shares(map: &mut Map<String, Json>, kind: &Kind) {
    match kind.makes {
        Makes::Service => {
            map.entry("ingress").or_insert(json!("INGRESS_TRAFFIC_ALL"));
            map.entry("traffic")
                .or_insert_with(|| json!([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}]));
        }
        Makes::WorkerPool => {
            map.entry("scaling").or_insert_with(|| json!({"manualInstanceCount": 1}));
            map.entry("instanceSplits")
                .or_insert_with(|| json!([{"type": "INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST", "percent": 100}]));
        }
        Makes::Task => {}
    }
}

/// Changes an existing one: without a mask everything is replaced, with one only what it names.
pub(super) fn change(
    call: &mut Call<'_>,
    kind: &'static Kind,
    place: &Place,
    id: &str,
    body: Json,
    options: Options,
) -> Result<Reply, Fault> {
    let key = place.key(kind, id);
    let Some(old) = call.cloud.store.get(&key).cloned() else {
        if call.flag("allowMissing") {
            return create(call, kind, place, id, body, options);
        }
        return Err(kind.missing(place, id));
    };
    check_etag(&old, body["etag"].as_str())?;
    let paths = call.query("updateMask").filter(|mask| *mask != "*").map(mask::paths).unwrap_or_default();
    let wanted = if paths.is_empty() {
        body
    } else {
        let mut wanted = settable(&old);
        mask::apply(&mut wanted, &body, &paths);
        wanted
    };
    let new = prepared(call.cloud, kind, place, wanted, options)?;
    let mut document = settled(&old, new.clone(), call);
    let moves = document["template"] != old["template"] || options.new_revision;
    if moves {
        refuse_used_revision(call.cloud, &key, &document)?;
    }
    if moves || settable(&old) != settable(&document) {
        let generation = old["generation"].as_str().and_then(|text| text.parse::<i64>().ok()).unwrap_or(1);
        document["generation"] = json!((generation + 1).to_string());
    }
    if options.validate_only {
        return Ok(validated(call, place, kind, &document));
    }
    call.cloud.store.put(key.clone(), document);
    Ok(begin(call, place, kind, &key, kind.later, moves))
}

/// What a caller may set, of a document.
fn settable(document: &Json) -> Json {
    let mut map = document.as_object().cloned().unwrap_or_default();
    let output = ["urls", "reconciling", "etag", "deleteTime", "expireTime"];
    map.retain(|field, _| {
        !KEPT.contains(&field.as_str()) && !output.contains(&field.as_str()) && !field.starts_with('$')
    });
    if let Some(ingress) = document.get("$ingress") {
        map.insert("ingress".to_owned(), ingress.clone());
    }
    map.into()
}

/// The new document of an existing resource, under way.
fn settled(old: &Json, new: Json, call: &Call<'_>) -> Json {
    let mut document = old.as_object().cloned().unwrap_or_default();
    let notes = ["$subnets", "$operation", "$ownerGeneration", "urls"];
    document.retain(|field, _| KEPT.contains(&field.as_str()) || notes.contains(&field.as_str()));
    document.extend(new.as_object().cloned().unwrap_or_default());
    let mut document = Json::from(document);
    let now = call.now();
    document["updateTime"] = json!(times::microseconds(now));
    document["lastModifier"] = json!(call.cloud.settings.caller);
    document["reconciling"] = json!(true);
    document["terminalCondition"]["state"] = json!("CONDITION_PENDING");
    document["etag"] = etag(now, document["name"].as_str().unwrap_or_default());
    document
}

/// A revision's name can be used once.
fn refuse_used_revision(cloud: &Cloud, key: &str, document: &Json) -> Result<(), Fault> {
    let Some(name) = document["template"]["revision"].as_str() else { return Ok(()) };
    let owner = key.rsplit('/').next().unwrap_or_default();
    if !name.starts_with(&format!("{owner}-")) {
        return Err(Fault::invalid(format!(
            "Revision name '{name}' must be prefixed by the name of its owner and a dash."
        )));
    }
    if cloud.store.has(&format!("{key}/revisions/{name}")) {
        // The text is quoted in public issue threads.
        let message = format!("Revision named '{name}' with different configuration already exists.");
        return Err(Fault::already_exists(message));
    }
    Ok(())
}

fn check_etag(document: &Json, given: Option<&str>) -> Result<(), Fault> {
    match given.filter(|etag| !etag.is_empty()) {
        Some(given) if document["etag"] != given => {
            let current = document["etag"].as_str().unwrap_or_default();
            let message = format!("Conflict: the etag {given} was specified but the current etag is {current}.");
            Err(Fault::aborted(message))
        }
        _ => Ok(()),
    }
}

/// Begins the operation at whose end the resource is ready.
fn begin(call: &mut Call<'_>, place: &Place, kind: &Kind, key: &str, lasts: Lasts, moves: bool) -> Reply {
    let generation = call.cloud.store.get(key).map_or(Json::Null, |document| document["generation"].clone());
    let arguments = json!({"key": key, "generation": generation, "moves": moves});
    let effects = vec![Effect::call("run", "ready", arguments)];
    let live = Source::live(key, kind.proto);
    let begun = Begin { targets: vec![key.to_owned()], effects };
    let reply = call.begin_long_running(&place.path(), live.clone(), live, begun, lasts);
    note_operation(call.cloud, key, &reply);
    reply
}

/// v1 shows the operation of the last change in an annotation.
fn note_operation(cloud: &mut Cloud, key: &str, reply: &Reply) {
    let name = reply.response.body.as_json().and_then(|operation| operation["name"].as_str());
    let uuid = name.and_then(|name| name.rsplit('/').next()).map(str::to_owned);
    if let (Some(document), Some(uuid)) = (cloud.store.get_mut(key), uuid) {
        document["$operation"] = json!(uuid);
    }
}

/// What a validation answers: a finished operation that nothing remembers.
fn validated(call: &mut Call<'_>, place: &Place, kind: &Kind, document: &Json) -> Reply {
    let mut typed = json!({"@type": format!("type.googleapis.com/{}", kind.proto)});
    if let (Some(map), Some(fields)) = (typed.as_object_mut(), public(document).as_object()) {
        map.extend(fields.clone());
    }
    let name = format!("{}/operations/{}", place.path(), call.cloud.ids.uuid());
    json!({"name": name, "metadata": typed.clone(), "done": true, "response": typed}).into()
}

/// Deletes one, with all that belongs to it.
pub(super) fn delete(
    call: &mut Call<'_>,
    kind: &'static Kind,
    place: &Place,
    id: &str,
    options: Options,
) -> Result<Reply, Fault> {
    let key = place.key(kind, id);
    let Some(mut document) = call.cloud.store.get(&key).cloned() else { return Err(kind.missing(place, id)) };
    check_etag(&document, call.query("etag"))?;
    if document.get("deleteTime").is_some() {
        return Err(Fault::aborted(format!("Resource '{id}' is being deleted.")));
    }
    let now = call.now();
    let generation = document["generation"].as_str().and_then(|text| text.parse::<i64>().ok()).unwrap_or(1);
    document["generation"] = json!((generation + 1).to_string());
    document["deleteTime"] = json!(times::microseconds(now));
    // Recorded: thirty days later.
    document["expireTime"] = json!(times::microseconds(times::plus_seconds(now, 30 * 86_400)));
    document["updateTime"] = document["deleteTime"].clone();
    document["reconciling"] = json!(true);
    document["terminalCondition"]["state"] = json!("CONDITION_PENDING");
    document["etag"] = etag(now, document["name"].as_str().unwrap_or_default());
    if options.validate_only {
        return Ok(validated(call, place, kind, &document));
    }
    // The operation shows the document after it is gone, so it shows a copy.
    let gone = format!("run/gone/{}", document["uid"].as_str().unwrap_or_default());
    call.cloud.store.put(gone.clone(), document.clone());
    call.cloud.store.put(key.clone(), document);
    let effects = vec![Effect::call("run", "deleted", json!({"key": key, "gone": gone}))];
    let live = Source::live(&gone, kind.proto);
    let begun = Begin { targets: vec![key], effects };
    Ok(call.begin_long_running(&place.path(), live.clone(), live, begun, Lasts::seconds(1, 2)))
}

/// The document of one; counts as a look at it.
pub(super) fn find(call: &mut Call<'_>, kind: &Kind, place: &Place, id: &str) -> Result<Json, Fault> {
    let key = place.key(kind, id);
    call.cloud.look(&key);
    call.cloud.store.get(&key).cloned().ok_or_else(|| kind.missing(place, id))
}

/// All of a kind in a place, or everywhere where the location is `-`.
pub(super) fn all(call: &mut Call<'_>, kind: &Kind, place: &Place) -> Vec<(String, Json)> {
    let keys = keys(call.cloud, kind, place);
    keys.iter().for_each(|key| call.cloud.look(key));
    let documents = keys.into_iter().filter_map(|key| Some((key.clone(), call.cloud.store.get(&key)?.clone())));
    documents.collect()
}

fn keys(cloud: &Cloud, kind: &Kind, place: &Place) -> Vec<String> {
    if place.location != "-" {
        let children = cloud.store.children(&place.collection(kind));
        return children.into_iter().map(|(key, _)| key.to_owned()).collect();
    }
    let prefix = format!("run/projects/{}/locations/", place.project.id);
    let direct = |key: &&str| {
        let mut parts = key[prefix.len()..].split('/').skip(1);
        parts.next() == Some(kind.collection) && parts.count() == 1
    };
    cloud.store.under(&prefix).map(|(key, _)| key).filter(direct).map(str::to_owned).collect()
}

/// The answer of a list in v2.
pub(super) fn list(call: &mut Call<'_>, kind: &'static Kind, place: &Place) -> Result<Reply, Fault> {
    let entries = all(call, kind, place).into_iter().map(|(_, document)| public(&document)).collect();
    let page = list::page(entries, list::size(call.query("pageSize"), 100, 1000)?, call.query("pageToken"))?;
    Ok(page.answer(kind.collection).into())
}
