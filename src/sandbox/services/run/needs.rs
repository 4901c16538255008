//! What a revision or a task needs to start: images, secrets, networks, a service account.

use serde_json::{Value as Json, json};

use super::Makes;
use crate::sandbox::cloud::{Cloud, Project};
use crate::sandbox::fault::Fault;
use crate::sandbox::services::artifactregistry;
use crate::sandbox::services::secretmanager::readable_version;
use crate::sandbox::services::serverless::{self, Refused};

/// Roles with which a secret's content can be read.
const READERS: [&str; 4] = [
    "roles/secretmanager.secretAccessor",
    "roles/secretmanager.admin",
    "roles/secretmanager.secretVersionManager",
    "roles/owner",
];

/// Why nothing starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Missing {
    /// `reason` or `revisionReason` of the condition.
    pub reason: (&'static str, &'static str),
    pub canonical: &'static str,
    pub message: String,
}

impl Missing {
    fn new(reason: &'static str, canonical: &'static str, message: String) -> Self {
        Self { reason: ("reason", reason), canonical, message }
    }

    /// As the error of the operation.
    pub(super) fn fault(&self, message: String) -> Fault {
        let status = if self.canonical == "NOT_FOUND" { 404 } else { 500 };
        Fault::new(status, self.canonical, self.reason.1, message)
    }
}

/// Refuses, before anything is begun, to act as a service account that is not there.
///
/// # Errors
/// The account is one of this cloud's and does not exist.
pub(super) fn account(cloud: &Cloud, email: &str) -> Result<(), Fault> {
    let project = email.split_once('@').and_then(|(_, domain)| domain.strip_suffix(".iam.gserviceaccount.com"));
    let Some(project) = project.and_then(|project| cloud.project(project)) else { return Ok(()) };
    if cloud.store.has(&format!("iam/projects/{}/serviceAccounts/{email}", project.id)) {
        return Ok(());
    }
    // The text is quoted in public issue threads.
    let message =
        format!("Permission 'iam.serviceaccounts.actAs' denied on service account {email} (or it may not exist).");
    Err(Fault::forbidden(message))
}

/// The first group of things that keep a template from starting.
pub(super) fn missing(cloud: &mut Cloud, project: &Project, template: &Json, makes: Makes) -> Option<Missing> {
    images(cloud, template).or_else(|| secrets(cloud, project, template)).or_else(|| crashes(cloud, template, makes))
}

fn images(cloud: &mut Cloud, template: &Json) -> Option<Missing> {
    for container in template["containers"].as_array().into_iter().flatten() {
        let image = container["image"].as_str().unwrap_or_default();
        if artifactregistry::deployed(cloud, image).is_none() {
            return Some(Missing::new("CONTAINER_MISSING", "NOT_FOUND", format!("Image '{image}' not found.")));
        }
    }
    None
}

/// Every secret that cannot be read, in one message, in Google's words.
fn secrets(cloud: &Cloud, project: &Project, template: &Json) -> Option<Missing> {
    let account = template["serviceAccount"].as_str().unwrap_or_default();
    let mut wrong = Vec::new();
    let mut look =
        |place: String, secret: &str, version: &str| {
            match readable_version(cloud, &project.id, secret, version) {
        Err(why) => wrong.push(format!("{place}: {why}")),
        Ok((key, _)) if !may_read(cloud, &key, account) => wrong.push(format!(
            "{place}: Permission denied on secret: {} for Revision service account {account}. The service account used \
             must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the \
             secret, project or higher level.",
            version_name(cloud, &key, version)
        )),
        Ok(_) => {}
    }
        };
    for (index, container) in template["containers"].as_array().into_iter().flatten().enumerate() {
        for (number, variable) in container["env"].as_array().into_iter().flatten().enumerate() {
            let Some(reference) = variable["valueSource"].get("secretKeyRef") else { continue };
            let place = format!("spec.template.spec.containers[{index}].env[{number}].value_from.secret_key_ref.name");
            let version = reference["version"].as_str().unwrap_or("latest");
            look(place, reference["secret"].as_str().unwrap_or_default(), version);
        }
    }
    for (index, volume) in template["volumes"].as_array().into_iter().flatten().enumerate() {
        let Some(secret) = volume.get("secret") else { continue };
        let items = secret["items"].as_array().cloned().unwrap_or_else(|| vec![json!({"version": "latest"})]);
        for (number, wanted) in items.iter().enumerate() {
            let place = format!("spec.template.spec.volumes[{index}].secret.items[{number}].key");
            let version = wanted["version"].as_str().unwrap_or("latest");
            look(place, secret["secret"].as_str().unwrap_or_default(), version);
        }
    }
    (!wrong.is_empty()).then(|| Missing::new("SECRETS_ACCESS_CHECK_FAILED", "INTERNAL", wrong.join("\n")))
}

