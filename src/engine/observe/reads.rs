//! The first round: which requests find all targets, and what they answer.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt};
use serde_json::Value as Json;

use super::members::pick;
use super::{Found, Target};
use crate::engine::anyway;
use crate::engine::session::Session;
use crate::gcp::CallError;
use crate::gcp::client::OnRetry;
use crate::kinds::{Live, Lookup, Row, apis};
use crate::model::Place;
use crate::wire::{Request, paging};

/// From so many wanted members on a collection is listed rather than its members read one by one.
const LIST_FROM: usize = 4;
/// A list that has taken so many pages per wanted member is given up: the rest is read one by one.
const PAGES_PER_MEMBER: usize = 1;

/// A request of the first round and the targets that it answers for, by position.
enum Job {
    List { request: Request, targets: Vec<usize> },
    Item { request: Request, target: usize },
    Policy { request: Request, targets: Vec<usize> },
}

/// What each target turned out to be, in their order.
pub(super) async fn first_round(session: &Session<'_>, enabled: &[String], targets: &[Target<'_>]) -> Vec<Found> {
    let jobs = jobs(enabled, targets);
    let mut found: Vec<Found> = targets.iter().map(|_| Found::Absent).collect();
    let mut answers = stream::iter(jobs.into_iter().map(|job| carry_out(session, targets, job)))
        .buffer_unordered(session.options.reads.max(1));
    while let Some(answer) = answers.next().await {
        for (at, finding) in answer {
            found[at] = finding;
        }
    }
    found
}

fn jobs(enabled: &[String], targets: &[Target<'_>]) -> Vec<Job> {
    let mut lists: BTreeMap<String, (Request, Vec<usize>)> = BTreeMap::new();
    let mut policies: BTreeMap<String, (Request, Vec<usize>)> = BTreeMap::new();
    let mut jobs = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        // An API that is not enabled has no resources, and would only say so.
        let service = target.row.descriptor.api.service;
        if !enabled.iter().any(|api| api == service) && !apis::is_there_anyway(service) {
            continue;
        }
        match (&target.lookup.list, item_of(target), &target.lookup.policy) {
            (Some(list), item, _) if item.is_none() || is_complete(target) => {
                lists.entry(key(list)).or_insert_with(|| (list.clone(), Vec::new())).1.push(at);
            }
            (_, Some(item), _) => jobs.push(Job::Item { request: item.clone(), target: at }),
            (_, None, Some(policy)) => {
                policies.entry(key(policy)).or_insert_with(|| (policy.clone(), Vec::new())).1.push(at);
            }
            (_, None, None) => {}
        }
    }
    for (request, members) in lists.into_values() {
        let few = members.len() < LIST_FROM;
        let items: Option<Vec<&Request>> = members.iter().map(|at| item_of(&targets[*at])).collect();
        match items {
            Some(items) if few => {
                let item = |(request, at): (&Request, usize)| Job::Item { request: request.clone(), target: at };
                jobs.extend(items.into_iter().zip(members).map(item));
            }
            _ => jobs.push(Job::List { request, targets: members }),
        }
    }
    jobs.extend(policies.into_values().map(|(request, targets)| Job::Policy { request, targets }));
    jobs
}

/// The read of one alone, where it can be relied on to find what is there.
fn item_of<'a>(target: &'a Target<'_>) -> Option<&'a Request> {
    target.lookup.item.as_ref().filter(|_| target.row.descriptor.readable)
}

fn is_complete(target: &Target<'_>) -> bool {
    target.row.descriptor.list.is_some_and(|style| style.complete)
}

/// What makes two reads the same.
pub(super) fn key(request: &Request) -> String {
    format!("{request} {:?} {:?}", request.query, request.body)
}

async fn carry_out(session: &Session<'_>, targets: &[Target<'_>], job: Job) -> Vec<(usize, Found)> {
    match job {
        Job::Item { request, target } => vec![(target, item(session, &request).await)],
        Job::Policy { request, targets: members } => policy(session, targets, &request, &members).await,
        Job::List { request, targets: members } => list(session, targets, &request, &members).await,
    }
}

async fn item(session: &Session<'_>, request: &Request) -> Found {
    match anyway::find(session, request).await {
        Ok(None) => Found::Absent,
        Ok(Some(api)) => Found::Present(Live { api, policy: None, extra: Vec::new() }),
        Err(error) => Found::Failed(error),
    }
}

