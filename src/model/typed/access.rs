//! What serde walks through: the entries of maps, the elements of lists, the content of an enum's variant.

use std::slice;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::error::Stop;
use super::path::Path;
use super::reader::{Known, Reader};
use super::scalar;
use super::stand_in::StandIn;
use super::state::State;
use crate::model::tree::{Key, Node};
use crate::model::{Doc, Map};

/// The entries of a map that are neither null nor left out nor unknown, then the stand-ins.
pub(super) struct Fields<'de, 's> {
    node: &'de Node,
    entries: slice::Iter<'de, (Key, Node)>,
    known: Known,
    stand_ins: Vec<&'static str>,
    next: Option<&'de (Key, Node)>,
    path: &'s Path<'s>,
    state: &'s mut State,
    out: &'s mut Map,
}

impl<'de, 's> Fields<'de, 's> {
    pub(super) fn new(
        node: &'de Node,
        entries: &'de [(Key, Node)],
        known: Known,
        stand_ins: Vec<&'static str>,
        path: &'s Path<'s>,
        state: &'s mut State,
        out: &'s mut Map,
    ) -> Self {
        Self { node, entries: entries.iter(), known, stand_ins, next: None, path, state, out }
    }

    /// A key that the type refuses: an unknown field of a type that says so itself, or a key of a wrong form.
    fn refuse_key(&mut self, stop: Stop, key: &Key, node: &Node) -> Stop {
        match stop {
            Stop::Unknown { expected, .. } => self.state.unknown_field(key, expected, self.path),
            other => self.state.note(other, key.span, &self.path.key(&key.text)),
        }
        self.state.leave_out(node);
        Stop::Reported
    }
}

impl<'de> MapAccess<'de> for Fields<'de, '_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        for entry in self.entries.by_ref() {
            let (key, node) = entry;
            if let Known::Only(fields) = self.known
                && !fields.contains(&key.text.as_str())
            {
                self.state.unknown_field(key, fields, self.path);
                continue;
            }
            if scalar::is_null(node) || self.state.is_bad(node) {
                continue;
            }
            self.next = Some(entry);
            let result = seed.deserialize(BorrowedStrDeserializer::new(&key.text));
            return result.map(Some).map_err(|stop: Stop| self.refuse_key(stop, key, node));
        }
        self.next = None;
        match self.stand_ins.last() {
            Some(field) => seed.deserialize(BorrowedStrDeserializer::new(field)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        let Some((key, node)) = self.next.take() else {
            self.stand_ins.pop();
            return seed.deserialize(StandIn).map_err(|_| {
                self.state.leave_out(self.node);
                Stop::Reported
            });
        };
        let path = self.path.key(&key.text);
        let mut doc = Doc::Null;
        let reader = Reader { node, place: key.span, path: &path, state: &mut *self.state, out: &mut doc };
        match seed.deserialize(reader) {
            Ok(value) => {
                self.out.insert(key.text.clone(), doc);
                Ok(value)
            }
            Err(stop) => Err(self.state.blame(stop, node, key.span, &path)),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// The elements of a list that are not left out.
pub(super) struct Elements<'de, 's> {
    nodes: std::iter::Enumerate<slice::Iter<'de, Node>>,
    path: &'s Path<'s>,
    state: &'s mut State,
    out: &'s mut Vec<Doc>,
}

impl<'de, 's> Elements<'de, 's> {
    pub(super) fn new(nodes: &'de [Node], path: &'s Path<'s>, state: &'s mut State, out: &'s mut Vec<Doc>) -> Self {
        Self { nodes: nodes.iter().enumerate(), path, state, out }
    }
}

impl<'de> SeqAccess<'de> for Elements<'de, '_> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        let Some((index, node)) = self.nodes.by_ref().find(|(_, node)| !self.state.is_bad(node)) else {
            return Ok(None);
        };
        let path = self.path.index(index);
        let mut doc = Doc::Null;
        let reader = Reader { node, place: node.span, path: &path, state: &mut *self.state, out: &mut doc };
        match seed.deserialize(reader) {
            Ok(value) => {
                self.out.push(doc);
                Ok(Some(value))
            }
            Err(stop) => Err(self.state.blame(stop, node, node.span, &path)),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.nodes.len())
    }
}

/// A variant with content: `{variant: content}`.
pub(super) struct Variant<'de, 's> {
    pub(super) node: &'de Node,
    pub(super) key: &'de Key,
    pub(super) value: &'de Node,
    pub(super) path: &'s Path<'s>,
    pub(super) state: &'s mut State,
    pub(super) out: &'s mut Doc,
}

impl<'de> Variant<'de, '_> {
    fn read<T>(self, read: impl FnOnce(Reader<'de, '_>) -> Result<T, Stop>) -> Result<T, Stop> {
        let Variant { node, key, value, path, state, out } = self;
        if state.is_bad(value) {
            state.leave_out(node);
            return Err(Stop::Reported);
        }
        let path = path.key(&key.text);
        let mut doc = Doc::Null;
        let reader = Reader { node: value, place: key.span, path: &path, state: &mut *state, out: &mut doc };
        match read(reader) {
            Ok(content) => {
                *out = Doc::Map(Map::from_iter([(key.text.clone(), doc)]));
                Ok(content)
            }
            Err(stop) => Err(state.blame(stop, value, key.span, &path)),
        }
    }
}

impl<'de, 's> EnumAccess<'de> for Variant<'de, 's> {
    type Error = Stop;
    type Variant = Variant<'de, 's>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), Stop> {
        let name = seed.deserialize(BorrowedStrDeserializer::<Stop>::new(&self.key.text))?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de, '_> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        self.read(|reader| <()>::deserialize(reader))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Stop> {
        self.read(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.read(|reader| reader.deserialize_seq(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Stop> {
        self.read(|reader| reader.deserialize_struct("", fields, visitor))
    }
}
