//! Findings and drift as SARIF 2.1.0, for code hosts that show them at the line.

use serde_json::{Value as Json, json};

use super::diagnostics::Sources;
use super::progress::done;
use super::{plan_text, value};
use crate::model::{Action, Diagnostic, Severity, Span};
use crate::plan::{Origin, Plan, Planned};

/// The plan's findings, and a result for every resource that would change.
///
/// `spans` gives the place of an entry in the files, where it has one.
pub fn draw(plan: &Plan, sources: &Sources, spans: &dyn Fn(&Planned) -> Option<Span>) -> Json {
    let mut results: Vec<Json> = plan.findings.iter().map(|finding| from_diagnostic(finding, sources)).collect();
    for planned in plan.resources.iter().filter(|planned| !planned.is_nothing()) {
        results.push(from_resource(planned, spans(planned), sources));
    }
    for planned in &plan.resources {
        results.extend(set_by_others(planned, spans(planned), sources));
    }
    log(results)
}

/// Faults of a stack file alone.
pub fn faults(diagnostics: &[Diagnostic], sources: &Sources) -> Json {
    log(diagnostics.iter().map(|diagnostic| from_diagnostic(diagnostic, sources)).collect())
}

fn log(results: Vec<Json>) -> Json {
    let mut rules: Vec<&str> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    let rules: Vec<Json> = rules.into_iter().map(|id| json!({"id": id})).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "stackctl", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn from_diagnostic(diagnostic: &Diagnostic, sources: &Sources) -> Json {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut message = diagnostic.message.clone();
    for more in [&diagnostic.label, &diagnostic.hint].into_iter().flatten() {
        message.push_str(". ");
        message.push_str(more);
    }
    let address = diagnostic.address.as_ref().map(ToString::to_string);
    result(&diagnostic.code, level, &message, address, diagnostic.span, sources)
}

fn from_resource(planned: &Planned, span: Option<Span>, sources: &Sources) -> Json {
    let drift = planned.changes.iter().any(|change| change.origin == Origin::Drift);
    let fields: Vec<String> = planned
        .changes
        .iter()
        .map(|change| {
            let text = |doc: &Option<_>| doc.as_ref().map_or_else(|| "(not set)".to_owned(), value::inline);
            format!("{}: {} → {}", change.path, text(&change.before), text(&change.after))
        })
        .collect();
    let because = if fields.is_empty() { &planned.reasons } else { &fields };
    let because = if because.is_empty() { String::new() } else { format!(": {}", because.join("; ")) };
    let message = match planned.action {
        Action::Update | Action::Replace | Action::Adopt => {
            format!("`{}` would be {}{because}", planned.address, done(planned.action))
        }
        Action::None => format!("`{}` changes in the inventory alone", planned.address),
        action => format!("`{}` would be {}", planned.address, done(action)),
    };
    let rule = if drift { "drift" } else { "change" };
    result(rule, "warning", &message, Some(planned.address.to_string()), span, sources)
}

fn set_by_others(planned: &Planned, span: Option<Span>, sources: &Sources) -> Option<Json> {
    let words: Vec<String> = planned.set_by_others.iter().map(plan_text::foreign_words).collect();
    let message = format!("set by others on `{}`, and left alone: {}", planned.address, words.join("; "));
    let address = Some(planned.address.to_string());
    (!words.is_empty()).then(|| result("set-by-others", "note", &message, address, span, sources))
}

fn result(
    rule: &str,
    level: &str,
    message: &str,
    address: Option<String>,
    span: Option<Span>,
    sources: &Sources,
) -> Json {
    let mut location = json!({});
    if let Some((path, _)) = span.and_then(|span| sources.files.get(usize::from(span.source.0))) {
        let span = span.expect("the file was found by it");
        location["physicalLocation"] = json!({"artifactLocation": {"uri": path}});
        if span.line > 0 {
            location["physicalLocation"]["region"] = json!({"startLine": span.line, "startColumn": span.column});
        }
    }
    if let Some(address) = address {
        location["logicalLocations"] = json!([{"fullyQualifiedName": address}]);
    }
    let locations = if location == json!({}) { json!([]) } else { json!([location]) };
    json!({"ruleId": rule, "level": level, "message": {"text": message}, "locations": locations})
}
