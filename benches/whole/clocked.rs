//! The tutorial's apply and destroy with Google's durations played a hundred times faster on both sides: how much
//! longer they take than their longest chain of durations.
//!
//! The chain is that of the sandbox's own notes: how long each operation lasted, along the dependencies that the stack
//! file has; an apply begins when the APIs are enabled. Nothing of it is the client's estimate.

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::time::Instant;

use serde_json::Value as Json;
use stackctl::model::Address;
use stackctl::stack::{self, File, Inputs, Mode, Stack};

use super::process::{STACKCTL, command, median, timed};
use super::server::Server;
use super::{beside, say};

const FACTOR: f64 = 100.0;
const AIM: f64 = 1.05;
/// Exit code: only what Google holds is left.
const HELD: i32 = 5;
const TUTORIAL: &str = include_str!("../../stack.yaml");

/// Which way the chain runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// Milliseconds that operations lasted, by the key of what they changed; the empty key: nothing of the stack's.
type Lasted = BTreeMap<String, f64>;

pub fn measure() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("stack.yaml"), TUTORIAL).expect("the folder is writable");
    say("The tutorial, durations a hundred times faster on both sides:");
    say(&format!("  yardstick: a synced write on this disk takes {:.2} ms; each step has four", synced_write_ms()));
    let server = Server::start(folder.path(), "100");
    let url = server.url();
    let run = |args: &[&str]| {
        let cloud = ["--yes", "--quiet", "--endpoint", &url, "--clock", "100"];
        timed(command(folder.path(), STACKCTL, &[args, &cloud].concat()).env("PROJECT_ID", "sandbox-project"))
    };
    let stack = tutorial();
    let apply = run(&["apply"]);
    assert!(apply.status.success(), "the tutorial applies: {}", apply.status);
    let made = server.state();
    report("apply", &stack, &lasted(&made, &BTreeMap::new()), Way::Up, apply.wall);
    let data = ["sqlInstances.prefect-db", "repositories.prefect-repo"];
    let destroy = run(&["destroy", "--allow-data-loss", data[0], "--allow-data-loss", data[1]]);
    assert_eq!(destroy.status.code(), Some(HELD), "all goes but what Google holds");
    let known = made.into_iter().collect();
    report("destroy", &stack, &lasted(&server.state(), &known), Way::Down, destroy.wall);
}

fn tutorial() -> Stack {
    let file = File { name: "stack.yaml".to_owned(), bytes: TUTORIAL.as_bytes().to_vec() };
    let draft = stack::parse(&[file], &[]).expect("the tutorial is YAML");
    let built = stack::build(&draft, &Inputs { mode: Mode::Sandbox, ..Inputs::default() });
    built.stack.unwrap_or_else(|| panic!("{:?}", built.findings.first()))
}

/// How long the operations that are not `known` lasted. Those of one resource come one after the other.
fn lasted<'s>(state: impl IntoIterator<Item = (&'s String, &'s Json)>, known: &BTreeMap<String, Json>) -> Lasted {
    let mut lasted = Lasted::new();
    for (key, operation) in state {
        let (Some(begun), Some(ended)) = (operation["begun"].as_f64(), operation["ended"].as_f64()) else { continue };
        if !key.starts_with("op/") || known.contains_key(key) {
            continue;
        }
        let target = operation["targets"][0].as_str().unwrap_or_default();
        *lasted.entry(target.to_owned()).or_default() += ended - begun;
    }
    lasted
}

fn report(what: &str, stack: &Stack, lasted: &Lasted, way: Way, wall: f64) {
    let (mut chain_ms, links) = longest(stack, lasted, way);
    let mut names: Vec<String> = links.iter().map(|(address, ms)| format!("{address} {:.1} s", ms / 1000.0)).collect();
    let first = lasted.get("").copied().unwrap_or(0.0);
    if way == Way::Up && first > 0.0 {
        chain_ms += first;
        names.insert(0, format!("APIs {:.1} s", first / 1000.0));
    }
    let chain = chain_ms / 1000.0 / FACTOR;
    say(&format!("  {what}, the chain: {}", names.join(" → ")));
    say(&format!("  {what}: chain {:.1} s, played {chain:.3} s, wall {wall:.3} s", chain_ms / 1000.0));
    beside(&format!("{what}, wall in chains"), wall / chain, AIM, "");
}

/// The longest chain and the resources in it that took time, in the order of their turns.
fn longest<'s>(stack: &'s Stack, lasted: &Lasted, way: Way) -> (f64, Vec<(&'s Address, f64)>) {
    let own: HashMap<&Address, f64> = stack
        .entries
        .iter()
        .map(|entry| (&entry.address, lasted.get(&key_of(&entry.full_name)).copied().unwrap_or(0.0)))
        .collect();
    let mut before: HashMap<&Address, Vec<&Address>> = HashMap::new();
    for entry in &stack.entries {
        for need in &entry.needs {
            let (later, earlier) = match way {
                Way::Up => (&entry.address, &need.address),
                Way::Down => (&need.address, &entry.address),
            };
            before.entry(later).or_default().push(earlier);
        }
    }
    let mut known = HashMap::new();
    let chains = stack.entries.iter().map(|entry| chain(&entry.address, &own, &before, &mut known));
    let longest = chains.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
    (longest.0, longest.1.into_iter().filter(|(_, ms)| *ms > 0.0).collect())
}

type Chain<'s> = (f64, Vec<(&'s Address, f64)>);

/// The longest chain that ends with a resource. A checked stack has no cycles.
fn chain<'s>(
    address: &'s Address,
    own: &HashMap<&'s Address, f64>,
    before: &HashMap<&'s Address, Vec<&'s Address>>,
    known: &mut HashMap<&'s Address, Chain<'s>>,
) -> Chain<'s> {
    if let Some(chain) = known.get(address) {
        return chain.clone();
    }
    let earlier = before.get(address).into_iter().flatten().map(|next| chain(next, own, before, known));
    let (ms, mut links) = earlier.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
    let took = own.get(address).copied().unwrap_or(0.0);
    links.push((address, took));
    known.insert(address, (ms + took, links.clone()));
    (ms + took, links)
}

/// `//compute.googleapis.com/projects/P/…` as the sandbox's store has it: `compute/projects/P/…`.
fn key_of(full_name: &str) -> String {
    let name = full_name.trim_start_matches('/');
    let (host, path) = name.split_once('/').unwrap_or((name, ""));
    format!("{}/{path}", host.split('.').next().unwrap_or(host))
}

/// What it costs to be sure that a line is on the disk.
fn synced_write_ms() -> f64 {
    let mut file = tempfile::tempfile().expect("a temporary file can be made");
    let runs = (0..50).map(|_| {
        let began = Instant::now();
        file.write_all(&[b'x'; 300]).and_then(|()| file.sync_data()).expect("a temporary file is writable");
        began.elapsed().as_secs_f64() * 1000.0
    });
    median(runs.collect())
}
