//! What a step means beyond its fields: what is charged for, what stops, what does not take effect.

use crate::kinds::StepInput;
use crate::model::{Action, Doc, DocPath, Segment};

use super::health;

/// Fields of a service or worker pool that change nothing about its revisions.
const OUTER: &[&str] = &[
    "annotations",
    "binaryAuthorization",
    "customAudiences",
    "defaultUriDisabled",
    "description",
    "iam",
    "iapEnabled",
    "ingress",
    "instanceSplits",
    "invokerIamDisabled",
    "labels",
    "launchStage",
    "scaling",
    "traffic",
];

/// Of a service.
pub(super) fn service(input: &StepInput<'_>) -> Vec<String> {
    let mut words = Vec::new();
    match input.action {
        Action::Create | Action::Replace => words.extend(always_on(input)),
        Action::Update | Action::Adopt => {
            if is_about(input, "scaling") || is_about(input, "revision") {
                words.extend(always_on(input));
            }
            if rolls(input) && is_silent(input, "traffic") {
                words.extend(pinned(input, "traffic", "requests"));
            }
        }
        Action::Delete => words.push(format!("`{}` stops answering, with all its addresses", input.place.name())),
        Action::None | Action::Forget => {}
    }
    words
}

/// Of a worker pool.
pub(super) fn worker_pool(input: &StepInput<'_>) -> Vec<String> {
    let mut words = Vec::new();
    match input.action {
        Action::Create => words.extend(instances(input)),
        Action::Update | Action::Adopt => {
            if is_about(input, "scaling") {
                words.extend(instances(input));
            }
            if rolls(input) {
                words.push(ROLLOUT.to_owned());
                if is_silent(input, "instanceSplits") {
                    words.extend(pinned(input, "instanceSplits", "instances"));
                }
            }
        }
        Action::Replace => {
            words.extend(instances(input));
            words.push(ROLLOUT.to_owned());
        }
        Action::Delete => words.push("its instances are stopped, with the work that runs in them".to_owned()),
        Action::None | Action::Forget => {}
    }
    words
}

/// gcp-behaviour.md, section 4, point 29.
const ROLLOUT: &str = "the rollout stops the running instances: work that runs inside them is lost (Prefect: flow runs of a \
                       `process` work pool)";

/// Of a job.
pub(super) fn job(input: &StepInput<'_>) -> Vec<String> {
    match input.action {
        Action::Delete | Action::Replace => vec!["its executions and their history go with it".to_owned()],
        _ => Vec::new(),
    }
}

fn always_on(input: &StepInput<'_>) -> Option<String> {
    let doc = input.desired?;
    let counts = ["scaling.minInstanceCount", "scaling.manualInstanceCount", "revision.scaling.minInstanceCount"];
    let most = counts.iter().filter_map(|path| doc.dig(path)?.as_i64()).max().filter(|count| *count > 0)?;
    let which = if most == 1 { "1 instance is".to_owned() } else { format!("{most} instances are") };
    Some(format!("{which} always there, and charged for all the time"))
}

fn instances(input: &StepInput<'_>) -> Option<String> {
    let which = match input.desired?.dig("scaling.manualInstanceCount").map(Doc::as_i64) {
        Some(Some(0)) => return Some("no instance runs".to_owned()),
        Some(Some(1)) => "1 instance runs, and is charged for,".to_owned(),
        Some(Some(count)) => format!("{count} instances run, and are charged for,"),
        // How many is known only after apply.
        Some(None) => return None,
        None => "its instances run, and are charged for,".to_owned(),
    };
    Some(format!("{which} all the time"))
}

fn pinned(input: &StepInput<'_>, field: &str, what: &str) -> Option<String> {
    let pinned = health::pinned_to(input.live?, field);
    (!pinned.is_empty()).then(|| {
        let pinned = pinned.join("`, `");
        format!("the new revision gets no {what}: `{field}` goes to `{pinned}`; write `{field}` into the entry to change that")
    })
}

fn is_silent(input: &StepInput<'_>, field: &str) -> bool {
    input.desired.is_some_and(|doc| doc.get(field).is_none())
}

fn is_about(input: &StepInput<'_>, field: &str) -> bool {
    input.changed.iter().chain(input.removed).any(|path| head(path) == Some(field))
}

/// Outputs that a new revision changes.
pub(super) fn unsettled(input: &StepInput<'_>) -> Vec<&'static str> {
    if rolls(input) { vec!["latestReadyRevision", "latestCreatedRevision"] } else { Vec::new() }
}

/// Whether the step makes a new revision of what is there.
pub(super) fn rolls(input: &StepInput<'_>) -> bool {
    let updates = matches!(input.action, Action::Update | Action::Adopt);
    updates
        && input.changed.iter().chain(input.removed).any(|path| head(path).is_some_and(|head| !OUTER.contains(&head)))
}

fn head(path: &DocPath) -> Option<&str> {
    match path.0.first() {
        Some(Segment::Key(key)) => Some(key),
        _ => None,
    }
}
