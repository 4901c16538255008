//! Who holds a lock.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The text that a lock carries: who, from where, since when, what for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// The user's name on the machine.
    pub who: String,
    pub host: String,
    pub pid: u32,
    /// RFC 3339, UTC, whole seconds.
    pub since: String,
    /// The command: `apply`.
    pub command: String,
    /// Random, so that two runs of one process id are told apart.
    pub id: String,
}

impl Owner {
    /// This process, since `now` (RFC 3339), for `command`.
    pub fn this(command: &str, now: String) -> Self {
        let var = |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok()).filter(|v| !v.is_empty());
        let host = var(&["HOSTNAME", "COMPUTERNAME"])
            .or_else(|| std::fs::read_to_string("/etc/hostname").ok().map(|name| name.trim().to_owned()))
            .unwrap_or_else(|| "this machine".to_owned());
        let mut random = [0; 8];
        // Without randomness the other fields still tell runs apart.
        let _ = getrandom::fill(&mut random);
        Self {
            who: var(&["USER", "LOGNAME", "USERNAME"]).unwrap_or_else(|| "somebody".to_owned()),
            host,
            pid: std::process::id(),
            since: now,
            command: command.to_owned(),
            id: random.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// `anna on laptop (apply, process 4711, since 2026-05-01T10:00:00Z)`
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, host, pid, since, command, .. } = self;
        write!(f, "{who} on {host} (`{command}`, process {pid}, since {since})")
    }
}
