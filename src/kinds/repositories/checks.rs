//! Faults of a repository that need no cloud to be found.

use crate::kinds::{canonical, faults};
use crate::model::{Diagnostic, Doc, DocPath};

/// All of them.
pub fn check(doc: &Doc) -> Vec<Diagnostic> {
    let mut found = faults::labels(doc, "labels");
    found.extend(format_fields(doc));
    found.extend(mode_fields(doc));
    found.extend(upstream(doc));
    found.extend(joined(doc));
    let policies = doc.get("cleanupPolicies").and_then(Doc::as_map).into_iter().flatten();
    found.extend(policies.flat_map(|(name, policy)| cleanup(name, policy)));
    found
}

fn format_fields(doc: &Doc) -> Vec<Diagnostic> {
    let Some(format) = doc.dig_str("format") else { return Vec::new() };
    [("dockerConfig", "DOCKER"), ("mavenConfig", "MAVEN")]
        .into_iter()
        .filter(|(field, wanted)| doc.get(field).is_some() && format != *wanted)
        .map(|(field, wanted)| {
            let message = format!("`{field}` is for `format: {wanted}`, this is `{format}`");
            faults::at(field, "wrong-format", message).hint(format!("leave `{field}` out"))
        })
        .collect()
}

fn mode_fields(doc: &Doc) -> Vec<Diagnostic> {
    let mode = match doc.get("mode") {
        None => "STANDARD_REPOSITORY",
        Some(mode) => match mode.as_str() {
            Some(mode) => mode,
            None => return Vec::new(),
        },
    };
    let fields = [("remoteRepositoryConfig", "REMOTE_REPOSITORY"), ("virtualRepositoryConfig", "VIRTUAL_REPOSITORY")];
    let mut found = Vec::new();
    for (field, wanted) in fields {
        let has = doc.get(field).is_some();
        if has && mode != wanted {
            let message = format!("`{field}` is for `mode: {wanted}`, this is `{mode}`");
            found.push(faults::at(field, "wrong-mode", message).hint(format!("write `mode: {wanted}`")));
        }
        if !has && mode == wanted && wanted == "REMOTE_REPOSITORY" {
            let message = format!("a `{wanted}` needs `{field}`");
            found.push(
                faults::at("mode", "needs-config", message)
                    .hint("`remoteRepositoryConfig: {dockerRepository: {publicRepository: DOCKER_HUB}}`"),
            );
        }
    }
    found
}

/// The field of each format's source.
const SOURCES: &[(&str, &str)] = &[
    ("dockerRepository", "DOCKER"),
    ("mavenRepository", "MAVEN"),
    ("npmRepository", "NPM"),
    ("pythonRepository", "PYTHON"),
    ("aptRepository", "APT"),
    ("yumRepository", "YUM"),
    ("commonRepository", ""),
];

fn upstream(doc: &Doc) -> Vec<Diagnostic> {
    let Some(config) = doc.get("remoteRepositoryConfig") else { return Vec::new() };
    let named: Vec<_> = SOURCES.iter().filter(|(field, _)| config.get(field).is_some()).collect();
    let mut found = Vec::new();
    if named.len() != 1 {
        let message = format!("a remote repository has one source, here are {}", named.len());
        let hint = "one of `dockerRepository`, `mavenRepository`, `npmRepository`, …, `commonRepository`";
        found.push(faults::at("remoteRepositoryConfig", "one-source", message).hint(hint));
    }
    let format = doc.dig_str("format");
    for (field, wanted) in named {
        let path = format!("remoteRepositoryConfig.{field}");
        if !wanted.is_empty() && format.is_some_and(|format| format != *wanted) {
            let message = format!("`{field}` is for `format: {wanted}`, this is `{}`", format.unwrap_or_default());
            found.push(faults::at(&path, "wrong-format", message).hint("take the source of that format"));
        }
        let choices = ["publicRepository", "customRepository"];
        let chosen = choices.iter().filter(|choice| config.dig(&format!("{field}.{choice}")).is_some()).count();
        if !wanted.is_empty() && chosen != 1 {
            let message = format!("`{field}` is either a `publicRepository` or a `customRepository`");
            found.push(faults::at(&path, "one-source", message).hint("`{customRepository: {uri: https://…}}`"));
        }
    }
    found
}

fn joined(doc: &Doc) -> Vec<Diagnostic> {
    let path = "virtualRepositoryConfig.upstreamPolicies";
    let policies = doc.dig(path).and_then(Doc::as_list).unwrap_or_default();
    let mut seen = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        let Some(id) = policy.dig_str("id") else { continue };
        if !seen.insert(id) {
            let field = DocPath::keys(path).index(index).key("id");
            let message = format!("`{id}` names two of the joined repositories");
            found.push(Diagnostic::error("duplicate-id", message).field(field).hint("give each an id of its own"));
        }
    }
    found
}

fn cleanup(name: &str, policy: &Doc) -> Vec<Diagnostic> {
    let field = |rest: &str| {
        let base = DocPath::keys("cleanupPolicies").key(name);
        rest.split('.').filter(|key| !key.is_empty()).fold(base, |path, key| path.key(key))
    };
    let mut found = Vec::new();
    if name.is_empty() || name.len() > 128 {
        let message = format!("the policy's name has {} characters, Google takes 1 to 128", name.len());
        found.push(Diagnostic::error("bad-policy-name", message).field(field("")).hint("shorten it"));
    }
    let (condition, newest) = (policy.get("condition").is_some(), policy.get("mostRecentVersions").is_some());
    if condition == newest {
        let message = format!("the cleanup policy `{name}` has one of `condition` and `mostRecentVersions`");
        let hint = "write `condition: {olderThan: 30d}`, or with `KEEP` `mostRecentVersions: {keepCount: 5}`";
        found.push(Diagnostic::error("policy-choice", message).field(field("")).hint(hint));
    }
    if newest && policy.dig_str("action") == Some("DELETE") {
        let message = "`mostRecentVersions` is for `action: KEEP`";
        let hint = "write `action: KEEP`, and a second policy that deletes";
        found.push(Diagnostic::error("keep-only", message).field(field("mostRecentVersions")).hint(hint));
    }
    for key in ["olderThan", "newerThan"] {
        let path = format!("condition.{key}");
        let Some(text) = policy.dig_str(&path).filter(|text| canonical::duration(text).is_none()) else { continue };
        let message = format!("`{text}` is no duration");
        let hint = "a duration looks like `30d` or `2592000s`";
        found.push(Diagnostic::error("bad-duration", message).field(field(&path)).hint(hint));
    }
    let tags = "condition.tagPrefixes";
    if policy.dig(tags).is_some() && policy.dig_str("condition.tagState") == Some("UNTAGGED") {
        let message = "what has no tag has none that begins with `tagPrefixes`";
        found.push(Diagnostic::error("no-tags", message).field(field(tags)).hint("write `tagState: TAGGED`"));
    }
    if let Some(count) = policy.dig("mostRecentVersions.keepCount").and_then(Doc::as_i64).filter(|count| *count < 1) {
        let message = format!("`keepCount` is {count}, which keeps nothing");
        let path = field("mostRecentVersions.keepCount");
        found.push(Diagnostic::error("out-of-range", message).field(path).hint("1 or more"));
    }
    found
}
