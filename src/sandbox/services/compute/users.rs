//! Who uses what: the in-use checks of deletes.

use serde_json::Value as Json;

use super::fail;
use super::place::Place;
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::compute_link;

/// Fields by which resources name others.
const FIELDS: [&str; 3] = ["network", "subnetwork", "$address"];

/// The paths of what uses the resource at `path`, in order. Firewalls and routes of a network count.
pub(super) fn of(cloud: &Cloud, project: &str, path: &str) -> Vec<String> {
    let link = compute_link("v1", path);
    let root = format!("compute/projects/{project}/");
    cloud
        .store
        .under(&root)
        .filter(|(_, document)| FIELDS.iter().any(|field| document[*field] == *link))
        .map(|(key, _)| key["compute/".len()..].to_owned())
        .collect()
}

/// Refuses at once to delete what is used, but for networks that only firewalls use: there the operation fails.
///
/// # Errors
/// 400 `resourceInUseByAnotherResource`.
pub(super) fn check(cloud: &Cloud, place: &Place, kind: &str) -> Result<(), Fault> {
    let users = of(cloud, &place.project.id, &place.path());
    let loud =
        |user: &&String| !(kind == "network" && (user.contains("/firewalls/") || is_own_subnet(cloud, user, place)));
    match users.iter().find(loud) {
        Some(user) => Err(fail::in_use(kind, &place.path(), user)),
        None => Ok(()),
    }
}

/// A subnet that Google made with its auto-mode network goes with it.
fn is_own_subnet(cloud: &Cloud, user: &str, network: &Place) -> bool {
    user.contains("/subnetworks/")
        && cloud
            .store
            .get(&format!("compute/{user}"))
            .is_some_and(|document| document["$auto"] == true && document["name"] == *network.name)
}

/// Ends a delete: looks again, then takes it away.
///
/// # Errors
/// Something uses it by now.
pub(super) fn finish_delete(cloud: &mut Cloud, arguments: &Json) -> Result<(), Fault> {
    let (path, kind) = (arguments["path"].as_str().unwrap_or_default(), arguments["kind"].as_str().unwrap_or_default());
    let project = arguments["project"].as_str().unwrap_or_default();
    let users = of(cloud, project, path);
    let own: Vec<&String> = users
        .iter()
        .filter(|user| cloud.store.get(&format!("compute/{user}")).is_some_and(|document| document["$auto"] == true))
        .collect();
    if let Some(user) = users.iter().find(|user| !own.contains(user)) {
        return Err(fail::in_use_by_then(kind, path, user));
    }
    let own: Vec<String> = own.into_iter().map(|user| format!("compute/{user}")).collect();
    for subnet in own {
        cloud.store.remove(&subnet);
    }
    let key = format!("compute/{path}");
    cloud.store.remove(&key);
    for below in cloud.store.keys_under(&format!("{key}/")) {
        cloud.store.remove(&below);
    }
    Ok(())
}
