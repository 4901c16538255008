//! Whether a resource works after a step, and what a refusal means.
//!
//! Google says it in conditions: `terminalCondition` of the resource and `conditions` of its parts, each with a state
//! and a reason. Reasons decide here; message text is only passed on, except where Google gives no reason (said there).

use serde_json::Value as Json;

use super::consequences;
use crate::kinds::call::{Refusal, Verdict};
use crate::kinds::{Descriptor, Live, Passing, StepInput};
use crate::model::{Diagnostic, DocPath, Place};

/// The code of the warning "a revision is deployed and not serving": a run that ends with it alone is incomplete
/// (exit code 5), not failed.
pub const NOT_SERVING: &str = "deployed-not-serving";

/// Google's agent that pulls images.
const AGENT_HOST: &str = "@serverless-robot-prod.iam.gserviceaccount.com";

/// The role that reads secrets.
const SECRET_READER: &str = "roles/secretmanager.secretAccessor";

/// Whether the resource is ready after the step.
///
/// # Errors
/// It is not: the condition that says so, the revision's name, and where its log is.
pub(super) fn verify_ready(descriptor: &Descriptor, input: &StepInput<'_>, live: &Live) -> Result<(), Diagnostic> {
    let terminal = live.api.get("terminalCondition").unwrap_or(&Json::Null);
    match text(terminal, "state") {
        "CONDITION_SUCCEEDED" => Ok(()),
        "CONDITION_FAILED" => Err(failure(descriptor, input.place, Some(&live.api), None)),
        state => {
            let state = if state.is_empty() { "unknown" } else { state };
            let message = format!("the {} `{}` is not ready: `{state}`", descriptor.noun, input.place.name());
            Err(Diagnostic::error("not-ready", with_cause(message, text(terminal, "message")))
                .hint("Google is still at it: `stackctl apply` again looks and goes on"))
        }
    }
}

/// Whether what is wrong may pass: while Google reconciles, and while it has not seen the newest generation yet.
pub(super) fn passing(live: &Live) -> Passing {
    let (wanted, seen) = (text(&live.api, "generation"), text(&live.api, "observedGeneration"));
    if live.api["reconciling"] == true || (!seen.is_empty() && wanted != seen) {
        return Passing::WhileItWorks;
    }
    match text(live.api.get("terminalCondition").unwrap_or(&Json::Null), "state") {
        "CONDITION_FAILED" => Passing::No,
        _ => Passing::Shortly,
    }
}

/// Why the resource needs another try although nothing differs: Google does not start a failed revision again by
/// itself.
pub(super) fn ails(live: &Live) -> Option<String> {
    let is_failed = text(live.api.get("terminalCondition")?, "state") == "CONDITION_FAILED";
    is_failed.then(|| {
        let condition = worst(&live.api);
        let revision = last(text(&live.api, "latestCreatedRevision"));
        let what = if revision.is_empty() { "it is".to_owned() } else { format!("revision `{revision}` is") };
        let cause = condition.map_or("", |condition| text(condition, "message"));
        with_cause(format!("{what} not ready and Google does not try again by itself"), cause)
    })
}

/// Whether the revision that the step made gets its share.
///
/// # Errors
/// A warning with the code [`NOT_SERVING`]: the live resource is pinned to other revisions and the file says nothing.
pub(super) fn verify_serving(descriptor: &Descriptor, input: &StepInput<'_>, live: &Live) -> Result<(), Diagnostic> {
    let (field, what) = shares(descriptor);
    let is_silent = input.desired.is_some_and(|doc| doc.get(field).is_none());
    let revision = last(text(&live.api, "latestCreatedRevision"));
    let pinned = pinned_to(live, field);
    if !is_silent || !consequences::rolls(input) || pinned.is_empty() || pinned.contains(&revision) {
        return Ok(());
    }
    let pinned = pinned.join("`, `");
    let message = format!("revision `{revision}` is deployed and gets no {what}: `{field}` goes to `{pinned}`");
    let latest = format!("write `{field}: [{{percent: 100}}]` into the entry and apply again to move all of it there");
    Err(Diagnostic::warning(NOT_SERVING, message).field(DocPath::keys(field)).hint(latest))
}

/// The field that divides a resource among its revisions, and what it divides.
fn shares(descriptor: &Descriptor) -> (&'static str, &'static str) {
    if descriptor.section == "workerPools" { ("instanceSplits", "instances") } else { ("traffic", "requests") }
}

/// The revisions that have it all by name, so that a new one gets nothing; empty where the newest has a share.
pub(super) fn pinned_to<'a>(live: &'a Live, field: &str) -> Vec<&'a str> {
    let targets = live.api.get(field).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let shares = targets.iter().filter(|target| target["percent"].as_i64().unwrap_or(0) > 0);
    let revisions: Vec<&str> = shares.map(|target| last(text(target, "revision"))).collect();
    if revisions.contains(&"") { Vec::new() } else { revisions }
}

