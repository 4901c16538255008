//! Requests of a kind, built from its descriptor: what every kind uses to name a URL and a body.

use serde_json::Value as Json;

use super::{Descriptor, rules, shape};
use crate::model::{Diagnostic, Doc, DocPath, Place};
use crate::wire::{Method, Request};

/// `resource`, its collection, or an action on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At<'a> {
    /// The collection: where a create goes.
    Collection,
    /// The resource.
    Item,
    /// The resource and a suffix: `:getIamPolicy`, `/setLabels`.
    Action(&'a str),
}

/// A request to the kind's API. Values of `place` are put in as path segments: a `/` in one becomes `%2F`.
pub fn request(descriptor: &Descriptor, method: Method, place: &Place, at: At<'_>) -> Request {
    let encoded = encoded(place);
    let (template, suffix) = match at {
        At::Collection => (descriptor.collection, ""),
        At::Item => (descriptor.item, ""),
        At::Action(suffix) => (descriptor.item, suffix),
    };
    let path = format!("{}{}{suffix}", descriptor.api.prefix, encoded.fill(template));
    Request::new(method, place.fill(descriptor.api.host), path)
}

/// A `GET` of the resource.
pub fn read(descriptor: &Descriptor, place: &Place) -> Request {
    request(descriptor, Method::Get, place, At::Item)
}

/// What a path may hold of a value: `%` and `/` are encoded here, everything else where the request is sent.
pub fn segment(value: &str) -> String {
    value.replace('%', "%25").replace('/', "%2F")
}

fn encoded(place: &Place) -> Place {
    Place { values: place.values.iter().map(|(key, value)| (key.clone(), segment(value))).collect() }
}

/// Reads the resource's own policy, version 3.
pub fn get_policy(descriptor: &Descriptor, place: &Place) -> Option<Request> {
    let policy = descriptor.policy?;
    let method = if policy.get_with_post { Method::Post } else { Method::Get };
    let request = request(descriptor, method, place, At::Action(":getIamPolicy"));
    Some(if policy.takes_version { request.query("options.requestedPolicyVersion", "3") } else { request })
}

/// Writes the resource's own policy; the engine fills the body.
pub fn set_policy(descriptor: &Descriptor, place: &Place) -> Request {
    request(descriptor, Method::Post, place, At::Action(":setIamPolicy"))
}

/// A document in file space as a document for the API: common fields left out, durations in Google's spelling.
pub fn api_doc(descriptor: &Descriptor, file: &Doc) -> Doc {
    let mut file = file.clone();
    file.take("iam");
    spell(descriptor, &DocPath::root(), &mut file);
    shape::to_api(descriptor.shapes, file)
}

/// `5m` is for people; Google's JSON wants `300s`.
fn spell(descriptor: &Descriptor, path: &DocPath, doc: &mut Doc) {
    match doc {
        Doc::Map(map) => map.iter_mut().for_each(|(key, value)| spell(descriptor, &path.key(key.as_str()), value)),
        Doc::List(list) => {
            list.iter_mut().enumerate().for_each(|(at, value)| spell(descriptor, &path.index(at), value))
        }
        Doc::Sensitive(inner) => spell(descriptor, path, inner),
        Doc::String(text) if rules::find(descriptor, path).compare() == rules::Compare::Duration => {
            if let Some(seconds) = super::canonical::duration(text) {
                *text = seconds;
            }
        }
        _ => {}
    }
}

/// The JSON of a body.
///
/// # Errors
/// A value that is still unknown: the plan let a step begin too early.
pub fn body(doc: &Doc) -> Result<Json, Diagnostic> {
    doc.to_json().map_err(|template| {
        Diagnostic::error("still-unknown", format!("`{template}` is not known when the request is made"))
            .hint("this is a fault of stackctl's; `stackctl apply` again goes on from here")
    })
}
