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
