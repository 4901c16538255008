//! `moved:` lines against the inventory: addresses are renamed, the cloud is not touched.

use std::collections::BTreeMap;

use super::inputs::Desired;
use crate::model::{Address, Diagnostic};
use crate::records::{Entry, Inventory};

/// The inventory's entries under the addresses that the stack gives them.
#[derive(Debug, Clone, Default)]
pub struct Renamed<'a> {
    pub entries: BTreeMap<Address, &'a Entry>,
    /// New address to the one in the inventory, where they differ.
    pub from: BTreeMap<Address, Address>,
    /// Old address to new.
    to: BTreeMap<&'a Address, Address>,
    pub findings: Vec<Diagnostic>,
}

impl Renamed<'_> {
    /// The new name of an address.
    pub fn name<'b>(&'b self, address: &'b Address) -> &'b Address {
        self.to.get(address).unwrap_or(address)
    }

    /// What an entry stood on when it was last applied, by the new names.
    pub fn depends_on<'b>(&'b self, entry: &'b Entry) -> impl Iterator<Item = &'b Address> {
        entry.depends_on.iter().map(|address| self.name(address))
    }
}

/// Renames the entries. Lines whose old address the inventory does not know say nothing (any more); a line that
/// cannot be followed is a finding, and its entry keeps its address.
pub fn rename<'a>(inventory: &'a Inventory, desired: &Desired) -> Renamed<'a> {
    let mut renamed = Renamed::default();
    for (address, entry) in &inventory.entries {
        match new_address(inventory, desired, address) {
            Ok(Some(to)) => {
                if desired.entries.get(&to).is_none() {
                    renamed.findings.push(moved_nowhere(address, &to));
                }
                renamed.from.insert(to.clone(), address.clone());
                renamed.to.insert(address, to.clone());
                renamed.entries.insert(to, entry);
            }
            Ok(None) => {
                renamed.entries.insert(address.clone(), entry);
            }
            Err(finding) => {
                renamed.findings.push(*finding);
                renamed.entries.insert(address.clone(), entry);
            }
        }
    }
    renamed
}

/// Where the lines lead from an address of the inventory.
fn new_address(inventory: &Inventory, desired: &Desired, from: &Address) -> Result<Option<Address>, Box<Diagnostic>> {
    let mut to = from;
    for _ in 0..=desired.moved.len() {
        let Some((_, next)) = desired.moved.iter().find(|(old, _)| old == to) else { break };
        to = next;
        if to == from {
            return Err(Box::new(
                Diagnostic::error("moved-in-a-circle", format!("the `moved` lines lead from `{from}` back to itself"))
                    .of(from)
                    .hint("keep the line whose `to` is the present address, and remove the others"),
            ));
        }
    }
    if to == from {
        return Ok(None);
    }
    let refuse =
        |code: &str, message: String, hint: String| Err(Box::new(Diagnostic::error(code, message).of(to).hint(hint)));
    if from.section != to.section {
        return refuse(
            "moved-across-sections",
            format!("`{from}` cannot become `{to}`: they are of different sections"),
            "a resource keeps its kind: remove the `moved` line".to_owned(),
        );
    }
    if inventory.entries.contains_key(to) {
        return refuse(
            "moved-onto-another",
            format!("`{from}` cannot become `{to}`: the inventory has both"),
            format!("give the entry another key, or forget one of them: `stackctl inventory forget {to}`"),
        );
    }
    if desired.entries.contains_key(from) {
        return refuse(
            "moved-and-still-there",
            format!("`{from}` is said to have become `{to}`, and is still in the file"),
            "remove the entry, or the `moved` line".to_owned(),
        );
    }
    Ok(Some(to.clone()))
}

fn moved_nowhere(from: &Address, to: &Address) -> Diagnostic {
    Diagnostic::warning("moved-nowhere", format!("`{from}` is said to have become `{to}`, which is not in the file"))
        .of(to)
        .hint(format!("it is going to be deleted; write the entry `{to}` to keep it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Place, ProjectFacts};
    use crate::plan::Wanted;
    use crate::records::{CloudKey, HashKey, Ownership};

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn inventory(addresses: &[&str]) -> Inventory {
        let mut inventory = Inventory::new("s", CloudKey::Google, ProjectFacts::default(), &HashKey::new([0; 32]));
        for text in addresses {
            let entry = Entry {
                place: Place::default(),
                full_name: format!("//{text}"),
                unique_id: None,
                ownership: Ownership::Created,
                fields: BTreeMap::new(),
                depends_on: vec![address("networks.a")],
                members_before: Vec::new(),
                protect: false,
                on_delete: None,
            };
            inventory.entries.insert(address(text), entry);
        }
        inventory
    }

    fn desired(entries: &[&str], moved: &[(&str, &str)]) -> Desired {
        let wanted = |text: &&str| {
            let address = address(text);
            let wanted = Wanted {
                address: address.clone(),
                place: Place::default(),
                full_name: String::new(),
                doc: Default::default(),
                lifecycle: Default::default(),
                edges: Vec::new(),
            };
            (address, wanted)
        };
        Desired {
            entries: entries.iter().map(wanted).collect(),
            moved: moved.iter().map(|(from, to)| (address(from), address(to))).collect(),
            ..Desired::default()
        }
    }

    fn names(renamed: &Renamed<'_>) -> Vec<String> {
        renamed.entries.iter().map(|(address, entry)| format!("{address} {}", entry.full_name)).collect()
    }

    #[test]
    fn a_chain_leads_to_its_end_and_dependencies_follow() {
        let inventory = inventory(&["networks.a", "subnetworks.s"]);
        let desired =
            desired(&["networks.c", "subnetworks.s"], &[("networks.a", "networks.b"), ("networks.b", "networks.c")]);
        let renamed = rename(&inventory, &desired);
        assert_eq!(names(&renamed), ["networks.c //networks.a", "subnetworks.s //subnetworks.s"]);
        assert_eq!(renamed.from, BTreeMap::from([(address("networks.c"), address("networks.a"))]));
        let subnet = renamed.entries[&address("subnetworks.s")];
        assert_eq!(renamed.depends_on(subnet).collect::<Vec<_>>(), [&address("networks.c")]);
        assert!(renamed.findings.is_empty());
    }

    #[test]
    fn a_line_that_was_followed_long_ago_says_nothing() {
        let inventory = inventory(&["networks.b"]);
        let renamed = rename(&inventory, &desired(&["networks.b"], &[("networks.a", "networks.b")]));
        assert_eq!(names(&renamed), ["networks.b //networks.b"]);
        assert!(renamed.from.is_empty() && renamed.findings.is_empty());
    }

    #[test]
    fn lines_that_cannot_be_followed_are_named() {
        let codes = |entries: &[&str], known: &[&str], moved: &[(&str, &str)]| {
            let inventory = inventory(known);
            let renamed = rename(&inventory, &desired(entries, moved));
            renamed.findings.iter().map(|finding| finding.code.clone()).collect::<Vec<_>>().join(" ")
        };
        let (a, b) = ("networks.a", "networks.b");
        assert_eq!(codes(&[b], &[a, b], &[(a, b)]), "moved-onto-another");
        assert_eq!(codes(&[a, b], &[a], &[(a, b)]), "moved-and-still-there");
        assert_eq!(codes(&["subnetworks.b"], &[a], &[(a, "subnetworks.b")]), "moved-across-sections");
        assert_eq!(codes(&[], &[a], &[(a, b)]), "moved-nowhere");
        assert_eq!(codes(&[b], &[a], &[(a, b), (b, a)]), "moved-in-a-circle");
    }
}
