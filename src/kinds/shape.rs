//! The way between file space and API space, lossless in both directions.

use crate::model::Doc;

/// One small step between the spaces. `to_api` applies a kind's steps in order, `to_file` undoes them in reverse.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// The file's `file` stands at `api` (both dotted).
    Move { file: &'static str, api: &'static str },
    /// Every top-level field that is not in `outer` stands under `api` (a wrapper that only nests).
    Nest { api: &'static str, outer: &'static [&'static str] },
    /// A map in the file is a list of `{key: …, value: …}` in the API (`databaseFlags`).
    Entries { path: &'static str, key: &'static str, value: &'static str },
    /// A map of objects in the file is a list of objects with a key field in the API (`volumes`).
    Keyed { path: &'static str, key: &'static str },
    /// A step of the kind's own; `api_path` maps a dotted file path for `explain`, and for nothing else.
    Custom { to_api: fn(&mut Doc), to_file: fn(&mut Doc), api_path: fn(&str) -> Option<String> },
}
