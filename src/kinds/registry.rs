//! All kinds, in the order in which their sections are documented.

use super::run::{Jobs, Services, WorkerPools};
use super::sql::instance::SqlInstances;
use super::{Row, row};

/// The kinds.
static ROWS: &[Row] = &[row::<SqlInstances>(), row::<Services>(), row::<WorkerPools>(), row::<Jobs>()];
use super::{Row, networks, row};
static ROWS: &[Row] = &[row::<networks::Network>()];
use super::{Row, addresses, networks, row, subnetworks};
static ROWS: &[Row] = &[row::<networks::Network>(), row::<subnetworks::Subnetwork>(), row::<addresses::Address>()];

/// All kinds.
pub fn all() -> &'static [Row] {
    ROWS
}

/// The kind of a section.
pub fn find(section: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.descriptor.section == section)
}
