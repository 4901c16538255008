//! The text of a scalar into pieces.

use std::ops::Range;

use super::syntax::{EachPart, Expression, Fallback, Fault, Hole, Located, Piece};
use crate::model::{DocPath, Segment, suggest};

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

struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// Where the closing brace stands.
    end: usize,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..self.end]
    }

    fn is_at(&self, c: char) -> bool {
        self.rest().starts_with(c)
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.is_at(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn word(&mut self) -> Located<String> {
        let rest = self.rest();
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let start = self.at;
        self.at += length;
        Located { value: rest[..length].to_owned(), range: start..self.at }
    }

    /// A text in double or single quotes.
    fn quoted(&mut self) -> Option<String> {
        let rest = self.rest();
        if let Some(inner) = rest.strip_prefix('\'') {
            let length = inner.find('\'')?;
            self.at += length + 2;
            return Some(inner[..length].to_owned());
        }
        if !rest.starts_with('"') {
            return None;
        }
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let text = stream.next()?.ok()?;
        self.at += stream.byte_offset();
        Some(text)
    }

    /// `.name` right behind a root.
    fn field(&mut self, what: &str, example: &str) -> Result<Located<String>, Fault> {
        if !self.take('.') {
            return Err(self.expected(what, example));
        }
        let word = self.word();
        if word.value.is_empty() { Err(self.expected(what, example)) } else { Ok(word) }
    }

    /// An entry's key: `.key`, `["odd key"]`, `.key[each]`.
    fn key(&mut self) -> Result<Located<String>, Fault> {
        let example = "${section.key.output}";
        let start = self.at;
        if self.take('[') {
            let key =
                self.quoted().ok_or_else(|| self.expected("a key in quotes", "${section[\"odd key\"].output}"))?;
            if !self.take(']') {
                return Err(self.expected("`]`", example));
            }
            return Ok(Located { value: key, range: start..self.at });
        }
        let mut key = self.field("an entry's key", example)?;
        if self.is_at('[') && self.rest()[1..].starts_with(|c: char| is_word(c) && !c.is_ascii_digit()) {
            self.take('[');
            let each = self.word();
            if !self.take(']') {
                return Err(self.expected("`]`", example));
            }
            key.value = format!("{}[{}]", key.value, each.value);
            key.range.end = self.at;
        }
        Ok(key)
    }

    /// `.name`, `[0]`, `["odd name"]`, as many as there are.
    fn path(&mut self) -> Result<Located<DocPath>, Fault> {
        let start = self.at;
        let mut segments = Vec::new();
        loop {
            if self.take('.') {
                let word = self.word();
                if word.value.is_empty() {
                    return Err(self.expected("a name", "${section.key.output}"));
                }
                segments.push(Segment::Key(word.value));
            } else if self.take('[') {
                segments.push(self.bracket()?);
            } else {
                return Ok(Located { value: DocPath(segments), range: start..self.at });
            }
        }
    }

    fn bracket(&mut self) -> Result<Segment, Fault> {
        let segment = match self.quoted() {
            Some(key) => Some(Segment::Key(key)),
            None => self.word().value.parse().ok().map(Segment::Index),
        };
        match segment {
            Some(segment) if self.take(']') => Ok(segment),
            _ => Err(self.expected("a position or a name in quotes", "${section.key.list[0]}")),
        }
    }

    fn finish(&mut self) -> Result<(), Fault> {
        self.skip_blanks();
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(());
        }
        let fault = self.fault(self.at..self.end, &format!("`{rest}` does not belong to the expression"));
        let hint = rest.starts_with(':').then(|| "only `${env.NAME:-default}` takes a default".to_owned());
        Err(Fault { hint, ..fault })
    }

    fn expected(&self, what: &str, example: &str) -> Fault {
        let at = self.at.min(self.end);
        let length = self.rest().chars().next().map_or(1, char::len_utf8);
        Fault {
            hint: Some(format!("write it like `{example}`")),
            ..self.fault(at..at + length, &format!("{what} is expected in the expression"))
        }
    }

    fn fault(&self, range: Range<usize>, message: &str) -> Fault {
        Fault { range, message: message.to_owned(), label: None, hint: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let (pieces, faults) = parse(text);
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(&format!("{text:?} ")),
                Piece::Hole(hole) => out.push_str(&format!("<{}> ", name(&hole.expression))),
            }
        }
        for fault in faults {
            let notes = [fault.label, fault.hint].into_iter().flatten().collect::<Vec<_>>().join("; ");
            out.push_str(&format!(
                "\n  {:?}: {} | {notes}",
                &text[fault.range.start..fault.range.end.min(text.len())],
                fault.message
            ));
        }
        out
    }

    fn name(expression: &Expression) -> String {
        match expression {
            Expression::Env { name, fallback: Fallback::None } => format!("env {name}"),
            Expression::Env { name, fallback: Fallback::Require(words) } => format!("env {name} or say {words:?}"),
            Expression::Env { name, fallback: Fallback::Default(pieces) } => {
                let default: Vec<_> = pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => format!("{text:?}"),
                        Piece::Hole(hole) => name_of(hole),
                    })
                    .collect();
                format!("env {name} or {}", default.join(" "))
            }
            Expression::Variable { name, path } => format!("var {} {path}", name.value),
            Expression::Each { part, path } => format!("each {part:?} {path}"),
            Expression::File { path } => format!("file {path:?}"),
            Expression::Own { output } => format!("self {output}"),
            Expression::Output { section, key, output } => {
                format!("{} {:?} {}", section.value, key.value, output.value)
            }
            other => format!("{other:?}"),
        }
    }

    fn name_of(hole: &Hole) -> String {
        format!("<{}>", name(&hole.expression))
    }

    #[test]
    fn every_form_of_the_design_is_read() {
        let texts = [
            "${sqlInstances.prefect-db.pscServiceAttachmentLink}",
            "${services[\"odd key\"].url}",
            "${services.web[eu].url} ${services[\"web[eu]\"].urls[0]}",
            "${self.url}/api",
            "${project.id} ${project.number} ${region}",
            "${env.X} ${env.X:-} ${env.X:-a b} ${env.X:?set it, \"now\"} ${env.X:-${region}-x}",
            "${var.port} ${var.tags.a[1]} ${each.key} ${each.value.size}",
            "${file(\"a/b c.txt\")} ${file('x')} ${ env.X }",
            "$${literal} $x $ $$ 100$ $${${region}}",
            "",
        ];
        let shown: Vec<_> = texts.iter().map(|text| show(text)).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        <sqlInstances "prefect-db" pscServiceAttachmentLink> 
        <services "odd key" url> 
        <services "web[eu]" url> " " <services "web[eu]" urls[0]> 
        <self url> "/api" 
        <ProjectId> " " <ProjectNumber> " " <Region> 
        <env X> " " <env X or > " " <env X or "a b"> " " <env X or say "set it, \"now\""> " " <env X or <Region> "-x"> 
        <var port > " " <var tags a[1]> " " <each Key > " " <each Value size> 
        <file "a/b c.txt"> " " <file "x"> " " <env X> 
        "${literal} $x $ $$ 100$ ${" <Region> "}"
        "#);
    }

    #[test]
    fn what_is_no_expression_says_where_and_what_to_write() {
        let texts = [
            "a ${services.web",
            "${}",
            "${HOME}/x",
            "${HOME:-x}",
            "${regoin}",
            "${env}",
            "${env.}",
            "${env.X:x}",
            "${project.name}",
            "${project.nubmer}",
            "${each.kye}",
            "${each.key.x}",
            "${file(x)}",
            "${file(\"x\"}",
            "${self}",
            "${services.web.}",
            "${services.web.url:-x}",
            "${services.web.list[x]}",
            "${services[x].url}",
            "${services.a b.url} and ${ok.a.b} and ${bad}",
        ];
        let shown: Vec<_> = texts.iter().map(|text| format!("{text}\n  {}", show(text))).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        a ${services.web
          "a " 
          "${services.web": `${services.web` is never closed | a `}` is missing; quote the value if it holds ` #` or `: `; write `$${` for a literal `${`
        ${}
          
          "${}": `${}` is not an expression | an expression looks like `${services.web.url}` or `${env.NAME}`; `$${` is a literal `${`
        ${HOME}/x
          "/x" 
          "HOME": `HOME` alone is not an expression | no section, and nothing behind it; write `${env.HOME}` for the environment variable, `$${HOME}` for a literal
        ${HOME:-x}
          
          "HOME": `HOME` alone is not an expression | no section, and nothing behind it; write `${env.HOME:-x}` for the environment variable, `$${HOME:-x}` for a literal
        ${regoin}
          
          "regoin": `regoin` alone is not an expression | no section, and nothing behind it; did you mean `region`? An expression begins with a section, or one of these: `env.`, `var.`, `self.`
        ${env}
          
          "}": the name of an environment variable is expected in the expression | write it like `${env.NAME}`
        ${env.}
          
          "}": the name of an environment variable is expected in the expression | write it like `${env.NAME}`
        ${env.X:x}
          
          ":x": `:x` does not belong to the expression | only `${env.NAME:-default}` takes a default
        ${project.name}
          
          "name": `project` has no `name` | did you mean `number`?
        ${project.nubmer}
          
          "nubmer": `project` has no `nubmer` | did you mean `number`?
        ${each.kye}
          
          "kye": `each` has no `kye` | did you mean `key`?
        ${each.key.x}
          
          ".x": a key is a text: nothing stands below it | 
        ${file(x)}
          
          "x": a path in quotes is expected in the expression | write it like `${file("path")}`
        ${file("x"}
          
          "}": a path in quotes is expected in the expression | write it like `${file("path")}`
        ${self}
          
          "}": an output is expected in the expression | write it like `${self.url}`
        ${services.web.}
          
          "}": a name is expected in the expression | write it like `${section.key.output}`
        ${services.web.url:-x}
          
          ":-x": `:-x` does not belong to the expression | only `${env.NAME:-default}` takes a default
        ${services.web.list[x]}
          
          "]": a position or a name in quotes is expected in the expression | write it like `${section.key.list[0]}`
        ${services[x].url}
          
          "x": a key in quotes is expected in the expression | write it like `${section["odd key"].output}`
        ${services.a b.url} and ${ok.a.b} and ${bad}
          " and " <ok "a" b> " and " 
          "b.url": `b.url` does not belong to the expression | 
          "bad": `bad` alone is not an expression | no section, and nothing behind it; write `${env.bad}` for the environment variable, `$${bad}` for a literal
        "#);
    }
}
