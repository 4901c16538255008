//! Names, images, ports and the order of containers.

use std::collections::BTreeSet;

use super::{Container, Sort, fault, is_label, warning};
use crate::model::{Diagnostic, Doc, DocPath};

/// Google's limit on containers of an instance: <https://cloud.google.com/run/quotas>.
const MOST: usize = 10;

pub(super) fn check(containers: &[Container<'_>], sort: Sort, faults: &mut Vec<Diagnostic>) {
    if containers.len() > MOST {
        let message = format!("there are {} containers; Google takes at most {MOST}", containers.len());
        faults.push(Diagnostic::error("too-many-containers", message).field(DocPath::keys("sidecars")));
    }
    for container in containers {
        image(container, faults);
        name(container, faults);
        absent_probes(container, sort, faults);
    }
    same_name(containers, faults);
    ports(containers, sort, faults);
    order(containers, faults);
}

fn image(container: &Container<'_>, faults: &mut Vec<Diagnostic>) {
    let Some(image) = container.doc.get("image").and_then(Doc::as_str) else { return };
    let at = container.field("image");
    if image.is_empty() || image.contains(char::is_whitespace) {
        faults.push(fault("bad-image", at, format!("`{image}` is no image's address"), "write `HOST/PATH:TAG`"));
    } else if !image.contains(['/', ':']) {
        let hint =
            format!("an address has a `/` or a `:`: `docker.io/library/{image}:TAG` for the image of Docker Hub");
        faults.push(fault("bad-image", at, format!("`{image}` is no image's address"), hint));
    }
}

fn name(container: &Container<'_>, faults: &mut Vec<Diagnostic>) {
    let Some(name) = container.name.filter(|name| !is_label(name)) else { return };
    let at = if container.is_main { container.field("containerName") } else { container.at.clone() };
    let message = format!("`{name}` cannot be a container's name");
    faults.push(fault("bad-name", at, message, "use lower-case letters, digits and hyphens, at most 63 characters"));
}

fn same_name(containers: &[Container<'_>], faults: &mut Vec<Diagnostic>) {
    let Some(main) = containers.first().and_then(|main| main.name) else { return };
    if containers.iter().any(|container| !container.is_main && container.name == Some(main)) {
        let message = format!("`{main}` is the name of the main container and of a sidecar");
        faults.push(fault("same-name", DocPath::keys("containerName"), message, "give one of them another name"));
    }
}

fn absent_probes(container: &Container<'_>, sort: Sort, faults: &mut Vec<Diagnostic>) {
    let absent: &[(&str, &str)] = match sort {
        Sort::Service => &[],
        Sort::WorkerPool => {
            &[("ports", "a worker pool takes no requests"), ("readinessProbe", "a worker pool takes no requests")]
        }
        Sort::Job => &[("livenessProbe", "a job runs to its end"), ("readinessProbe", "a job takes no requests")],
    };
    for (field, because) in absent {
        if container.doc.get(field).is_some() {
            let message = format!("`{field}` cannot stand here: {because}");
            faults.push(fault("not-here", container.field(field), message, format!("remove `{field}`")));
        }
    }
}

fn ports(containers: &[Container<'_>], sort: Sort, faults: &mut Vec<Diagnostic>) {
    let listed =
        |container: &&Container<'_>| container.doc.get("ports").and_then(Doc::as_list).is_some_and(|p| !p.is_empty());
    let with_ports: Vec<&Container<'_>> = containers.iter().filter(listed).collect();
    for container in &with_ports {
        let list = container.doc.get("ports").and_then(Doc::as_list).unwrap_or_default();
        if list.len() > 1 {
            let message = format!("`ports` has {} elements; a container gets requests on one port", list.len());
            faults.push(fault("one-port", container.field("ports"), message, "keep the port for requests"));
        }
        for (index, port) in list.iter().enumerate() {
            port_number(port, container.field("ports").index(index), faults);
        }
    }
    if sort != Sort::Service {
        return;
    }
    if let [_, second, ..] = with_ports.as_slice() {
        let message = "two containers have `ports`; requests go to one of them";
        faults.push(fault("one-ingress", second.field("ports"), message, "remove `ports` from the others"));
    }
    if with_ports.is_empty() && containers.len() > 1 {
        let message =
            "there are several containers and none has `ports`, so Google cannot tell which one gets the requests";
        faults.push(fault(
            "one-ingress",
            DocPath::keys("ports"),
            message,
            "write `ports: [{containerPort: 8080}]` for the one that does",
        ));
    }
}

fn port_number(port: &Doc, at: DocPath, faults: &mut Vec<Diagnostic>) {
    super::out_of_range(port, "containerPort", || at.key("containerPort"), 1, 65535, faults);
    if let Some(name) = port.get("name").and_then(Doc::as_str)
        && !["http1", "h2c"].contains(&name)
    {
        let message = format!("`{name}` is no protocol of a port");
        faults.push(fault("bad-port-name", at.key("name"), message, "write `http1`, or `h2c` for HTTP/2 end to end"));
    }
}

fn order(containers: &[Container<'_>], faults: &mut Vec<Diagnostic>) {
    let names: BTreeSet<&str> = containers.iter().filter_map(|container| container.name).collect();
    for container in containers {
        let field = container.waits_for();
        for (index, other) in waits(container).into_iter().enumerate() {
            let at = container.field(field).index(index);
            if !names.contains(other) {
                faults.push(fault(
                    "no-such-container",
                    at,
                    format!("there is no container `{other}`"),
                    containers_hint(&names),
                ));
            } else if container.name == Some(other) {
                let message = format!("container `{other}` waits for itself");
                faults.push(fault("container-cycle", at, message, format!("remove it from `{field}`")));
            } else if containers.iter().any(|c| !c.is_main && c.name == Some(other) && !has_probe(c)) {
                let message = format!("`{other}` has no `startupProbe`, so it counts as started at once");
                faults.push(warning("waits-for-nothing", at, message, format!("add a `startupProbe` to `{other}`")));
            }
        }
    }
    if let Some(cycle) = cycle(containers) {
        let message = format!("containers wait for each other: `{}`", cycle.join("` → `"));
        let at = containers.iter().find(|c| c.name == cycle.first().copied()).map(|c| c.field(c.waits_for()));
        faults.push(fault("container-cycle", at.unwrap_or_default(), message, "remove one of these dependencies"));
    }
}

fn has_probe(container: &Container<'_>) -> bool {
    container.doc.get("startupProbe").is_some()
}

fn containers_hint(names: &BTreeSet<&str>) -> String {
    if names.is_empty() {
        return "give the main container a `containerName`, or write the key of a sidecar".to_owned();
    }
    format!("there are: `{}`", names.iter().copied().collect::<Vec<_>>().join("`, `"))
}

fn waits<'a>(container: &Container<'a>) -> Vec<&'a str> {
    let list = container.doc.get(container.waits_for()).and_then(Doc::as_list).unwrap_or_default();
    list.iter().filter_map(Doc::as_str).collect()
}

/// Containers (at least two) that wait for each other. There are at most [`MOST`], so each walk is short.
fn cycle<'a>(containers: &[Container<'a>]) -> Option<Vec<&'a str>> {
    containers.iter().filter_map(|container| container.name).find_map(|start| {
        let mut seen = BTreeSet::new();
        walk(containers, start, start, &mut vec![start], &mut seen)
    })
}

fn walk<'a>(
    containers: &[Container<'a>],
    start: &str,
    at: &str,
    path: &mut Vec<&'a str>,
    seen: &mut BTreeSet<&'a str>,
) -> Option<Vec<&'a str>> {
    let container = containers.iter().find(|container| container.name == Some(at))?;
    for next in waits(container) {
        if next == start && path.len() > 1 {
            path.push(next);
            return Some(path.clone());
        }
        if next != at && seen.insert(next) {
            path.push(next);
            if let Some(found) = walk(containers, start, next, path, seen) {
                return Some(found);
            }
            path.pop();
        }
    }
    None
}
