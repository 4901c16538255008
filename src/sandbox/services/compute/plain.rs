//! Firewalls, routes, routers and producers' service attachments: made, read, changed and deleted with what was sent
//! and the fields that Google adds to everything. They stand here because networks are used by them.

use serde_json::{Value as Json, json};

use super::place;
use super::users;
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::{Effect, Lasts, compute_link};
use crate::sandbox::policy;
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::services::attachments::{self, Attachment};
use crate::sandbox::store::public;

/// Collection, kind, and defaults of an insert.
fn known(collection: &str) -> (&'static str, &'static str, Json) {
    match collection {
        "firewalls" => (
            "firewalls",
            "firewall",
            json!({"description": "", "priority": 1000, "direction": "INGRESS", "disabled": false,
                   "logConfig": {"enable": false}}),
        ),
        "routes" => ("routes", "route", json!({"description": "", "priority": 1000})),
        "routers" => ("routers", "router", json!({"encryptedInterconnectRouter": false})),
        _ => (
            "serviceAttachments",
            "serviceAttachment",
            json!({"reconcileConnections": false, "enableProxyProtocol": false}),
        ),
    }
}

pub(super) fn answer(call: &mut Call<'_>, collection: &str, verb: &str) -> Result<Reply, Fault> {
    let (collection, kind, defaults) = known(collection);
    match verb {
        "insert" => insert(call, collection, kind, &defaults),
        "get" => place::existing(call, collection).map(|(_, document)| public(&document).into()),
        "patch" | "update" => change(call, collection, verb),
        "delete" => delete(call, collection, kind),
        "getIamPolicy" => {
            let (place, _) = place::existing(call, collection)?;
            policy::get(call, &place.key())
        }
        "setIamPolicy" => {
            let (place, _) = place::existing(call, collection)?;
            policy::set(call, &place.key())
        }
        "testIamPermissions" => Ok(policy::test(call)),
        _ => Err(Fault::not_played(call.id())),
    }
}

/// Operation types of service attachments carry the whole name.
fn operation_type(collection: &str, verb: &str) -> String {
    if collection == "serviceAttachments" { format!("compute.serviceAttachments.{verb}") } else { verb.to_owned() }
}

fn insert(call: &mut Call<'_>, collection: &'static str, kind: &str, defaults: &Json) -> Result<Reply, Fault> {
    let place = place::fresh(call, collection)?;
    let mut body = call.body.as_object().cloned().unwrap_or_default();
    if let Some(network) = body.get("network").and_then(Json::as_str) {
        let path = place::ready(call.cloud, &place, "resource.network", network, "networks")?;
        body.insert("network".to_owned(), json!(compute_link("v1", &path)));
    }
    let mut made = place::document(call, &place, kind);
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    if place.region().is_some() {
        made.insert("region".to_owned(), json!(compute_link("v1", &place.root())));
        body.shift_remove("region");
    }
    made.insert("selfLink".to_owned(), json!(place.link()));
    made.extend(defaults.as_object().cloned().unwrap_or_default());
    body.shift_remove("name");
    // An empty list is as good as none: it is not shown.
    body.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
    made.extend(body);
    if collection == "serviceAttachments" {
        made.insert("fingerprint".to_owned(), json!(place::fingerprint(call)));
        let low = call.cloud.ids.numeric();
        made.insert("pscServiceAttachmentId".to_owned(), json!({"high": call.cloud.ids.digits(17), "low": low}));
        publish(call, &place.path(), &Json::Object(made.clone()));
    }
    let effects = vec![Effect::Put(place.key(), Json::Object(made))];
    let kind = operation_type(collection, "insert");
    Ok(place::begin(call, &place, &kind, &id, effects, Lasts::seconds(5, 12)))
}

fn publish(call: &mut Call<'_>, path: &str, document: &Json) {
    let automatic = document["connectionPreference"] == "ACCEPT_AUTOMATIC";
    let listed = document["consumerAcceptLists"].as_array().into_iter().flatten();
    let names = listed.filter_map(|one| one["projectIdOrNum"].as_str().map(str::to_owned)).collect();
    let attachment = Attachment { path: path.to_owned(), accepts: (!automatic).then_some(names) };
    attachments::publish(call.cloud, &attachment);
}

fn change(call: &mut Call<'_>, collection: &'static str, verb: &str) -> Result<Reply, Fault> {
    let (place, mut document) = place::changeable(call, collection)?;
    let map = document.as_object_mut().expect("resources are objects");
    map.extend(call.body.as_object().cloned().unwrap_or_default());
    if map.contains_key("fingerprint") {
        let fresh = place::fingerprint(call);
        map.insert("fingerprint".to_owned(), json!(fresh));
    }
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    if collection == "serviceAttachments" {
        publish(call, &place.path(), &document);
    }
    let effects = vec![Effect::Put(place.key(), document)];
    let kind = operation_type(collection, verb);
    Ok(place::begin(call, &place, &kind, &id, effects, Lasts::seconds(5, 12)))
}

fn delete(call: &mut Call<'_>, collection: &'static str, kind: &str) -> Result<Reply, Fault> {
    let (place, document) = place::changeable(call, collection)?;
    users::check(call.cloud, &place, kind)?;
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    if collection == "serviceAttachments" {
        attachments::withdraw(call.cloud, &place.path());
    }
    let arguments = json!({"path": place.path(), "project": place.project.id, "kind": kind});
    let effects = vec![Effect::call("compute", "delete", arguments)];
    let kind = operation_type(collection, "delete");
    Ok(place::begin(call, &place, &kind, &id, effects, Lasts::seconds(5, 12)))
}
