//! Durations in words.

/// `850 ms`, `12 s`, `4 min 5 s`, `1 h 50 min`: two units at most.
pub fn duration(ms: u64) -> String {
    let seconds = (ms + 500) / 1000;
    match (ms, seconds) {
        (0..1000, _) => format!("{ms} ms"),
        (_, 0..60) => format!("{seconds} s"),
        (_, 60..3600) => two(seconds / 60, "min", seconds % 60, "s"),
        _ => two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
    }
}

fn two(big: u64, big_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 { format!("{big} {big_unit}") } else { format!("{big} {big_unit} {small} {small_unit}") }
}

/// An estimate, rounded so that it claims no more than it knows: `12 s`, `4 min`, `1 h 50 min`.
pub fn estimate(ms: u64) -> String {
    match ms {
        0..90_000 => duration(ms.div_ceil(1000) * 1000),
        90_000..3_600_000 => duration(ms.div_ceil(60_000) * 60_000),
        _ => duration(ms.div_ceil(600_000) * 600_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        let said: Vec<String> = [0, 999, 1000, 59_400, 61_000, 120_000, 6_600_000].map(duration).into();
        assert_eq!(said, ["0 ms", "999 ms", "1 s", "59 s", "1 min 1 s", "2 min", "1 h 50 min"]);
    }

    #[test]
    fn estimates_are_rounded_up() {
        assert_eq!([800, 12_300, 235_000, 5_900_000].map(estimate), ["1 s", "13 s", "4 min", "1 h 40 min"]);
    }
}
