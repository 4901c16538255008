use super::*;
use crate::model::tree::{Node, NodeValue, Style};

fn show(bytes: &[u8]) -> String {
    let source = SourceId(0);
    let mut faults = Vec::new();
    let node = match decode(source, bytes) {
        Ok(text) => load(source, text, &LIMITS, &mut faults),
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    let mut text = String::new();
    if let Some(node) = node {
        text.push_str(&plain(&node));
        text.push('\n');
    }
    for fault in faults {
        let span = fault.span.unwrap();
        text.push_str(&format!("{}:{} {} {}", span.line, span.column, fault.code, fault.message));
        if let Some(hint) = fault.hint {
            text.push_str(&format!(" | hint {hint}"));
        }
        text.push('\n');
    }
    text
}

fn plain(node: &Node) -> String {
    match &node.value {
        NodeValue::Scalar { text, style: Style::Plain } => text.clone(),
        NodeValue::Scalar { text, .. } => format!("{text:?}"),
        NodeValue::Sequence(nodes) => format!("[{}]", nodes.iter().map(plain).collect::<Vec<_>>().join(", ")),
        NodeValue::Mapping(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, node)| format!("{}: {}", key.text, plain(node))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        NodeValue::Template(template) => format!("<{template}>"),
    }
}

fn all(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{}\n", show(text.as_bytes()))).collect()
}

#[test]
fn syntax_faults_say_what_to_write() {
    insta::assert_snapshot!(all(&[
        "a:\n\tb: c\n",
        "a: b\n  c: d\n",
        "a: \"unclosed\nb: c\n",
        "a: {b: c\n",
        "a: [1, 2}}\n",
        "a: @x\n",
        "key: value\nanother\n",
        "key:\n  - a\n b: c\n",
        "a: *x\n",
        "a: ${env.X:-b: c}\n",
    ]), @r"
    2:1 tab a tab stands where only spaces may | hint indent with spaces, two a level

    2:4 yaml-syntax a `:` makes a key where none can stand | hint quote a value that holds `: `, and indent the keys of one map alike

    2:1 yaml-syntax a quote is opened and not closed | hint close it; further lines of a quoted text are indented

    1:4 yaml-syntax a `{` is opened and never closed

    1:4 yaml-syntax a `[` is closed by `}`

    1:4 yaml-syntax a text cannot begin with `@` | hint quote it

    2:1 yaml-syntax a key without `:` | hint put a `:` and a space after the key

    3:2 yaml-syntax a key is expected here | hint indent the keys of one map alike, and put a `:` and a space after each

    1:4 unknown-anchor the alias `*x` names an anchor that does not stand before it | hint quote a text that begins with `*`

    1:14 yaml-syntax a `:` makes a key where none can stand | hint quote a value that holds `: `, and indent the keys of one map alike
    ");
}

#[test]
fn an_unquoted_expression_in_flow_style_has_a_hint_of_its_own() {
    insta::assert_snapshot!(all(&[
        "a: {b: ${self.x}}\n",
        "a: [${self.x}, b]\n",
        "a: [\"x\", ${file(\"p\")}]\n",
        "a: {\n  b: ${self.url}/api,\n  c: d}\n",
        "a: [\"${self.x}\", @]\n",
    ]), @r#"
    1:8 unquoted-expression an expression inside `{}` or `[]` needs quotes | hint write `"${self.x}"`

    1:5 unquoted-expression an expression inside `{}` or `[]` needs quotes | hint write `"${self.x}"`

    1:10 unquoted-expression an expression inside `{}` or `[]` needs quotes | hint write `'${file("p")}'`

    2:6 unquoted-expression an expression inside `{}` or `[]` needs quotes | hint write `"${self.url}/api"`

    1:18 yaml-syntax a text cannot begin with `@` | hint quote it
    "#);
}

#[test]
fn what_is_no_stack_file_is_told_apart() {
    insta::assert_snapshot!(all(&["", "# only a comment\n", "---\n", "\0\0\x01", "a: 1\n---\nb: 2\n"]), @r"
    1:1 empty-file the file is empty | hint `stackctl init` writes one to start from

    1:1 empty-file the file is empty | hint `stackctl init` writes one to start from

    1:1 empty-file the file is empty | hint `stackctl init` writes one to start from

    1:1 not-yaml this is not YAML: it holds the control character U+0000

    2:1 several-documents the file holds more than one YAML document | hint give each as a file of its own with `-f`
    ");
}

#[test]
fn text_that_is_no_utf8_is_shown_by_line_and_column() {
    insta::assert_snapshot!(show(b"a: b\nc\xC3\xBC: \xFFd\n"), @r"2:5 invalid-utf8 byte 10 (0xFF) is not valid UTF-8 | hint save the file as UTF-8");
    insta::assert_snapshot!(show(b"\xFF\xFEa\0"), @r"1:1 invalid-utf8 the file is UTF-16; a stack file is UTF-8 | hint save it as UTF-8");
}

#[test]
fn duplicate_keys_tags_and_odd_keys_are_all_reported() {
    insta::assert_snapshot!(all(&[
        "a: 1\na: 2\nb: {c: 1, c: 2}\nd: !secret x\n? [e]\n: f\n: g\n",
        "a: !!str 1\nb: !!int 2\nc: !!map {d: e}\nf: !!seq {}\n",
    ]), @r#"
    {a: 1, b: {c: 1}, d: x}
    2:1 duplicate-key the key `a` stands twice in one map
    3:11 duplicate-key the key `c` stands twice in one map
    4:12 unknown-tag the tag `!secret` has no meaning in a stack file | hint remove the tag; for a value from elsewhere write `${env.NAME}` or `${file("path")}`
    5:3 key-is-no-text a key is a list or a map; keys are text
    7:1 empty-key a key is empty

    {a: "1", b: 2, c: {d: e}, f: {}}
    4:10 unknown-tag the tag `!!seq` has no meaning in a stack file | hint remove the tag; for a value from elsewhere write `${env.NAME}` or `${file("path")}`
    "#);
}

#[test]
fn duplicates_are_found_in_large_maps_too() {
    let mut text: String = (0..100).map(|n| format!("k{n}: 1\n")).collect();
    text.push_str("k7: 2\n");
    assert_eq!(show(text.as_bytes()).lines().last(), Some("101:1 duplicate-key the key `k7` stands twice in one map"));
}

#[test]
fn scalars_keep_their_text_and_style() {
    insta::assert_snapshot!(show(b"a: 1.10\nb: '1'\nc: |\n  x ${y}\nd:\ne: ~\nf: \"\\u00e4\"\n\"g h\": 012\n"), @r#"{a: 1.10, b: "1", c: "x ${y}\n", d: , e: ~, f: "ä", g h: 012}"#);
}

#[test]
fn anchors_aliases_and_merge_keys_copy_values() {
    insta::assert_snapshot!(all(&[
        "base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\nd: *b\n",
        "p: &p {x: 1}\nq: &q {x: 2, y: 2}\nr: {<<: [*p, *q], z: 3}\n",
        "\"<<\": plain\n",
        "a:\n  <<: 3\n  b: c\n",
        "a: &x [*x]\n",
    ]), @r"
    {base: {x: 1, y: 2}, c: {x: 1, y: 3}, d: {x: 1, y: 2}}

    {p: {x: 1}, q: {x: 2, y: 2}, r: {x: 1, y: 2, z: 3}}

    {<<: plain}

    {a: {b: c}}
    2:7 bad-merge `<<` takes an alias to a map, or a list of them

    1:8 alias-in-itself an alias stands inside the value that it names
    ");
}

#[test]
fn positions_are_bytes_lines_and_character_columns() {
    let text = "ä: {é: [x, ü]}\n";
    let mut faults = Vec::new();
    let node = load(SourceId(3), text, &LIMITS, &mut faults).unwrap();
    let list = node.get("ä").unwrap().get("é").unwrap();
    let last = &list.elements()[1];
    assert_eq!((last.span.source, last.span.line, last.span.column), (SourceId(3), 1, 12));
    assert_eq!(&text[last.span.start as usize..last.span.end as usize], "ü");
    assert_eq!(&text[list.span.start as usize..list.span.end as usize], "[x, ü]");
}

#[test]
fn an_alias_bomb_is_stopped_before_it_grows() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..20 {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        text.push_str(&format!("a{n}: &a{n} [{aliases}]\n"));
    }
    let shown = show(text.as_bytes());
    assert!(shown.contains("alias-bomb aliases (`*name`) copy more than 200000 values"), "{shown}");
}

#[test]
fn each_limit_has_its_own_message() {
    assert_eq!(show(&vec![b'a'; LIMITS.bytes + 1]).split(' ').nth(1), Some("file-too-long"));
    for deep in
        ["[".repeat(100_000), "{a: ".repeat(100_000), (0..500).map(|n| format!("{}a:\n", " ".repeat(n))).collect()]
    {
        assert_eq!(show(deep.as_bytes()).split(' ').nth(1), Some("too-deep"));
    }
    let limits = Limits { nodes: 10, ..LIMITS };
    let mut faults = Vec::new();
    assert!(load(SourceId(0), "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", &limits, &mut faults).is_none());
    assert_eq!(faults[0].code, "too-many-nodes");
}

#[test]
fn an_alias_may_not_build_what_could_not_be_written() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for n in 1..80 {
        text.push_str(&format!("a{n}: &a{n} [*a{}]\n", n - 1));
    }
    assert!(show(text.as_bytes()).contains("too-deep"));
}
