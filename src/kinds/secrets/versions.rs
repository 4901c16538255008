//! A secret's versions: which is the newest, when one more is due, how it is added.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::{VERSIONS, number, post_version};
use crate::kinds::payload::source_of;
use crate::kinds::{Call, Live, StepInput};
use crate::model::{Action, Diagnostic, Doc, DocPath};

/// Secret Manager takes no more in one version.
const MOST_BYTES: usize = 64 * 1024;

/// The versions, where they were read.
pub fn read(live: &Live) -> Option<&[Json]> {
    let (_, answer) = live.extra.iter().find(|(name, _)| *name == VERSIONS)?;
    Some(answer.as_ref().and_then(|answer| answer["versions"].as_array()).map_or(&[], Vec::as_slice))
}

/// The number of the newest enabled version.
pub fn newest(versions: &[Json]) -> Option<&str> {
    let enabled = versions.iter().filter(|version| version["state"] == "ENABLED");
    enabled.filter_map(number).max_by_key(|number| number.parse::<u64>().unwrap_or_default())
}

/// Whether the step adds a version: the value of its source has changed, none is there, or a rotation is due.
pub fn is_due(input: &StepInput<'_>) -> bool {
    let Some(desired) = input.desired.filter(|doc| source_of(doc).is_some()) else { return false };
    let is_empty = || input.live.and_then(read).is_some_and(|versions| newest(versions).is_none());
    match input.action {
        Action::Create | Action::Replace => true,
        Action::Update | Action::Adopt => {
            input.changed.contains(&DocPath::keys("value")) || is_empty() || rotation_is_due(input, desired)
        }
        Action::None | Action::Delete | Action::Forget => false,
    }
}

/// The number was raised. A secret that is only now taken over has a value that others rely on: where it bears no
/// number yet, it gets the number alone.
fn rotation_is_due(input: &StepInput<'_>, desired: &Doc) -> bool {
    let Some(wanted) = desired.get("rotation").and_then(Doc::as_i64) else { return false };
    let annotation = input.live.and_then(|live| live.api["annotations"][super::ROTATION].as_str());
    match annotation.and_then(|text| text.parse::<i64>().ok()) {
        Some(current) => wanted > current,
        None => input.action == Action::Update && input.changed.contains(&DocPath::keys("rotation")),
    }
}

/// Adds the payload as a version, with the checksum that Secret Manager holds it against.
///
/// # Errors
/// The payload is not at hand, empty, or too long.
pub fn add(step: &StepInput<'_>) -> Result<Call, Diagnostic> {
    let name = step.place.name();
    let fault = |what: String| {
        Diagnostic::error("no-payload", format!("the value of secret `{name}` {what}"))
            .hint("set the environment variable or file from which it comes")
    };
    let bytes = step.payloads.get("value").ok_or_else(|| fault("is not at hand".to_owned()))?;
    if bytes.is_empty() {
        return Err(fault("is empty".to_owned()));
    }
    if bytes.len() > MOST_BYTES {
        return Err(fault(format!("has {} bytes, Google takes {MOST_BYTES}", bytes.len())));
    }
    // 64-bit integers are texts in Google's JSON.
    let checksum = crc32c::crc32c(&bytes).to_string();
    Ok(post_version(step, json!({"payload": {"data": STANDARD.encode(&bytes), "dataCrc32c": checksum}})))
}
