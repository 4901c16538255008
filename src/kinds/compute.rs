//! What the kinds of Compute Engine share: the API, names, links, and what its refusals mean.

use serde_json::Value as Json;

use super::call::{Refusal, Verdict};
use super::{Api, Descriptor, Durations, HoldsData, IdStyle, ListStyle, Location, UpdateStyle};
use crate::model::{Diagnostic, Doc, Map, Place};
use crate::wire::ApiError;
use crate::wire::operation::Family;

/// Compute Engine, v1.
pub const API: Api = Api { host: "compute.googleapis.com", prefix: "/compute/v1/", service: "compute.googleapis.com" };

/// Lists: 500 is the largest page that the API gives; elements are whole resources.
pub const LIST: ListStyle =
    ListStyle { items: "items", page_size: Some(("maxResults", 500)), name: "name", complete: true };

/// What the descriptors of regional resources share; each kind writes the rest over it.
pub const RESOURCE: Descriptor = Descriptor {
    section: "",
    noun: "",
    doc: "",
    api: API,
    location: Location::Region,
    parents: &[],
    collection: "",
    item: "",
    id: IdStyle::Body("name"),
    list: Some(LIST),
    readable: true,
    update: UpdateStyle::PatchChanged,
    family: Family::Compute,
    unique_id: Some("id"),
    guard: None,
    labels: None,
    policy: None,
    holds_data: HoldsData::No,
    durations: Durations { create: 12, update: 10, delete: 12 },
    name_blocked_days: None,
    serialised_by: None,
    shapes: &[],
    fields: &[],
    outputs: &[],
};

/// What Google's own links begin with.
pub const LINKS: &str = "https://www.googleapis.com/compute/v1/";

/// Names: `[a-z]([-a-z0-9]{0,61}[a-z0-9])?` (discovery).
///
/// # Errors
/// What is wrong with the name, and the rule.
pub fn check_name(name: &str) -> Result<(), String> {
    super::names::rfc1035(name, 63)
}

/// What is known of a resource before it is made: its name, its path from `projects/` on, its link.
pub fn known_outputs(descriptor: &Descriptor, place: &Place) -> Map {
    let path = place.fill(descriptor.item);
    Map::from([
        ("name".to_owned(), Doc::from(place.name())),
        ("selfLink".to_owned(), Doc::from(format!("{LINKS}{path}"))),
        ("path".to_owned(), Doc::from(path)),
    ])
}

/// What Google chose: these fields as they are.
pub fn echo(file: &Doc, fields: &[&str]) -> Doc {
    let mut echoed = Doc::map();
    for field in fields {
        if let Some(value) = file.dig(field) {
            echoed.put(field, value.clone());
        }
    }
    echoed
}

/// The last segment of a link, for messages.
pub fn short(link: &str) -> &str {
    link.rsplit('/').next().unwrap_or(link)
}

/// Whether another resource uses this one: as an answer's reason, or as the code of a failed operation.
pub fn is_in_use(error: &ApiError) -> bool {
    error.is(&["resourceInUseByAnotherResource", "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"])
}

/// Whether another operation holds the resource for a moment (recordings compute/network-vmware-2025-03).
pub fn is_not_ready(error: &ApiError) -> bool {
    error.is(&["resourceNotReady", "RESOURCE_NOT_READY"])
}

/// What holds for all of them: a resource that another operation holds is ready in a moment.
pub fn judge(refusal: &Refusal<'_>) -> Verdict {
    if is_not_ready(refusal.error) {
        return Verdict::Retry { because: format!("`{}` is not ready yet", refusal.place.name()) };
    }
    Verdict::General
}

/// That something else uses a resource that is to go.
pub fn in_use(refusal: &Refusal<'_>, noun: &str) -> Diagnostic {
    let by = user_in(&refusal.error.message)
        .map_or_else(|| "something else".to_owned(), |user| format!("`{}`", user_path(user)));
    Diagnostic::error("in-use", format!("{noun} `{}` is still used by {by}", refusal.place.name()))
        .hint("delete what uses it and was not made by this stack, then run the same command again")
}

/// The path of what uses a resource, which Google names only in its message: "… is already being used by 'PATH'".
pub fn user_in(message: &str) -> Option<&str> {
    let (_, behind) = message.split_once("being used by '")?;
    behind.split_once('\'').map(|(path, _)| path)
}

/// A user's kind and name for messages: `addresses/x` of `projects/P/regions/R/addresses/x`.
pub fn user_path(path: &str) -> &str {
    match path.rmatch_indices('/').nth(1) {
        Some((at, _)) => &path[at + 1..],
        None => path,
    }
}

/// The texts of a list field.
pub fn texts<'a>(live: &'a Json, field: &str) -> Vec<&'a str> {
    live.get(field).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_of_a_resource_is_read_from_googles_message() {
        // recordings compute/grpcroute-network-cassette-2024-04-16
        let message = "The network resource 'projects/P/global/networks/N' is already being used by \
                       'projects/P/global/firewalls/N-odm2'";
        assert_eq!(user_in(message), Some("projects/P/global/firewalls/N-odm2"));
        assert_eq!(user_in("something else"), None);
    }
}
