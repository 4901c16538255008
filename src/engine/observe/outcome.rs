//! What a failed read means: not there, unreadable, or nothing can be read at all.

use std::collections::BTreeSet;

use super::{Found, Target};
use crate::engine::survey::Survey;
use crate::gcp::{CallError, explain};
use crate::model::Diagnostic;
use crate::plan::Observation;
use crate::wire::ApiError;
use crate::wire::retry::is_disabled_api;

/// Lets pass what concerns one resource.
///
/// # Errors
/// What would fail every other read as well.
pub(super) fn fatal(found: Found) -> Result<Found, Diagnostic> {
    match found {
        Found::Failed(error) if error.refusal().is_none() => Err(explain::call(&error)),
        other => Ok(other),
    }
}

/// The paths of what is not there.
pub(super) fn absent_places(targets: &[Target<'_>], found: &[Found]) -> BTreeSet<String> {
    let absent = targets.iter().zip(found).filter(|(_, found)| matches!(found, Found::Absent));
    absent.map(|(target, _)| target.place.fill(target.row.descriptor.item)).collect()
}

/// What a target turned out to be.
pub(super) fn observation(
    target: &Target<'_>,
    found: Found,
    survey: &Survey,
    absent: &BTreeSet<String>,
) -> Observation {
    match found {
        Found::Absent => Observation::Absent,
        Found::Present(live) => Observation::Present(Box::new(live)),
        Found::Failed(error) if is_absent(target, &error, survey, absent) => Observation::Absent,
        Found::Failed(error) => {
            let mut fault = explain::call(&error).of(target.address());
            fault.code = "unreadable".to_owned();
            if error.refusal().is_some_and(|refusal| is_enabled_all_the_same(target, refusal, survey)) {
                fault = fault.hint("it was enabled moments ago: run the command again in a few minutes");
            }
            Observation::Unreadable(Box::new(fault))
        }
    }
}

/// Whether a refusal says as much as 404: the API of our own project is not enabled, or what it stands in is not
/// there (Cloud SQL refuses to list the users of an instance that does not exist, with one status or another).
fn is_absent(target: &Target<'_>, error: &CallError, survey: &Survey, absent: &BTreeSet<String>) -> bool {
    let Some(refusal) = error.refusal() else { return false };
    if is_disabled_api(refusal) {
        if is_enabled_all_the_same(target, refusal, survey) {
            return false;
        }
        let consumer = refusal.metadata("consumer").map(|name| name.trim_start_matches("projects/"));
        let ours = [Some(survey.project.id.as_str()), survey.project.number.as_deref()];
        return consumer.is_none_or(|consumer| ours.contains(&Some(consumer)));
    }
    let stands_in = target.place.fill(target.row.descriptor.collection);
    matches!(refusal.status, 400 | 403 | 404)
        && absent.iter().any(|parent| stands_in.starts_with(&format!("{parent}/")))
}

/// Whether the list of enabled APIs says otherwise: then nothing is known of what stands there, least of all that it is
/// not there.
fn is_enabled_all_the_same(target: &Target<'_>, refusal: &ApiError, survey: &Survey) -> bool {
    let service = refusal.metadata("service").unwrap_or(target.row.descriptor.api.service);
    is_disabled_api(refusal) && survey.enabled_apis.iter().any(|api| api == service)
}
