//! CPU, memory, GPU and the execution environment.
//! <https://cloud.google.com/run/docs/configuring/services/cpu>,
//! <https://cloud.google.com/run/docs/configuring/services/memory-limits>

use super::{Container, Sort, fault};
use crate::kinds::canonical::{cpu_millis, memory_bytes};
use crate::model::{Diagnostic, Doc, DocPath};

const MI: i128 = 1 << 20;
const GI: i128 = 1 << 30;
const GPU: &str = "nvidia.com/gpu";
/// Memory above the first needs at least this much CPU, in thousandths.
const CPU_FOR_MEMORY: &[(i128, i128)] = &[(24 * GI, 8000), (16 * GI, 6000), (8 * GI, 4000), (4 * GI, 2000)];
/// The same below one CPU.
const CPU_FOR_LITTLE_MEMORY: &[(i128, i128)] = &[(GI, 1000), (512 * MI, 500)];
/// So much CPU needs at least this much memory.
const MEMORY_FOR_CPU: &[(i128, i128)] = &[(6000, 4 * GI), (4000, 2 * GI)];

pub(super) fn check(container: &Container<'_>, sort: Sort, faults: &mut Vec<Diagnostic>) {
    let Some(limits) = container.doc.dig("resources.limits").and_then(Doc::as_map) else {
        return idle_only(container, sort, faults);
    };
    for key in limits.keys().filter(|key| !["cpu", "memory", GPU].contains(&key.as_str())) {
        let at = container.field("resources.limits").key(key.as_str());
        let message = format!("`{key}` is no limit that Cloud Run knows");
        faults.push(fault("unknown-limit", at, message, format!("there are `cpu`, `memory` and `{GPU}`")));
    }
    let text = |key: &str| limits.get(key).and_then(Doc::as_str);
    let cpu = text("cpu").and_then(|text| cpu(container, text, sort, faults));
    let memory = text("memory").and_then(|text| memory(container, text, faults));
    together(container, cpu.unwrap_or(1000), memory.unwrap_or(512 * MI), faults);
    idle_only(container, sort, faults);
}

fn cpu(container: &Container<'_>, text: &str, sort: Sort, faults: &mut Vec<Diagnostic>) -> Option<i128> {
    let at = container.field("resources.limits.cpu");
    let wanted = match sort {
        Sort::Service => "write 1, 2, 4, 6 or 8, or a value from 0.08 to 1",
        Sort::WorkerPool | Sort::Job => "write 1, 2, 4, 6 or 8",
    };
    let Some(millis) = cpu_millis(text) else {
        faults.push(fault("bad-cpu", at, format!("`{text}` is no amount of CPU"), wanted));
        return None;
    };
    let is_small = sort == Sort::Service && (80..1000).contains(&millis);
    if is_small || [1000, 2000, 4000, 6000, 8000].contains(&millis) {
        return Some(millis);
    }
    faults.push(fault("bad-cpu", at, format!("Cloud Run has no instances with `{text}` CPU"), wanted));
    None
}

fn memory(container: &Container<'_>, text: &str, faults: &mut Vec<Diagnostic>) -> Option<i128> {
    let at = container.field("resources.limits.memory");
    let Some(bytes) = memory_bytes(text) else {
        let hint = "write a number with its unit: `512Mi`, `2Gi`";
        faults.push(fault("bad-memory", at, format!("`{text}` is no amount of memory"), hint));
        return None;
    };
    if !(128 * MI..=32 * GI).contains(&bytes) {
        let message = format!("Cloud Run has no instances with `{text}` of memory");
        faults.push(fault("bad-memory", at, message, "write `128Mi` (first generation) or `512Mi` up to `32Gi`"));
        return None;
    }
    Some(bytes)
}

fn together(container: &Container<'_>, cpu: i128, memory: i128, faults: &mut Vec<Diagnostic>) {
    let table = if cpu < 1000 { CPU_FOR_LITTLE_MEMORY } else { CPU_FOR_MEMORY };
    if let Some((above, needed)) = table.iter().find(|(above, needed)| memory > *above && cpu < *needed) {
        let message = format!("more than {} of memory needs at least {} CPU", memory_text(*above), cpu_text(*needed));
        let hint = format!("write `cpu: \"{}\"`, or less memory", cpu_text(*needed));
        faults.push(fault("cpu-for-memory", container.field("resources.limits"), message, hint));
    }
    if let Some((_, needed)) = MEMORY_FOR_CPU.iter().find(|(from, needed)| cpu >= *from && memory < *needed) {
        let message = format!("{} CPU need at least {} of memory", cpu_text(cpu), memory_text(*needed));
        let hint = format!("write `memory: {}`", memory_text(*needed));
        faults.push(fault("memory-for-cpu", container.field("resources.limits"), message, hint));
    }
}

fn cpu_text(millis: i128) -> String {
    if millis % 1000 == 0 { (millis / 1000).to_string() } else { format!("0.{}", (millis / 10)) }
}

fn memory_text(bytes: i128) -> String {
    if bytes % GI == 0 { format!("{}Gi", bytes / GI) } else { format!("{}Mi", bytes / MI) }
}

/// `cpuIdle` is about requests.
fn idle_only(container: &Container<'_>, sort: Sort, faults: &mut Vec<Diagnostic>) {
    if sort != Sort::Service && container.doc.dig("resources.cpuIdle").is_some() {
        let message = "`cpuIdle` is about requests; here instances have their CPU all the time";
        faults.push(fault("not-here", container.field("resources.cpuIdle"), message, "remove `cpuIdle`"));
    }
}

