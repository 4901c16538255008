//! The hooks' defaults, from a descriptor alone.

use serde_json::Value as Json;

use super::{Call, Descriptor, Live, Lookup, StepInput};
use crate::model::{Diagnostic, Doc, Place, ProjectFacts};

/// What to read.
pub fn lookup(_: &Descriptor, _: &Place, _: &ProjectFacts, _: Option<&Doc>) -> Lookup {
    Lookup { item: None, list: None, policy: None, extra: Vec::new() }
}

/// Whether an element of the collection is the resource at `place`.
pub fn is_member(_: &Descriptor, _: &Place, _: &Json) -> bool {
    false
}

/// The live resource in file space.
pub fn to_file(_: &Descriptor, _: &Place, live: &Live) -> Doc {
    Doc::from(&live.api)
}

/// The calls of a step.
pub fn calls(_: &Descriptor, _: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    Ok(Vec::new())
}
