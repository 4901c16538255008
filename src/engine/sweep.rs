//! Reads everything of our kinds that a project has, for `export`: each collection once, then policies and versions.
//!
//! What cannot be listed (an API that is not enabled, a 403, a region that does not answer) becomes a note; the sweep
//! goes on without it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt};
use serde_json::Value as Json;

use super::anyway;
use super::session::Session;
use super::survey::Survey;
use crate::export::{Found, Resource, place_of};
use crate::gcp::{CallError, explain};
use crate::kinds::descriptor::Location;
use crate::kinds::request::{self, At};
use crate::kinds::{ExtraWhen, Live, Row, apis};
use crate::model::{Diagnostic, Place};
use crate::wire::{Method, Request, paging};

/// What to read.
#[derive(Debug, Clone, Default)]
pub struct Swept {
    /// Sections; empty: all.
    pub sections: BTreeSet<String>,
    /// Regions and locations; empty: all.
    pub locations: BTreeSet<String>,
}

/// A list to read.
struct List {
    row: &'static Row,
    request: Request,
    /// Where its elements stand, for those that do not say.
    location: Option<String>,
    parent: Option<Place>,
}

/// An element of a list, and what else there is.
#[derive(Default)]
struct Listed {
    resources: Vec<Resource>,
    /// Names of elements that are of none of our kinds, by what they are.
    others: BTreeMap<String, Vec<String>>,
    notes: Vec<Diagnostic>,
}

/// Reads a project.
///
/// # Errors
/// What stands against any read at all: credentials, the network, a proxy's page.
pub async fn sweep(
    session: &Session<'_>,
    rows: &'static [Row],
    survey: &Survey,
    wanted: &Swept,
) -> Result<Found, Diagnostic> {
    let mut found =
        Found { project: survey.project.clone(), enabled_apis: survey.enabled_apis.clone(), ..Found::default() };
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut kinds: Vec<&'static Row> = Vec::new();
    for row in rows.iter().filter(|row| is_wanted(row, wanted)) {
        let service = row.descriptor.api.service;
        if survey.enabled_apis.iter().any(|api| api == service) || apis::is_there_anyway(service) {
            kinds.push(row);
        } else {
            missing.entry(service).or_default().push(row.descriptor.section);
        }
    }
    for (service, sections) in missing {
        let message = format!("the API `{service}` is not enabled: there are no `{}`", sections.join("`, `"));
        found.notes.push(Diagnostic::note("api-not-enabled", message));
    }
    let lists = lists(session, survey, wanted, &kinds, &mut found).await?;
    read_lists(session, wanted, lists, &mut found).await?;
    let children = children(&kinds, &found);
    read_lists(session, wanted, children, &mut found).await?;
    reserved(&mut found);
    complete(session, &mut found).await?;
    Ok(found)
}

/// A kind in a parent brings the parent with it: its place is known through it.
fn is_wanted(row: &Row, wanted: &Swept) -> bool {
    let section = row.descriptor.section;
    let is_parent = section == "sqlInstances" && wanted.sections.iter().any(|section| section.starts_with("sql"));
    wanted.sections.is_empty() || wanted.sections.contains(section) || is_parent
}

