//! The outputs of a resource: what other entries can name.

use serde_json::Value as Json;

use crate::kinds::{Live, Row};
use crate::model::{Doc, Map, Place, ProjectFacts};

/// All outputs of a live resource; `doc` is what the file says of it, where it says anything.
pub fn of(row: &Row, place: &Place, project: &ProjectFacts, doc: Option<&Doc>, live: &Live) -> Map {
    let empty = Doc::map();
    let mut outputs = (row.known_outputs)(place, project, doc.unwrap_or(&empty));
    for output in row.descriptor.outputs.iter().filter(|output| !output.path.is_empty()) {
        let found = output.path.split('.').try_fold(&live.api, |json, key| json.get(key));
        if let Some(found) = found.filter(|found| **found != Json::Null) {
            outputs.insert(output.name.to_owned(), Doc::from(found));
        }
    }
    outputs.extend((row.live_outputs)(place, live));
    outputs
}
