//! What a reference in a field resolves to.

use super::addresses::{Addresses, Named, one_of_many};
use super::read::Draughted;
use crate::kinds::registry;
use crate::model::typed::FoundReference;
use crate::model::{Address, Diagnostic, Doc, DocPath, Part, Place, ProjectFacts, Reference, Segment, Template};

/// What a reference names.
pub(super) enum Meant<'a> {
    /// An entry of the stack.
    Entry(Address),
    /// Something that lives elsewhere: the text to put in.
    Elsewhere(String),
    /// A text that stays as it is (`allUsers`).
    AsWritten(&'a str),
}

/// Finds out what a reference names.
///
/// # Errors
/// Nothing that there is, with what may be meant.
pub(super) fn meant<'a>(found: &'a FoundReference, addresses: &Addresses) -> Result<Meant<'a>, Box<Diagnostic>> {
    if found.form == "member" {
        return member(found, addresses);
    }
    if found.text.contains('/') {
        return elsewhere(found).map(Meant::Elsewhere);
    }
    if found.form == "email" && found.text.contains('@') {
        return Ok(Meant::Elsewhere(found.text.clone()));
    }
    entry(found, &found.text, addresses).map(Meant::Entry)
}

/// `projects/…`, with or without a host before it.
fn elsewhere(found: &FoundReference) -> Result<String, Box<Diagnostic>> {
    let text = &found.text;
    let at = text.find("projects/").filter(|&at| at == 0 || text.as_bytes()[at - 1] == b'/');
    let Some(path) = at.map(|at| &text[at..]) else {
        return Err(Box::new(
            Diagnostic::error("bad-reference", format!("`{text}` is neither a key nor a full Google path"))
                .at(found.span)
                .label(format!("a key of `{}` belongs here, or `projects/…`", found.section)),
        ));
    };
    let last = path.rsplit('/').next().unwrap_or_default();
    Ok(match found.form {
        "name" => last.to_owned(),
        "email" if last.contains('@') => last.to_owned(),
        _ => path.to_owned(),
    })
}

fn entry(found: &FoundReference, key: &str, addresses: &Addresses) -> Result<Address, Box<Diagnostic>> {
    let section = found.section;
    match addresses.find(section, key) {
        Named::Entry => return Ok(Address::new(section, key)),
        Named::Family(made) => return Err(Box::new(one_of_many(section, key, made, found.span))),
        Named::Nothing => {}
    }
    if let Ok(address) = key.parse::<Address>() {
        return Err(Box::new(by_address(found, &address, addresses)));
    }
    if addresses.nearest(section, key).is_none()
        && let Some(other) = addresses.elsewhere(section, key)
    {
        return Err(Box::new(
            Diagnostic::error("wrong-kind", format!("`{key}` is in `{other}`; this refers to `{section}`"))
                .at(found.span)
                .label(format!("a key of `{section}` belongs here")),
        ));
    }
    let fault = addresses.unknown_entry(section, key, found.span);
    let noun = registry::find(section).map_or("resource", |row| row.descriptor.noun);
    let example = match found.form {
        "email" => "an e-mail address".to_owned(),
        _ => "`projects/…`".to_owned(),
    };
    Err(Box::new(match fault.label.as_deref() {
        Some("no such entry") => {
            fault.hint(format!("add it under `{section}:`, or name a {noun} that lives elsewhere by {example}"))
        }
        _ => fault,
    }))
}

/// A reference written as `section.key`.
fn by_address(found: &FoundReference, address: &Address, addresses: &Addresses) -> Diagnostic {
    let section = found.section;
    if &*address.section != section {
        return Diagnostic::error("wrong-kind", format!("`{address}` cannot stand here: this refers to `{section}`"))
            .at(found.span)
            .label(format!("a key of `{section}` belongs here"));
    }
    match addresses.find(section, &address.key) {
        Named::Nothing => addresses.unknown_entry(section, &address.key, found.span),
        _ => Diagnostic::error("bad-reference", format!("a reference to `{section}` is the key alone"))
            .at(found.span)
            .label(format!("write `{}`", address.key)),
    }
}

/// IAM members that take no address.
const EVERYBODY: [&str; 2] = ["allUsers", "allAuthenticatedUsers"];
/// What stands before the colon of a member.
const MEMBERS: [&str; 9] = [
    "user",
    "group",
    "domain",
    "principal",
    "principalSet",
    "projectOwner",
    "projectEditor",
    "projectViewer",
    "deleted",
];

