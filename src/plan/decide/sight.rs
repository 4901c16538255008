//! What was seen of an entry: what the cloud has, held against what the inventory says.

use serde_json::Value as Json;

use super::{Context, former_of};
use crate::kinds::{Live, Row};
use crate::model::{Diagnostic, Doc};
use crate::plan::inputs::Wanted;
use crate::plan::observed::Observation;
use crate::plan::types::Former;
use crate::records::Entry;

/// What was seen of an entry of the file.
pub(super) enum Sight<'a> {
    /// It is to be made.
    New(New<'a>),
    /// Something is there.
    There(There<'a>),
    /// Nothing can be said.
    Unreadable(Diagnostic),
    /// Nothing may be done.
    Refused(Diagnostic),
}

/// Something that is to be made.
#[derive(Default)]
pub(super) struct New<'a> {
    /// Where the inventory knows it, to be forgotten.
    pub former: Option<Former>,
    /// What it is made on: a role that others hold already.
    pub ground: Option<&'a Live>,
    pub reasons: Vec<String>,
}

/// Something that is there: at the wanted place, or, for what moves elsewhere, at the former one.
pub(super) struct There<'a> {
    pub live: &'a Live,
    /// In file space.
    pub file: Doc,
    /// Where it is ours: what the inventory says.
    pub ours: Option<&'a Entry>,
    /// Where somebody made it again in the place of ours: what the inventory says of ours.
    pub lost: Option<&'a Entry>,
    /// The inventory's other place.
    pub former: Option<Former>,
    /// Whether `live` stands at the former place, and moves.
    pub moves: bool,
    pub reasons: Vec<String>,
}

/// Looks at an entry of the file.
pub(super) fn look<'a>(context: &mut Context<'a>, wanted: &'a Wanted, row: &'a Row) -> Sight<'a> {
    let observed = context.inputs.observed;
    let recorded = context.renamed.entries.get(&wanted.address).copied();
    let here = match observed.resources.get(&wanted.address) {
        Some(Observation::Present(live)) => Some(&**live),
        Some(Observation::Absent) => None,
        Some(Observation::Unreadable(fault)) => return Sight::Unreadable((**fault).clone().of(&wanted.address)),
        None => return Sight::Unreadable(not_read(wanted)),
    };
    match recorded {
        Some(entry) if entry.full_name != wanted.full_name => elsewhere(context, wanted, row, entry, here),
        Some(entry) => here_and_recorded(wanted, row, entry, here),
        None => match here.filter(|live| (row.is_there)(&wanted.place, &wanted.doc, live)) {
            Some(live) => Sight::There(there(wanted, row, live, None)),
            None => Sight::New(New { ground: here, ..New::default() }),
        },
    }
}

fn there<'a>(wanted: &'a Wanted, row: &Row, live: &'a Live, ours: Option<&'a Entry>) -> There<'a> {
    let file = (row.to_file)(&wanted.place, live);
    There { live, file, ours, lost: None, former: None, moves: false, reasons: Vec::new() }
}

fn here_and_recorded<'a>(wanted: &'a Wanted, row: &'a Row, entry: &'a Entry, here: Option<&'a Live>) -> Sight<'a> {
    let Some(live) = here else {
        let reason = "the inventory has it, and it is gone from the cloud".to_owned();
        return Sight::New(New { reasons: vec![reason], ..New::default() });
    };
    if is_same(row, entry, live) {
        return Sight::There(there(wanted, row, live, Some(entry)));
    }
    let mut there = There { lost: Some(entry), ..there(wanted, row, live, None) };
    there.reasons.push(recreated(row, entry, live));
    Sight::There(there)
}

/// The inventory knows it at another place: name or region changed in the file.
fn elsewhere<'a>(
    context: &mut Context<'a>,
    wanted: &'a Wanted,
    row: &'a Row,
    entry: &'a Entry,
    here: Option<&'a Live>,
) -> Sight<'a> {
    let former_live = match context.inputs.observed.former.get(&wanted.address) {
        Some(Observation::Present(live)) => Some(&**live),
        Some(Observation::Absent) => None,
        Some(Observation::Unreadable(fault)) => return Sight::Unreadable((**fault).clone().of(&wanted.address)),
        None => return Sight::Unreadable(not_read(wanted)),
    };
    let former = Some(former_of(entry));
    let moves = former_live.filter(|live| is_same(row, entry, live));
    let reason = match (former_live, moves) {
        (_, Some(_)) => format!("the file names another place than `{}`", entry.full_name),
        (Some(live), None) => recreated(row, entry, live),
        (None, None) => format!("`{}`, which the inventory has, is gone from the cloud", entry.full_name),
    };
    // A role that others hold, too, is no resource in the way.
    let taken = here.filter(|live| (row.is_there)(&wanted.place, &wanted.doc, live));
    match (moves, taken) {
        (Some(_), Some(_)) => Sight::Refused(place_taken(wanted)),
        (Some(live), None) => {
            let file = (row.to_file)(&entry.place, live);
            Sight::There(There {
                live,
                file,
                ours: Some(entry),
                lost: None,
                former,
                moves: true,
                reasons: vec![reason],
            })
        }
        (None, Some(live)) => Sight::There(There { former, reasons: vec![reason], ..there(wanted, row, live, None) }),
        (None, None) => Sight::New(New { former, ground: here, reasons: vec![reason] }),
    }
}

/// Whether the live resource is the one that the inventory speaks of.
pub(super) fn is_same(row: &Row, entry: &Entry, live: &Live) -> bool {
    match (&entry.unique_id, unique_id(row, live)) {
        (Some(ours), Some(theirs)) => *ours == theirs,
        _ => true,
    }
}

/// The id that a resource made again under the same name does not share.
pub(in crate::plan) fn unique_id(row: &Row, live: &Live) -> Option<String> {
    let path = row.descriptor.unique_id?;
    match path.split('.').try_fold(&live.api, |json, key| json.get(key))? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn recreated(row: &Row, entry: &Entry, live: &Live) -> String {
    format!(
        "somebody made it again: its id is `{}`, ours had `{}`",
        unique_id(row, live).unwrap_or_default(),
        entry.unique_id.as_deref().unwrap_or_default()
    )
}

fn not_read(wanted: &Wanted) -> Diagnostic {
    Diagnostic::error("not-read", format!("`{}` was not read", wanted.address))
        .of(&wanted.address)
        .hint("this is a fault of stackctl's")
}

fn place_taken(wanted: &Wanted) -> Diagnostic {
    let message = format!("`{}` cannot move to `{}`: something is there already", wanted.address, wanted.full_name);
    Diagnostic::error("place-taken", message).of(&wanted.address).hint(format!(
        "choose another name; or let go of the former one with `stackctl inventory forget {}`, then take this one over \
         with `stackctl apply --adopt {}`",
        wanted.address, wanted.address
    ))
}
