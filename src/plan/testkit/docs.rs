//! Documents, live resources and the project of tests, from JSON.

use serde_json::Value as Json;

use crate::kinds::Live;
use crate::model::{Address, Doc, DocPath, Part, ProjectFacts, Reference, Template};

/// The project of all tests.
pub fn project() -> ProjectFacts {
    ProjectFacts { id: "p".to_owned(), number: Some("123".to_owned()) }
}

/// A live resource of this JSON; `policy` is its IAM policy.
pub fn live(mut api: Json) -> Live {
    let policy = api.as_object_mut().and_then(|map| map.remove("policy"));
    Live { api, policy, extra: Vec::new() }
}

/// A document in which texts with `${section.key.output}`, `${self.output}` and `${project.number}` are templates.
pub fn doc(json: &Json) -> Doc {
    match json {
        Json::String(text) => template(text),
        Json::Array(list) => Doc::List(list.iter().map(doc).collect()),
        Json::Object(map) => match map.get("$sensitive") {
            Some(value) => Doc::Sensitive(Box::new(doc(value))),
            None => Doc::Map(map.iter().map(|(key, value)| (key.clone(), doc(value))).collect()),
        },
        other => Doc::from(other),
    }
}

fn template(text: &str) -> Doc {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        if !before.is_empty() {
            parts.push(Part::Literal(before.to_owned()));
        }
        let (expression, after) = behind.split_once('}').expect("a template ends");
        parts.push(Part::Reference(match expression.split('.').collect::<Vec<_>>().as_slice() {
            ["self", output] => Reference::Own { output: DocPath::keys(output) },
            ["project", "number"] => Reference::ProjectNumber,
            [section, key, output] => {
                Reference::Output { address: Address::new(section, key), output: DocPath::keys(output) }
            }
            _ => panic!("no expression: {expression}"),
        }));
        rest = after;
    }
    if parts.is_empty() {
        return Doc::from(text);
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    Doc::Unknown(Template(parts))
}
