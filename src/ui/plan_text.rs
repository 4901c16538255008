//! The plan as a person reads it: like a good diff.

use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

use super::look::{Look, Tone, wrap};
use super::{time, value};
use crate::model::{Action, Address, Doc};
use crate::plan::{Change, Consent, Effect, Origin, Plan, Planned, Purpose};

/// Fields shown of a create; the rest is counted, unless everything is asked for.
const CREATE_FIELDS: usize = 12;
/// Unchanged lines around a changed one of a multi-line value.
const CONTEXT: usize = 2;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What changes.
    Changes,
    /// Every field of what is created, and what stays the same.
    Everything,
}

/// The whole plan, without its diagnostics.
pub fn draw(plan: &Plan, look: Look, detail: Detail) -> String {
    if plan.is_empty() {
        return format!("{}\n", unchanged(plan));
    }
    let mut out = String::new();
    if !plan.enable_apis.is_empty() {
        let line = format!("enable {}", plan.enable_apis.join(", "));
        let text = wrap(&line, look.width, 2, "    ");
        let _ = writeln!(out, "{} {text}\n", look.paint(Tone::Create, "+"));
    }
    for planned in plan.resources.iter().filter(|p| detail == Detail::Everything || !p.is_nothing()) {
        resource(&mut out, planned, look, detail);
    }
    out.push_str(&summary(plan, look));
    out
}

fn unchanged(plan: &Plan) -> String {
    let count = plan.resources.len();
    match (plan.purpose, count) {
        (Purpose::Destroy, _) => format!("Nothing to destroy: stack `{}` owns nothing in this project.", plan.stack),
        (Purpose::Apply, 1) => format!("No changes. The 1 resource of stack `{}` is as the file says.", plan.stack),
        (Purpose::Apply, _) => {
            format!("No changes. All {count} resources of stack `{}` are as the file says.", plan.stack)
        }
    }
}

/// Symbol, tone and word of an action.
pub fn symbol(action: Action) -> (&'static str, Tone, &'static str) {
    match action {
        Action::None => (" ", Tone::Dim, "unchanged"),
        Action::Create => ("+", Tone::Create, "create"),
        Action::Update => ("~", Tone::Update, "update"),
        Action::Replace => ("-/+", Tone::Replace, "replace"),
        Action::Delete => ("-", Tone::Delete, "delete"),
        Action::Adopt => ("<-", Tone::Adopt, "adopt"),
        Action::Forget => ("..", Tone::Dim, "forget"),
    }
}

fn resource(out: &mut String, planned: &Planned, look: Look, detail: Detail) {
    let (sign, tone, word) = symbol(planned.action);
    let name = planned.address.to_string();
    let _ = write!(out, "{} {}  {word}", look.paint(tone, sign), look.paint(Tone::Bold, &name));
    if planned.place.name() != &*planned.address.key && !planned.place.name().is_empty() {
        let _ = write!(out, " {}", look.paint(Tone::Dim, &format!("(`{}`)", planned.place.name())));
    }
    if planned.usual_ms > 0 && planned.action.changes_cloud() {
        let _ = write!(out, "  {}", look.paint(Tone::Dim, &format!("about {}", time::estimate(planned.usual_ms))));
    }
    out.push('\n');
    if let Some(from) = &planned.moved_from {
        line(out, look, Tone::Dim, &format!("moved from {from}"));
    }
    for reason in &planned.reasons {
        line(out, look, Tone::Dim, reason);
    }
    let fields = if planned.action == Action::Delete { &[][..] } else { &planned.changes[..] };
    let shown = if planned.action == Action::Create && detail == Detail::Changes { CREATE_FIELDS } else { usize::MAX };
    for change in fields.iter().take(shown) {
        field(out, planned.action, change, look);
    }
    if fields.len() > shown {
        line(out, look, Tone::Dim, &format!("and {} more fields (`-v` shows them)", fields.len() - shown));
    }
    for consequence in &planned.consequences {
        line(out, look, Tone::Warning, consequence);
    }
    for need in &planned.needs {
        line(out, look, Tone::Error, &consent(*need, &planned.address));
    }
    out.push('\n');
}

fn line(out: &mut String, look: Look, tone: Tone, text: &str) {
    for part in wrap(text, look.width, 4, "").lines() {
        let _ = writeln!(out, "    {}", look.paint(tone, part));
    }
}

