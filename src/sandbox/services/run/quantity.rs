//! Kubernetes quantities, as far as Cloud Run's limits use them.

/// CPU in thousandths: `1`, `0.5`, `1000m`.
pub(crate) fn cpu_millis(text: &str) -> Option<u64> {
    if let Some(millis) = text.strip_suffix('m') {
        return millis.parse().ok();
    }
    let whole: f64 = text.parse().ok()?;
    (whole.is_finite() && whole > 0.0).then(|| (whole * 1000.0).round() as u64)
}

/// Memory in bytes: `512Mi`, `1Gi`, `2G`, `1000000`.
pub(crate) fn memory_bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 8] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
    ];
    let (number, unit) =
        UNITS.iter().find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, *unit))).unwrap_or((text, 1));
    let number: f64 = number.parse().ok()?;
    (number.is_finite() && number > 0.0).then(|| (number * unit as f64).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_read_in_both_spellings() {
        assert_eq!(["1", "0.5", "1000m", "x", "-1"].map(cpu_millis), [Some(1000), Some(500), Some(1000), None, None]);
    }

    #[test]
    fn memory_is_read_in_binary_and_decimal_units() {
        assert_eq!(memory_bytes("512Mi"), Some(512 << 20));
        assert_eq!(memory_bytes("2G"), Some(2_000_000_000));
        assert_eq!(memory_bytes("lots"), None);
    }
}