/// What is special in a refusal.
pub(super) fn judge(descriptor: &Descriptor, refusal: &Refusal<'_>) -> Verdict {
    match refusal.call {
        "create" => judge_create(descriptor, refusal),
        "update" => judge_update(descriptor, refusal),
        "set members" => judge_members(descriptor, refusal),
        _ => Verdict::General,
    }
}

fn judge_create(descriptor: &Descriptor, refusal: &Refusal<'_>) -> Verdict {
    let is_there = refusal.live.is_some_and(|live| live.get("deleteTime").is_none());
    if refusal.error.status == 409 && !is_there {
        // gcp-behaviour.md, section 4, point 23. A resource that is there is looked at by whoever asks.
        let because = format!("Google is still removing the {} that had this name", descriptor.noun);
        return Verdict::Retry { because };
    }
    judge_start(descriptor, refusal)
}

fn judge_update(descriptor: &Descriptor, refusal: &Refusal<'_>) -> Verdict {
    if refusal.error.status == 409 && refusal.error.is(&["ALREADY_EXISTS", "alreadyExists"]) {
        let message = format!("a revision of `{}` has this name and other contents", refusal.place.name());
        return Verdict::Failed(Box::new(
            Diagnostic::error("revision-name-taken", message)
                .field(DocPath::keys("revision.name"))
                .hint("give `revision.name` another value, or leave it out: Google then names each revision"),
        ));
    }
    judge_start(descriptor, refusal)
}

fn judge_start(descriptor: &Descriptor, refusal: &Refusal<'_>) -> Verdict {
    let message = &refusal.error.message;
    if let Some(agent) = agent_in(message) {
        return Verdict::Failed(Box::new(image_denied(refusal.place, message, Some(agent))));
    }
    // Google names the role that is missing, and gives no reason beside the status.
    if message.contains(SECRET_READER) {
        return Verdict::Failed(Box::new(secret_denied(message)));
    }
    let is_failed = refusal.live.is_some_and(|live| text(&live["terminalCondition"], "state") == "CONDITION_FAILED");
    let is_about_it = [400, 412, 500].contains(&refusal.error.status);
    // An operation's error carries a code and a text, no reason: the revision's name is only in the text.
    if (is_failed && is_about_it) || quoted_revision(message).is_some() {
        return Verdict::Failed(Box::new(failure(descriptor, refusal.place, refusal.live, Some(message))));
    }
    Verdict::General
}

/// gcp-behaviour.md, section 4, point 16.
fn judge_members(descriptor: &Descriptor, refusal: &Refusal<'_>) -> Verdict {
    let is_policy = refusal.error.is(&["FAILED_PRECONDITION", "failedPrecondition"]);
    if !is_policy || descriptor.section != "services" {
        return Verdict::General;
    }
    let message =
        format!("the organisation refuses these members of `{}`: {}", refusal.place.name(), refusal.error.message);
    Verdict::Failed(Box::new(
        Diagnostic::error("members-refused", message)
            .field(DocPath::keys("iam"))
            .hint("for a public service write `invokerIamDisabled: true` in place of `invokers: [allUsers]`"),
    ))
}

/// Why the resource did not become ready: the worst condition, by its reason.
fn failure(descriptor: &Descriptor, place: &Place, live: Option<&Json>, refused: Option<&str>) -> Diagnostic {
    let condition = live.and_then(worst);
    let said = condition.map(|condition| text(condition, "message")).filter(|said| !said.is_empty());
    let cause = said.or(refused).unwrap_or_default();
    let reason = condition.map_or("", reason);
    let revision = quoted_revision(cause)
        .or_else(|| live.map(|live| last(text(live, "latestCreatedRevision"))))
        .filter(|revision| !revision.is_empty());
    match reason {
        "CONTAINER_PERMISSION_DENIED"
        | "CONTAINER_IMAGE_UNAUTHORIZED"
        | "CONTAINER_IMAGE_AUTHORIZATION_CHECK_FAILED" => image_denied(place, cause, agent_in(cause)),
        "CONTAINER_MISSING" => Diagnostic::error("image-missing", with_cause("the image does not exist", cause))
            .field(DocPath::keys("image"))
            .hint("push it first, or correct `image`"),
        "SECRETS_ACCESS_CHECK_FAILED" => secret_denied(cause),
        "ENCRYPTION_KEY_PERMISSION_DENIED" | "ENCRYPTION_KEY_CHECK_FAILED" => {
            Diagnostic::error("key-access-denied", with_cause("the encryption key cannot be used", cause))
                .field(DocPath::keys("encryptionKey"))
                .hint("give Cloud Run's service agent `roles/cloudkms.cryptoKeyEncrypterDecrypter` on the key")
        }
        "VPC_NETWORK_NOT_FOUND" => {
            Diagnostic::error("network-not-found", with_cause("the network is not there", cause))
                .field(DocPath::keys("vpcAccess"))
        }
        _ => {
            let what = match revision {
                Some(revision) => format!("revision `{revision}` did not start"),
                None => format!("the {} `{}` did not become ready", descriptor.noun, place.name()),
            };
            Diagnostic::error("revision-failed", with_cause(what, cause)).hint(log_hint(descriptor, place, revision))
        }
    }
}

