//! The second round: policies and further reads of what exists.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt};
use serde_json::Value as Json;

use super::reads::{all_pages, key};
use super::{Found, Look, Target, outcome};
use crate::engine::anyway;
use crate::engine::session::Session;
use crate::gcp::CallError;
use crate::gcp::client::OnRetry;
use crate::kinds::{Extra, ExtraWhen, Live, Lookup};
use crate::model::{Address, Diagnostic, Doc, Reference, Segment, Template};
use crate::plan::Purpose;
use crate::wire::Request;

/// Which further reads are worth their requests.
#[derive(Debug, Clone, Copy)]
pub enum Extras<'a> {
    /// Those that go with every read.
    Always,
    /// Those, and all that give outputs: around a step.
    Outputs,
    /// Those that give one of these outputs.
    Named(&'a BTreeSet<String>),
    /// Everything that says what would be lost.
    Loss,
    /// All: to judge a refusal.
    All,
}

impl Extras<'_> {
    fn wants(self, extra: &Extra) -> bool {
        match (extra.when, self) {
            (ExtraWhen::Always, _) | (_, Self::All) => true,
            (ExtraWhen::Outputs(_), Self::Outputs) => true,
            (ExtraWhen::Outputs(names), Self::Named(used)) => names.iter().any(|name| used.contains(*name)),
            (ExtraWhen::Loss, Self::Loss) => true,
            (ExtraWhen::Outputs(_) | ExtraWhen::Loss, _) => false,
        }
    }
}

/// A read of the second round and who wants it, as what.
struct Job<'a> {
    request: &'a Request,
    pages: Option<&'static str>,
    wanted: Vec<(usize, What)>,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Policy,
    Extra(&'static str),
}

/// Completes what the first round found.
///
/// # Errors
/// What stands against any read at all.
pub(super) async fn second_round(
    session: &Session<'_>,
    look: &Look<'_>,
    targets: &[Target<'_>],
    found: &mut [Found],
) -> Result<(), Diagnostic> {
    let used = used_outputs(look);
    let none = BTreeSet::new();
    let mut jobs: BTreeMap<String, Job<'_>> = BTreeMap::new();
    let mut push = |request, pages, wanted| {
        let job = jobs.entry(key(request)).or_insert_with(|| Job { request, pages, wanted: Vec::new() });
        job.wanted.push(wanted);
    };
    for (at, target) in targets.iter().enumerate() {
        if !matches!(found[at], Found::Present(_)) {
            continue;
        }
        if let Some(policy) = target.lookup.policy.as_ref().filter(|_| !target.is_in_policy()) {
            push(policy, None, (at, What::Policy));
        }
        let extras = worth(look, target, &used, &none);
        for extra in target.lookup.extra.iter().filter(|extra| extras.wants(extra)) {
            push(&extra.request, extra.pages, (at, What::Extra(extra.name)));
        }
    }
    let mut answers = stream::iter(jobs.into_values().map(|job| async move {
        let answer = read(session, job.request, job.pages, &|_, _| {}).await;
        (job.wanted, answer)
    }))
    .buffer_unordered(session.options.reads.max(1));
    while let Some((wanted, answer)) = answers.next().await {
        for (at, what) in wanted {
            match &answer {
                Ok(answer) => put(&mut found[at], what, answer.clone()),
                // Members that are only shown are no reason to refuse a plan.
                Err(error) if matches!(what, What::Policy) && targets[at].shows_policy && error.refusal().is_some() => {
                }
                Err(error) => found[at] = outcome::fatal(Found::Failed(error.again()))?,
            }
        }
    }
    Ok(())
}

fn worth<'a>(
    look: &Look<'_>,
    target: &Target<'_>,
    used: &'a BTreeMap<&Address, BTreeSet<String>>,
    none: &'a BTreeSet<String>,
) -> Extras<'a> {
    let goes = target.doc.is_none() || look.options.purpose == Purpose::Destroy;
    if goes {
        Extras::Loss
    } else if look.suspects.contains(target.address()) {
        Extras::Outputs
    } else {
        Extras::Named(used.get(target.address()).unwrap_or(none))
    }
}

/// Outputs that the stack uses, by resource.
fn used_outputs<'a>(look: &Look<'a>) -> BTreeMap<&'a Address, BTreeSet<String>> {
    let entries = look.desired.entries.values();
    let own = entries.flat_map(|wanted| wanted.doc.templates().into_iter().map(move |t| (Some(&wanted.address), t)));
    let outputs = look.desired.outputs.values().flat_map(Doc::templates).map(|template| (None, template));
    let mut used: BTreeMap<&Address, BTreeSet<String>> = BTreeMap::new();
    for (of, reference) in
        own.chain(outputs).flat_map(|(of, t): (_, &'a Template)| t.references().map(move |r| (of, r)))
    {
        let (address, output) = match (reference, of) {
            (Reference::Output { address, output }, _) => (address, output),
            (Reference::Own { output }, Some(address)) => (address, output),
            _ => continue,
        };
        if let Some(Segment::Key(name)) = output.0.first() {
            used.entry(address).or_default().insert(name.clone());
        }
    }
    used
}

/// Reads policy and extras of one resource that exists.
pub(super) async fn complete(
    session: &Session<'_>,
    lookup: &Lookup,
    extras: Extras<'_>,
    live: &mut Live,
    on_retry: OnRetry<'_>,
) -> Result<(), CallError> {
    if let Some(policy) = lookup.policy.as_ref().filter(|_| lookup.item.is_some() || lookup.list.is_some()) {
        live.policy = read(session, policy, None, on_retry).await?;
    }
    for extra in lookup.extra.iter().filter(|extra| extras.wants(extra)) {
        live.extra.push((extra.name, read(session, &extra.request, extra.pages, on_retry).await?));
    }
    Ok(())
}

async fn read(
    session: &Session<'_>,
    request: &Request,
    pages: Option<&str>,
    on_retry: OnRetry<'_>,
) -> Result<Option<Json>, CallError> {
    let answer = match pages {
        Some(items) => all_pages(session, request, items, on_retry).await,
        None => anyway::read(session, request, on_retry).await,
    };
    match answer {
        Ok(json) => Ok(Some(json)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn put(found: &mut Found, what: What, answer: Option<Json>) {
    let Found::Present(live) = found else { return };
    match what {
        What::Policy => live.policy = answer,
        What::Extra(name) => live.extra.push((name, answer)),
    }
}
