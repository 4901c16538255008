//! Machine and disk: tiers against editions, sizes.

use super::Facts;
use crate::kinds::faults;
use crate::kinds::sql::Engine;
use crate::model::Diagnostic;

/// What a tier's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tier {
    /// `db-f1-micro`, `db-g1-small`
    SharedCore,
    /// `db-custom-CPUS-MEGABYTES`
    Custom { cpus: i64, megabytes: i64 },
    /// `db-n1-standard-1`, `db-n1-highmem-2`: made before custom machines, still taken.
    Old,
    /// `db-perf-optimized-N-8`, `db-memory-optimized-N-8`, `db-c4a-highmem-8`
    Performance,
    /// Of a family that is known, but not so.
    Malformed,
    /// Of no family that is known here.
    Unknown,
}

fn read(tier: &str) -> Tier {
    if let Some(rest) = tier.strip_prefix("db-custom-").or_else(|| tier.strip_prefix("db-n4-custom-")) {
        let mut parts = rest.split('-').map(str::parse::<i64>);
        return match (parts.next(), parts.next(), parts.next()) {
            (Some(Ok(cpus)), Some(Ok(megabytes)), None) => Tier::Custom { cpus, megabytes },
            _ => Tier::Malformed,
        };
    }
    let performance = ["db-perf-optimized-N-", "db-memory-optimized-N-", "db-c4a-highmem-"];
    if let Some(cpus) = performance.iter().find_map(|prefix| tier.strip_prefix(prefix)) {
        return if cpus.parse::<u32>().is_ok() { Tier::Performance } else { Tier::Malformed };
    }
    match tier {
        "db-f1-micro" | "db-g1-small" => Tier::SharedCore,
        _ if tier.starts_with("db-n1-") => Tier::Old,
        _ if tier.to_lowercase().starts_with("db-perf-optimized") => Tier::Malformed,
        _ => Tier::Unknown,
    }
}

/// All checks of machine and disk.
pub fn check(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = tier(facts).into_iter().collect();
    found.extend(faults::out_of_range(facts.doc, "dataDiskSizeGb", 10..=65_536));
    found.extend(faults::out_of_range(facts.doc, "storageAutoResizeLimit", 0..=65_536));
    found.extend(faults::out_of_range(facts.doc, "advancedMachineFeatures.threadsPerCore", 1..=2));
    found.extend(limit_below_size(facts));
    found.extend(disk_type(facts));
    found.extend(plus_only(facts));
    found
}

fn tier(facts: &Facts<'_>) -> Option<Diagnostic> {
    let name = facts.text("tier")?;
    let is_plus = facts.edition? == "ENTERPRISE_PLUS";
    match read(name) {
        Tier::Malformed => Some(
            faults::at("tier", "bad-tier", format!("`{name}` is not how a tier is spelled"))
                .hint("`db-custom-CPUS-MEGABYTES` as `db-custom-2-7680`, or `db-perf-optimized-N-CPUS`"),
        ),
        Tier::Unknown if name.starts_with("db-") => Some(
            faults::warn_at("tier", "unknown-tier", format!("`{name}` is a tier that stackctl does not know"))
                .hint("`gcloud sql tiers list` shows what there is"),
        ),
        Tier::Unknown => Some(
            faults::at("tier", "bad-tier", format!("`{name}` is no tier of Cloud SQL"))
                .hint("`gcloud sql tiers list` shows what there is: `db-f1-micro`, `db-custom-2-7680`, …"),
        ),
        Tier::Performance if !is_plus => Some(
            faults::at("tier", "tier-needs-plus", format!("`{name}` needs `edition: ENTERPRISE_PLUS`"))
                .hint("write `edition: ENTERPRISE_PLUS`, or take a `db-custom-CPUS-MEGABYTES` tier"),
        ),
        Tier::Performance => None,
        _ if is_plus => Some(needs_enterprise(facts, name)),
        Tier::SharedCore if facts.engine == Some(Engine::SqlServer) => Some(
            faults::at("tier", "bad-tier", format!("SQL Server does not run on `{name}`"))
                .hint("take `db-custom-CPUS-MEGABYTES`: `db-custom-2-7680`"),
        ),
        Tier::Custom { cpus, megabytes } => custom(name, cpus, megabytes),
        Tier::SharedCore | Tier::Old => None,
    }
}

