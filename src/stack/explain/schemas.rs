//! The fields of a kind as its JSON Schema has them.

use serde_json::{Map, Value as Json};

use super::{Allowed, ExplainError, Explanation, Field, Named, Required, remarks, remarks_of_kind};
use crate::kinds::{Row, rules, shape};
use crate::model::{DocPath, Segment, suggest};

/// A place in the schema.
pub(super) struct At<'a> {
    schema: &'a Json,
    pub(super) path: String,
    /// The path in file space, as far as rules need it.
    file: DocPath,
    required: Required,
}

impl<'a> At<'a> {
    pub(super) fn kind(row: &Row, entry: &'a Json) -> Self {
        let path = row.descriptor.section.to_owned();
        At { schema: entry, path, file: DocPath::root(), required: Required::Yes }
    }
}

pub(super) struct Schemas<'a> {
    pub(super) definitions: &'a Map<String, Json>,
}

/// How many wrappers may lie around a map's fields.
const WRAPPERS: usize = 8;

impl<'a> Schemas<'a> {
    /// The schema that a reference means; itself where it is none.
    fn resolve(&self, schema: &'a Json) -> &'a Json {
        let target = schema.get("$ref").and_then(Json::as_str);
        let name = target.and_then(|target| target.strip_prefix("#/definitions/"));
        name.and_then(|name| self.definitions.get(name)).unwrap_or(schema)
    }

    /// The schema without `$ref`, `allOf` of one, and the branch for expressions.
    fn core(&self, schema: &'a Json) -> &'a Json {
        let mut schema = schema;
        for _ in 0..WRAPPERS {
            let resolved = self.resolve(schema);
            let branches = ["allOf", "anyOf"].iter().find_map(|key| resolved.get(*key)).and_then(Json::as_array);
            let mut plain = branches.into_iter().flatten().filter(|branch| !is_expression(branch));
            schema = match (plain.next(), plain.next()) {
                (Some(only), None) => only,
                _ => return resolved,
            };
        }
        schema
    }

    /// The map's schema in it: through lists, maps by key, and `text or map`.
    fn map(&self, schema: &'a Json, file: &mut DocPath) -> Option<&'a Json> {
        let mut schema = self.core(schema);
        for _ in 0..WRAPPERS {
            if schema.get("properties").is_some() {
                return Some(schema);
            }
            let inner = if let Some(items) = schema.get("items") {
                file.0.push(Segment::Index(0));
                items
            } else if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
                file.0.push(Segment::Key("*".to_owned()));
                values
            } else {
                let branches = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array)?;
                branches.iter().map(|branch| self.core(branch)).find(|branch| {
                    branch.get("properties").is_some()
                        || branch.get("additionalProperties").is_some_and(Json::is_object)
                })?
            };
            schema = self.core(inner);
        }
        None
    }

    pub(super) fn below(&self, at: &At<'a>, name: &str) -> Result<At<'a>, ExplainError> {
        let mut file = at.file.clone();
        let map = self.map(at.schema, &mut file);
        let properties = map.and_then(|map| map.get("properties")).and_then(Json::as_object);
        if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
            file.0.push(Segment::Key(name.to_owned()));
            let required = map.map_or(Required::No, |map| required(map, name));
            return Ok(At { schema, path: format!("{}.{name}", at.path), file, required });
        }
        let known: Vec<String> = properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect();
        Err(ExplainError::UnknownField {
            near: suggest::nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
            parent: at.path.clone(),
            name: name.to_owned(),
            known,
        })
    }

    pub(super) fn explanation(&self, row: &Row, at: &At<'a>) -> Explanation {
        let descriptor = row.descriptor;
        let is_kind = at.file.0.is_empty();
        let core = self.core(at.schema);
        let own = text(at.schema, "description").or_else(|| text(core, "description")).unwrap_or_default();
        let rule = rules::find(descriptor, &at.file);
        let mut below = at.file.clone();
        let fields = self.map(at.schema, &mut below).map(|map| self.fields(map)).unwrap_or_default();
        let outputs = descriptor.outputs.iter();
        let outputs = outputs.map(|output| Named { name: output.name.to_owned(), doc: output.doc.to_owned() });
        Explanation {
            subject: at.path.clone(),
            doc: if is_kind { descriptor.doc.to_owned() } else { own },
            kind: if is_kind { format!("a {}", descriptor.noun) } else { self.words(at.schema) },
            required: at.required,
            allowed: self.allowed(at.schema),
            default: rule
                .default()
                .and_then(|doc| doc.to_json().ok())
                .filter(|json| !json.is_null())
                .map(|json| json.to_string()),
            remarks: if is_kind { remarks_of_kind(row) } else { remarks(&rule) },
            api_path: Some(if is_kind {
                format!("{} {}", descriptor.api.host, descriptor.item)
            } else {
                shape::api_path(descriptor.shapes, &at.file.pattern())
            })
            .filter(|_| is_kind || !is_ours(&at.file)),
            fields,
            outputs: if is_kind { outputs.collect() } else { Vec::new() },
        }
    }

    fn fields(&self, map: &'a Json) -> Vec<Field> {
        let properties = map.get("properties").and_then(Json::as_object);
        let field = |(name, schema): (&String, &'a Json)| {
            let doc = text(schema, "description").or_else(|| text(self.core(schema), "description"));
            Field {
                name: name.clone(),
                kind: self.words(schema),
                required: required(map, name),
                doc: first_sentence(&doc.unwrap_or_default()),
            }
        };
        properties.into_iter().flatten().map(field).collect()
    }

    /// What values of a schema are, in words.
    fn words(&self, schema: &'a Json) -> String {
        let core = self.core(schema);
        if let Some(section) = text(core, "x-stackctl-reference") {
            return format!("a key of `{section}`, or a full Google path");
        }
        if core.get("x-stackctl-member").is_some() {
            return "an IAM member".to_owned();
        }
        if !self.allowed(schema).is_empty() {
            return "one word of a few".to_owned();
        }
        if let Some(branches) = core.get("anyOf").or_else(|| core.get("oneOf")).and_then(Json::as_array) {
            let mut words: Vec<String> = Vec::new();
            for branch in branches.iter().filter(|branch| !is_expression(branch)) {
                let one = self.words(branch);
                if !words.contains(&one) {
                    words.push(one);
                }
            }
            return words.join(", or ");
        }
        match core.get("type") {
            Some(Json::String(kind)) => self.words_of_type(core, kind),
            Some(Json::Array(_)) => "a text".to_owned(),
            _ => "anything".to_owned(),
        }
    }

    fn words_of_type(&self, core: &'a Json, kind: &str) -> String {
        match kind {
            "string" => "a text".to_owned(),
            "integer" => "a whole number".to_owned(),
            "number" => "a number".to_owned(),
            "boolean" => "`true` or `false`".to_owned(),
            "array" => match core.get("items") {
                Some(items) => format!("a list; each: {}", self.words(items)),
                None => "a list".to_owned(),
            },
            _ => match core.get("additionalProperties").filter(|values| values.is_object()) {
                Some(values) => format!("a map by key; each: {}", self.words(values)),
                None => "a map".to_owned(),
            },
        }
    }

    fn allowed(&self, schema: &'a Json) -> Vec<Allowed> {
        let core = self.core(schema);
        if let Some(values) = core.get("enum").and_then(Json::as_array) {
            let values = values.iter().filter_map(Json::as_str);
            return values.map(|value| Allowed { value: value.to_owned(), doc: None }).collect();
        }
        let mut allowed = Vec::new();
        for branch in core.get("oneOf").and_then(Json::as_array).into_iter().flatten() {
            if let Some(value) = text(branch, "const") {
                allowed.push(Allowed { value, doc: text(branch, "description") });
            } else if let Some(values) = branch.get("enum").and_then(Json::as_array) {
                let doc = text(branch, "description");
                let values = values.iter().filter_map(Json::as_str);
                allowed.extend(values.map(|value| Allowed { value: value.to_owned(), doc: doc.clone() }));
            } else {
                return Vec::new();
            }
        }
        allowed
    }
}

fn text(schema: &Json, key: &str) -> Option<String> {
    schema.get(key).and_then(Json::as_str).map(str::to_owned)
}

fn is_expression(schema: &Json) -> bool {
    schema.get("pattern").and_then(Json::as_str) == Some(r"\$\{")
}

fn required(map: &Json, name: &str) -> Required {
    let names = map.get("required").and_then(Json::as_array);
    if names.is_some_and(|names| names.iter().any(|one| one == name)) { Required::Yes } else { Required::No }
}

fn first_sentence(doc: &str) -> String {
    let paragraph = doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    match paragraph.find(". ") {
        Some(at) => paragraph[..=at].to_owned(),
        None => paragraph,
    }
}

/// Fields that are not Google's.
fn is_ours(file: &DocPath) -> bool {
    let first = file.0.first();
    matches!(first, Some(Segment::Key(key)) if matches!(key.as_str(), "lifecycle" | "dependsOn" | "forEach" | "name" | "project" | "region" | "location" | "iam"))
}
