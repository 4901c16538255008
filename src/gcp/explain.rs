//! Failed calls in words: Google's own reason and message, the request, and the way out.

use super::client::CallError;
use super::tokens::TokenError;
use super::transport::SendError;
use crate::model::Diagnostic;
use crate::wire::ApiError;
use crate::wire::retry::is_disabled_api;

/// A failed call as a diagnostic. The causes of what is no refusal stand in its message, one after the other.
pub fn call(error: &CallError) -> Diagnostic {
    match error {
        CallError::Refused { request, error, .. } => refusal(request, error),
        CallError::Uncertain { .. } => Diagnostic::error("unknown-outcome", chain(error))
            .hint("run the command again: it looks at the resource first"),
        CallError::Unanswered { source, tries, .. } => {
            Diagnostic::error("no-answer", format!("{} ({tries} attempts)", chain(error))).hint(network_hint(source))
        }
        CallError::NotJson { .. } => Diagnostic::error("not-json", error.to_string()).hint(
            "something between this machine and Google answers in its place: check `HTTPS_PROXY`, `NO_PROXY` and \
             whether the network wants a login",
        ),
        CallError::Credentials { source, .. } => credentials(source),
        CallError::Stopped => Diagnostic::error("stopped", "the run was stopped"),
    }
}

/// A refusal as a diagnostic, with Google's status, reason and message.
pub fn refusal(request: &str, error: &ApiError) -> Diagnostic {
    let reason = error.reason.as_deref().or(error.canonical.as_deref()).map_or(String::new(), |r| format!(" {r}"));
    let found = Diagnostic::error(
        "refused",
        format!("Google refused `{request}`: {}{reason}: {}", error.status, error.message.trim_end_matches('.')),
    );
    match refusal_hint(error) {
        Some(hint) => found.hint(hint),
        None => found,
    }
}

fn refusal_hint(error: &ApiError) -> Option<String> {
    if is_disabled_api(error) {
        let api = error.metadata("service").unwrap_or("the API");
        return Some(match error.metadata("consumer") {
            Some(consumer) => format!(
                "enable it in the project that is charged: `gcloud services enable {api} --project={}`; \
                 `--quota-project` charges another one",
                consumer.trim_start_matches("projects/")
            ),
            None => format!("run `gcloud services enable {api}`"),
        });
    }
    if error.is(&["USER_PROJECT_DENIED"]) {
        return Some(
            "the caller may not charge that project: grant `roles/serviceusage.serviceUsageConsumer` on it, or name \
             another one with `--quota-project`"
                .to_owned(),
        );
    }
    if error.is(&["BILLING_DISABLED", "UREQ_PROJECT_BILLING_NOT_FOUND", "billingNotEnabled"]) {
        return Some("link a billing account: `gcloud billing projects link PROJECT --billing-account=ID`".to_owned());
    }
    if error.is(&["vpcServiceControls", "SECURITY_POLICY_VIOLATED"]) {
        let id = error.metadata("uid").map_or(String::new(), |uid| format!(" with the id `{uid}`"));
        return Some(format!("VPC Service Controls stand against it: ask who keeps the perimeter{id}"));
    }
    match error.status {
        401 => Some("log in again: `gcloud auth application-default login`".to_owned()),
        403 if error.is(&["quotaExceeded", "QUOTA_EXCEEDED"]) => {
            Some("ask for a higher quota in the console".to_owned())
        }
        403 => Some(match error.metadata("permission") {
            Some(permission) => format!("the caller needs the permission `{permission}`"),
            None => "the caller lacks a permission on it, or it does not exist".to_owned(),
        }),
        429 => Some("run the command again in a few minutes, or with a lower `--parallelism`".to_owned()),
        500.. => Some("run the command again: it goes on where it stopped".to_owned()),
        _ => None,
    }
}

/// Missing or unusable credentials as a diagnostic.
pub fn credentials(source: &SendError) -> Diagnostic {
    let cause = std::error::Error::source(source).and_then(|cause| cause.downcast_ref::<TokenError>());
    let found = Diagnostic::error("no-credentials", cause.map_or_else(|| chain(source), |cause| chain(cause)));
    match cause {
        Some(cause) => found.hint(cause.hint()),
        None => found,
    }
}

fn network_hint(source: &SendError) -> &'static str {
    match source {
        SendError::Connect { host, .. } if host.contains("://") => {
            "check the URL of `--endpoint`; `stackctl sandbox serve` starts an emulator and prints its URL"
        }
        SendError::Connect { .. } => "check the network, the name service and `HTTPS_PROXY`",
        _ => "run the command again: it looks at what has happened first",
    }
}

/// An error and its causes in one line, each once.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    // A chain of causes has an end; ten are more than anybody reads.
    for _ in 0..10 {
        let Some(cause) = next else { break };
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text
}
