//! The requests of a step: create, the full update, delete.
//!
//! A `PATCH` without a mask replaces the whole resource (gcp-behaviour.md, section 3): what is not sent goes. So an
//! update starts from the live resource, drops what is Google's and what clients stamped there, drops the live
//! revision's name (sent again with other contents it is refused), and lays the file over it.

use serde_json::Value as Json;

use super::{complete, health};
use crate::kinds::call::Satisfied;
use crate::kinds::request::{self, At};
use crate::kinds::{Call, Descriptor, Effect, Live, StepInput, descriptor_calls, overlay, rules};
use crate::model::{Action, Diagnostic, Doc, DocPath, Map, Place, Segment};
use crate::wire::{Method, Request};

/// The live resource in file space, names as full paths.
pub(super) fn to_file(descriptor: &Descriptor, place: &Place, live: &Live) -> Doc {
    let mut doc = descriptor_calls::to_file(descriptor, place, live);
    complete::qualify(place, &mut doc);
    if descriptor.section == "services" {
        show_cpu_idle(&mut doc);
    }
    doc
}

/// Google leaves a false `cpuIdle` out of its answers; with `resources` its absence means false (discovery run.v2,
/// `ResourceRequirements.cpuIdle`).
fn show_cpu_idle(doc: &mut Doc) {
    idle(doc, false);
    let sidecars = doc.as_map_mut().and_then(|map| map.get_mut("sidecars")).and_then(Doc::as_map_mut);
    for (_, sidecar) in sidecars.into_iter().flatten() {
        idle(sidecar, false);
    }
}

/// The calls of a step.
///
/// # Errors
/// A value that is still unknown.
pub(super) fn calls(descriptor: &Descriptor, input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    match input.action {
        Action::Create => create(descriptor, input),
        Action::Delete => Ok(vec![descriptor_calls::delete(descriptor, input)]),
        Action::Replace => {
            let mut calls = vec![descriptor_calls::delete(descriptor, input)];
            calls.extend(create(descriptor, &StepInput { live: None, ..input.clone() })?);
            Ok(calls)
        }
        Action::Update | Action::Adopt => update(descriptor, input),
        Action::None | Action::Forget => Ok(Vec::new()),
    }
}

/// The step's first request with `validateOnly`; `None` where it only edits members, deletes or is not complete yet.
pub(super) fn dry_run(descriptor: &Descriptor, input: &StepInput<'_>) -> Option<Request> {
    if !matches!(input.action, Action::Create | Action::Update | Action::Adopt) {
        return None;
    }
    match &calls(descriptor, input).ok()?.first()?.effect {
        Effect::Http(http) => Some(http.request.clone().query("validateOnly", "true")),
        Effect::Policy(_) => None,
    }
}

fn create(descriptor: &Descriptor, input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    let mut doc = descriptor_calls::labelled(descriptor, input);
    keep_cpu_idle(descriptor, &mut doc, None);
    let mut calls = vec![descriptor_calls::create(descriptor, input, body(descriptor, &doc)?)];
    calls.extend(descriptor_calls::policy_edit(descriptor, input));
    Ok(calls)
}

fn update(descriptor: &Descriptor, input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    let mut calls = Vec::new();
    let ails = input.live.is_some_and(|live| health::ails(live).is_some());
    // Taking over what is broken, and nothing else, leaves it as it is.
    let may_retry = input.action == Action::Update || !input.changed.is_empty() || !input.removed.is_empty();
    let changes = descriptor_calls::Changes::of(descriptor, input);
    if !changes.general.is_empty() || (ails && may_retry) {
        let mut body = body(descriptor, &merged(descriptor, input))?;
        descriptor_calls::put_guard(descriptor, input, &mut body);
        let mut request = request::request(descriptor, Method::Patch, input.place, At::Item).json(body);
        if ails && descriptor.section != "jobs" {
            // The same contents make no new revision otherwise; jobs have none.
            request = request.query("forceNewRevision", "true");
        }
        calls.push(descriptor_calls::http(
            "update",
            request,
            descriptor_calls::completion(descriptor),
            Satisfied::BySuccess,
        ));
    }
    calls.extend(descriptor_calls::policy_edit(descriptor, input));
    Ok(calls)
}

