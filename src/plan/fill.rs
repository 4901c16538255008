//! Puts outputs into templates: at plan time those that are known by then, just before a step all that are left.

use crate::model::{Doc, Part, Reference, Template};

/// The document with every template filled that `lookup` can fill whole; the others stay.
///
/// A template that is one reference alone takes the value with its type, any other becomes a string. A sensitive value
/// makes the whole string sensitive.
pub fn fill_known(doc: &Doc, lookup: &dyn Fn(&Reference) -> Option<Doc>) -> Doc {
    match doc {
        Doc::Unknown(template) => fill_template(template, lookup).unwrap_or_else(|| doc.clone()),
        Doc::List(list) => Doc::List(list.iter().map(|element| fill_known(element, lookup)).collect()),
        Doc::Map(map) => Doc::Map(map.iter().map(|(key, value)| (key.clone(), fill_known(value, lookup))).collect()),
        Doc::Sensitive(inner) => sensitive(fill_known(inner, lookup)),
        _ => doc.clone(),
    }
}

/// The document with every template filled.
///
/// # Errors
/// The references that `lookup` does not know, each once, in document order.
pub fn fill(doc: &Doc, lookup: &dyn Fn(&Reference) -> Option<Doc>) -> Result<Doc, Vec<Reference>> {
    let filled = fill_known(doc, lookup);
    let mut missing: Vec<Reference> = Vec::new();
    for reference in filled.templates().into_iter().flat_map(Template::references) {
        if !missing.contains(reference) && lookup(reference).is_none_or(|value| !value.is_known()) {
            missing.push(reference.clone());
        }
    }
    if missing.is_empty() { Ok(filled) } else { Err(missing) }
}

fn fill_template(template: &Template, lookup: &dyn Fn(&Reference) -> Option<Doc>) -> Option<Doc> {
    if let [Part::Reference(reference)] = template.0.as_slice() {
        return lookup(reference).filter(Doc::is_known);
    }
    let mut text = String::new();
    let mut secret = false;
    for part in &template.0 {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Reference(reference) => {
                let value = lookup(reference)?;
                secret |= matches!(value, Doc::Sensitive(_));
                push_text(&mut text, &value)?;
            }
        }
    }
    let doc = Doc::String(text);
    Some(if secret { sensitive(doc) } else { doc })
}

/// Appends a value as text; lists and maps as JSON. `None`: it is not known.
fn push_text(text: &mut String, value: &Doc) -> Option<()> {
    match value {
        Doc::String(value) => text.push_str(value),
        Doc::Sensitive(inner) => push_text(text, inner)?,
        Doc::Null => {}
        other => text.push_str(&other.to_json().ok()?.to_string()),
    }
    Some(())
}

/// Marks a document as sensitive, once.
fn sensitive(doc: Doc) -> Doc {
    match doc {
        Doc::Sensitive(_) => doc,
        other => Doc::Sensitive(Box::new(other)),
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

    fn template(parts: &[&str]) -> Doc {
        let part = |text: &&str| match text.strip_prefix('$') {
            Some(name) => Part::Reference(output(name)),
            None => Part::Literal((*text).to_owned()),
        };
        Doc::Unknown(Template(parts.iter().map(part).collect()))
    }

    fn lookup(reference: &Reference) -> Option<Doc> {
        let known = json!({"link": "projects/x", "port": 5432, "on": true, "list": ["a"]});
        match reference {
            Reference::Output { output, .. } if output.to_string() == "password" => Some(sensitive(Doc::from("hush"))),
            Reference::Output { output, .. } => known.get(output.to_string()).map(Doc::from),
            _ => None,
        }
    }

    #[test]
    fn one_reference_alone_keeps_its_type_and_a_mix_is_text() {
        let doc = Doc::List(vec![
            template(&["$port"]),
            template(&["$list"]),
            template(&["tcp://", "$link", ":", "$port", "?", "$on"]),
        ]);
        let filled = fill(&doc, &lookup).unwrap();
        assert_eq!(filled.to_json().unwrap(), json!([5432, ["a"], "tcp://projects/x:5432?true"]));
    }

    #[test]
    fn what_is_missing_is_named_once_and_the_rest_is_filled() {
        let doc = Doc::List(vec![template(&["$port"]), template(&["a", "$nope", "$link"]), template(&["$nope"])]);
        assert_eq!(fill(&doc, &lookup).unwrap_err(), [output("nope")]);
        let filled = fill_known(&doc, &lookup);
        assert_eq!(filled.as_list().unwrap()[0], Doc::from(5432));
        assert_eq!(filled.as_list().unwrap()[1], template(&["a", "$nope", "$link"]));
    }

    #[test]
    fn a_secret_makes_the_whole_text_secret() {
        let filled = fill(&template(&["user:", "$password"]), &lookup).unwrap();
        assert_eq!(filled, sensitive(Doc::from("user:hush")));
    }
}
