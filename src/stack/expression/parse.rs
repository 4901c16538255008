//! The text of a scalar into pieces.

use std::ops::Range;

use super::cursor::Cursor;
use super::syntax::{EachPart, Expression, Fallback, Fault, Hole, Located, Piece};
use crate::model::suggest;

/// Roots that are no sections.
const ROOTS: [&str; 7] = ["env", "var", "each", "self", "project", "region", "file"];

/// How deep defaults may hold expressions.
const DEEPEST: usize = 8;

/// The pieces of a scalar's text; faulty expressions are left out and reported.
pub fn parse(text: &str) -> (Vec<Piece>, Vec<Fault>) {
    let mut faults = Vec::new();
    let pieces = pieces(text, 0..text.len(), 0, &mut faults);
    (pieces, faults)
}

fn pieces(text: &str, range: Range<usize>, depth: usize, faults: &mut Vec<Fault>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut at = range.start;
    while at < range.end {
        let rest = &text[at..range.end];
        let Some(dollar) = rest.find('$') else {
            literal.push_str(rest);
            break;
        };
        literal.push_str(&rest[..dollar]);
        at += dollar;
        let rest = &text[at..range.end];
        if rest.starts_with("$${") {
            literal.push_str("${");
            at += 3;
        } else if rest.starts_with("${") {
            let Some(end) = closing(text, at + 2, range.end) else {
                faults.push(unclosed(text, at, range.end));
                break;
            };
            match hole(text, at, end, depth, faults) {
                Ok(expression) => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Hole(Hole { expression, range: at..end + 1 }));
                }
                Err(fault) => faults.push(fault),
            }
            at = end + 1;
        } else {
            literal.push('$');
            at += 1;
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    pieces
}

