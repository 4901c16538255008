//! Operations that somebody else, or an interrupted run, has begun: found where their names are not known, and waited
//! for.
//!
//! Cloud SQL alone needs this: an instance takes one operation at a time and answers little while one runs. Elsewhere
//! `resourceNotReady` and retries do.

use serde_json::Value as Json;

use super::session::Session;
use crate::gcp::CallError;
use crate::gcp::client::OnRetry;
use crate::kinds::Row;
use crate::model::Place;
use crate::wire::Request;
use crate::wire::operation::{Begun, Family};
use crate::wire::retry::Repeat;

/// The operations that run on what a resource is serialised by; none where its family is not Cloud SQL's.
///
/// # Errors
/// They cannot be listed. An instance that does not exist has none.
pub(crate) async fn running(
    session: &Session<'_>,
    row: &Row,
    place: &Place,
    on_retry: OnRetry<'_>,
) -> Result<Vec<Begun>, CallError> {
    let Some(group) = row.descriptor.serialised_by.filter(|_| row.descriptor.family == Family::Sql) else {
        return Ok(Vec::new());
    };
    let group = place.fill(group);
    let instance = group.rsplit('/').next().unwrap_or(&group);
    let path = format!("{}projects/{}/operations", row.descriptor.api.prefix, place.project());
    let list =
        Request::get(row.descriptor.api.host, path.as_str()).query("instance", instance).query("maxResults", "10");
    let reply = match session.client.call(&list, Repeat::Harmless, on_retry).await {
        Ok(reply) => reply,
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let operations = reply.get("items").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let begun = |operation: &Json| {
        let name = operation.get("name")?.as_str()?;
        let is_running = operation.get("status").and_then(Json::as_str) != Some("DONE");
        let poll = Request::get(row.descriptor.api.host, format!("{path}/{name}"));
        is_running.then(|| Begun { name: name.to_owned(), poll })
    };
    Ok(operations.iter().filter_map(begun).collect())
}
