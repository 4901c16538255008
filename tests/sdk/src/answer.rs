//! What every answer must be: nothing in it that Google's client does not know.

use std::fmt::Debug;

use google_cloud_gax::error::rpc::{Code, StatusDetails};

/// Fields that Google's documents of November 2026 have and the clients do not have yet.
const NEWER: &[&str] = &[
    // Cloud Run `Revision`.
    "containerStatuses",
    // Cloud SQL `DatabaseInstance` and `BackupConfiguration`, in recorded answers since 2024 and 2026.
    "sqlNetworkArchitecture",
    "transactionalLogStorageState",
];

/// The answer, each field and enum value of which the client knows.
#[track_caller]
pub fn known<T: Debug>(answer: T) -> T {
    let text = format!("{answer:?}");
    assert!(!text.contains("UnknownValue"), "an enum value that the client does not know: {text}");
    for unknown in text.split("_unknown_fields: {").skip(1) {
        let mut quoted = unknown.split('"');
        let name = quoted.nth(1).unwrap_or_default();
        assert!(NEWER.contains(&name), "a field that the client does not know: `{name}` in {text}");
    }
    answer
}

/// All that a list holds, page by page.
macro_rules! all {
    ($list:expr) => {{
        let mut items = $list.by_item();
        let mut found = Vec::new();
        while let Some(item) = google_cloud_gax::paginator::ItemPaginator::next(&mut items).await {
            found.push($crate::answer::known(item.unwrap()));
        }
        found
    }};
}
pub(crate) use all;

/// A long operation, to its end.
macro_rules! done {
    ($request:expr) => {
        google_cloud_lro::Poller::until_done($request.poller()).await
    };
}
pub(crate) use done;

/// A refusal as the client sees it.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    pub http: u16,
    pub code: Code,
    pub message: String,
}

/// What an error says, where the service has said it.
#[track_caller]
pub fn refusal<T: Debug, E: Into<google_cloud_gax::error::Error>>(result: Result<T, E>) -> Refusal {
    let error = result.expect_err("a refusal").into();
    let status = error.status().unwrap_or_else(|| panic!("not said by the service: {error:?}"));
    Refusal { http: error.http_status_code().unwrap_or_default(), code: status.code, message: status.message.clone() }
}

/// The details of a refusal.
#[track_caller]
pub fn details<T: Debug>(result: Result<T, google_cloud_gax::error::Error>) -> Vec<StatusDetails> {
    let error = result.expect_err("a refusal");
    error.status().unwrap_or_else(|| panic!("not said by the service: {error:?}")).details.clone()
}
