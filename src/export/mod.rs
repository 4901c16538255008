//! From live resources to a stack file: minimal (no field at its default, nothing that the server fills in), readable
//! (names as references), honest (what cannot or must not be written is said).
//!
//! The way: what was found ([`Found`]) → what people made ([`origin`]) → each an entry ([`entry`], [`minimal`]),
//! without what must not stand in a file ([`secrets`]) → keys for all of them ([`keys`]) → links and addresses back to
//! keys and expressions ([`names`], [`expressions`]) → text ([`yaml`]).
//!
//! The law: the file that comes out, planned against what was found, changes nothing. It holds because every decision
//! is one of leaving out what a plan does not compare, or of writing a value as what a plan makes of it.
//!
//! Pure: the engine reads, `cli` writes.

mod check;
mod compose;
pub mod entry;
mod expressions;
mod found;
mod keys;
mod members;
mod minimal;
mod names;
mod node;
pub mod origin;
mod place;
mod report;
mod secrets;
mod unmanaged;
mod yaml;

pub use check::{check, plan, read};
pub use compose::{Export, Scope, Wish, export};
pub use found::{Found, Resource};
pub use place::place_of;
pub use unmanaged::{Unmanaged, unmanaged};
