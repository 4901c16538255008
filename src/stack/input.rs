//! What a stack needs from outside: named first, as values, then given by the caller.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::expression::{self, Expression, Fallback, Piece};
use crate::model::SourceId;
use crate::model::tree::{Node, NodeValue};

/// The project that every stack has in the sandbox, whatever its file says.
pub const SANDBOX_PROJECT: &str = "sandbox-project";

/// Which cloud the stack is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// As the file says; an unset environment variable without a default is a fault.
    #[default]
    Cloud,
    /// The project is [`SANDBOX_PROJECT`]; an unset environment variable without a default is empty.
    Sandbox,
}

/// A file that `${file("path")}` names: the path as written, relative to the folder of the stack file it stands in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName {
    pub source: SourceId,
    pub path: String,
}

/// Everything from outside that the files name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub env: BTreeSet<String>,
    pub files: BTreeSet<FileName>,
}

/// What the caller gives.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    pub mode: Mode,
    /// Those of the wanted variables that are set.
    pub env: BTreeMap<String, String>,
    /// Contents of the wanted files, or why one cannot be read.
    pub files: BTreeMap<FileName, Result<Vec<u8>, String>>,
    /// `--var NAME=TEXT`, in order; the last of a name counts.
    pub variables: Vec<(String, String)>,
    /// The number of the stack's project, where it has been asked for.
    pub project_number: Option<String>,
}

/// What the files name from outside. Faulty expressions are passed over: reading the stack reports them.
pub fn wanted(draft: &Draft) -> Wanted {
    let mut wanted = Wanted::default();
    for (key, node) in draft.root.entries() {
        if !key.text.starts_with("x-") {
            wanted.node(node);
        }
    }
    wanted
}

impl Wanted {
    fn node(&mut self, node: &Node) {
        match &node.value {
            NodeValue::Scalar { text, .. } if expression::is_candidate(text) => {
                self.pieces(&expression::parse(text).0, node.span.source);
            }
            NodeValue::Sequence(nodes) => nodes.iter().for_each(|node| self.node(node)),
            NodeValue::Mapping(entries) => entries.iter().for_each(|(_, node)| self.node(node)),
            _ => {}
        }
    }

    fn pieces(&mut self, pieces: &[Piece], source: SourceId) {
        for piece in pieces {
            let Piece::Hole(hole) = piece else { continue };
            match &hole.expression {
                Expression::Env { name, fallback } => {
                    self.env.insert(name.clone());
                    if let Fallback::Default(pieces) = fallback {
                        self.pieces(pieces, source);
                    }
                }
                Expression::File { path } => {
                    self.files.insert(FileName { source, path: path.clone() });
                }
                _ => {}
            }
        }
    }
}