async fn policy(
    session: &Session<'_>,
    targets: &[Target<'_>],
    request: &Request,
    members: &[usize],
) -> Vec<(usize, Found)> {
    match anyway::find(session, request).await {
        Ok(None) => Vec::new(),
        Ok(Some(policy)) => {
            let found = members.iter().filter_map(|at| {
                let target = &targets[*at];
                Some((*at, Found::Present(part_of_policy(target.row, target.place, &policy)?)))
            });
            found.collect()
        }
        Err(error) => shared(error, members),
    }
}

/// A resource that is part of a policy: there if the policy has anything of it.
fn part_of_policy(row: &Row, place: &Place, policy: &Json) -> Option<Live> {
    let live = Live { api: Json::Null, policy: Some(policy.clone()), extra: Vec::new() };
    let has_members = || {
        let file = (row.to_file)(place, &live);
        file.get("members").and_then(|members| members.as_list()).is_some_and(|members| !members.is_empty())
    };
    ((row.is_member)(place, policy) || has_members()).then_some(live)
}

async fn list(
    session: &Session<'_>,
    targets: &[Target<'_>],
    request: &Request,
    members: &[usize],
) -> Vec<(usize, Found)> {
    let wanted: Vec<&Target<'_>> = members.iter().map(|at| &targets[*at]).collect();
    let can_get = wanted.iter().all(|target| item_of(target).is_some());
    let most = if can_get { (wanted.len() * PAGES_PER_MEMBER).max(2) } else { paging::MOST_PAGES };
    let row = wanted.first().map(|target| target.row);
    let (elements, end) = match pages(session, row, request, most, &|_, _| {}).await {
        Ok(read) => read,
        Err(error) if error.is_not_found() => return Vec::new(),
        Err(error) => return shared(error, members),
    };
    let mut found = Vec::with_capacity(members.len());
    let mut missing = Vec::new();
    for (at, element) in members.iter().zip(pick(elements, &wanted)) {
        match element {
            Some(api) => found.push((*at, Found::Present(Live { api, policy: None, extra: Vec::new() }))),
            None => missing.push(*at),
        }
    }
    if end == End::GivenUp {
        let one_by_one = missing.into_iter().map(|at| async move {
            let request = targets[at].lookup.item.as_ref().expect("lists are given up where items can be read");
            (at, item(session, request).await)
        });
        let read: Vec<_> = stream::iter(one_by_one).buffer_unordered(session.options.reads.max(1)).collect().await;
        found.extend(read);
    }
    found
}

/// Whether a list was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Reached,
    GivenUp,
}

async fn pages(
    session: &Session<'_>,
    row: Option<&Row>,
    request: &Request,
    most: usize,
    on_retry: OnRetry<'_>,
) -> Result<(Vec<Json>, End), CallError> {
    let style = row.and_then(|row| row.descriptor.list);
    let (items, size) = style.map_or(("items", None), |style| (style.items, style.page_size));
    joined(session, request, items, size, most, on_retry).await
}

async fn joined(
    session: &Session<'_>,
    request: &Request,
    items: &str,
    size: Option<(&str, u32)>,
    most: usize,
    on_retry: OnRetry<'_>,
) -> Result<(Vec<Json>, End), CallError> {
    let mut elements = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..most.min(paging::MOST_PAGES) {
        let page = paging::page(request, size, token.as_deref());
        let reply = anyway::read(session, &page, on_retry).await?;
        token = paging::next_token(&reply).map(str::to_owned);
        elements.extend(paging::elements(reply, items));
        if token.is_none() {
            return Ok((elements, End::Reached));
        }
    }
    Ok((elements, End::GivenUp))
}

/// All pages of a further read, their elements joined under `items` in the first one.
pub(super) async fn all_pages(
    session: &Session<'_>,
    request: &Request,
    items: &str,
    on_retry: OnRetry<'_>,
) -> Result<Json, CallError> {
    let (elements, _) = joined(session, request, items, None, paging::MOST_PAGES, on_retry).await?;
    Ok(serde_json::json!({ items: elements }))
}

/// One resource by itself.
pub(super) async fn alone(
    session: &Session<'_>,
    row: &Row,
    place: &Place,
    lookup: &Lookup,
    on_retry: OnRetry<'_>,
) -> Result<Option<Live>, CallError> {
    let bare = |api| Live { api, policy: None, extra: Vec::new() };
    if let Some(item) = &lookup.item {
        let is_last_word = row.descriptor.readable || lookup.list.is_none();
        match anyway::read(session, item, on_retry).await {
            Ok(api) => return Ok(Some(bare(api))),
            Err(error) if error.refusal().is_some() && !is_last_word => {}
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    if let Some(list) = &lookup.list {
        return match pages(session, Some(row), list, paging::MOST_PAGES, on_retry).await {
            Ok((elements, _)) => Ok(elements.into_iter().find(|element| (row.is_member)(place, element)).map(bare)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        };
    }
    match &lookup.policy {
        Some(policy) => match anyway::read(session, policy, on_retry).await {
            Ok(policy) => Ok(part_of_policy(row, place, &policy)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        },
        None => Ok(None),
    }
}

/// One failure for many targets: the first keeps the cause, the others its words.
fn shared(error: CallError, members: &[usize]) -> Vec<(usize, Found)> {
    let Some((first, rest)) = members.split_first() else { return Vec::new() };
    let mut found: Vec<(usize, Found)> = rest.iter().map(|at| (*at, Found::Failed(error.again()))).collect();
    found.insert(0, (*first, Found::Failed(error)));
    found
}
