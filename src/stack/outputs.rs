//! Outputs of entries, as far as they are known without the cloud.

use std::collections::HashMap;

use super::link::Linked;
use super::read::Draughted;
use crate::model::{Address, Doc, DocPath, Map, Part, Place, ProjectFacts, Reference, Segment, Template};

/// Stands for a project number that nobody has asked for; as long as one.
const NUMBER: &str = "\u{1}the-number\u{1}";

/// What a kind says of its outputs. Where the project's number is not known, they hold `${project.number}`: so a URL
/// that is made of it is no reason to wait for its service.
pub(super) fn known_outputs(entry: &Draughted, project: &ProjectFacts) -> Map {
    if project.number.is_some() {
        return (entry.kind.known_outputs)(&entry.place, project, &entry.doc);
    }
    let stand_in = ProjectFacts { id: project.id.clone(), number: Some(NUMBER.to_owned()) };
    let mut outputs = (entry.kind.known_outputs)(&entry.place, &stand_in, &entry.doc);
    outputs.values_mut().for_each(open_number);
    outputs
}

fn open_number(doc: &mut Doc) {
    match doc {
        Doc::List(list) => list.iter_mut().for_each(open_number),
        Doc::Map(map) => map.values_mut().for_each(open_number),
        Doc::Sensitive(inner) => open_number(inner),
        Doc::String(text) if text.contains(NUMBER) => {
            let mut parts = Vec::new();
            for (position, literal) in text.split(NUMBER).enumerate() {
                if position > 0 {
                    parts.push(Part::Reference(Reference::ProjectNumber));
                }
                if !literal.is_empty() {
                    parts.push(Part::Literal(literal.to_owned()));
                }
            }
            *doc = Doc::Unknown(Template(parts));
        }
        _ => {}
    }
}

/// Whether nothing but the project's number is missing.
pub(super) fn waits_for_number_alone(doc: &Doc) -> bool {
    doc.templates().into_iter().flat_map(Template::references).all(|reference| *reference == Reference::ProjectNumber)
}

/// An output of an entry, as far as it is known.
pub(super) fn output(linked: &[Linked], positions: &HashMap<Address, usize>, reference: &Reference) -> Option<Doc> {
    let Reference::Output { address, output } = reference else { return None };
    let target = linked.get(*positions.get(address)?)?;
    let value = output_of(&target.known, &target.entry.place, &target.entry.doc, output)?;
    Some(rebased(value, address))
}

/// An output by name: what the kind knows, the place, or a field that the file sets.
pub(super) fn output_of(known: &Map, place: &Place, doc: &Doc, output: &DocPath) -> Option<Doc> {
    let (first, rest) = output.0.split_first()?;
    let Segment::Key(name) = first else { return None };
    if let Some(value) = known.get(name) {
        return value.at(&DocPath(rest.to_vec())).cloned();
    }
    if rest.is_empty()
        && let Some(value) = of_place(place, name)
    {
        return Some(Doc::from(value));
    }
    doc.at(output).cloned()
}

fn of_place<'a>(place: &'a Place, name: &str) -> Option<&'a str> {
    let text = match name {
        "name" => place.name(),
        "project" => place.project(),
        "region" | "location" => place.location(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// A value of another entry: its `self` is that entry.
fn rebased(mut value: Doc, address: &Address) -> Doc {
    rebase(&mut value, address);
    value
}

fn rebase(doc: &mut Doc, address: &Address) {
    match doc {
        Doc::List(list) => list.iter_mut().for_each(|doc| rebase(doc, address)),
        Doc::Map(map) => map.values_mut().for_each(|doc| rebase(doc, address)),
        Doc::Sensitive(inner) => rebase(inner, address),
        Doc::Unknown(template) => {
            for part in &mut template.0 {
                if let Part::Reference(reference) = part
                    && let Reference::Own { output } = reference
                {
                    *reference = Reference::Output { address: address.clone(), output: output.clone() };
                }
            }
        }
        _ => {}
    }
}

/// Whether every entry of this kind has an output of that name, whatever its kind says.
pub(super) fn is_general(name: &str) -> bool {
    matches!(name, "name" | "project" | "region" | "location")
}
