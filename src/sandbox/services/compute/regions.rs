//! Regions and the project as compute shows it.

use serde_json::{Value as Json, json};

use super::fail;
use crate::sandbox::fault::Fault;
use crate::sandbox::ids;
use crate::sandbox::list;
use crate::sandbox::locations;
use crate::sandbox::operation::compute_link;
use crate::sandbox::service::{Call, Reply};

pub(super) fn answer(call: &mut Call<'_>, collection: &str, verb: &str) -> Result<Reply, Fault> {
    match (collection, verb) {
        ("regions", "get") => get(call),
        ("regions", "list") => list_regions(call),
        ("projects", "get") => project(call),
        ("projects", "getXpnHost") => Ok(json!({}).into()),
        ("projects", "getXpnResources") => Ok(json!({"kind": "compute#projectsGetXpnResources"}).into()),
        ("projects", "listXpnHosts") => {
            let id = format!("projects/{}", call.project()?.id);
            Ok(json!({"kind": "compute#xpnHostList", "id": id}).into())
        }
        _ => Err(Fault::not_played(call.id())),
    }
}

fn shown(project: &str, name: &str) -> Json {
    let path = format!("projects/{project}/regions/{name}");
    let zones: Vec<String> = ["a", "b", "c"]
        .iter()
        .map(|zone| compute_link("v1", &format!("projects/{project}/zones/{name}-{zone}")))
        .collect();
    json!({
        "kind": "compute#region",
        "id": (1000 + ids::hash(name) % 1000).to_string(),
        "creationTimestamp": "1969-12-31T16:00:00.000-08:00",
        "name": name,
        "description": name,
        "status": "UP",
        "zones": zones,
        "quotas": [],
        "selfLink": compute_link("v1", &path),
        "supportsPzs": false,
    })
}

fn get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let name = call.param("region");
    if !locations::is_region(name) {
        return Err(fail::missing(&format!("projects/{}/regions/{name}", project.id)));
    }
    Ok(shown(&project.id, name).into())
}

fn list_regions(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let all = locations::region_names().map(|name| shown(&project.id, name)).collect();
    let entries = list::filter(all, call.query("filter"))?;
    let page = list::page(entries, list::size(call.query("maxResults"), 500, 500)?, call.query("pageToken"))?;
    let path = format!("projects/{}/regions", project.id);
    let mut answer = page.answer("items");
    answer["kind"] = json!("compute#regionList");
    answer["id"] = json!(path);
    answer["selfLink"] = json!(compute_link("v1", &path));
    Ok(answer.into())
}

fn project(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    Ok(json!({
        "kind": "compute#project",
        "id": project.number,
        "creationTimestamp": "2024-01-01T00:00:00.000-08:00",
        "name": project.id,
        "commonInstanceMetadata": {"kind": "compute#metadata", "fingerprint": "42WmSpB8rSM="},
        "quotas": [],
        "selfLink": compute_link("v1", &format!("projects/{}", project.id)),
        "defaultServiceAccount": format!("{}-compute@developer.gserviceaccount.com", project.number),
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        "defaultNetworkTier": "PREMIUM",
        "vmDnsSetting": "ZONAL_ONLY",
    })
    .into())
}
