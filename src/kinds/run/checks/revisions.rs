//! Scaling, traffic, times, names of revisions, URLs, stamps.

use std::collections::BTreeSet;

use super::{fault, is_label, out_of_range, seconds, warning};
use crate::kinds::CheckInput;
use crate::model::{Diagnostic, Doc, DocPath, Reference, Segment};

/// Google refuses labels and annotations with these ends of the part before `/`, and keeps them for itself:
/// discovery/run.v2.json, `labels` and `annotations`.
const GOOGLES: &[&str] =
    &["run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev", "autoscaling.knative.dev"];
/// Digits of a project's number.
const NUMBER: usize = 12;

pub(super) fn service(input: &CheckInput<'_>, faults: &mut Vec<Diagnostic>) {
    let doc = input.doc;
    scaling(doc, faults);
    shares(doc, "traffic", faults);
    tags(input, faults);
    duration(doc, "timeout", 3600.0, "3600s (an hour)", faults);
    let requests = "maxInstanceRequestConcurrency";
    out_of_range(doc, requests, || DocPath::keys(requests), 1, 1000, faults);
    revision_name(input, faults);
    own_url(doc, faults);
    invokers(doc, faults);
    if doc.get("description").and_then(Doc::as_str).is_some_and(|text| text.chars().count() > 512) {
        let at = DocPath::keys("description");
        faults.push(fault("too-long", at, "`description` has more than 512 characters", "shorten it"));
    }
}

pub(super) fn worker_pool(input: &CheckInput<'_>, faults: &mut Vec<Diagnostic>) {
    let count = "scaling.manualInstanceCount";
    out_of_range(input.doc, count, || DocPath::keys(count), 0, i64::from(i32::MAX), faults);
    shares(input.doc, "instanceSplits", faults);
    revision_name(input, faults);
}

pub(super) fn job(doc: &Doc, faults: &mut Vec<Diagnostic>) {
    out_of_range(doc, "taskCount", || DocPath::keys("taskCount"), 1, 10_000, faults);
    out_of_range(doc, "maxRetries", || DocPath::keys("maxRetries"), 0, 10, faults);
    out_of_range(doc, "parallelism", || DocPath::keys("parallelism"), 0, 10_000, faults);
    duration(doc, "timeout", 604_800.0, "604800s (7 days)", faults);
    let tasks = doc.get("taskCount").map_or(Some(1), Doc::as_i64);
    if let (Some(tasks), Some(parallel)) = (tasks, doc.get("parallelism").and_then(Doc::as_i64))
        && parallel > tasks
    {
        let message = format!("`parallelism` is {parallel}, and there are {tasks} tasks");
        faults.push(fault("parallelism", DocPath::keys("parallelism"), message, format!("write at most {tasks}")));
    }
}

fn scaling(doc: &Doc, faults: &mut Vec<Diagnostic>) {
    for outer in ["scaling", "revision.scaling"] {
        let Some(scaling) = doc.dig(outer) else { continue };
        let number = |field: &str| scaling.get(field).and_then(Doc::as_i64);
        for (field, low) in [("minInstanceCount", 0), ("manualInstanceCount", 0), ("maxInstanceCount", 1)] {
            out_of_range(scaling, field, || DocPath::keys(outer).key(field), low, i64::from(i32::MAX), faults);
        }
        if let (Some(least), Some(most)) = (number("minInstanceCount"), number("maxInstanceCount"))
            && least > most
        {
            let at = DocPath::keys(&format!("{outer}.minInstanceCount"));
            let message = format!("`minInstanceCount` ({least}) is more than `maxInstanceCount` ({most})");
            faults.push(fault("min-above-max", at, message, "lower the one or raise the other"));
        }
    }
    let mode = doc.dig("scaling.scalingMode").and_then(Doc::as_str);
    let by_hand = doc.dig("scaling.manualInstanceCount").is_some();
    let at = DocPath::keys("scaling.scalingMode");
    match (mode, by_hand) {
        (Some("MANUAL"), false) => {
            let message = "`scalingMode: MANUAL` does not say how many instances there are";
            faults.push(fault("manual-count", at, message, "add `manualInstanceCount`"));
        }
        (Some("AUTOMATIC"), true) => {
            let message = "`manualInstanceCount` counts only with `scalingMode: MANUAL`";
            faults.push(fault(
                "manual-count",
                at,
                message,
                "write `MANUAL`, or `minInstanceCount` and `maxInstanceCount`",
            ));
        }
        (Some("MANUAL"), true) => {
            for field in ["minInstanceCount", "maxInstanceCount"] {
                if doc.dig(&format!("scaling.{field}")).is_some() {
                    let at = DocPath::keys(&format!("scaling.{field}"));
                    let message = format!("`{field}` means nothing with `scalingMode: MANUAL`");
                    faults.push(fault(
                        "manual-count",
                        at,
                        message,
                        format!("remove `{field}`, or `manualInstanceCount`"),
                    ));
                }
            }
        }
        _ => {}
    }
}

