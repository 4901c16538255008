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
    // Artifact Registry: fields that came after the one cassette, in the shape of newer traffic.
    known("artifactregistry/*", "*registryUri", "shown since 2025"),
    known("artifactregistry/*", "*satisfiesPzi", "shown since mid 2024"),
    known("artifactregistry/*", "*vulnerabilityScanningConfig", "shown since 2025"),
    // Cloud Run: services are recorded in April 2024 only.
    known("run/*", "*urls", "shown since late 2024"),
    // Compute: what came after a recording, and what Google itself did in the middle of a case.
    known("compute/*", "selfLinkWithId", "shown for forwarding rules since 2025"),
    known("compute/*", "routingConfig.bgpBestPathSelectionMode", "shown since mid 2024"),
    known("compute/*", "subnetworks", "regions that came after the recording"),
    known("compute/psc-producer-*", "peerings", "the project's default network was peered before the case"),
    known("compute/forwardingrule-regional-*", "subnetwork", "the recordings' normaliser left this link in `beta`"),
    known("compute/psc-producer-*", "natSubnets[0]", "the recordings' normaliser left this link in `beta`"),
    known("compute/psc-producer-*", "targetService", "the recordings' normaliser left this link in `beta`"),
    known("compute/subnetwork-gke-*", "privateIpGoogleAccess", "a cluster of the case set it"),
    known("compute/subnetwork-gke-*", "secondaryIpRanges", "a cluster of the case added it"),
    known("compute/router-nat-*", "nats", "the case's NAT rules are of a kind that discovery v1 does not know"),
    known("compute/router-nat-*", "$status", "firewalls that Google made keep the case's network for a while"),
    known("compute/router-nat-*", "error", "firewalls that Google made keep the case's network for a while"),
    known("compute/router-nat-*", "httpError*", "firewalls that Google made keep the case's network for a while"),
    // IAM: replicas that do not agree yet; the sandbox plays it as an ordered fault.
    known("iam/serviceaccount-conflict-*", "$status", "a replica was behind"),
    known("iam/serviceaccount-gke-*", "$status", "a replica was behind"),
    known("iam/serviceaccount-retries-*", "$status", "a replica was behind"),
    known("serviceusage/*", "*documentation.summary", "Google's prose about each API"),
    // Cloud SQL: what Google began to show after a recording, played as the newest recording shows it.
    known("sql/*", "settings.backupConfiguration.backupTier", "shown since late 2025"),
    known("sql/*", "settings.ipConfiguration.serverCertificateRotationMode", "shown since 2026"),
    known("sql/*", "settings.ipConfiguration.serverCaMode", "shown since mid 2024"),
    known("sql/*", "settings.replicationLagMaxSeconds", "shown since 2025"),
    known("sql/*", "settings.edition", "shown for every instance since mid 2024"),
    known("sql/*", "includeReplicasForMajorVersionUpgrade", "shown since 2025"),
    known("sql/*", "items[0].iamStatus", "shown since 2026"),
    known("sql/*", "geminiConfig.oomSessionCancelEnabled", "true since 2025"),
    known("sql/*", "geminiConfig.activeQueryEnabled", "shown since mid 2024"),
    known("sql/*", "upgradableDatabaseVersions*", "versions that came after the recording are offered, too"),
    known("sql/*", "satisfiesPzi", "differs between recordings of one month; Google decides it by zone"),
    known("sql/*", "settings.locationPreference.zone", "picked by Google where none is asked for"),
    known("sql/user-cassette-*", "$status", "the cassette holds the read after the deletion before it"),
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
