//! One spelling for every value, so that equal things compare equal.
//!
//! For comparing only: a canonical value is never sent and never shown. It has no `Sensitive` around it.

use serde_json::Value as Json;

use super::rules::{self, Compare, Flag};
use super::{Descriptor, iam};
use crate::model::{Doc, DocPath, ProjectFacts};

/// The canonical form of the value at `path` (file space) of a resource of this kind, everything below it included:
///
/// * each value by its rule's [`Compare`]; numbers and the strings that spell them are one;
/// * `Unordered` lists sorted, doubles once; `KeyedBy` lists sorted by key; `Bindings` and [`Flag::Additive`] lists as maps, see [`iam::as_map`];
/// * output-only fields and client stamps below `path` left out;
/// * fields below `path` that equal their documented default left out, so that set-to-default and absent are one;
/// * values that wait for the cloud stay as they are, `Sensitive` is unwrapped.
///
/// Two values are the same to Google if their canonical forms are equal. For a whole resource, walk its maps and
/// compare field by field with the root's children as `path` (what the file does not set is not compared); inside a
/// list element everything counts, so compare elements' fields that way too where the list is `KeyedBy`.
pub fn canonical(descriptor: &Descriptor, path: &DocPath, doc: &Doc, project: &ProjectFacts) -> Doc {
    let found = rules::find(descriptor, path);
    let compare = found.compare();
    let doc = unwrap(doc);
    match doc {
        Doc::Map(map) => Doc::Map(
            map.iter()
                .filter_map(|(key, value)| {
                    let path = path.key(key.as_str());
                    let found = rules::find(descriptor, &path);
                    if found.has(Flag::OutputOnly) || found.has(Flag::ClientStamp) {
                        return None;
                    }
                    let value = canonical(descriptor, &path, value, project);
                    let is_default =
                        found.default().is_some_and(|default| canonical(descriptor, &path, &default, project) == value);
                    (!is_default).then(|| (key.clone(), value))
                })
                .collect(),
        ),
        Doc::List(_) if compare == Compare::Bindings => iam::as_map(doc),
        Doc::List(list) if found.exact && found.has(Flag::Additive) => Doc::Map(iam::members_as_map(list)),
        Doc::List(list) => {
            let elements = list
                .iter()
                .enumerate()
                .map(|(index, element)| canonical(descriptor, &path.index(index), element, project))
                .collect();
            Doc::List(ordered(compare, elements))
        }
        scalar => canonical_scalar(compare, scalar, project),
    }
}

/// The canonical form of a value by a [`Compare`] alone; lists are taken element by element.
pub fn canonical_value(compare: Compare, doc: &Doc, project: &ProjectFacts) -> Doc {
    match unwrap(doc) {
        Doc::List(_) if compare == Compare::Bindings => iam::as_map(doc),
        Doc::List(list) => {
            Doc::List(ordered(compare, list.iter().map(|element| canonical_value(compare, element, project)).collect()))
        }
        Doc::Map(map) => Doc::Map(
            map.iter().map(|(key, value)| (key.clone(), canonical_value(Compare::Plain, value, project))).collect(),
        ),
        scalar => canonical_scalar(compare, scalar, project),
    }
}

fn unwrap(doc: &Doc) -> &Doc {
    match doc {
        Doc::Sensitive(inner) => unwrap(inner),
        other => other,
    }
}

fn ordered(compare: Compare, mut elements: Vec<Doc>) -> Vec<Doc> {
    match compare {
        Compare::Unordered => {
            elements.sort_by_cached_key(sort_key);
            elements.dedup();
        }
        Compare::KeyedBy(field) => {
            elements.sort_by_cached_key(|element| element.get(field).map(sort_key).unwrap_or_default());
        }
        _ => {}
    }
    elements
}

/// A text by which documents sort, whatever order their maps have.
fn sort_key(doc: &Doc) -> String {
    match doc {
        Doc::Map(map) => {
            let mut entries: Vec<_> = map.iter().map(|(key, value)| format!("{key:?}:{}", sort_key(value))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        Doc::List(list) => format!("[{}]", list.iter().map(sort_key).collect::<Vec<_>>().join(",")),
        Doc::Unknown(template) => template.to_string(),
        Doc::Sensitive(inner) => sort_key(inner),
        scalar => scalar.to_json().unwrap_or(Json::Null).to_string(),
    }
}

fn canonical_scalar(compare: Compare, doc: &Doc, project: &ProjectFacts) -> Doc {
    let text = match doc {
        Doc::String(text) => text.clone(),
        Doc::Number(number) => number_text(number),
        other => return other.clone(),
    };
    Doc::String(canonical_text(compare, &text, project).unwrap_or(text))
}

/// An integer's digits, also of `1.0`; any other number as JSON writes it.
fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => format!("{float:.0}"),
        _ => number.to_string(),
    }
}

