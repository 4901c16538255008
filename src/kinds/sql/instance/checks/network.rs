//! How an instance is reached: public, private, Private Service Connect, TLS.

use super::Facts;
use crate::kinds::faults;
use crate::kinds::sql::Engine;
use crate::model::{Diagnostic, Doc};

const IPV4: &str = "ipConfiguration.ipv4Enabled";
const PRIVATE: &str = "ipConfiguration.privateNetwork";
const PSC: &str = "ipConfiguration.pscConfig.pscEnabled";

/// All checks of how it is reached.
pub fn check(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(psc(facts));
    found.extend(unreachable(facts));
    found.extend(needs_private_network(facts));
    found.extend(authorized_networks(facts));
    found.extend(own_certificates(facts));
    found.extend(clear_text(facts));
    found
}

fn has_psc(facts: &Facts<'_>) -> bool {
    facts.flag(PSC) == Some(true)
}

fn psc(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if has_psc(facts) && facts.doc.dig(IPV4).is_none_or(|value| value.as_bool() == Some(true)) {
        let message = "an instance with Private Service Connect has no public address, which is Google's default";
        found.push(faults::at(IPV4, "psc-with-public-address", message).hint("write `ipv4Enabled: false`"));
    }
    let allowed = "ipConfiguration.pscConfig.allowedConsumerProjects";
    let others = "ipConfiguration.pscConfig.pscAutoConnections";
    if has_psc(facts) && !facts.has(allowed) && !facts.has(others) {
        let message = "no project may connect to this instance";
        found.push(
            faults::warn_at(allowed, "psc-without-projects", message)
                .hint("write `allowedConsumerProjects: [\"${project.id}\"]`"),
        );
    }
    let without = ["allowedConsumerProjects", "pscAutoConnections", "networkAttachmentUri"];
    for field in without.map(|field| format!("ipConfiguration.pscConfig.{field}")) {
        if facts.doc.dig(PSC).is_none_or(|value| value.as_bool() == Some(false)) && facts.has(&field) {
            found.push(
                faults::at(&field, "psc-is-off", format!("`{field}` needs Private Service Connect"))
                    .hint("write `pscEnabled: true` beside it"),
            );
        }
    }
    found
}

fn unreachable(facts: &Facts<'_>) -> Option<Diagnostic> {
    let has_psc = facts.doc.dig(PSC).is_some_and(|value| value.as_bool() != Some(false));
    (facts.flag(IPV4) == Some(false) && !facts.has(PRIVATE) && !has_psc).then(|| {
        faults::at(IPV4, "unreachable", "the instance has neither a public nor a private address nor PSC")
            .hint("add `pscConfig: {pscEnabled: true, …}`, `privateNetwork: KEY`, or take `ipv4Enabled: false` out")
    })
}

fn needs_private_network(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let fields = ["ipConfiguration.allocatedIpRange", "ipConfiguration.enablePrivatePathForGoogleCloudServices"];
    let wrong = fields.into_iter().filter(|field| {
        facts.doc.dig(field).is_some_and(|value| value.as_bool() != Some(false)) && !facts.has(PRIVATE)
    });
    wrong
        .map(|field| {
            faults::at(field, "needs-private-network", format!("`{field}` needs `privateNetwork`"))
                .hint("add `privateNetwork: KEY` beside it")
        })
        .collect()
}

fn authorized_networks(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let path = "ipConfiguration.authorizedNetworks";
    let networks = facts.doc.dig(path).and_then(Doc::as_list).unwrap_or_default();
    let mut found = Vec::new();
    if facts.flag(IPV4) == Some(false) && !networks.is_empty() {
        let message = "`authorizedNetworks` is about a public address, and there is none";
        found.push(faults::warn_at(path, "no-public-address", message).hint("leave it out"));
    }
    for (index, network) in networks.iter().enumerate() {
        let Some(value) = network.dig_str("value") else { continue };
        let field = crate::model::DocPath::keys(path).index(index).key("value");
        if value.parse::<ipnet::Ipv4Net>().is_err() && value.parse::<core::net::Ipv4Addr>().is_err() {
            let message = format!("`{value}` is no IPv4 range");
            found.push(Diagnostic::error("bad-cidr", message).field(field).hint("a range looks like `203.0.113.0/24`"));
        } else if value == "0.0.0.0/0" {
            let message = "`0.0.0.0/0` lets the whole internet try to log in";
            found.push(Diagnostic::warning("open-to-all", message).field(field));
        }
    }
    found
}

fn own_certificates(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mode = "ipConfiguration.serverCaMode";
    let fields = ["ipConfiguration.serverCaPool", "ipConfiguration.customSubjectAlternativeNames"];
    let is_own = facts.doc.dig(mode).is_some_and(|value| value.as_str().is_none_or(|m| m == "CUSTOMER_MANAGED_CAS_CA"));
    let mut found: Vec<Diagnostic> = fields
        .into_iter()
        .filter(|field| facts.has(field) && !is_own)
        .map(|field| {
            faults::at(field, "needs-own-ca", format!("`{field}` needs `serverCaMode: CUSTOMER_MANAGED_CAS_CA`"))
                .hint("name that mode, or leave the field out")
        })
        .collect();
    if facts.text(mode) == Some("CUSTOMER_MANAGED_CAS_CA") && !facts.has(fields[0]) {
        found.push(
            faults::at(mode, "needs-ca-pool", "`CUSTOMER_MANAGED_CAS_CA` needs `serverCaPool`")
                .hint("add `serverCaPool: projects/P/locations/R/caPools/NAME`"),
        );
    }
    found
}

/// With IAM login the password is a token that opens more than the database.
fn clear_text(facts: &Facts<'_>) -> Option<Diagnostic> {
    let flag = match facts.engine? {
        Engine::Postgres => "cloudsql.iam_authentication",
        Engine::MySql => "cloudsql_iam_authentication",
        Engine::SqlServer => return None,
    };
    let flags = facts.doc.get("databaseFlags")?.as_map()?;
    let has_iam_login = flags.get(flag)?.as_str()? == "on";
    let path = "ipConfiguration.sslMode";
    let allows_clear_text = match facts.doc.dig(path) {
        None => true,
        Some(mode) => mode.as_str() == Some("ALLOW_UNENCRYPTED_AND_ENCRYPTED"),
    };
    (has_iam_login && allows_clear_text).then(|| {
        let message = "connections may be in clear text, and with IAM login the password is an access token";
        faults::warn_at(path, "clear-text", message).hint("write `sslMode: ENCRYPTED_ONLY`")
    })
}
