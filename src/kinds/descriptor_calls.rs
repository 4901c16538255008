//! The hooks' defaults, from a descriptor alone, and the pieces from which kinds that are odd put their own together.

use serde_json::{Value as Json, json};

use super::request::{self, At};
use super::rules::STACK_LABEL;
use super::{
    Call, Completion, Descriptor, Effect, Flag, HttpCall, IdStyle, Live, Lookup, PolicyEdit, StepInput, UpdateStyle,
    iam, overlay, rules, shape,
};
use crate::kinds::call::Satisfied;
use crate::model::{Action, Diagnostic, Doc, DocPath, Map, Place, ProjectFacts, Segment};
use crate::wire::operation::Family;
use crate::wire::{Method, Request};

/// What to read: the item, the collection, and the policy where the entry has an `iam:`.
pub fn lookup(descriptor: &Descriptor, place: &Place, _: &ProjectFacts, doc: Option<&Doc>) -> Lookup {
    Lookup {
        item: descriptor.readable.then(|| request::read(descriptor, place)),
        list: descriptor.list.map(|_| request::request(descriptor, Method::Get, place, At::Collection)),
        policy: doc.and_then(|doc| doc.get("iam")).and_then(|_| request::get_policy(descriptor, place)),
        extra: Vec::new(),
    }
}

/// Whether an element of the collection is the resource at `place`: by the last segment of its name.
pub fn is_member(descriptor: &Descriptor, place: &Place, element: &Json) -> bool {
    let Some(style) = descriptor.list else { return false };
    let name = element.get(style.name).and_then(Json::as_str);
    let last = descriptor.item.rsplit('/').next().unwrap_or("{name}");
    name.is_some_and(|name| name.rsplit('/').next() == Some(&place.fill(last)))
}

/// The live resource in file space, its policy's bindings under `iam`.
pub fn to_file(descriptor: &Descriptor, _: &Place, live: &Live) -> Doc {
    let mut file = shape::to_file(descriptor.shapes, Doc::from(&live.api));
    if let Some(policy) = &live.policy {
        file.put("iam", iam::from_policy(policy));
    }
    file
}

/// The calls of a step.
///
/// # Errors
/// A field that cannot be changed in place, or whose own update call the kind's hook should have made.
pub fn calls(descriptor: &Descriptor, input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    match input.action {
        Action::Create => create_calls(descriptor, input),
        Action::Delete => Ok(vec![delete(descriptor, input)]),
        Action::Replace => {
            let mut calls = vec![delete(descriptor, input)];
            calls.extend(create_calls(descriptor, &StepInput { live: None, ..input.clone() })?);
            Ok(calls)
        }
        Action::Update | Action::Adopt => update_calls(descriptor, input),
        Action::None | Action::Forget => Ok(Vec::new()),
    }
}

/// Create, then labels where the API takes them only afterwards, then the members of `iam`.
///
/// # Errors
/// A value that is still unknown.
pub fn create_calls(descriptor: &Descriptor, input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    let mut calls = vec![create(descriptor, input, create_body(descriptor, input)?)];
    calls.extend(set_labels(descriptor, input).filter(|_| labels_are_apart(descriptor)));
    calls.extend(policy_edit(descriptor, input));
    Ok(calls)
}

/// The general update of what changed, labels where they have a call of their own, members of `iam`.
///
/// # Errors
/// A changed field with another update call of its own: such kinds build their calls from [`Changes`] themselves.
pub fn update_calls(descriptor: &Descriptor, input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    let changes = Changes::of(descriptor, input);
    if let Some((via, paths)) = changes.via.first() {
        return Err(Diagnostic::error("no-update-call", format!("a change of this field needs the call `{via}`"))
            .field(paths[0].clone())
            .hint("this is a fault of stackctl's"));
    }
    let mut calls = Vec::new();
    calls.extend(general_update(descriptor, input, &changes.general)?);
    calls.extend(changes.labels.then(|| set_labels(descriptor, input)).flatten());
    calls.extend(policy_edit(descriptor, input));
    Ok(calls)
}

