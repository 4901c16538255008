//! Generated stacks.

use std::fmt::Write as _;

/// Resources that share a network and a SQL instance: a project that grows gets more of both. (A SQL user is read by
/// the list of its instance's users; Google has no other way.)
const TOGETHER: usize = 1_000;

/// `count` resources: service accounts, secrets, subnetworks and SQL users, a quarter each, and the networks and
/// instances that these need.
pub fn mixed(count: usize) -> String {
    let groups = count.div_ceil(TOGETHER);
    let quarter = (count - 2 * groups) / 4;
    let secrets = count - 2 * groups - 3 * quarter;
    let mut out = String::from("stack: bench\nproject: sandbox-project\nregion: us-central1\n");
    section(&mut out, "networks", groups, |group| format!("net-{group}: {{autoCreateSubnetworks: false}}"));
    section(&mut out, "sqlInstances", groups, |group| {
        format!(
            "db-{group}: {{databaseVersion: POSTGRES_16, edition: ENTERPRISE, tier: db-f1-micro, ipConfiguration: \
             {{sslMode: ENCRYPTED_ONLY}}, databaseFlags: {{cloudsql.iam_authentication: \"on\"}}}}"
        )
    });
    section(&mut out, "serviceAccounts", quarter, |n| format!("bench-{n:05}: {{displayName: Account {n}}}"));
    section(&mut out, "secrets", secrets, |n| format!("secret-{n:05}: {{generate: {{length: 16}}}}"));
    section(&mut out, "subnetworks", quarter, |n| {
        let (group, high, low) = (n % groups, n / 256, n % 256);
        format!("subnet-{n:05}: {{network: net-{group}, ipCidrRange: 10.{high}.{low}.0/24}}")
    });
    section(&mut out, "sqlUsers", quarter, |n| {
        format!("user-{n:05}: {{instance: db-{}, serviceAccount: bench-{n:05}}}", n % groups)
    });
    out
}

fn section(out: &mut String, name: &str, count: usize, entry: impl Fn(usize) -> String) {
    let _ = writeln!(out, "{name}:");
    for number in 0..count {
        let _ = writeln!(out, "  {}", entry(number));
    }
}