/// `None`: the text is not of this sort and stays as it is.
fn canonical_text(compare: Compare, text: &str, project: &ProjectFacts) -> Option<String> {
    match compare {
        Compare::Plain | Compare::Unordered | Compare::KeyedBy(_) | Compare::Bindings => None,
        Compare::Link => Some(link(text, project)),
        Compare::LinkInAnyProject => Some(below_project(&link(text, project))),
        Compare::Project => Some(project_id(text, project)),
        Compare::LastSegment => text.trim_end_matches('/').rsplit('/').next().map(str::to_owned),
        Compare::Duration => duration(text),
        Compare::Cpu => scaled(text, CPU).map(|millis| format!("{millis}m")),
        Compare::Memory => scaled(text, MEMORY).map(|bytes| bytes.to_string()),
        Compare::IgnoreCase => Some(text.to_lowercase()),
        Compare::PortRange => {
            text.split_once('-').filter(|(from, to)| from == to && !to.is_empty()).map(|(from, _)| from.to_owned())
        }
        Compare::Cidr => cidr(text),
        Compare::Time => time(text),
    }
}

/// A Google link from `projects/` on, the project by its id: `https://www.googleapis.com/compute/v1/projects/1/global/x`
/// and `global/x` are both `projects/my-project/global/x`.
pub fn link(text: &str, project: &ProjectFacts) -> String {
    let is_start = |at: usize| at == 0 || text.as_bytes()[at - 1] == b'/';
    if let Some((at, _)) = text.match_indices("projects/").find(|(at, _)| is_start(*at)) {
        let rest = &text[at + "projects/".len()..];
        let (name, behind) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        return format!("projects/{}{behind}", project_id(name, project));
    }
    if ["global/", "regions/", "zones/"].iter().any(|start| text.starts_with(start)) {
        return format!("projects/{}/{text}", project.id);
    }
    text.to_owned()
}

fn below_project(link: &str) -> String {
    match link.strip_prefix("projects/").and_then(|rest| rest.split_once('/')) {
        Some((_, behind)) => behind.to_owned(),
        None => link.to_owned(),
    }
}

fn project_id(text: &str, project: &ProjectFacts) -> String {
    let name = text.strip_prefix("projects/").unwrap_or(text);
    if project.number.as_deref() == Some(name) { project.id.clone() } else { name.to_owned() }
}

/// `5m`, `1h30m`, `300.0s` → `300s`, as Google's JSON wants durations; `None` where the text is none.
pub fn duration(text: &str) -> Option<String> {
    let mut nanos: i128 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(digits);
        let letters = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        nanos = nanos.checked_add(decimal(number, unit_nanos(unit)?)?)?;
        rest = behind;
    }
    let (seconds, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if fraction == 0 {
        return Some(format!("{seconds}s"));
    }
    Some(format!("{seconds}.{}s", format!("{fraction:09}").trim_end_matches('0')))
}

fn unit_nanos(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return None,
    })
}

/// `number × unit`, exactly; `None` for what is no decimal number or no whole multiple.
fn decimal(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.len() > 18 || whole.len() > 18 {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let product = (whole * scale + fraction).checked_mul(unit)?;
    (product % scale == 0).then_some(product / scale)
}

type Units = &'static [(&'static str, i128)];

/// CPU in thousandths.
const CPU: Units = &[("m", 1), ("", 1000)];
/// Memory in bytes: the binary and decimal suffixes of Kubernetes quantities.
const MEMORY: Units = &[
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("Pi", 1 << 50),
    ("k", 1_000),
    ("K", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
    ("", 1),
];

fn scaled(text: &str, units: Units) -> Option<i128> {
    units.iter().find_map(|(suffix, factor)| decimal(text.strip_suffix(suffix)?, *factor))
}

/// CPU as thousandths, `None` where the text is no quantity.
pub fn cpu_millis(text: &str) -> Option<i128> {
    scaled(text, CPU)
}

/// Memory as bytes, `None` where the text is no quantity.
pub fn memory_bytes(text: &str) -> Option<i128> {
    scaled(text, MEMORY)
}

fn cidr(text: &str) -> Option<String> {
    if let Ok(network) = text.parse::<ipnet::IpNet>() {
        return Some(network.trunc().to_string());
    }
    text.parse::<core::net::IpAddr>().ok().map(|address| ipnet::IpNet::from(address).to_string())
}

fn time(text: &str) -> Option<String> {
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.to_string());
    }
    let parts: Option<Vec<u8>> = text.split(':').map(|part| part.parse().ok()).collect();
    match parts?.as_slice() {
        [hours, minutes] | [hours, minutes, 0] => Some(format!("{hours:02}:{minutes:02}")),
        [hours, minutes, seconds] => Some(format!("{hours:02}:{minutes:02}:{seconds:02}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
