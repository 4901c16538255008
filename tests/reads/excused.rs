//! What is not as the laws say, each with its reason. A `*` at an end of a pattern stands for anything.

use crate::recorded::Answer;

/// Which law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Export,
    Change,
    Create,
}

struct Line {
    part: Part,
    case: &'static str,
    section: &'static str,
    fault: &'static str,
    reason: &'static str,
}

const fn line(
    part: Part,
    case: &'static str,
    section: &'static str,
    fault: &'static str,
    reason: &'static str,
) -> Line {
    Line { part, case, section, fault, reason }
}

const TABLE: &[Line] = &[
    line(
        Part::Change,
        "*",
        "networks",
        "autoCreateSubnetworks: replaces",
        "a network goes from automatic to custom, never back",
    ),
    line(
        Part::Change,
        "*",
        "subnetworks",
        "ipCidrRange: replaces",
        "a range grows in place; any other change of it does not",
    ),
    line(
        Part::Change,
        "*",
        "subnetworks",
        "purpose: replaces",
        "a subnet goes between the two purposes of proxies, to no other",
    ),
    line(
        Part::Create,
        "sql/*",
        "sqlUsers",
        "*host*",
        "the recordings' normaliser wrote `10.1.2.3` over the host of the request",
    ),
    line(
        Part::Create,
        "sql/instance-locationpreference-*",
        "sqlInstances",
        "locationPreference.secondaryZone*",
        "Google drops the second zone of a ZONAL instance; stackctl refuses such an entry offline",
    ),
];

/// The table, and which lines of it were needed.
pub struct Excuses {
    part: Part,
    used: Vec<usize>,
}

impl Excuses {
    pub fn new(part: Part) -> Self {
        Self { part, used: Vec::new() }
    }

    /// Whether a fault has a reason.
    pub fn excuse(&mut self, answer: &Answer, fault: &str) -> bool {
        let line = TABLE.iter().position(|line| {
            line.part == self.part
                && fits(line.case, &answer.case)
                && fits(line.section, answer.section())
                && fits(line.fault, fault)
        });
        self.used.extend(line);
        line.is_some()
    }

    pub fn print(&self) {
        for line in TABLE.iter().filter(|line| line.part == self.part) {
            println!("  {} {} {}: {}", line.case, line.section, line.fault, line.reason);
        }
    }

    /// A reason that no longer applies is a fault.
    pub fn all_used(&self) {
        let idle = (0..TABLE.len()).filter(|at| TABLE[*at].part == self.part && !self.used.contains(at));
        let idle: Vec<&str> = idle.map(|at| TABLE[at].fault).collect();
        assert!(idle.is_empty() || crate::recorded::is_foreign(), "lines that excuse nothing: {idle:?}");
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) if pattern.len() > 1 => text.contains(&pattern[1..pattern.len() - 1]),
        (Some(end), _) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == pattern,
    }
}
