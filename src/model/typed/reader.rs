//! The deserializer over one node.

use serde::Deserializer;
use serde::de::{IntoDeserializer, Visitor};
use serde_json::Number;

use super::access::{Elements, Fields, Variant};
use super::error::Stop;
use super::path::Path;
use super::state::State;
use super::{FoundReference, scalar};
use crate::model::spec::{MEMBER, REFERENCE, TEXT_OR, VALUE};
use crate::model::tree::{Key, Node, NodeValue, Style};
use crate::model::{Diagnostic, Doc, Map, Span, Template, suggest};

/// Reads `node`, writing its document to `out`.
pub(super) struct Reader<'de, 's> {
    pub(super) node: &'de Node,
    /// Where faults without a better place are shown: the key of a map's value, else the node.
    pub(super) place: Span,
    pub(super) path: &'s Path<'s>,
    pub(super) state: &'s mut State,
    pub(super) out: &'s mut Doc,
}

/// Which fields a map may have.
#[derive(Clone, Copy)]
pub(super) enum Known {
    Any,
    Only(&'static [&'static str]),
}

impl<'de> Reader<'de, '_> {
    /// The raw text of a scalar.
    fn text(&self, expected: &str) -> Result<(&'de str, Style), Stop> {
        match &self.node.value {
            NodeValue::Scalar { text, style } => Ok((text, *style)),
            NodeValue::Template(template) => Err(not_yet_known(template)),
            NodeValue::Sequence(_) => Err(Stop::wrong_type(format!("expected {expected}, found a list"))),
            NodeValue::Mapping(_) => Err(Stop::wrong_type(format!("expected {expected}, found a map"))),
        }
    }

    /// A plain scalar that `parse` understands.
    fn plain<T>(&self, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Stop> {
        let (text, style) = self.text(expected)?;
        match (parse(text), style) {
            (Some(value), Style::Plain) => Ok(value),
            (Some(_), _) => {
                let message = format!("expected {expected}, found the text `{text}`: write it without quotes");
                Err(Stop::wrong_type(message))
            }
            (None, _) if text.is_empty() => Err(Stop::wrong_type(format!("expected {expected}, found nothing"))),
            (None, _) => Err(Stop::wrong_type(format!("expected {expected}, found `{text}`"))),
        }
    }

    fn whole<T: TryFrom<i128> + Copy>(&mut self, low: i128, high: i128) -> Result<T, Stop> {
        let number = self.plain("a whole number", scalar::integer)?;
        let value = T::try_from(number).map_err(|_| Stop::Words {
            code: "out-of-range",
            message: format!("expected a whole number from {low} to {high}, found `{number}`"),
        })?;
        *self.out = i64::try_from(number)
            .map(Number::from)
            .or_else(|_| u64::try_from(number).map(Number::from))
            .map_or(Doc::Null, Doc::Number);
        Ok(value)
    }

    fn entries(&self) -> Result<&'de [(Key, Node)], Stop> {
        match &self.node.value {
            NodeValue::Mapping(entries) => Ok(entries),
            NodeValue::Sequence(_) => Err(Stop::wrong_type("expected a map, found a list")),
            NodeValue::Scalar { text, .. } if text.is_empty() => Err(Stop::wrong_type("expected a map, found nothing")),
            NodeValue::Scalar { text, .. } => Err(Stop::wrong_type(format!("expected a map, found `{text}`"))),
            NodeValue::Template(template) => Err(not_yet_known(template)),
        }
    }

    fn visit_entries<V: Visitor<'de>>(
        self,
        visitor: V,
        entries: &'de [(Key, Node)],
        known: Known,
    ) -> Result<V::Value, Stop> {
        let Reader { node, place, path, state, out } = self;
        let mut map = Map::with_capacity(entries.len());
        let stand_ins = state.stand_ins(node);
        let fields = Fields::new(node, entries, known, stand_ins, path, &mut *state, &mut map);
        let result = visitor.visit_map(fields);
        *out = Doc::Map(map);
        match result {
            Err(Stop::Missing(field)) => {
                state.missing(field, node, place, path);
                Err(Stop::Reported)
            }
            other => other,
        }
    }

    fn visit_elements<V: Visitor<'de>>(self, visitor: V, nodes: &'de [Node]) -> Result<V::Value, Stop> {
        let mut list = Vec::with_capacity(nodes.len());
        let result = visitor.visit_seq(Elements::new(nodes, self.path, self.state, &mut list));
        *self.out = Doc::List(list);
        result
    }

    fn template(&mut self, template: &Template) {
        *self.out = Doc::Unknown(template.clone());
    }

    /// A reference or an IAM member: text that stays as written, for others to resolve.
    fn reference<V: Visitor<'de>>(
        self,
        visitor: V,
        section: &'static str,
        form: &'static str,
    ) -> Result<V::Value, Stop> {
        if let NodeValue::Template(template) = &self.node.value {
            *self.out = Doc::Unknown(template.clone());
            return visitor.visit_borrowed_str("");
        }
        let expected = if form == "member" { "an IAM member" } else { "a key or a full Google path" };
        let (text, _) = self.text(expected)?;
        if text.is_empty() {
            return Err(Stop::wrong_type(format!("expected {expected}, found nothing")));
        }
        *self.out = Doc::from(text);
        let (path, span) = (self.path.to_doc_path(), self.node.span);
        self.state.refer(FoundReference { path, span, section, form, text: text.to_owned() });
        visitor.visit_borrowed_str(text)
    }
}