/// What concerns the instance as a whole.
pub(super) fn check_machine(doc: &Doc, containers: &[Container<'_>], sort: Sort, faults: &mut Vec<Diagnostic>) {
    gpu(doc, containers, faults);
    if sort == Sort::Service {
        small_cpu(doc, containers, faults);
    }
    generation(doc, containers, sort, faults);
}

fn limit<'a>(container: &Container<'a>, key: &str) -> Option<&'a str> {
    container.doc.dig("resources.limits")?.get(key)?.as_str()
}

fn gpu(doc: &Doc, containers: &[Container<'_>], faults: &mut Vec<Diagnostic>) {
    let with_gpu: Vec<&Container<'_>> =
        containers.iter().filter(|container| limit(container, GPU).is_some_and(|count| count != "0")).collect();
    let has_accelerator = doc.get("nodeSelector").is_some();
    match (with_gpu.as_slice(), has_accelerator) {
        ([], true) => {
            let message = "`nodeSelector` names a GPU and no container has one";
            let hint = format!("write `resources: {{limits: {{{GPU}: \"1\"}}}}`");
            faults.push(fault("gpu-unused", DocPath::keys("nodeSelector"), message, hint));
        }
        ([first, ..], false) => {
            let at = first.field("resources.limits").key(GPU);
            let hint = "write `nodeSelector: {accelerator: nvidia-l4}`";
            faults.push(fault("gpu-without-type", at, "the GPU's type is missing", hint));
        }
        _ => {}
    }
    for container in with_gpu {
        if container.doc.dig("resources.cpuIdle").and_then(Doc::as_bool) == Some(true) {
            let at = container.field("resources.cpuIdle");
            faults.push(fault(
                "gpu-needs-cpu",
                at,
                "a container with a GPU keeps its CPU between requests",
                "write `cpuIdle: false`",
            ));
        }
    }
}

/// Less than one CPU: one request at a time, billed by request, first generation.
fn small_cpu(doc: &Doc, containers: &[Container<'_>], faults: &mut Vec<Diagnostic>) {
    let small = |container: &&Container<'_>| {
        limit(container, "cpu").and_then(cpu_millis).is_some_and(|millis| (80..1000).contains(&millis))
    };
    let Some(container) = containers.iter().find(small) else { return };
    if containers.len() > 1 {
        return;
    }
    if let Some(requests) = doc.get("maxInstanceRequestConcurrency").and_then(Doc::as_i64).filter(|count| *count != 1) {
        let message = format!("with less than one CPU an instance handles one request at a time, not {requests}");
        let at = DocPath::keys("maxInstanceRequestConcurrency");
        faults.push(fault("small-cpu", at, message, "write `maxInstanceRequestConcurrency: 1`, or `cpu: \"1\"`"));
    }
    if doc.dig("resources.cpuIdle").and_then(Doc::as_bool) == Some(false) {
        let message = "with less than one CPU an instance has it only while it handles requests";
        faults.push(fault(
            "small-cpu",
            container.field("resources.cpuIdle"),
            message,
            "remove `cpuIdle`, or write `cpu: \"1\"`",
        ));
    }
    if doc.get("executionEnvironment").and_then(Doc::as_str) == Some("EXECUTION_ENVIRONMENT_GEN2") {
        let message = "less than one CPU needs the first generation execution environment";
        let at = DocPath::keys("executionEnvironment");
        faults.push(fault("small-cpu", at, message, "write `EXECUTION_ENVIRONMENT_GEN1`, or `cpu: \"1\"`"));
    }
}

fn generation(doc: &Doc, containers: &[Container<'_>], sort: Sort, faults: &mut Vec<Diagnostic>) {
    match (doc.get("executionEnvironment").map(Doc::as_str), sort) {
        (Some(Some("EXECUTION_ENVIRONMENT_GEN1")), _) => {
            let volumes = doc.get("volumes").and_then(Doc::as_map).into_iter().flatten();
            for (name, volume) in volumes {
                if let Some(what) = ["nfs", "gcs", "filestore"].iter().find(|what| volume.get(what).is_some()) {
                    needs_second(&format!("volume `{name}` (`{what}`)"), faults);
                }
            }
            if doc.get("nodeSelector").is_some() {
                needs_second("a GPU", faults);
            }
        }
        // Jobs and worker pools have the second generation unless they say otherwise.
        (Some(Some("EXECUTION_ENVIRONMENT_GEN2")), _) | (None, Sort::Job | Sort::WorkerPool) => {
            let bytes: Vec<Option<i128>> =
                containers.iter().map(|c| limit(c, "memory").map_or(Some(512 * MI), memory_bytes)).collect();
            let total: Option<i128> = bytes.into_iter().sum();
            if let Some(total) = total.filter(|total| *total < 512 * MI) {
                let message =
                    format!("the second generation needs at least 512Mi of memory, not {}", memory_text(total));
                faults.push(fault(
                    "too-little-memory",
                    DocPath::keys("resources.limits.memory"),
                    message,
                    "write `memory: 512Mi`",
                ));
            }
        }
        _ => {}
    }
}

fn needs_second(what: &str, faults: &mut Vec<Diagnostic>) {
    let message = format!("{what} needs the second generation execution environment");
    let hint = "write `executionEnvironment: EXECUTION_ENVIRONMENT_GEN2`, or leave it out";
    faults.push(fault("needs-gen2", DocPath::keys("executionEnvironment"), message, hint));
}
