//! Parser events into the tree.

use std::collections::HashMap;

use serde_yaml::granit_parser::{self, Event, Parser, ScalarStyle, Span as Range, StructureStyle, Tag};

use super::limit::{Limits, too_deep, too_many_copies, too_many_nodes};
use super::{merge_key, syntax};
use crate::model::tree::{Key, Node, NodeValue, Style};
use crate::model::typed::is_null;
use crate::model::{Diagnostic, SourceId, Span};
use crate::stack::source::{clip, span_in};

/// Reads one document. Faults are added to `faults`; `None` where there is no tree because of them.
pub fn load(source: SourceId, text: &str, limits: &Limits, faults: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut loader = Loader {
        source,
        text,
        limits,
        faults,
        stack: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        copied: 0,
        root: None,
        documents: 0,
    };
    match loader.run() {
        Ok(()) => {
            if loader.root.as_ref().is_none_or(is_null) {
                loader.faults.push(empty(source));
                return None;
            }
            loader.faults.sort_by_key(|fault| fault.span.map(|span| (span.source, span.start)));
            loader.root
        }
        Err(fault) => {
            loader.faults.push(*fault);
            None
        }
    }
}

/// A list or map that is still open.
struct Frame {
    anchor: usize,
    start: Span,
    /// Flow style: `{…}`, `[…]`.
    flow: bool,
    /// Levels below it so far, for the depth of an anchored value.
    height: usize,
    kind: FrameKind,
}

enum FrameKind {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<(Key, Node)>, merges: Vec<Node>, pending: Pending },
}

/// What the next node of a map is.
enum Pending {
    Key,
    Value(Key),
    /// The value of `<<`.
    Merge,
    /// A value whose key was no text.
    Dropped,
}

struct Anchored {
    node: Node,
    count: usize,
    height: usize,
}

struct Loader<'a> {
    source: SourceId,
    text: &'a str,
    limits: &'a Limits,
    faults: &'a mut Vec<Diagnostic>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    copied: usize,
    root: Option<Node>,
    documents: usize,
}

type Step = Result<(), Box<Diagnostic>>;

