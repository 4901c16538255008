//! Draws diagnostics: message, the faulty line with its marker, the way out.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::look::{Colour, Look, Tone, wrap};
use crate::model::{Address, Diagnostic, Severity, Span};

/// A longer line is cut around its marker.
const LONGEST_LINE: usize = 400;

/// The texts that spans point into, and the stretches of them that may not be shown.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Name and text by `SourceId`.
    pub files: Vec<(String, String)>,
    /// Literals that look like secrets: drawn as `*`.
    pub secrets: Vec<Span>,
}

/// All diagnostics, the worst last so that it stands above the prompt; a count of errors at the end.
pub fn draw(diagnostics: &[Diagnostic], sources: &Sources, look: Look) -> String {
    let mut sorted = joined(diagnostics);
    sorted.sort_by_key(|diagnostic| diagnostic.severity);
    let mut out: String = sorted.iter().map(|diagnostic| one(diagnostic, sources, look) + "\n").collect();
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    if errors > 1 {
        out.push_str(&format!("{}\n", look.paint(Tone::Error, &format!("{errors} errors"))));
    }
    out
}

/// So many warnings of one sort are said one by one; more are joined.
const FEW: usize = 2;
/// So many addresses of joined warnings are named.
const NAMED: usize = 3;

/// Warnings and notes of one sort about many resources as one: the first, and the addresses of the others. Errors stay
/// as they are: each must be mended where it stands.
pub fn joined(diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
    let is_joined = |finding: &Diagnostic| {
        finding.severity != Severity::Error && finding.address.is_some() && finding.field.is_some()
    };
    let same = |a: &Diagnostic, b: &Diagnostic| {
        is_joined(b) && (a.severity, &a.code, &a.field) == (b.severity, &b.code, &b.field)
    };
    let mut out = Vec::with_capacity(diagnostics.len());
    for (at, finding) in diagnostics.iter().enumerate() {
        if !is_joined(finding) {
            out.push(finding.clone());
            continue;
        }
        let alike: Vec<&Diagnostic> = diagnostics.iter().filter(|other| same(finding, other)).collect();
        if alike.len() <= FEW {
            out.push(finding.clone());
        } else if !diagnostics[..at].iter().any(|before| same(finding, before)) {
            out.push(with_others(finding, &alike[1..]));
        }
    }
    out
}

fn with_others(first: &Diagnostic, others: &[&Diagnostic]) -> Diagnostic {
    let names: Vec<String> =
        others.iter().filter_map(|other| other.address.as_ref()).map(|address| format!("`{address}`")).collect();
    let more = names.len().saturating_sub(NAMED);
    let names = match more {
        0 => names.join(", "),
        1 => format!("{} and 1 more", names[..NAMED].join(", ")),
        more => format!("{} and {more} more", names[..NAMED].join(", ")),
    };
    let line = format!("the same holds of {names}");
    Diagnostic { message: format!("{}\n{line}", first.message), ..first.clone() }
}

/// One diagnostic.
pub fn one(diagnostic: &Diagnostic, sources: &Sources, look: Look) -> String {
    let text = match diagnostic.span.filter(|span| sources.files.get(usize::from(span.source.0)).is_some()) {
        Some(span) => drawn(diagnostic, span, sources, look),
        None => plain(diagnostic, look),
    };
    match &diagnostic.hint {
        Some(hint) => format!("{}\n{}", text.trim_end(), hint_line(hint, look)),
        None => text,
    }
}

/// `hint: …`, wrapped; a hint of several lines (a text to paste) keeps them.
pub fn hint_line(hint: &str, look: Look) -> String {
    let head = look.paint(Tone::Note, "hint:");
    let body = if hint.contains('\n') {
        hint.trim_end().replace('\n', "\n      ")
    } else {
        wrap(hint, look.width, 6, "      ")
    };
    format!("{head} {body}\n")
}

