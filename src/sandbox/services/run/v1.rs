//! The Knative-shaped surface: what gcloud sends for services, jobs and worker pools.

use serde_json::{Value as Json, json};

use super::kind::{JOB, Kind, Place, SERVICE, WORKER_POOL, not_found};
use super::{Makes, deploy, executions, knative, operations, revisions};
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::{locations, policy};

/// Methods come as `run.namespaces.services.get` and, with the location in the path, `run.projects.locations.services.get`.
pub(super) fn answer(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let id = call.id();
    if id == "run.projects.locations.list" {
        return locations::answer(call);
    }
    let method = id.trim_start_matches("run.namespaces.").trim_start_matches("run.projects.locations.");
    let (collection, verb) = method.split_once('.').unwrap_or(("", method));
    let place = place(call)?;
    match collection {
        "operations" => {
            let reply = operations(call, &place, verb)?;
            Ok(in_v1(call, &place, reply))
        }
        "services" | "jobs" | "workerpools" => {
            let kind = Kind::of(collection).expect("the three collections have a kind");
            deployed(call, kind, place, verb)
        }
        "revisions" => revision(call, &place, verb),
        "executions" => execution(call, &place, verb),
        "tasks" => task(call, &place, verb),
        "configurations" | "routes" => derived(call, &place, collection, verb),
        _ => Err(Fault::not_played(call.id())),
    }
}

/// The region stands in the host or in the path; the global host reaches all of them.
fn place(call: &Call<'_>) -> Result<Place, Fault> {
    let in_path = call.param("locationsId");
    let location = match (in_path, call.route.region.as_deref()) {
        ("", Some(region)) => region.to_owned(),
        ("", None) => "-".to_owned(),
        (location, _) => location.to_owned(),
    };
    Ok(Place { project: call.project()?, location })
}

/// On the global host a name is looked for in every region.
fn narrowed(call: &mut Call<'_>, kind: &Kind, place: Place, id: &str) -> Place {
    if place.location != "-" {
        return place;
    }
    let found = deploy::all(call, kind, &place).into_iter().find(|(key, _)| key.rsplit('/').next() == Some(id));
    let location = found.and_then(|(key, _)| key.split('/').nth(4).map(str::to_owned));
    Place { location: location.unwrap_or(place.location), ..place }
}

fn shown(kind: &Kind, key: &str, document: &Json, place: &Place) -> Json {
    let location = key.split('/').nth(4).unwrap_or(&place.location);
    let at = knative::Place { number: &place.project.number, location };
    match kind.makes {
        Makes::Service => knative::service_to_v1(document, at),
        Makes::Task => knative::job_to_v1(document, at),
        Makes::WorkerPool => knative::worker_pool_to_v1(document, at),
    }
}

fn translated(kind: &Kind, body: &Json) -> Json {
    match kind.makes {
        Makes::Service => knative::service_to_v2(body),
        Makes::Task => knative::job_to_v2(body),
        Makes::WorkerPool => knative::worker_pool_to_v2(body),
    }
}