impl<'a> Loader<'a> {
    fn run(&mut self) -> Step {
        let options = granit_parser::options! {
            emit_comments: false,
            flow_nesting_limit: self.limits.depth,
            block_nesting_limit: self.limits.depth,
        };
        let parser = Parser::new_from_str_with_options(self.text, options);
        for event in parser {
            match event {
                Ok((event, range)) => self.event(event, range)?,
                Err(error) => {
                    let in_flow = self.stack.last().is_some_and(|frame| frame.flow);
                    return Err(Box::new(syntax::describe(self.source, self.text, &error, in_flow, self.limits)));
                }
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'a>, range: Range) -> Step {
        match event {
            Event::DocumentStart(..) => self.document(range),
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.span(&range);
                let style = self.scalar_style(style, tag.as_deref(), span);
                // The parser spells an absent value `~`.
                let absent = span.start == span.end && style == Style::Plain;
                let text = if absent { String::new() } else { text.into_owned() };
                let node = Node { value: NodeValue::Scalar { text, style }, span };
                self.count(span)?;
                self.complete(node, anchor, 0, 1);
                Ok(())
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "seq", &range);
                self.open(style, anchor, &range, FrameKind::Sequence(Vec::new()))
            }
            Event::MappingStart(style, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "map", &range);
                let kind = FrameKind::Mapping { entries: Vec::new(), merges: Vec::new(), pending: Pending::Key };
                self.open(style, anchor, &range, kind)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close(&range);
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, &range),
            _ => Ok(()),
        }
    }

    fn document(&mut self, range: Range) -> Step {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        Err(Box::new(
            Diagnostic::error("several-documents", "the file holds more than one YAML document")
                .at(self.span(&range))
                .label("a second document begins here")
                .hint("give each as a file of its own with `-f`"),
        ))
    }

    fn span(&self, range: &Range) -> Span {
        let start = range.start.byte_offset().unwrap_or_default();
        Span {
            source: self.source,
            line: clip(range.start.line()),
            column: clip(range.start.col() + 1),
            start: clip(start),
            end: clip(range.end.byte_offset().unwrap_or(start).max(start)),
        }
    }

    fn count(&mut self, at: Span) -> Step {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(Box::new(too_many_nodes(at, self.limits)));
        }
        Ok(())
    }

    fn open(&mut self, style: StructureStyle, anchor: usize, range: &Range, kind: FrameKind) -> Step {
        let start = self.span(range);
        self.count(start)?;
        if self.stack.len() >= self.limits.depth {
            return Err(Box::new(too_deep(start, self.limits)));
        }
        self.stack.push(Frame { anchor, start, flow: style == StructureStyle::Flow, height: 1, kind });
        Ok(())
    }

    fn close(&mut self, range: &Range) {
        let frame = self.stack.pop().expect("the parser closes only what it opened");
        let closing = self.span(range);
        let (value, last) = match frame.kind {
            FrameKind::Sequence(items) => {
                let last = items.last().map(|node| node.span);
                (NodeValue::Sequence(items), last)
            }
            FrameKind::Mapping { entries, merges, .. } => {
                let last = entries.last().map(|(_, node)| node.span);
                let entries = merge_key::first_of_each(entries, self.faults);
                (NodeValue::Mapping(merge_key::merge(entries, merges, self.faults)), last)
            }
        };
        // A block ends with its last value; the parser says so only when the next token comes.
        let end = if frame.flow { closing.end } else { last.map_or(frame.start.end, |span| span.end) };
        let span = Span { end: end.max(frame.start.end), ..frame.start };
        let node = Node { value, span };
        let count = if frame.anchor == 0 { 0 } else { node.count() };
        self.complete(node, frame.anchor, frame.height, count);
    }

    /// Puts a finished node where it belongs. `count` matters for anchored ones only.
    fn complete(&mut self, node: Node, anchor: usize, height: usize, count: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchored { node: node.clone(), count, height });
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.height = frame.height.max(height + 1);
        match &mut frame.kind {
            FrameKind::Sequence(items) => items.push(node),
            FrameKind::Mapping { entries, merges, pending } => match std::mem::replace(pending, Pending::Key) {
                Pending::Key => *pending = key_of(node, self.faults),
                Pending::Value(key) => entries.push((key, node)),
                Pending::Merge => merges.push(node),
                Pending::Dropped => {}
            },
        }
    }

    fn alias(&mut self, anchor: usize, range: &Range) -> Step {
        let at = self.span(range);
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(Box::new(
                Diagnostic::error("alias-in-itself", "an alias stands inside the value that it names")
                    .at(at)
                    .label("it would contain itself"),
            ));
        };
        self.copied += anchored.count;
        self.nodes += anchored.count;
        if self.copied > self.limits.copied {
            return Err(Box::new(too_many_copies(at, self.limits)));
        }
        if self.nodes > self.limits.nodes {
            return Err(Box::new(too_many_nodes(at, self.limits)));
        }
        if self.stack.len() + anchored.height > self.limits.depth {
            return Err(Box::new(too_deep(at, self.limits)));
        }
        let (node, height) = (anchored.node.clone(), anchored.height);
        self.complete(node, 0, height, 0);
        Ok(())
    }

    fn scalar_style(&mut self, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Style {
        let written = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        match tag.map(Tag::core_suffix) {
            None | Some(Some("int" | "float" | "bool" | "null")) => written,
            Some(Some("str")) => Style::Quoted,
            Some(_) => {
                self.unknown_tag(tag, span);
                written
            }
        }
    }

    fn collection_tag(&mut self, tag: Option<&Tag>, core: &str, range: &Range) {
        if tag.is_some_and(|tag| tag.core_suffix() != Some(core)) {
            let span = self.span(range);
            self.unknown_tag(tag, span);
        }
    }

    fn unknown_tag(&mut self, tag: Option<&Tag>, span: Span) {
        let tag = tag.map(Tag::original).unwrap_or_default();
        self.faults.push(
            Diagnostic::error("unknown-tag", format!("the tag `{tag}` has no meaning in a stack file"))
                .at(span)
                .label("its value stands here")
                .hint("remove the tag; for a value from elsewhere write `${env.NAME}` or `${file(\"path\")}`"),
        );
    }
}

/// What a node in a key's place makes of the next one.
fn key_of(node: Node, faults: &mut Vec<Diagnostic>) -> Pending {
    let span = node.span;
    match node.value {
        NodeValue::Scalar { text, style: Style::Plain } if text == "<<" => Pending::Merge,
        NodeValue::Scalar { text, .. } if text.is_empty() => {
            faults.push(Diagnostic::error("empty-key", "a key is empty").at(span).label("a key belongs here"));
            Pending::Dropped
        }
        NodeValue::Scalar { text, .. } => Pending::Value(Key { text, span }),
        _ => {
            faults.push(
                Diagnostic::error("key-is-no-text", "a key is a list or a map; keys are text")
                    .at(span)
                    .label("a plain key belongs here"),
            );
            Pending::Dropped
        }
    }
}

/// The diagnostic for a file without content.
fn empty(source: SourceId) -> Diagnostic {
    Diagnostic::error("empty-file", "the file is empty")
        .at(span_in(source, &[], 0, 0))
        .label("a stack begins with `stack: NAME`")
        .hint("`stackctl init` writes one to start from")
}
