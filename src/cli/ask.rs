//! Questions to a person. Without one, the answer is no.

use std::io::BufRead;

use crate::ui::Printer;
use crate::ui::printer::Interactive;

/// Longest answer that is read.
const LONGEST: usize = 4096;

/// Asks a yes-or-no question; anything but `y` or `yes` is no.
pub fn confirm(printer: &Printer, question: &str) -> bool {
    line(printer, &format!("{question} [y/N]")).is_some_and(|answer| matches!(answer.as_str(), "y" | "yes" | "Y"))
}

/// Asks for `word` to be typed.
pub fn typed(printer: &Printer, question: &str, word: &str) -> bool {
    line(printer, question).is_some_and(|answer| answer == word)
}

fn line(printer: &Printer, question: &str) -> Option<String> {
    if printer.interactive == Interactive::No {
        return None;
    }
    printer.complain(question);
    let mut answer = Vec::new();
    let mut input = std::io::Read::take(std::io::stdin().lock(), LONGEST as u64);
    input.read_until(b'\n', &mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).trim().to_owned())
}
