//! From start to first output.

use std::time::Instant;

use super::process::{STACKCTL, command, median};
use super::{beside, say};

const RUNS: usize = 30;
const AIM_MS: f64 = 20.0;

pub fn measure() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("stack.yaml"), include_str!("../../stack.yaml")).expect("the folder is writable");
    say("Start, whole processes:");
    for args in [&["--version"][..], &["validate"], &["explain", "services"]] {
        let runs = (0..RUNS).map(|_| {
            let began = Instant::now();
            let mut run = command(folder.path(), STACKCTL, args);
            run.env("PROJECT_ID", "sandbox-project").status().expect("the program starts");
            began.elapsed().as_secs_f64() * 1000.0
        });
        let runs: Vec<f64> = runs.collect();
        let best = runs.iter().copied().fold(f64::INFINITY, f64::min);
        beside(&format!("`stackctl {}`, median (best {best:.1} ms)", args.join(" ")), median(runs), AIM_MS, "ms");
    }
}