/// Where the `}` stands that closes an expression whose content begins at `from`.
fn closing(text: &str, from: usize, end: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0;
    let mut quoted = false;
    let mut at = from;
    while at < end {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' if depth == 0 && in_brackets(&text[from..at]) => quoted = !quoted,
            b'$' if !quoted && bytes.get(at + 1) == Some(&b'{') => {
                depth += 1;
                at += 1;
            }
            b'}' if !quoted && depth == 0 => return Some(at),
            b'}' if !quoted => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Quotes count inside `[…]` and `file(…)` alone: the words of a default or a message are free.
fn in_brackets(before: &str) -> bool {
    !before.contains(":-") && !before.contains(":?")
}

fn unclosed(text: &str, at: usize, end: usize) -> Fault {
    Fault {
        range: at..end,
        message: format!("`{}` is never closed", shortened(&text[at..end])),
        label: Some("a `}` is missing".to_owned()),
        hint: Some("quote the value if it holds ` #` or `: `; write `$${` for a literal `${`".to_owned()),
    }
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > 40 { line.chars().take(40).chain(['…']).collect() } else { line.to_owned() }
}

/// One expression: `start` is at `$`, `end` at the closing brace.
fn hole(text: &str, start: usize, end: usize, depth: usize, faults: &mut Vec<Fault>) -> Result<Expression, Fault> {
    let whole = start..end + 1;
    let mut cursor = Cursor { text, at: start + 2, end };
    cursor.skip_blanks();
    let root = cursor.word();
    if root.value.is_empty() {
        return Err(Fault {
            range: whole.clone(),
            message: format!("`{}` is not an expression", shortened(&text[whole])),
            label: None,
            hint: Some(
                "an expression looks like `${services.web.url}` or `${env.NAME}`; `$${` is a literal `${`".into(),
            ),
        });
    }
    let expression = match root.value.as_str() {
        "env" => return environment(text, &mut cursor, depth, faults),
        "file" => file(&mut cursor)?,
        "region" => Expression::Region,
        "project" => project(&mut cursor)?,
        "each" => each(&mut cursor)?,
        "var" => {
            let name = cursor.field("a variable's name", "${var.NAME}")?;
            Expression::Variable { name, path: cursor.path()?.value }
        }
        "self" => {
            let output = cursor.path()?;
            if output.value.0.is_empty() {
                return Err(cursor.expected("an output", "${self.url}"));
            }
            Expression::Own { output: output.value }
        }
        _ if cursor.is_at('.') || cursor.is_at('[') => {
            let key = cursor.key()?;
            Expression::Output { section: root, key, output: cursor.path()? }
        }
        _ => return Err(bare_word(text, &root, &cursor)),
    };
    cursor.finish()?;
    Ok(expression)
}

/// `${NAME}`: in other tools the environment; here a mistake with a way out.
fn bare_word(text: &str, root: &Located<String>, cursor: &Cursor<'_>) -> Fault {
    let name = &root.value;
    let written = &text[root.range.start..cursor.end];
    let hint = match suggest::nearest(name, ROOTS) {
        Some(near) => format!(
            "did you mean `{near}`? An expression begins with a section, or one of these: `env.`, `var.`, `self.`"
        ),
        None => format!("write `${{env.{written}}}` for the environment variable, `$${{{written}}}` for a literal"),
    };
    Fault {
        range: root.range.clone(),
        message: format!("`{name}` alone is not an expression"),
        label: Some("no section, and nothing behind it".to_owned()),
        hint: Some(hint),
    }
}

fn environment(
    text: &str,
    cursor: &mut Cursor<'_>,
    depth: usize,
    faults: &mut Vec<Fault>,
) -> Result<Expression, Fault> {
    let name = cursor.field("the name of an environment variable", "${env.NAME}")?.value;
    let rest = cursor.rest();
    let fallback = if rest.starts_with(":-") {
        let from = cursor.at + 2;
        if depth >= DEEPEST {
            return Err(cursor.fault(from..cursor.end, "defaults hold expressions in too many levels"));
        }
        Fallback::Default(pieces(text, from..cursor.end, depth + 1, faults))
    } else if let Some(message) = rest.strip_prefix(":?") {
        Fallback::Require(message.trim().to_owned())
    } else {
        cursor.finish()?;
        Fallback::None
    };
    Ok(Expression::Env { name, fallback })
}

fn file(cursor: &mut Cursor<'_>) -> Result<Expression, Fault> {
    let expected = |cursor: &Cursor<'_>| cursor.expected("a path in quotes", "${file(\"path\")}");
    if !cursor.take('(') {
        return Err(expected(cursor));
    }
    cursor.skip_blanks();
    let path = cursor.quoted().ok_or_else(|| expected(cursor))?;
    cursor.skip_blanks();
    if !cursor.take(')') || path.is_empty() {
        return Err(expected(cursor));
    }
    Ok(Expression::File { path })
}

fn project(cursor: &mut Cursor<'_>) -> Result<Expression, Fault> {
    let field = cursor.field("`id` or `number`", "${project.id}")?;
    match field.value.as_str() {
        "id" => Ok(Expression::ProjectId),
        "number" => Ok(Expression::ProjectNumber),
        other => Err(unknown_part("project", other, ["id", "number"], field.range)),
    }
}

fn each(cursor: &mut Cursor<'_>) -> Result<Expression, Fault> {
    let field = cursor.field("`key` or `value`", "${each.key}")?;
    let part = match field.value.as_str() {
        "key" => EachPart::Key,
        "value" => EachPart::Value,
        other => return Err(unknown_part("each", other, ["key", "value"], field.range)),
    };
    let path = cursor.path()?;
    if part == EachPart::Key && !path.value.0.is_empty() {
        return Err(cursor.fault(path.range, "a key is a text: nothing stands below it"));
    }
    Ok(Expression::Each { part, path: path.value })
}

fn unknown_part(root: &str, found: &str, known: [&'static str; 2], range: Range<usize>) -> Fault {
    Fault {
        range,
        message: format!("`{root}` has no `{found}`"),
        label: Some(match suggest::nearest(found, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected {}", suggest::listed(known)),
        }),
        hint: None,
    }
}

#[cfg(test)]
mod tests;