/// What changed, by the call that changes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// By the kind's general update.
    pub general: Vec<DocPath>,
    /// By calls of their own, in the order in which the field table first names them; labels apart.
    pub via: Vec<(&'static str, Vec<DocPath>)>,
    /// Labels that have a call of their own (`setLabels`).
    pub labels: bool,
}

impl Changes {
    /// Sorts the changed and removed paths of a step; `iam` is left to [`policy_edit`].
    pub fn of(descriptor: &Descriptor, input: &StepInput<'_>) -> Self {
        let mut changes = Self::default();
        let mut paths: Vec<DocPath> = input.changed.iter().chain(input.removed).cloned().collect();
        if !paths.is_empty() && lacks_stack_label(descriptor, input) {
            paths.push(label_path(descriptor).key(STACK_LABEL));
        }
        for path in paths {
            if is_in(&path, "iam") {
                continue;
            }
            match rules::find(descriptor, &path).via() {
                Some("setLabels") => changes.labels = true,
                Some(via) => match changes.via.iter_mut().find(|(name, _)| *name == via) {
                    Some((_, paths)) => paths.push(path),
                    None => changes.via.push((via, vec![path])),
                },
                None => changes.general.push(path),
            }
        }
        let order = |via: &str| descriptor.fields.iter().position(|rule| rule.via == Some(via));
        changes.via.sort_by_key(|(via, _)| order(via));
        changes
    }

    /// The paths whose update call is `via`.
    pub fn by(&self, via: &str) -> Option<&[DocPath]> {
        self.via.iter().find(|(name, _)| *name == via).map(|(_, paths)| paths.as_slice())
    }
}

fn is_in(path: &DocPath, field: &str) -> bool {
    matches!(path.0.first(), Some(Segment::Key(key)) if key == field)
}

fn label_path(descriptor: &Descriptor) -> DocPath {
    DocPath::keys(descriptor.labels.unwrap_or("labels"))
}

fn labels_are_apart(descriptor: &Descriptor) -> bool {
    descriptor.labels.is_some() && rules::find(descriptor, &label_path(descriptor)).via() == Some("setLabels")
}

fn lacks_stack_label(descriptor: &Descriptor, input: &StepInput<'_>) -> bool {
    let Some(labels) = descriptor.labels else { return false };
    let live = input.live.map(|live| to_file(descriptor, input.place, live)).unwrap_or_default();
    live.dig(labels).and_then(|labels| labels.get(STACK_LABEL)).and_then(Doc::as_str) != Some(input.stack)
}

/// The desired document with the stack's label.
pub fn labelled(descriptor: &Descriptor, input: &StepInput<'_>) -> Doc {
    let mut doc = input.desired.cloned().unwrap_or_default();
    if let Some(path) = descriptor.labels {
        let mut labels = Map::from([(STACK_LABEL.to_owned(), Doc::from(input.stack))]);
        labels.extend(doc.dig(path).and_then(Doc::as_map).cloned().unwrap_or_default());
        doc.put(path, Doc::Map(labels));
    }
    doc
}

/// The body of a create: the file's document with the stack's label (where labels are taken on create) and the name.
///
/// # Errors
/// A value that is still unknown.
pub fn create_body(descriptor: &Descriptor, input: &StepInput<'_>) -> Result<Json, Diagnostic> {
    let mut doc = labelled(descriptor, input);
    if let Some(labels) = descriptor.labels.filter(|_| labels_are_apart(descriptor)) {
        doc.take(labels);
    }
    let mut api = request::api_doc(descriptor, &doc);
    if let IdStyle::Body(field) = descriptor.id {
        api.put(field, Doc::from(input.place.name()));
    }
    request::body(&api)
}

