//! Saved plans on the disk: written by `plan --out`, taken by `apply PLAN`; and whether what was shown still holds.

use std::path::Path;

use super::exit::Exit;
use super::failure::{Failure, with_causes};
use super::flow::{Flow, Sight};
use crate::model::Diagnostic;
use crate::plan::Options;
use crate::plan::saved::{self, MadeFrom, SavedPlan};

/// A saved plan is far smaller than this.
const LARGEST: u64 = 256 << 20;

/// Writes the plan to a file, whole or not at all.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, flow: &Flow, options: &Options, sight: &Sight) -> Result<(), Failure> {
    let text = text(flow, options, sight);
    let beside = path.with_extension("new");
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        Failure::failed(
            with_causes("cannot-write", format!("cannot save the plan to `{}`", path.display()), &error)
                .hint("check the folder's rights, or save it elsewhere"),
        )
    })
}

/// Reads a saved plan.
///
/// # Errors
/// No such file, no saved plan, one of another version.
pub fn read(path: &Path) -> Result<SavedPlan, Failure> {
    let too_large = std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > LARGEST);
    if too_large {
        let message = format!("`{}` is too large for a saved plan", path.display());
        return Err(Failure::wrong(Diagnostic::error("bad-plan", message).hint("name a file that `plan --out` wrote")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::wrong(
            with_causes("cannot-read", format!("cannot read the plan `{}`", path.display()), &error)
                .hint("`stackctl plan --out FILE` writes one"),
        )
    })?;
    saved::read(&text).map_err(|error| {
        let message = format!("`{}` cannot be applied", path.display());
        Failure::wrong(with_causes("bad-plan", message, &error).hint(error.hint()))
    })
}

/// Refuses a plan of which something has moved, and says what.
///
/// # Errors
/// One diagnostic for each thing that has moved.
pub fn matches(saved: &SavedPlan, flow: &Flow, sight: &Sight) -> Result<(), Failure> {
    let key = stored_key(sight);
    let moved = saved::compare(saved, &sight.plan, &flow.cloud.key, &made_from(flow, sight), key.as_ref());
    if moved.is_empty() {
        return Ok(());
    }
    let mut diagnostics = moved;
    diagnostics.push(
        Diagnostic::error("stale-plan", "the plan no longer holds; nothing was changed")
            .hint("make and look at a new one"),
    );
    Err(Failure { exit: Exit::Refused, diagnostics, sources: flow.loaded.sources.clone() })
}

/// A plan as it would be saved: what was shown, to be held against what is found under the lock.
///
/// # Errors
/// None in practice: what was just written is read.
pub fn remember(flow: &Flow, options: &Options, sight: &Sight) -> Result<SavedPlan, Failure> {
    saved::read(&text(flow, options, sight))
        .map_err(|error| Failure::failed(with_causes("bad-plan", "the plan cannot be kept", &error)))
}

fn text(flow: &Flow, options: &Options, sight: &Sight) -> String {
    saved::write(&sight.plan, options, &flow.cloud.key, made_from(flow, sight), stored_key(sight).as_ref())
}

/// The key of the stored inventory; none where it is only now made.
fn stored_key(sight: &Sight) -> Option<crate::records::HashKey> {
    if sight.stored { sight.inventory.key().ok() } else { None }
}

/// Everything that the plan read beside the cloud: its files, what they name from outside, the values of secrets.
fn made_from(flow: &Flow, sight: &Sight) -> MadeFrom {
    let key = stored_key(sight);
    let mut made_from = MadeFrom::default();
    for (name, text) in &flow.loaded.sources.files {
        made_from.file(name, text.as_bytes());
    }
    for (name, contents) in flow.loaded.named_files() {
        made_from.file(name, contents);
    }
    for (name, value) in flow.loaded.environment() {
        made_from.environment(&name, value, key.as_ref());
    }
    for (name, value) in flow.loaded.variables() {
        made_from.variable(name, value, key.as_ref());
    }
    for (address, payloads) in &sight.observed.payloads {
        for (name, hash) in payloads {
            made_from.value(address, name, key.as_ref().map(|_| hash.as_str()));
        }
    }
    made_from
}
