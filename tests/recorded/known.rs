//! What the sandbox answers otherwise than a recording, each with its reason.

use super::play::Difference;

/// A line of the table. A `*` at an end of `case` or `path` stands for anything.
#[derive(Debug)]
pub struct Known {
    pub case: &'static str,
    pub path: &'static str,
    pub reason: &'static str,
}

const fn known(case: &'static str, path: &'static str, reason: &'static str) -> Known {
    Known { case, path, reason }
}

/// All that may differ.
pub const TABLE: &[Known] = &[
    known("none", "none", "none"),
];

/// The line that explains a difference.
pub fn reason(difference: &Difference) -> Option<usize> {
    TABLE.iter().position(|line| fits(line.case, &difference.case) && fits(line.path, &difference.path))
}

fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) if pattern.len() > 1 => text.contains(&pattern[1..pattern.len() - 1]),
        (Some(end), _) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == pattern,
    }
}