fn version_name(cloud: &Cloud, key: &str, version: &str) -> String {
    let name = cloud.store.get(key).and_then(|secret| secret["name"].as_str()).unwrap_or_default();
    format!("{name}/versions/{version}")
}

/// Whether a policy of the secret or of its project lets the account read. What a custom role allows is not known:
/// it counts as a grant.
fn may_read(cloud: &Cloud, secret: &str, account: &str) -> bool {
    let member = json!(format!("serviceAccount:{account}"));
    let project = secret.split('/').nth(2).unwrap_or_default();
    let policies = [format!("{secret}/$policy"), format!("policy/projects/{project}/$policy")];
    policies.iter().filter_map(|key| cloud.store.get(key)).any(|policy| {
        policy["bindings"].as_array().into_iter().flatten().any(|binding| {
            let role = binding["role"].as_str().unwrap_or_default();
            let reads = READERS.contains(&role) || !role.starts_with("roles/");
            reads && binding["members"].as_array().is_some_and(|members| members.contains(&member))
        })
    })
}

/// Images that the sandbox was told to let crash.
fn crashes(cloud: &Cloud, template: &Json, makes: Makes) -> Option<Missing> {
    let containers = template["containers"].as_array().map_or(&[][..], Vec::as_slice);
    let image = |container: &&Json| {
        container["image"].as_str().is_some_and(|image| cloud.store.has(&format!("run/crashes/{image}")))
    };
    let container = containers.iter().find(image)?;
    let message = if makes == Makes::Service {
        let port = container["ports"][0]["containerPort"].as_i64().unwrap_or(8080);
        format!(
            "The user-provided container failed to start and listen on the port defined provided by the PORT={port} \
             environment variable within the allocated timeout. This can happen when the container port is misconfigured \
             or if the timeout is too short. The health check timeout can be extended. Logs for this revision might \
             contain more information."
        )
    } else {
        "The container exited with an error.".to_owned()
    };
    Some(Missing { reason: ("revisionReason", "HEALTH_CHECK_CONTAINER_ERROR"), canonical: "INTERNAL", message })
}

/// Lets every container with this image fail to start from now on, or no longer.
pub fn let_crash(cloud: &mut Cloud, image: &str, crash: Crash) {
    let key = format!("run/crashes/{image}");
    match crash {
        Crash::AtStart => cloud.store.put(key, json!({})),
        Crash::Never => drop(cloud.store.remove(&key)),
    }
}

/// When a container crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    AtStart,
    Never,
}

/// The subnets of a template's network interfaces, as paths.
pub(super) fn subnets(project: &Project, location: &str, template: &Json) -> Vec<String> {
    let interfaces = template["vpcAccess"]["networkInterfaces"].as_array().into_iter().flatten();
    interfaces
        .filter_map(|interface| interface["subnetwork"].as_str())
        .map(|name| match name.find("projects/") {
            Some(at) => name[at..].to_owned(),
            None => format!("projects/{}/regions/{location}/subnetworks/{name}", project.id),
        })
        .collect()
}

/// Fills in the network of an interface that names only a subnet.
pub(super) fn complete_interfaces(cloud: &Cloud, project: &Project, location: &str, template: &mut Json) {
    let access = template.get_mut("vpcAccess");
    let list = access.and_then(|access| access.get_mut("networkInterfaces")).and_then(Json::as_array_mut);
    let Some(list) = list else { return };
    for interface in list.iter_mut().filter(|interface| interface.get("network").is_none()) {
        let named = json!({"vpcAccess": {"networkInterfaces": [interface.clone()]}});
        let subnet = subnets(project, location, &named).pop().unwrap_or_default();
        let network = cloud.store.get(&format!("compute/{subnet}")).and_then(|subnet| subnet["network"].as_str());
        if let Some(name) = network.and_then(|network| network.rsplit('/').next()) {
            interface["network"] = json!(name);
        }
    }
}

/// Takes addresses in the subnets of a template for `user`, and gives up those that it no longer uses.
pub(super) fn take_addresses(cloud: &mut Cloud, user: &str, old: &[String], new: &[String]) -> Option<Missing> {
    if old != new && !old.is_empty() {
        serverless::detach(cloud, user);
    }
    for subnet in new {
        let message = match serverless::attach(cloud, user, subnet) {
            Ok(()) => continue,
            Err(Refused::NoSubnet(path)) => format!("VPC network or subnetwork {path} was not found."),
            Err(Refused::TooSmall(path)) => {
                format!("Subnetwork {path} is too small: direct VPC egress needs a range of /26 or larger.")
            }
            Err(Refused::Full(path)) => {
                format!("Subnetwork {path} has no free block of addresses for direct VPC egress.")
            }
        };
        return Some(Missing::new("VPC_NETWORK_NOT_FOUND", "FAILED_PRECONDITION", message));
    }
    None
}