fn member<'a>(found: &'a FoundReference, addresses: &Addresses) -> Result<Meant<'a>, Box<Diagnostic>> {
    let text = found.text.as_str();
    if EVERYBODY.contains(&text) {
        return Ok(Meant::AsWritten(text));
    }
    match text.split_once(':') {
        Some(("serviceAccount", account)) if account.contains('@') || account.contains('/') => {
            Ok(Meant::AsWritten(text))
        }
        Some(("serviceAccount", key)) => entry(found, key, addresses).map(Meant::Entry),
        Some((kind, rest)) if MEMBERS.contains(&kind) && !rest.is_empty() => Ok(Meant::AsWritten(text)),
        _ => Err(Box::new(wrong_member(found, addresses))),
    }
}

fn wrong_member(found: &FoundReference, addresses: &Addresses) -> Diagnostic {
    let text = &found.text;
    let fault = Diagnostic::error("bad-member", format!("`{text}` is no IAM member")).at(found.span);
    let near = crate::model::suggest::nearest(text, EVERYBODY);
    if let Some(near) = near {
        return fault.label(format!("did you mean `{near}`?"));
    }
    if matches!(addresses.find("serviceAccounts", text), Named::Entry) {
        return fault.label(format!("did you mean `serviceAccount:{text}`?"));
    }
    match text.split_once('@') {
        Some((_, host)) if host.ends_with("gserviceaccount.com") => {
            fault.label(format!("did you mean `serviceAccount:{text}`?"))
        }
        Some(_) => fault.label(format!("did you mean `user:{text}`, or `group:{text}`?")),
        None => fault
            .label("a member says what it is")
            .hint("`serviceAccount:KEY`, `user:ann@example.com`, `group:…`, `domain:…`, `principal://…` or `allUsers`"),
    }
}

/// The text by which other resources name an entry.
pub(super) fn spelled(form: &str, target: &Draughted, project: &ProjectFacts) -> String {
    match form {
        "name" => target.place.name().to_owned(),
        "email" => email(target, project),
        "member" => format!("serviceAccount:{}", email(target, project)),
        _ => target.place.fill(target.kind.descriptor.item),
    }
}

fn email(target: &Draughted, project: &ProjectFacts) -> String {
    let outputs = (target.kind.known_outputs)(&target.place, project, &target.doc);
    match outputs.get("email").and_then(Doc::as_str) {
        Some(email) => email.to_owned(),
        None => format!("{}@{}.iam.gserviceaccount.com", target.place.name(), target.place.project()),
    }
}

/// Puts a resolved reference in its place. A reference that follows versions gets the template of the newest one
/// beside it, where the file names none.
pub(super) fn put(doc: &mut Doc, found: &FoundReference, text: String, target: Option<&Address>) {
    if let Some(place) = at_mut(doc, &found.path.0) {
        *place = Doc::from(text);
    }
    if found.form == "versioned"
        && let Some(address) = target
        && let Some((_, parent)) = found.path.0.split_last()
        && let Some(map) = at_mut(doc, parent).and_then(Doc::as_map_mut)
        && !map.contains_key("version")
    {
        map.insert("version".to_owned(), Doc::Unknown(version_of(address)));
    }
}

fn version_of(address: &Address) -> Template {
    Template(vec![Part::Reference(Reference::Output { address: address.clone(), output: DocPath::keys("version") })])
}

fn at_mut<'a>(doc: &'a mut Doc, path: &[Segment]) -> Option<&'a mut Doc> {
    let mut at = doc;
    for segment in path {
        while let Doc::Sensitive(inner) = at {
            at = inner;
        }
        at = match (segment, at) {
            (Segment::Key(key), Doc::Map(map)) => map.get_mut(key)?,
            (Segment::Index(index), Doc::List(list)) => list.get_mut(*index)?,
            _ => return None,
        };
    }
    Some(at)
}

/// What a full path says of where a parent is: project and location.
pub(super) fn place_of_path(path: &str, place: &mut Place) {
    let segments: Vec<&str> = path.split('/').collect();
    for pair in segments.windows(2) {
        match pair {
            ["projects", project] => {
                place.values.insert("project".to_owned(), (*project).to_owned());
            }
            ["regions" | "locations", location] => {
                place.values.insert("location".to_owned(), (*location).to_owned());
            }
            _ => {}
        }
    }
}
