//! Measures the time that a thread spends on a CPU: on a machine that is shared with others, what they do counts as
//! little as can be. Where the system does not tell (only Linux does), wall time.

use std::time::{Duration, Instant};

use criterion::Throughput;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// CPU time of the measuring thread.
pub struct CpuTime;

/// CPU time so far where it is known, and the wall's.
pub struct Began {
    cpu: Option<Duration>,
    wall: Instant,
}

fn cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

impl Measurement for CpuTime {
    type Intermediate = Began;
    type Value = Duration;

    fn start(&self) -> Began {
        Began { cpu: cpu(), wall: Instant::now() }
    }

    fn end(&self, began: Began) -> Duration {
        match (began.cpu, cpu()) {
            (Some(began), Some(ended)) => ended.saturating_sub(began),
            _ => began.wall.elapsed(),
        }
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        &Milliseconds
    }
}

/// Everything in milliseconds, so that figures stand beside their aims.
struct Milliseconds;

impl ValueFormatter for Milliseconds {
    fn scale_values(&self, _: f64, values: &mut [f64]) -> &'static str {
        values.iter_mut().for_each(|value| *value /= 1e6);
        "ms"
    }

    fn scale_throughputs(&self, _: f64, throughput: &Throughput, values: &mut [f64]) -> &'static str {
        let count = match throughput {
            Throughput::Elements(count) => *count as f64,
            _ => 1.0,
        };
        values.iter_mut().for_each(|value| *value = count / *value * 1e6);
        "entries/ms"
    }

    fn scale_for_machines(&self, _: &mut [f64]) -> &'static str {
        "ns"
    }
}