fn deployed(call: &mut Call<'_>, kind: &'static Kind, place: Place, verb: &str) -> Result<Reply, Fault> {
    let parameter = format!("{}Id", kind.collection.to_lowercase());
    let id = call.param(&parameter).to_owned();
    let place = narrowed(call, kind, place, &id);
    let options =
        deploy::Options { validate_only: call.query("dryRun") == Some("all"), new_revision: false, from_v1: true };
    match verb {
        "create" => {
            let body = std::mem::take(&mut call.body);
            let id = body["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let reply = deploy::create(call, kind, &place, &id, translated(kind, &body), options)?;
            Ok(after(call, kind, &place, &id, reply, options))
        }
        "replaceService" | "replaceJob" | "replaceWorkerPool" => {
            let body = std::mem::take(&mut call.body);
            let current = deploy::find(call, kind, &place, &id)?;
            check_version(&current, &body, &id)?;
            let reply = deploy::change(call, kind, &place, &id, translated(kind, &body), options)?;
            Ok(after(call, kind, &place, &id, reply, options))
        }
        "delete" => {
            deploy::delete(call, kind, &place, &id, options)?;
            // An answer of Kubernetes: there is no operation to wait for.
            Ok(json!({"metadata": {}, "status": "Success", "details": {"name": id, "kind": kind.collection}}).into())
        }
        "get" => {
            let document = deploy::find(call, kind, &place, &id)?;
            Ok(shown(kind, &place.key(kind, &id), &document, &place).into())
        }
        "list" => {
            let entries = deploy::all(call, kind, &place);
            let entries = entries.into_iter().map(|(key, document)| shown(kind, &key, &document, &place)).collect();
            let (api, name) = match kind.makes {
                Makes::Service => ("serving.knative.dev/v1", "ServiceList"),
                Makes::Task => ("run.googleapis.com/v1", "JobList"),
                Makes::WorkerPool => ("run.googleapis.com/v1", "WorkerPoolList"),
            };
            listed(call, entries, api, name)
        }
        "getIamPolicy" | "setIamPolicy" | "testIamPermissions" => {
            deploy::find(call, kind, &place, &id)?;
            let key = place.key(kind, &id);
            policy::answer(call, &key)
        }
        "run" if kind == &JOB => {
            call.body = run_request(&call.body);
            let (key, _) = executions::run(call, &place, &id)?;
            let document = call.cloud.store.get(&key).cloned().unwrap_or_default();
            Ok(knative::execution_to_v1(&document, at(&place)).into())
        }
        _ => Err(Fault::not_played(call.id())),
    }
}

fn at(place: &Place) -> knative::Place<'_> {
    knative::Place { number: &place.project.number, location: &place.location }
}

/// v1 answers a change with the object itself.
fn after(call: &Call<'_>, kind: &Kind, place: &Place, id: &str, reply: Reply, options: deploy::Options) -> Reply {
    let key = place.key(kind, id);
    let validated = || reply.response.body.as_json().map(|operation| operation["response"].clone());
    let document = if options.validate_only { validated() } else { call.cloud.store.get(&key).cloned() };
    shown(kind, &key, &document.unwrap_or_default(), place).into()
}

/// A replacement names the version that it replaces.
fn check_version(current: &Json, body: &Json, id: &str) -> Result<(), Fault> {
    let Some(given) = body["metadata"]["resourceVersion"].as_str().filter(|text| !text.is_empty()) else {
        return Ok(());
    };
    let known = knative::resource_version(current);
    if given == known {
        return Ok(());
    }
    // The text is quoted in public issue threads.
    let message =
        format!("Conflict for resource '{id}': version '{given}' was specified but current version is '{known}'.");
    Err(Fault::aborted(message))
}

fn run_request(v1: &Json) -> Json {
    let mut overrides = v1["overrides"].clone();
    if let Some(seconds) = overrides.get("timeoutSeconds").and_then(Json::as_i64) {
        overrides["timeout"] = json!(format!("{seconds}s"));
    }
    json!({ "overrides": overrides })
}

fn listed(call: &Call<'_>, entries: Vec<Json>, api: &str, kind: &str) -> Result<Reply, Fault> {
    let selector = call.query("labelSelector").unwrap_or_default().to_owned();
    let entries = entries.into_iter().filter(|entry| selects(&selector, &entry["metadata"]["labels"])).collect();
    let page = list::page(entries, list::size(call.query("limit"), 1000, 1000)?, call.query("continue"))?;
    let mut metadata = json!({});
    if let Some(token) = page.next {
        metadata["continue"] = json!(token);
    }
    Ok(json!({"apiVersion": api, "kind": kind, "metadata": metadata, "items": page.entries}).into())
}

