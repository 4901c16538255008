//! Readers of a run's events: live lines on a terminal, plain lines elsewhere, JSON lines for machines.

mod lines;
mod live;
mod remaining;

use std::io::{self, Write};

use super::look::Look;
use crate::model::event::{Event, Happening};
use crate::model::{Action, Severity};
pub use remaining::Remaining;

/// Something that shows events as they come.
pub trait EventReader: Send {
    /// Shows one event. What cannot be written is lost: a run goes on without its reader.
    fn read(&mut self, event: &Event);
}

/// Live lines: one per running step, done ones scroll up, an overall bar with the time left.
pub fn live(look: Look, remaining: Remaining) -> Box<dyn EventReader> {
    Box::new(live::Live::new(look, remaining))
}

/// A line when a step begins and ends, and whenever what it waits for changes.
pub fn lines(look: Look) -> Box<dyn EventReader> {
    Box::new(lines::Lines::new(look, io::stderr()))
}

/// One JSON object a line on standard output; `schemas/event.schema.json` describes it.
pub fn json_lines() -> Box<dyn EventReader> {
    Box::new(JsonLines)
}

/// Shows nothing but failures.
pub fn quiet(look: Look) -> Box<dyn EventReader> {
    Box::new(Quiet(look))
}

#[derive(Debug)]
struct JsonLines;

impl EventReader for JsonLines {
    fn read(&mut self, event: &Event) {
        if let Ok(line) = serde_json::to_string(event) {
            let mut out = io::stdout().lock();
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        }
    }
}

#[derive(Debug)]
struct Quiet(Look);

impl EventReader for Quiet {
    fn read(&mut self, event: &Event) {
        if let Happening::StepFailed { .. } | Happening::StepHeld { .. } = event.what
            && let Some(line) = lines::line(event, self.0)
        {
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
    }
}

/// `creating`, for what runs.
fn doing(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "updating",
        Action::Replace => "replacing",
        Action::Delete => "deleting",
        Action::Adopt => "adopting",
        Action::Forget => "forgetting",
        Action::None => "reading",
    }
}

/// `created`, for what is done.
pub(super) fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Replace => "replaced",
        Action::Delete => "deleted",
        Action::Adopt => "adopted",
        Action::Forget => "forgotten",
        Action::None => "read",
    }
}

/// Whether a note is worth a line while other things scroll by.
fn is_loud(severity: Severity) -> bool {
    severity >= Severity::Warning
}
