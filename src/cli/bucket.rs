//! The bucket for the records: made where `state:` names one that is not there.

use super::ask;
use super::failure::Failure;
use super::flow::Flow;
use super::run::Asked;
use super::verbs::inventory::stored;
use crate::inventory::{StoreError, gcs};
use crate::plan::Purpose;
use crate::ui::Printer;
use crate::ui::printer::Interactive;

/// Where a bucket is made if neither stack nor entry names a region: Cloud Storage's own default.
const ANYWHERE: &str = "US";

/// Offers to make the bucket; `--yes` answers beforehand.
///
/// # Errors
/// The answer was no, or nobody was there to give one; Google's refusal.
pub async fn ensure(flow: &Flow, asked: &Asked<'_>, printer: &Printer) -> Result<(), Failure> {
    let missing = flow.store.missing_bucket().await.map_err(|error| stored(&error))?;
    let Some(bucket) = missing.filter(|_| asked.options.purpose == Purpose::Apply) else { return Ok(()) };
    let stack = &flow.loaded.stack;
    let location = stack.region.as_deref().unwrap_or(ANYWHERE);
    if !asked.run.yes {
        let may_ask = printer.interactive == Interactive::Yes && !asked.no_input;
        let question = format!("There is no bucket `{bucket}`. Make it in {location}, versioned, with uniform access?");
        if !may_ask || !ask::confirm(printer, &question) {
            return Err(Failure::refused(StoreError::NoBucket { bucket }.diagnostic()));
        }
    }
    let made = gcs::make_bucket(&flow.client, &bucket, &stack.project.id, location).await;
    made.map_err(|error| stored(&error))?;
    printer.say(&format!("Made the bucket `{bucket}` in {location} for the inventory."));
    Ok(())
}
