//! Faults of a user that need no cloud to be found.

use super::login::{PRINCIPALS, Principal};
use crate::kinds::payload::check_source;
use crate::kinds::sql::{Engine, engine_at, text};
use crate::kinds::{CheckInput, faults};
use crate::model::Diagnostic;

/// All of them.
pub fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(one_principal(input));
    found.extend(address(input));
    found.extend(login(input));
    found.extend(iam_only(input));
    found.extend(engine_fields(input));
    found.extend(password(input));
    found.extend(faults::out_of_range(input.doc, "passwordPolicy.allowedFailedAttempts", 0..=i64::from(i32::MAX)));
    found
}

fn one_principal(input: &CheckInput<'_>) -> Option<Diagnostic> {
    let named: Vec<&str> =
        PRINCIPALS.iter().map(|(field, _)| *field).filter(|field| input.doc.get(field).is_some()).collect();
    (named.len() > 1).then(|| {
        let message = format!("a user is one of `{}`", named.join("` and `"));
        faults::at(named[1], "several-principals", message).hint("make an entry for each")
    })
}

fn address(input: &CheckInput<'_>) -> Option<Diagnostic> {
    let Principal { field, email, .. } = Principal::of(input.doc)?;
    let email = email?;
    let is_account = email.ends_with(".gserviceaccount.com");
    let looks_right = email.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'));
    if !looks_right {
        let message = format!("`{email}` is no e-mail address");
        return Some(faults::at(field, "bad-email", message).hint("a whole address: `ann@example.com`"));
    }
    (is_account && field != "serviceAccount").then(|| {
        faults::at(field, "is-service-account", format!("`{email}` is a service account"))
            .hint(format!("write `serviceAccount: {email}`"))
    })
}

/// Names that the engines keep for themselves.
const RESERVED: &[&str] = &["cloudsql", "pg_"];

fn login(input: &CheckInput<'_>) -> Option<Diagnostic> {
    let login = text(input.doc, "login")?;
    let is_iam = Principal::of(input.doc).is_some();
    let field = Principal::of(input.doc).map_or("name", |principal| principal.field);
    let (length, most, what) = match engine_at(input.place) {
        Some(Engine::MySql) => (login.chars().count(), 32, "characters"),
        Some(Engine::SqlServer) => (login.chars().count(), 128, "characters"),
        _ => (login.len(), 63, "bytes"),
    };
    if length > most {
        let message = format!("the login `{login}` has {length} {what}, the database takes {most}");
        let way_out = if is_iam { "take a service account with a shorter id" } else { "shorten it with `name:`" };
        return Some(faults::at(field, "login-too-long", message).hint(way_out));
    }
    let reserved = RESERVED.iter().find(|prefix| !is_iam && login.starts_with(**prefix))?;
    let message = format!("`{login}`: names that begin with `{reserved}` are the database's own");
    Some(faults::at(field, "reserved-name", message).hint("take another with `name:`"))
}

/// What IAM users do not have.
fn iam_only(input: &CheckInput<'_>) -> Vec<Diagnostic> {
    let Some(principal) = Principal::of(input.doc) else { return Vec::new() };
    let mut found: Vec<Diagnostic> = ["password", "host", "passwordPolicy", "dualPasswordType"]
        .into_iter()
        .filter(|field| input.doc.get(field).is_some())
        .map(|field| {
            let message = format!("`{field}` is for built-in users, `{}` logs in by IAM", principal.field);
            faults::at(field, "not-for-iam", message).hint(format!("leave `{field}` out"))
        })
        .collect();
    if engine_at(input.place) == Some(Engine::SqlServer) {
        let message = "SQL Server has no IAM login";
        found.push(faults::at(principal.field, "wrong-engine", message).hint("write a `password` instead"));
    }
    found
}

fn engine_fields(input: &CheckInput<'_>) -> Vec<Diagnostic> {
    let Some(engine) = engine_at(input.place) else { return Vec::new() };
    let only_for: [(&str, &[Engine]); 5] = [
        ("host", &[Engine::MySql]),
        ("dualPasswordType", &[Engine::MySql]),
        ("passwordPolicy", &[Engine::MySql, Engine::Postgres]),
        ("databaseRoles", &[Engine::MySql, Engine::Postgres]),
        ("serverRoles", &[Engine::SqlServer]),
    ];
    only_for
        .into_iter()
        .filter(|(field, engines)| input.doc.get(field).is_some() && !engines.contains(&engine))
        .map(|(field, engines)| {
            let names: Vec<&str> = engines.iter().map(|engine| engine.name()).collect();
            let message = format!("`{field}` is for {}, the instance is {}", names.join(" and "), engine.name());
            faults::at(field, "wrong-engine", message).hint(format!("leave `{field}` out"))
        })
        .collect()
}

fn password(input: &CheckInput<'_>) -> Vec<Diagnostic> {
    if let Some(source) = input.doc.get("password") {
        return check_source("password", source);
    }
    if Principal::of(input.doc).is_some() {
        return Vec::new();
    }
    let message = "a built-in user without a password: one that is made so is open or of no use";
    let hint = "write `serviceAccount: KEY` for IAM login, or `password: {env: NAME}`";
    vec![faults::warn_at("password", "no-password", message).hint(hint)]
}