/// A create with a body: POST to the collection; 409 is looked at, the resource may be ours.
pub fn create(descriptor: &Descriptor, input: &StepInput<'_>, body: Json) -> Call {
    let request = request::request(descriptor, Method::Post, input.place, At::Collection).json(body);
    let request = match descriptor.id {
        IdStyle::Query(name) => request.query(name, input.place.name()),
        IdStyle::Body(_) | IdStyle::Custom => request,
    };
    http("create", request, completion(descriptor), Satisfied::ByAlreadyExists)
}

/// DELETE of the item; 404 is fine.
pub fn delete(descriptor: &Descriptor, input: &StepInput<'_>) -> Call {
    let request = request::request(descriptor, Method::Delete, input.place, At::Item);
    http("delete", request, completion(descriptor), Satisfied::ByNotFound)
}

/// A POST of an action on the item: `setPrivateIpGoogleAccess`.
pub fn action(descriptor: &Descriptor, input: &StepInput<'_>, label: &'static str, suffix: &str, body: Json) -> Call {
    let request = request::request(descriptor, Method::Post, input.place, At::Action(suffix)).json(body);
    http(label, request, completion(descriptor), Satisfied::BySuccess)
}

/// A call that is one request.
pub fn http(label: &'static str, request: Request, completion: Completion, satisfied_by: Satisfied) -> Call {
    Call { label, effect: Effect::Http(Box::new(HttpCall { request, completion, fresh: &[], satisfied_by })) }
}

/// The call with fields of its body to be filled from a fresh read just before it is sent.
#[must_use]
pub fn with_fresh(mut call: Call, fresh: &'static [(&'static str, &'static str)]) -> Call {
    if let Effect::Http(http) = &mut call.effect {
        http.fresh = fresh;
    }
    call
}

/// How the kind's calls complete by default.
pub fn completion(descriptor: &Descriptor) -> Completion {
    match descriptor.family {
        Family::None => Completion::Reply,
        _ => Completion::Operation,
    }
}

/// The live resource with the file laid over it, in API space: what a full update writes.
pub fn merged(descriptor: &Descriptor, input: &StepInput<'_>) -> Doc {
    let live = input.live.map(|live| to_file(descriptor, input.place, live)).unwrap_or_default();
    request::api_doc(descriptor, &overlay::overlay(descriptor, &live, &labelled(descriptor, input), input.removed))
}

/// The general update of `paths`; `None` where there are none.
///
/// # Errors
/// The kind has no general update, or a value is still unknown.
pub fn general_update(
    descriptor: &Descriptor,
    input: &StepInput<'_>,
    paths: &[DocPath],
) -> Result<Option<Call>, Diagnostic> {
    let Some(first) = paths.first() else { return Ok(None) };
    let merged = merged(descriptor, input);
    let fields = api_fields(descriptor, paths);
    let (method, body, mask) = match descriptor.update {
        UpdateStyle::None | UpdateStyle::Custom => {
            return Err(Diagnostic::error("not-updatable", format!("a {} cannot be changed so", descriptor.noun))
                .field(first.clone())
                .hint("this is a fault of stackctl's"));
        }
        UpdateStyle::PatchChanged => {
            let mut body = only(&merged, &fields);
            null_removed(descriptor, input, &merged, &mut body);
            (Method::Patch, body, None)
        }
        UpdateStyle::PatchMask => (Method::Patch, only(&merged, &fields), Some(fields.join(","))),
        UpdateStyle::PatchFull => (Method::Patch, merged, None),
        UpdateStyle::Put => (Method::Put, merged, None),
    };
    let mut body = request::body(&body)?;
    put_guard(descriptor, input, &mut body);
    let request = request::request(descriptor, method, input.place, At::Item).json(body);
    let request = match mask {
        Some(mask) => request.query("updateMask", mask),
        None => request,
    };
    Ok(Some(http("update", request, completion(descriptor), Satisfied::BySuccess)))
}