fn words(severity: Severity) -> (&'static str, Tone) {
    match severity {
        Severity::Error => ("error", Tone::Error),
        Severity::Warning => ("warning", Tone::Warning),
        Severity::Note => ("note", Tone::Note),
    }
}

fn plain(diagnostic: &Diagnostic, look: Look) -> String {
    let (word, tone) = words(diagnostic.severity);
    let mut lines = diagnostic.message.lines();
    let is_unnamed = |address: &&Address| !diagnostic.message.starts_with(&format!("`{address}`"));
    let subject = diagnostic.address.as_ref().filter(is_unnamed);
    let subject = subject.map(|address| format!("{address}: ")).unwrap_or_default();
    let first = format!("{subject}{}", lines.next().unwrap_or_default());
    let mut out =
        format!("{} {}\n", look.paint(tone, &format!("{word}:")), wrap(&first, look.width, word.len() + 2, "       "));
    for line in lines {
        out.push_str(&format!("       {}\n", wrap(line, look.width, 7, "       ")));
    }
    if let Some(label) = &diagnostic.label {
        out.push_str(&format!("       {}\n", wrap(label, look.width, 7, "       ")));
    }
    out
}

fn drawn(diagnostic: &Diagnostic, span: Span, sources: &Sources, look: Look) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let (word, _) = words(diagnostic.severity);
    // The renderer puts further lines of a title under the first one, behind the word.
    let width = look.width.saturating_sub(word.len() + 2);
    let lines: Vec<String> = diagnostic.message.lines().map(|line| wrap(line, width, 0, "")).collect();
    let title = lines.join("\n");
    let mut group: Group<'_> = level.primary_title(title.as_str()).elements(Vec::<Origin<'_>>::new());
    group = with_line(group, span, diagnostic.label.as_deref(), AnnotationKind::Primary, sources);
    for (place, words) in &diagnostic.related {
        group = with_line(group, *place, Some(words), AnnotationKind::Context, sources);
    }
    let renderer = match look.colour {
        Colour::Ansi => Renderer::styled(),
        Colour::Plain => Renderer::plain(),
    };
    renderer.term_width(look.width).decor_style(DecorStyle::Ascii).render(&[group]) + "\n"
}

/// Adds the line of a span, and the marker under it.
fn with_line<'a>(
    group: Group<'a>,
    span: Span,
    label: Option<&'a str>,
    kind: AnnotationKind,
    sources: &'a Sources,
) -> Group<'a> {
    let Some((path, text)) = sources.files.get(usize::from(span.source.0)) else { return group };
    if span.line == 0 {
        return group.element(Origin::path(path.as_str()));
    }
    let (line, marked) = line_of(text, span, &sources.secrets);
    let annotation = kind.span(marked).label(label);
    group.element(
        Snippet::source(line).path(path.as_str()).line_start(span.line as usize).fold(false).annotation(annotation),
    )
}

/// The span's first line with secrets masked, and the marked bytes in it.
fn line_of(text: &str, span: Span, secrets: &[Span]) -> (String, std::ops::Range<usize>) {
    let at = floor(text, span.start as usize);
    let begin = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[begin..].find('\n').map_or(text.len(), |length| begin + length);
    let stop = floor(text, span.end as usize).clamp(at, end);
    let mut line = text[begin..end].to_owned();
    for secret in secrets.iter().filter(|secret| secret.source == span.source) {
        mask(&mut line, begin, *secret);
    }
    let mut marked = at - begin..stop.max(at) - begin;
    if line.len() > LONGEST_LINE {
        let from = floor(&line, marked.start.saturating_sub(LONGEST_LINE / 4));
        let to = floor(&line, (from + LONGEST_LINE).min(line.len()));
        line = line[from..to].to_owned();
        marked = marked.start - from..marked.end.min(to).max(marked.start) - from;
    }
    (line, marked)
}