/// The condition that says most: a failed part with a reason, else the resource's own.
fn worst(live: &Json) -> Option<&Json> {
    let parts = live.get("conditions").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let own = live.get("terminalCondition").filter(|condition| condition.is_object());
    let is_failed = |condition: &&Json| text(condition, "state") == "CONDITION_FAILED";
    let says_why = |condition: &&Json| !reason(condition).is_empty();
    parts.iter().chain(own).filter(is_failed).find(says_why).or(own).or(parts.first())
}

/// A condition has one of four kinds of reasons.
fn reason(condition: &Json) -> &str {
    let fields = ["reason", "revisionReason", "executionReason", "instanceReason"];
    fields.into_iter().map(|field| text(condition, field)).find(|reason| !reason.is_empty()).unwrap_or_default()
}

fn secret_denied(cause: &str) -> Diagnostic {
    let binding = format!("iam: [{{role: {SECRET_READER}, members: [serviceAccount:KEY]}}]");
    Diagnostic::error("secret-access-denied", with_cause("a secret cannot be read", cause))
        .field(DocPath::keys("serviceAccount"))
        .hint(format!("give the entry's service account the right to read it: `{binding}` on the secret"))
}

fn image_denied(place: &Place, cause: &str, agent: Option<&str>) -> Diagnostic {
    let agent = agent.unwrap_or("service-PROJECTNUMBER@serverless-robot-prod.iam.gserviceaccount.com");
    let project = image_project(cause).unwrap_or(place.project());
    let grant = format!(
        "gcloud projects add-iam-policy-binding {project} --member=serviceAccount:{agent} --role=roles/artifactregistry.reader"
    );
    let hint = if project == place.project() {
        format!(
            "Google gives its agent this right some minutes after the API is enabled: apply again; if that does not help: {grant}"
        )
    } else {
        format!("the image lies in another project: {grant}")
    };
    Diagnostic::error("image-pull-denied", with_cause("Cloud Run's service agent cannot pull the image", cause))
        .field(DocPath::keys("image"))
        .hint(hint)
}

fn log_hint(descriptor: &Descriptor, place: &Place, revision: Option<&str>) -> String {
    let (kind, label) = match descriptor.section {
        "jobs" => ("cloud_run_job", "job_name"),
        "workerPools" => ("cloud_run_worker_pool", "worker_pool_name"),
        _ => ("cloud_run_revision", "service_name"),
    };
    let filter = match revision.filter(|_| descriptor.section != "jobs") {
        Some(revision) => format!("resource.type={kind} AND resource.labels.revision_name={revision}"),
        None => format!("resource.type={kind} AND resource.labels.{label}={}", place.name()),
    };
    format!("read its log: gcloud logging read '{filter}' --project={} --limit=50", place.project())
}

/// `Revision 'x-00001-abc' is not ready …`
fn quoted_revision(message: &str) -> Option<&str> {
    let behind = message.split_once("Revision '")?.1;
    behind.split_once('\'').map(|(name, _)| name).filter(|name| !name.is_empty())
}

/// Google's agent, where the text names it.
fn agent_in(message: &str) -> Option<&str> {
    let at = message.find(AGENT_HOST)?;
    let start = message[..at].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '-').map_or(0, |before| before + 1);
    Some(&message[start..at + AGENT_HOST.len()])
}

/// The project of an image's address in a text: `R-docker.pkg.dev/PROJECT/…`, `gcr.io/PROJECT/…`.
fn image_project(message: &str) -> Option<&str> {
    let behind =
        ["docker.pkg.dev/", "gcr.io/"].iter().find_map(|host| message.split_once(host)).map(|(_, rest)| rest)?;
    behind.split('/').next().filter(|project| !project.is_empty())
}

fn with_cause(message: impl Into<String>, cause: &str) -> String {
    let message = message.into();
    let cause = cause.trim().trim_end_matches('.');
    if cause.is_empty() { message } else { format!("{message}: {cause}") }
}

fn text<'a>(json: &'a Json, field: &str) -> &'a str {
    json.get(field).and_then(Json::as_str).unwrap_or_default()
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
