//! Order that no field asks for and that makes a first apply work: what a service needs in order to start is there
//! before the service, as far as it can be told.
//!
//! | before | after |
//! |---|---|
//! | grants to its service account, in the project | a service, job or worker pool |
//! | the SQL users of its service account, and what is granted to them | it |
//! | the databases of an instance of which it uses a user | it |
//! | the forwarding rules on an address that it names | it |
//! | reserved addresses of the subnet that it uses (Cloud Run takes addresses there in blocks) | it |

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Along, Graph};
use super::inputs::{Desired, Wanted};
use crate::model::{Address, Doc};

/// What runs programs.
const RUNS: &[&str] = &["services", "jobs", "workerPools"];
/// So many arrows of one sort into one resource are enough: a limit against stacks where everything meets everything.
const AT_MOST: usize = 64;

/// Arrows that are not in the file: each program and what should be there before it. None makes a cycle.
pub fn arrows(desired: &Desired, graph: &Graph) -> BTreeMap<Address, Vec<Address>> {
    let programs: Vec<&Wanted> =
        desired.entries.values().filter(|wanted| RUNS.contains(&&*wanted.address.section)).collect();
    if programs.is_empty() {
        return BTreeMap::new();
    }
    let index = Index::new(desired);
    let on_programs = graph.closure(programs.iter().map(|wanted| wanted.address.clone()), Along::Dependants);
    let mut arrows = BTreeMap::new();
    for program in programs {
        let known: BTreeSet<&Address> = program.edges.iter().map(|edge| &edge.to).collect();
        let mut before: Vec<Address> = Vec::new();
        for address in index.before(program) {
            if !known.contains(address) && !on_programs.contains(address) && !before.contains(address) {
                before.push(address.clone());
            }
        }
        if !before.is_empty() {
            arrows.insert(program.address.clone(), before);
        }
    }
    arrows
}

/// Who stands in what relation to whom.
#[derive(Default)]
struct Index<'a> {
    /// By member (`serviceAccount:EMAIL`): bindings.
    grants: BTreeMap<&'a str, Vec<&'a Address>>,
    /// By address: the entries of a section that stand on it.
    users_of: BTreeMap<(&'static str, &'a Address), Vec<&'a Address>>,
    entries: Option<&'a Desired>,
}

/// Sections whose entries are looked up by what they stand on.
const BY_DEPENDENCY: &[&str] = &["sqlUsers", "sqlDatabases", "sqlGrants", "forwardingRules", "addresses"];

impl<'a> Index<'a> {
    fn new(desired: &'a Desired) -> Self {
        let mut index = Self { entries: Some(desired), ..Self::default() };
        for wanted in desired.entries.values() {
            if &*wanted.address.section == "iamBindings" {
                let members = wanted.doc.get("members").and_then(Doc::as_list).unwrap_or_default();
                for member in members.iter().filter_map(Doc::as_str) {
                    index.grants.entry(member).or_default().push(&wanted.address);
                }
            }
            if let Some(section) = BY_DEPENDENCY.iter().find(|section| **section == &*wanted.address.section) {
                for edge in &wanted.edges {
                    index.users_of.entry((section, &edge.to)).or_default().push(&wanted.address);
                }
            }
        }
        index
    }

    fn on(&self, section: &'static str, address: &Address) -> Vec<&'a Address> {
        self.users_of.get(&(section, address)).into_iter().flatten().copied().take(AT_MOST).collect()
    }

    fn edges(&self, address: &Address, section: &str) -> Vec<&'a Address> {
        let wanted = self.entries.and_then(|desired| desired.entries.get(address));
        let edges = wanted.map(|wanted| wanted.edges.as_slice()).unwrap_or_default();
        edges.iter().map(|edge| &edge.to).filter(|to| &*to.section == section).collect()
    }

    /// What should be there before a program.
    fn before(&self, program: &'a Wanted) -> Vec<&'a Address> {
        let mut before = Vec::new();
        if let Some(email) = program.doc.get("serviceAccount").and_then(Doc::as_str) {
            let grants = self.grants.get(format!("serviceAccount:{email}").as_str());
            before.extend(grants.into_iter().flatten().copied().take(AT_MOST));
        }
        let mut users = self.edges(&program.address, "sqlUsers");
        for account in self.edges(&program.address, "serviceAccounts") {
            users.extend(self.on("sqlUsers", account));
        }
        for user in users {
            before.push(user);
            before.extend(self.on("sqlGrants", user));
            for instance in self.edges(user, "sqlInstances") {
                before.extend(self.on("sqlDatabases", instance));
            }
        }
        for address in self.edges(&program.address, "addresses") {
            before.extend(self.on("forwardingRules", address));
        }
        for subnet in self.edges(&program.address, "subnetworks") {
            before.extend(self.on("addresses", subnet));
        }
        before
    }
}
