//! Reads of what is there whether or not its API is enabled: service accounts and policies.
//!
//! gcloud makes them while a project of its own is charged. So where the API is not enabled in the project that we
//! charge, the read is tried once more without one to charge: it is then the credentials' own. User credentials that
//! have none are refused, and the first refusal is told.

use serde_json::Value as Json;

use super::session::Session;
use crate::gcp::CallError;
use crate::gcp::client::{OnRetry, USER_PROJECT};
use crate::kinds::apis;
use crate::wire::Request;
use crate::wire::retry::{Repeat, is_disabled_api};

/// Sends a read and gives its JSON.
///
/// # Errors
/// See [`CallError`]; 404 is a refusal like any other.
pub(super) async fn read(session: &Session<'_>, request: &Request, on_retry: OnRetry<'_>) -> Result<Json, CallError> {
    let error = match session.client.call(request, Repeat::Harmless, on_retry).await {
        Err(error) if is_worth_another_try(request, &error) => error,
        answer => return answer,
    };
    let uncharged = request.clone().header(USER_PROJECT, "");
    session.client.call(&uncharged, Repeat::Harmless, on_retry).await.map_err(|_| error)
}

/// Like [`read`]; absent where Google answers 404.
///
/// # Errors
/// See [`CallError`].
pub(super) async fn find(session: &Session<'_>, request: &Request) -> Result<Option<Json>, CallError> {
    match read(session, request, &|_, _| {}).await {
        Ok(json) => Ok(Some(json)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_worth_another_try(request: &Request, error: &CallError) -> bool {
    apis::is_there_anyway(&request.host) && error.refusal().is_some_and(is_disabled_api)
}
