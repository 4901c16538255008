//! Which map keys are the user's own (`labels.team`) and which are fields of the API (`scaling.minInstanceCount`):
//! the former are removed when they leave the file, the latter have defaults or stay.

use std::cell::RefCell;
use std::collections::BTreeMap;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use crate::kinds::rules::{Token, tokens};
use crate::kinds::{Compare, Row, rules};
use crate::model::{DocPath, Segment};

/// How deep references between schemas are followed.
const DEPTH: usize = 32;

/// The schemas of the kinds' specs, made when they are first asked for: only fields that left a file need them.
#[derive(Debug, Default)]
pub struct UserKeys {
    schemas: RefCell<BTreeMap<&'static str, Json>>,
}

impl UserKeys {
    /// Whether the last segment of `path` is an element of a keyed list or a key that the user chose.
    pub fn is_element(&self, row: &Row, path: &DocPath) -> bool {
        let Some((last, parent)) = path.0.split_last() else { return false };
        match last {
            Segment::Keyed(..) => true,
            Segment::Index(_) => false,
            Segment::Key(_) => {
                let list = rules::find(row.descriptor, &DocPath(parent.to_vec()));
                is_shared(&list)
                    || (parent.len() > 1 && is_bindings(row, &parent[..parent.len() - 1]))
                    || ends_with_any_value(rules::find(row.descriptor, path))
                    || self.is_additional(row, path)
            }
        }
    }

    fn is_additional(&self, row: &Row, path: &DocPath) -> bool {
        let mut schemas = self.schemas.borrow_mut();
        let schema = schemas.entry(row.descriptor.section).or_insert_with(|| schema_of(row));
        follow(schema, schema, &path.0, DEPTH).unwrap_or(false)
    }
}

fn is_shared(list: &rules::Found) -> bool {
    super::walk::is_additive(list) && list.compare() != Compare::Bindings
}

fn is_bindings(row: &Row, path: &[Segment]) -> bool {
    let found = rules::find(row.descriptor, &DocPath(path.to_vec()));
    found.exact && found.compare() == Compare::Bindings
}

fn ends_with_any_value(found: rules::Found) -> bool {
    found.exact && tokens(found.rule.path).last() == Some(Token::AnyValue)
}

fn schema_of(row: &Row) -> Json {
    let mut generator: SchemaGenerator = SchemaSettings::draft07().into_generator();
    let mut schema = (row.schema)(&mut generator).to_value();
    if let Some(map) = schema.as_object_mut() {
        map.insert("definitions".to_owned(), Json::Object(generator.definitions().clone()));
    }
    schema
}

/// Whether the last of `path` is an additional property; `None` where the schema does not know the path.
fn follow(root: &Json, schema: &Json, path: &[Segment], depth: usize) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    let (first, rest) = path.split_first()?;
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        let name = reference.rsplit('/').next()?;
        return follow(root, root.get("definitions")?.get(name)?, path, depth);
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        let choices = schema.get(choice).and_then(Json::as_array).into_iter().flatten();
        if let Some(found) = choices.into_iter().find_map(|schema| follow(root, schema, path, depth)) {
            return Some(found);
        }
    }
    let (next, is_additional) = match first {
        Segment::Index(_) | Segment::Keyed(..) => (schema.get("items")?, false),
        Segment::Key(key) => match schema.get("properties").and_then(|properties| properties.get(key)) {
            Some(property) => (property, false),
            None => (schema.get("additionalProperties").filter(|schema| **schema != Json::Bool(false))?, true),
        },
    };
    if rest.is_empty() { Some(is_additional) } else { follow(root, next, rest, depth) }
}
