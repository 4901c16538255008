//! Short forms of what stands in lists and wrappers inside a template: variables, volumes, the network interface.
//!
//! An element that has no short form stays as the API has it; the two are told apart by their keys.

use crate::kinds::shape::each;
use crate::model::{Doc, Map};

/// Where containers keep their variables in the file. `sidecars` is a list only where Google's answer names its
/// containers twice or not at all.
const ENVS: &[&str] = &["env", "sidecars{}.env", "sidecars[].env"];
const VOLUMES: &[&str] = &["volumes{}", "volumes[]"];
const INTERFACE: &[&str] = &["network", "subnetwork", "tags"];
const VERSION: &[&str] = &["path", "version", "mode"];

/// All short forms written out.
pub(super) fn lengthen(doc: &mut Doc) {
    for path in ENVS {
        each(doc, path, &mut |env| replace_map(env, |map| Doc::List(map.into_iter().map(long_variable).collect())));
    }
    for path in VOLUMES {
        each(doc, path, &mut |volume| replace_map(volume, |map| Doc::Map(long_volume(map))));
    }
    each(doc, "vpcAccess", &mut |access| replace_map(access, |map| Doc::Map(long_network(map))));
}

/// All that has a short form shortened; the inverse of [`lengthen`].
pub(super) fn shorten(doc: &mut Doc) {
    for path in ENVS {
        each(doc, path, &mut short_variables);
    }
    for path in VOLUMES {
        each(doc, path, &mut |volume| replace_map(volume, |map| Doc::Map(short_volume(map))));
    }
    each(doc, "vpcAccess", &mut |access| replace_map(access, |map| Doc::Map(short_network(map))));
}

/// The API's path of a dotted file path, before `layout` puts its wrappers around it.
pub(super) fn api_path(path: &str) -> String {
    if let Some((before, rest)) = split_variable(path) {
        return match rest {
            "" => format!("{before}[].value"),
            ".secret" | ".version" => format!("{before}[].valueSource.secretKeyRef{rest}"),
            other => format!("{before}[]{other}"),
        };
    }
    if let Some(rest) = path.strip_prefix("vpcAccess.")
        && INTERFACE.contains(&first(rest))
    {
        return format!("vpcAccess.networkInterfaces[0].{rest}");
    }
    if let Some((name, rest)) = path.strip_prefix("volumes").and_then(split_key) {
        let head = first(rest.trim_start_matches('.'));
        let at = format!("volumes{name}");
        return match head {
            "secret" | "defaultMode" | "items" => format!("{at}.secret{rest}"),
            _ if VERSION.contains(&head) => format!("{at}.secret.items[0]{rest}"),
            _ => format!("{at}{rest}"),
        };
    }
    path.to_owned()
}

fn first(path: &str) -> &str {
    path.split(['.', '[', '{']).next().unwrap_or(path)
}

/// `env.X.secret` → (`env`, `.secret`); also below a sidecar.
fn split_variable(path: &str) -> Option<(String, &str)> {
    let (before, rest) = match path.strip_prefix("sidecars").and_then(split_key) {
        Some((name, rest)) => (format!("sidecars{name}.env"), rest.strip_prefix(".env")?),
        None => ("env".to_owned(), path.strip_prefix("env")?),
    };
    split_key(rest).map(|(_, rest)| (before, rest))
}

/// Splits off the first key of `.KEY…`, `{}…`, `[]…` or `["odd key"]…`.
fn split_key(rest: &str) -> Option<(&str, &str)> {
    let end = match rest.as_bytes().first()? {
        b'.' => 1 + first(&rest[1..]).len(),
        b'{' => rest.find('}')? + 1,
        b'[' => rest.find(']')? + 1,
        _ => return None,
    };
    Some(rest.split_at(end))
}

/// Replaces a plain map; anything else stays.
fn replace_map(doc: &mut Doc, change: impl FnOnce(Map) -> Doc) {
    if let Doc::Map(map) = doc {
        *doc = change(std::mem::take(map));
    }
}

fn only_has(map: &Map, keys: &[&str]) -> bool {
    map.keys().all(|key| keys.contains(&key.as_str()))
}

