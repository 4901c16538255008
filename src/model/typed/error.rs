//! What serde's derived code says, kept apart by what is done about it.

use std::fmt::{self, Display};

use serde::de::{Error, Expected, Unexpected};

/// Why a read of a value stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// The fault is written down already; only the way out is left.
    Reported,
    /// A required field is absent.
    Missing(&'static str),
    /// A key that the type does not know.
    Unknown { field: String, expected: &'static [&'static str] },
    /// Anything else, in words.
    Words { code: &'static str, message: String },
}

impl Stop {
    pub(super) fn wrong_type(message: impl Into<String>) -> Self {
        Self::Words { code: "wrong-type", message: message.into() }
    }
}

impl Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reported => f.write_str("reported"),
            Self::Missing(field) => write!(f, "`{field}` is missing"),
            Self::Unknown { field, .. } => write!(f, "unknown field `{field}`"),
            Self::Words { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for Stop {}

impl Error for Stop {
    fn custom<T: Display>(message: T) -> Self {
        Self::Words { code: "bad-value", message: message.to_string() }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::Unknown { field: field.to_owned(), expected }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let expected = if expected == "a string" { "text" } else { expected.as_str() };
        Self::wrong_type(format!("expected {expected}, found {}", named(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Words { code: "bad-value", message: format!("expected {expected}, found {}", named(found)) }
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::Words { code: "bad-value", message: format!("expected {expected}, found {length} elements") }
    }
}

fn named(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Str(text) => format!("the text `{text}`"),
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Signed(number) => format!("the number `{number}`"),
        Unexpected::Unsigned(number) => format!("the number `{number}`"),
        Unexpected::Float(number) => format!("the number `{number}`"),
        Unexpected::Map => "a map".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        other => other.to_string(),
    }
}
