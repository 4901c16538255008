//! What a plan is made from: the stack's entries, what is ours, what was read of the cloud, what the user allows.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::kinds::Row;
use crate::model::{Address, Doc, DocPath, Place, ProjectFacts};
use crate::records::{Inventory, OnDelete};
use crate::stack::{self, Because, Stack};

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
    /// The field that refers to it, or in which an expression names it; absent for `dependsOn`.
    pub path: Option<DocPath>,
}

/// An entry of the stack, resolved: references in their final form, everything known without the cloud put in.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub address: Address,
    pub place: Place,
    /// Service and path, unlike those of any other entry.
    pub full_name: String,
    /// In file space, completed by the kind; what waits for the cloud is `Doc::Unknown`.
    pub doc: Doc,
    pub lifecycle: Lifecycle,
    /// In the order of the file, also where the value is known by now.
    pub edges: Vec<Edge>,
}

/// The stack as the planner sees it: valid, without cycles. Findings about it name address and field;
/// [`super::locate`] adds the places in the files.
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

impl From<&Stack> for Desired {
    fn from(stack: &Stack) -> Self {
        let outputs = stack.outputs.iter().map(|output| (output.name.clone(), output.value.clone()));
        Self {
            stack: stack.name.clone(),
            entries: stack.entries.iter().map(|entry| (entry.address.clone(), Wanted::from(entry))).collect(),
            moved: stack.moved.iter().map(|moved| (moved.from.clone(), moved.to.clone())).collect(),
            apis: stack.apis.clone(),
            outputs: outputs.collect(),
        }
    }
}

impl From<&stack::Entry> for Wanted {
    fn from(entry: &stack::Entry) -> Self {
        Self {
            address: entry.address.clone(),
            place: entry.place.clone(),
            full_name: entry.full_name.clone(),
            doc: entry.doc.clone(),
            lifecycle: Lifecycle::from(&entry.lifecycle),
            edges: entry.needs.iter().map(Edge::from).collect(),
        }
    }
}

impl From<&stack::Need> for Edge {
    fn from(need: &stack::Need) -> Self {
        let path = match &need.because {
            Because::Field(path) | Because::Expression(path) => Some(path.clone()),
            Because::DependsOn => None,
        };
        Self { to: need.address.clone(), path }
    }
}

impl From<&stack::Lifecycle> for Lifecycle {
    fn from(lifecycle: &stack::Lifecycle) -> Self {
        Self {
            protect: lifecycle.protect,
            adopt: lifecycle.adopt,
            ignore: lifecycle.ignore.clone(),
            strict: lifecycle.strict.clone(),
            on_delete: lifecycle.on_delete.map(|on_delete| match on_delete {
                stack::OnDelete::Delete => OnDelete::Delete,
                stack::OnDelete::Keep => OnDelete::Keep,
            }),
        }
    }
}

/// To which addresses a consent applies.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AdoptedOnes {
    /// Forgotten, with a line saying so.
    #[default]
    Forget,
    /// `--include-adopted`: deleted like what we made.
    Delete,
}

/// What a plan says of what others set on our resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Others {
    /// Nothing: it is theirs.
    #[default]
    LeftAlone,
    /// `--unmanaged`: it is listed.
    Listed,
}

/// What the user wants and allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
    /// `--unmanaged`
    #[serde(default)]
    pub others: Others,
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
            others: Others::LeftAlone,
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