fn not_yet_known(template: &Template) -> Stop {
    Stop::Words {
        code: "not-yet-known",
        message: format!("`{template}` is known only after apply; this must be known before"),
    }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Stop> {
            let value: $type = self.whole(<$type>::MIN.into(), <$type>::MAX.into())?;
            visitor.$visit(value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de, '_> {
    type Error = Stop;

    whole_numbers! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
    }

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Stop> {
        match &self.node.value {
            NodeValue::Sequence(nodes) => self.visit_elements(visitor, nodes),
            NodeValue::Mapping(entries) => self.visit_entries(visitor, entries, Known::Any),
            NodeValue::Template(template) => {
                self.template(template);
                visitor.visit_string(template.to_string())
            }
            NodeValue::Scalar { text, style: Style::Plain } => {
                *self.out = scalar::plain(text);
                match &*self.out {
                    Doc::Null => visitor.visit_unit(),
                    Doc::Bool(value) => visitor.visit_bool(*value),
                    Doc::Number(number) => visit_number(visitor, number),
                    _ => visitor.visit_borrowed_str(text),
                }
            }
            NodeValue::Scalar { text, .. } => {
                *self.out = Doc::from(text.as_str());
                visitor.visit_borrowed_str(text)
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let value = self.plain("`true` or `false`", scalar::boolean)?;
        *self.out = Doc::Bool(value);
        visitor.visit_bool(value)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let value = self.plain("a number", scalar::float)?;
        let whole = self.text("a number").ok().and_then(|(text, _)| scalar::integer(text)).map(i64::try_from);
        *self.out = match whole {
            Some(Ok(whole)) => Doc::from(whole),
            _ => Number::from_f64(value).map_or(Doc::Null, Doc::Number),
        };
        visitor.visit_f64(value)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_string(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_string(visitor)
    }

    /// Raw text; a list or a map goes to a visitor that takes one, or is refused by it.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match &self.node.value {
            NodeValue::Scalar { .. } if scalar::is_null(self.node) => {
                Err(Stop::wrong_type("expected text, found nothing"))
            }
            NodeValue::Scalar { text, .. } => {
                *self.out = Doc::from(text.as_str());
                visitor.visit_borrowed_str(text)
            }
            NodeValue::Sequence(nodes) => self.visit_elements(visitor, nodes),
            NodeValue::Mapping(entries) => self.visit_entries(visitor, entries, Known::Any),
            NodeValue::Template(template) => Err(not_yet_known(template)),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_string(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if scalar::is_null(self.node) {
            *self.out = Doc::Null;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if scalar::is_null(self.node) {
            *self.out = Doc::Null;
            return visitor.visit_unit();
        }
        Err(Stop::wrong_type("expected nothing"))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(mut self, name: &'static str, visitor: V) -> Result<V::Value, Stop> {
        match &self.node.value {
            NodeValue::Template(template) if name == VALUE || name == TEXT_OR => {
                self.template(template);
                visitor.visit_unit()
            }
            NodeValue::Scalar { .. } if name == TEXT_OR => self.deserialize_string(visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match &self.node.value {
            NodeValue::Sequence(nodes) => self.visit_elements(visitor, nodes),
            NodeValue::Mapping(_) => Err(Stop::wrong_type("expected a list, found a map")),
            NodeValue::Scalar { text, .. } => {
                Err(Stop::wrong_type(format!("expected a list, found `{text}`: write `[{text}]`")))
            }
            NodeValue::Template(template) => Err(not_yet_known(template)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let entries = self.entries()?;
        self.visit_entries(visitor, entries, Known::Any)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match (name, fields) {
            (REFERENCE | MEMBER, [section, form]) => self.reference(visitor, section, form),
            _ => {
                let entries = self.entries()?;
                self.visit_entries(visitor, entries, Known::Only(fields))
            }
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match &self.node.value {
            NodeValue::Scalar { text, .. } if variants.contains(&text.as_str()) => {
                *self.out = Doc::from(text.as_str());
                visitor.visit_enum(text.as_str().into_deserializer())
            }
            NodeValue::Scalar { text, .. } => Err(self.state.refuse(
                wrong_word(text, variants, self.node.span, self.place).field(self.path.to_doc_path()),
                self.node,
            )),
            NodeValue::Mapping(entries) => match entries.as_slice() {
                [(key, value)] if variants.contains(&key.text.as_str()) => {
                    let Reader { node, path, state, out, .. } = self;
                    visitor.visit_enum(Variant { node, key, value, path, state, out })
                }
                _ => Err(Stop::wrong_type(format!(
                    "expected a map with one of {}",
                    suggest::listed(variants.iter().copied())
                ))),
            },
            NodeValue::Sequence(_) => {
                Err(Stop::wrong_type(format!("expected {}, found a list", suggest::listed(variants.iter().copied()))))
            }
            NodeValue::Template(template) => Err(not_yet_known(template)),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_string(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_any(visitor)
    }
}

fn visit_number<'de, V: Visitor<'de>>(visitor: V, number: &Number) -> Result<V::Value, Stop> {
    if let Some(value) = number.as_i64() {
        visitor.visit_i64(value)
    } else if let Some(value) = number.as_u64() {
        visitor.visit_u64(value)
    } else {
        visitor.visit_f64(number.as_f64().unwrap_or_default())
    }
}

fn wrong_word(text: &str, allowed: &'static [&'static str], span: Span, place: Span) -> Diagnostic {
    let message = if text.is_empty() {
        "a value is missing here".to_owned()
    } else {
        format!("`{text}` is not one of the allowed values")
    };
    let diagnostic = Diagnostic::error("wrong-value", message)
        .at(if span.end > span.start { span } else { place })
        .hint(format!("allowed: {}", suggest::listed(allowed.iter().copied())));
    match suggest::nearest(text, allowed.iter().copied()) {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")),
        None => diagnostic.label("not allowed here"),
    }
}