/// Label selectors as gcloud writes them: `a = b, c in (d,e), f != g, h`.
fn selects(selector: &str, labels: &Json) -> bool {
    terms(selector).iter().all(|term| {
        let label = |key: &str| labels[key.trim()].as_str().map(str::to_owned);
        if let Some((key, values)) = term.split_once(" in ") {
            let mut values = values.trim().trim_start_matches('(').trim_end_matches(')').split(',').map(str::trim);
            let label = label(key);
            return values.any(|value| label.as_deref() == Some(value));
        }
        if let Some((key, value)) = term.split_once("!=") {
            return label(key).as_deref() != Some(value.trim());
        }
        match term.split_once('=') {
            Some((key, value)) => label(key).as_deref() == Some(value.trim_start_matches('=').trim()),
            None => label(term).is_some(),
        }
    })
}

/// Cuts at commas outside parentheses.
fn terms(selector: &str) -> Vec<String> {
    let (mut list, mut current, mut depth) = (Vec::new(), String::new(), 0_i32);
    for c in selector.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if c == ',' && depth == 0 {
            list.push(std::mem::take(&mut current));
        } else {
            current.push(c);
        }
    }
    list.push(current);
    list.into_iter().map(|term| term.trim().to_owned()).filter(|term| !term.is_empty()).collect()
}

/// Revisions of services and of worker pools, with what they belong to.
fn all_revisions(call: &mut Call<'_>, place: &Place) -> Vec<(Makes, String, Json)> {
    let mut all = Vec::new();
    for kind in [&SERVICE, &WORKER_POOL] {
        let revisions = revisions::of(call, kind, place, "-");
        all.extend(revisions.into_iter().map(|(key, document)| (kind.makes, key, document)));
    }
    all
}

fn revision(call: &mut Call<'_>, place: &Place, verb: &str) -> Result<Reply, Fault> {
    let id = call.param("revisionsId").to_owned();
    let all = all_revisions(call, place);
    if verb == "list" {
        let entries =
            all.iter().map(|(makes, _, document)| knative::revision_to_v1(document, at(place), *makes)).collect();
        return listed(call, entries, "serving.knative.dev/v1", "RevisionList");
    }
    let found = all.into_iter().find(|(_, key, _)| key.rsplit('/').next() == Some(&id));
    let (makes, key, document) = found.ok_or_else(|| not_found(place, &id, "REVISION"))?;
    match verb {
        "get" => Ok(knative::revision_to_v1(&document, at(place), makes).into()),
        "delete" => {
            revisions::refuse_serving(call.cloud, &key, &document)?;
            call.cloud.store.remove(&key);
            Ok(json!({"metadata": {}, "status": "Success", "details": {"name": id, "kind": "revisions"}}).into())
        }
        _ => Err(Fault::not_played(call.id())),
    }
}

fn execution(call: &mut Call<'_>, place: &Place, verb: &str) -> Result<Reply, Fault> {
    let id = call.param("executionsId").to_owned();
    let all = executions::of(call, place, "-");
    if verb == "list" {
        let entries = all.iter().map(|(_, document)| knative::execution_to_v1(document, at(place))).collect();
        return listed(call, entries, "run.googleapis.com/v1", "ExecutionList");
    }
    let found = all.into_iter().find(|(key, _)| key.rsplit('/').next() == Some(&id));
    let (_, document) = found.ok_or_else(|| not_found(place, &id, "EXECUTION"))?;
    let job = document["job"].as_str().unwrap_or_default().to_owned();
    match verb {
        "get" => Ok(knative::execution_to_v1(&document, at(place)).into()),
        "cancel" => {
            executions::cancel(call, place, &job, &id)?;
            let (_, document) = executions::find(call, place, &job, &id)?;
            Ok(knative::execution_to_v1(&document, at(place)).into())
        }
        "delete" => {
            executions::delete(call, place, &job, &id)?;
            Ok(json!({"metadata": {}, "status": "Success", "details": {"name": id, "kind": "executions"}}).into())
        }
        _ => Err(Fault::not_played(call.id())),
    }
}

