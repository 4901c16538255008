//! Positions in the files of a stack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which of the stack's files, in the order in which they were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub struct SourceId(pub u16);

/// A stretch of one file.
///
/// `line` and `column` count from 1, columns in characters; `start` and `end` are byte offsets, `end` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First line, from 1; 0 where there is no position.
    pub line: u32,
    /// First column in characters, from 1.
    pub column: u32,
    /// Byte offset of the first byte.
    pub start: u32,
    /// Byte offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.end <= self.start
    }
}
