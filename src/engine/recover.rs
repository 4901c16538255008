//! Takes up what an interrupted run left: asks for its operations by name, looks at its resources, and writes down
//! what is ours. Nothing is sent that changes anything.

mod label;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value as Json;

use super::execute::{tombstone, unique_id};
use super::foreign;
use super::observe::{Extras, look_again};
use super::session::Session;
use super::stop::{Stop, Wish};
use crate::gcp::polling::{self, Ended};
use crate::gcp::{CallError, explain};
use crate::inventory::{Store, StoreError, replay};
use crate::kinds::{Live, Row};
use crate::model::event::Happening;
use crate::model::{Action, Address, Diagnostic, Place, ProjectFacts};
use crate::records::{Inventory, Journal, Ownership, Status, Unfinished};
use crate::wire::operation::{Begun, Family};
use crate::wire::retry::is_disabled_api;

/// The records of a stack as a run begins.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Records {
    /// Brought up to what the journal's closed steps say; absent: nothing is ours yet.
    pub inventory: Option<Inventory>,
    /// Calls whose end nobody saw.
    pub unfinished: Vec<Unfinished>,
    /// Whether the store holds events that are not in its inventory yet.
    pub open: Open,
}

/// Whether there is a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Open {
    #[default]
    No,
    Yes,
}

impl Records {
    /// Resources whose last step is not known to have ended well.
    pub fn suspects(&self) -> BTreeSet<Address> {
        self.unfinished.iter().map(|call| call.address.clone()).collect()
    }
}

/// Reads the records. Changes nothing and needs no lock.
///
/// # Errors
/// They cannot be read, or are no records that this run can use.
pub async fn load_records(store: &dyn Store) -> Result<Records, StoreError> {
    let loaded = store.load().await?;
    let mut inventory = loaded.inventory;
    if let Some(inventory) = &mut inventory {
        replay(inventory, &loaded.journal);
    }
    let open = if loaded.journal.is_empty() { Open::No } else { Open::Yes };
    Ok(Records { inventory, unfinished: unfinished(&loaded.journal), open })
}

/// The open calls of steps that were not recorded later: a step that was recorded is over, whatever its calls say.
fn unfinished(journal: &Journal) -> Vec<Unfinished> {
    let mut recorded: BTreeMap<(&str, u32), usize> = BTreeMap::new();
    for (at, event) in journal.events().iter().enumerate() {
        if matches!(event.what, crate::records::What::Recorded { .. }) {
            recorded.insert((&event.run, event.step), at);
        }
    }
    // A step with calls that succeeded and no record was cut off between them: it is looked at as well.
    let mut open = journal.unfinished();
    let known: BTreeSet<(String, u32)> = open.iter().map(|call| (call.id.run.clone(), call.id.step)).collect();
    for event in journal.events() {
        let crate::records::What::Intended { action, label, entry } = &event.what else { continue };
        let id = crate::records::CallId { run: event.run.clone(), step: event.step, call: event.call };
        if journal.status(&id) == Some(Status::Succeeded) && !known.contains(&(id.run.clone(), id.step)) {
            open.push(Unfinished {
                id,
                address: event.address.clone(),
                status: Status::Succeeded,
                action: *action,
                label: label.clone(),
                entry: entry.clone(),
                operation: None,
            });
        }
    }
    open.retain(|call| {
        let is_recorded = recorded.contains_key(&(call.id.run.as_str(), call.id.step));
        // A failed attempt that was recorded as half made, or an unknown end, is still looked at.
        !is_recorded || matches!(call.status, Status::Unknown | Status::Began)
    });
    open
}

/// Looks at what an interrupted run left, writes down what is ours, and closes the journal. The caller holds the
/// lock.
///
/// Gives the resources that deserve a closer look: their create may have taken hold and not be to be seen yet.
///
/// # Errors
/// The cloud cannot be asked, or the records not be written: the journal stays as it is.
pub async fn recover(
    session: &Session<'_>,
    records: &mut Records,
    project: &ProjectFacts,
    stop: &Stop,
) -> Result<BTreeSet<Address>, Diagnostic> {
    let suspects = records.suspects();
    let Some(inventory) = &mut records.inventory else { return Ok(suspects) };
    if records.open == Open::No {
        return Ok(suspects);
    }
    let open = std::mem::take(&mut records.unfinished);
    if !open.is_empty() {
        session.tell(Happening::Phase { message: "looks at what an interrupted run left".to_owned() });
    }
    for call in &open {
        let place = place_of(inventory, call);
        finish_operations(session, call, place.as_ref(), stop).await?;
        look_at(session, inventory, call, project, place.as_ref()).await?;
    }
    session.store.checkpoint(inventory).await.map_err(|error| error.diagnostic())?;
    records.open = Open::No;
    Ok(suspects)
}

