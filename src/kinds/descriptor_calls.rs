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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::kinds::{Api, Durations, HoldsData, IdStyle, ListStyle, Location, UpdateStyle};
    use crate::wire::operation::Family;

    /// A descriptor to vary in tests.
    pub(crate) fn descriptor() -> Descriptor {
        Descriptor {
            section: "things",
            noun: "thing",
            doc: "A thing.",
            api: Api { host: "things.googleapis.com", prefix: "/v1/", service: "things.googleapis.com" },
            location: Location::Region,
            parents: &[],
            collection: "projects/{project}/locations/{location}/things",
            item: "projects/{project}/locations/{location}/things/{name}",
            id: IdStyle::Query("thingId"),
            list: Some(ListStyle {
                items: "things",
                page_size: Some(("pageSize", 1000)),
                name: "name",
                complete: true,
            }),
            readable: true,
            update: UpdateStyle::PatchMask,
            family: Family::LongRunning { version: "v1" },
            unique_id: Some("uid"),
            guard: Some("etag"),
            labels: Some("labels"),
            policy: None,
            holds_data: HoldsData::No,
            durations: Durations { create: 1, update: 1, delete: 1 },
            name_blocked_days: None,
            serialised_by: None,
            shapes: &[],
            fields: &[],
            outputs: &[],
        }
    }
}
