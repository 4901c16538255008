//! What outputs will say after the run, as far as the plan can know.

use serde_json::Value as Json;

use crate::kinds::{Live, Row};
use crate::model::{Doc, DocPath, Map, Place, ProjectFacts};

/// What the plan does with the resource whose outputs are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It stays as it is: outputs are those of the live resource.
    Stays,
    /// It changes in place: outputs stay, but for the named ones.
    Changes { unsettled: Vec<&'static str> },
    /// It is made (anew): only what follows from the file is known.
    Made,
    /// It could not be read: nothing is known, and the plan is refused for that.
    Unreadable,
}

/// What is known of an output.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Known(Doc),
    AfterApply,
    /// The resource is there, stays as it is, and has no such output.
    Missing,
}

/// A resource with outputs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outputs<'a> {
    pub row: &'a Row,
    pub place: &'a Place,
    pub project: &'a ProjectFacts,
    pub doc: &'a Doc,
    pub live: Option<&'a Live>,
    pub outcome: &'a Outcome,
}

impl Outputs<'_> {
    /// The value of one output.
    pub fn answer(&self, output: &DocPath) -> Answer {
        if *self.outcome == Outcome::Unreadable {
            return Answer::AfterApply;
        }
        match self.all().at(output) {
            Some(value) if value.is_known() && *value != Doc::Null => Answer::Known(value.clone()),
            Some(Doc::Unknown(_)) => Answer::AfterApply,
            _ if *self.outcome == Outcome::Stays => Answer::Missing,
            _ => Answer::AfterApply,
        }
    }

    /// All outputs that are known, as a map: of the live resource, else those that follow from the file.
    fn all(&self) -> Doc {
        let mut all = (self.row.known_outputs)(self.place, self.project, self.doc);
        match (self.outcome, self.live) {
            (Outcome::Stays, Some(live)) => all.extend(self.of_live(live)),
            (Outcome::Changes { unsettled }, Some(live)) => {
                all.extend(self.of_live(live).into_iter().filter(|(name, _)| !unsettled.contains(&name.as_str())));
            }
            _ => {}
        }
        Doc::Map(all)
    }

    fn of_live(&self, live: &Live) -> Map {
        let fields = self.row.descriptor.outputs.iter().filter(|output| !output.path.is_empty());
        let mut found: Map = fields
            .filter_map(|output| Some((output.name.to_owned(), Doc::from(dig(&live.api, output.path)?))))
            .collect();
        found.extend((self.row.live_outputs)(self.place, live));
        found
    }
}

fn dig<'a>(json: &'a Json, dotted: &str) -> Option<&'a Json> {
    dotted.split('.').try_fold(json, |json, key| json.get(key)).filter(|json| !json.is_null())
}

/// All outputs of a resource as it is now: what fills templates just before a step, and `stackctl outputs`.
///
/// `doc` is what the file wants of it, with its own templates filled where they are.
pub fn live(row: &Row, place: &Place, project: &ProjectFacts, doc: &Doc, live: &Live) -> Doc {
    Outputs { row, place, project, doc, live: Some(live), outcome: &Outcome::Stays }.all()
}
