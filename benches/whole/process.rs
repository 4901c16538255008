//! Runs a command to its end and says what it took.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub const STACKCTL: &str = env!("CARGO_BIN_EXE_stackctl");
/// A command that runs longer is ended: the whole takes minutes, not hours.
const LONGEST: Duration = Duration::from_secs(240);
/// Ticks of `/proc/PID/stat` in a second; Linux has had this number for user space since ever.
const TICKS: f64 = 100.0;

/// A finished process.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// Seconds from start to end.
    pub wall: f64,
    /// Seconds on a CPU, user and system, as far as they were seen.
    pub cpu: f64,
    /// The most memory that it held, in MB.
    pub peak_mb: f64,
    pub status: ExitStatus,
}

/// A command in a folder, without its output.
pub fn command(folder: &Path, program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs to the end; CPU time and memory are sampled while it runs.
pub fn timed(command: &mut Command) -> Figure {
    let began = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let (mut cpu, mut peak_mb) = (0.0, 0.0);
    loop {
        if let Some(used) = cpu_of(&child) {
            cpu = used;
        }
        peak_mb = f64::max(peak_mb, peak_of(&child));
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Figure { wall: began.elapsed().as_secs_f64(), cpu, peak_mb, status };
        }
        if began.elapsed() > LONGEST {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The same, for what must end well.
pub fn timed_well(command: &mut Command) -> Figure {
    let figure = timed(command);
    assert!(figure.status.success(), "`{command:?}` failed: {}", figure.status);
    figure
}

/// Seconds on a CPU so far.
pub fn cpu_of(child: &Child) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    let behind_name = text.rsplit_once(')')?.1;
    let ticks = |position: usize| behind_name.split_whitespace().nth(position)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS)
}

fn peak_of(child: &Child) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1024.0
}

/// The middle one.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}
