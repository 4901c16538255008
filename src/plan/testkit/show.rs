//! Plans as text, for goldens.

use std::fmt::Write;

use crate::model::{Action, Doc};
use crate::plan::types::{Change, Effect, Origin, Plan, Planned};

/// A plan: one resource a paragraph, findings, the estimate.
pub fn show(plan: &Plan) -> String {
    let mut out = String::new();
    if !plan.enable_apis.is_empty() {
        let _ = writeln!(out, "enable {}", plan.enable_apis.join(" "));
    }
    for planned in &plan.resources {
        resource(&mut out, planned);
    }
    for (name, value) in &plan.outputs {
        let _ = writeln!(out, "output {name}: {}", text(value));
    }
    for finding in &plan.findings {
        let of = finding.address.as_ref().map_or(String::new(), |address| format!(" {address}"));
        let field = finding.field.as_ref().map_or(String::new(), |field| format!(" {field}"));
        let _ = writeln!(out, "{:?} [{}{of}{field}] {}", finding.severity, finding.code, finding.message);
        if let Some(hint) = &finding.hint {
            let _ = writeln!(out, "  hint: {hint}");
        }
    }
    let chain: Vec<String> = plan.estimate.chain.iter().map(ToString::to_string).collect();
    if plan.estimate.total_ms > 0 {
        let _ = writeln!(out, "{} s: {}", plan.estimate.total_ms / 1000, chain.join(" > "));
    }
    out
}

fn resource(out: &mut String, planned: &Planned) {
    let sign = match planned.action {
        Action::None => "=",
        Action::Create => "+",
        Action::Update => "~",
        Action::Replace => "-/+",
        Action::Delete => "-",
        Action::Adopt => "<-",
        Action::Forget => "..",
    };
    let _ = write!(out, "{sign} {}", planned.address);
    let mut mark = |word: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(out, " {word} {value}");
        }
    };
    mark("from", planned.moved_from.as_ref().map(ToString::to_string));
    mark("with", planned.goes_with.as_ref().map(ToString::to_string));
    mark("not at", planned.former.as_ref().map(|former| former.full_name.clone()));
    mark("after", list(&planned.after));
    mark("freed by", list(&planned.freed_by));
    mark("releases", list(&planned.releases));
    mark("deferred", list(&planned.deferred));
    mark("before us", list(&planned.members_before));
    mark("needs", (!planned.needs.is_empty()).then(|| format!("{:?}", planned.needs)));
    out.push('\n');
    for reason in &planned.reasons {
        let _ = writeln!(out, "    ({reason})");
    }
    for change in &planned.changes {
        let _ = writeln!(out, "    {}", line(planned, change));
    }
    for foreign in &planned.set_by_others {
        let _ = writeln!(out, "    theirs {}: {}", foreign.path, text(&foreign.value));
    }
    for consequence in &planned.consequences {
        let _ = writeln!(out, "    ! {consequence}");
    }
}

fn list<T: ToString>(values: &[T]) -> Option<String> {
    (!values.is_empty()).then(|| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

fn line(planned: &Planned, change: &Change) -> String {
    let side = |doc: &Option<Doc>| doc.as_ref().map_or("-".to_owned(), text);
    let mut line = match planned.action {
        Action::Create => format!("{}: {}", change.path, side(&change.after)),
        _ => format!("{}: {} → {}", change.path, side(&change.before), side(&change.after)),
    };
    if change.origin == Origin::Drift {
        line.push_str(" [drift]");
    }
    match change.effect {
        Effect::InPlace => {}
        Effect::Replaces => line.push_str(" [replaces]"),
        Effect::Unmanaged => line.push_str(" [unmanaged]"),
    }
    line
}

fn text(doc: &Doc) -> String {
    match doc {
        Doc::Sensitive(_) => "‹redacted›".to_owned(),
        Doc::Unknown(template) => format!("?{template}"),
        Doc::List(list) => format!("[{}]", list.iter().map(text).collect::<Vec<_>>().join(", ")),
        doc => doc.to_json().map_or_else(|_| "?".to_owned(), |json| json.to_string()),
    }
}
