//! Variables: their names, and the versions of secrets.

use super::{Container, Sort, fault};
use crate::model::{Diagnostic, Doc, DocPath};

/// What Google sets itself: <https://cloud.google.com/run/docs/container-contract>.
const OF_SERVICES: &[&str] = &["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"];
const OF_JOBS: &[&str] =
    &["CLOUD_RUN_JOB", "CLOUD_RUN_EXECUTION", "CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_ATTEMPT", "CLOUD_RUN_TASK_COUNT"];
/// Google's limit on one variable, in bytes.
const LONGEST: usize = 32 * 1024;
const MOST: usize = 1000;

pub(super) fn check(container: &Container<'_>, sort: Sort, faults: &mut Vec<Diagnostic>) {
    let Some(env) = container.doc.get("env").and_then(Doc::as_map) else { return };
    let at = container.field("env");
    if env.len() > MOST {
        let message = format!("there are {} variables; Google takes at most {MOST}", env.len());
        faults.push(Diagnostic::error("too-many-variables", message).field(at.clone()));
    }
    let reserved = match sort {
        Sort::Service => OF_SERVICES,
        Sort::Job => OF_JOBS,
        Sort::WorkerPool => &[],
    };
    for (name, value) in env {
        let at = at.key(name.as_str());
        variable_name(name, reserved, &at, faults);
        if value.as_str().is_some_and(|text| text.len() > LONGEST) {
            let message = format!("the value of `{name}` is longer than 32 KiB");
            faults.push(fault("variable-too-long", at.clone(), message, "mount it as a secret volume, or shorten it"));
        }
        if let Some(version) = value.get("version") {
            check_version(version, at.key("version"), faults);
        }
    }
}

fn variable_name(name: &str, reserved: &[&str], at: &DocPath, faults: &mut Vec<Diagnostic>) {
    if reserved.contains(&name) {
        let hint = if name == "PORT" { "write `ports: [{containerPort: …}]`" } else { "remove it" };
        faults.push(fault("reserved-variable", at.clone(), format!("Google sets `{name}` itself"), hint));
    } else if name.starts_with("X_GOOGLE_") {
        let message = format!("`{name}` cannot be a variable: `X_GOOGLE_…` is Google's");
        faults.push(fault("reserved-variable", at.clone(), message, "give it another name"));
    } else if name.is_empty() || name.contains(['=', '\0']) {
        let message = format!("`{name}` cannot be a variable's name");
        faults.push(fault("bad-variable", at.clone(), message, "give it another name"));
    }
}

/// A version is a number, `latest`, or an alias of the secret.
pub(super) fn check_version(version: &Doc, at: DocPath, faults: &mut Vec<Diagnostic>) {
    let Some(text) = version.as_str() else { return };
    if text.is_empty() || text.contains('/') || text == "0" {
        let message = format!("`{text}` is no version of a secret");
        faults.push(fault("bad-version", at, message, "write the version's number, or `latest`"));
    }
}