/// The API's top-level fields of file paths, each once, in the order of the paths.
pub fn api_fields(descriptor: &Descriptor, paths: &[DocPath]) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for path in paths {
        let field = shape::first(&shape::api_path(descriptor.shapes, &path.to_string())).to_owned();
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    fields
}

/// The named top-level fields of a document; those that it lacks are left out.
pub fn only(doc: &Doc, fields: &[String]) -> Doc {
    let found = fields.iter().filter_map(|field| Some((field.clone(), doc.get(field)?.clone())));
    Doc::Map(found.collect())
}

/// A patch without mask changes what it names: what goes must be there as null.
fn null_removed(descriptor: &Descriptor, input: &StepInput<'_>, merged: &Doc, body: &mut Doc) {
    for path in input.removed.iter().filter(|path| path.0.iter().all(|s| matches!(s, Segment::Key(_)))) {
        let api = shape::api_path(descriptor.shapes, &path.to_string());
        let is_general = rules::find(descriptor, path).via().is_none() && !is_in(path, "iam");
        if is_general && !api.contains(['[', '{']) && merged.dig(&api).is_none() {
            body.put(&api, Doc::Null);
        }
    }
}

/// Puts the field that guards updates into a body, as it was read.
pub fn put_guard(descriptor: &Descriptor, input: &StepInput<'_>, body: &mut Json) {
    let Some(guard) = descriptor.guard else { return };
    let pointer = format!("/{}", guard.replace('.', "/"));
    let Some(value) = input.live.and_then(|live| live.api.pointer(&pointer)).cloned() else { return };
    let mut doc = Doc::from(&*body);
    doc.put(guard, Doc::from(&value));
    *body = doc.to_json().expect("a body that came from JSON has no holes");
}

/// `setLabels` with the live labels, the file's laid over them; `None` for kinds without labels.
pub fn set_labels(descriptor: &Descriptor, input: &StepInput<'_>) -> Option<Call> {
    const FRESH: &[(&str, &str)] = &[("labelFingerprint", "labelFingerprint")];
    let path = descriptor.labels?;
    let live = input.live.map(|live| to_file(descriptor, input.place, live)).unwrap_or_default();
    let merged = overlay::overlay(descriptor, &live, &labelled(descriptor, input), input.removed);
    let labels = merged.dig(path)?.to_json().ok()?;
    let call = match input.live.and_then(|live| live.api.get("labelFingerprint")) {
        Some(fingerprint) => {
            let body = json!({"labels": labels, "labelFingerprint": fingerprint});
            action(descriptor, input, "set labels", "/setLabels", body)
        }
        None => with_fresh(action(descriptor, input, "set labels", "/setLabels", json!({"labels": labels})), FRESH),
    };
    Some(call)
}

/// The members of `iam` to add and to take away; `None` where there are none.
///
/// Added are all wanted members that the live policy lacks, removed those that `removed` names; others stay.
pub fn policy_edit(descriptor: &Descriptor, input: &StepInput<'_>) -> Option<Call> {
    let wanted = input.desired.and_then(|doc| doc.get("iam"));
    let live = input.live.and_then(|live| live.policy.as_ref()).map(iam::from_policy);
    let live = live.unwrap_or_else(|| Doc::List(Vec::new()));
    let add = wanted.map(|wanted| iam::missing(wanted, &live)).unwrap_or_default();
    let remove = iam::removed(input.removed, &live);
    if add.is_empty() && remove.is_empty() {
        return None;
    }
    let edit = PolicyEdit {
        get: request::get_policy(descriptor, input.place)?,
        set: request::set_policy(descriptor, input.place),
        add,
        remove,
    };
    Some(Call { label: "set members", effect: Effect::Policy(edit) })
}

/// Whether one of the changed fields is immutable: the plan replaces then.
pub fn is_immutable(descriptor: &Descriptor, path: &DocPath) -> bool {
    rules::find(descriptor, path).has(Flag::Immutable)
}

#[cfg(test)]
pub(crate) mod tests;
