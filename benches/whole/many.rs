//! Plan and apply of 1,000 and 10,000 mixed resources, over HTTP.

use std::path::Path;

use super::process::{Figure, STACKCTL, command, median, timed_well};
use super::server::Server;
use super::terraform::{self, Terraform};
use super::{beside, say, stacks};

/// Counted plans of each size.
const RUNS: usize = 5;
/// At most so many requests for a plan of 1,000.
const REQUESTS: usize = 60;

/// What Terraform 1.11 took on two cores for 1,000: seconds of a plan, MB, seconds of an apply. Stands in where it is
/// not on the machine.
const NOTED: (f64, f64, f64) = (2.4, 175.0, 49.5);

struct Measured {
    apply: Figure,
    plan: Vec<Figure>,
    requests: usize,
    sandbox_cpu: f64,
}

pub fn measure() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let small = ours(&folder.path().join("small"), 1_000);
    let theirs = terraform::measure(folder.path(), 1_000, RUNS);
    report_small(&small, theirs.as_ref());
    let large = ours(&folder.path().join("large"), 10_000);
    report_large(&small, &large);
}

fn ours(folder: &Path, count: usize) -> Measured {
    std::fs::create_dir_all(folder).expect("the folder is writable");
    std::fs::write(folder.join("stack.yaml"), stacks::mixed(count)).expect("the folder is writable");
    let server = Server::start(folder, "instant");
    let url = server.url();
    let run = |args: &[&str]| {
        let cloud = ["--endpoint", &url, "--clock", "1000"];
        timed_well(&mut command(folder, STACKCTL, &[args, &cloud].concat()))
    };
    let apply = run(&["apply", "--yes", "--quiet", "--parallelism", "64"]);
    let sandbox_cpu = server.cpu();
    let before = server.requests();
    // The first is not counted but for its requests; it fails where anything is left to do.
    run(&["plan", "--detailed-exitcode"]);
    let requests = server.requests() - before;
    let plan = (0..RUNS).map(|_| run(&["plan"])).collect();
    Measured { apply, plan, requests, sandbox_cpu }
}

fn wall(figures: &[Figure]) -> f64 {
    median(figures.iter().map(|figure| figure.wall).collect())
}

fn cpu(figures: &[Figure]) -> f64 {
    median(figures.iter().map(|figure| figure.cpu).collect())
}

fn peak(figures: &[Figure]) -> f64 {
    figures.iter().map(|figure| figure.peak_mb).fold(0.0, f64::max)
}

fn report_small(ours: &Measured, theirs: Option<&Terraform>) {
    say("1,000 mixed resources (service accounts, secrets, subnetworks, SQL users), over HTTP:");
    let (plan, memory, apply) = match theirs {
        Some(theirs) => {
            let (plan, memory, apply) = (wall(&theirs.plan), peak(&theirs.plan), theirs.apply.wall);
            say(&format!("  yardstick, Terraform in this run: plan {plan:.2} s, {memory:.0} MB; apply {apply:.1} s"));
            (plan, memory, apply)
        }
        None => {
            let (plan, memory, apply) = NOTED;
            say(&format!(
                "  Terraform is not on this machine: skipped; noted earlier: plan {plan} s, {memory} MB; apply {apply} s"
            ));
            NOTED
        }
    };
    let cpu = cpu(&ours.plan);
    beside(&format!("plan of what is unchanged, median ({cpu:.2} s of CPU)"), wall(&ours.plan), plan / 4.0, "s");
    beside("its memory", peak(&ours.plan), memory / 4.0, "MB");
    beside("its requests", ours.requests as f64, REQUESTS as f64, "");
    let (cpu, sandbox) = (ours.apply.cpu, ours.sandbox_cpu);
    let what = format!("apply ({cpu:.2} s of CPU, the sandbox {sandbox:.2} s)");
    beside(&what, ours.apply.wall, apply / 10.0, "s");
}

/// Linear: ten times as much for ten times as many, what a process needs anyway aside.
fn report_large(small: &Measured, large: &Measured) {
    say("10,000 of them, in ten networks and ten SQL instances; aim: ten times what 1,000 take:");
    beside("plan, seconds of CPU", cpu(&large.plan), 10.0 * cpu(&small.plan), "s");
    beside("plan, median", wall(&large.plan), 10.0 * wall(&small.plan), "s");
    beside("its memory", peak(&large.plan), 10.0 * peak(&small.plan), "MB");
    say(&format!("  its requests: {}", large.requests));
    beside("apply, seconds of CPU", large.apply.cpu, 10.0 * small.apply.cpu, "s");
    beside("the sandbox meanwhile, seconds of CPU", large.sandbox_cpu, 10.0 * small.sandbox_cpu, "s");
    beside("apply", large.apply.wall, 10.0 * small.apply.wall, "s");
}
