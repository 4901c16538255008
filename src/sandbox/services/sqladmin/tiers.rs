//! Machine types: which there are and which edition and engine take them.

use serde_json::{Value as Json, json};

use super::versions::Engine;

const SHARED: [(&str, u64, u64); 2] =
    [("db-f1-micro", 644_245_094, 3_298_534_883_328), ("db-g1-small", 1_825_361_101, 3_298_534_883_328)];
const N1: [(&str, u64); 15] = [
    ("db-n1-standard-1", 3_840),
    ("db-n1-standard-2", 7_680),
    ("db-n1-standard-4", 15_360),
    ("db-n1-standard-8", 30_720),
    ("db-n1-standard-16", 61_440),
    ("db-n1-standard-32", 122_880),
    ("db-n1-standard-64", 245_760),
    ("db-n1-standard-96", 368_640),
    ("db-n1-highmem-2", 13_312),
    ("db-n1-highmem-4", 26_624),
    ("db-n1-highmem-8", 53_248),
    ("db-n1-highmem-16", 106_496),
    ("db-n1-highmem-32", 212_992),
    ("db-n1-highmem-64", 425_984),
    ("db-n1-highmem-96", 638_976),
];
const OPTIMIZED: [u64; 9] = [2, 4, 8, 16, 32, 48, 64, 80, 96];
const LARGEST_DISK: u64 = 70_368_744_177_664;

/// Why a tier does not go with an edition and an engine; Google's words where an issue thread quotes them.
pub(super) fn refusal(tier: &str, edition: &str, engine: Engine) -> Option<String> {
    let optimized = tier.starts_with("db-perf-optimized-N-") || tier.starts_with("db-c4a-");
    if edition == "ENTERPRISE_PLUS" {
        return (!optimized).then(|| {
            format!(
                "Invalid request: Invalid Tier ({tier}) for (ENTERPRISE_PLUS) Edition. Use a predefined Tier like \
                 db-perf-optimized-N-* instead."
            )
        });
    }
    if optimized {
        return Some(format!(
            "Invalid request: Invalid Tier ({tier}) for (ENTERPRISE) Edition. Use a custom or shared-core Tier instead."
        ));
    }
    if let Some(shape) = tier.strip_prefix("db-custom-") {
        return custom(shape).err().map(|why| format!("Invalid request: {why}"));
    }
    let shared = SHARED.iter().any(|(name, ..)| *name == tier);
    match engine {
        Engine::Postgres if !shared => {
            let known = N1.iter().any(|(name, _)| *name == tier);
            Some(if known {
                "Invalid request: Only custom or shared-core instance Billing Tier type allowed for PostgreSQL database."
                    .to_owned()
            } else {
                format!("Invalid request: Invalid Tier ({tier}).")
            })
        }
        Engine::SqlServer if shared => Some(format!(
            "Invalid request: Only custom instance Billing Tier type allowed for SQL Server database: {tier}."
        )),
        _ if shared || N1.iter().any(|(name, _)| *name == tier) => None,
        _ => Some(format!("Invalid request: Invalid Tier ({tier}).")),
    }
}

/// `CPUS-MEMORY_MB`: 1 or an even number up to 96, and 0.9 to 6.5 GB a CPU in steps of 256 MB.
fn custom(shape: &str) -> Result<(), String> {
    let (cpus, memory) = shape
        .split_once('-')
        .and_then(|(cpus, memory)| Some((cpus.parse::<u64>().ok()?, memory.parse::<u64>().ok()?)))
        .ok_or_else(|| format!("Invalid Tier (db-custom-{shape})."))?;
    if cpus == 0 || cpus > 96 || (cpus > 1 && cpus % 2 == 1) {
        return Err(format!("Invalid number of CPUs ({cpus}) in Tier: it must be 1 or an even number up to 96."));
    }
    if memory % 256 != 0 {
        return Err(format!("Invalid memory ({memory} MB) in Tier: it must be a multiple of 256 MB."));
    }
    let fits = memory >= 3_840.min(cpus * 922) && memory >= cpus * 922 && memory <= cpus * 6_656;
    if fits { Ok(()) } else { Err(format!("Invalid memory ({memory} MB) in Tier for {cpus} CPUs.")) }
}

/// The answer of `tiers.list`.
pub(super) fn list() -> Json {
    let entry = |tier: String, ram: u64, disk: u64| {
        json!({
            "kind": "sql#tier", "tier": tier, "RAM": ram.to_string(), "DiskQuota": disk.to_string(),
            "region": ["us-central1", "us-east1", "us-east4", "us-west1", "europe-west1", "europe-west3", "europe-west4",
                       "asia-east1", "asia-northeast1", "asia-southeast1", "australia-southeast1"],
        })
    };
    let shared = SHARED.into_iter().map(|(tier, ram, disk)| entry(tier.to_owned(), ram, disk));
    let n1 = N1.into_iter().map(|(tier, mb)| entry(tier.to_owned(), mb << 20, LARGEST_DISK));
    let optimized =
        OPTIMIZED.into_iter().map(|cpus| entry(format!("db-perf-optimized-N-{cpus}"), (cpus * 8) << 30, LARGEST_DISK));
    json!({"kind": "sql#tiersList", "items": shared.chain(n1).chain(optimized).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_of_the_recordings_fit_their_editions() {
        for (tier, engine) in [
            ("db-f1-micro", Engine::Postgres),
            ("db-g1-small", Engine::Postgres),
            ("db-custom-1-3840", Engine::Postgres),
            ("db-custom-4-15360", Engine::Postgres),
            ("db-n1-standard-1", Engine::MySql),
            ("db-custom-2-7680", Engine::SqlServer),
        ] {
            assert_eq!(refusal(tier, "ENTERPRISE", engine), None, "{tier}");
        }
        assert_eq!(refusal("db-perf-optimized-N-2", "ENTERPRISE_PLUS", Engine::Postgres), None);
    }

    #[test]
    fn a_shared_core_does_not_fit_enterprise_plus() {
        let refused = refusal("db-f1-micro", "ENTERPRISE_PLUS", Engine::Postgres).unwrap();
        assert_eq!(
            refused,
            "Invalid request: Invalid Tier (db-f1-micro) for (ENTERPRISE_PLUS) Edition. Use a predefined Tier like \
             db-perf-optimized-N-* instead."
        );
    }

    #[test]
    fn odd_shapes_and_unknown_names_are_refused() {
        for tier in ["db-custom-3-3840", "db-custom-2-1000", "db-custom-2-99999", "db-n1-standard-1", "x", "db-custom-"]
        {
            assert!(refusal(tier, "ENTERPRISE", Engine::Postgres).is_some(), "{tier}");
        }
    }
}
