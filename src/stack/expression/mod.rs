//! `${…}`: what stands in it, where it stands, and what is put in its place.
//!
//! `$${` is a literal `${`. A scalar that is one expression alone keeps the type of its value; in a longer text the
//! value stands as text.

mod cursor;
mod parse;
mod place;
pub mod resolve;
mod syntax;

pub use parse::parse;
pub use place::Placer;
pub use syntax::{EachPart, Expression, Fallback, Hole, Located, Piece};

/// Whether a scalar needs a look at all.
pub fn is_candidate(text: &str) -> bool {
    text.contains("${")
}
