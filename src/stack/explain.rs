//! What a kind and its fields are, as data: `stackctl explain KIND[.FIELD]`. The printing is the terminal's.

use serde_json::{Map, Value as Json};

use super::schema;
use crate::kinds::rules::{self, Flag};
use crate::kinds::{HoldsData, Row, registry, shape};
use crate::model::{DocPath, Segment, suggest};

/// A kind or a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// `services`, `services.scaling.minInstanceCount`.
    pub subject: String,
    /// Its doc comment.
    pub doc: String,
    /// `a text`, `a whole number`, `a list of maps`, `a key of networks, or a full Google path`.
    pub kind: String,
    pub required: Required,
    /// The words that are allowed, each with its meaning where it has one.
    pub allowed: Vec<Allowed>,
    /// What the server takes where nothing is set, as JSON.
    pub default: Option<String>,
    /// What the rules say: `a change replaces the resource`, `never shown`, …
    pub remarks: Vec<String>,
    /// The field in Google's API: `settings.tier`; of a kind: `sqladmin.googleapis.com projects/{project}/instances/{name}`.
    pub api_path: Option<String>,
    /// The fields below it.
    pub fields: Vec<Field>,
    /// Of a kind: what other entries can name.
    pub outputs: Vec<Named>,
}

/// Whether a field must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    Yes,
    No,
}

/// A word that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    pub value: String,
    pub doc: Option<String>,
}

/// A field in the list of its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub kind: String,
    pub required: Required,
    /// The first sentence of its doc comment.
    pub doc: String,
}

/// Something with a name and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub doc: String,
}

/// A kind or a field that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    #[error("there is no kind `{name}`")]
    UnknownKind { name: String, near: Option<String> },
    #[error("`{parent}` has no field `{name}`")]
    UnknownField { parent: String, name: String, near: Option<String>, known: Vec<String> },
}

impl ExplainError {
    /// The way out.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownKind { near: Some(near), .. } | Self::UnknownField { near: Some(near), .. } => {
                format!("did you mean `{near}`?")
            }
            Self::UnknownKind { .. } => "`stackctl explain` lists the kinds".to_owned(),
            Self::UnknownField { known, .. } if known.is_empty() => "it has no fields".to_owned(),
            Self::UnknownField { known, .. } => {
                format!("it has {}", suggest::listed(known.iter().map(String::as_str)))
            }
        }
    }
}

/// All kinds with a sentence each.
pub fn kinds() -> Vec<Named> {
    let named = |row: &Row| Named { name: row.descriptor.section.to_owned(), doc: row.descriptor.doc.to_owned() };
    registry::all().iter().map(named).collect()
}

/// Explains `services` or `services.scaling.minInstanceCount`. Keys of maps and positions in lists may be left out:
/// `services.volumes.secret` is the field of every volume.
///
/// # Errors
/// No such kind, no such field.
pub fn explain(subject: &str) -> Result<Explanation, ExplainError> {
    let mut names = subject.split('.');
    let kind = names.next().unwrap_or_default();
    let Some(row) = registry::find(kind) else {
        let near = suggest::nearest(kind, registry::all().iter().map(|row| row.descriptor.section));
        return Err(ExplainError::UnknownKind { name: kind.to_owned(), near: near.map(str::to_owned) });
    };
    let (entry, definitions) = schema::entry_of(row);
    let mut at = At::kind(row, &entry);
    let schemas = Schemas { definitions: &definitions };
    for name in names {
        at = schemas.below(&at, name.split('[').next().unwrap_or_default())?;
    }
    Ok(schemas.explanation(row, &at))
}

/// A place in the schema.
struct At<'a> {
    schema: &'a Json,
    path: String,
    /// The path in file space, as far as rules need it.
    file: DocPath,
    required: Required,
}

impl<'a> At<'a> {
    fn kind(row: &Row, entry: &'a Json) -> Self {
        let path = row.descriptor.section.to_owned();
        At { schema: entry, path, file: DocPath::root(), required: Required::Yes }
    }
}

struct Schemas<'a> {
    definitions: &'a Map<String, Json>,
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

    fn below(&self, at: &At<'a>, name: &str) -> Result<At<'a>, ExplainError> {
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

    fn explanation(&self, row: &Row, at: &At<'a>) -> Explanation {
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
            default: rule.default().and_then(|doc| doc.to_json().ok()).map(|json| json.to_string()),
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

fn remarks(rule: &rules::Found) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut say = |flag: Flag, words: &str| {
        if rule.has(flag) {
            remarks.push(words.to_owned());
        }
    };
    say(Flag::Immutable, "a change replaces the resource");
    say(Flag::ServerDefault, "the server fills it in where it is not set");
    say(Flag::Sensitive, "never shown");
    say(Flag::InputOnly, "never read back: what changed it elsewhere is not seen");
    say(Flag::GrowOnly, "it can only grow");
    say(Flag::OutputOnly, "set by the server");
    if let Some(call) = rule.via() {
        remarks.push(format!("changed by a call of its own: `{call}`"));
    }
    remarks
}

fn remarks_of_kind(row: &Row) -> Vec<String> {
    let descriptor = row.descriptor;
    let mut remarks = Vec::new();
    if let HoldsData::Yes(what) = descriptor.holds_data {
        remarks.push(format!("holds data: a delete loses {what}"));
    }
    if let Some(days) = descriptor.name_blocked_days {
        remarks.push(format!("its name is blocked for {days} days after a delete"));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_says_where_it_stands_and_what_it_has() {
        let explained = explain("services").unwrap();
        assert_eq!(
            explained.api_path.unwrap(),
            "run.googleapis.com projects/{project}/locations/{location}/services/{name}"
        );
        assert!(explained.fields.iter().any(|field| field.name == "image" && field.required == Required::Yes));
        assert!(explained.fields.iter().any(|field| field.name == "dependsOn" && field.required == Required::No));
        assert!(explained.outputs.iter().any(|output| output.name == "url"));
    }

    #[test]
    fn a_field_says_its_type_api_path_and_words() {
        let explained = explain("sqlInstances.availabilityType").unwrap();
        assert_eq!(explained.api_path.unwrap(), "settings.availabilityType");
        assert!(explained.allowed.iter().any(|allowed| allowed.value == "ZONAL"), "{:?}", explained.allowed);
        assert!(!explained.doc.is_empty());
    }

    #[test]
    fn what_is_not_there_is_met_with_what_is() {
        assert_eq!(explain("servcies").unwrap_err().hint(), "did you mean `services`?");
        assert_eq!(explain("services.imgae").unwrap_err().hint(), "did you mean `image`?");
        assert!(
            matches!(explain("services.image.x"), Err(ExplainError::UnknownField { known, .. }) if known.is_empty())
        );
    }

    #[test]
    fn every_field_of_every_kind_can_be_explained() {
        for row in registry::all() {
            let (entry, definitions) = schema::entry_of(row);
            let schemas = Schemas { definitions: &definitions };
            let mut open = vec![At::kind(row, &entry)];
            let mut seen = 0;
            while let Some(at) = open.pop() {
                let explained = schemas.explanation(row, &at);
                assert!(!explained.doc.is_empty() && !explained.kind.is_empty(), "{explained:?}");
                seen += 1;
                assert!(seen < 5000, "{}: endless", at.path);
                let below = explained.fields.iter().map(|field| schemas.below(&at, &field.name).unwrap());
                open.extend(below.collect::<Vec<_>>());
            }
        }
    }
}
