//! How records are written: the inventory as one JSON document, the journal as one JSON line an event.
//!
//! Both carry a version, tolerate unknown fields and refuse newer versions. Where the bytes live is `inventory/`.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::inventory::{CloudKey, Inventory, VERSION};
use super::journal::{IllegalEvent, Journal, JournalEvent};
use super::{HashKey, HashKeyError};
use crate::model::ProjectFacts;

/// The newest version of the journal's lines that this program reads and writes.
pub const JOURNAL_VERSION: u32 = 1;

/// Why records cannot be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// Not JSON, or not of the inventory's form.
    #[error("the inventory is damaged")]
    InventoryDamaged {
        #[source]
        source: serde_json::Error,
    },
    /// Its key is none.
    #[error("the inventory is damaged")]
    HashKey {
        #[source]
        source: HashKeyError,
    },
    /// Written by a newer stackctl.
    #[error("the {record} has version {found}; this stackctl knows versions up to {known}")]
    Newer { record: &'static str, found: u64, known: u32 },
    /// A line of the journal that is not the last one cannot be read.
    #[error("line {line} of the journal is damaged")]
    JournalDamaged {
        line: usize,
        #[source]
        source: serde_json::Error,
    },
    /// The journal's events contradict each other.
    #[error("line {line} of the journal contradicts the lines before it")]
    JournalIllegal {
        line: usize,
        #[source]
        source: IllegalEvent,
    },
    /// It speaks of another stack.
    #[error("the inventory belongs to the stack `{found}`, not to `{wanted}`")]
    OtherStack { found: String, wanted: String },
    /// It speaks of another cloud.
    #[error("the inventory speaks of {}, this run of {}", cloud(.found), cloud(.wanted))]
    OtherCloud { found: CloudKey, wanted: CloudKey },
    /// It speaks of another project.
    #[error("the inventory speaks of project `{}`, this run of project `{}`", name(.found), name(.wanted))]
    OtherProject { found: ProjectFacts, wanted: ProjectFacts },
}

impl RecordsError {
    /// The way out, for people.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::InventoryDamaged { .. } | Self::HashKey { .. } => {
                "put back an older copy (a bucket keeps versions), or move the file away and take the resources \
                 back with `stackctl apply --adopt`: no resource is lost"
            }
            Self::Newer { .. } => "use the stackctl that wrote it, or a newer one",
            Self::JournalDamaged { .. } | Self::JournalIllegal { .. } => {
                "move the journal away and run `stackctl plan`: what an interrupted run made shows as `adopt`, and \
                 `stackctl apply --adopt` takes it back"
            }
            Self::OtherStack { .. } => "give the stack its former name (`stack:`), or use a state directory of its own",
            Self::OtherCloud { .. } => {
                "the sandbox, each endpoint and Google have inventories of their own; use another state directory"
            }
            Self::OtherProject { .. } => {
                "set `project:` back, or give the stack another name to make it in the other project too; \
                 `stackctl destroy` in the former project comes first if it is to go"
            }
        }
    }
}

fn cloud(key: &CloudKey) -> String {
    match key {
        CloudKey::Google => "Google Cloud".to_owned(),
        CloudKey::Sandbox => "the sandbox".to_owned(),
        CloudKey::Endpoint(url) => format!("the endpoint `{url}`"),
    }
}

fn name(project: &ProjectFacts) -> String {
    match &project.number {
        Some(number) => format!("{} ({number})", project.id),
        None => project.id.clone(),
    }
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

impl Inventory {
    /// Reads what [`Inventory::write`] wrote.
    ///
    /// # Errors
    /// `InventoryDamaged` or `HashKey`: not an inventory; `Newer`: of a version that this program does not know.
    pub fn read(text: &str) -> Result<Self, RecordsError> {
        let damaged = |source| RecordsError::InventoryDamaged { source };
        let found = serde_json::from_str::<Version>(text).map_err(damaged)?.version;
        if found > u64::from(VERSION) {
            return Err(RecordsError::Newer { record: "inventory", found, known: VERSION });
        }
        let inventory: Self = serde_json::from_str(text).map_err(damaged)?;
        HashKey::from_base64(&inventory.hash_key).map_err(|source| RecordsError::HashKey { source })?;
        Ok(inventory)
    }

    /// The inventory as text: one field a line, so that versions of it can be compared; ends with a newline.
    pub fn write(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("an inventory is plain JSON");
        text.push('\n');
        text
    }

    /// Whether it speaks of this stack, this cloud and this project's number.
    ///
    /// # Errors
    /// `OtherStack`, `OtherCloud` or `OtherProject`.
    pub fn belongs_to(&self, stack: &str, cloud: &CloudKey, project: &ProjectFacts) -> Result<(), RecordsError> {
        if self.stack != stack {
            return Err(RecordsError::OtherStack { found: self.stack.clone(), wanted: stack.to_owned() });
        }
        if self.cloud != *cloud {
            return Err(RecordsError::OtherCloud { found: self.cloud.clone(), wanted: cloud.clone() });
        }
        let same = match (&self.project.number, &project.number) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self.project.id == project.id,
        };
        if same {
            Ok(())
        } else {
            Err(RecordsError::OtherProject { found: self.project.clone(), wanted: project.clone() })
        }
    }

    /// The key of its hashes.
    ///
    /// # Errors
    /// The text in `hashKey` is none; [`Inventory::read`] has refused that before.
    pub fn key(&self) -> Result<HashKey, HashKeyError> {
        HashKey::from_base64(&self.hash_key)
    }
}

/// A line of the journal.
#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    event: &'a JournalEvent,
}

impl JournalEvent {
    /// The event as one line, newline included.
    pub fn to_line(&self) -> String {
        let mut text =
            serde_json::to_string(&Line { version: JOURNAL_VERSION, event: self }).expect("an event is plain JSON");
        text.push('\n');
        text
    }
}

/// What was read of a journal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JournalText {
    pub journal: Journal,
    /// Bytes at the end that are no whole event: a write that was cut off. What it would have said was not synced,
    /// so its request was not sent; whoever goes on writing cuts the text to `len - torn` first.
    pub torn: usize,
}

impl Journal {
    /// Reads lines that [`JournalEvent::to_line`] wrote; a torn last line is dropped.
    ///
    /// # Errors
    /// `JournalDamaged`: a line before the last is none; `Newer`; `JournalIllegal`: the events contradict each other.
    pub fn read(text: &str) -> Result<JournalText, RecordsError> {
        let mut journal = Self::default();
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let whole = line.ends_with('\n');
            if line.trim().is_empty() {
                continue;
            }
            match parse_line(line, number + 1) {
                Ok(event) if whole => {
                    journal.push(event).map_err(|source| RecordsError::JournalIllegal { line: number + 1, source })?
                }
                Err(error @ RecordsError::Newer { .. }) => return Err(error),
                Err(error) if whole => return Err(error),
                _ => return Ok(JournalText { journal, torn: line.len() }),
            }
        }
        Ok(JournalText { journal, torn: 0 })
    }
}

fn parse_line(line: &str, number: usize) -> Result<JournalEvent, RecordsError> {
    #[derive(Deserialize)]
    struct Read {
        version: u64,
        event: Json,
    }
    let damaged = |source| RecordsError::JournalDamaged { line: number, source };
    let read: Read = serde_json::from_str(line).map_err(damaged)?;
    if read.version > u64::from(JOURNAL_VERSION) {
        return Err(RecordsError::Newer { record: "journal", found: read.version, known: JOURNAL_VERSION });
    }
    serde_json::from_value(read.event).map_err(damaged)
}

#[cfg(test)]
mod tests;
