//! What is put in an expression's place: everything that is known without asking the cloud.
//!
//! What is left (outputs of resources, `self.…`, a project number that nobody has asked for) becomes a template.

use std::collections::BTreeSet;

use super::{EachPart, Expression, Fallback, Hole, Piece, Placer, is_candidate, parse};
use crate::model::secret;
use crate::model::tree::{Node, NodeValue, Style};
use crate::model::typed::is_null;
use crate::model::{Address, Diagnostic, DocPath, Part, ProjectFacts, Reference, Segment, Span, Template, suggest};
use crate::stack::addresses::Addresses;
use crate::stack::budget::Budget;
use crate::stack::input::{FileName, Inputs, Mode};
use crate::stack::source::Sources;
use crate::stack::variable::{Variables, placed_at};

/// What expressions can name at some place.
#[derive(Clone, Copy)]
pub(in crate::stack) struct Scope<'a> {
    pub inputs: &'a Inputs,
    pub sources: &'a Sources,
    pub variables: &'a Variables,
    /// Absent while `project:` itself is read.
    pub project: Option<&'a ProjectFacts>,
    pub region: Option<&'a str>,
    /// Key and value inside a `forEach`.
    pub each: Option<(&'a str, &'a Node)>,
    /// Absent where outputs cannot be named: they are known too late.
    pub addresses: Option<&'a Addresses>,
    /// The entry that `self` is.
    pub own: Option<&'a Address>,
}

/// Where findings go.
pub(in crate::stack) struct Findings<'a> {
    pub faults: &'a mut Vec<Diagnostic>,
    /// Places of values that may not be shown.
    pub secrets: &'a mut BTreeSet<Span>,
    /// Places of values that could not be resolved: whatever else is wrong with them follows from that.
    pub broken: &'a mut BTreeSet<Span>,
    pub budget: &'a mut Budget,
    /// The expressions that stay open.
    pub open: &'a mut Vec<OpenHole>,
}

/// An expression that only the cloud, or another entry's document, can fill.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::stack) struct OpenHole {
    /// The scalar that it stands in.
    pub scalar: Span,
    pub reference: Reference,
    /// The names in it.
    pub span: Span,
}

/// Puts in what is known, in the whole tree under `node`.
pub(in crate::stack) fn resolve(node: &mut Node, scope: &Scope<'_>, findings: &mut Findings<'_>) {
    match &mut node.value {
        NodeValue::Scalar { text, .. } if is_candidate(text) => scalar(node, scope, findings),
        NodeValue::Sequence(nodes) => nodes.iter_mut().for_each(|node| resolve(node, scope, findings)),
        NodeValue::Mapping(entries) => {
            for (key, node) in entries {
                if is_candidate(&key.text) {
                    findings.faults.push(
                        Diagnostic::error("expression-in-key", "a key cannot hold an expression")
                            .at(key.span)
                            .label("keys are plain text"),
                    );
                }
                resolve(node, scope, findings);
            }
        }
        _ => {}
    }
}

/// What an expression, or a text with expressions, comes to.
enum Value {
    /// Text and holes; `typed`: it may also be a number or a truth value.
    Text { parts: Vec<Part>, typed: Typed },
    /// The value of a variable or of `each`.
    Tree(Node),
}

#[derive(Clone, Copy, PartialEq)]
enum Typed {
    AsText,
    /// As YAML would read it if it stood there.
    AsPlain,
}

fn scalar(node: &mut Node, scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let NodeValue::Scalar { text, style } = &node.value else { return };
    if findings.budget.is_spent() {
        return;
    }
    let (text, style) = (text.clone(), *style);
    let (pieces, faults) = parse(&text);
    let placer = Placer { raw: scope.sources.slice(node.span), text: &text, span: node.span };
    let mut reader = Reader { scope, findings, placer, secret: false };
    for fault in &faults {
        let mut diagnostic = Diagnostic::error("bad-expression", fault.message.clone()).at(placer.span(&fault.range));
        diagnostic.label.clone_from(&fault.label);
        diagnostic.hint.clone_from(&fault.hint);
        reader.findings.faults.push(diagnostic);
    }
    let value = match pieces.as_slice() {
        [Piece::Hole(hole)] if faults.is_empty() => reader.hole(hole),
        _ => reader
            .joined(&pieces)
            .filter(|_| faults.is_empty())
            .map(|parts| Value::Text { parts, typed: Typed::AsText }),
    };
    let (is_whole, secret) = (matches!(pieces.as_slice(), [Piece::Hole(_)]), reader.secret);
    if secret {
        findings.secrets.insert(node.span);
    }
    match value {
        // Reported. A template of nothing keeps the place: it is there, and not known.
        None => {
            findings.broken.insert(node.span);
            node.value = NodeValue::Template(Template(Vec::new()));
        }
        Some(Value::Tree(tree)) => *node = placed_at(&tree, node.span),
        Some(Value::Text { parts, typed }) => {
            let plain = if is_whole { typed == Typed::AsPlain } else { style == Style::Plain };
            node.value = from_parts(parts, if plain { Style::Plain } else { Style::Quoted });
        }
    }
    findings.budget.spend(node, findings.faults);
}

