//! Values put into templates: outputs that follow from the file while it is read, those that the cloud knows at plan
//! time, and just before a step all that are left.

use super::{Doc, Part, Reference, Template};

/// Fills what `known` knows, everywhere in `doc`, part by part; says whether anything was filled.
///
/// A template that is one reference alone takes the value with its type, any other becomes a string. A value may be a
/// template itself. A sensitive value makes the whole string sensitive.
pub fn fill_in(doc: &mut Doc, known: &dyn Fn(&Reference) -> Option<Doc>) -> bool {
    match doc {
        Doc::List(list) => fill_all(list.iter_mut(), known),
        Doc::Map(map) => fill_all(map.values_mut(), known),
        Doc::Sensitive(inner) => {
            let any = fill_in(inner, known);
            if let Doc::Sensitive(twice) = &mut **inner {
                *inner = std::mem::replace(twice, Box::new(Doc::Null));
            }
            any
        }
        Doc::Unknown(template) => match filled(template, known) {
            Some(value) => {
                *doc = value;
                true
            }
            None => false,
        },
        _ => false,
    }
}

/// The document with everything filled that `known` knows; the rest stays.
pub fn fill_known(doc: &Doc, known: &dyn Fn(&Reference) -> Option<Doc>) -> Doc {
    let mut doc = doc.clone();
    fill_in(&mut doc, known);
    doc
}

/// The document with every template filled.
///
/// # Errors
/// The references that are left, each once, in document order.
pub fn fill(doc: &Doc, known: &dyn Fn(&Reference) -> Option<Doc>) -> Result<Doc, Vec<Reference>> {
    let filled = fill_known(doc, known);
    let mut missing: Vec<Reference> = Vec::new();
    for reference in filled.templates().into_iter().flat_map(Template::references) {
        if !missing.contains(reference) {
            missing.push(reference.clone());
        }
    }
    if missing.is_empty() { Ok(filled) } else { Err(missing) }
}

/// Every one of them is filled: `any` would stop at the first.
fn fill_all<'a>(docs: impl Iterator<Item = &'a mut Doc>, known: &dyn Fn(&Reference) -> Option<Doc>) -> bool {
    docs.filter_map(|doc| fill_in(doc, known).then_some(())).count() > 0
}

/// What a template comes to; `None` where nothing of it is known.
fn filled(template: &Template, known: &dyn Fn(&Reference) -> Option<Doc>) -> Option<Doc> {
    if let [Part::Reference(reference)] = template.0.as_slice() {
        return known(reference).filter(|value| !matches!(value, Doc::Unknown(same) if same == template));
    }
    let mut parts: Vec<Part> = Vec::with_capacity(template.0.len());
    let mut secret = Secret::No;
    let mut any = false;
    for part in &template.0 {
        let value = match part {
            Part::Literal(_) => None,
            Part::Reference(reference) => known(reference).and_then(|value| as_parts(value, &mut secret)),
        };
        any |= value.is_some();
        for part in value.unwrap_or_else(|| vec![part.clone()]) {
            match (parts.last_mut(), part) {
                (Some(Part::Literal(before)), Part::Literal(text)) => before.push_str(&text),
                (_, part) => parts.push(part),
            }
        }
    }
    let doc = match parts.as_slice() {
        [] => Doc::from(""),
        [Part::Literal(text)] => Doc::from(text.as_str()),
        _ => Doc::Unknown(Template(parts)),
    };
    any.then_some(match secret {
        Secret::Yes => Doc::Sensitive(Box::new(doc)),
        Secret::No => doc,
    })
}

enum Secret {
    Yes,
    No,
}

/// A value as part of a text; lists and maps as JSON. `None` for those that hold something unknown.
fn as_parts(value: Doc, secret: &mut Secret) -> Option<Vec<Part>> {
    match value {
        Doc::String(text) => Some(vec![Part::Literal(text)]),
        Doc::Null => Some(Vec::new()),
        Doc::Unknown(template) => Some(template.0),
        Doc::Sensitive(inner) => {
            *secret = Secret::Yes;
            as_parts(*inner, secret)
        }
        other => Some(vec![Part::Literal(other.to_json().ok()?.to_string())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, DocPath};
    use serde_json::json;

    fn output(name: &str) -> Reference {
        Reference::Output { address: Address::new("sqlInstances", "db"), output: DocPath::keys(name) }
    }

    /// `$name` is a hole, everything else text.
    fn template(parts: &[&str]) -> Doc {
        let part = |text: &&str| match text.strip_prefix('$') {
            Some(name) => Part::Reference(output(name)),
            None => Part::Literal((*text).to_owned()),
        };
        Doc::Unknown(Template(parts.iter().map(part).collect()))
    }

    fn sensitive(doc: Doc) -> Doc {
        Doc::Sensitive(Box::new(doc))
    }

    fn lookup(reference: &Reference) -> Option<Doc> {
        let known = json!({"link": "projects/x", "port": 5432, "on": true, "list": ["a"], "none": null});
        let Reference::Output { output: name, .. } = reference else { return None };
        match name.to_string().as_str() {
            "password" => Some(sensitive(Doc::from("hush"))),
            "number" => Some(Doc::Unknown(Template::whole(Reference::ProjectNumber))),
            "same" => Some(Doc::Unknown(Template::whole(reference.clone()))),
            name => known.get(name).map(Doc::from),
        }
    }

    #[test]
    fn one_reference_alone_keeps_its_type_and_a_mix_is_text() {
        let doc = Doc::List(vec![
            template(&["$port"]),
            template(&["$list"]),
            template(&["tcp://", "$link", ":", "$port", "?", "$on", "$none"]),
            template(&["of ", "$list"]),
        ]);
        let filled = fill(&doc, &lookup).unwrap();
        assert_eq!(filled.to_json().unwrap(), json!([5432, ["a"], "tcp://projects/x:5432?true", "of [\"a\"]"]));
    }

    #[test]
    fn what_is_missing_is_named_once_and_the_rest_is_filled() {
        let doc = Doc::List(vec![template(&["$port"]), template(&["a", "$nope", "$link"]), template(&["$nope"])]);
        assert_eq!(fill(&doc, &lookup).unwrap_err(), [output("nope")]);
        let filled = fill_known(&doc, &lookup);
        assert_eq!(filled.as_list().unwrap()[0], Doc::from(5432));
        assert_eq!(filled.as_list().unwrap()[1], template(&["a", "$nope", "projects/x"]));
    }

    #[test]
    fn a_value_may_be_a_template_and_one_that_is_itself_ends_there() {
        let mut doc = template(&["a:", "$number"]);
        assert!(fill_in(&mut doc, &lookup));
        let parts = vec![Part::Literal("a:".to_owned()), Part::Reference(Reference::ProjectNumber)];
        assert_eq!(doc, Doc::Unknown(Template(parts)));
        assert_eq!(fill(&template(&["a:", "$number"]), &lookup).unwrap_err(), [Reference::ProjectNumber]);
        assert!(!fill_in(&mut template(&["$same"]), &lookup), "it would never end");
        assert!(!fill_in(&mut template(&["a", "$nope"]), &lookup));
    }

    #[test]
    fn a_secret_makes_the_whole_text_secret_and_only_once() {
        assert_eq!(fill(&template(&["user:", "$password"]), &lookup).unwrap(), sensitive(Doc::from("user:hush")));
        assert_eq!(fill(&sensitive(template(&["$password"])), &lookup).unwrap(), sensitive(Doc::from("hush")));
    }
}