fn shares(doc: &Doc, field: &str, faults: &mut Vec<Diagnostic>) {
    let Some(targets) = doc.get(field).and_then(Doc::as_list) else { return };
    let at = DocPath::keys(field);
    let mut sum = Some(0);
    for (index, target) in targets.iter().enumerate() {
        let at = at.index(index);
        out_of_range(target, "percent", || at.key("percent"), 0, 100, faults);
        let percent = target.get("percent").map_or(Some(0), Doc::as_i64);
        sum = sum.zip(percent).map(|(sum, percent)| sum + percent);
        let kind = target.get("type").and_then(Doc::as_str).unwrap_or_default();
        let revision = target.get("revision");
        if kind.ends_with("_REVISION") && revision.is_none() {
            faults.push(fault("target-revision", at.key("type"), "the revision is missing", "add `revision`"));
        } else if kind.ends_with("_LATEST") && revision.is_some() {
            let message = "a target for the newest revision names another one";
            faults.push(fault("target-revision", at.key("revision"), message, "remove `type` or `revision`"));
        }
    }
    if let Some(sum) = sum.filter(|sum| *sum != 100) {
        let hint = "change `percent` so that they are 100 together";
        faults.push(fault("shares-not-100", at, format!("the shares in `{field}` are {sum} percent together"), hint));
    }
}

fn tags(input: &CheckInput<'_>, faults: &mut Vec<Diagnostic>) {
    let targets = input.doc.get("traffic").and_then(Doc::as_list).unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (index, target) in targets.iter().enumerate() {
        let at = DocPath::keys("traffic").index(index).key("tag");
        let Some(tag) = target.get("tag").and_then(Doc::as_str) else { continue };
        if !is_label(tag) {
            let hint = "use lower-case letters, digits and hyphens";
            faults.push(fault("bad-tag", at.clone(), format!("`{tag}` cannot be a tag"), hint));
        }
        if !seen.insert(tag) {
            faults.push(fault(
                "tag-twice",
                at.clone(),
                format!("two targets have the tag `{tag}`"),
                "give one another tag",
            ));
        }
        let label = tag.len() + "---".len() + input.place.name().len() + "-".len() + NUMBER;
        if label > 63 {
            let message = format!(
                "the tag's address, `{tag}---{}-PROJECTNUMBER`, is longer than the 63 characters of a DNS label",
                input.place.name()
            );
            faults.push(warning(
                "tag-too-long",
                at,
                message,
                "Google then makes an address that cannot be foretold; shorten the tag",
            ));
        }
    }
}

fn duration(doc: &Doc, field: &str, longest: f64, words: &str, faults: &mut Vec<Diagnostic>) {
    let Some(text) = doc.get(field).and_then(Doc::as_str) else { return };
    let at = DocPath::keys(field);
    match seconds(text) {
        None => {
            let message = format!("`{text}` is no duration");
            faults.push(fault("bad-duration", at, message, "write seconds with their unit: `300s`"));
        }
        Some(length) if length <= 0.0 || length > longest => {
            faults.push(fault("out-of-range", at, format!("`{field}` is {text}"), format!("write at most `{words}`")));
        }
        Some(_) => {}
    }
}

fn revision_name(input: &CheckInput<'_>, faults: &mut Vec<Diagnostic>) {
    let Some(name) = input.doc.dig("revision.name").and_then(Doc::as_str) else { return };
    let at = DocPath::keys("revision.name");
    let prefix = format!("{}-", input.place.name());
    if !name.starts_with(&prefix) || !is_label(name) || name.len() == prefix.len() {
        let message = format!("`{name}` cannot be a revision's name");
        let hint = format!("it begins with `{prefix}` and has at most 63 lower-case letters, digits and hyphens");
        faults.push(fault("bad-name", at, message, hint));
    } else {
        let message = "with a fixed name the next change of the revision is refused by Google";
        faults.push(warning("fixed-revision-name", at, message, "change the name with each change, or leave it out"));
    }
}

