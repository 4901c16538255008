//! Faults of an instance that need no cloud to be found.

mod machine;
mod network;
mod upkeep;

use crate::kinds::payload::check_source;
use crate::kinds::sql::{Engine, engine};
use crate::kinds::{CheckInput, faults};
use crate::model::{Diagnostic, Doc};

/// All of them.
pub fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
    let facts = Facts::of(input.doc);
    let mut found = faults::labels(input.doc, "userLabels");
    found.extend(name(input));
    found.extend(version(input.doc));
    found.extend(flags(input.doc));
    found.extend(password(&facts));
    found.extend(engine_fields(&facts));
    found.extend(replica(&facts));
    found.extend(machine::check(&facts));
    found.extend(network::check(&facts));
    found.extend(upkeep::check(&facts, input.place));
    found
}

/// What several checks need of an entry.
pub struct Facts<'a> {
    pub doc: &'a Doc,
    pub engine: Option<Engine>,
    /// The edition, Google's default included; `None` where it is not known.
    pub edition: Option<&'a str>,
}

impl<'a> Facts<'a> {
    /// Reads them.
    pub fn of(doc: &'a Doc) -> Self {
        let version = doc.dig_str("databaseVersion");
        let edition = match doc.get("edition") {
            Some(edition) => edition.as_str(),
            None => version.map(default_edition),
        };
        Self { doc, engine: version.and_then(Engine::of), edition }
    }

    /// A truth value that is known.
    pub fn flag(&self, path: &str) -> Option<bool> {
        self.doc.dig(path).and_then(Doc::as_bool)
    }

    /// A number that is known.
    pub fn number(&self, path: &str) -> Option<i64> {
        self.doc.dig(path).and_then(Doc::as_i64)
    }

    /// A text that is known.
    pub fn text(&self, path: &str) -> Option<&'a str> {
        self.doc.dig_str(path)
    }

    /// Whether the field is in the file, known or not.
    pub fn has(&self, path: &str) -> bool {
        self.doc.dig(path).is_some()
    }

    /// Whether the entry is a replica or a read pool.
    pub fn is_replica(&self) -> bool {
        self.has("masterInstanceName")
    }
}

/// The edition of an instance whose entry names none: PostgreSQL 16 and later are `ENTERPRISE_PLUS`
/// (<https://cloud.google.com/sql/docs/postgres/create-instance>).
pub fn default_edition(version: &str) -> &'static str {
    let is_new_postgres = Engine::of(version) == Some(Engine::Postgres) && engine::major(version) >= Some(16);
    if is_new_postgres { "ENTERPRISE_PLUS" } else { "ENTERPRISE" }
}

fn name(input: &CheckInput<'_>) -> Option<Diagnostic> {
    let full = format!("{}:{}", input.place.project(), input.place.name());
    (full.len() > 98).then(|| {
        faults::at("name", "bad-name", format!("`{full}` has {} characters, Google takes 98", full.len()))
            .hint("shorten the entry's name")
    })
}

fn version(doc: &Doc) -> Option<Diagnostic> {
    let version = doc.dig_str("databaseVersion")?;
    let rule = engine::check_version(version).err()?;
    Some(
        faults::at("databaseVersion", "bad-version", format!("`{version}` is no version of Cloud SQL"))
            .label(rule)
            .hint("`gcloud sql instances create --help` lists the versions"),
    )
}

/// Which flags there are depends on the version: only their spelling is known here.
fn flags(doc: &Doc) -> Vec<Diagnostic> {
    let names = ["databaseFlags", "connectionPoolConfig.flags"].into_iter().flat_map(|path| {
        let map = doc.dig(path).and_then(Doc::as_map).into_iter().flatten();
        map.map(move |(name, _)| (path, name))
    });
    let is_ok = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ' ');
    names
        .filter(|(_, name)| name.is_empty() || !name.chars().all(is_ok))
        .map(|(path, name)| {
            faults::at(path, "bad-flag", format!("`{name}` cannot be a flag's name"))
                .hint("letters, digits, `_` and `.`: `cloudsql.iam_authentication`")
        })
        .collect()
}

fn password(facts: &Facts<'_>) -> Vec<Diagnostic> {
    facts.doc.get("rootPassword").map(|source| check_source("rootPassword", source)).unwrap_or_default()
}

/// An SQL Server instance is not made without a password; one that is there may have been made by others.
pub fn needs_password(doc: &Doc) -> Option<Diagnostic> {
    let facts = Facts::of(doc);
    let needs_one = facts.engine == Some(Engine::SqlServer) && !facts.is_replica() && !facts.has("rootPassword");
    needs_one.then(|| {
        faults::at("rootPassword", "needs-password", "an SQL Server instance cannot be made without `rootPassword`")
            .hint("write `rootPassword: {env: NAME}` or `{secret: KEY}`")
    })
}

/// Fields that only some engines have.
const ONLY_FOR: &[(&str, &[Engine])] = &[
    ("timeZone", &[Engine::SqlServer]),
    ("collation", &[Engine::SqlServer]),
    ("activeDirectoryConfig", &[Engine::SqlServer]),
    ("entraidConfig", &[Engine::SqlServer]),
    ("sqlServerAuditConfig", &[Engine::SqlServer]),
    ("backupConfiguration.binaryLogEnabled", &[Engine::MySql]),
    ("autoUpgradeEnabled", &[Engine::MySql]),
    ("dataCacheConfig", &[Engine::MySql, Engine::Postgres]),
    ("connectionPoolConfig", &[Engine::MySql, Engine::Postgres]),
    ("dataApiAccess", &[Engine::MySql, Engine::Postgres]),
    ("enableGoogleMlIntegration", &[Engine::MySql, Engine::Postgres]),
    ("passwordValidationPolicy", &[Engine::MySql, Engine::Postgres]),
    ("replicaConfiguration.cascadableReplica", &[Engine::SqlServer]),
];

fn engine_fields(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let Some(engine) = facts.engine else { return Vec::new() };
    let wrong = ONLY_FOR.iter().filter(|(path, engines)| {
        let is_set = facts.doc.dig(path).is_some_and(|value| value.as_bool() != Some(false));
        is_set && !engines.contains(&engine)
    });
    wrong
        .map(|(path, engines)| {
            let names: Vec<&str> = engines.iter().map(|engine| engine.name()).collect();
            let message = format!("`{path}` is for {}, this is {}", names.join(" and "), engine.name());
            faults::at(path, "wrong-engine", message).hint(format!("leave `{path}` out"))
        })
        .collect()
}

fn replica(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !facts.is_replica() {
        let fields = ["replicaConfiguration", "nodeCount", "readPoolAutoScaleConfig"];
        found.extend(fields.into_iter().filter(|field| facts.has(field)).map(|field| {
            faults::at(field, "not-a-replica", format!("`{field}` is for replicas, this is none"))
                .hint("name the primary: `masterInstanceName: KEY`")
        }));
    }
    if facts.is_replica() && facts.flag("backupConfiguration.enabled") == Some(true) {
        found.push(
            faults::at("backupConfiguration.enabled", "replica-backups", "a replica has no backups of its own")
                .hint("back up its primary"),
        );
    }
    if facts.has("nodeCount") && facts.text("instanceType").is_none_or(|kind| kind != "READ_POOL_INSTANCE") {
        found.push(
            faults::at("nodeCount", "not-a-pool", "`nodeCount` is for read pools")
                .hint("add `instanceType: READ_POOL_INSTANCE`"),
        );
    }
    found.extend(faults::out_of_range(facts.doc, "nodeCount", 1..=20));
    found
}
