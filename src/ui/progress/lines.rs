//! Plain lines: logs of pipelines, pipes, files.

use std::collections::BTreeMap;
use std::io::Write;

use super::{EventReader, doing, done, is_loud};
use crate::model::Address;
use crate::model::event::{Event, Happening};
use crate::ui::look::{Look, Tone, wrap};
use crate::ui::{diagnostics, time};

/// Writes a line an event, leaving out waits that say what was said before.
#[derive(Debug)]
pub struct Lines<W> {
    look: Look,
    out: W,
    waits: BTreeMap<Address, String>,
}

impl<W: Write + Send> Lines<W> {
    /// Lines on `out`.
    pub fn new(look: Look, out: W) -> Self {
        Self { look, out, waits: BTreeMap::new() }
    }
}

impl<W: Write + Send> EventReader for Lines<W> {
    fn read(&mut self, event: &Event) {
        if let Happening::StepWaiting { address, message } = &event.what
            && self.waits.insert(address.clone(), message.clone()).as_ref() == Some(message)
        {
            return;
        }
        if let Some(line) = line(event, self.look) {
            let _ = writeln!(self.out, "{line}");
        }
    }
}

/// An event as text; `None` for what needs none.
pub fn line(event: &Event, look: Look) -> Option<String> {
    Some(match &event.what {
        Happening::RunStarted { steps, estimate_ms } => {
            let steps = if *steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") };
            look.paint(Tone::Dim, &format!("{steps}, about {}", time::estimate(*estimate_ms)))
        }
        Happening::Phase { message } => look.paint(Tone::Dim, &wrap(message, look.width, 0, "  ")),
        Happening::StepStarted { address, action, usual_ms } => {
            let usual = if *usual_ms > 0 { format!(" (usually {})", time::estimate(*usual_ms)) } else { String::new() };
            format!("  {address}: {}{}", doing(*action), look.paint(Tone::Dim, &usual))
        }
        Happening::StepWaiting { address, message } => {
            let text = wrap(&format!("{address}: {message}"), look.width, 2, "    ");
            look.paint(Tone::Dim, &format!("  {text}"))
        }
        Happening::StepRetrying { address, message, delay_ms } => {
            let text = format!("{address}: {message}; tries again in {}", time::duration(*delay_ms));
            look.paint(Tone::Dim, &format!("  {}", wrap(&text, look.width, 2, "    ")))
        }
        Happening::StepDone { address, action, elapsed_ms } => {
            let after = look.paint(Tone::Dim, &format!(" after {}", time::duration(*elapsed_ms)));
            format!("{} {address}: {}{after}", look.paint(Tone::Create, "✓"), done(*action))
        }
        Happening::StepFailed { address, fault, .. } => {
            let text = diagnostics::one(fault, &diagnostics::Sources::default(), look);
            format!("{} {address}: failed\n{}", look.paint(Tone::Error, "✗"), text.trim_end())
        }
        Happening::StepSkipped { address, because, .. } => {
            look.paint(Tone::Dim, &format!("- {address}: skipped, it needs {because}"))
        }
        Happening::StepHeld { address, fault, .. } => {
            let text = diagnostics::one(fault, &diagnostics::Sources::default(), look);
            format!("{} {address}: held by Google\n{}", look.paint(Tone::Warning, "…"), text.trim_end())
        }
        Happening::Note { note } if is_loud(note.severity) => {
            diagnostics::one(note, &diagnostics::Sources::default(), look).trim_end().to_owned()
        }
        Happening::Note { .. } | Happening::RunFinished { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Diagnostic};

    #[test]
    fn a_wait_is_said_once() {
        let address = Address::new("networks", "n");
        let wait = Event {
            at_ms: 0,
            what: Happening::StepWaiting { address: address.clone(), message: "waits for `op`".into() },
        };
        let fail = Event {
            at_ms: 5,
            what: Happening::StepFailed {
                address,
                action: Action::Create,
                elapsed_ms: 5,
                fault: Diagnostic::error("x", "Google refuses").hint("ask somebody"),
            },
        };
        let mut out = Vec::new();
        {
            let mut lines = Lines::new(Look::PLAIN, &mut out);
            [&wait, &wait, &fail].into_iter().for_each(|event| lines.read(event));
        }
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "  networks.n: waits for `op`\n✗ networks.n: failed\nerror: Google refuses\nhint: ask somebody\n"
        );
    }
}
