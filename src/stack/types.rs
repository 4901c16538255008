//! The stack: what a set of files says, checked and resolved. Other rooms trust it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::kinds::Row;
use crate::model::tree::Node;
use crate::model::{Address, Doc, DocPath, Place, ProjectFacts, Span};

/// A checked stack.
#[derive(Debug, Clone)]
pub struct Stack {
    pub name: String,
    /// The stack's project; its number is there where the caller knew it.
    pub project: ProjectFacts,
    /// The region of entries that name none.
    pub region: Option<String>,
    /// Where the inventory lives: `gs://bucket/prefix`; absent: beside the file.
    pub state: Option<String>,
    /// The project that is charged for quota.
    pub quota_project: Option<String>,
    /// Services to enable beyond those that the kinds need: `bigquery.googleapis.com`.
    pub apis: Vec<String>,
    /// In the order of the files; those of a `forEach` in the order of its keys.
    pub entries: Vec<Entry>,
    pub outputs: Vec<Output>,
    pub moved: Vec<Moved>,
    /// Position in `entries` by address.
    pub(super) index: HashMap<Address, usize>,
}

/// One entry: a resource as it is wanted.
#[derive(Debug, Clone)]
pub struct Entry {
    pub address: Address,
    pub kind: &'static Row,
    pub place: Place,
    /// Service and path, unlike those of any other entry: `//compute.googleapis.com/projects/P/global/networks/N`.
    pub full_name: String,
    /// The wanted fields in file space: references resolved, completed, `iam` included; what only the cloud knows is
    /// `Doc::Unknown`, what may not be shown `Doc::Sensitive`.
    pub doc: Doc,
    pub lifecycle: Lifecycle,
    /// What it needs first, in the order in which the file says so; each address once.
    pub needs: Vec<Need>,
    /// Where its key stands.
    pub key_span: Span,
    /// The tree it was read from, for [`Entry::span`].
    pub(super) node: Arc<Node>,
}

impl Entry {
    /// Where a field stands, or what of its path is in the file; the entry's key where nothing of it is.
    pub fn span(&self, field: &DocPath) -> Span {
        match field.0.first() {
            Some(crate::model::Segment::Key(key)) if self.node.get(key).is_some() => self.node.span_at(field),
            _ => self.key_span,
        }
    }
}

/// Why an entry comes after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub address: Address,
    pub because: Because,
    /// The line that says so.
    pub span: Span,
}

/// What in the file makes a dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// A field refers to it by key.
    Field(DocPath),
    /// An expression in a field names one of its outputs.
    Expression(DocPath),
    /// `dependsOn`.
    DependsOn,
}

/// How an entry is treated beyond its fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lifecycle {
    /// It is never deleted or replaced.
    pub protect: bool,
    /// Fields whose differences do not count.
    pub ignore: Vec<DocPath>,
    /// Maps and lists of which what others set is drift, too.
    pub strict: Vec<DocPath>,
    /// Taken over without asking where it exists and is not ours.
    pub adopt: bool,
    /// What becomes of it when it leaves the file; absent: deleted where we made it, kept where it was adopted.
    pub on_delete: Option<OnDelete>,
}

/// What becomes of a resource that leaves the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    Delete,
    Keep,
}

/// An output of the stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub name: String,
    pub value: Doc,
    pub span: Span,
}

/// An entry that had another address before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub from: Address,
    pub to: Address,
    pub span: Span,
}

impl Stack {
    /// The entry of an address.
    pub fn get(&self, address: &Address) -> Option<&Entry> {
        self.index.get(address).map(|&at| &self.entries[at])
    }
}
