//! The door to where records live.

use std::future::Future;
use std::pin::Pin;

use super::owner::Owner;
use crate::gcp::CallError;
use crate::gcp::explain;
use crate::model::Diagnostic;
use crate::records::{Inventory, Journal, JournalEvent, RecordsError};

/// A future in a box, so that stores can be trait objects.
pub type Storing<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loaded {
    /// Absent: nothing was ever applied, or the inventory is elsewhere.
    pub inventory: Option<Inventory>,
    /// What happened since the inventory was written.
    pub journal: Journal,
}

/// The records of one stack in one cloud.
///
/// Reading needs no lock; whoever writes holds it. Nothing durable happens when a store is dropped.
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Reads everything. Idempotent.
    fn load(&self) -> Storing<'_, Loaded>;

    /// Writes events at the end of the journal; they are durable when this returns.
    ///
    /// Not cancel-safe: of a dropped call any number of events may have been written.
    fn append<'a>(&'a self, events: &'a [JournalEvent]) -> Storing<'a, ()>;

    /// Writes the inventory, then empties the journal. Between the two both are there, and [`super::replay`] of the
    /// journal changes nothing.
    fn checkpoint<'a>(&'a self, inventory: &'a Inventory) -> Storing<'a, ()>;

    /// Takes the lock.
    ///
    /// # Errors
    /// [`StoreError::Locked`], with the owner's text.
    fn lock<'a>(&'a self, owner: &'a Owner) -> Storing<'a, ()>;

    /// Gives the lock back. Idempotent.
    fn release(&self) -> Storing<'_, ()>;

    /// Who holds the lock, this process included.
    fn owner(&self) -> Storing<'_, Option<Owner>>;

    /// Takes the lock away from whoever holds it, and says who did.
    fn break_lock(&self) -> Storing<'_, Option<Owner>>;

    /// Where it is, for people.
    fn place(&self) -> String;

    /// The bucket that has to be made before anything can be written; absent where nothing has.
    fn missing_bucket(&self) -> Storing<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }
}

/// Why records cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or a folder cannot be read.
    #[error("cannot read `{path}`")]
    Unreadable {
        path: String,
        #[source]
        source: std::io::Error,
    },
    /// A file or a folder cannot be written.
    #[error("cannot write `{path}`")]
    Unwritable {
        path: String,
        #[source]
        source: std::io::Error,
    },
    /// What is there are no records that this run can use.
    #[error("cannot use the records in `{place}`")]
    Records {
        place: String,
        #[source]
        source: RecordsError,
    },
    /// Somebody else works with the stack.
    #[error("`{place}` is locked by {}", owner.as_ref().map_or_else(|| "somebody".to_owned(), Owner::to_string))]
    Locked { place: String, owner: Option<Owner> },
    /// Somebody else wrote since this run read.
    #[error("`{place}` was changed by somebody else during this run")]
    Changed { place: String },
    /// A request to the bucket failed.
    #[error("cannot reach `{place}`")]
    Call {
        place: String,
        #[source]
        source: CallError,
    },
    /// There is no such bucket.
    #[error("there is no bucket `{bucket}`")]
    NoBucket { bucket: String },
    /// The name of the bucket is another project's, and its objects may not be read.
    #[error("the bucket `{bucket}` is somebody else's, or you may not read it")]
    BucketTaken {
        bucket: String,
        #[source]
        source: CallError,
    },
    /// The process was told to stop (tests: the kill point is reached).
    #[error("stopped")]
    Stopped,
}

impl StoreError {
    /// What happened and the way out.
    pub fn diagnostic(&self) -> Diagnostic {
        let found = Diagnostic::error(self.code(), explain::chain(self));
        match self {
            Self::Unreadable { path, .. } => found.hint(format!("check the rights on `{path}`")),
            Self::Unwritable { path, .. } => found.hint(format!(
                "make `{path}` writable (rights, space, a read-only mount), or keep the records in a bucket with \
                 `state: gs://BUCKET/PREFIX`"
            )),
            Self::Records { source, .. } => found.hint(source.hint()),
            Self::Locked { .. } => found.hint("wait until it is done; if that run is dead, run `stackctl unlock`"),
            Self::Changed { .. } => {
                found.hint("run the command again: it reads the records and the cloud anew before it goes on")
            }
            Self::Call { source, .. } => match explain::call(source).hint {
                Some(hint) => found.hint(hint),
                None => found,
            },
            Self::BucketTaken { .. } => found.hint(
                "names of buckets are the whole world's: choose another one in `state:`, or ask for \
                 `roles/storage.objectAdmin` on it",
            ),
            Self::NoBucket { bucket } => found.hint(format!(
                "`stackctl apply --yes` makes it; by hand: `gcloud storage buckets create gs://{bucket} --uniform-bucket-level-access`, then \
                 `gcloud storage buckets update gs://{bucket} --versioning`"
            )),
            Self::Stopped => found,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "state-unreadable",
            Self::Unwritable { .. } => "state-unwritable",
            Self::Records { .. } => "records-unusable",
            Self::Locked { .. } => "locked",
            Self::Changed { .. } => "records-changed",
            Self::Call { .. } => "state-unreachable",
            Self::NoBucket { .. } => "no-bucket",
            Self::BucketTaken { .. } => "bucket-taken",
            Self::Stopped => "stopped",
        }
    }
}
