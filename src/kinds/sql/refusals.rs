//! What is special in the refusals of Cloud SQL.

use crate::kinds::call::{Refusal, Verdict};

/// Another operation runs on the instance: wait for it. Google answers 409 with one of these reasons; which of them is
/// not recorded.
pub fn busy(refusal: &Refusal<'_>) -> Option<Verdict> {
    let is_busy = refusal.error.is(&["operationInProgress", "instanceOperationInProgress"]);
    is_busy.then(|| Verdict::Retry { because: "another operation runs on the instance".to_owned() })
}
