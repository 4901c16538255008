//! What a kind and its fields are, as data: `stackctl explain KIND[.FIELD]`. The printing is the terminal's.

mod schemas;

use self::schemas::{At, Schemas};
use super::schema;
use crate::kinds::rules::{self, Flag};
use crate::kinds::{HoldsData, Row, registry};
use crate::model::suggest;

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
