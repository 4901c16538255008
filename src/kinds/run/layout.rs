//! Where the fields of a Cloud Run resource stand: bare in the stack file, inside `template`, its containers and
//! (jobs) its second template in the API.
//!
//! Bare in the file are the outer resource's fields, those of the template that the outer resource lacks, and the
//! first container's. What both the resource and its template have (`labels`, `annotations`, `scaling`) stands for
//! the template in a map of its own, `revision` or, for jobs, `task`. Fields that this program does not know stay
//! where they are told apart: the resource's bare, the template's in that map, the container's in `container`. So
//! nothing that Google answers is lost on the way.

use crate::model::{Doc, Map};

/// One wrapper that only nests.
#[derive(Debug)]
pub(super) struct Level {
    /// Its name in the API, inside the level before.
    pub(super) api: &'static str,
    /// The file's map of what cannot stand bare; inside the map of the level before.
    pub(super) inner: &'static str,
    /// The fields that stand bare in the file.
    pub(super) bare: &'static [&'static str],
}

/// The wrapper's own fields that have another name in the file's map: API, file.
const RENAMED: &[(&str, &str)] = &[("revision", "name")];

/// The container's fields that stand bare in the file: API, file. Renamed are those that would collide with fields
/// of the entry itself.
pub(super) const CONTAINER: &[(&str, &str)] = &[
    ("name", "containerName"),
    ("image", "image"),
    ("command", "command"),
    ("args", "args"),
    ("env", "env"),
    ("ports", "ports"),
    ("resources", "resources"),
    ("startupProbe", "startupProbe"),
    ("livenessProbe", "livenessProbe"),
    ("readinessProbe", "readinessProbe"),
    ("workingDir", "workingDir"),
    ("volumeMounts", "volumeMounts"),
    ("dependsOn", "dependsOnContainers"),
    ("baseImageUri", "baseImageUri"),
    ("buildInfo", "buildInfo"),
    ("buildConfig", "containerBuildConfig"),
    ("sandboxLauncher", "sandboxLauncher"),
    ("sourceCode", "sourceCode"),
];

/// Further containers, in order.
const SIDECARS: &str = "sidecars";
/// Fields of the first container that this program does not know.
const CONTAINER_REST: &str = "container";

/// Puts the bare fields of `doc` into their wrappers. `sidecars` is a list by now.
pub(super) fn wrap(levels: &'static [Level], doc: &mut Doc) {
    let Some(map) = doc.as_map_mut() else { return };
    let Some(level) = levels.first() else { return };
    let inner = take_map(map, level.inner);
    if let Some(template) = wrap_level(levels, inner, map) {
        map.insert(level.api.to_owned(), Doc::Map(template));
    }
}

/// Takes the wrappers of `doc` apart; the inverse of [`wrap`].
pub(super) fn unwrap(levels: &'static [Level], doc: &mut Doc) {
    let Some(map) = doc.as_map_mut() else { return };
    let Some(level) = levels.first() else { return };
    let Some(template) = take_map(map, level.api) else { return };
    if let Some(inner) = unwrap_level(levels, template, map) {
        map.insert(level.inner.to_owned(), Doc::Map(inner));
    }
}

/// The API's path of a dotted file path.
pub(super) fn api_path(levels: &'static [Level], path: &str) -> Option<String> {
    let head = first(path);
    let rest = &path[head.len()..];
    let mut wrappers = String::new();
    let mut inner_path = path;
    for level in levels {
        wrappers.push_str(level.api);
        if level.bare.contains(&head) {
            return Some(format!("{wrappers}.{path}"));
        }
        let Some(below) =
            inner_path.strip_prefix(level.inner).filter(|below| below.is_empty() || below.starts_with('.'))
        else {
            wrappers.push('.');
            continue;
        };
        inner_path = below.trim_start_matches('.');
        if levels.last().is_some_and(|last| !std::ptr::eq(last, level) && first(inner_path) == last.inner) {
            wrappers.push('.');
            continue;
        }
        let field = first(inner_path);
        let api = RENAMED.iter().find(|(_, file)| *file == field).map_or(field, |(api, _)| api);
        let dot = if field.is_empty() { "" } else { "." };
        return Some(format!("{wrappers}{dot}{api}{}", &inner_path[field.len()..]));
    }
    let template = wrappers.trim_end_matches('.');
    if head == SIDECARS {
        return Some(format!("{template}.containers{rest}"));
    }
    if head == CONTAINER_REST {
        return Some(format!("{template}.containers[0]{rest}"));
    }
    let (api, _) = CONTAINER.iter().find(|(_, file)| *file == head)?;
    Some(format!("{template}.containers[0].{api}{rest}"))
}