fn task(call: &mut Call<'_>, place: &Place, verb: &str) -> Result<Reply, Fault> {
    let id = call.param("tasksId").to_owned();
    let mut tasks = Vec::new();
    for (key, _) in executions::of(call, place, "-") {
        let below = call.cloud.store.children(&format!("{key}/tasks"));
        tasks.extend(below.into_iter().map(|(_, task)| knative::task_to_v1(task, at(place))));
    }
    if verb == "list" {
        return listed(call, tasks, "run.googleapis.com/v1", "TaskList");
    }
    let found = tasks.into_iter().find(|task| task["metadata"]["name"] == id);
    found.map(Into::into).ok_or_else(|| not_found(place, &id, "TASK"))
}

/// Configurations and routes are the two halves of a service.
fn derived(call: &mut Call<'_>, place: &Place, collection: &str, verb: &str) -> Result<Reply, Fault> {
    let kind = if collection == "routes" { "Route" } else { "Configuration" };
    let half = |service: &Json| {
        let mut half = service.clone();
        half["kind"] = json!(kind);
        let part = if collection == "routes" { "traffic" } else { "template" };
        half["spec"] = json!({ part: service["spec"][part] });
        half
    };
    let services = deploy::all(call, &SERVICE, place);
    let entries: Vec<Json> =
        services.iter().map(|(key, document)| half(&shown(&SERVICE, key, document, place))).collect();
    if verb == "list" {
        return listed(call, entries, "serving.knative.dev/v1", &format!("{kind}List"));
    }
    let id = call.param(&format!("{collection}Id"));
    let found = entries.into_iter().find(|entry| entry["metadata"]["name"] == id);
    found.map(Into::into).ok_or_else(|| not_found(place, id, &kind.to_uppercase()))
}

/// An operation as v1 shows it: the objects inside are Knative's, too.
fn in_v1(call: &Call<'_>, place: &Place, mut reply: Reply) -> Reply {
    let mut operation = reply.response.body.as_json().cloned().unwrap_or_default();
    for field in ["metadata", "response"] {
        let Some(inner) = operation.get(field) else { continue };
        let Some(kind) = inner["@type"].as_str().and_then(|name| name.rsplit('.').next()) else { continue };
        let name = inner["name"].as_str().unwrap_or_default();
        // The document has the notes that the operation's copy lacks.
        let stored = call.cloud.store.get(&format!("run/{name}")).unwrap_or(inner);
        let kind_word = kind.to_owned();
        let v1 = match kind {
            "Service" => knative::service_to_v1(stored, at(place)),
            "Job" => knative::job_to_v1(stored, at(place)),
            "WorkerPool" => knative::worker_pool_to_v1(stored, at(place)),
            "Execution" => knative::execution_to_v1(stored, at(place)),
            _ => continue,
        };
        let mut typed = json!({"@type": format!("type.googleapis.com/google.cloud.run.v1.{kind_word}")});
        if let (Some(map), Some(fields)) = (typed.as_object_mut(), v1.as_object()) {
            map.extend(fields.clone());
        }
        operation[field] = typed;
    }
    reply.response.body = crate::wire::http::Body::Json(operation);
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_selectors_of_gcloud_are_understood() {
        let labels = json!({"client.knative.dev/nonce": "x", "run.googleapis.com/job": "j"});
        assert!(selects("client.knative.dev/nonce = x", &labels));
        assert!(!selects("client.knative.dev/nonce = y", &labels));
        assert!(selects("run.googleapis.com/job in (a, j),client.knative.dev/nonce", &labels));
        assert!(selects("run.googleapis.com/job!=a", &labels) && selects("", &labels));
        assert!(!selects("other", &labels));
    }
}
