//! Database versions: which there are, what Google has installed for each, what each can become.
//!
//! Installed and maintenance versions that recordings show are word for word theirs (the newest, where several do);
//! the others follow their pattern, with the minor releases of the spring of 2026.

use serde_json::{Value as Json, json};

/// The engine behind a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Postgres,
    MySql,
    SqlServer,
}

/// A version that an instance can have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version {
    /// `POSTGRES_15`
    pub name: &'static str,
    /// What follows the name in `databaseInstalledVersion`: `_15`.
    minor: &'static str,
    /// What follows that in `maintenanceVersion`.
    release: &'static str,
}

const fn version(name: &'static str, minor: &'static str, release: &'static str) -> Version {
    Version { name, minor, release }
}

/// In the order in which Google lists upgrades.
const VERSIONS: [Version; 37] = [
    version("POSTGRES_9_6", "_24", "R20240514.00_12"),
    version("POSTGRES_10", "_23", "R20240514.00_12"),
    version("POSTGRES_11", "_22", "R20250302.00_04"),
    version("POSTGRES_12", "_22", "R20250302.00_04"),
    version("POSTGRES_13", "_20", "R20250302.00_04"),
    version("POSTGRES_14", "_20", "R20260108.01_01"),
    version("POSTGRES_15", "_15", "R20260108.01_01"),
    version("POSTGRES_16", "_11", "R20251004.01_26"),
    version("POSTGRES_17", "_7", "R20260108.01_01"),
    version("POSTGRES_18", "_1", "R20260108.01_01"),
    version("MYSQL_5_6", "_51", "R20240207.00_10"),
    version("MYSQL_5_7", "_44", "R20240527.01_12"),
    version("MYSQL_8_0", "_41", "R20251004.01_26"),
    version("MYSQL_8_0_18", "", "R20251004.01_26"),
    version("MYSQL_8_0_26", "", "R20251004.01_26"),
    version("MYSQL_8_0_27", "", "R20251004.01_26"),
    version("MYSQL_8_0_28", "", "R20251004.01_26"),
    version("MYSQL_8_0_29", "", "R20251004.01_26"),
    version("MYSQL_8_0_30", "", "R20251004.01_26"),
    version("MYSQL_8_0_31", "", "R20251004.01_26"),
    version("MYSQL_8_0_32", "", "R20251004.01_26"),
    version("MYSQL_8_0_33", "", "R20251004.01_26"),
    version("MYSQL_8_0_34", "", "R20251004.01_26"),
    version("MYSQL_8_0_35", "", "R20251004.01_26"),
    version("MYSQL_8_0_36", "", "R20251004.01_26"),
    version("MYSQL_8_0_37", "", "R20251004.01_26"),
    version("MYSQL_8_4", "_4", "R20251004.01_26"),
    version("SQLSERVER_2017_STANDARD", "_CU31_GDR", "R20240501.00_08"),
    version("SQLSERVER_2017_ENTERPRISE", "_CU31_GDR", "R20240501.00_08"),
    version("SQLSERVER_2019_STANDARD", "_CU26", "R20240501.00_08"),
    version("SQLSERVER_2019_ENTERPRISE", "_CU26", "R20240501.00_08"),
    version("SQLSERVER_2019_EXPRESS", "_CU26", "R20240501.00_08"),
    version("SQLSERVER_2019_WEB", "_CU26", "R20240501.00_08"),
    version("SQLSERVER_2022_STANDARD", "_CU12_GDR", "R20240501.00_08"),
    version("SQLSERVER_2022_ENTERPRISE", "_CU12_GDR", "R20240501.00_08"),
    version("SQLSERVER_2022_EXPRESS", "_CU12_GDR", "R20240501.00_08"),
    version("SQLSERVER_2022_WEB", "_CU12_GDR", "R20240501.00_08"),
];

/// The version of that name, if instances can have it.
pub(crate) fn find(name: &str) -> Option<Version> {
    VERSIONS.into_iter().find(|version| version.name == name)
}

impl Version {
    /// The engine behind it.
    pub(crate) fn engine(self) -> Engine {
        match self.name.split('_').next() {
            Some("POSTGRES") => Engine::Postgres,
            Some("MYSQL") => Engine::MySql,
            _ => Engine::SqlServer,
        }
    }

    /// `POSTGRES_15_15`
    pub(crate) fn installed(self) -> String {
        format!("{}{}", self.name, self.minor)
    }

    /// `POSTGRES_15_15.R20260108.01_01`
    pub(crate) fn maintenance(self) -> String {
        format!("{}.{}", self.installed(), self.release)
    }

