//! What can be checked before the first change: rights on the project, values that are needed and missing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::dry_run::missing_values;
use super::inputs::Inputs;
use super::session::Session;
use crate::model::{Action, Diagnostic, DocPath, Segment};
use crate::plan::{Plan, Planned};
use crate::wire::{Method, Request};

/// What stands against carrying out a plan, found without changing anything.
///
/// A right to create that is missing on the project is an error: nothing else can give it. A right to change or to
/// delete may be granted on the resource itself, so its absence is a warning. Where Google does not say (an API that
/// is not enabled yet, a custom role that it does not know), nothing is found.
pub async fn preflight(session: &Session<'_>, plan: &Plan, inputs: &Inputs) -> Vec<Diagnostic> {
    let mut findings = missing_values(plan, inputs);
    let needed = needed(plan);
    let missing = missing(session, plan, &needed).await;
    for (permission, need) in needed {
        if missing.contains(&permission) {
            findings.push(finding(plan, &permission, &need));
        }
    }
    findings
}

/// Why a permission is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Need {
    /// Addresses, in words.
    by: Vec<String>,
    level: Level,
}

/// Where a permission can be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// On the resource, too.
    Resource,
    /// On the project or above.
    Project,
}

fn finding(plan: &Plan, permission: &str, need: &Need) -> Diagnostic {
    let by = match need.by.as_slice() {
        [one] => format!("`{one}`"),
        [first, rest @ ..] => format!("`{first}` and {} more", rest.len()),
        [] => "the plan".to_owned(),
    };
    let project = &plan.project.id;
    let hint = format!("grant a role that has it on the project `{project}`, or run as somebody who has one");
    match need.level {
        Level::Project => {
            Diagnostic::error("no-permission", format!("the caller lacks `{permission}`, which {by} needs")).hint(hint)
        }
        Level::Resource => Diagnostic::warning(
            "no-permission",
            format!("the caller lacks `{permission}` on the project, which {by} needs unless it is granted there"),
        )
        .hint(hint),
    }
}

async fn missing(session: &Session<'_>, plan: &Plan, needed: &BTreeMap<String, Need>) -> BTreeSet<String> {
    let asked: Vec<&String> = needed.keys().collect();
    let mut missing = BTreeSet::new();
    // The API takes a hundred at a time.
    for batch in asked.chunks(100) {
        let path = format!("/v1/projects/{}:testIamPermissions", plan.project.id);
        let test = Request::new(Method::Post, "cloudresourcemanager.googleapis.com", path)
            .json(json!({ "permissions": batch }));
        let Ok(reply) = session.client.read(&test).await else { continue };
        let held = reply.get("permissions").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        missing
            .extend(batch.iter().filter(|name| !held.iter().any(|held| held == name.as_str())).map(|n| (*n).clone()));
    }
    missing
}

fn needed(plan: &Plan) -> BTreeMap<String, Need> {
    let mut needed: BTreeMap<String, Need> = BTreeMap::new();
    let mut need = |permission: String, by: String, level: Level| {
        let need = needed.entry(permission).or_insert(Need { by: Vec::new(), level });
        need.level = need.level.max(level);
        need.by.push(by);
    };
    if !plan.enable_apis.is_empty() {
        need("serviceusage.services.enable".to_owned(), "apis".to_owned(), Level::Project);
    }
    for planned in plan.resources.iter().filter(|planned| is_in_project(plan, planned)) {
        for (permission, level) in permissions(planned) {
            need(permission, planned.address.to_string(), level);
        }
    }
    needed
}

fn is_in_project(plan: &Plan, planned: &Planned) -> bool {
    let project = planned.place.project();
    project == plan.project.id || plan.project.number.as_deref() == Some(project)
}

/// Sections and the prefix of their permissions (cloud.google.com/iam/docs/permissions-reference).
const PREFIXES: &[(&str, &str)] = &[
    ("networks", "compute.networks"),
    ("subnetworks", "compute.subnetworks"),
    ("forwardingRules", "compute.forwardingRules"),
    ("serviceAccounts", "iam.serviceAccounts"),
    ("sqlInstances", "cloudsql.instances"),
    ("sqlDatabases", "cloudsql.databases"),
    ("sqlUsers", "cloudsql.users"),
    ("repositories", "artifactregistry.repositories"),
    ("secrets", "secretmanager.secrets"),
    ("services", "run.services"),
    ("jobs", "run.jobs"),
    ("workerPools", "run.workerpools"),
];

fn permissions(planned: &Planned) -> Vec<(String, Level)> {
    let section = &*planned.address.section;
    if section == "iamBindings" && planned.action.changes_cloud() {
        return vec![("resourcemanager.projects.setIamPolicy".to_owned(), Level::Project)];
    }
    let Some((_, prefix)) = PREFIXES.iter().find(|(name, _)| *name == section) else { return Vec::new() };
    let verb = |verb: &str, level| (format!("{prefix}.{verb}"), level);
    let mut found = match planned.action {
        Action::Create => vec![verb("create", Level::Project)],
        Action::Replace => vec![verb("delete", Level::Resource), verb("create", Level::Project)],
        Action::Delete if planned.goes_with.is_none() => vec![verb("delete", Level::Resource)],
        Action::Update => vec![verb("update", Level::Resource)],
        _ => Vec::new(),
    };
    let edits_members = planned.changes.iter().map(|change| &change.path).chain(&planned.removed).any(is_member);
    if edits_members && !found.is_empty() {
        found.push(verb(
            "setIamPolicy",
            if planned.action == Action::Create { Level::Project } else { Level::Resource },
        ));
    }
    found
}

fn is_member(path: &DocPath) -> bool {
    matches!(path.0.first(), Some(Segment::Key(key)) if key == "iam" || key == "invokers")
}
