//! What Cloud Run refuses at once: names, labels, containers, limits, traffic.

use serde_json::Value as Json;

use super::Makes;
use super::quantity::{cpu_millis, memory_bytes};
use crate::sandbox::fault::Fault;

/// Names in labels and annotations that v2 has fields for.
const RESERVED: [&str; 4] =
    ["run.googleapis.com/", "cloud.googleapis.com/", "serving.knative.dev/", "autoscaling.knative.dev/"];
/// Variables that the platform sets itself.
const RESERVED_ENV: [&str; 4] = ["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"];

/// A service's, job's or worker pool's id.
pub(super) fn id(id: &str, request: &str) -> Result<(), Fault> {
    let fits = id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && id.len() < 50;
    if fits {
        return Ok(());
    }
    Err(violation(
        request,
        "must use only lowercase alphanumeric characters and dashes, must begin with a letter, cannot end with a dash, \
         and must be less than 50 characters",
    ))
}

/// Seen as `Violation in CreateServiceRequest.service.template.containers[0].ports: ports should contain 0 or 1 port.`,
/// with the same two parts as a `BadRequest` (GoogleCloudPlatform/magic-modules#10173).
fn violation(place: &str, what: &str) -> Fault {
    let field = format!("Violation in {place}");
    Fault::invalid(format!("{field}: {what}.")).violations(&[(field, format!("{what}."))])
}

/// Labels and annotations; the ones that have a field in v2 are refused.
pub(super) fn metadata(holder: &Json, place: &str) -> Result<(), Fault> {
    for field in ["labels", "annotations"] {
        for (key, value) in holder[field].as_object().into_iter().flatten() {
            let at = format!("{place}.{field}[{key}]");
            if RESERVED.iter().any(|prefix| key.starts_with(prefix)) {
                return Err(violation(&at, "the key has a reserved prefix; a field of the resource stands for it"));
            }
            let text = value.as_str().unwrap_or_default();
            let plain = text.len() <= 63 && text.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
            if field == "labels" && (key.is_empty() || !plain || text.chars().any(char::is_uppercase)) {
                return Err(violation(&at, "the label is not valid"));
            }
        }
    }
    Ok(())
}

/// A completed template.
pub(super) fn template(template: &Json, makes: Makes, place: &str) -> Result<(), Fault> {
    metadata(template, place)?;
    let containers = template["containers"].as_array().map_or(&[][..], Vec::as_slice);
    if containers.is_empty() {
        return Err(violation(&format!("{place}.containers"), "at least one container is required"));
    }
    ports(containers, makes)?;
    let mut names = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        let at = format!("{place}.containers[{index}]");
        self::container(container, template, makes, &at, index)?;
        let name = container["name"].as_str().unwrap_or_default();
        if names.contains(&name) && !name.is_empty() {
            return Err(violation(&format!("{at}.name"), "container names must be unique"));
        }
        names.push(name);
    }
    for (index, container) in containers.iter().enumerate() {
        for needed in container["dependsOn"].as_array().into_iter().flatten() {
            let needed = needed.as_str().unwrap_or_default();
            if !names.contains(&needed) || container["name"] == needed {
                let at = format!("{place}.containers[{index}].depends_on");
                return Err(violation(&at, &format!("there is no other container '{needed}'")));
            }
        }
    }
    scaling(&template["scaling"], &format!("{place}.scaling"))?;
    timeout(template, makes, place)?;
    egress(&template["vpcAccess"], place)
}

/// One container of a service, and no container of a worker pool or job, needs a port.
fn ports(containers: &[Json], makes: Makes) -> Result<(), Fault> {
    let with_port = containers.iter().filter(|container| container.get("ports").is_some()).count();
    if makes == Makes::Service && with_port != 1 {
        // The text is quoted in public issue threads.
        return Err(Fault::invalid("Revision template should contain exactly one container with an exposed port."));
    }
    if makes == Makes::WorkerPool && with_port > 0 {
        return Err(Fault::invalid("Containers of a worker pool cannot have ports."));
    }
    Ok(())
}

fn container(container: &Json, template: &Json, makes: Makes, at: &str, index: usize) -> Result<(), Fault> {
    if container["image"].as_str().is_none_or(str::is_empty) {
        return Err(violation(&format!("{at}.image"), "an image is required"));
    }
    let mut reserved = Vec::new();
    for (number, variable) in container["env"].as_array().into_iter().flatten().enumerate() {
        let name = variable["name"].as_str().unwrap_or_default();
        if name.is_empty() {
            return Err(violation(&format!("{at}.env[{number}].name"), "a name is required"));
        }
        if RESERVED_ENV.contains(&name) && makes == Makes::Service {
            reserved.push(name);
        }
    }
    if !reserved.is_empty() {
        // The text is quoted in public issue threads.
        return Err(Fault::invalid(format!(
            "spec.template.spec.containers[{index}].env: The following reserved env names were provided: {}. These \
             values are automatically set by the system.",
            reserved.join(", ")
        )));
    }
    let volumes = template["volumes"].as_array().map_or(&[][..], Vec::as_slice);
    for (number, mount) in container["volumeMounts"].as_array().into_iter().flatten().enumerate() {
        if !volumes.iter().any(|volume| volume["name"] == mount["name"]) {
            let name = mount["name"].as_str().unwrap_or_default();
            return Err(violation(
                &format!("{at}.volume_mounts[{number}].name"),
                &format!("there is no volume '{name}'"),
            ));
        }
    }
    limits(&container["resources"]["limits"], template, index)
}

