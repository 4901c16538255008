//! What the sandbox answers otherwise than a recording, each with its reason.

use super::play::Difference;

/// A line of the table. A `*` at an end of `case` or `path` stands for anything.
#[derive(Debug)]
pub struct Known {
    pub case: &'static str,
    pub path: &'static str,
    /// Explains recordings of earlier months only: `2025-04`.
    pub before: &'static str,
    pub reason: &'static str,
}

const fn known(case: &'static str, path: &'static str, reason: &'static str) -> Known {
    Known { case, path, before: "", reason }
}

/// What Google began to answer in that month at the latest, as newer recordings show: only older ones may lack it.
const fn since(month: &'static str, case: &'static str, path: &'static str, reason: &'static str) -> Known {
    Known { case, path, before: month, reason }
}

/// All that may differ.
pub const TABLE: &[Known] = &[
    // Artifact Registry: fields that came after the one cassette, in the shape of newer traffic.
    since("2024-05", "artifactregistry/*", "*registryUri", "shown since 2025"),
    since("2024-05", "artifactregistry/*", "*satisfiesPzi", "shown since mid 2024"),
    since("2024-05", "artifactregistry/*", "*vulnerabilityScanningConfig", "shown since 2025"),
    // Cloud Run: services are recorded in April 2024 only.
    since("2024-05", "run/*", "*urls", "shown since late 2024"),
    // Compute: what came after a recording, and what Google itself did in the middle of a case.
    since("2026-03", "compute/*", "selfLinkWithId", "shown for forwarding rules since 2026 at the latest"),
    since("2024-12", "compute/*", "routingConfig.bgpBestPathSelectionMode", "shown since mid 2024"),
    known(
        "compute/*",
        "subnetworks",
        "an auto-mode network has a subnet in regions that came after the recording, too",
    ),
    known("compute/psc-producer-*", "peerings", "the project's default network was peered before the case"),
    known("compute/forwardingrule-regional-*", "subnetwork", "the recordings' normaliser left this link in `beta`"),
    known("compute/psc-producer-*", "natSubnets[0]", "the recordings' normaliser left this link in `beta`"),
    known("compute/psc-producer-*", "targetService", "the recordings' normaliser left this link in `beta`"),
    known("compute/subnetwork-gke-*", "privateIpGoogleAccess", "a cluster of the case set it; clusters are not played"),
    known("compute/subnetwork-gke-*", "secondaryIpRanges", "a cluster of the case added it; clusters are not played"),
    known("compute/router-nat-*", "nats", "the case's NAT rules are of a kind that discovery v1 does not know"),
    known("compute/router-nat-*", "$status", "firewalls that Google made keep the case's network for a while"),
    known("compute/router-nat-*", "error", "firewalls that Google made keep the case's network for a while"),
    known("compute/router-nat-*", "httpError*", "firewalls that Google made keep the case's network for a while"),
    // IAM: replicas that do not agree yet, at random; the sandbox plays it as an ordered fault.
    known("iam/serviceaccount-conflict-*", "$status", "a replica was behind"),
    known("iam/serviceaccount-gke-*", "$status", "a replica was behind"),
    known("iam/serviceaccount-retries-*", "$status", "a replica was behind"),
    known("serviceusage/*", "*documentation.summary", "Google's own prose about each API is no fact to be played"),
    // Cloud SQL: what Google began to show after a recording, played as the newest recording shows it.
    since("2026-01", "sql/*", "settings.backupConfiguration.backupTier", "shown since late 2025"),
    since("2026-01", "sql/*", "settings.ipConfiguration.serverCertificateRotationMode", "shown since 2026"),
    since("2024-09", "sql/*", "settings.ipConfiguration.serverCaMode", "shown since mid 2024"),
    since("2025-04", "sql/*", "settings.replicationLagMaxSeconds", "shown since 2025"),
    since("2024-08", "sql/*", "settings.edition", "shown for every instance since mid 2024"),
    since("2025-04", "sql/*", "includeReplicasForMajorVersionUpgrade", "shown since 2025"),
    since("2026-01", "sql/*", "items[0].iamStatus", "shown since 2026"),
    since("2025-04", "sql/*", "geminiConfig.oomSessionCancelEnabled", "true since 2025, false before"),
    since("2024-08", "sql/*", "geminiConfig.activeQueryEnabled", "shown since mid 2024"),
    known("sql/*", "upgradableDatabaseVersions*", "versions that came after the recording are offered, too"),
    known("sql/*", "satisfiesPzi", "differs between recordings of one month: Google decides it by zone"),
    known("sql/*", "settings.locationPreference.zone", "picked by Google where none is asked for"),
    known("sql/user-cassette-*", "$status", "the cassette holds the read after the deletion before it"),
];

/// The line that explains a difference.
pub fn reason(difference: &Difference) -> Option<usize> {
    TABLE.iter().position(|line| {
        let in_time = line.before.is_empty() || month(&difference.case) < line.before;
        in_time && fits(line.case, &difference.case) && fits(line.path, &difference.path)
    })
}

/// The month of a case: `sql/user-cassette-2024-04-16` is of `2024-04`.
fn month(case: &str) -> &str {
    let is_month = |at: &usize| {
        let text = case.get(*at..at + 7).unwrap_or_default();
        text.starts_with("20") && text.as_bytes()[4] == b'-' && text.chars().filter(char::is_ascii_digit).count() == 6
    };
    (0..case.len()).find(is_month).map_or("", |at| &case[at..at + 7])
}

fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) if pattern.len() > 1 => text.contains(&pattern[1..pattern.len() - 1]),
        (Some(end), _) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == pattern,
    }
}