/// Waits for the operation, where one was named or can be found. How it ended does not matter: the resource tells.
async fn finish_operations(
    session: &Session<'_>,
    call: &Unfinished,
    place: Option<&Place>,
    stop: &Stop,
) -> Result<(), Diagnostic> {
    let row = session.kind(&call.address.section);
    let family = row.map_or(Family::None, |row| row.descriptor.family);
    let begun = match (&call.operation, row, place) {
        (Some(begun), _, _) => vec![begun.clone()],
        (None, Some(row), Some(place)) => {
            foreign::running(session, row, place, &|_, _| {}).await.or_else(nothing_runs)?
        }
        _ => Vec::new(),
    };
    let usual = Duration::from_secs(row.map_or(0, |row| u64::from(row.descriptor.durations.create)));
    for begun in &begun {
        let asked = polling::ask(&session.client, begun, family, &|_, _| {}).await;
        if asked.map_err(|error| cannot_ask(&error))?.is_some() {
            continue;
        }
        session.tell(Happening::Phase {
            message: format!("waits for operation `{}` of `{}`, begun by an interrupted run", begun.name, call.address),
        });
        tokio::select! {
            biased;
            () = stop.reaches(Wish::Drain) => return Err(Diagnostic::error("stopped", "the run was stopped")),
            ended = polling::wait(&session.client, begun, family, usual, &|_, _| {}) => match ended {
                Ok(Ended::Done(_) | Ended::Failed(_) | Ended::Forgotten) => {}
                Err(error) => return Err(cannot_ask(&error)),
            },
        }
    }
    Ok(())
}

/// An API that is not enabled runs nothing.
fn nothing_runs(error: CallError) -> Result<Vec<Begun>, Diagnostic> {
    if error.refusal().is_some_and(is_disabled_api) { Ok(Vec::new()) } else { Err(explain::call(&error)) }
}

fn cannot_ask(error: &polling::PollError) -> Diagnostic {
    Diagnostic::error("cannot-recover", explain::chain(error)).hint("run the command again")
}

/// Where the call was to act: for a delete the records still say it.
fn place_of(inventory: &Inventory, call: &Unfinished) -> Option<Place> {
    let known = inventory.entries.get(&call.address);
    call.entry.as_deref().or(known).map(|entry| entry.place.clone())
}

/// Brings the inventory up to what became of a call.
async fn look_at(
    session: &Session<'_>,
    inventory: &mut Inventory,
    call: &Unfinished,
    project: &ProjectFacts,
    place: Option<&Place>,
) -> Result<(), Diagnostic> {
    let (Some(row), Some(place)) = (session.kind(&call.address.section), place) else { return Ok(()) };
    let known = inventory.entries.get(&call.address).cloned();
    let live = settled(session, row, place, project).await?;
    match (call.action, live, &call.entry) {
        (Action::Create, Some(live), Some(entry)) if is_ours(row, &entry.place, &live, &inventory.stack) => {
            label::complete(session, row, &entry.place, project, &inventory.stack, &live).await;
            let unique_id = unique_id(row, &live);
            let entry = crate::records::Entry { unique_id, ownership: Ownership::Created, ..(**entry).clone() };
            inventory.entries.insert(call.address.clone(), entry);
        }
        // It may be on its way, or not to be seen yet: whatever comes of it is ours. If nothing does, it is made again.
        (Action::Create, None, Some(entry)) => {
            let entry = crate::records::Entry { ownership: Ownership::Created, ..(**entry).clone() };
            inventory.entries.entry(call.address.clone()).or_insert(entry);
        }
        (Action::Delete, None, _) => {
            if let Some(known) = known {
                let stone = tombstone(row, &known.full_name, session.client.clock().now());
                inventory.record_delete(&call.address, stone);
            }
        }
        _ => {}
    }
    Ok(())
}

/// How long a resource that says that it is being changed is waited for.
const SETTLES_WITHIN: Duration = Duration::from_secs(20 * 60);

/// The resource, once nothing works on it any more: of an operation whose name was lost Cloud Run still says so.
async fn settled(
    session: &Session<'_>,
    row: &Row,
    place: &Place,
    project: &ProjectFacts,
) -> Result<Option<Live>, Diagnostic> {
    let clock = session.client.clock();
    let start = clock.elapsed();
    let usual = Duration::from_secs(u64::from(row.descriptor.durations.create));
    loop {
        let live = look(session, row, place, project).await?;
        let works = live.as_ref().is_some_and(|live| live.api.get("reconciling").and_then(Json::as_bool) == Some(true));
        let after = clock.elapsed().saturating_sub(start);
        if !works || after > SETTLES_WITHIN {
            return Ok(live);
        }
        clock.sleep(polling::pause(after, usual)).await;
    }
}

async fn look(
    session: &Session<'_>,
    row: &Row,
    place: &Place,
    project: &ProjectFacts,
) -> Result<Option<Live>, Diagnostic> {
    let found = look_again(session, row, place, project, None, Extras::Always, &|_, _| {}).await;
    match found {
        Ok(live) => Ok(live),
        Err(error @ CallError::Refused { .. }) if error.refusal().is_some_and(is_disabled_api) => Ok(None),
        Err(error) => Err(explain::call(&error)),
    }
}

/// What carries another stack's label is that stack's, whoever began to make it.
fn is_ours(row: &Row, place: &Place, live: &Live, stack: &str) -> bool {
    label::of(row, place, live).is_none_or(|label| label == stack)
}
