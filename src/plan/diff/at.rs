//! A place inside a document while walking it: borrowed, so that values which do not differ cost no allocation.

use crate::model::{DocPath, Segment};

/// A path whose segments are borrowed from the documents being walked.
#[derive(Debug, Clone, Copy)]
pub enum At<'a> {
    /// The document itself.
    Root,
    /// A path to begin from.
    Path(&'a DocPath),
    /// A key of a map.
    Key(&'a At<'a>, &'a str),
    /// A position in a list.
    Index(&'a At<'a>, usize),
    /// An element of a keyed list: its key field and its value.
    Keyed(&'a At<'a>, &'a str, &'a str),
}

impl At<'_> {
    /// The path with segments of its own.
    pub fn to_path(self) -> DocPath {
        match self {
            Self::Root => DocPath::root(),
            Self::Path(path) => path.clone(),
            Self::Key(parent, key) => parent.to_path().key(key),
            Self::Index(parent, index) => parent.to_path().index(index),
            Self::Keyed(parent, field, key) => parent.to_path().join(Segment::Keyed(field.to_owned(), key.to_owned())),
        }
    }
}
