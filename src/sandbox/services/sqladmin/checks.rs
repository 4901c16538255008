//! What Cloud SQL refuses in an instance's settings.

use serde_json::Value as Json;

use super::versions::{Engine, Version};
use super::{flags, invalid, tiers};
use crate::sandbox::fault::Fault;
use crate::sandbox::locations::is_region;

/// Google's rule for names of instances: a letter first, lower-case letters, digits and hyphens, and together with the
/// project's id at most 97 characters.
pub(super) fn name(project: &str, name: &str) -> Result<(), Fault> {
    let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && project.len() + name.len() <= 97;
    if fits { Ok(()) } else { Err(invalid(format!("Invalid request: instance name ({name})."))) }
}

/// The region of a new instance.
pub(super) fn region(region: &str) -> Result<(), Fault> {
    if is_region(region) { Ok(()) } else { Err(invalid(format!("Invalid request: Invalid region ({region})."))) }
}

/// Completed settings, of a new instance or after an update.
pub(super) fn settings(settings: &Json, version: Version) -> Result<(), Fault> {
    let edition = settings["edition"].as_str().unwrap_or_default();
    if edition == "ENTERPRISE_PLUS" && !version.has_enterprise_plus() {
        return Err(invalid(format!(
            "Invalid request: {} is not supported by the ENTERPRISE_PLUS edition.",
            version.name
        )));
    }
    let tier = settings["tier"].as_str().unwrap_or_default();
    if tier.is_empty() {
        return Err(invalid("Invalid request: Tier is required."));
    }
    refuse(tiers::refusal(tier, edition, version.engine()))?;
    refuse(flags::refusal(&settings["databaseFlags"], version.engine()))?;
    disk(settings)?;
    backups(settings, edition, version.engine())?;
    network(settings)?;
    labels(settings)
}

fn refuse(why: Option<String>) -> Result<(), Fault> {
    why.map_or(Ok(()), |why| Err(invalid(why)))
}

fn number(value: &Json) -> i64 {
    value.as_str().and_then(|text| text.parse().ok()).or_else(|| value.as_i64()).unwrap_or(0)
}

fn disk(settings: &Json) -> Result<(), Fault> {
    let size = number(&settings["dataDiskSizeGb"]);
    if (10..=65_536).contains(&size) {
        return Ok(());
    }
    Err(invalid(format!("Invalid request: Invalid disk size ({size} GB): it must be between 10 GB and 65536 GB.")))
}

fn backups(settings: &Json, edition: &str, engine: Engine) -> Result<(), Fault> {
    let backup = &settings["backupConfiguration"];
    let longest = if edition == "ENTERPRISE_PLUS" { 35 } else { 7 };
    let days = number(&backup["transactionLogRetentionDays"]);
    if !(1..=longest).contains(&days) {
        // The text is quoted in a public issue thread.
        return Err(invalid(format!(
            "Invalid request: The number of transaction log retention days must be between 1 and {longest}."
        )));
    }
    let kept = number(&backup["backupRetentionSettings"]["retainedBackups"]);
    if !(1..=365).contains(&kept) {
        return Err(invalid("Invalid request: The number of retained backups must be between 1 and 365."));
    }
    let on = |field: &str| backup[field] == true;
    if !on("enabled") && (on("pointInTimeRecoveryEnabled") || on("binaryLogEnabled")) {
        return Err(invalid(
            "Invalid request: Point-in-time recovery and binary logging must be disabled when backups are disabled.",
        ));
    }
    let logs = match engine {
        Engine::Postgres => on("pointInTimeRecoveryEnabled"),
        Engine::MySql => on("binaryLogEnabled"),
        Engine::SqlServer => true,
    };
    if settings["availabilityType"] == "REGIONAL" && !(on("enabled") && logs) {
        return Err(invalid(
            "Invalid request: Automated backups and point-in-time recovery must be enabled for a regional instance.",
        ));
    }
    Ok(())
}

fn network(settings: &Json) -> Result<(), Fault> {
    let ip = &settings["ipConfiguration"];
    let psc = ip["pscConfig"]["pscEnabled"] == true;
    let private = ip["privateNetwork"].as_str().is_some_and(|network| !network.is_empty());
    if ip["ipv4Enabled"] != true && !private && !psc {
        return Err(invalid(
            "Invalid request: At least one of Public IP or Private IP or PSC connectivity must be enabled.",
        ));
    }
    for network in ip["authorizedNetworks"].as_array().into_iter().flatten() {
        let value = network["value"].as_str().unwrap_or_default();
        let fits = value.parse::<ipnet::IpNet>().is_ok() || value.parse::<std::net::IpAddr>().is_ok();
        if !fits {
            return Err(invalid(format!("Invalid request: Invalid authorized network: {value}.")));
        }
    }
    Ok(())
}

fn labels(settings: &Json) -> Result<(), Fault> {
    let plain = |text: &str| {
        text.len() <= 63
            && text.chars().all(|c| c.is_lowercase() || c.is_numeric() || c == '-' || c == '_' || c.is_alphabetic())
            && !text.chars().any(char::is_uppercase)
    };
    for (key, value) in settings["userLabels"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        if key.is_empty() || !plain(key) || !plain(value) {
            return Err(invalid(format!("Invalid request: Invalid user label ({key}: {value}).")));
        }
    }
    Ok(())
}

/// What cannot be taken back: the disk's size, the way into the network, the version.
pub(super) fn change(old: &Json, new: &Json) -> Result<(), Fault> {
    let (before, after) = (number(&old["dataDiskSizeGb"]), number(&new["dataDiskSizeGb"]));
    if after < before {
        return Err(invalid(format!(
            "Invalid request: Invalid disk size ({after} GB): the data disk size cannot be decreased from {before} GB."
        )));
    }
    if old["dataDiskType"] != new["dataDiskType"] {
        return Err(invalid("Invalid request: The data disk type of an instance cannot be changed."));
    }
    let (old, new) = (&old["ipConfiguration"], &new["ipConfiguration"]);
    if old["pscConfig"]["pscEnabled"] == true && new["pscConfig"]["pscEnabled"] != true {
        return Err(invalid("Invalid request: Private Service Connect cannot be disabled on an existing instance."));
    }
    if old["pscConfig"]["pscEnabled"] != true && new["pscConfig"]["pscEnabled"] == true && old["ipv4Enabled"] != true {
        return Err(invalid("Invalid request: Private Service Connect cannot be enabled on this instance."));
    }
    let private = |ip: &Json| ip["privateNetwork"].as_str().is_some_and(|network| !network.is_empty());
    if private(old) && !private(new) {
        return Err(invalid("Invalid request: The private network of an instance cannot be removed."));
    }
    Ok(())
}