fn limits(limits: &Json, template: &Json, index: usize) -> Result<(), Fault> {
    let at = format!("spec.template.spec.containers[{index}].resources.limits");
    let cpu = limits["cpu"].as_str().unwrap_or_default();
    let known = cpu_millis(cpu).filter(|cpu| [1000, 2000, 4000, 6000, 8000].contains(cpu) || (80..1000).contains(cpu));
    let Some(millis) = known else {
        return Err(Fault::invalid(format!("{at}.cpu: Invalid value specified for cpu: {cpu}.")));
    };
    let memory = limits["memory"].as_str().unwrap_or_default();
    let Some(bytes) = memory_bytes(memory) else {
        return Err(Fault::invalid(format!("{at}.memory: Invalid value specified for memory: {memory}.")));
    };
    // Google's table of memory and CPU.
    let (least, most) = match millis {
        ..=1000 => (128 << 20, 4 << 30),
        2000 => (128 << 20, 8 << 30),
        4000 => (2 << 30, 16 << 30),
        6000 => (4 << 30, 24 << 30),
        _ => (4_u64 << 30, 32_u64 << 30),
    };
    if !(least..=most).contains(&bytes) {
        let shown =
            |bytes: u64| if bytes < 1 << 30 { format!("{}Mi", bytes >> 20) } else { format!("{}Gi", bytes >> 30) };
        return Err(Fault::invalid(format!(
            "{at}.memory: Invalid value specified for container memory. For {:?} CPU, memory must be between {} and {} \
             inclusive.",
            millis as f64 / 1000.0,
            shown(least),
            shown(most)
        )));
    }
    if millis < 1000 && template["maxInstanceRequestConcurrency"].as_i64().is_some_and(|requests| requests > 1) {
        // The text is quoted in public issue threads.
        return Err(Fault::invalid(format!(
            "{at}.cpu: Invalid value specified for cpu. Total cpu < 1 is not supported with concurrency > 1."
        )));
    }
    Ok(())
}

/// Bounds of instances, of a revision or of a service.
pub(super) fn scaling(scaling: &Json, at: &str) -> Result<(), Fault> {
    let count = |field: &str| scaling[field].as_i64().unwrap_or(0);
    let (least, most) = (count("minInstanceCount"), count("maxInstanceCount"));
    if least < 0 || most < 0 || count("manualInstanceCount") < 0 {
        return Err(violation(at, "instance counts must not be negative"));
    }
    if most > 0 && least > most {
        return Err(violation(at, "min_instance_count must not be greater than max_instance_count"));
    }
    Ok(())
}

fn timeout(template: &Json, makes: Makes, place: &str) -> Result<(), Fault> {
    let seconds = template["timeout"].as_str().and_then(|text| text.strip_suffix('s')?.parse::<f64>().ok());
    let longest = if makes == Makes::Task { 168.0 * 3600.0 } else { 3600.0 };
    if seconds.is_some_and(|seconds| !(1.0..=longest).contains(&seconds)) {
        return Err(violation(&format!("{place}.timeout"), &format!("must be between 1 and {longest} seconds")));
    }
    let concurrency = template["maxInstanceRequestConcurrency"].as_i64();
    if concurrency.is_some_and(|requests| !(1..=1000).contains(&requests)) {
        return Err(violation(&format!("{place}.max_instance_request_concurrency"), "must be between 1 and 1000"));
    }
    Ok(())
}

fn egress(access: &Json, place: &str) -> Result<(), Fault> {
    let direct = access["networkInterfaces"].as_array().is_some_and(|list| !list.is_empty());
    let at = format!("{place}.vpc_access");
    if direct && access["connector"].is_string() {
        return Err(violation(&at, "connector and network_interfaces exclude each other"));
    }
    if access["networkInterfaces"].as_array().is_some_and(|list| list.len() > 1) {
        return Err(violation(&at, "only one network interface is supported"));
    }
    if access["egress"].is_string() && !direct && !access["connector"].is_string() {
        return Err(violation(&at, "egress needs a connector or a network interface"));
    }
    Ok(())
}

/// Shares of traffic, or of a pool's instances.
pub(super) fn shares(list: &Json, at: &str) -> Result<(), Fault> {
    let Some(list) = list.as_array().filter(|list| !list.is_empty()) else { return Ok(()) };
    let total: i64 = list.iter().map(|target| target["percent"].as_i64().unwrap_or(0)).sum();
    if total != 100 {
        return Err(violation(at, &format!("percentages must add up to 100, not {total}")));
    }
    for target in list {
        let named = target["revision"].as_str().is_some_and(|name| !name.is_empty());
        let latest = target["type"].as_str().is_some_and(|kind| kind.ends_with("_LATEST"));
        if named == latest {
            return Err(violation(at, "a target is either the latest revision or has a revision's name"));
        }
    }
    Ok(())
}
