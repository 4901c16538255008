//! IAM policies, alike for every resource that has one: read, write under an etag, test.
//!
//! A policy is the document `RESOURCE-KEY/$policy`, so that it goes with its resource.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};

use super::cloud::Cloud;
use super::fault::Fault;
use super::ids;
use super::service::{Call, Reply};

/// The etag of a policy that nobody has written yet.
const UNWRITTEN: &str = "ACAB";

/// The key of a resource's policy.
pub fn key(resource: &str) -> String {
    format!("{resource}/$policy")
}

/// Answers the one of `getIamPolicy`, `setIamPolicy` and `testIamPermissions` that was called.
///
/// # Errors
/// Those of [`get`] and [`set`].
pub fn answer(call: &mut Call<'_>, resource: &str) -> Result<Reply, Fault> {
    match call.id().rsplit('.').next() {
        Some("getIamPolicy") => get(call, resource),
        Some("setIamPolicy") => set(call, resource),
        _ => Ok(test(call)),
    }
}

/// Answers `getIamPolicy` for the resource under `resource`.
///
/// # Errors
/// A policy version that does not exist.
pub fn get(call: &Call<'_>, resource: &str) -> Result<Reply, Fault> {
    let in_body = call.body["options"]["requestedPolicyVersion"].as_i64();
    let in_query = call.query("options.requestedPolicyVersion").and_then(|text| text.parse().ok());
    let version = in_body.or(in_query).unwrap_or(1);
    check_version(version)?;
    Ok(shown(call.cloud, resource, version).into())
}

/// Answers `setIamPolicy` for the resource under `resource`.
///
/// # Errors
/// 409 where the etag is not the current one; 400 where the policy is none.
pub fn set(call: &mut Call<'_>, resource: &str) -> Result<Reply, Fault> {
    let Some(policy) = call.body.get("policy").cloned() else {
        return Err(Fault::invalid("Request contains an invalid argument."));
    };
    let current = stored(call.cloud, resource);
    if let Some(given) = policy["etag"].as_str().filter(|etag| !etag.is_empty()) {
        let known = current["etag"].as_str().unwrap_or(UNWRITTEN);
        if decode(given) != decode(known) {
            return Err(Fault::aborted(format!(
                "There were concurrent policy changes. Please retry the whole read-modify-write with exponential \
                 backoff. The request's ETag '{given}' did not match the current policy's ETag '{known}'."
            )));
        }
    }
    let bindings = checked_bindings(call.cloud, &policy)?;
    let mask = call.text("updateMask").unwrap_or("bindings,etag").to_owned();
    let masked = |field: &str| mask.split(',').any(|name| name.trim() == field);
    let mut written = current;
    if masked("bindings") || mask == "*" {
        let conditional = bindings.iter().any(|binding| binding.get("condition").is_some());
        written["version"] = json!(if conditional { 3 } else { 1 });
        put_list(&mut written, "bindings", bindings);
    }
    if masked("auditConfigs") || masked("audit_configs") || mask == "*" {
        put_list(&mut written, "auditConfigs", policy["auditConfigs"].as_array().cloned().unwrap_or_default());
    }
    written["etag"] = json!(new_etag(call.cloud));
    call.cloud.store.put(key(resource), written);
    Ok(shown(call.cloud, resource, 3).into())
}

/// Answers `testIamPermissions`: the caller may do everything.
pub fn test(call: &Call<'_>) -> Reply {
    match call.body["permissions"].as_array() {
        Some(list) if !list.is_empty() => json!({"permissions": list}).into(),
        _ => json!({}).into(),
    }
}

/// Gives a resource its first policy.
pub fn seed(cloud: &mut Cloud, resource: &str, bindings: Vec<Json>) {
    let etag = new_etag(cloud);
    let mut policy = json!({"version": 1, "etag": etag});
    put_list(&mut policy, "bindings", bindings);
    cloud.store.put(key(resource), policy);
}

/// Rewrites a member in all policies: a deleted service account stays as `deleted:serviceAccount:…?uid=…`.
pub fn rename_member(cloud: &mut Cloud, from: &str, to: &str) {
    let quoted = json!(from);
    let holders: Vec<String> = cloud
        .store
        .all()
        .iter()
        .filter(|(key, _)| key.ends_with("/$policy"))
        .filter(|(_, policy)| members(policy).any(|member| *member == quoted))
        .map(|(key, _)| key.clone())
        .collect();
    for holder in holders {
        let etag = new_etag(cloud);
        let policy = cloud.store.get_mut(&holder).expect("just found");
        policy["etag"] = json!(etag);
        for binding in policy["bindings"].as_array_mut().into_iter().flatten() {
            for member in binding["members"].as_array_mut().into_iter().flatten() {
                if *member == quoted {
                    *member = json!(to);
                }
            }
        }
    }
}

fn members(policy: &Json) -> impl Iterator<Item = &Json> {
    let bindings = policy["bindings"].as_array().into_iter().flatten();
    bindings.flat_map(|binding| binding["members"].as_array().into_iter().flatten())
}

fn stored(cloud: &Cloud, resource: &str) -> Json {
    cloud.store.get(&key(resource)).cloned().unwrap_or_else(|| json!({"etag": UNWRITTEN}))
}

/// The policy as a caller sees it who asked for a version: conditions are told only to version 3.
fn shown(cloud: &Cloud, resource: &str, version: i64) -> Json {
    let mut policy = stored(cloud, resource);
    if version < 3 && policy["version"] == 3 {
        policy["version"] = json!(1);
        for binding in policy["bindings"].as_array_mut().into_iter().flatten() {
            let Some(map) = binding.as_object_mut() else { continue };
            if let Some(condition) = map.shift_remove("condition") {
                let hash = format!("{:016x}0000", ids::hash(&condition.to_string()));
                let role = format!("{}_withcond_{hash}", map["role"].as_str().unwrap_or_default());
                map.insert("role".to_owned(), json!(role));
            }
        }
    }
    policy
}

