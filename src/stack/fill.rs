//! Holes of templates filled with values that are known.

use crate::model::{Doc, Part, Reference, Template};

/// Fills what `known` knows, everywhere in `doc`; says whether anything was filled.
pub(super) fn fill(doc: &mut Doc, known: &dyn Fn(&Reference) -> Option<Doc>) -> bool {
    match doc {
        Doc::List(list) => fill_all(list.iter_mut(), known),
        Doc::Map(map) => fill_all(map.values_mut(), known),
        Doc::Sensitive(inner) => fill(inner, known),
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

/// Every one of them is filled: `any` would stop at the first.
fn fill_all<'a>(docs: impl Iterator<Item = &'a mut Doc>, known: &dyn Fn(&Reference) -> Option<Doc>) -> bool {
    docs.filter_map(|doc| fill(doc, known).then_some(())).count() > 0
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

/// A value as part of a text; `None` for lists and maps, which cannot be.
fn as_parts(value: Doc, secret: &mut Secret) -> Option<Vec<Part>> {
    match value {
        Doc::String(text) => Some(vec![Part::Literal(text)]),
        Doc::Bool(value) => Some(vec![Part::Literal(value.to_string())]),
        Doc::Number(number) => Some(vec![Part::Literal(number.to_string())]),
        Doc::Unknown(template) => Some(template.0),
        Doc::Sensitive(inner) => {
            *secret = Secret::Yes;
            as_parts(*inner, secret)
        }
        Doc::Null | Doc::List(_) | Doc::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DocPath;

    fn own(output: &str) -> Reference {
        Reference::Own { output: DocPath::keys(output) }
    }

    fn known(reference: &Reference) -> Option<Doc> {
        let Reference::Own { output } = reference else { return None };
        match output.to_string().as_str() {
            "port" => Some(Doc::from(8080)),
            "list" => Some(Doc::List(vec![])),
            "secret" => Some(Doc::Sensitive(Box::new(Doc::from("s")))),
            "number" => Some(Doc::Unknown(Template::whole(Reference::ProjectNumber))),
            _ => None,
        }
    }

    fn filled_of(parts: Vec<Part>) -> (Doc, bool) {
        let mut doc = Doc::Unknown(Template(parts));
        let any = fill(&mut doc, &known);
        (doc, any)
    }

    #[test]
    fn a_whole_template_keeps_the_type_of_its_value() {
        assert_eq!(filled_of(vec![Part::Reference(own("port"))]), (Doc::from(8080), true));
        assert_eq!(filled_of(vec![Part::Reference(own("list"))]), (Doc::List(vec![]), true));
    }

    #[test]
    fn a_text_is_filled_part_by_part() {
        let text = |words: &str| Part::Literal(words.to_owned());
        let (doc, _) = filled_of(vec![text("a:"), Part::Reference(own("port")), text("/"), Part::Reference(own("x"))]);
        assert_eq!(doc, Doc::Unknown(Template(vec![text("a:8080/"), Part::Reference(own("x"))])));
        let (doc, _) = filled_of(vec![text("a:"), Part::Reference(own("number"))]);
        assert_eq!(doc, Doc::Unknown(Template(vec![text("a:"), Part::Reference(Reference::ProjectNumber)])));
        assert!(!filled_of(vec![text("a"), Part::Reference(own("x"))]).1);
    }

    #[test]
    fn a_text_with_a_secret_in_it_is_one() {
        let (doc, _) = filled_of(vec![Part::Literal("x".into()), Part::Reference(own("secret"))]);
        assert_eq!(doc, Doc::Sensitive(Box::new(Doc::from("xs"))));
    }
}
