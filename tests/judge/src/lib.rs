//! Holds every request to Google's discovery documents: method, path, parameters, field names, types, formats, enum
//! values, required fields, no output-only ones, field masks; and a whole record to what Google's pages say of
//! requests that belong together.
//!
//! Shares no code with the program: neither with the client that sends nor with the sandbox that answers. What it
//! judges are lines of a record: `{"method","host","path","query","headers","body","status","response"}`.

mod documents;
mod exchange;
mod format;
mod mask;
mod pages;
mod schema;
mod sequence;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

pub use documents::{Method, find, methods};
pub use exchange::Exchange;
pub use pages::PAGES;

/// What was found in a record.
#[derive(Debug, Default)]
pub struct Verdict {
    /// How many requests were judged.
    pub judged: usize,
    /// Everything that is wrong; empty: nothing.
    pub faults: Vec<String>,
    /// How often each of Google's methods was called: `compute.networks.insert`.
    pub methods: BTreeMap<String, usize>,
}

impl Verdict {
    /// Fails the test where something is wrong.
    ///
    /// # Panics
    /// Something is wrong.
    #[track_caller]
    pub fn expect_right(&self) {
        let count = self.faults.len();
        assert!(count == 0, "{count} faults by Google's discovery documents:\n{}", self.faults.join("\n"));
    }
}

/// Everything that is wrong with one request; empty: nothing.
pub fn faults(line: &Json) -> Vec<String> {
    let exchange = Exchange::of(line);
    if documents::is_outside(&exchange.host) {
        return Vec::new();
    }
    let (book, method) = match documents::find_in(&exchange) {
        Ok(found) => found,
        Err(fault) => return vec![format!("{exchange}: {fault}")],
    };
    let mut faults = schema::parameters(&exchange, book, method);
    faults.extend(schema::body(&exchange, book, method));
    faults.extend(mask::faults(&exchange, book, method));
    faults.extend(pages::faults(&exchange, method));
    faults.into_iter().map(|fault| format!("{exchange} ({}): {fault}", method.id)).collect()
}

/// Judges requests that were sent one after the other.
pub fn lines(lines: &[Json]) -> Verdict {
    let mut verdict = Verdict::default();
    for (at, line) in lines.iter().enumerate() {
        verdict.judged += 1;
        let mut found = faults(line);
        found.retain(|fault| !(pages::is_uncharged(fault) && sequence::was_refused_a_charge(&lines[..at], line)));
        verdict.faults.extend(found);
        if let Some(method) = find(line) {
            *verdict.methods.entry(method.id.clone()).or_default() += 1;
        }
    }
    verdict.faults.extend(sequence::faults(lines));
    verdict
}

/// The fields that a line's body sets and its answer shows, each as `Schema.field`.
pub fn fields(line: &Json) -> BTreeSet<String> {
    let exchange = Exchange::of(line);
    let Ok((book, method)) = documents::find_in(&exchange) else { return BTreeSet::new() };
    let sent = method.request().map(|schema| schema::fields(&exchange.body, schema, book));
    let shown = method.response().map(|schema| schema::fields(&exchange.response, schema, book));
    sent.into_iter().chain(shown).flatten().collect()
}