/// PostgreSQL 16 and later are `ENTERPRISE_PLUS` where nothing is said: the usual way into this fault.
fn needs_enterprise(facts: &Facts<'_>, name: &str) -> Diagnostic {
    let version = facts.text("databaseVersion").unwrap_or_default();
    let because = if facts.has("edition") {
        "`edition: ENTERPRISE_PLUS` does not have it".to_owned()
    } else {
        format!("`{version}` is `ENTERPRISE_PLUS` unless told otherwise, which does not have it")
    };
    faults::at("tier", "tier-needs-enterprise", format!("`{name}` needs `edition: ENTERPRISE`: {because}"))
        .hint("write `edition: ENTERPRISE`, or take a `db-perf-optimized-N-CPUS` tier")
}

/// <https://cloud.google.com/sql/docs/postgres/create-instance#machine-types>: one CPU or an even number up to 96,
/// 0.9 to 6.5 GB for each, 3.75 GB at least, in steps of 256 MB.
fn custom(name: &str, cpus: i64, megabytes: i64) -> Option<Diagnostic> {
    let fault = |what: String, hint: String| Some(faults::at("tier", "bad-tier", what).hint(hint));
    if !(1..=96).contains(&cpus) || (cpus > 1 && cpus % 2 != 0) {
        let even = (cpus + 1).clamp(2, 96);
        return fault(
            format!("`{name}` has {cpus} CPUs, Google takes 1 or an even number up to 96"),
            format!("`db-custom-{even}-{}`", nearest_memory(even, megabytes)),
        );
    }
    let nearest = nearest_memory(cpus, megabytes);
    if nearest == megabytes {
        return None;
    }
    let (low, high) = memory(cpus);
    fault(
        format!("`{name}` has {megabytes} MB for {cpus} CPUs, Google takes {low} to {high} in steps of 256"),
        format!("`db-custom-{cpus}-{nearest}`"),
    )
}

/// Least and most memory in MB.
fn memory(cpus: i64) -> (i64, i64) {
    let low = (cpus * 9 * 1024 / 10).max(3840);
    let high = (cpus * 65 * 1024 / 10).max(3840);
    ((low + 255) / 256 * 256, high / 256 * 256)
}

fn nearest_memory(cpus: i64, megabytes: i64) -> i64 {
    let (low, high) = memory(cpus);
    ((megabytes + 255) / 256 * 256).clamp(low, high)
}

fn limit_below_size(facts: &Facts<'_>) -> Option<Diagnostic> {
    let (size, limit) = (facts.number("dataDiskSizeGb")?, facts.number("storageAutoResizeLimit")?);
    (limit != 0 && limit < size).then(|| {
        let message = format!("`storageAutoResizeLimit` is {limit} GB, the disk has {size} GB already");
        faults::at("storageAutoResizeLimit", "limit-below-size", message).hint("raise it, or 0 for no limit")
    })
}

fn disk_type(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if facts.edition == Some("ENTERPRISE_PLUS") && facts.text("dataDiskType") == Some("PD_HDD") {
        found.push(
            faults::at("dataDiskType", "disk-needs-enterprise", "`ENTERPRISE_PLUS` has no `PD_HDD` disks")
                .hint("take `PD_SSD`, or write `edition: ENTERPRISE`"),
        );
    }
    for field in ["dataDiskProvisionedIops", "dataDiskProvisionedThroughput"] {
        if facts.has(field) && facts.text("dataDiskType").is_none_or(|kind| kind != "HYPERDISK_BALANCED") {
            found.push(
                faults::at(field, "needs-hyperdisk", format!("`{field}` is for `dataDiskType: HYPERDISK_BALANCED`"))
                    .hint(format!("leave `{field}` out, or name that disk")),
            );
        }
    }
    found
}

/// What only `ENTERPRISE_PLUS` has.
const PLUS_ONLY: &[&str] = &[
    "dataCacheConfig.dataCacheEnabled",
    "connectionPoolConfig.connectionPoolingEnabled",
    "insightsConfig.enhancedQueryInsightsEnabled",
];

fn plus_only(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let Some(edition) = facts.edition.filter(|edition| *edition != "ENTERPRISE_PLUS") else { return Vec::new() };
    let wrong = PLUS_ONLY.iter().filter(|path| facts.flag(path) == Some(true));
    wrong
        .map(|path| {
            faults::at(path, "needs-plus", format!("`{path}` needs `edition: ENTERPRISE_PLUS`, this is `{edition}`"))
                .hint("write `edition: ENTERPRISE_PLUS` with a `db-perf-optimized-N-CPUS` tier, or leave it out")
        })
        .collect()
}
