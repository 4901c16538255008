//! A service's address: `https://NAME-PROJECTNUMBER.REGION.run.app`, known before the service exists
//! (gcp-behaviour.md, section 4, points 8 and 36). Older services have another one in `uri`; `urls` holds both.

use serde_json::Value as Json;

use crate::kinds::{Live, StepInput};
use crate::model::{Diagnostic, Doc, Map, Place, ProjectFacts};

/// The longest DNS label; a longer one makes Google fall back to an address that cannot be foretold.
const LABEL: usize = 63;

/// The outputs that are known without the cloud.
pub(super) fn known(place: &Place, project: &ProjectFacts, doc: &Doc) -> Map {
    predicted(place, project, doc).map(|url| ("url".to_owned(), Doc::String(url))).into_iter().collect()
}

/// The outputs of a live service that are not a field of it.
pub(super) fn live(place: &Place, live: &Live) -> Map {
    let urls = urls(live);
    let url = urls.iter().find(|url| is_deterministic(place, url)).copied();
    let url = url.or_else(|| live.api.get("uri").and_then(Json::as_str)).or(urls.first().copied());
    url.map(|url| ("url".to_owned(), Doc::from(url))).into_iter().collect()
}

/// Whether the address that the plan gave out is one that the service has.
///
/// # Errors
/// It is not: what was given out leads nowhere.
pub(super) fn verify(input: &StepInput<'_>, live: &Live) -> Result<(), Diagnostic> {
    let Some(doc) = input.desired else { return Ok(()) };
    let Some(url) = predicted(input.place, input.project, doc) else { return Ok(()) };
    let urls = urls(live);
    if urls.is_empty() || urls.contains(&url.as_str()) {
        return Ok(());
    }
    Err(Diagnostic::error("url-differs", format!("the service answers at `{}`, not at `{url}`", urls.join("`, `")))
        .hint("write `uri` in place of `url` where this service's address is used, and apply again"))
}

fn predicted(place: &Place, project: &ProjectFacts, doc: &Doc) -> Option<String> {
    let number = project.number.as_deref().filter(|_| project.id == place.project())?;
    let label = format!("{}-{number}", place.name());
    let is_off = doc.get("defaultUriDisabled").and_then(Doc::as_bool).unwrap_or(false);
    (!is_off && label.len() <= LABEL).then(|| format!("https://{label}.{}.run.app", place.location()))
}

fn urls(live: &Live) -> Vec<&str> {
    let list = live.api.get("urls").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(Json::as_str).collect()
}

fn is_deterministic(place: &Place, url: &str) -> bool {
    let rest = url.strip_prefix("https://").and_then(|rest| rest.strip_prefix(place.name())?.strip_prefix('-'));
    let number = rest.and_then(|rest| rest.strip_suffix(".run.app")?.strip_suffix(place.location())?.strip_suffix('.'));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
