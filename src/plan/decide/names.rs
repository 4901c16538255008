//! Names that Google does not give again for a while.

use crate::kinds::Row;
use crate::model::Diagnostic;
use crate::plan::inputs::Wanted;
use crate::records::Tombstone;

/// A name that is like it and free: `db` → `db-2`, `db-2` → `db-3`.
pub(super) fn propose(name: &str) -> String {
    match name.rsplit_once('-') {
        Some((stem, number)) if number.bytes().all(|b| b.is_ascii_digit()) && !number.is_empty() => {
            let next = number.parse::<u64>().map_or(2, |number| number.saturating_add(1));
            format!("{stem}-{next}")
        }
        _ => format!("{name}-2"),
    }
}

/// The name was used by something that is gone, and is not to be had yet.
pub(super) fn still_blocked(wanted: &Wanted, stone: &Tombstone) -> Diagnostic {
    let name = wanted.place.name();
    let message = format!(
        "the name `{name}` cannot be used again before {}: what had it was deleted on {}",
        day(&stone.blocked_until),
        day(&stone.deleted_at)
    );
    Diagnostic::error("name-blocked", message).of(&wanted.address).hint(format!(
        "write `name: {}` under `{}`, or wait until then",
        propose(name),
        wanted.address
    ))
}

/// A replacement under the same name would have to wait for days.
pub(super) fn replace_blocked(wanted: &Wanted, row: &Row, days: u32) -> Diagnostic {
    let name = wanted.place.name();
    let message = format!(
        "`{}` cannot be replaced under its name: Google blocks the name of a {} for about {days} days after its deletion",
        wanted.address, row.descriptor.noun
    );
    Diagnostic::error("replace-name-blocked", message).of(&wanted.address).hint(format!(
        "write `name: {}` to make the new one under another name, or take the change back",
        propose(name)
    ))
}

/// What a deletion does to the name, for the plan.
pub(super) fn consequence(name: &str, days: u32) -> String {
    format!("the name `{name}` cannot be used again for about {days} days")
}

fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposed_name_counts_on() {
        for (name, next) in [("db", "db-2"), ("db-2", "db-3"), ("db-9", "db-10"), ("a-b", "a-b-2"), ("x-", "x--2")] {
            assert_eq!(propose(name), next);
        }
    }
}