/// What the user must say before this is carried out.
pub fn consent(need: Consent, address: &Address) -> String {
    match need {
        Consent::Adopt => format!("not ours yet: needs `--adopt {address}` (or `--adopt` for all)"),
        Consent::Replace => format!("loses what it holds: needs `--allow-replace {address}`"),
        Consent::DataLoss => format!("loses what it holds: needs `--allow-data-loss {address}`"),
        Consent::Protected => {
            "protected: `lifecycle.protect` stands in the file; take it out and apply before this can go".to_owned()
        }
    }
}

fn field(out: &mut String, action: Action, change: &Change, look: Look) {
    let marks = marks(change);
    if let (Some(before), Some(after)) = (change.before.as_ref(), change.after.as_ref())
        && let Some(diff) = line_diff(before, after, look)
    {
        let _ = writeln!(out, "    {}:{}\n{diff}", change.path, look.paint(Tone::Dim, &marks));
        return;
    }
    let value = |doc: &Option<Doc>| doc.as_ref().map_or_else(|| "(not set)".to_owned(), value::inline);
    let text = match (action, &change.before, &change.after) {
        (Action::Create, _, after) => value(after),
        (_, before, None) if change.effect == Effect::Unmanaged => format!("{} stays", value(before)),
        (_, before, after) => format!("{} → {}", value(before), value(after)),
    };
    let one_line = format!("    {}: {text}", change.path);
    if console::measure_text_width(&one_line) + marks.len() <= look.width {
        let _ = writeln!(out, "{one_line}{}", look.paint(Tone::Dim, &marks));
        return;
    }
    let _ = writeln!(out, "    {}:{}", change.path, look.paint(Tone::Dim, &marks));
    if action == Action::Create || change.after.is_none() && change.effect == Effect::Unmanaged {
        let _ = writeln!(out, "      {text}");
        return;
    }
    for (sign, tone, side) in [("-", Tone::Delete, &change.before), ("+", Tone::Create, &change.after)] {
        let _ = writeln!(out, "      {}", look.paint(tone, &format!("{sign} {}", value(side))));
    }
}

fn marks(change: &Change) -> String {
    let mut marks = Vec::new();
    if change.origin == Origin::Drift {
        marks.push("changed outside the file");
    }
    match change.effect {
        Effect::Replaces => marks.push("forces replacement"),
        Effect::Unmanaged => marks.push("no longer managed"),
        Effect::InPlace => {}
    }
    if marks.is_empty() { String::new() } else { format!("  ({})", marks.join(", ")) }
}

fn line_diff(before: &Doc, after: &Doc, look: Look) -> Option<String> {
    let (Doc::String(old), Doc::String(new)) = (before, after) else { return None };
    if value::lines(before).is_none() && value::lines(after).is_none() {
        return None;
    }
    let mut out = String::new();
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    for (position, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if position > 0 {
            out.push_str("      …\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, tone) = match change.tag() {
                ChangeTag::Delete => ("-", Tone::Delete),
                ChangeTag::Insert => ("+", Tone::Create),
                ChangeTag::Equal => (" ", Tone::Dim),
            };
            let text = change.value().trim_end_matches('\n');
            let _ = writeln!(out, "      {}", look.paint(tone, &format!("{sign} {text}")));
        }
    }
    out.pop();
    Some(out)
}

/// Counts by action, and the time it takes.
pub fn summary(plan: &Plan, look: Look) -> String {
    let mut out = format!("{}\n", look.paint(Tone::Bold, &format!("Plan: {}.", counts(plan))));
    if plan.estimate.total_ms > 0 {
        let chain: Vec<String> = plan.estimate.chain.iter().map(ToString::to_string).collect();
        let mut text = format!("Takes about {}", time::estimate(plan.estimate.total_ms));
        if !chain.is_empty() {
            let _ = write!(text, ", set by {}", chain.join(" → "));
        }
        let _ = writeln!(out, "{}", wrap(&text, look.width, 0, "  "));
    }
    out
}

/// `2 to create, 1 to delete, 5 unchanged`.
pub fn counts(plan: &Plan) -> String {
    let order = [Action::Create, Action::Update, Action::Replace, Action::Delete, Action::Adopt, Action::Forget];
    let count = |action| plan.resources.iter().filter(|planned| planned.action == action).count();
    let mut parts: Vec<String> = order
        .into_iter()
        .map(|action| (count(action), symbol(action).2))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} to {word}"))
        .collect();
    if !plan.enable_apis.is_empty() {
        parts.insert(0, format!("{} APIs to enable", plan.enable_apis.len()));
    }
    if count(Action::None) > 0 {
        parts.push(format!("{} unchanged", count(Action::None)));
    }
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}