/// The lists of what stands in the project itself; the project's policy is read here.
async fn lists(
    session: &Session<'_>,
    survey: &Survey,
    wanted: &Swept,
    kinds: &[&'static Row],
    found: &mut Found,
) -> Result<Vec<List>, Diagnostic> {
    let mut lists = Vec::new();
    let mut locations: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let place = Place { values: [("project".to_owned(), survey.project.id.clone())].into() };
    for row in kinds {
        let descriptor = row.descriptor;
        if descriptor.list.is_none() || descriptor.location == Location::Parent {
            continue;
        }
        if descriptor.section == "iamBindings" {
            let policy = (row.lookup)(&place, &survey.project, None).list;
            if let Some(request) = policy {
                found.policy = refusable(
                    anyway::read(session, &request, &|_, _| {}).await,
                    "the project's policy",
                    &mut found.notes,
                )?;
            }
            continue;
        }
        if !descriptor.collection.contains("{location}") {
            lists.push(List { row, request: listed(row, &place), location: None, parent: None });
            continue;
        }
        if let Some(aggregated) = aggregated(row, &place) {
            lists.push(List { row, request: aggregated, location: None, parent: None });
            continue;
        }
        let host = descriptor.api.host;
        if !locations.contains_key(host) {
            let known = if wanted.locations.is_empty() {
                all_locations(session, host, &survey.project.id, &mut found.notes).await?
            } else {
                wanted.locations.iter().cloned().collect()
            };
            locations.insert(host, known);
        }
        for location in &locations[host] {
            let mut place = place.clone();
            place.values.insert("location".to_owned(), location.clone());
            lists.push(List { row, request: listed(row, &place), location: Some(location.clone()), parent: None });
        }
    }
    Ok(lists)
}

fn listed(row: &Row, place: &Place) -> Request {
    request::request(row.descriptor, Method::Get, place, At::Collection)
}

/// Compute lists a collection over all its places at once.
fn aggregated(row: &Row, place: &Place) -> Option<Request> {
    let descriptor = row.descriptor;
    let (_, collection) = descriptor.collection.split_once("regions/{location}/")?;
    let path =
        format!("{}projects/{}/aggregated/{collection}", descriptor.api.prefix, request::segment(place.project()));
    Some(Request::get(descriptor.api.host, path))
}

/// Where an API's resources can stand; Cloud Run lists them at its older version alone.
async fn all_locations(
    session: &Session<'_>,
    host: &'static str,
    project: &str,
    notes: &mut Vec<Diagnostic>,
) -> Result<Vec<String>, Diagnostic> {
    let list = Request::get(host, format!("/v1/projects/{}/locations", request::segment(project)));
    let what = format!("the locations of `{host}`");
    let Some((elements, _)) = refusable(pages(session, &list, "locations", None).await, &what, notes)? else {
        return Ok(Vec::new());
    };
    Ok(elements.iter().filter_map(|element| element.get("locationId")?.as_str().map(str::to_owned)).collect())
}

/// What is in each instance.
fn children(kinds: &[&'static Row], found: &Found) -> Vec<List> {
    let mut lists = Vec::new();
    for row in kinds.iter().filter(|row| row.descriptor.location == Location::Parent) {
        for parent in found.resources.iter().filter(|resource| resource.section() == "sqlInstances") {
            let mut place = parent.place.clone();
            for field in row.descriptor.parents {
                place.values.insert((*field).to_owned(), parent.place.name().to_owned());
            }
            lists.push(List { row, request: listed(row, &place), location: None, parent: Some(parent.place.clone()) });
        }
    }
    lists
}

async fn read_lists(
    session: &Session<'_>,
    wanted: &Swept,
    lists: Vec<List>,
    found: &mut Found,
) -> Result<(), Diagnostic> {
    let project = found.project.clone();
    let answers: Vec<_> = stream::iter(lists.into_iter().map(|list| async move {
        let style = list.row.descriptor.list;
        let items = style.map_or("items", |style| style.items);
        let answer = pages(session, &list.request, items, style.and_then(|style| style.page_size)).await;
        (list, answer)
    }))
    .buffered(session.options.reads.max(1))
    .collect()
    .await;
    let mut all = Listed::default();
    for (list, answer) in answers {
        let what = what(&list);
        let Some((elements, unreachable)) = refusable(answer, &what, &mut all.notes)? else { continue };
        for place in unreachable {
            let message = format!("{what}: `{place}` does not answer; what is there is not in the file");
            all.notes.push(Diagnostic::warning("unreachable", message));
        }
        for mut api in elements {
            if let (Some(location), Json::Object(map)) = (&list.location, &mut api)
                && !map.contains_key("name")
            {
                map.insert("region".to_owned(), Json::from(location.as_str()));
            }
            match place_of(list.row, &project, &api, list.parent.as_ref()) {
                Some(place) if is_in(&place, wanted) => {
                    let live = Live { api, policy: None, extra: Vec::new() };
                    all.resources.push(Resource { row: list.row, place, live });
                }
                Some(_) => {}
                None => other(list.row, &api, &mut all.others),
            }
        }
    }
    for (what, names) in all.others {
        let message = format!("not in the file: {what} `{}`", names.join("`, `"));
        all.notes.push(Diagnostic::note("not-managed", message));
    }
    found.resources.extend(all.resources);
    found.notes.extend(joined(all.notes));
    Ok(())
}

fn what(list: &List) -> String {
    let section = list.row.descriptor.section;
    match (&list.location, &list.parent) {
        (Some(location), _) => format!("`{section}` in `{location}`"),
        (_, Some(parent)) => format!("`{section}` of `{}`", parent.name()),
        _ => format!("`{section}`"),
    }
}

fn is_in(place: &Place, wanted: &Swept) -> bool {
    wanted.locations.is_empty() || place.location().is_empty() || wanted.locations.contains(place.location())
}

/// What a collection has beside our kind: global addresses, Google's own accounts.
fn other(row: &Row, api: &Json, others: &mut BTreeMap<String, Vec<String>>) {
    let text = |field: &str| api.get(field).and_then(Json::as_str).map(str::to_owned);
    let name = text("email").or_else(|| text("name")).unwrap_or_default();
    let what = match row.descriptor.section {
        "serviceAccounts" => "service accounts that Google made itself:".to_owned(),
        "addresses" => "global addresses, which stackctl does not manage:".to_owned(),
        "forwardingRules" => "global forwarding rules, which stackctl does not manage:".to_owned(),
        _ => format!("a {} elsewhere:", row.descriptor.noun),
    };
    others.entry(what).or_default().push(name);
}

/// The elements of all pages, and the places that did not answer.
async fn pages(
    session: &Session<'_>,
    list: &Request,
    items: &str,
    size: Option<(&str, u32)>,
) -> Result<(Vec<Json>, BTreeSet<String>), CallError> {
    let (mut elements, mut unreachable) = (Vec::new(), BTreeSet::new());
    let mut token: Option<String> = None;
    for _ in 0..paging::MOST_PAGES {
        let reply = anyway::read(session, &paging::page(list, size, token.as_deref()), &|_, _| {}).await?;
        token = paging::next_token(&reply).map(str::to_owned);
        let places = reply.get("unreachable").or_else(|| reply.get("unreachables")).and_then(Json::as_array);
        unreachable.extend(places.into_iter().flatten().filter_map(Json::as_str).map(str::to_owned));
        elements.extend(paging::elements(reply, items));
        if token.is_none() {
            break;
        }
    }
    Ok((elements, unreachable))
}

/// A refusal of one read is a note: the export goes on without it.
///
/// # Errors
/// What would fail every other read as well.
fn refusable<T>(
    answer: Result<T, CallError>,
    what: &str,
    notes: &mut Vec<Diagnostic>,
) -> Result<Option<T>, Diagnostic> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => match error.refusal() {
            Some(refusal) => {
                let mut note = Diagnostic::warning("not-read", format!("{what} could not be read: {refusal}"));
                note.hint = explain::call(&error).hint;
                notes.push(note);
                Ok(None)
            }
            None => Err(explain::call(&error)),
        },
    }
}

