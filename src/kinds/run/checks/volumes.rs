//! Volumes and where they are mounted.

use std::collections::BTreeMap;

use super::{Container, fault, is_label, secrets, warning};
use crate::kinds::canonical::memory_bytes;
use crate::model::{Diagnostic, Doc, DocPath, Map};

const SOURCES: &[&str] = &["secret", "cloudSqlInstance", "emptyDir", "gcs", "nfs", "filestore"];
const OF_SECRETS: &[&str] = &["version", "path", "mode", "items", "defaultMode"];
/// Folders that the system needs itself.
const TAKEN: &[&str] = &["/dev", "/proc", "/sys"];

pub(super) fn check(doc: &Doc, containers: &[Container<'_>], faults: &mut Vec<Diagnostic>) {
    let empty = Map::new();
    let volumes = doc.get("volumes").and_then(Doc::as_map).unwrap_or(&empty);
    for (name, volume) in volumes {
        check_volume(name, volume, faults);
    }
    for container in containers {
        check_mounts(container, volumes, faults);
    }
    for name in volumes.keys().filter(|name| !containers.iter().any(|container| mounts(container, name))) {
        let at = DocPath::keys("volumes").key(name.as_str());
        let hint = format!("add it to `volumeMounts`: `{{name: {name}, mountPath: /…}}`");
        faults.push(warning("volume-unused", at, format!("no container mounts volume `{name}`"), hint));
    }
}

fn mounts(container: &Container<'_>, volume: &str) -> bool {
    let list = container.doc.get("volumeMounts").and_then(Doc::as_list).unwrap_or_default();
    list.iter().any(|mount| mount.get("name").is_none_or(|name| name.as_str().is_none_or(|name| name == volume)))
}

fn check_volume(name: &str, volume: &Doc, faults: &mut Vec<Diagnostic>) {
    let at = DocPath::keys("volumes").key(name);
    if !is_label(name) {
        let hint = "use lower-case letters, digits and hyphens, at most 63 characters";
        faults.push(fault("bad-name", at.clone(), format!("`{name}` cannot be a volume's name"), hint));
    }
    let sources: Vec<&str> = SOURCES.iter().copied().filter(|source| volume.get(source).is_some()).collect();
    match sources.as_slice() {
        [_] => {}
        [] => faults.push(fault(
            "volume-without-source",
            at.clone(),
            format!("volume `{name}` does not say what it holds"),
            format!("add one of `{}`", SOURCES.join("`, `")),
        )),
        several => faults.push(fault(
            "volume-with-two-sources",
            at.clone(),
            format!("volume `{name}` has `{}`", several.join("` and `")),
            "keep one, and make another volume for the other",
        )),
    }
    check_secret(volume, &at, faults);
    if let Some(text) = volume.dig_str("emptyDir.sizeLimit").filter(|text| memory_bytes(text).is_none()) {
        let at = at.key("emptyDir").key("sizeLimit");
        faults.push(fault("bad-memory", at, format!("`{text}` is no size"), "write a number with its unit: `256Mi`"));
    }
    check_instances(volume, &at, faults);
}

fn check_secret(volume: &Doc, at: &DocPath, faults: &mut Vec<Diagnostic>) {
    if volume.get("secret").is_none() {
        for field in OF_SECRETS.iter().filter(|field| volume.get(field).is_some()) {
            let message = format!("`{field}` is about a secret, and the volume has no `secret`");
            faults.push(fault("not-here", at.key(*field), message, format!("add `secret`, or remove `{field}`")));
        }
        return;
    }
    if let Some(items) = volume.get("items") {
        for field in ["version", "path", "mode"].iter().filter(|field| volume.get(field).is_some()) {
            let message = format!("`{field}` and `items` exclude each other");
            faults.push(fault("items-and-version", at.key(*field), message, format!("write `{field}` inside `items`")));
        }
        for (index, item) in items.as_list().unwrap_or_default().iter().enumerate() {
            let at = at.key("items").index(index);
            if let Some(version) = item.get("version") {
                secrets::check_version(version, at.key("version"), faults);
            }
            file_path(item, &at, faults);
            mode(item, "mode", &at, faults);
        }
    }
    if let Some(version) = volume.get("version") {
        secrets::check_version(version, at.key("version"), faults);
    }
    file_path(volume, at, faults);
    mode(volume, "mode", at, faults);
    mode(volume, "defaultMode", at, faults);
}

fn file_path(doc: &Doc, at: &DocPath, faults: &mut Vec<Diagnostic>) {
    let Some(path) = doc.get("path").and_then(Doc::as_str) else { return };
    if path.is_empty() || path.starts_with('/') || path.split('/').any(|part| part == "..") {
        let message = format!("`{path}` is no path inside the volume");
        faults.push(fault(
            "bad-path",
            at.key("path"),
            message,
            "write the file's name; where it stands is `mountPath`",
        ));
    }
}

fn mode(doc: &Doc, field: &str, at: &DocPath, faults: &mut Vec<Diagnostic>) {
    super::out_of_range(doc, field, || at.key(field), 0, 0o777, faults);
}

fn check_instances(volume: &Doc, at: &DocPath, faults: &mut Vec<Diagnostic>) {
    let instances = volume.dig("cloudSqlInstance.instances").and_then(Doc::as_list).unwrap_or_default();
    for (index, instance) in instances.iter().enumerate() {
        let Some(text) = instance.as_str().filter(|text| text.split(':').count() < 3) else { continue };
        let at = at.key("cloudSqlInstance").key("instances").index(index);
        let message = format!("`{text}` is no connection name, `PROJECT:REGION:INSTANCE`");
        faults.push(fault(
            "bad-connection-name",
            at,
            message,
            format!("write `${{sqlInstances.{text}.connectionName}}`"),
        ));
    }
}

fn check_mounts(container: &Container<'_>, volumes: &Map, faults: &mut Vec<Diagnostic>) {
    let list = container.doc.get("volumeMounts").and_then(Doc::as_list).unwrap_or_default();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, mount) in list.iter().enumerate() {
        let at = container.field("volumeMounts").index(index);
        let name = mount.get("name").and_then(Doc::as_str);
        if let Some(name) = name.filter(|name| !volumes.contains_key(*name)) {
            let known: Vec<&str> = volumes.keys().map(String::as_str).collect();
            let hint = if known.is_empty() {
                "add it to `volumes`".to_owned()
            } else {
                format!("there are: `{}`", known.join("`, `"))
            };
            faults.push(fault("no-such-volume", at.key("name"), format!("there is no volume `{name}`"), hint));
        }
        let Some(path) = mount.get("mountPath").and_then(Doc::as_str) else { continue };
        let at = at.key("mountPath");
        if seen.insert(path.trim_end_matches('/'), index).is_some() {
            faults.push(fault(
                "mounted-twice",
                at.clone(),
                format!("two volumes are mounted at `{path}`"),
                "give one another path",
            ));
        }
        mount_path(path, &at, faults);
        let is_sql = name.and_then(|name| volumes.get(name)?.get("cloudSqlInstance")).is_some();
        if is_sql && path.trim_end_matches('/') != "/cloudsql" {
            let message = format!("Cloud SQL sockets are mounted at `/cloudsql`, not `{path}`");
            faults.push(fault("bad-mount", at, message, "write `mountPath: /cloudsql`"));
        }
    }
}

fn mount_path(path: &str, at: &DocPath, faults: &mut Vec<Diagnostic>) {
    let is_taken = TAKEN.iter().any(|taken| path == *taken || path.starts_with(&format!("{taken}/")));
    if !path.starts_with('/') || path == "/" || is_taken {
        let message = format!("nothing can be mounted at `{path}`");
        faults.push(fault("bad-mount", at.clone(), message, "write an absolute path of its own: `/mnt/data`"));
    }
}
