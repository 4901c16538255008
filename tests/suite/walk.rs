//! The life of every kind through the program: create, an update of each field and back, the same change made by
//! somebody else, replace, destroy, with an empty plan after every step.
//!
//! `walk/SECTION.yaml` is a stack with one entry under test. Its first lines say which, and what is changed:
//! `#: TEXT => OTHER TEXT | FIELD | EFFECT`. Effects: `inPlace`; `grows` (in place, but not back); `replace`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;
use stackctl::kinds::registry;

use crate::context::Workspace;

macro_rules! walks {
    ($($section:literal)*) => {
        const WALKS: &[(&str, &str)] = &[$(($section, include_str!(concat!("walk/", $section, ".yaml")))),*];
    };
}

walks! {
    "networks" "subnetworks" "addresses" "forwardingRules" "serviceAccounts" "iamBindings" "sqlInstances" "sqlDatabases"
    "sqlUsers" "secrets" "repositories" "services" "workerPools" "jobs"
}

/// A change of one field.
struct Change<'a> {
    from: &'a str,
    to: &'a str,
    field: &'a str,
    effect: &'a str,
}

/// An entry and its changes.
struct Walk<'a> {
    address: &'a str,
    changes: Vec<Change<'a>>,
    stack: String,
    workspace: Workspace,
}

impl<'a> Walk<'a> {
    fn of(text: &'a str) -> Self {
        let mut heads = text.lines().filter_map(|line| line.strip_prefix("#: "));
        let address = heads.next().unwrap();
        let stack: String = text.lines().filter(|line| !line.starts_with("#: ")).map(|l| format!("{l}\n")).collect();
        let changes = heads.map(|head| change(head, &stack)).collect();
        Self { address, changes, workspace: Workspace::with(&stack), stack }
    }

    fn run(&self, args: &[&str], code: i32) -> String {
        self.workspace.run(&[args, &["--sandbox"]].concat()).expect(code).stdout
    }

    fn plans_nothing(&self) {
        self.run(&["plan", "--detailed-exitcode"], 0);
    }

    /// Applies, after which there is nothing left to do.
    fn applies(&self) {
        let consent = ["--allow-replace", self.address, "--allow-data-loss", self.address];
        self.run(&[&["apply", "--yes"], &consent[..]].concat(), 0);
        self.plans_nothing();
    }

    /// The plan does `action` because `field` moved where `origin` says.
    fn plans(&self, action: &str, field: &str, origin: &str) {
        let plan = self.run(&["plan", "--format", "json", "--detailed-exitcode"], 2);
        let plan: Json = serde_json::from_str(&plan).unwrap();
        let resources = plan["resources"].as_array().unwrap();
        let ours = resources.iter().find(|resource| resource["address"] == self.address).unwrap();
        let explains =
            |change: &Json| change["origin"] == origin && change["path"].as_str().unwrap().starts_with(field);
        let explained = ours["changes"].as_array().unwrap().iter().any(explains);
        assert!(ours["action"] == action && explained, "{action} for {field}, {origin}: {ours:#}");
    }

    fn changes(&self, change: &Change<'_>) {
        let records = self.workspace.path().join(".stackctl/inventories");
        let kept = self.workspace.path().join("kept");
        copy(&records, &kept);
        self.workspace.write("stack.yaml", self.stack.replace(change.from, change.to));
        self.plans(if change.effect == "replace" { "replace" } else { "update" }, change.field, "edit");
        self.applies();
        self.workspace.write("stack.yaml", &self.stack);
        if change.effect == "inPlace" {
            // With the records of before, the change is somebody else's.
            copy(&kept, &records);
            self.plans("update", change.field, "drift");
        }
        self.applies();
    }
}

fn change<'a>(head: &'a str, stack: &str) -> Change<'a> {
    let parts: Vec<&str> = head.split(" | ").collect();
    let [texts, field, effect] = parts[..] else { panic!("{head}: three parts") };
    let (from, to) = texts.split_once(" => ").unwrap();
    assert_eq!(stack.matches(from).count(), 1, "`{from}` stands once in the stack");
    assert!(["inPlace", "grows", "replace"].contains(&effect), "{head}");
    Change { from, to, field, effect }
}

/// Makes folder `to` what `from` is.
fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

fn live(text: &str) {
    let walk = Walk::of(text);
    walk.applies();
    for change in &walk.changes {
        walk.changes(change);
    }
    walk.run(&["destroy", "--yes"], 0);
    assert!(walk.run(&["inventory"], 0).starts_with("Nothing is ours"), "{}", walk.address);
}

#[test]
fn every_kind_is_walked() {
    let kinds: BTreeSet<&str> = registry::all().iter().map(|row| row.descriptor.section).collect();
    let walked: BTreeSet<&str> = WALKS.iter().map(|(section, _)| *section).collect();
    assert_eq!(kinds, walked);
    for (section, text) in WALKS {
        let walk = Walk::of(text);
        assert!(walk.address.starts_with(&format!("{section}.")), "{section}: {}", walk.address);
        println!("{section}: {} changes", walk.changes.len());
    }
}

#[test]
fn every_kind_lives_from_create_to_destroy_with_empty_plans_between() {
    let faults: Vec<&str> = std::thread::scope(|scope| {
        let running: Vec<_> = WALKS.iter().map(|(section, text)| (*section, scope.spawn(|| live(text)))).collect();
        running.into_iter().filter_map(|(section, life)| life.join().is_err().then_some(section)).collect()
    });
    assert!(faults.is_empty(), "{faults:?}; what was wrong stands above");
}
