//! What a plan is made from: the stack's entries, what is ours, what was read of the cloud, what the user allows.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::kinds::Row;
use crate::model::{Address, Doc, DocPath, Place, ProjectFacts, Span};
use crate::records::{Inventory, OnDelete};

use super::{Observed, Purpose};

/// What `lifecycle:` says of an entry.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lifecycle {
    /// Never deleted or replaced.
    pub protect: bool,
    /// Adopted without being asked.
    pub adopt: bool,
    /// Differences at and below these paths are none.
    pub ignore: Vec<DocPath>,
    /// Map keys, list elements and members of others at and below these paths are drift.
    pub strict: Vec<DocPath>,
    pub on_delete: Option<OnDelete>,
}

/// That an entry needs another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// On whom it depends.
    pub to: Address,
    /// The field that refers to it; absent for `dependsOn`.
    pub path: Option<DocPath>,
}

/// An entry of the stack, resolved: references in their final form, everything known without the cloud put in.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub address: Address,
    pub place: Place,
    /// In file space, completed by the kind; what waits for the cloud is `Doc::Unknown`.
    pub doc: Doc,
    pub lifecycle: Lifecycle,
    /// In the order of the file; one for each field that refers, also where its value is known by now.
    pub edges: Vec<Edge>,
    /// Of the key.
    pub span: Option<Span>,
    /// Of the fields, where they have one.
    pub spans: Vec<(DocPath, Span)>,
}

/// The stack as the planner sees it: valid, without cycles.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Desired {
    pub stack: String,
    /// In the order of the file.
    pub entries: IndexMap<Address, Wanted>,
    /// `(from, to)`, in the order of the file.
    pub moved: Vec<(Address, Address)>,
    /// Services to enable beyond those that the kinds need.
    pub apis: Vec<String>,
    pub outputs: IndexMap<String, Doc>,
}

/// To which addresses a consent applies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Allow {
    #[default]
    Nothing,
    All,
    These(BTreeSet<Address>),
}

impl Allow {
    /// Whether `address` is among them.
    pub fn allows(&self, address: &Address) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::These(addresses) => addresses.contains(address),
        }
    }
}

/// What destroy and prune do with what was only adopted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AdoptedOnes {
    /// Forgotten, with a line saying so.
    #[default]
    Forget,
    /// `--include-adopted`: deleted like what we made.
    Delete,
}

/// What the user wants and allows.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub purpose: Purpose,
    /// `--target`; empty: everything.
    pub targets: Vec<Address>,
    /// `--exclude`
    pub excludes: Vec<Address>,
    /// `--adopt`
    pub adopt: Allow,
    /// `--allow-replace`
    pub replace: Allow,
    /// `--allow-data-loss`
    pub data_loss: Allow,
    /// `--include-adopted`
    pub adopted: AdoptedOnes,
    /// The time, RFC 3339, UTC, whole seconds: tombstones are held against it.
    pub now: String,
}

impl Options {
    /// Everything, nothing allowed, at `now` (RFC 3339, UTC).
    pub fn new(purpose: Purpose, now: impl Into<String>) -> Self {
        Self {
            purpose,
            targets: Vec::new(),
            excludes: Vec::new(),
            adopt: Allow::Nothing,
            replace: Allow::Nothing,
            data_loss: Allow::Nothing,
            adopted: AdoptedOnes::Forget,
            now: now.into(),
        }
    }
}

/// Everything a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct PlanInputs<'a> {
    pub desired: &'a Desired,
    pub inventory: &'a Inventory,
    pub observed: &'a Observed,
    pub options: &'a Options,
    /// The kinds: `kinds::registry::all()`.
    pub kinds: &'a [Row],
}

impl<'a> PlanInputs<'a> {
    /// The kind of a section; absent where an inventory of a richer stackctl speaks of one that this does not know.
    pub fn kind(&self, section: &str) -> Option<&'a Row> {
        self.kinds.iter().find(|row| row.descriptor.section == section)
    }

    /// The project as it was read.
    pub fn project(&self) -> &'a ProjectFacts {
        &self.observed.project
    }
}

/// `//compute.googleapis.com/projects/P/global/networks/N`: how the inventory tells resources apart.
pub fn full_name(row: &Row, place: &Place) -> String {
    format!("//{}/{}", row.descriptor.api.service, place.fill(row.descriptor.item))
}
