//! Where records live: a folder beside the stack file, or a bucket; and the lock on them.
//!
//! A [`Store`] holds the records of one stack in one cloud. The journal is written before and after each change; the
//! inventory itself only at a checkpoint, for which the journal says what has happened since ([`replay`]).

pub mod gcs;
pub mod home;
pub mod local;
pub mod memory;
pub mod owner;
pub mod replay;
pub mod store;

pub use home::{Home, HomeError, open};
pub use memory::Memory;
pub use owner::Owner;
pub use replay::replay;
pub use store::{Loaded, Store, StoreError, Storing};
