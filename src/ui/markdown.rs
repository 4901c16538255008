//! The plan as Markdown, for a comment on a pull request.

use std::fmt::Write;

use super::diagnostics::joined;
use super::look::Look;
use super::plan_text::{self, Detail};
use crate::model::Severity;
use crate::plan::{Plan, Planned};

/// A comment longer than this is refused by the usual code hosts; the diff is cut before.
const LONGEST: usize = 60_000;

/// Headline, findings, a table of what happens, and the diff folded away.
pub fn draw(plan: &Plan) -> String {
    let mut out = format!("### stackctl plan: `{}` in `{}`\n\n", plan.stack, plan.project.id);
    if plan.is_empty() {
        let _ = writeln!(out, "{}", plan_text::draw(plan, Look::PLAIN, Detail::Changes).trim_end());
        findings(&mut out, plan);
        return out;
    }
    let _ = writeln!(out, "**{}**\n", plan_text::counts(plan));
    findings(&mut out, plan);
    out.push_str("| | resource | action | |\n|---|---|---|---|\n");
    for planned in plan_text::in_order(plan).filter(|planned| !planned.is_nothing()) {
        let (sign, _, word) = plan_text::symbol(planned.action);
        let mut words = planned.consequences.clone();
        words.extend(planned.reasons.iter().cloned());
        words.extend(planned.needs.iter().map(|need| plan_text::consent(*need, &planned.address)));
        let _ = writeln!(out, "| `{sign}` | `{}` | {word} | {} |", planned.address, cell(&words.join("; ")));
    }
    let theirs: Vec<&Planned> = plan.resources.iter().filter(|planned| !planned.set_by_others.is_empty()).collect();
    if !theirs.is_empty() {
        let words = |planned: &&Planned| {
            let words: Vec<String> = planned.set_by_others.iter().map(plan_text::foreign_words).collect();
            format!("`{}`: {}", planned.address, cell(&words.join("; ")))
        };
        let lines: Vec<String> = theirs.iter().map(words).collect();
        let _ = writeln!(out, "\nSet by others, and left alone:\n\n* {}", lines.join("\n* "));
    }
    let body = plan_text::draw(plan, Look::PLAIN, Detail::Changes);
    let cut = body.char_indices().map(|(at, _)| at).take_while(|at| *at < LONGEST).last().unwrap_or(0);
    let shown = if body.len() > LONGEST { format!("{}\n… cut\n", &body[..cut]) } else { body };
    let fence = "`".repeat(longest_run_of_ticks(&shown).max(2) + 1);
    let _ = write!(out, "\n<details><summary>Changes</summary>\n\n{fence}diff\n{shown}{fence}\n\n</details>\n");
    out
}

fn findings(out: &mut String, plan: &Plan) {
    for finding in &joined(&plan.findings) {
        let word = match finding.severity {
            Severity::Error => "Error",
            Severity::Warning => "Warning",
            Severity::Note => "Note",
        };
        let about = finding.address.as_ref().map(|address| format!("`{address}`"));
        let about = about.filter(|about| !finding.message.starts_with(about.as_str()));
        let about = about.map(|about| format!(" {about}")).unwrap_or_default();
        let hint = finding.hint.as_ref().map(|hint| format!(" ({})", cell(hint))).unwrap_or_default();
        let _ = writeln!(out, "> **{word}**{about}: {}{hint}\n", cell(&finding.message));
    }
}

fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|").replace('<', "&lt;")
}

fn longest_run_of_ticks(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_break_the_table() {
        assert_eq!(cell("a|b\n<script>"), "a\\|b &lt;script>");
        assert_eq!(longest_run_of_ticks("a ``` b ` c"), 3);
    }
}
