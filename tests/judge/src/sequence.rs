//! What Google's pages say of requests that belong together: all pages of a list are fetched
//! (<https://google.aip.dev/158>), an operation is asked for where its answer says that it is
//! (<https://cloud.google.com/compute/docs/api/how-tos/api-requests-responses>).

use serde_json::Value as Json;

use crate::documents::is_outside;
use crate::exchange::Exchange;

/// What is wrong between the requests of a record, in which other requests may lie between.
pub fn faults(lines: &[Json]) -> Vec<String> {
    let exchanges: Vec<Exchange> =
        lines.iter().map(Exchange::of).filter(|exchange| !is_outside(&exchange.host)).collect();
    let mut faults = Vec::new();
    for (position, exchange) in exchanges.iter().enumerate() {
        let later = &exchanges[position + 1..];
        faults.extend(page(exchange, later));
        faults.extend(operation(exchange, later));
    }
    faults
}

/// A list that goes on is asked for again, with the token of its next page.
fn page(exchange: &Exchange, later: &[Exchange]) -> Option<String> {
    let token = exchange.response["nextPageToken"].as_str().filter(|token| !token.is_empty())?;
    let goes_on = later.iter().any(|later| later.path == exchange.path && later.parameter("pageToken") == Some(token));
    (!goes_on).then(|| format!("{exchange}: the list has a next page that nobody asks for"))
}

/// Whoever asks for an operation asks at its own place.
fn operation(exchange: &Exchange, later: &[Exchange]) -> Option<String> {
    let place = place(&exchange.response)?;
    let name = place.rsplit('/').next()?;
    let stray = later.iter().find(|later| {
        let path = later.path.strip_suffix("/wait").unwrap_or(&later.path);
        let is_its = path.contains("/operations/") && path.ends_with(&format!("/{name}"));
        is_its && !(in_project(path).ends_with(&place) && folded(&later.host) == folded(&exchange.host))
    })?;
    Some(format!("{exchange}: its operation is at `{place}`, and `{stray}` asks elsewhere"))
}

/// Where an answer says that its operation is, from behind the project on, which has an id and a number.
fn place(answer: &Json) -> Option<String> {
    let name = answer["name"].as_str()?;
    if answer["kind"].as_str().is_some_and(|kind| kind.ends_with("#operation")) {
        return Some(in_project(answer["selfLink"].as_str()?).to_owned());
    }
    let is_open = answer.get("response").is_none() && answer.get("error").is_none();
    (name.contains("operations/") && is_open).then(|| in_project(name).to_owned())
}

fn in_project(path: &str) -> &str {
    let behind = path.split_once("projects/").and_then(|(_, rest)| rest.split_once('/'));
    behind.map_or(path, |(_, rest)| rest)
}

/// `us-central1-run.googleapis.com` is `run.googleapis.com`.
fn folded(host: &str) -> &str {
    host.rsplit('-').next().unwrap_or(host)
}

/// Whether the same read was refused just before because its API is not enabled in the project that was charged: then
/// it may be tried once more without one to charge.
pub fn was_refused_a_charge(before: &[Json], line: &Json) -> bool {
    let is_read = line["method"] == "GET" || line["path"].as_str().is_some_and(|path| path.ends_with(":getIamPolicy"));
    let is_same =
        |other: &&Json| ["method", "host", "path", "query", "body"].iter().all(|key| other[*key] == line[*key]);
    let last = before.iter().rev().find(is_same);
    is_read
        && last.is_some_and(|last| last["status"] == 403 && last["response"].to_string().contains("SERVICE_DISABLED"))
}
