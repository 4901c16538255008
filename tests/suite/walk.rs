//! The life of every kind through the program: create, a change of each field, the same change made by hand, the field
//! dropped, replace, removal, destroy, with an empty plan after every step and a look at the live resource by somebody
//! who does not know the program.
//!
//! The tables beside say which fields (see [`table`]); a field that is in none fails.

mod fields;
mod hand;
mod life;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use stackctl::kinds::registry;

use self::fields::Fields;
use self::table::{Leaf, Row, Table, rows};

macro_rules! walks {
    ($($section:literal $test:ident)*) => {
        const WALKS: &[&str] = &[$($section),*];

        mod lives {
            $(#[test]
            fn $test() {
                super::life::live($section);
            })*
        }
    };
}

walks! {
    "networks" networks
    "subnetworks" subnetworks
    "addresses" addresses
    "forwardingRules" forwarding_rules
    "serviceAccounts" service_accounts
    "iamBindings" iam_bindings
    "sqlInstances" sql_instances
    "sqlDatabases" sql_databases
    "sqlUsers" sql_users
    "secrets" secrets
    "repositories" repositories
    "services" services
    "workerPools" worker_pools
    "jobs" jobs
}

/// What every entry has and no walk changes, with the reason.
const COMMON: &[(&str, &str)] = &[
    ("name", "another name is another resource"),
    ("project", "another project is another resource"),
    ("region", "another region is another resource"),
    ("location", "another location is another resource"),
    ("dependsOn[]", "says when, not what"),
    ("forEach[]", "makes entries"),
    ("lifecycle.adopt", "says how, not what"),
    ("lifecycle.ignore[]", "says how, not what"),
    ("lifecycle.onDelete", "says how, not what"),
    ("lifecycle.protect", "says how, not what"),
    ("lifecycle.strict[]", "says how, not what"),
];

/// How a kind's fields are accounted for.
#[derive(Default)]
struct Account {
    updated: BTreeSet<String>,
    replaced: BTreeSet<String>,
    refused: BTreeSet<String>,
    out: BTreeSet<String>,
    faults: Vec<String>,
}

impl Account {
    fn of(section: &str, table: &Table, fields: &Fields) -> Self {
        let mut account = Self::default();
        for scene in &table.scenes {
            let mut note = |rows: Vec<Row>| {
                let mut found = BTreeSet::new();
                let leaves = scene.leaves(&rows);
                for leaf in leaves.iter().filter(|leaf| has_two_values(leaf) || is_element(leaf, &rows)) {
                    match fields.pattern(section, &leaf.path) {
                        Some(pattern) => _ = found.insert(pattern),
                        None => account.faults.push(format!("{section}: the schema has no `{}`", leaf.path)),
                    }
                }
                found
            };
            let in_place = note([rows(&scene.updates), rows(&scene.grows)].concat());
            let replaced = note(rows(&scene.replaces));
            let refused = note(rows(&scene.refuses));
            account.updated.extend(in_place);
            account.replaced.extend(replaced);
            account.refused.extend(refused);
        }
        let common = COMMON.iter().map(|(field, reason)| ((*field).to_owned(), (*reason).to_owned()));
        let all = fields.of(section);
        let reasons: BTreeMap<String, String> =
            common.filter(|(field, _)| all.contains(field)).chain(table.out.clone()).collect();
        account.out.extend(reasons.keys().cloned());
        account.weigh(section, &all, &reasons);
        account
    }

    fn weigh(&mut self, section: &str, all: &BTreeSet<String>, reasons: &BTreeMap<String, String>) {
        for (field, reason) in reasons {
            if !all.contains(field) {
                self.faults.push(format!("{section}: `{field}` is left out and not in the schema"));
            }
            if reason.len() < 5 {
                self.faults.push(format!("{section}: `{field}` is left out without a reason"));
            }
            if self.updated.contains(field) || self.replaced.contains(field) {
                self.faults.push(format!("{section}: `{field}` is left out and walked"));
            }
        }
        for field in all {
            if ![&self.updated, &self.replaced, &self.refused, &self.out].iter().any(|set| set.contains(field)) {
                self.faults.push(format!("{section}: `{field}` is in no table"));
            }
        }
    }
}

/// An element of a list that both sides have, and that one has more of.
fn is_element(leaf: &Leaf, rows: &[Row]) -> bool {
    let is_list = |value: &serde_json::Value| value.as_array().is_some_and(|list| !list.is_empty());
    rows.iter().any(|row| leaf.path.starts_with(&row.at()) && is_list(&row.a) && is_list(&row.b))
}

/// Changed from one value to another; what holds nothing is there or not.
fn has_two_values(leaf: &Leaf) -> bool {
    let is_empty = |value: &Option<serde_json::Value>| {
        value.as_ref().is_some_and(|value| value.as_object().is_some_and(serde_json::Map::is_empty))
    };
    (leaf.a.is_some() && leaf.b.is_some()) || is_empty(&leaf.a) || is_empty(&leaf.b)
}

#[test]
fn every_field_of_every_kind_is_walked_or_left_out_with_a_reason() {
    let kinds: BTreeSet<&str> = registry::all().iter().map(|row| row.descriptor.section).collect();
    assert_eq!(kinds, WALKS.iter().copied().collect::<BTreeSet<&str>>());
    let fields = Fields::load();
    let mut faults = Vec::new();
    for section in WALKS {
        let account = Account::of(section, &Table::of(section, &fields), &fields);
        println!(
            "{section}: {} updated, {} replaced, {} refused, {} left out",
            account.updated.len(),
            account.replaced.len(),
            account.refused.len(),
            account.out.len()
        );
        faults.extend(account.faults);
    }
    crate::registry::none(faults);
}