fn body(descriptor: &Descriptor, doc: &Doc) -> Result<Json, Diagnostic> {
    let mut doc = doc.clone();
    spell_versions(&mut doc);
    request::body(&request::api_doc(descriptor, &doc))
}

/// The live resource with the file laid over it, in file space.
fn merged(descriptor: &Descriptor, input: &StepInput<'_>) -> Doc {
    let mut live = input.live.map(|live| descriptor_calls::to_file(descriptor, input.place, live)).unwrap_or_default();
    let wanted = descriptor_calls::labelled(descriptor, input);
    live.take("revision.name");
    prefer_wanted_network(&mut live, &wanted);
    let mut merged = overlay::overlay(descriptor, &live, &wanted, input.removed);
    for path in input.removed.iter().filter(|path| resets_to_nothing(descriptor, path)) {
        if wanted.at(path).is_none() {
            drop_at(&mut merged, &path.0);
        }
    }
    keep_cpu_idle(descriptor, &mut merged, Some(&live));
    for inner in ["revision", "task"] {
        if merged.get(inner).and_then(Doc::as_map).is_some_and(Map::is_empty) {
            merged.take(inner);
        }
    }
    merged
}

/// A connector and network interfaces exclude each other: the live way goes where the file names the other.
fn prefer_wanted_network(live: &mut Doc, wanted: &Doc) {
    let Some(access) = wanted.get("vpcAccess") else { return };
    let others: &[&str] = if access.get("connector").is_some() {
        &["network", "subnetwork", "tags", "networkInterfaces"]
    } else {
        &["connector", "networkInterfaces"]
    };
    let Some(there) = live.as_map_mut().and_then(|map| map.get_mut("vpcAccess")).and_then(Doc::as_map_mut) else {
        return;
    };
    for other in others {
        there.shift_remove(*other);
    }
}

/// Fields whose default is "none", or Google's own choice: not sent at all.
fn resets_to_nothing(descriptor: &Descriptor, path: &DocPath) -> bool {
    match rules::find(descriptor, path).default() {
        Some(Doc::Null) => true,
        Some(Doc::List(list)) => list.is_empty(),
        _ => false,
    }
}

fn drop_at(doc: &mut Doc, path: &[Segment]) {
    let Some(map) = doc.as_map_mut() else { return };
    match path {
        [Segment::Key(key)] => {
            map.shift_remove(key);
        }
        [Segment::Key(key), rest @ ..] => {
            if let Some(inner) = map.get_mut(key) {
                drop_at(inner, rest);
            }
        }
        _ => {}
    }
}

/// Services: where `resources` is sent without `cpuIdle`, Google takes that for false and charges for whole
/// instances; without `resources` the default is true. So containers that are new say what the default is.
fn keep_cpu_idle(descriptor: &Descriptor, doc: &mut Doc, live: Option<&Doc>) {
    if descriptor.section != "services" {
        return;
    }
    let has_gpu = doc.dig("resources.limits").is_some_and(|limits| limits.get("nvidia.com/gpu").is_some());
    let main = doc.dig("resources.cpuIdle").and_then(Doc::as_bool).unwrap_or(!has_gpu);
    if live.is_none() {
        idle(doc, main);
    }
    let sidecars = doc.as_map_mut().and_then(|map| map.get_mut("sidecars")).and_then(Doc::as_map_mut);
    for (name, sidecar) in sidecars.into_iter().flatten() {
        if live.and_then(|live| live.get("sidecars")?.get(name)).is_none() {
            idle(sidecar, main);
        }
    }
}

fn idle(container: &mut Doc, value: bool) {
    if container.get("resources").is_some() && container.dig("resources.cpuIdle").is_none() {
        container.put("resources.cpuIdle", Doc::Bool(value));
    }
}

/// A version that came from an output may be a number; the API wants text.
fn spell_versions(doc: &mut Doc) {
    for path in ["env{}.version", "sidecars{}.env{}.version", "volumes{}.version", "volumes{}.items[].version"] {
        crate::kinds::shape::each(doc, path, &mut |value| {
            if let Doc::Number(number) = value {
                *value = Doc::String(number.to_string());
            }
        });
    }
}
