//! Whole processes: start; plan and apply of many resources over HTTP against a served sandbox, beside Terraform's
//! apply and plan of as many `terraform_data` resources (where Terraform is on the path); the tutorial with Google's
//! durations played a hundred times faster, beside its longest chain.
//!
//! `cargo bench --bench whole`. Prints each figure beside its aim; asserts nothing about time.

mod clocked;
mod many;
mod process;
mod server;
#[path = "../common/stacks.rs"]
mod stacks;
mod start;
mod terraform;

fn main() {
    // `cargo test --benches` runs this as well: it measures only when asked to.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    say(&format!("CPUs: {}; load before: {}", cpus(), load()));
    start::measure();
    many::measure();
    clocked::measure();
    say(&format!("load after: {}", load()));
}

fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How busy the machine is with other things: figures of wall time mean little on a busy one.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("not known").to_owned()
}

#[expect(clippy::print_stdout, reason = "a benchmark's figures are its result")]
fn say(line: &str) {
    println!("{line}");
}

/// A figure beside its aim, and by how much it is missed.
fn beside(what: &str, figure: f64, aim: f64, unit: &str) {
    let verdict =
        if figure <= aim { "met".to_owned() } else { format!("missed by {:.0} %", (figure / aim - 1.0) * 100.0) };
    say(&format!("  {what}: {} {unit}, aim {} {unit}: {verdict}", round(figure), round(aim)));
}

fn round(figure: f64) -> String {
    if figure < 10.0 { format!("{figure:.3}") } else { format!("{figure:.1}") }
}
