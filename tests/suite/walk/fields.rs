//! The fields that a kind has, by the schema of the stack file, and where a table speaks of one.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use stackctl::model::{DocPath, Segment};

/// The schema of the stack file.
pub struct Fields {
    schema: Json,
}

impl Fields {
    pub fn load() -> Self {
        Self { schema: stackctl::stack::schema() }
    }

    /// All fields of a section, down to single values: `env{}.secret`, `traffic[].percent`.
    pub fn of(&self, section: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.walk(self.definition(section), "", &mut found);
        found
    }

    fn definition(&self, name: &str) -> &Json {
        &self.schema["definitions"][name]
    }

    /// The alternatives of a schema, references followed.
    fn choices<'a>(&'a self, schema: &'a Json) -> Vec<&'a Json> {
        let mut found = vec![schema];
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
            found.extend(self.choices(self.definition(name)));
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            found.extend(schema[key].as_array().into_iter().flatten().flat_map(|choice| self.choices(choice)));
        }
        found
    }

    fn walk(&self, schema: &Json, at: &str, found: &mut BTreeSet<String>) {
        let choices = self.choices(schema);
        let mut is_leaf = true;
        for choice in &choices {
            for (name, inner) in choice["properties"].as_object().into_iter().flatten() {
                is_leaf = false;
                self.walk(inner, &if at.is_empty() { name.clone() } else { format!("{at}.{name}") }, found);
            }
            for (key, hole) in [("items", "[]"), ("additionalProperties", "{}")] {
                if choice[key].is_object() {
                    is_leaf = false;
                    self.walk(&choice[key], &format!("{at}{hole}"), found);
                }
            }
        }
        if is_leaf || choices.iter().any(|choice| is_plain(choice)) {
            found.insert(at.to_owned());
        }
    }

    /// The field that a path of a document means; `None` where the schema has none.
    pub fn pattern(&self, section: &str, path: &DocPath) -> Option<String> {
        let (mut schemas, mut pattern) = (self.choices(self.definition(section)), String::new());
        for segment in &path.0 {
            let (next, name) = schemas.into_iter().find_map(|schema| below(schema, segment))?;
            if !name.starts_with(['[', '{']) && !pattern.is_empty() {
                pattern.push('.');
            }
            pattern.push_str(&name);
            schemas = self.choices(next);
        }
        Some(pattern)
    }
}

/// The schema of what stands at a segment, and the segment's name in a pattern.
fn below<'a>(schema: &'a Json, segment: &Segment) -> Option<(&'a Json, String)> {
    let Segment::Key(key) = segment else { return Some((schema.get("items")?, "[]".to_owned())) };
    if let Some(inner) = schema["properties"].get(key) {
        return Some((inner, key.clone()));
    }
    let any = schema.get("additionalProperties").filter(|any| any.is_object())?;
    Some((any, "{}".to_owned()))
}

/// A single value that is no mere place for an expression.
fn is_plain(schema: &Json) -> bool {
    let is_single = |name: &Json| ["string", "number", "integer", "boolean"].iter().any(|plain| name == plain);
    let kind = &schema["type"];
    let single = is_single(kind) || kind.as_array().is_some_and(|kinds| kinds.iter().all(is_single));
    single && schema.get("pattern").is_none()
}
