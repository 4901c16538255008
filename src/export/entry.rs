//! One live resource as an entry: everything of it that a file can say, in the file's spelling.

use super::{minimal, node};
use crate::kinds::rules::STACK_LABEL;
use crate::kinds::{Compare, Flag, Live, Row, overlay, rules, shape};
use crate::model::typed::FoundReference;
use crate::model::{Doc, DocPath, Map, Place, ProjectFacts};

/// A resource in the file's spelling.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub doc: Doc,
    /// The references in it, by full path.
    pub references: Vec<FoundReference>,
    /// Fields of the live resource that the spec does not know or would refuse; they are not in `doc`.
    pub unknown: Vec<DocPath>,
}

/// Everything of a live resource that a file can say, defaults included. Policies are not in it.
pub fn whole(row: &Row, place: &Place, project: &ProjectFacts, live: &Live) -> Entry {
    read(row, &all_written(row, place, project, live))
}

fn all_written(row: &Row, place: &Place, project: &ProjectFacts, live: &Live) -> Doc {
    let mut file = overlay::strip(row.descriptor, &(row.to_file)(place, &alone(live)));
    for own in ["name", "project", "region", "location", shape::UNKNOWN_OUTER] {
        file.take(own);
    }
    for parent in row.descriptor.parents {
        file.put(parent, Doc::from(place.get(parent)));
    }
    let mut file = written(row, &DocPath::root(), project, &file).unwrap_or_default();
    without_stamps(row, &mut file);
    file
}

/// The least that a file must say of a live resource.
pub fn least(row: &Row, place: &Place, project: &ProjectFacts, live: &Live) -> Entry {
    let written = all_written(row, place, project, live);
    let filled = (row.filled)(place, project, &(row.to_file)(place, &alone(live)));
    // What goes without saying is nothing that a reader would miss, known to the spec or not.
    let least = read(row, &minimal::least(row, project, &written, &filled));
    let doc = ordered(row, &minimal::with_required(row, &least.doc, &read(row, &written).doc));
    Entry { unknown: least.unknown, ..read(row, &doc) }
}

fn alone(live: &Live) -> Live {
    Live { policy: None, ..live.clone() }
}

fn read(row: &Row, file: &Doc) -> Entry {
    let typed = node::read(row, file);
    let refused = typed.faults.into_iter().filter(|fault| fault.code != "missing-field");
    Entry { doc: typed.doc, references: typed.references, unknown: refused.filter_map(|fault| fault.field).collect() }
}

/// Without what may not be shown, links from `projects/` on and by the project's id.
fn written(row: &Row, path: &DocPath, project: &ProjectFacts, doc: &Doc) -> Option<Doc> {
    let found = rules::find(row.descriptor, path);
    if found.has(Flag::Sensitive) {
        return None;
    }
    Some(match doc {
        Doc::Map(map) => {
            let inner = |(key, value): (&String, &Doc)| {
                Some((key.clone(), written(row, &path.key(key.as_str()), project, value)?))
            };
            Doc::Map(map.iter().filter_map(inner).collect())
        }
        Doc::List(list) => {
            let inner = |(at, value): (usize, &Doc)| written(row, &path.index(at), project, value);
            Doc::List(list.iter().enumerate().filter_map(inner).collect())
        }
        Doc::String(text) => Doc::String(spelled(found.compare(), text, project)),
        other => other.clone(),
    })
}

fn spelled(compare: Compare, text: &str, project: &ProjectFacts) -> String {
    match compare {
        Compare::Link | Compare::LinkInAnyProject => link(text, project),
        Compare::Project if Some(text) == project.number.as_deref() => project.id.clone(),
        _ => text.to_owned(),
    }
}

/// A Google link from `projects/` on, the project by its id.
pub(super) fn link(text: &str, project: &ProjectFacts) -> String {
    let start = text.find("projects/").filter(|&at| at == 0 || text.as_bytes()[at - 1] == b'/');
    let Some(start) = start else { return text.to_owned() };
    let path = &text[start..];
    let rest = project.number.as_deref().and_then(|number| {
        path.strip_prefix("projects/")?.strip_prefix(number).filter(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    rest.map_or_else(|| path.to_owned(), |rest| format!("projects/{}{rest}", project.id))
}

/// Google's own labels, and the one by which stackctl marks what is a stack's.
fn without_stamps(row: &Row, file: &mut Doc) {
    let Some(labels) = row.descriptor.labels.and_then(|path| dig_mut(file, path)) else { return };
    labels.retain(|key, _| key != STACK_LABEL && !key.starts_with("goog-"));
}

fn dig_mut<'a>(doc: &'a mut Doc, dotted: &str) -> Option<&'a mut Map> {
    dotted.split('.').try_fold(doc, |doc, key| doc.as_map_mut()?.get_mut(key))?.as_map_mut()
}

/// Fields in the order in which the spec documents them, whatever order Google has.
fn ordered(row: &Row, doc: &Doc) -> Doc {
    let mut generator = schemars::SchemaGenerator::default();
    let schema = (row.schema)(&mut generator);
    let fields = schema.as_value().get("properties").and_then(|fields| fields.as_object());
    let order: Vec<&String> = fields.into_iter().flat_map(|fields| fields.keys()).collect();
    let Doc::Map(map) = doc else { return doc.clone() };
    let mut sorted: Vec<(&String, &Doc)> = map.iter().collect();
    sorted.sort_by_key(|(key, _)| order.iter().position(|field| field == key).unwrap_or(usize::MAX));
    Doc::Map(sorted.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect())
}
