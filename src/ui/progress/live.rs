//! Live lines on a terminal.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{EventReader, Remaining, doing, lines};
use crate::model::Address;
use crate::model::event::{Event, Happening};
use crate::ui::look::Look;
use crate::ui::time;

/// How often a line's elapsed time is drawn anew.
const TICK: Duration = Duration::from_millis(200);

/// One line per running step over a bar for all of them.
#[derive(Debug)]
pub struct Live {
    look: Look,
    screen: MultiProgress,
    overall: ProgressBar,
    running: BTreeMap<Address, ProgressBar>,
    remaining: Remaining,
}

impl Live {
    /// Draws on standard error.
    pub fn new(look: Look, remaining: Remaining) -> Self {
        let screen = MultiProgress::new();
        let overall = screen.add(ProgressBar::new(0).with_style(style("{bar:24} {pos}/{len} {msg}")));
        Self { look, screen, overall, running: BTreeMap::new(), remaining }
    }

    fn begin(&mut self, address: &Address, text: String) {
        let bar = self.screen.insert_before(&self.overall, ProgressBar::new_spinner());
        bar.set_style(style("{spinner} {prefix} {elapsed} {wide_msg}"));
        bar.set_prefix(text);
        bar.enable_steady_tick(TICK);
        self.running.insert(address.clone(), bar);
    }

    fn end(&mut self, address: &Address) {
        if let Some(bar) = self.running.remove(address) {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
        self.remaining.finish(address);
        self.overall.inc(1);
    }

    fn follow(&mut self, event: &Event) {
        match &event.what {
            Happening::RunStarted { steps, .. } => self.overall.set_length(*steps as u64),
            Happening::StepStarted { address, action, usual_ms } => {
                self.remaining.start(address, event.at_ms);
                let usual =
                    if *usual_ms > 0 { format!(", usually {}", time::estimate(*usual_ms)) } else { String::new() };
                self.begin(address, format!("{address} {}{usual};", doing(*action)));
            }
            Happening::StepWaiting { address, message } | Happening::StepRetrying { address, message, .. } => {
                if let Some(bar) = self.running.get(address) {
                    bar.set_message(message.clone());
                }
            }
            Happening::StepDone { address, .. }
            | Happening::StepFailed { address, .. }
            | Happening::StepHeld { address, .. }
            | Happening::StepSkipped { address, .. } => self.end(address),
            Happening::RunFinished { .. } => self.overall.finish_and_clear(),
            Happening::Phase { .. } | Happening::Note { .. } => {}
        }
    }
}

impl EventReader for Live {
    fn read(&mut self, event: &Event) {
        self.follow(event);
        let silent = matches!(
            event.what,
            Happening::StepStarted { .. } | Happening::StepWaiting { .. } | Happening::StepRetrying { .. }
        );
        if !silent && let Some(line) = lines::line(event, self.look) {
            let _ = self.screen.println(line);
        }
        let left = self.remaining.left_ms(event.at_ms);
        if left > 0 {
            self.overall.set_message(format!("about {} left", time::estimate(left)));
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("templates of this file are well formed")
        .progress_chars("=> ")
        .tick_chars("|/-\\ ")
}
