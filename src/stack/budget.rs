//! A limit on what expressions, `forEach` and `defaults` may multiply: a short file must not fill the memory.

use super::yaml::LIMITS;
use crate::model::Diagnostic;
use crate::model::tree::{Node, NodeValue};

/// What is left of the values that a stack may hold once everything is put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Budget {
    left: usize,
    spent: bool,
}

/// So many bytes of text count as one value more.
const TEXT: usize = 64;

impl Default for Budget {
    fn default() -> Self {
        Self { left: LIMITS.nodes, spent: false }
    }
}

impl Budget {
    /// Takes what `node` weighs. The fault is reported once; afterwards [`Budget::is_spent`].
    pub(super) fn spend(&mut self, node: &Node, faults: &mut Vec<Diagnostic>) {
        let weight = weight(node);
        if weight <= self.left {
            self.left -= weight;
            return;
        }
        self.left = 0;
        if !self.spent {
            self.spent = true;
            faults.push(
                Diagnostic::error(
                    "too-many-nodes",
                    format!(
                        "with variables, `forEach` and `defaults` put in, the stack holds more than {} values",
                        LIMITS.nodes
                    ),
                )
                .at(node.span)
                .label("the limit is reached here")
                .hint("split it into several stacks"),
            );
        }
    }

    /// Whether nothing more may be put in.
    pub(super) fn is_spent(&self) -> bool {
        self.spent
    }
}

fn weight(node: &Node) -> usize {
    match &node.value {
        NodeValue::Scalar { text, .. } => 1 + text.len() / TEXT,
        NodeValue::Template(_) => 1,
        NodeValue::Sequence(nodes) => 1 + nodes.iter().map(weight).sum::<usize>(),
        NodeValue::Mapping(entries) => {
            1 + entries.iter().map(|(key, node)| 1 + key.text.len() / TEXT + weight(node)).sum::<usize>()
        }
    }
}