fn mask(line: &mut String, begin: usize, secret: Span) {
    let from = (secret.start as usize).max(begin) - begin;
    let to = (secret.end as usize).saturating_sub(begin).min(line.len());
    if from < to && line.is_char_boundary(from) && line.is_char_boundary(to) {
        line.replace_range(from..to, &"*".repeat(to - from));
    }
}

fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceId;

    fn span(line: u32, start: u32, end: u32) -> Span {
        Span { source: SourceId(0), line, column: 1, start, end }
    }

    fn sources(text: &str) -> Sources {
        Sources { files: vec![("stack.yaml".into(), text.into())], secrets: Vec::new() }
    }

    #[test]
    fn the_line_its_marker_and_the_way_out_are_drawn() {
        let text = "networks:\n  n:\n    autoCreateSubnets: false\n";
        let fault = Diagnostic::error("unknown-field", "unknown field `autoCreateSubnets`")
            .at(span(3, 19, 36))
            .label("did you mean `autoCreateSubnetworks`?")
            .hint("`stackctl explain networks` lists the fields");
        insta::assert_snapshot!(draw(&[fault], &sources(text), Look::PLAIN), @r"
        error: unknown field `autoCreateSubnets`
         --> stack.yaml:3:5
          |
        3 |     autoCreateSubnets: false
          |     ^^^^^^^^^^^^^^^^^ did you mean `autoCreateSubnetworks`?
        hint: `stackctl explain networks` lists the fields
        ");
    }

    #[test]
    fn a_long_message_is_wrapped_above_its_line() {
        let words =
            "`subnetworks.s` cannot be replaced in one run: `services.web` uses it, and Google holds an address";
        let fault = Diagnostic::error("x", words).at(span(1, 0, 4));
        insta::assert_snapshot!(draw(&[fault], &sources("nets: {}\n"), Look::PLAIN), @r"
        error: `subnetworks.s` cannot be replaced in one run: `services.web` uses it,
               and Google holds an address
         --> stack.yaml:1:1
          |
        1 | nets: {}
          | ^^^^
        ");
    }

    #[test]
    fn many_warnings_of_one_sort_are_one() {
        let about = |key: &str, severity| Diagnostic {
            severity,
            ..Diagnostic::warning("no-login", "may not log in")
                .of(&Address::new("sqlUsers", key))
                .field(crate::model::DocPath::keys("user"))
        };
        let of = |keys: &[&str], severity| -> Vec<Diagnostic> { keys.iter().map(|key| about(key, severity)).collect() };
        let two = of(&["a", "b"], Severity::Warning);
        assert_eq!(joined(&two), two, "two are said one by one");
        let mut many = of(&["a", "b", "c", "d", "e"], Severity::Warning);
        many.insert(1, Diagnostic::warning("other", "another sort"));
        insta::assert_snapshot!(draw(&many, &Sources::default(), Look::PLAIN), @r"
        warning: sqlUsers.a: may not log in
               the same holds of `sqlUsers.b`, `sqlUsers.c`, `sqlUsers.d` and 1 more

        warning: another sort
        ");
        let errors = of(&["a", "b", "c"], Severity::Error);
        assert_eq!(joined(&errors), errors, "each error is mended where it stands");
    }

    #[test]
    fn a_secret_in_the_line_is_masked() {
        let text = "env: {API_KEY: hunter2}\n";
        let mut sources = sources(text);
        sources.secrets.push(span(1, 15, 22));
        let fault = Diagnostic::warning("secret-literal", "looks like a secret").at(span(1, 15, 22));
        let drawn = draw(&[fault], &sources, Look::PLAIN);
        assert!(drawn.contains("API_KEY: *******") && !drawn.contains("hunter2"), "{drawn}");
    }

    #[test]
    fn spans_that_do_not_fit_the_text_do_no_harm() {
        for (start, end) in [(0, 0), (5, 2), (900, 1000), (6, 7)] {
            let fault = Diagnostic::error("x", "m").at(span(1, start, end));
            assert!(draw(&[fault], &sources("é€\nab"), Look::PLAIN).contains("error"));
        }
    }
}
