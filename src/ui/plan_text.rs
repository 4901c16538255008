//! The plan as a person reads it: like a good diff.

use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

use super::look::{Look, Tone, wrap};
use super::{time, value};
use crate::model::{Action, Address, Doc, DocPath, Segment};
use crate::plan::{Change, Consent, Effect, Foreign, Origin, Plan, Planned, Purpose};

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
        return format!("{}\n{}", unchanged(plan), set_by_others(plan, look));
    }
    let mut out = String::new();
    if !plan.enable_apis.is_empty() {
        let line = format!("enable {}", plan.enable_apis.join(", "));
        let text = wrap(&line, look.width, 2, "    ");
        let _ = writeln!(out, "{} {text}\n", look.paint(Tone::Create, "+"));
    }
    for planned in in_order(plan).filter(|p| detail == Detail::Everything || !p.is_nothing()) {
        resource(&mut out, planned, look, detail);
    }
    out.push_str(&set_by_others(plan, look));
    out.push_str(&summary(plan, look));
    out
}

/// What others set on our resources, where it was asked for.
fn set_by_others(plan: &Plan, look: Look) -> String {
    let mut out = String::new();
    for planned in plan.resources.iter().filter(|planned| !planned.set_by_others.is_empty()) {
        let _ = writeln!(out, "  {}", look.paint(Tone::Bold, &planned.address.to_string()));
        for foreign in &planned.set_by_others {
            let _ = writeln!(out, "    {}", foreign_words(foreign));
        }
    }
    if out.is_empty() {
        return out;
    }
    let hint = "`lifecycle: {strict: [FIELD]}` on an entry makes what others set below that field drift, and apply \
                removes it.";
    let end = if plan.is_empty() { "" } else { "\n" };
    format!("Set by others, and left alone:\n{out}{}\n{end}", wrap(hint, look.width, 0, ""))
}

/// `labels.team: "web"`; of a member only its path.
pub fn foreign_words(foreign: &Foreign) -> String {
    match &foreign.value {
        Doc::Bool(true) => foreign.path.to_string(),
        value => format!("{}: {}", foreign.path, value::inline(value)),
    }
}

/// The resources in the order in which things happen: what is taken down goes before what it stands on.
pub fn in_order(plan: &Plan) -> impl Iterator<Item = &Planned> {
    let count = plan.resources.len();
    let reversed = plan.purpose == Purpose::Destroy;
    (0..count).map(move |at| &plan.resources[if reversed { count - 1 - at } else { at }])
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
    for member in planned.removed.iter().filter(|_| planned.action == Action::Delete).filter_map(member) {
        let _ = writeln!(out, "    {}", look.paint(Tone::Delete, &format!("- {member}")));
    }
    if fields.len() > shown {
        let more = fields.len() - shown;
        let noun = if more == 1 { "field" } else { "fields" };
        line(out, look, Tone::Dim, &format!("and {more} more {noun} (`-v` shows all)"));
    }
    for consequence in &planned.consequences {
        line(out, look, Tone::Warning, consequence);
    }
    for need in &planned.needs {
        line(out, look, Tone::Error, &consent(*need, &planned.address));
    }
    out.push('\n');
}

/// A member of a shared set that comes or goes: the set, and the member as people write it.
fn changed_member(change: &Change) -> Option<(String, &'static str, Tone, String)> {
    let there = Some(Doc::Bool(true));
    let (sign, tone) = match (&change.before, &change.after) {
        (None, after) if *after == there => ("+", Tone::Create),
        (before, None) if *before == there => ("-", Tone::Delete),
        _ => return None,
    };
    let (last, set) = change.path.0.split_last()?;
    let is_set = matches!(set.first(), Some(Segment::Key(first)) if first == "iam" || first == "members");
    let Segment::Key(member) = last else { return None };
    is_set.then(|| (DocPath(set.to_vec()).to_string(), sign, tone, member.clone()))
}

/// `user:ann@example.com`, of the path of a member: a delete of a binding takes out only ours.
fn member(path: &DocPath) -> Option<&str> {
    match path.0.as_slice() {
        [Segment::Key(set), Segment::Key(member)] if set == "members" => Some(member),
        _ => None,
    }
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
    if let Some((set, sign, tone, member)) = changed_member(change) {
        let text = look.paint(tone, &format!("{sign} {member}"));
        let wide = 6 + console::measure_text_width(&set) + console::measure_text_width(&member) + 2 + marks.len();
        let gap = if wide <= look.width { " " } else { "\n      " };
        let _ = writeln!(out, "    {set}:{gap}{text}{}", look.paint(Tone::Dim, &marks));
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
    if change.after.is_none() && change.effect == Effect::Unmanaged {
        let _ = writeln!(out, "      {text}");
        return;
    }
    let lines = |doc: &Option<Doc>, indent: usize| match doc {
        Some(doc) => value::block(doc, look.width.saturating_sub(indent)),
        None => vec!["(not set)".to_owned()],
    };
    if action == Action::Create {
        lines(&change.after, 6).iter().for_each(|line| {
            let _ = writeln!(out, "      {line}");
        });
        return;
    }
    for (sign, tone, side) in [("-", Tone::Delete, &change.before), ("+", Tone::Create, &change.after)] {
        for line in lines(side, 8) {
            let _ = writeln!(out, "      {}", look.paint(tone, &format!("{sign} {line}")));
        }
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
        let noun = if plan.enable_apis.len() == 1 { "API" } else { "APIs" };
        parts.insert(0, format!("{} {noun} to enable", plan.enable_apis.len()));
    }
    if count(Action::None) > 0 {
        parts.push(format!("{} unchanged", count(Action::None)));
    }
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}
