//! `projects.locations.list` and `.get`, which many APIs have alike.

use serde_json::{Value as Json, json};

use super::fault::Fault;
use super::list;
use super::service::{Call, Reply};

/// Regions of Google Cloud with the names that its lists show.
pub const REGIONS: [(&str, &str); 36] = [
    ("africa-south1", "Johannesburg"),
    ("asia-east1", "Taiwan"),
    ("asia-east2", "Hong Kong"),
    ("asia-northeast1", "Tokyo"),
    ("asia-northeast2", "Osaka"),
    ("asia-northeast3", "Seoul"),
    ("asia-south1", "Mumbai"),
    ("asia-south2", "Delhi"),
    ("asia-southeast1", "Singapore"),
    ("asia-southeast2", "Jakarta"),
    ("australia-southeast1", "Sydney"),
    ("australia-southeast2", "Melbourne"),
    ("europe-central2", "Warsaw"),
    ("europe-north1", "Finland"),
    ("europe-southwest1", "Madrid"),
    ("europe-west1", "Belgium"),
    ("europe-west2", "London"),
    ("europe-west3", "Frankfurt"),
    ("europe-west4", "Netherlands"),
    ("europe-west6", "Zurich"),
    ("europe-west8", "Milan"),
    ("europe-west9", "Paris"),
    ("europe-west10", "Berlin"),
    ("europe-west12", "Turin"),
    ("me-central1", "Doha"),
    ("me-west1", "Tel Aviv"),
    ("northamerica-northeast1", "Montreal"),
    ("northamerica-northeast2", "Toronto"),
    ("southamerica-east1", "São Paulo"),
    ("southamerica-west1", "Santiago"),
    ("us-central1", "Iowa"),
    ("us-east1", "South Carolina"),
    ("us-east4", "Northern Virginia"),
    ("us-east5", "Columbus"),
    ("us-west1", "Oregon"),
    ("us-west4", "Las Vegas"),
];

/// Regions that the list above leaves out and that exist all the same.
const MORE: [&str; 6] = ["europe-north2", "us-south1", "us-west2", "us-west3", "northamerica-south1", "me-central2"];

/// Whether there is a region of that name.
pub fn is_region(name: &str) -> bool {
    REGIONS.iter().any(|(known, _)| *known == name) || MORE.contains(&name)
}

/// The names of all regions.
pub fn region_names() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().map(|(name, _)| *name).chain(MORE)
}

/// Answers a list or a get of locations.
///
/// # Errors
/// A location that is none.
pub fn answer(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let project = call.project()?;
    let entry = |(id, display): (&str, &str)| -> Json {
        let labels = json!({"cloud.googleapis.com/region": id});
        json!({
            "name": format!("projects/{}/locations/{id}", project.id), "locationId": id, "displayName": display,
            "labels": labels,
        })
    };
    let wanted = call.param("locationsId");
    if !wanted.is_empty() {
        let found = REGIONS.into_iter().find(|(id, _)| *id == wanted);
        return found
            .map(|found| entry(found).into())
            .ok_or_else(|| Fault::not_found(format!("Location {wanted} is not found or access is unauthorized.")));
    }
    let entries = list::filter(REGIONS.into_iter().map(entry).collect(), call.query("filter"))?;
    let page = list::page(entries, list::size(call.query("pageSize"), 100, 1000)?, call.query("pageToken"))?;
    Ok(page.answer("locations").into())
}