/// A scalar, or a template where something is left open.
fn from_parts(parts: Vec<Part>, style: Style) -> NodeValue {
    let parts = joined_literals(parts);
    if parts.iter().any(|part| matches!(part, Part::Reference(_))) {
        return NodeValue::Template(Template(parts));
    }
    let text = parts.into_iter().next().map_or_else(String::new, |part| match part {
        Part::Literal(text) => text,
        Part::Reference(_) => unreachable!("no reference is among them"),
    });
    let probe = Node { value: NodeValue::Scalar { text, style: Style::Plain }, span: Span::default() };
    let style = if style == Style::Plain && is_null(&probe) { Style::Quoted } else { style };
    match probe.value {
        NodeValue::Scalar { text, .. } => NodeValue::Scalar { text, style },
        other => other,
    }
}

fn joined_literals(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Part::Literal(before)), Part::Literal(text)) => before.push_str(&text),
            (_, part) => joined.push(part),
        }
    }
    joined
}

struct Reader<'a, 'f, 's> {
    scope: &'a Scope<'a>,
    findings: &'f mut Findings<'s>,
    placer: Placer<'a>,
    secret: bool,
}

impl Reader<'_, '_, '_> {
    fn joined(&mut self, pieces: &[Piece]) -> Option<Vec<Part>> {
        let mut parts = Some(Vec::new());
        for piece in pieces {
            let more = match piece {
                Piece::Text(text) => Some(vec![Part::Literal(text.clone())]),
                Piece::Hole(hole) => self.hole(hole).and_then(|value| self.as_text(value, hole)),
            };
            // Goes on after a fault: the other expressions have theirs.
            parts = parts.zip(more).map(|(mut parts, more): (Vec<Part>, _)| {
                parts.extend(more);
                parts
            });
        }
        parts
    }

    fn as_text(&mut self, value: Value, hole: &Hole) -> Option<Vec<Part>> {
        match value {
            Value::Text { parts, .. } => Some(parts),
            Value::Tree(Node { value: NodeValue::Scalar { text, .. }, .. }) => Some(vec![Part::Literal(text)]),
            Value::Tree(Node { value: NodeValue::Template(template), .. }) => Some(template.0),
            Value::Tree(node) => {
                let found = if matches!(node.value, NodeValue::Sequence(_)) { "a list" } else { "a map" };
                self.fault(hole, "bad-expression", format!("{found} cannot stand inside a text"));
                None
            }
        }
    }

    fn hole(&mut self, hole: &Hole) -> Option<Value> {
        match &hole.expression {
            Expression::Env { name, fallback } => self.env(hole, name, fallback),
            Expression::File { path } => self.file(hole, path),
            Expression::Variable { name, path } => self.variable(hole, &name.value, path),
            Expression::Each { part, path } => self.each(hole, *part, path),
            Expression::ProjectId => match self.scope.project {
                Some(project) => Some(text(project.id.clone())),
                None => {
                    self.fault(hole, "bad-expression", "`project:` cannot name the project".to_owned());
                    None
                }
            },
            Expression::ProjectNumber => match self.scope.project {
                Some(ProjectFacts { number: Some(number), .. }) => Some(text(number.clone())),
                Some(_) if self.scope.addresses.is_some() => Some(self.open(hole, Reference::ProjectNumber)),
                _ => self.too_early(hole),
            },
            Expression::Region => match self.scope.region {
                Some(region) => Some(text(region.to_owned())),
                None => {
                    self.fault(hole, "no-region", "the stack has no `region:`".to_owned());
                    None
                }
            },
            Expression::Own { output } => match self.scope.own {
                Some(_) => Some(self.open(hole, Reference::Own { output: output.clone() })),
                None => {
                    self.fault(hole, "bad-expression", "`self` is an entry; here is none".to_owned());
                    None
                }
            },
            Expression::Output { section, key, output } => {
                let Some(addresses) = self.scope.addresses else { return self.too_early(hole) };
                let address = Address::new(&section.value, &key.value);
                if let Err(fault) = addresses.check(section, key, output, &self.placer) {
                    self.findings.faults.push(*fault);
                    return None;
                }
                let output = output.value.clone();
                let reference = match self.scope.own {
                    Some(own) if *own == address => Reference::Own { output },
                    _ => Reference::Output { address, output },
                };
                Some(self.open(hole, reference))
            }
        }
    }

    fn open(&mut self, hole: &Hole, reference: Reference) -> Value {
        // Without the braces: `services.web.url`.
        let span = self.placer.span(&(hole.range.start + 2..hole.range.end - 1));
        self.findings.open.push(OpenHole { scalar: self.placer.span, reference: reference.clone(), span });
        Value::Text { parts: vec![Part::Reference(reference)], typed: Typed::AsText }
    }

    fn too_early(&mut self, hole: &Hole) -> Option<Value> {
        self.fault(
            hole,
            "not-yet-known",
            "this must be known before anything is read from the cloud: outputs cannot stand here".to_owned(),
        );
        None
    }

    fn env(&mut self, hole: &Hole, name: &str, fallback: &Fallback) -> Option<Value> {
        let set = self.scope.inputs.env.get(name);
        self.secret |= set.is_some() && secret::is_secret_name(name);
        match (fallback, set) {
            (Fallback::None, Some(value)) => Some(plain(value.clone())),
            (_, Some(value)) if !value.is_empty() => Some(plain(value.clone())),
            (Fallback::Default(pieces), _) => {
                let parts = self.joined(pieces)?;
                Some(Value::Text { parts, typed: Typed::AsPlain })
            }
            _ if self.scope.inputs.mode == Mode::Sandbox => Some(plain(String::new())),
            (Fallback::Require(words), _) => {
                let words = if words.is_empty() { "it is required".to_owned() } else { words.clone() };
                let at = self.placer.span(&hole.range);
                self.findings.faults.push(
                    Diagnostic::error(
                        "unset-environment",
                        format!("the environment variable `{name}` is not set: {words}"),
                    )
                    .at(at)
                    .hint(format!("`export {name}=…`")),
                );
                None
            }
            (Fallback::None, _) => {
                let at = self.placer.span(&hole.range);
                self.findings.faults.push(
                    Diagnostic::error("unset-environment", format!("the environment variable `{name}` is not set"))
                        .at(at)
                        .hint(format!("`export {name}=…`, or give a default: `${{env.{name}:-…}}`")),
                );
                None
            }
        }
    }

    fn file(&mut self, hole: &Hole, path: &str) -> Option<Value> {
        let name = FileName { source: self.placer.span.source, path: path.to_owned() };
        let words = match self.scope.inputs.files.get(&name) {
            Some(Ok(bytes)) => match std::str::from_utf8(bytes) {
                Ok(content) => return Some(text(content.to_owned())),
                Err(error) => format!("byte {} is not valid UTF-8", error.valid_up_to()),
            },
            Some(Err(reason)) => reason.clone(),
            None => "it was not loaded".to_owned(),
        };
        self.fault(hole, "unreadable-file", format!("the file `{path}` cannot be read: {words}"));
        None
    }

    fn variable(&mut self, hole: &Hole, name: &str, path: &DocPath) -> Option<Value> {
        let variables = self.scope.variables;
        let Some(variable) = variables.0.get(name) else {
            let at = self.placer.span(&hole.range);
            let fault =
                Diagnostic::error("undeclared-variable", format!("the stack declares no variable `{name}`")).at(at);
            self.findings.faults.push(match suggest::nearest(name, variables.0.keys().map(String::as_str)) {
                Some(near) => fault.label(format!("did you mean `{near}`?")),
                None => fault.hint(format!("declare it: `variables: {{{name}: {{type: string}}}}`")),
            });
            return None;
        };
        self.secret |= variable.secret;
        let value = variable.value.as_ref()?;
        self.below(hole, &format!("var.{name}"), value, path)
    }

    fn each(&mut self, hole: &Hole, part: EachPart, path: &DocPath) -> Option<Value> {
        match (self.scope.each, part) {
            (Some((key, _)), EachPart::Key) => Some(text(key.to_owned())),
            (Some((_, value)), EachPart::Value) => self.below(hole, "each.value", value, path),
            (None, _) => {
                self.fault(hole, "bad-expression", "`each` has a meaning only in an entry with `forEach`".to_owned());
                None
            }
        }
    }

    fn below(&mut self, hole: &Hole, what: &str, value: &Node, path: &DocPath) -> Option<Value> {
        let mut node = value;
        for segment in &path.0 {
            let next = match segment {
                Segment::Key(key) => node.get(key),
                Segment::Index(index) => node.elements().get(*index),
                Segment::Keyed(..) => None,
            };
            let Some(next) = next else {
                self.fault(hole, "bad-expression", format!("`{what}` has no `{path}`"));
                return None;
            };
            node = next;
        }
        Some(Value::Tree(node.clone()))
    }

    fn fault(&mut self, hole: &Hole, code: &str, message: String) {
        let at = self.placer.span(&hole.range);
        self.findings.faults.push(Diagnostic::error(code, message).at(at));
    }
}

fn text(text: String) -> Value {
    Value::Text { parts: vec![Part::Literal(text)], typed: Typed::AsText }
}

fn plain(text: String) -> Value {
    Value::Text { parts: vec![Part::Literal(text)], typed: Typed::AsPlain }
}