/// gcp-behaviour.md, section 4, point 36.
fn own_url(doc: &Doc, faults: &mut Vec<Diagnostic>) {
    if doc.get("defaultUriDisabled").and_then(Doc::as_bool) != Some(true) {
        return;
    }
    let is_url = |reference: &Reference| matches!(reference, Reference::Own { output } if output.to_string() == "url");
    if doc.templates().iter().any(|template| template.references().any(is_url)) {
        let message = "`${self.url}` is used, and `defaultUriDisabled` leaves the service without a URL";
        let hint = "remove `defaultUriDisabled`, or write the address that leads to the service";
        faults.push(fault("no-url", DocPath::keys("defaultUriDisabled"), message, hint));
    }
}

fn invokers(doc: &Doc, faults: &mut Vec<Diagnostic>) {
    if doc.get("invokerIamDisabled").and_then(Doc::as_bool) != Some(true) {
        return;
    }
    let is_invoker = |binding: &Doc| binding.get("role").and_then(Doc::as_str) == Some("roles/run.invoker");
    if doc.get("iam").and_then(Doc::as_list).is_some_and(|bindings| bindings.iter().any(is_invoker)) {
        let message = "with `invokerIamDisabled` everybody may send requests, whatever `invokers` says";
        faults.push(warning("invokers-unused", DocPath::keys("invokerIamDisabled"), message, "remove one of the two"));
    }
}

/// Labels and annotations that Google keeps for itself, and labels that it does not take.
pub(super) fn stamps(doc: &Doc, faults: &mut Vec<Diagnostic>) {
    for labels in ["labels", "revision.labels", "task.labels"] {
        let is_ours = |fault: &Diagnostic| match fault.field.as_ref().and_then(|field| field.0.last()) {
            Some(Segment::Key(key)) => !is_googles(key),
            _ => true,
        };
        faults.extend(crate::kinds::faults::labels(doc, labels).into_iter().filter(is_ours));
    }
    for outer in ["", "revision", "task"] {
        let Some(within) = (if outer.is_empty() { Some(doc) } else { doc.get(outer) }) else { continue };
        for field in ["labels", "annotations"] {
            let Some(map) = within.get(field).and_then(Doc::as_map) else { continue };
            for key in map.keys().filter(|key| is_googles(key)) {
                let message = format!("Google keeps `{key}` for itself and refuses it in `{field}`");
                let hint = "every setting that such a key stood for has a field of its own";
                faults.push(fault("reserved-key", DocPath::keys(outer).key(field).key(key.as_str()), message, hint));
            }
        }
    }
}

fn is_googles(key: &str) -> bool {
    key.split_once('/')
        .is_some_and(|(domain, _)| GOOGLES.iter().any(|ours| domain == *ours || domain.ends_with(&format!(".{ours}"))))
}

/// Keys and their revocation; Binary Authorization.
pub(super) fn encryption(doc: &Doc, faults: &mut Vec<Diagnostic>) {
    let action = doc.get("encryptionKeyRevocationAction");
    let wait = doc.get("encryptionKeyShutdownDuration");
    for (field, value) in [("encryptionKeyRevocationAction", action), ("encryptionKeyShutdownDuration", wait)] {
        if value.is_some() && doc.get("encryptionKey").is_none() {
            let message = format!("`{field}` is about a key, and there is no `encryptionKey`");
            faults.push(fault(
                "key-missing",
                DocPath::keys(field),
                message,
                format!("add `encryptionKey`, or remove `{field}`"),
            ));
        }
    }
    let is_shutdown = action.is_some_and(|action| action.as_str().is_none_or(|action| action == "SHUTDOWN"));
    let at = DocPath::keys("encryptionKeyShutdownDuration");
    if wait.is_some() && !is_shutdown {
        let message = "`encryptionKeyShutdownDuration` counts only with SHUTDOWN";
        faults.push(fault("not-here", at.clone(), message, "write `encryptionKeyRevocationAction: SHUTDOWN`"));
    }
    if let Some(text) = wait.and_then(Doc::as_str)
        && seconds(text).is_none_or(|length| length <= 0.0 || length % 3600.0 != 0.0)
    {
        faults.push(fault(
            "bad-duration",
            at,
            format!("`{text}` is no number of whole hours"),
            "write `3600s` or a multiple",
        ));
    }
    if let Some(policy) = doc.get("binaryAuthorization")
        && policy.get("useDefault").and_then(Doc::as_bool) == Some(true)
        && policy.get("policy").is_some()
    {
        let message = "`useDefault` and `policy` exclude each other";
        faults.push(fault("two-policies", DocPath::keys("binaryAuthorization.policy"), message, "keep one of them"));
    }
}
