//! `variables:`: declarations, and the values that they have in this run.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::draft::Draft;
use super::yaml::{self, LIMITS};
use crate::model::tree::{Node, NodeValue, Style};
use crate::model::typed::{self, plain};
use crate::model::{Diagnostic, Doc, SourceId, Span, suggest};

/// A variable's declaration: its value comes from `--var NAME=VALUE`, a `--var-file`, or the default.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the default is read from the tree, with its place; the description is for people")]
pub struct VariableSpec {
    /// What its values are. Absent: what the default is, or text.
    #[serde(rename = "type")]
    pub kind: Option<VariableType>,
    /// The value where none is given. Absent: one must be given.
    pub default: Option<serde_json::Value>,
    /// What it is for.
    pub description: Option<String>,
    /// Its value is never shown, wherever it is used.
    pub secret: Option<bool>,
}

/// What the values of a variable are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum VariableType {
    /// A text, as written.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list; on the command line in YAML: `--var 'zones=[a, b]'`.
    List,
    /// A map; on the command line in YAML: `--var 'sizes={a: 1}'`.
    Map,
}

impl VariableType {
    fn words(self) -> &'static str {
        match self {
            Self::String => "a text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "`true` or `false`",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }

    fn of(node: &Node) -> Self {
        match &node.value {
            NodeValue::Sequence(_) => Self::List,
            NodeValue::Mapping(_) => Self::Map,
            NodeValue::Scalar { text, style: Style::Plain } => match plain(text) {
                Doc::Bool(_) => Self::Boolean,
                Doc::Number(number) if number.is_f64() => Self::Number,
                Doc::Number(_) => Self::Integer,
                _ => Self::String,
            },
            _ => Self::String,
        }
    }

    /// The value as this type has it; `None` where it is of another.
    fn typed(self, node: Node) -> Option<Node> {
        let span = node.span;
        let value = match (self, node.value) {
            (Self::String, NodeValue::Scalar { text, .. }) => NodeValue::Scalar { text, style: Style::Quoted },
            (Self::List, value @ NodeValue::Sequence(_)) | (Self::Map, value @ NodeValue::Mapping(_)) => value,
            (Self::Integer | Self::Number | Self::Boolean, NodeValue::Scalar { text, .. }) => {
                let fits = match plain(&text) {
                    Doc::Number(number) => self == Self::Number || self == Self::Integer && !number.is_f64(),
                    Doc::Bool(_) => self == Self::Boolean,
                    _ => false,
                };
                fits.then_some(NodeValue::Scalar { text, style: Style::Plain })?
            }
            _ => return None,
        };
        Some(Node { value, span })
    }
}

/// A declared variable with its value.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    /// Absent where none was given; that is reported already.
    pub(super) value: Option<Node>,
    pub(super) secret: bool,
}

/// The variables of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(pub(super) BTreeMap<String, Variable>);

/// What is declared and what is given.
pub(super) struct Given<'a> {
    pub(super) draft: &'a Draft,
    /// `--var`, in order.
    pub(super) arguments: &'a [(String, String)],
}

struct Declared {
    spec: VariableSpec,
    default: Option<Node>,
    span: Span,
}

/// Reads declarations (with the expressions in their defaults already resolved) and gives each its value: the last
/// `--var`, else the last `--var-file` that has it, else the default.
pub(super) fn read(
    declarations: Option<&Node>,
    given: &Given<'_>,
    faults: &mut Vec<Diagnostic>,
    secrets: &mut BTreeSet<Span>,
) -> Variables {
    let declared = declarations.map(|node| declarations_of(node, faults)).unwrap_or_default();
    let mut values = file_values(given.draft, &declared, faults);
    for (name, text) in given.arguments {
        let Some(variable) = declared.get(name) else {
            faults.push(undeclared(name, &declared, None));
            continue;
        };
        let kind = variable.kind();
        match argument(kind, text) {
            Some(node) => values.insert(name.clone(), node),
            None => {
                faults.push(
                    Diagnostic::error("bad-variable", format!("`--var {name}=…` is not {}", kind.words()))
                        .at(variable.span)
                        .label("declared here"),
                );
                None
            }
        };
    }
    let mut variables = BTreeMap::new();
    for (name, variable) in declared {
        if variable.spec.secret == Some(true) {
            let places = variable.default.iter().chain(values.get(&name)).map(|node| node.span);
            secrets.extend(places.filter(|span| span.line > 0));
        }
        let (name, variable) = value_of(name, variable, &mut values, faults);
        variables.insert(name, variable);
    }
    Variables(variables)
}