fn check_version(version: i64) -> Result<(), Fault> {
    if [0, 1, 3].contains(&version) {
        return Ok(());
    }
    Err(Fault::invalid(format!("Invalid policy version {version}: a policy has version 0, 1 or 3.")))
}

fn put_list(policy: &mut Json, name: &str, list: Vec<Json>) {
    let map = policy.as_object_mut().expect("policies are objects");
    if list.is_empty() {
        map.shift_remove(name);
    } else {
        map.insert(name.to_owned(), Json::Array(list));
    }
}

/// The bindings, those of one role and condition made one, in the order of their roles.
fn checked_bindings(cloud: &Cloud, policy: &Json) -> Result<Vec<Json>, Fault> {
    let version = policy["version"].as_i64().unwrap_or(0);
    check_version(version)?;
    let mut merged: Vec<Json> = Vec::new();
    for binding in policy["bindings"].as_array().into_iter().flatten() {
        let role = binding["role"].as_str().unwrap_or_default();
        check_role(role)?;
        let condition = binding.get("condition");
        if let Some(condition) = condition {
            check_condition(condition, version)?;
        }
        let same = |other: &&mut Json| other["role"] == binding["role"] && other.get("condition") == condition;
        let place = merged.iter_mut().find(same);
        let mut list =
            place.as_ref().map_or_else(Vec::new, |one| one["members"].as_array().cloned().unwrap_or_default());
        for member in binding["members"].as_array().into_iter().flatten() {
            check_member(cloud, member.as_str().unwrap_or_default())?;
            if !list.contains(member) {
                list.push(member.clone());
            }
        }
        list.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        if list.is_empty() {
            continue;
        }
        match place {
            Some(one) => one["members"] = Json::Array(list),
            None => {
                let mut one = json!({"role": role, "members": list});
                if let Some(condition) = condition {
                    one["condition"] = condition.clone();
                }
                merged.push(one);
            }
        }
    }
    merged.sort_by(|a, b| a["role"].as_str().cmp(&b["role"].as_str()));
    Ok(merged)
}

fn check_role(role: &str) -> Result<(), Fault> {
    let parts: Vec<&str> = role.split('/').collect();
    match parts.as_slice() {
        ["roles", name] | ["projects" | "organizations", _, "roles", name] if !name.is_empty() => Ok(()),
        _ => Err(Fault::invalid(format!("Role ({role}) does not exist in the resource's hierarchy."))),
    }
}

fn check_condition(condition: &Json, version: i64) -> Result<(), Fault> {
    if version != 3 {
        return Err(Fault::invalid(
            "Specified policy has a condition, so its version must be 3: read and write it with policy version 3.",
        ));
    }
    match (condition["title"].as_str(), condition["expression"].as_str()) {
        (Some(title), Some(expression)) if !title.is_empty() && !expression.is_empty() => Ok(()),
        _ => Err(Fault::invalid("A condition must have a title and an expression.")),
    }
}

fn check_member(cloud: &Cloud, member: &str) -> Result<(), Fault> {
    if ["allUsers", "allAuthenticatedUsers"].contains(&member) {
        return Ok(());
    }
    const KINDS: [&str; 12] = [
        "user",
        "serviceAccount",
        "group",
        "domain",
        "deleted",
        "principal",
        "principalSet",
        "projectOwner",
        "projectEditor",
        "projectViewer",
        "principalHierarchy",
        "psaSet",
    ];
    let (kind, rest) = member.split_once(':').unwrap_or((member, ""));
    if !KINDS.contains(&kind) {
        return Err(Fault::invalid(format!(
            "The member {member} is of an unknown type. Please set a valid type prefix for the member."
        )));
    }
    // A workload's identity in a cluster: `PROJECT.svc.id.goog[namespace/account]`.
    let is_workload = kind == "serviceAccount" && rest.contains(".svc.id.goog[");
    if ["user", "serviceAccount", "group"].contains(&kind) && !rest.contains('@') && !is_workload {
        return Err(Fault::invalid(format!("Invalid {kind} email: {rest}.")));
    }
    if kind == "serviceAccount" {
        return check_service_account(cloud, rest);
    }
    Ok(())
}

/// A service account of a project of this cloud must exist; Google's own agents and other clouds' accounts pass.
fn check_service_account(cloud: &Cloud, email: &str) -> Result<(), Fault> {
    let Some((_, domain)) = email.split_once('@') else { return Ok(()) };
    let Some(project) = domain.strip_suffix(".iam.gserviceaccount.com") else { return Ok(()) };
    let missing = cloud
        .project(project)
        .is_some_and(|project| !cloud.store.has(&format!("iam/projects/{}/serviceAccounts/{email}", project.id)));
    if missing {
        return Err(Fault::invalid(format!("Service account {email} does not exist.")));
    }
    Ok(())
}

/// Etags are bytes; clients send them back in either alphabet, padded or not.
pub fn decode(etag: &str) -> Vec<u8> {
    let bare = etag.trim_end_matches('=');
    let decoded = URL_SAFE_NO_PAD.decode(bare).or_else(|_| STANDARD_NO_PAD.decode(bare));
    decoded.unwrap_or_else(|_| etag.as_bytes().to_vec())
}

fn new_etag(cloud: &mut Cloud) -> String {
    let mut bytes = vec![7, 6];
    bytes.extend(cloud.ids.bytes(6));
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests;