    /// From PostgreSQL 16 on, the API's own default is the dearer edition.
    pub(crate) fn default_edition(self) -> &'static str {
        match self.name.strip_prefix("POSTGRES_").and_then(|major| major.parse::<u32>().ok()) {
            Some(major) if major >= 16 => "ENTERPRISE_PLUS",
            _ => "ENTERPRISE",
        }
    }

    /// Editions below PostgreSQL 12, MySQL 8 and SQL Server 2019 know no Enterprise Plus.
    pub(crate) fn has_enterprise_plus(self) -> bool {
        let old = ["POSTGRES_9_6", "POSTGRES_10", "POSTGRES_11", "MYSQL_5_6", "MYSQL_5_7"];
        !old.contains(&self.name) && !self.name.ends_with("_EXPRESS") && !self.name.ends_with("_WEB")
    }

    fn rank(self) -> Option<usize> {
        VERSIONS.iter().position(|version| version.name == self.name)
    }

    /// `upgradableDatabaseVersions`, empty for the newest.
    pub(crate) fn upgrades(self) -> Vec<Json> {
        VERSIONS
            .into_iter()
            .filter(|next| self.can_become(*next))
            .map(|next| json!({"majorVersion": next.major(), "name": next.name, "displayName": next.display()}))
            .collect()
    }

    /// Whether an upgrade from here to `next` exists.
    pub(crate) fn can_become(self, next: Version) -> bool {
        if self.engine() != next.engine() || self.name == next.name {
            return false;
        }
        match self.engine() {
            Engine::Postgres => self.rank() < next.rank(),
            // Recorded for 5.7: every 8.0, and not 8.4.
            Engine::MySql => match (self.major(), next.major()) {
                ("MYSQL_5_7", "MYSQL_8_0") | ("MYSQL_8_0", "MYSQL_8_4") => true,
                ("MYSQL_8_0", "MYSQL_8_0") => {
                    next.name != "MYSQL_8_0" && self.name != "MYSQL_8_0" && self.rank() < next.rank()
                }
                _ => false,
            },
            // Recorded: another edition of the same year, or any of a later one; never from 2019 Express to itself.
            Engine::SqlServer => {
                self.year() < next.year() || (self.year() == next.year() && self.name.ends_with("_EXPRESS"))
            }
        }
    }

    fn year(self) -> &'static str {
        self.name.split('_').nth(1).unwrap_or_default()
    }

    fn major(self) -> &'static str {
        if self.name.starts_with("MYSQL_8_0") { "MYSQL_8_0" } else { self.name }
    }

    fn display(self) -> String {
        let parts: Vec<&str> = self.name.split('_').skip(1).collect();
        match self.engine() {
            Engine::Postgres => format!("PostgreSQL {}", parts.join(".")),
            Engine::MySql => format!("MySQL {}", parts.join(".")),
            Engine::SqlServer => {
                let edition = parts.get(1).copied().unwrap_or_default();
                let edition =
                    format!("{}{}", &edition[..1.min(edition.len())], edition.get(1..).unwrap_or("").to_lowercase());
                format!("SQL Server {} {edition}", parts[0])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(version: &str) -> Vec<String> {
        let upgrades = find(version).unwrap().upgrades();
        upgrades.iter().map(|upgrade| upgrade["name"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn recorded_versions_are_installed_word_for_word() {
        let of = |name| (find(name).unwrap().installed(), find(name).unwrap().maintenance());
        assert_eq!(of("POSTGRES_15"), ("POSTGRES_15_15".into(), "POSTGRES_15_15.R20260108.01_01".into()));
        assert_eq!(of("MYSQL_5_7").1, "MYSQL_5_7_44.R20240527.01_12");
        assert_eq!(of("SQLSERVER_2022_EXPRESS").1, "SQLSERVER_2022_EXPRESS_CU12_GDR.R20240501.00_08");
    }

    #[test]
    fn recorded_upgrades_are_offered() {
        assert_eq!(names("POSTGRES_15"), ["POSTGRES_16", "POSTGRES_17", "POSTGRES_18"]);
        assert_eq!(names("MYSQL_5_7").len(), 14);
        let express = names("SQLSERVER_2019_EXPRESS");
        assert_eq!(express.first().map(String::as_str), Some("SQLSERVER_2019_STANDARD"));
        assert_eq!(express.len(), 7);
        assert_eq!(names("SQLSERVER_2022_EXPRESS").len(), 3);
        assert_eq!(find("MYSQL_5_7").unwrap().upgrades()[1]["displayName"], "MySQL 8.0.18");
        assert_eq!(find("SQLSERVER_2019_EXPRESS").unwrap().upgrades()[0]["displayName"], "SQL Server 2019 Standard");
    }

    #[test]
    fn postgres_16_and_later_default_to_enterprise_plus() {
        let of = |name| find(name).unwrap().default_edition();
        assert_eq!(
            ["POSTGRES_15", "POSTGRES_16", "POSTGRES_9_6", "MYSQL_8_0"].map(of),
            ["ENTERPRISE", "ENTERPRISE_PLUS", "ENTERPRISE", "ENTERPRISE"]
        );
    }
}