fn first(path: &str) -> &str {
    path.split(['.', '[', '{']).next().unwrap_or(path)
}

fn wrap_level(levels: &'static [Level], inner: Option<Map>, bare: &mut Map) -> Option<Map> {
    let (level, deeper) = levels.split_first()?;
    let is_named = inner.is_some();
    let mut inner = inner.unwrap_or_default();
    let mut template = Map::new();
    match deeper.first() {
        Some(next) => {
            let next_inner = take_map(&mut inner, next.inner);
            if let Some(wrapped) = wrap_level(deeper, next_inner, bare) {
                template.insert(next.api.to_owned(), Doc::Map(wrapped));
            }
        }
        None => {
            if let Some(containers) = wrap_containers(bare) {
                template.insert("containers".to_owned(), Doc::List(containers));
            }
        }
    }
    for name in level.bare {
        if let Some(value) = bare.shift_remove(*name) {
            template.insert((*name).to_owned(), value);
        }
    }
    for (name, value) in inner {
        let api = RENAMED.iter().find(|(_, file)| *file == name).map_or(name.as_str(), |(api, _)| api);
        template.insert(api.to_owned(), value);
    }
    (is_named || !template.is_empty()).then_some(template)
}

fn unwrap_level(levels: &'static [Level], mut template: Map, bare: &mut Map) -> Option<Map> {
    let (level, deeper) = levels.split_first()?;
    let was_empty = template.is_empty();
    let mut inner = Map::new();
    match deeper.first() {
        Some(next) => {
            if let Some(wrapped) = take_map(&mut template, next.api)
                && let Some(rest) = unwrap_level(deeper, wrapped, bare)
            {
                inner.insert(next.inner.to_owned(), Doc::Map(rest));
            }
        }
        None => unwrap_containers(&mut template, bare),
    }
    for (name, value) in template {
        if level.bare.contains(&name.as_str()) && !bare.contains_key(&name) {
            bare.insert(name, value);
        } else {
            let file = RENAMED.iter().find(|(api, _)| *api == name).map_or(name.as_str(), |(_, file)| file);
            inner.insert(file.to_owned(), value);
        }
    }
    (was_empty || !inner.is_empty()).then_some(inner)
}

fn wrap_containers(bare: &mut Map) -> Option<Vec<Doc>> {
    let mut main = Map::new();
    for (api, file) in CONTAINER {
        if let Some(value) = bare.shift_remove(*file) {
            main.insert((*api).to_owned(), value);
        }
    }
    main.extend(take_map(bare, CONTAINER_REST).unwrap_or_default());
    let sidecars = match bare.shift_remove(SIDECARS) {
        Some(Doc::List(list)) => list,
        _ => Vec::new(),
    };
    if main.is_empty() && sidecars.is_empty() {
        return None;
    }
    Some(std::iter::once(Doc::Map(main)).chain(sidecars).collect())
}

fn unwrap_containers(template: &mut Map, bare: &mut Map) {
    let Some(Doc::List(list)) = template.get_mut("containers") else { return };
    if !matches!(list.first(), Some(Doc::Map(main)) if !main.is_empty()) {
        return;
    }
    let Doc::Map(main) = list.remove(0) else { return };
    let sidecars = template.shift_remove("containers").expect("it was found above");
    let mut rest = Map::new();
    for (name, value) in main {
        match CONTAINER.iter().find(|(api, _)| *api == name) {
            Some((_, file)) => bare.insert((*file).to_owned(), value),
            None => rest.insert(name, value),
        };
    }
    if !rest.is_empty() {
        bare.insert(CONTAINER_REST.to_owned(), Doc::Map(rest));
    }
    if sidecars.as_list().is_some_and(|list| !list.is_empty()) {
        bare.insert(SIDECARS.to_owned(), sidecars);
    }
}

/// Takes the map under `key`; what is no map stays.
fn take_map(map: &mut Map, key: &str) -> Option<Map> {
    if !matches!(map.get(key), Some(Doc::Map(_))) {
        return None;
    }
    match map.shift_remove(key) {
        Some(Doc::Map(inner)) => Some(inner),
        _ => None,
    }
}
