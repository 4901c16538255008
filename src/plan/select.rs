//! What a run is about: `--target` and `--exclude`, and what must be read for that.

use std::collections::BTreeSet;

use super::graph::{Along, Graph};
use super::inputs::{Desired, Options};
use super::moved::Renamed;
use super::types::Purpose;
use crate::kinds::Row;
use crate::model::{Address, Diagnostic, Doc, Place, suggest};

/// What a run is about.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// Entries of the stack and of the inventory.
    pub addresses: BTreeSet<Address>,
    /// Addresses that nothing has, targets that are excluded.
    pub findings: Vec<Diagnostic>,
}

/// What a run is about: apply takes what the targets stand on, destroy what stands on the targets; what is excluded
/// takes along what cannot be done without it.
pub fn select(desired: &Desired, renamed: &Renamed<'_>, options: &Options) -> Selection {
    let graph = graph(desired, renamed, options.purpose);
    let mut selection = Selection::default();
    let known = |address: &Address| graph.contains(address);
    for address in options.targets.iter().chain(&options.excludes).filter(|address| !known(address)) {
        selection.findings.push(unknown(address, desired, renamed));
    }
    let everything = || subjects(desired, renamed, options.purpose).cloned();
    let mut chosen: BTreeSet<Address> = match options.targets.as_slice() {
        [] => everything().collect(),
        targets => targets.iter().flat_map(|target| reach(&graph, desired, target, options.purpose)).collect(),
    };
    let along = match options.purpose {
        Purpose::Apply => Along::Dependants,
        Purpose::Destroy => Along::Dependencies,
    };
    let excluded = graph.closure(options.excludes.iter().cloned(), along);
    for target in options.targets.iter().filter(|target| excluded.contains(*target)) {
        selection.findings.push(
            Diagnostic::error("target-excluded", format!("`{target}` is both asked for and excluded"))
                .of(target)
                .hint(format!("leave out `--exclude` of what it stands on, or `--target {target}`")),
        );
    }
    chosen.retain(|address| !excluded.contains(address));
    selection.addresses = chosen;
    selection
}

/// The resources that a purpose is about: all for apply, what is ours for destroy.
fn subjects<'a>(desired: &'a Desired, renamed: &'a Renamed<'_>, purpose: Purpose) -> impl Iterator<Item = &'a Address> {
    let wanted = desired.entries.keys().filter(move |_| purpose == Purpose::Apply);
    let ours = renamed.entries.keys();
    wanted.chain(ours.filter(move |address| purpose == Purpose::Destroy || !desired.entries.contains_key(*address)))
}

/// Apply: arrows of the file, of what left it those of the inventory. Destroy: those of the inventory.
fn graph(desired: &Desired, renamed: &Renamed<'_>, purpose: Purpose) -> Graph {
    Graph::new(subjects(desired, renamed, purpose).map(|address| {
        let from_file = desired.entries.get(address).filter(|_| purpose == Purpose::Apply);
        let dependencies = match from_file {
            Some(wanted) => wanted.edges.iter().map(|edge| &edge.to).collect(),
            None => renamed.depends_on(renamed.entries[address]).collect(),
        };
        (address, dependencies)
    }))
}

/// A target and what it takes along.
fn reach(graph: &Graph, desired: &Desired, target: &Address, purpose: Purpose) -> BTreeSet<Address> {
    if purpose == Purpose::Apply && desired.entries.contains_key(target) {
        return graph.closure([target.clone()], Along::Dependencies);
    }
    // It is to go, and so is what stands on it; what is in the file does not stand on what left it.
    graph.closure([target.clone()], Along::Dependants)
}

fn unknown(address: &Address, desired: &Desired, renamed: &Renamed<'_>) -> Diagnostic {
    let names: BTreeSet<String> =
        desired.entries.keys().chain(renamed.entries.keys()).map(ToString::to_string).collect();
    let text = address.to_string();
    let near = suggest::nearest(&text, names.iter().map(String::as_str));
    let finding = Diagnostic::error("unknown-address", format!("there is no `{text}` in the stack or the inventory"));
    match near {
        Some(near) => finding.hint(format!("did you mean `{near}`?")),
        None => finding.hint("`stackctl graph --format text` lists the addresses of the stack"),
    }
}

/// A resource to read before a plan can be made.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    pub address: &'a Address,
    pub row: &'a Row,
    pub place: &'a Place,
    /// What the file wants of it, if it is in the file.
    pub doc: Option<&'a Doc>,
    pub role: Role,
}

/// As what a read enters [`super::Observed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `resources`: at the place that the stack says.
    Wanted,
    /// `former`: at the place that the inventory says, where the stack says another.
    Former,
    /// `resources`: at the place that the inventory says; it is to go.
    Left,
}

/// What must be read, in the order of the file; `renamed` and `selection` come from [`super::moved::rename`] and
/// [`select`]. Kinds that this program does not know are left out.
pub fn reads<'a>(
    desired: &'a Desired,
    renamed: &'a Renamed<'_>,
    selection: &'a Selection,
    kinds: &'a [Row],
    purpose: Purpose,
) -> Vec<Read<'a>> {
    let mut reads = Vec::new();
    let row = |address: &Address| kinds.iter().find(|row| row.descriptor.section == &*address.section);
    let is_selected = |address: &&Address| selection.addresses.contains(*address);
    for address in subjects(desired, renamed, purpose).filter(is_selected) {
        let Some(row) = row(address) else { continue };
        let wanted = desired.entries.get(address);
        let entry = renamed.entries.get(address);
        match (wanted, entry, purpose) {
            (Some(wanted), entry, Purpose::Apply) => {
                let doc = Some(&wanted.doc);
                reads.push(Read { address, row, place: &wanted.place, doc, role: Role::Wanted });
                if let Some(entry) = entry.filter(|entry| entry.full_name != wanted.full_name) {
                    reads.push(Read { address, row, place: &entry.place, doc: None, role: Role::Former });
                }
            }
            (wanted, Some(entry), _) => {
                let doc = wanted.map(|wanted| &wanted.doc);
                reads.push(Read { address, row, place: &entry.place, doc, role: Role::Left });
            }
            (_, None, _) => {}
        }
    }
    reads
}