/// `NAME: text`, `NAME: {secret: …, version: …}`; an empty text is sent as no value at all, which is how Google
/// answers it.
fn long_variable((name, value): (String, Doc)) -> Doc {
    let mut element = Map::from([("name".to_owned(), Doc::String(name))]);
    match value {
        Doc::Map(map) if map.contains_key("secret") && only_has(&map, &["secret", "version"]) => {
            let source = Map::from([("secretKeyRef".to_owned(), Doc::Map(map))]);
            element.insert("valueSource".to_owned(), Doc::Map(source));
        }
        Doc::Map(map) => element.extend(map),
        Doc::String(text) if text.is_empty() => {}
        value => {
            element.insert("value".to_owned(), value);
        }
    }
    Doc::Map(element)
}

fn short_variables(env: &mut Doc) {
    let Doc::List(list) = env else { return };
    let mut seen = std::collections::BTreeSet::new();
    let are_named = list.iter().all(|element| match element {
        Doc::Map(map) => matches!(map.get("name"), Some(Doc::String(name)) if seen.insert(name.clone())),
        _ => false,
    });
    if are_named {
        let list = std::mem::take(list);
        *env = Doc::Map(list.into_iter().filter_map(short_variable).collect());
    }
}

fn short_variable(element: Doc) -> Option<(String, Doc)> {
    let Doc::Map(mut map) = element else { return None };
    let Some(Doc::String(name)) = map.shift_remove("name") else { return None };
    let value = match (map.len(), map.get("value"), map.get("valueSource")) {
        (0, ..) => Doc::from(""),
        (1, Some(value), _) if is_scalar(value) && value.as_str() != Some("") => value.clone(),
        (1, _, Some(Doc::Map(source))) => match source.get("secretKeyRef") {
            Some(Doc::Map(secret))
                if source.len() == 1 && secret.contains_key("secret") && only_has(secret, &["secret", "version"]) =>
            {
                Doc::Map(secret.clone())
            }
            _ => Doc::Map(map),
        },
        _ => Doc::Map(map),
    };
    Some((name, value))
}

fn is_scalar(doc: &Doc) -> bool {
    !matches!(doc, Doc::Map(_) | Doc::List(_) | Doc::Null)
}

/// `secret: {secret, items, defaultMode}` without its wrapper; one item alone as `version`, `path`, `mode` beside it.
fn short_volume(mut map: Map) -> Map {
    let is_plain = matches!(map.get("secret"), Some(Doc::Map(secret))
        if secret.get("secret").is_some_and(is_scalar) && only_has(secret, &["secret", "items", "defaultMode"]));
    let clashes = map.keys().any(|key| VERSION.contains(&key.as_str()) || key == "items" || key == "defaultMode");
    if !is_plain || clashes {
        return map;
    }
    let Some(Doc::Map(mut secret)) = map.shift_remove("secret") else { return map };
    let single = match secret.get("items") {
        Some(Doc::List(items)) => match items.as_slice() {
            [Doc::Map(item)] if item.contains_key("path") && only_has(item, VERSION) => Some(item.clone()),
            _ => None,
        },
        _ => None,
    };
    if let Some(item) = single {
        secret.shift_remove("items");
        secret.extend(item);
    }
    map.extend(secret);
    map
}

fn long_volume(mut map: Map) -> Map {
    if !map.get("secret").is_some_and(is_scalar) {
        return map;
    }
    let mut secret = Map::new();
    let mut item = Map::new();
    for key in ["secret", "defaultMode", "items"] {
        secret.extend(map.shift_remove_entry(key));
    }
    for key in VERSION {
        item.extend(map.shift_remove_entry(*key));
    }
    if !item.is_empty() {
        secret.insert("items".to_owned(), Doc::List(vec![Doc::Map(item)]));
    }
    map.insert("secret".to_owned(), Doc::Map(secret));
    map
}

/// The one network interface without its list.
fn short_network(mut map: Map) -> Map {
    let is_plain = match map.get("networkInterfaces") {
        Some(Doc::List(list)) => {
            matches!(list.as_slice(), [Doc::Map(interface)] if !interface.is_empty() && only_has(interface, INTERFACE))
        }
        _ => false,
    };
    if is_plain
        && !map.keys().any(|key| INTERFACE.contains(&key.as_str()))
        && let Some(Doc::List(list)) = map.shift_remove("networkInterfaces")
        && let Some(Doc::Map(interface)) = list.into_iter().next()
    {
        map.extend(interface);
    }
    map
}

fn long_network(mut map: Map) -> Map {
    let mut interface = Map::new();
    for key in INTERFACE {
        interface.extend(map.shift_remove_entry(*key));
    }
    if !interface.is_empty() {
        map.insert("networkInterfaces".to_owned(), Doc::List(vec![Doc::Map(interface)]));
    }
    map
}
