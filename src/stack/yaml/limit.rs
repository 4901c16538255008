//! How large a stack file may be. Each limit has its own message, so that nobody has to guess which one was met.

use crate::model::{Diagnostic, SourceId, Span};
use crate::stack::source::span_in;

/// The limits on one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Length of the text in bytes.
    pub bytes: usize,
    /// Nodes of the tree, copies by aliases included.
    pub nodes: usize,
    /// Nesting of lists and maps.
    pub depth: usize,
    /// Nodes that aliases copy, together.
    pub copied: usize,
}

/// The limits that hold for stack files: some hundred times what a large stack needs.
pub const LIMITS: Limits = Limits { bytes: 10_000_000, nodes: 1_000_000, depth: 64, copied: 200_000 };

pub(super) fn too_long(source: SourceId, bytes: usize) -> Diagnostic {
    Diagnostic::error(
        "file-too-long",
        format!("the file has {bytes} bytes; a stack file has at most {} (10 MB)", LIMITS.bytes),
    )
    .at(span_in(source, &[], 0, 0))
    .hint("split it into several stacks")
}

pub(super) fn too_many_nodes(at: Span, limits: &Limits) -> Diagnostic {
    Diagnostic::error("too-many-nodes", format!("the file holds more than {} values", limits.nodes))
        .at(at)
        .label("the limit is reached here")
        .hint("split it into several stacks")
}

pub(super) fn too_deep(at: Span, limits: &Limits) -> Diagnostic {
    Diagnostic::error("too-deep", format!("lists and maps nest deeper than {} levels", limits.depth))
        .at(at)
        .label("the limit is reached here")
}

pub(super) fn too_many_copies(at: Span, limits: &Limits) -> Diagnostic {
    Diagnostic::error("alias-bomb", format!("aliases (`*name`) copy more than {} values", limits.copied))
        .at(at)
        .label("the limit is reached here")
        .hint("an alias to a list of aliases multiplies; write the values out, or use `defaults:` or `forEach:`")
}
