//! Types for the fields of typed specs: a literal or an expression, and references to other resources.
//!
//! They deserialise through marker names which the deserialiser in `model::typed` recognises: it records where an
//! expression or a reference stands, so that no kind needs code for it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Visitor};

/// Newtype name by which the typed reader recognises a [`Value`].
pub const VALUE: &str = "$stackctl.Value";
/// Struct name by which the typed reader recognises a [`Ref`]; its fields are `[section, form]`.
pub const REFERENCE: &str = "$stackctl.Ref";
/// Struct name by which the typed reader recognises a [`Member`].
pub const MEMBER: &str = "$stackctl.Member";
/// Newtype name by which the typed reader recognises a [`TextOr`].
pub const TEXT_OR: &str = "$stackctl.TextOr";

/// A field that holds a literal or a `${…}` that only the cloud can fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<T> {
    Known(T),
    Unknown,
}

impl<T> Value<T> {
    /// The literal, if it is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown => None,
        }
    }
}

/// The typed reader answers with `visit_newtype_struct` for a literal, with `visit_unit` for an expression.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Value<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ValueVisitor<T> {
            type Value = Value<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or a `${…}` expression")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Value::Unknown)
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                T::deserialize(deserializer).map(Value::Known)
            }
        }
        deserializer.deserialize_newtype_struct(VALUE, ValueVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Value<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("ValueOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let inner = generator.subschema_for::<T>();
        if inner.get("type").and_then(|t| t.as_str()) == Some("string") && inner.get("enum").is_none() {
            return inner;
        }
        json_schema!({ "anyOf": [inner, { "type": "string", "pattern": "\\$\\{" }] })
    }
}

/// A field that holds a text, a `${…}`, or a map: `env: {A: text, B: {secret: x}}`.
///
/// A scalar is a text as written: `8080`, `true` and `1.10` stay what they are in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextOr<T> {
    Text(String),
    Unknown,
    Map(T),
}

/// The typed reader answers with `visit_str` for a scalar (its raw text, which goes into the document as a string),
/// with `visit_unit` for an expression, with `visit_newtype_struct` for a mapping.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for TextOrVisitor<T> {
            type Value = TextOr<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a map")
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextOr::Text(text.to_owned()))
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(TextOr::Unknown)
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                T::deserialize(deserializer).map(TextOr::Map)
            }
        }
        deserializer.deserialize_newtype_struct(TEXT_OR, TextOrVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for TextOr<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("TextOr{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": ["string", "number", "boolean"] }, generator.subschema_for::<T>()] })
    }
}

/// A section that fields can refer to.
pub trait Target {
    /// Its name in the stack file.
    const SECTION: &'static str;
}

/// The form in which a resolved reference stands in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `projects/P/global/networks/N`
    Path,
    /// `prefect-db`
    Name,
    /// `prefect-sa@P.iam.gserviceaccount.com`
    Email,
    /// As `Path`. Where the field beside it named `version` is absent, the resolver adds it as the template
    /// `${section.key.version}`, so that what refers follows each new version; a full path gets none.
    Versioned,
}

impl Form {
    /// The form's marker.
    pub const fn marker(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Name => "name",
            Self::Email => "email",
            Self::Versioned => "versioned",
        }
    }
}

/// Chooses the form of a [`Ref`].
pub trait RefForm {
    const FORM: Form;
}

/// The reference resolves to the resource's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByPath;
/// The reference resolves to the resource's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByName;
/// The reference resolves to a service account's e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByEmail;
/// The reference resolves to the resource's path and pulls in its version ([`Form::Versioned`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByVersion;
impl RefForm for ByPath {
    const FORM: Form = Form::Path;
}
impl RefForm for ByName {
    const FORM: Form = Form::Name;
}
impl RefForm for ByEmail {
    const FORM: Form = Form::Email;
}
impl RefForm for ByVersion {
    const FORM: Form = Form::Versioned;
}

/// A reference by key to an entry of section `T`, or a full Google path of a resource that lives elsewhere
/// (`projects/host/global/networks/shared`; by e-mail: anything with `@`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ref<T, F = ByPath> {
    /// As written.
    pub text: String,
    marker: PhantomData<(T, F)>,
}

impl<'de, T: Target, F: RefForm> Deserialize<'de> for Ref<T, F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names<T, F>(PhantomData<(T, F)>);
        impl<T: Target, F: RefForm> Names<T, F> {
            const FIELDS: &'static [&'static str] = &[T::SECTION, F::FORM.marker()];
        }
        deserializer
            .deserialize_struct(REFERENCE, Names::<T, F>::FIELDS, TextVisitor("a key or a full Google path"))
            .map(|text| Self { text, marker: PhantomData })
    }
}

impl<T: Target, F> JsonSchema for Ref<T, F> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("RefTo{}", T::SECTION).into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "x-stackctl-reference": T::SECTION })
    }
}

/// An IAM member: `allUsers`, `user:a@b.c`, or `serviceAccount:KEY` with a key of `serviceAccounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member(pub String);

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct(MEMBER, &["serviceAccounts", "member"], TextVisitor("an IAM member")).map(Self)
    }
}

impl JsonSchema for Member {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Member".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "x-stackctl-member": true })
    }
}

struct TextVisitor(&'static str);

impl Visitor<'_> for TextVisitor {
    type Value = String;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}
