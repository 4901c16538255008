//! Executions of jobs, and their tasks.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::address::etag;
use super::kind::{JOB, Place, not_found};
use super::ready::condition;
use super::{Makes, deploy, needs};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::operation::{Begin, Effect, Lasts, LongRunning, Source, begin_long_running};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;
use crate::sandbox::times;

pub(super) const PROTO: &str = "google.cloud.run.v2.Execution";
const TAKES: Lasts = Lasts::seconds(10, 30);
/// More tasks than this are counted but not listed one by one.
const LISTED_TASKS: i64 = 100;

/// Starts an execution of the job in the path; gives its key and the operation.
pub(super) fn run(call: &mut Call<'_>, place: &Place, id: &str) -> Result<(String, Json), Fault> {
    let job = deploy::find(call, &JOB, place, id)?;
    let overrides = call.body["overrides"].clone();
    let execution = start(call.cloud, &place.key(&JOB, id), &job, &overrides, &place.path());
    let operation = begin(call.cloud, place, &execution);
    Ok((execution, operation))
}

/// A new execution of a job, under way; gives its key.
fn start(cloud: &mut Cloud, job_key: &str, job: &Json, overrides: &Json, path: &str) -> String {
    let short = job["name"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default().to_owned();
    let name = format!("{short}-{}", cloud.ids.text("bcdfghjklmnpqrstvwxz2456789", 5));
    let full = format!("{path}/jobs/{short}/executions/{name}");
    let now = cloud.now;
    let time = times::microseconds(now);
    let template = overridden(&job["template"]["template"], overrides);
    let count = overrides["taskCount"].as_i64().or(job["template"]["taskCount"].as_i64()).unwrap_or(1);
    let mut execution = json!({
        "name": full, "uid": cloud.ids.uuid(), "creator": cloud.settings.caller, "generation": "1", "createTime": time,
        "updateTime": time, "launchStage": job["launchStage"], "job": short, "taskCount": count,
        "parallelism": job["template"]["parallelism"].as_i64().unwrap_or(count), "template": template,
        "reconciling": true, "runningCount": count, "startTime": time,
        "conditions": [
            {"type": "Completed", "state": "CONDITION_RECONCILING", "lastTransitionTime": time},
            condition("ResourcesAvailable", &time), condition("Started", &time), condition("ContainerReady", &time)
        ],
        "logUri": format!(
            "https://console.cloud.google.com/logs/viewer?project={}&advancedFilter=resource.type%3D%22cloud_run_job%22%0A\
             labels.%22run.googleapis.com/execution_name%22%3D%22{name}%22",
            path.split('/').nth(1).unwrap_or_default()
        ),
    });
    for field in ["labels", "annotations", "client", "clientVersion"] {
        if let Some(value) = job["template"].get(field) {
            execution[field] = value.clone();
        }
    }
    execution["etag"] = etag(now, &full);
    execution["$ownerUid"] = job["uid"].clone();
    execution["$ownerGeneration"] = job["generation"].clone();
    let key = format!("{job_key}/executions/{name}");
    cloud.store.put(key.clone(), execution);
    if let Some(job) = cloud.store.get_mut(job_key) {
        job["executionCount"] = json!(job["executionCount"].as_i64().unwrap_or(0) + 1);
        job["latestCreatedExecution"] =
            json!({"name": name, "createTime": time, "completionStatus": "EXECUTION_RUNNING"});
    }
    key
}

/// The template with what a single run changes.
fn overridden(template: &Json, overrides: &Json) -> Json {
    let mut template = template.clone();
    if let Some(timeout) = overrides.get("timeout") {
        template["timeout"] = timeout.clone();
    }
    for change in overrides["containerOverrides"].as_array().into_iter().flatten() {
        let name = change["name"].as_str().unwrap_or_default();
        let containers = template["containers"].as_array_mut().into_iter().flatten();
        for container in containers.filter(|container| name.is_empty() || container["name"] == name) {
            if change["clearArgs"] == true {
                container.as_object_mut().map(|map| map.shift_remove("args"));
            } else if let Some(args) = change.get("args") {
                container["args"] = args.clone();
            }
            for variable in change["env"].as_array().into_iter().flatten() {
                let Some(map) = container.as_object_mut() else { continue };
                let env = map.entry("env").or_insert_with(|| json!([]));
                let Some(env) = env.as_array_mut() else { continue };
                env.retain(|known| known["name"] != variable["name"]);
                env.push(variable.clone());
            }
        }
    }
    template
}

fn begin(cloud: &mut Cloud, place: &Place, key: &str) -> Json {
    let name = format!("{}/operations/{}", place.path(), cloud.ids.uuid());
    let operation = format!("op/run/{name}");
    let live = Source::live(key, PROTO);
    let of = LongRunning { key: &operation, name, metadata: live.clone(), response: live };
    let effects = vec![Effect::call("run", "executed", json!({ "key": key }))];
    begin_long_running(cloud, of, Begin { targets: vec![key.to_owned()], effects }, TAKES)
}

/// A job with a token runs once each time the token changes.
pub(super) fn start_by_token(cloud: &mut Cloud, key: &str) {
    let Some(job) = cloud.store.get(key).cloned() else { return };
    let tokens = ["startExecutionToken", "runExecutionToken"];
    let Some(token) = tokens.iter().find_map(|field| job[*field].as_str()).map(str::to_owned) else { return };
    if job["$token"] == token {
        return;
    }
    let Some(place) = Place::of_key(cloud, key) else { return };
    if let Some(job) = cloud.store.get_mut(key) {
        job["$token"] = json!(token);
    }
    let execution = start(cloud, key, &job, &Json::Null, &place.path());
    begin(cloud, &place, &execution);
}

/// Ends an execution: all tasks have succeeded, or none could start.
pub(super) fn finished(cloud: &mut Cloud, at: Timestamp, key: &str) -> Result<(), Fault> {
    let Some(mut execution) = cloud.store.get(key).cloned() else { return Ok(()) };
    if execution.get("completionTime").is_some() {
        return Ok(());
    }
    let Some(place) = Place::of_key(cloud, key) else { return Ok(()) };
    let missing = needs::missing(cloud, &place.project, &execution["template"], Makes::Task);
    let time = times::microseconds(at);
    let count = execution["taskCount"].as_i64().unwrap_or(1);
    tasks(cloud, key, &execution, &time, missing.is_none());
    let map = execution.as_object_mut().expect("executions are stored as objects");
    map.shift_remove("reconciling");
    map.shift_remove("runningCount");
    map.insert("observedGeneration".to_owned(), json!("1"));
    map.insert("completionTime".to_owned(), json!(time));
    map.insert("updateTime".to_owned(), json!(time));
    let (field, status) = match &missing {
        None => ("succeededCount", "EXECUTION_SUCCEEDED"),
        Some(_) => ("failedCount", "EXECUTION_FAILED"),
    };
    map.insert(field.to_owned(), json!(count));
    let short = map["name"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default().to_owned();
    let message =
        missing.as_ref().map(|missing| format!("Task {short}-task0 failed with message: {}", missing.message));
    let completed = match &message {
        None => condition("Completed", &time),
        Some(message) => json!({
            "type": "Completed", "state": "CONDITION_FAILED", "message": message, "lastTransitionTime": time,
            "executionReason": "NON_ZERO_EXIT_CODE",
        }),
    };
    execution["conditions"][0] = completed;
    cloud.store.put(key, execution);
    let owner = key.split_once("/executions/").map_or("", |(owner, _)| owner);
    if let Some(job) = cloud.store.get_mut(owner)
        && job["latestCreatedExecution"]["name"] == short
    {
        job["latestCreatedExecution"]["completionTime"] = json!(time);
        job["latestCreatedExecution"]["completionStatus"] = json!(status);
    }
    match (missing, message) {
        (Some(missing), Some(message)) => Err(missing.fault(message)),
        _ => Ok(()),
    }
}

fn tasks(cloud: &mut Cloud, key: &str, execution: &Json, time: &str, succeeded: bool) {
    let short = execution["name"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default();
    for index in 0..execution["taskCount"].as_i64().unwrap_or(1).min(LISTED_TASKS) {
        let name = format!("{short}-task{index}");
        let mut task = execution["template"].as_object().cloned().unwrap_or_default();
        let completed = match succeeded {
            true => condition("Completed", time),
            false => json!({"type": "Completed", "state": "CONDITION_FAILED", "lastTransitionTime": time}),
        };
        let fields = json!({
            "name": format!("{}/tasks/{name}", execution["name"].as_str().unwrap_or_default()),
            "uid": cloud.ids.uuid(), "generation": "1", "observedGeneration": "1", "createTime": execution["createTime"],
            "scheduledTime": execution["startTime"], "startTime": execution["startTime"], "completionTime": time,
            "updateTime": time, "job": execution["job"], "execution": short, "index": index,
            "conditions": [completed], "logUri": execution["logUri"],
            "lastAttemptResult": if succeeded { json!({}) } else { json!({"exitCode": 1}) },
        });
        task.extend(fields.as_object().cloned().unwrap_or_default());
        cloud.store.put(format!("{key}/tasks/{name}"), task.into());
    }
}

/// The key and document of the execution in the path; counts as a look at it.
pub(super) fn find(call: &mut Call<'_>, place: &Place, job: &str, id: &str) -> Result<(String, Json), Fault> {
    let key = format!("{}/executions/{id}", place.key(&JOB, job));
    call.cloud.look(&key);
    let document = call.cloud.store.get(&key).cloned().ok_or_else(|| not_found(place, id, "EXECUTION"))?;
    Ok((key, document))
}

/// All executions of a job, the newest first; of all jobs where it is `-`.
pub(super) fn of(call: &mut Call<'_>, place: &Place, job: &str) -> Vec<(String, Json)> {
    let jobs: Vec<String> = if job == "-" {
        deploy::all(call, &JOB, place).into_iter().map(|(key, _)| key).collect()
    } else {
        vec![place.key(&JOB, job)]
    };
    let keys: Vec<String> = jobs
        .iter()
        .flat_map(|job| call.cloud.store.children(&format!("{job}/executions")))
        .map(|(key, _)| key.to_owned())
        .collect();
    keys.iter().for_each(|key| call.cloud.look(key));
    let mut list: Vec<(String, Json)> =
        keys.into_iter().filter_map(|key| Some((key.clone(), call.cloud.store.get(&key)?.clone()))).collect();
    list.sort_by(|(_, a), (_, b)| b["createTime"].as_str().cmp(&a["createTime"].as_str()));
    list
}

pub(super) fn answer(call: &mut Call<'_>, place: &Place, verb: &str) -> Result<Reply, Fault> {
    let (job, id) = (call.param("jobsId").to_owned(), call.param("executionsId").to_owned());
    match verb {
        "list" => {
            let entries = of(call, place, &job).into_iter().map(|(_, document)| public(&document)).collect();
            let page = list::page(entries, list::size(call.query("pageSize"), 100, 1000)?, call.query("pageToken"))?;
            Ok(page.answer("executions").into())
        }
        "get" => find(call, place, &job, &id).map(|(_, document)| public(&document).into()),
        "cancel" => cancel(call, place, &job, &id).map(Into::into),
        "delete" => delete(call, place, &job, &id).map(Into::into),
        "tasks.list" => {
            let (key, _) = find(call, place, &job, &id)?;
            let tasks = call.cloud.store.children(&format!("{key}/tasks"));
            let entries = tasks.into_iter().map(|(_, task)| public(task)).collect();
            let page = list::page(entries, list::size(call.query("pageSize"), 100, 1000)?, call.query("pageToken"))?;
            Ok(page.answer("tasks").into())
        }
        "tasks.get" => {
            let (key, _) = find(call, place, &job, &id)?;
            let task = call.param("tasksId");
            let document = call.cloud.store.get(&format!("{key}/tasks/{task}"));
            document.map(|document| public(document).into()).ok_or_else(|| not_found(place, task, "TASK"))
        }
        _ => Err(Fault::not_played(call.id())),
    }
}

/// Cancels a running execution.
pub(super) fn cancel(call: &mut Call<'_>, place: &Place, job: &str, id: &str) -> Result<Json, Fault> {
    let (key, mut execution) = find(call, place, job, id)?;
    if execution.get("completionTime").is_some() {
        return Err(Fault::precondition(format!("Execution '{id}' has completed and cannot be cancelled.")));
    }
    let time = times::microseconds(call.now());
    let map = execution.as_object_mut().expect("executions are stored as objects");
    map.shift_remove("reconciling");
    let count = map.shift_remove("runningCount").unwrap_or(json!(1));
    map.insert("cancelledCount".to_owned(), count);
    map.insert("completionTime".to_owned(), json!(time));
    execution["conditions"][0] = json!({
        "type": "Completed", "state": "CONDITION_FAILED", "message": "Execution was cancelled by the user.",
        "executionReason": "CANCELLED", "lastTransitionTime": time,
    });
    call.cloud.store.put(key.clone(), execution);
    if let Some(job) = call.cloud.store.get_mut(&place.key(&JOB, job))
        && job["latestCreatedExecution"]["name"] == id
    {
        job["latestCreatedExecution"]["completionTime"] = json!(time);
        job["latestCreatedExecution"]["completionStatus"] = json!("EXECUTION_CANCELLED");
    }
    Ok(operation(call, place, &key, Vec::new()))
}

/// Deletes an execution with its tasks.
pub(super) fn delete(call: &mut Call<'_>, place: &Place, job: &str, id: &str) -> Result<Json, Fault> {
    let (key, execution) = find(call, place, job, id)?;
    let gone = format!("run/gone/{}", execution["uid"].as_str().unwrap_or_default());
    let mut copy = execution;
    copy["deleteTime"] = json!(times::microseconds(call.now()));
    call.cloud.store.put(gone.clone(), copy);
    Ok(operation(call, place, &gone, vec![Effect::DeleteTree(key)]))
}

fn operation(call: &mut Call<'_>, place: &Place, shown: &str, effects: Vec<Effect>) -> Json {
    let live = Source::live(shown, PROTO);
    let begun = Begin { targets: vec![shown.to_owned()], effects };
    let reply = call.begin_long_running(&place.path(), live.clone(), live, begun, Lasts::seconds(1, 3));
    reply.response.body.as_json().cloned().unwrap_or_default()
}
