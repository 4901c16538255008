//! YAML text into the positioned tree of `model::tree`, within written limits.
//!
//! The parser's events come from the YAML crate; tree, anchors, merge keys, duplicate keys and limits are ours, since
//! its serde layer loses positions and raw text. Of syntax faults the first is reported, of all others every one.

mod limit;
mod load;
mod merge_key;
mod syntax;
#[cfg(test)]
mod tests;

pub use limit::{LIMITS, Limits};
pub use load::load;

use crate::model::{Diagnostic, SourceId};
use crate::stack::source::span_in;

/// The text of a file.
///
/// # Errors
/// Too long, or no UTF-8: with the place of the first byte that is none.
pub fn decode(source: SourceId, bytes: &[u8]) -> Result<&str, Diagnostic> {
    if bytes.len() > LIMITS.bytes {
        return Err(limit::too_long(source, bytes.len()));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Diagnostic::error("invalid-utf8", "the file is UTF-16; a stack file is UTF-8")
            .at(span_in(source, bytes, 0, 2))
            .hint("save it as UTF-8"));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let start = error.valid_up_to();
        let byte = bytes[start];
        Diagnostic::error("invalid-utf8", format!("byte {start} (0x{byte:02X}) is not valid UTF-8"))
            .at(span_in(source, bytes, start, start + error.error_len().unwrap_or(1)))
            .label("not UTF-8 from here")
            .hint("save the file as UTF-8")
    })
}
