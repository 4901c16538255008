//! All kinds, in the order in which their sections are documented.

use super::Row;

/// The kinds.
static ROWS: &[Row] = &[];

/// All kinds.
pub fn all() -> &'static [Row] {
    ROWS
}

/// The kind of a section.
pub fn find(section: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.descriptor.section == section)
}
