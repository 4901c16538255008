//! The only room that prints. Every view is a function from data to text; [`look::Look`] says how much colour and
//! width there is, [`printer::Printer`] where text goes.

pub mod diagnostics;
pub mod explain;
pub mod graph;
pub mod look;
pub mod markdown;
pub mod plan_json;
pub mod plan_text;
pub mod printer;
pub mod progress;
pub mod sarif;
pub mod table;
pub mod time;
pub mod value;

pub use look::Look;
pub use printer::Printer;