impl Declared {
    fn kind(&self) -> VariableType {
        self.spec.kind.or_else(|| self.default.as_ref().map(VariableType::of)).unwrap_or(VariableType::String)
    }
}

fn declarations_of(node: &Node, faults: &mut Vec<Diagnostic>) -> BTreeMap<String, Declared> {
    let mut declared = BTreeMap::new();
    for (key, node) in node.entries() {
        let empty = Node { value: NodeValue::Mapping(Vec::new()), span: key.span };
        let node = if typed::is_null(node) { &empty } else { node };
        let (spec, read) = typed::read_value::<VariableSpec>(node);
        faults.extend(read.faults);
        let Some(spec) = spec else { continue };
        let default = node.get("default").filter(|node| !typed::is_null(node)).cloned();
        declared.insert(key.text.clone(), Declared { spec, default, span: key.span });
    }
    declared
}

fn file_values(
    draft: &Draft,
    declared: &BTreeMap<String, Declared>,
    faults: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Node> {
    let mut values = BTreeMap::new();
    for (key, node) in draft.variable_files.iter().flat_map(Node::entries) {
        let Some(variable) = declared.get(&key.text) else {
            faults.push(undeclared(&key.text, declared, Some(key.span)));
            continue;
        };
        match variable.kind().typed(node.clone()) {
            Some(node) => {
                values.insert(key.text.clone(), node);
            }
            None => faults.push(
                Diagnostic::error("bad-variable", format!("`{}` is not {}", key.text, variable.kind().words()))
                    .at(node.span)
                    .label(format!("{} belongs here", variable.kind().words()))
                    .related(variable.span, "declared here"),
            ),
        }
    }
    values
}

fn undeclared(name: &str, declared: &BTreeMap<String, Declared>, span: Option<Span>) -> Diagnostic {
    let mut fault = Diagnostic::error("undeclared-variable", format!("the stack declares no variable `{name}`"));
    fault.span = span;
    let hint = match suggest::nearest(name, declared.keys().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("declare it: `variables: {{{name}: {{type: string}}}}`"),
    };
    fault.hint(hint)
}

/// The value of `--var NAME=TEXT`; it stands nowhere in a file.
fn argument(kind: VariableType, text: &str) -> Option<Node> {
    let nowhere = Span::default();
    let node = match kind {
        VariableType::List | VariableType::Map => {
            let mut faults = Vec::new();
            let node = yaml::load(SourceId::default(), text, &LIMITS, &mut faults)?;
            faults.is_empty().then(|| moved_to(node, nowhere))?
        }
        _ => Node { value: NodeValue::Scalar { text: text.to_owned(), style: Style::Plain }, span: nowhere },
    };
    kind.typed(node)
}

/// The node with all places replaced by one.
fn moved_to(node: Node, span: Span) -> Node {
    let value = match node.value {
        NodeValue::Sequence(nodes) => NodeValue::Sequence(nodes.into_iter().map(|node| moved_to(node, span)).collect()),
        NodeValue::Mapping(entries) => NodeValue::Mapping(
            entries
                .into_iter()
                .map(|(mut key, node)| {
                    key.span = span;
                    (key, moved_to(node, span))
                })
                .collect(),
        ),
        value => value,
    };
    Node { value, span }
}

/// A copy to put in at `span`: what stands nowhere in a file stands there now.
pub(super) fn placed_at(node: &Node, span: Span) -> Node {
    if node.span.line == 0 { moved_to(node.clone(), span) } else { Node { span, ..node.clone() } }
}

fn value_of(
    name: String,
    variable: Declared,
    values: &mut BTreeMap<String, Node>,
    faults: &mut Vec<Diagnostic>,
) -> (String, Variable) {
    let kind = variable.kind();
    let secret = variable.spec.secret.unwrap_or_default();
    let value = match (values.remove(&name), variable.default) {
        (Some(value), _) => Some(value),
        (None, Some(default)) => {
            let span = default.span;
            let typed = kind.typed(default);
            if typed.is_none() {
                faults.push(
                    Diagnostic::error("bad-variable", format!("the default of `{name}` is not {}", kind.words()))
                        .at(span)
                        .label(format!("{} belongs here", kind.words())),
                );
            }
            typed
        }
        (None, None) => {
            faults.push(
                Diagnostic::error("variable-without-value", format!("the variable `{name}` has no value"))
                    .at(variable.span)
                    .label("declared here without a `default`")
                    .hint(format!("give one: `--var {name}=…`, or a `--var-file`")),
            );
            None
        }
    };
    (name, Variable { value, secret })
}
