//! All kinds, in the order in which their sections are documented.

use super::addresses::Address;
use super::forwarding_rules::ForwardingRule;
use super::iam_bindings::IamBinding;
use super::networks::Network;
use super::repositories::Repositories;
use super::run::{Jobs, Services, WorkerPools};
use super::secrets::Secrets;
use super::service_accounts::ServiceAccount;
use super::sql::database::SqlDatabases;
use super::sql::instance::SqlInstances;
use super::sql::user::SqlUsers;
use super::subnetworks::Subnetwork;
use super::{Row, row};

/// The kinds, one a line.
#[rustfmt::skip]
static ROWS: &[Row] = &[
    row::<Network>(),
    row::<Subnetwork>(),
    row::<Address>(),
    row::<ForwardingRule>(),
    row::<ServiceAccount>(),
    row::<IamBinding>(),
    row::<SqlInstances>(),
    row::<SqlDatabases>(),
    row::<SqlUsers>(),
    row::<Secrets>(),
    row::<Repositories>(),
    row::<Services>(),
    row::<WorkerPools>(),
    row::<Jobs>(),
];

/// All kinds.
pub fn all() -> &'static [Row] {
    ROWS
}

/// The kind of a section.
pub fn find(section: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.descriptor.section == section)
}
