//! Whole processes: apply and plan of many unchanged resources over HTTP against a served sandbox, beside Terraform's
//! apply and plan of as many `terraform_data` resources in the same run (where Terraform is on the path).
//!
//! `cargo bench --bench whole`. Prints medians and ratios; asserts nothing about time.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Counted runs of each command.
const RUNS: usize = 5;
const STACKCTL: &str = env!("CARGO_BIN_EXE_stackctl");

/// A finished process: how long it took, and the most memory it held.
struct Figure {
    wall: Duration,
    peak_mb: u64,
}

fn main() {
    // `cargo test --benches` runs this as well: it measures only when asked to.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let many = [1_000, 10_000];
    for (position, count) in many.into_iter().enumerate() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let ours = stackctl(folder.path(), count);
        let theirs = (position == 0).then(|| terraform(folder.path(), count)).flatten();
        report(count, &ours, theirs.as_ref());
    }
    startup();
}

/// Apply once; plan several times, with the number of requests of one plan.
struct Measured {
    apply: Figure,
    plan: Vec<Figure>,
    requests: Option<usize>,
}

fn stackctl(folder: &Path, count: usize) -> Measured {
    std::fs::write(folder.join("stack.yaml"), stack(count)).expect("the folder is writable");
    let (port, record) = (folder.join("port"), folder.join("record"));
    let mut server = Command::new(STACKCTL)
        .args(["sandbox", "serve", "--clock", "instant", "--listen", "127.0.0.1:0", "--quiet"])
        .args([Path::new("--port-file"), &port, Path::new("--record"), &record])
        .spawn()
        .expect("the program starts");
    let began = Instant::now();
    while !port.exists() && began.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let url = format!("http://127.0.0.1:{}", std::fs::read_to_string(&port).expect("the sandbox listens").trim());
    let cloud = ["--endpoint", &url, "--clock", "1000"];
    let apply = timed(folder, STACKCTL, &[&["apply", "--yes", "--quiet", "--parallelism", "64"][..], &cloud].concat());
    let lines = || std::fs::read_to_string(&record).map_or(0, |text| text.lines().count());
    let before = lines();
    let mut plan = vec![timed(folder, STACKCTL, &[&["plan"][..], &cloud].concat())];
    let requests = lines() - before;
    plan.clear();
    for _ in 0..RUNS {
        plan.push(timed(folder, STACKCTL, &[&["plan"][..], &cloud].concat()));
    }
    let _ = server.kill();
    let _ = server.wait();
    Measured { apply, plan, requests: Some(requests) }
}

/// A mixture of service accounts, secrets, subnets and SQL users; `count` resources in all.
fn stack(count: usize) -> String {
    let quarter = (count - 2) / 4;
    let mut out = String::from(
        "stack: bench\nproject: sandbox-project\nregion: us-central1\nnetworks:\n  net: {autoCreateSubnetworks: false}\n\
         sqlInstances:\n  db: {databaseVersion: POSTGRES_16, edition: ENTERPRISE, tier: db-f1-micro, \
         ipConfiguration: {sslMode: ENCRYPTED_ONLY}, databaseFlags: {cloudsql.iam_authentication: \"on\"}}\n",
    );
    out.push_str("serviceAccounts:\n");
    for number in 0..quarter {
        let _ = writeln!(out, "  bench-{number:05}: {{displayName: Account {number}}}");
    }
    out.push_str("secrets:\n");
    for number in 0..count - 2 - 3 * quarter {
        let _ = writeln!(out, "  secret-{number:05}: {{generate: {{length: 16}}}}");
    }
    out.push_str("subnetworks:\n");
    for number in 0..quarter {
        let (high, low) = (number / 256, number % 256);
        let _ = writeln!(out, "  subnet-{number:05}: {{network: net, ipCidrRange: 10.{high}.{low}.0/24}}");
    }
    out.push_str("sqlUsers:\n");
    for number in 0..quarter {
        let _ = writeln!(out, "  user-{number:05}: {{instance: db, serviceAccount: bench-{number:05}}}");
    }
    out
}

fn terraform(folder: &Path, count: usize) -> Option<Measured> {
    let folder = folder.join("terraform");
    std::fs::create_dir_all(&folder).ok()?;
    let mut text = String::new();
    for number in 0..count {
        let _ = writeln!(text, "resource \"terraform_data\" \"r{number}\" {{\n  input = \"value {number}\"\n}}");
    }
    std::fs::write(folder.join("main.tf"), text).ok()?;
    Command::new("terraform").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    timed(&folder, "terraform", &["init", "-input=false"]);
    let apply = timed(&folder, "terraform", &["apply", "-auto-approve", "-input=false"]);
    let plan = (0..RUNS).map(|_| timed(&folder, "terraform", &["plan", "-input=false"])).collect();
    Some(Measured { apply, plan, requests: None })
}

/// Runs a command to its end; its memory is sampled while it runs.
fn timed(folder: &Path, program: &str, args: &[&str]) -> Figure {
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(args)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak_mb = 0;
    loop {
        if let Ok(text) = std::fs::read_to_string(&status)
            && let Some(line) = text.lines().find(|line| line.starts_with("VmHWM:"))
        {
            let kb: u64 = line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0);
            peak_mb = peak_mb.max(kb / 1024);
        }
        if let Ok(Some(status)) = child.try_wait() {
            assert!(status.success(), "`{program} {}` failed: {status}", args.join(" "));
            return Figure { wall: began.elapsed(), peak_mb };
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn median(figures: &[Figure]) -> (f64, u64) {
    let mut walls: Vec<f64> = figures.iter().map(|figure| figure.wall.as_secs_f64()).collect();
    walls.sort_by(f64::total_cmp);
    (walls[walls.len() / 2], figures.iter().map(|figure| figure.peak_mb).max().unwrap_or(0))
}

#[expect(clippy::print_stdout, reason = "a benchmark's figures are its result")]
fn report(count: usize, ours: &Measured, theirs: Option<&Measured>) {
    let (wall, peak) = median(&ours.plan);
    let apply = ours.apply.wall.as_secs_f64();
    let requests = ours.requests.unwrap_or(0);
    println!("{count} resources: plan {wall:.2} s, {peak} MB, {requests} requests; apply {apply:.1} s");
    if let Some(theirs) = theirs {
        let (their_wall, their_peak) = median(&theirs.plan);
        let their_apply = theirs.apply.wall.as_secs_f64();
        println!("  terraform: plan {their_wall:.2} s, {their_peak} MB; apply {their_apply:.1} s");
        println!(
            "  ratios: plan {:.2}, memory {:.2}, apply {:.2}",
            wall / their_wall,
            peak as f64 / their_peak.max(1) as f64,
            apply / their_apply
        );
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark's figures are its result")]
fn startup() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let runs: Vec<Figure> = (0..20).map(|_| timed(folder.path(), STACKCTL, &["--version"])).collect();
    println!("startup (`--version`): {:.1} ms", median(&runs).0 * 1000.0);
}
