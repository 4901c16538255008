//! Database engines and their versions, as Cloud SQL names them: `POSTGRES_18`, `MYSQL_8_0_36`, `SQLSERVER_2022_WEB`.

use std::cmp::Ordering;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    MySql,
    SqlServer,
}

impl Engine {
    /// The engine of a `databaseVersion`.
    pub fn of(version: &str) -> Option<Self> {
        match version.split_once('_')?.0 {
            "POSTGRES" => Some(Self::Postgres),
            "MYSQL" => Some(Self::MySql),
            "SQLSERVER" => Some(Self::SqlServer),
            _ => None,
        }
    }

    /// For messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::SqlServer => "SQL Server",
        }
    }

    /// How a place names it: the value under `engine`.
    pub const fn marker(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
            Self::SqlServer => "sqlserver",
        }
    }

    /// The engine behind a [`marker`](Self::marker).
    pub fn from_marker(marker: &str) -> Option<Self> {
        [Self::Postgres, Self::MySql, Self::SqlServer].into_iter().find(|engine| engine.marker() == marker)
    }
}

/// The numbers of a version: `[8, 0, 36]` of `MYSQL_8_0_36`, `[2022]` of `SQLSERVER_2022_WEB`.
pub fn numbers(version: &str) -> Vec<u32> {
    version.split('_').skip(1).map_while(|part| part.parse().ok()).collect()
}

/// The version's first number: `18` of `POSTGRES_18`.
pub fn major(version: &str) -> Option<u32> {
    numbers(version).first().copied()
}

/// Why a text is no `databaseVersion`.
pub fn check_version(version: &str) -> Result<(), String> {
    let parts: Vec<&str> = version.split('_').collect();
    let numbers = numbers(version).len();
    let well_formed = match Engine::of(version) {
        Some(Engine::Postgres) => numbers + 1 == parts.len() && (1..=2).contains(&numbers),
        Some(Engine::MySql) => numbers + 1 == parts.len() && (2..=3).contains(&numbers),
        Some(Engine::SqlServer) => {
            numbers == 1 && parts.len() == 3 && ["EXPRESS", "WEB", "STANDARD", "ENTERPRISE"].contains(&parts[2])
        }
        None => false,
    };
    if well_formed {
        return Ok(());
    }
    Err("a version looks like `POSTGRES_18`, `MYSQL_8_4` or `SQLSERVER_2022_STANDARD`".to_owned())
}

/// How two versions of one engine stand to each other: the shared numbers decide, so `MYSQL_8_0` and `MYSQL_8_0_36`
/// are alike. `None` across engines.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    if Engine::of(left)? != Engine::of(right)? {
        return None;
    }
    let (left, right) = (numbers(left), numbers(right));
    let shared = left.len().min(right.len());
    Some(left[..shared].cmp(&right[..shared]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_and_numbers_are_read() {
        assert_eq!(Engine::of("POSTGRES_9_6"), Some(Engine::Postgres));
        assert_eq!(Engine::of("ORACLE_19"), None);
        assert_eq!(numbers("MYSQL_8_0_36"), [8, 0, 36]);
        assert_eq!(major("SQLSERVER_2022_WEB"), Some(2022));
        for engine in [Engine::Postgres, Engine::MySql, Engine::SqlServer] {
            assert_eq!(Engine::from_marker(engine.marker()), Some(engine));
        }
    }

    #[test]
    fn versions_are_told_from_what_is_none() {
        for version in ["POSTGRES_9_6", "POSTGRES_18", "MYSQL_5_7", "MYSQL_8_0_45", "SQLSERVER_2025_EXPRESS"] {
            assert_eq!(check_version(version), Ok(()), "{version}");
        }
        for version in ["POSTGRES", "POSTGRES18", "postgres_18", "MYSQL_8", "SQLSERVER_2022", "SQLSERVER_2022_HUGE", ""]
        {
            assert!(check_version(version).is_err(), "{version}");
        }
    }

    #[test]
    fn versions_of_one_engine_are_ordered() {
        assert_eq!(compare("POSTGRES_9_6", "POSTGRES_10"), Some(Ordering::Less));
        assert_eq!(compare("MYSQL_8_4", "MYSQL_8_0_36"), Some(Ordering::Greater));
        assert_eq!(compare("MYSQL_8_0", "MYSQL_8_0_36"), Some(Ordering::Equal));
        assert_eq!(compare("SQLSERVER_2019_WEB", "SQLSERVER_2022_WEB"), Some(Ordering::Less));
        assert_eq!(compare("MYSQL_8_0", "POSTGRES_10"), None);
    }
}
