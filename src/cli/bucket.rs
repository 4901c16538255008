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

/// The bucket that has to be made first, if there is one.
///
/// # Errors
/// It cannot be told; nobody is there to be asked, and nobody has answered beforehand.
pub async fn missing(flow: &Flow, asked: &Asked<'_>, printer: &Printer) -> Result<Option<String>, Failure> {
    let missing = flow.store.missing_bucket().await.map_err(|error| stored(&error))?;
    match missing.filter(|_| asked.options.purpose == Purpose::Apply) {
        Some(bucket) if !asked.run.yes && !may_ask(asked, printer) => Err(refused(bucket)),
        missing => Ok(missing),
    }
}

/// Makes the bucket, if the answer is yes; `--yes` is one.
///
/// # Errors
/// The answer was no; Google's refusal.
pub async fn make(flow: &Flow, asked: &Asked<'_>, bucket: String, printer: &Printer) -> Result<(), Failure> {
    let stack = &flow.loaded.stack;
    let location = stack.region.as_deref().unwrap_or(ANYWHERE);
    let question = format!("There is no bucket `{bucket}`. Make it in {location}, versioned, with uniform access?");
    if !asked.run.yes && !ask::confirm(printer, &question) {
        return Err(refused(bucket));
    }
    let made = gcs::make_bucket(&flow.client, &bucket, &stack.project.id, location).await;
    made.map_err(|error| stored(&error))?;
    printer.say(&format!("Made the bucket `{bucket}` in {location} for the inventory."));
    Ok(())
}

fn may_ask(asked: &Asked<'_>, printer: &Printer) -> bool {
    printer.interactive == Interactive::Yes && !asked.no_input
}

fn refused(bucket: String) -> Failure {
    Failure::refused(StoreError::NoBucket { bucket }.diagnostic())
}
