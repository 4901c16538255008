//! A process that dies at any point: the next one ends where an undisturbed one would have, nothing is there twice,
//! and nothing of ours is outside the inventory.

use stackctl::plan::Purpose;
use stackctl::records::Ownership;

use crate::compare::{comparable, differences};
use crate::doors::Kill;
use crate::world::{Process, STACK, World, actions};

/// A way to a state, and what is done then at each kill point.
struct Case {
    /// Applied beforehand, undisturbed.
    before: Option<&'static str>,
    yaml: String,
    purpose: Purpose,
}

impl Case {
    fn process(&self, kill: Kill) -> Process {
        Process { purpose: self.purpose, kill, ..Process::default() }
    }

    async fn world(&self) -> World {
        let world = World::new();
        if let Some(before) = self.before {
            let outcome = world.apply(before).await;
            assert!(outcome.report().is_complete(), "{:#?}", outcome.report().outcomes);
        }
        world
    }

    /// Enumerates every kill point, and holds the end against the undisturbed one.
    async fn enumerate(&self) {
        let world = self.world().await;
        let outcome = world.run(&self.yaml, self.process(Kill::Never)).await;
        let wanted = comparable(world.state().await);
        let inventory = world.inventory().await;
        println!("{} effects", outcome.effects);
        let mut faults = Vec::new();
        for number in 0..outcome.effects {
            for kill in [Kill::Before(number), Kill::After(number)] {
                let world = self.world().await;
                let died = world.run(&self.yaml, self.process(kill)).await;
                // How many syncs concurrent steps share differs a little from run to run: the last points may lie
                // behind the end of a run.
                if died.report.is_some() {
                    assert!(number + SLACK >= outcome.effects, "{kill:?} kills");
                    continue;
                }
                let resumed = world.run(&self.yaml, self.process(Kill::Never)).await;
                let report = resumed.report();
                let mut found = differences(&wanted, &comparable(world.state().await));
                if report.failed() > 0 || report.interrupted || report.store.is_some() {
                    found.push(format!("the next run fails: {:#?}", report.outcomes));
                }
                let ours = world.inventory().await;
                if ours.entries.keys().ne(inventory.entries.keys()) {
                    found.push(format!("ours are {:?}", ours.entries.keys().collect::<Vec<_>>()));
                }
                let made = ours.entries.iter().filter(|(_, entry)| entry.ownership != Ownership::Created);
                found.extend(made.map(|(address, _)| format!("{address} counts as adopted")));
                let left = world.plan(&self.yaml).await;
                if self.purpose == Purpose::Apply && !actions(&left).is_empty() {
                    found.push(format!("still to do: {:?}", actions(&left)));
                }
                faults.extend(found.into_iter().map(|line| format!("{kill:?}: {line}")));
            }
        }
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    }
}

/// So many of the last kill points may lie behind the end of a run.
const SLACK: usize = 4;

#[tokio::test(start_paused = true)]
async fn a_first_apply_survives_every_kill_point() {
    Case { before: None, yaml: STACK.to_owned(), purpose: Purpose::Apply }.enumerate().await;
}

/// The tutorial after a day's work: updates in place, a replacement with its cascade, entries that left and came.
fn changed() -> String {
    let changes = [
        ("displayName: Prefect database service account", "displayName: Another name"),
        ("privateIpGoogleAccess: true", "privateIpGoogleAccess: false"),
        ("tier: db-f1-micro", "tier: db-g1-small"),
        ("DB_NAME: prefect\n", "DB_NAME: other\n"),
        ("manualInstanceCount: 1", "manualInstanceCount: 2"),
        ("{format: DOCKER}", "{format: DOCKER, description: images, labels: {team: data}}"),
        ("address: 10.0.0.5", "address: 10.0.0.6"),
        ("  cloudsql-login: {role: roles/cloudsql.instanceUser, members: [serviceAccount:prefect-sa]}\n", ""),
        ("    invokers: [allUsers]\n", "    iam: [{role: roles/run.viewer, members: [\"user:ann@example.com\"]}]\n"),
    ];
    let mut yaml = STACK.to_owned();
    for (from, to) in changes {
        assert!(yaml.contains(from), "{from}");
        yaml = yaml.replace(from, to);
    }
    yaml + "\n"
}

#[tokio::test(start_paused = true)]
async fn updates_replacements_and_prunes_survive_every_kill_point() {
    Case { before: Some(STACK), yaml: changed(), purpose: Purpose::Apply }.enumerate().await;
}

#[tokio::test(start_paused = true)]
async fn a_destroy_survives_every_kill_point() {
    Case { before: Some(STACK), yaml: STACK.to_owned(), purpose: Purpose::Destroy }.enumerate().await;
}
