//! Faults of an entry that can be known offline, each with its field and the way out.
//!
//! What is not known yet (`${…}`) is taken to be right.

mod containers;
mod network;
mod probes;
mod resources;
mod revisions;
mod secrets;
mod volumes;

use crate::kinds::{CheckInput, canonical};
use crate::model::{Diagnostic, Doc, DocPath};

/// Which of the three is checked, where their rules differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Service,
    WorkerPool,
    Job,
}

/// A container of an entry and where its fields stand.
struct Container<'a> {
    /// Its name: of the main one only if it has any.
    name: Option<&'a str>,
    doc: &'a Doc,
    at: DocPath,
    is_main: bool,
}

impl Container<'_> {
    /// The path of a field; the main container's list of containers to wait for has another name.
    fn field(&self, dotted: &str) -> DocPath {
        dotted.split('.').fold(self.at.clone(), |path, key| path.key(key))
    }

    fn waits_for(&self) -> &'static str {
        if self.is_main { "dependsOnContainers" } else { "dependsOn" }
    }
}

/// Checks a service.
pub(super) fn service(input: &CheckInput<'_>) -> Vec<Diagnostic> {
    let mut faults = common(input, Sort::Service);
    revisions::service(input, &mut faults);
    faults
}

/// Checks a worker pool.
pub(super) fn worker_pool(input: &CheckInput<'_>) -> Vec<Diagnostic> {
    let mut faults = common(input, Sort::WorkerPool);
    revisions::worker_pool(input, &mut faults);
    faults
}

/// Checks a job.
pub(super) fn job(input: &CheckInput<'_>) -> Vec<Diagnostic> {
    let mut faults = common(input, Sort::Job);
    revisions::job(input.doc, &mut faults);
    faults
}

fn common(input: &CheckInput<'_>, sort: Sort) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let containers = containers(input.doc);
    containers::check(&containers, sort, &mut faults);
    for container in &containers {
        probes::check(container, sort, &mut faults);
        resources::check(container, sort, &mut faults);
        secrets::check(container, sort, &mut faults);
    }
    resources::check_machine(input.doc, &containers, sort, &mut faults);
    volumes::check(input.doc, &containers, &mut faults);
    network::check(input.doc, &mut faults);
    revisions::stamps(input.doc, &mut faults);
    revisions::encryption(input.doc, &mut faults);
    faults
}

fn containers(doc: &Doc) -> Vec<Container<'_>> {
    let main =
        Container { name: doc.get("containerName").and_then(Doc::as_str), doc, at: DocPath::root(), is_main: true };
    let sidecars = doc.get("sidecars").and_then(Doc::as_map).into_iter().flatten().map(|(name, sidecar)| Container {
        name: Some(name.as_str()),
        doc: sidecar,
        at: DocPath::keys("sidecars").key(name.as_str()),
        is_main: false,
    });
    std::iter::once(main).chain(sidecars).collect()
}

/// A fault at a field.
fn fault(code: &str, field: DocPath, message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, message).field(field).hint(hint)
}

/// Something odd at a field.
fn warning(code: &str, field: DocPath, message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(code, message).field(field).hint(hint)
}

/// A whole number outside its range; `at` is asked only then.
fn out_of_range(
    doc: &Doc,
    dotted: &str,
    at: impl FnOnce() -> DocPath,
    low: i64,
    high: i64,
    faults: &mut Vec<Diagnostic>,
) {
    let Some(value) = doc.dig(dotted).and_then(Doc::as_i64) else { return };
    if !(low..=high).contains(&value) {
        let name = dotted.rsplit('.').next().unwrap_or(dotted);
        let message = format!("`{name}` is {value}; Google takes {low} to {high}");
        faults.push(Diagnostic::error("out-of-range", message).field(at()));
    }
}

/// The seconds of a duration.
fn seconds(text: &str) -> Option<f64> {
    canonical::duration(text)?.strip_suffix('s')?.parse().ok()
}

/// A DNS label, as Google wants names of containers, volumes and traffic tags.
fn is_label(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty()
        && name.len() <= 63
        && name.chars().all(is_allowed)
        && !name.starts_with('-')
        && !name.ends_with('-')
}