/// One warning where the same refusal met many lists (a region each).
fn joined(notes: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let refusal =
        |note: &Diagnostic| note.message.split_once("could not be read").map_or("", |(_, why)| why).to_owned();
    let section = |note: &Diagnostic| note.message.split(" in `").next().unwrap_or_default().to_owned();
    notes.into_iter().filter(|note| note.code != "not-read" || seen.insert((section(note), refusal(note)))).collect()
}

/// Which reserved address a forwarding rule listens at: Google answers the IP address alone.
fn reserved(found: &mut Found) {
    let addresses: Vec<(Place, Json)> = found
        .resources
        .iter()
        .filter(|resource| resource.section() == "addresses")
        .map(|resource| (resource.place.clone(), resource.live.api.clone()))
        .collect();
    for rule in found.resources.iter_mut().filter(|resource| resource.section() == "forwardingRules") {
        let (link, ip) = (rule.live.api["selfLink"].clone(), rule.live.api["IPAddress"].clone());
        let is_its = |address: &Json| {
            let uses = address["users"].as_array().is_some_and(|users| users.contains(&link));
            uses || address["users"].is_null() && address["address"] == ip && ip.is_string()
        };
        let there =
            addresses.iter().find(|(place, address)| place.location() == rule.place.location() && is_its(address));
        if let Some((_, address)) = there {
            rule.live.extra.push(("address", Some(address.clone())));
        }
    }
}

/// What a further read is for.
enum Part {
    Policy,
    Extra(&'static str, Option<&'static str>),
}

/// Policies, and the versions of secrets.
async fn complete(session: &Session<'_>, found: &mut Found) -> Result<(), Diagnostic> {
    let mut jobs = Vec::new();
    for (at, resource) in found.resources.iter().enumerate() {
        let policy = request::get_policy(resource.row.descriptor, &resource.place);
        jobs.extend(policy.map(|request| (at, Part::Policy, request)));
        let lookup = (resource.row.lookup)(&resource.place, &found.project, None);
        let outputs = lookup.extra.into_iter().filter(|extra| matches!(extra.when, ExtraWhen::Outputs(_)));
        jobs.extend(outputs.map(|extra| (at, Part::Extra(extra.name, extra.pages), extra.request)));
    }
    let answers: Vec<_> = stream::iter(jobs.into_iter().map(|(at, part, request)| async move {
        let answer = match &part {
            Part::Extra(_, Some(items)) => {
                pages(session, &request, items, None).await.map(|(all, _)| serde_json::json!({ *items: all }))
            }
            _ => anyway::read(session, &request, &|_, _| {}).await,
        };
        (at, part, answer)
    }))
    .buffered(session.options.reads.max(1))
    .collect()
    .await;
    let mut notes = Vec::new();
    for (at, part, answer) in answers {
        let resource = &mut found.resources[at];
        let noun = resource.row.descriptor.noun;
        let what = match part {
            Part::Policy => format!("the policy of {noun} `{}`", resource.place.name()),
            Part::Extra(name, _) => format!("the {name} of {noun} `{}`", resource.place.name()),
        };
        let Some(answer) = refusable(answer, &what, &mut notes)? else { continue };
        match part {
            Part::Policy => resource.live.policy = Some(answer),
            Part::Extra(name, _) => resource.live.extra.push((name, Some(answer))),
        }
    }
    found.notes.extend(notes);
    Ok(())
}
