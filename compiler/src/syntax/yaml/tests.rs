use proptest::prelude::*;

use super::*;
use crate::diagnostic::Severity;

mod differential;

fn parse_all(source: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let mut diagnostics = Diagnostics::default();
    let node = parse(FileId(0), source, &mut diagnostics);
    (node, diagnostics.into_sorted())
}

fn tree(source: &str) -> Node {
    let (node, diagnostics) = parse_all(source);
    assert_eq!(diagnostics, [], "{source}");
    node.unwrap()
}

/// Parses `source`, in which `»` and `«` mark the place that the one error must be about.
fn error(marked: &str) -> Diagnostic {
    let start = marked.find('»').unwrap();
    let end = marked.find('«').unwrap() - '»'.len_utf8();
    let source = marked.replace(['»', '«'], "");
    let (_, mut diagnostics) = parse_all(&source);
    assert_eq!(diagnostics.len(), 1, "{source}: {diagnostics:?}");
    let diagnostic = diagnostics.remove(0);
    assert_eq!(diagnostic.severity, Severity::Error);
    assert_eq!(diagnostic.span.range(), start..end, "{marked}: {}", diagnostic.message);
    diagnostic
}

/// The tree with the source of every node.
fn show(node: &Node, source: &str) -> String {
    let here = &source[node.span.range()];
    match &node.kind {
        NodeKind::Null => format!("null<{here}>@{}", node.span.start),
        NodeKind::Bool(value) => format!("{value}<{here}>"),
        NodeKind::Int(value) => format!("{value}<{here}>"),
        NodeKind::Float(value) => format!("{value:?}<{here}>"),
        NodeKind::Str(text) => format!("{:?}<{here}>", text.value),
        NodeKind::List(items) => {
            format!("[{}]<{here}>", items.iter().map(|n| show(n, source)).collect::<Vec<_>>().join(", "))
        }
        NodeKind::Map(entries) => {
            let entry = |e: &Entry| {
                format!("{}<{}>: {}", e.key.value, &source[e.key_span.range()], show(&e.value, source))
            };
            format!("{{{}}}<{here}>", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn nodes_span_what_is_written() {
    for (source, expected) in [
        ("a: [1, 'x']\n", "{a<a>: [1<1>, \"x\"<'x'>]<[1, 'x']>}<a: [1, 'x']>"),
        ("\n- 1 # one\n- b: 2\n\n# end\n", "[1<1>, {b<b>: 2<2>}<b: 2>]<- 1 # one\n- b: 2>"),
        ("{\"a\" : {}}\n", "{a<\"a\">: {}<{}>}<{\"a\" : {}}>"),
        ("a: &x !!str 12\nb: *x", "{a<a>: \"12\"<12>, b<b>: \"12\"<12>}<a: &x !!str 12\nb: *x>"),
        ("a:\n- 1\n- 2\nb: 3", "{a<a>: [1<1>, 2<2>]<1\n- 2>, b<b>: 3<3>}<a:\n- 1\n- 2\nb: 3>"),
        ("a: |\n  x\n  y\n\nb: 1", "{a<a>: \"x\\ny\\n\"<x\n  y>, b<b>: 1<1>}<a: |\n  x\n  y\n\nb: 1>"),
        ("\u{feff}ä: ü\n", "{ä<ä>: \"ü\"<ü>}<ä: ü>"),
        (
            "1: x\n1.50: y\ntrue: z\n~: w",
            "{1<1>: \"x\"<x>, 1.50<1.50>: \"y\"<y>, true<true>: \"z\"<z>, ~<~>: \"w\"<w>}<1: x\n1.50: y\ntrue: z\n~: w>",
        ),
        ("%YAML 1.2\n---\na: 1\n...\n", "{a<a>: 1<1>}<a: 1>"),
    ] {
        assert_eq!(show(&tree(source), source), expected, "{source}");
    }
}

#[test]
fn empty_values_are_behind_their_key() {
    let source = "a:\nb:   # none\n  \nc: [x, ]\nd:\n  - \n  - 1\n";
    let expected =
        "{a<a>: null<>@2, b<b>: null<>@5, c<c>: [\"x\"<x>]<[x, ]>, d<d>: [null<>@34, 1<1>]<- \n  - 1>}";
    assert_eq!(show(&tree(source), source), format!("{expected}<{}>", source.trim_end()));
}

#[test]
fn literals_follow_the_core_schema_unless_quoted() {
    let source = "[yes, 010, 0x1F, \"1\", !!str 1, ! 1, !!float 1, 2024-01-01, '~', null]";
    let expected = "[\"yes\"<yes>, 10<010>, 31<0x1F>, \"1\"<\"1\">, \"1\"<1>, \"1\"<1>, 1.0<1>, \
                    \"2024-01-01\"<2024-01-01>, \"~\"<'~'>, null<null>@64]";
    assert_eq!(show(&tree(source), source), format!("{expected}<{source}>"));
}

#[test]
fn bad_documents_are_refused_at_the_right_place() {
    for (marked, code) in [
        ("a: 1\nb: 2\n»a«: 3\n", Code::DuplicateKey),
        ("{\"a\": 1, b: 2, »a«: 3}", Code::DuplicateKey),
        ("a: »9223372036854775808«\n", Code::NumberOutOfRange),
        ("a: »-.inf«\n", Code::NumberOutOfRange),
        ("a: &x {b: 1}\nc:\n  »<<«: *x\n", Code::UnsupportedYaml),
        ("a: »!custom« 1\n", Code::UnsupportedYaml),
        ("a: »!!set« {x}\n", Code::UnsupportedYaml),
        ("a: »!!int« x\n", Code::UnsupportedYaml),
        ("a: &x [»*x«]\n", Code::UnsupportedYaml),
        ("a: »*b«\n", Code::InvalidDocument),
        ("a: 1\n»---«\nb: 2\n", Code::MultipleDocuments),
        ("? »[a]«\n: 1\n", Code::InvalidKey),
        ("a:\n»\t«b: 1\n", Code::TabIndentation),
        ("a:\n  b: 1\n»\t«c: 1\n", Code::TabIndentation),
        ("a:\n  »\t«b: 1\n", Code::TabIndentation),
        ("a:\n  - b\n»\t«- c\n", Code::TabIndentation),
        ("»«", Code::InvalidDocument),
        ("»«# nothing\n---\n", Code::InvalidDocument),
        ("a: \"x»\\q«\"\n", Code::InvalidDocument),
        ("a: \"\\ud83d\\ude00 \\n »\\ud83d«\"\n", Code::InvalidDocument),
        ("a: »\"«x\nb: 1\n", Code::InvalidDocument),
        ("- a\n»b«: 1\n", Code::InvalidDocument),
        ("a: »@x«\n", Code::InvalidDocument),
        ("a: x »#c«\n  y\n", Code::InvalidDocument),
        ("a: »[«1, 2\nb:\n  - c: 3\n", Code::InvalidDocument),
        ("- a: »{«b: 1\n- c: 2\n", Code::InvalidDocument),
    ] {
        assert_eq!(error(marked).code, code, "{marked}");
    }
}

#[test]
fn unquoted_expressions_get_the_quoted_form() {
    for (marked, help) in [
        ("a: ${\"x»:« \" + b}\n", "'${\"x: \" + b}'"),
        ("- a:\n    text: ${'x»:« ' + b}\n    c: 1\n", "'${''x: '' + b}'"),
        ("- ${\"x»:« \" + b}\n", "'${\"x: \" + b}'"),
        ("a: ${b +\n  \"x»:« \"}\n", "single quotes"),
        ("a: [»${a}«, ${b}]\n", "['${a}', '${b}']"),
        ("a: {b: »${a}«}\n", "{key: '${a}'}"),
    ] {
        let diagnostic = error(marked);
        let help_text = diagnostic.help.unwrap();
        assert!(help_text.contains(help), "{marked}: {help_text}");
    }
}

#[test]
fn doubled_backslashes_are_explained_where_the_string_ended() {
    for marked in [
        "a: \"${\\\\\"»Received« \\\\\" + x}\"\n",
        "{\"a\": \"${\\\\\"»Received« \\\\\" + x}\", \"b\": 1}",
        "{\"a\": [\"${len(\\\\\"»abc\\\\«\")}\"]}",
    ] {
        let diagnostic = error(marked);
        assert!(diagnostic.help.unwrap().contains("escaped backslash"), "{marked}");
        assert_eq!(diagnostic.related.len(), 1);
    }
}

#[test]
fn expression_keys_may_repeat() {
    let source = "${a}: 1\n${a}: 2\n";
    let NodeKind::Map(entries) = tree(source).kind else { panic!() };
    assert_eq!(entries.len(), 2);
}

#[test]
fn after_errors_of_meaning_the_tree_goes_on() {
    let (node, diagnostics) = parse_all("a: 1\na: 1e999\nb: !x 2\n");
    assert_eq!(diagnostics.len(), 3);
    let NodeKind::Map(entries) = node.unwrap().kind else { panic!() };
    assert_eq!(entries.iter().map(|e| e.key.value.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn size_is_bounded() {
    let code = |source: &str| {
        let (node, diagnostics) = parse_all(source);
        assert!(node.is_none());
        diagnostics.iter().map(|d| d.code).collect::<Vec<_>>()
    };
    let levels: String =
        (1..20).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", "))).collect();
    assert_eq!(code(&format!("a0: &a0 x\n{levels}")), [Code::LimitExceeded]);
    let big = format!("a: &a '{}'\nb: [{}]", "x".repeat(100_000), vec!["*a"; 1_000].join(", "));
    assert_eq!(code(&big), [Code::LimitExceeded]);
    let chain: String = (1..200).map(|i| format!("a{i}: &a{i} [*a{}]\n", i - 1)).collect();
    assert_eq!(code(&format!("a0: &a0 x\n{chain}")), [Code::LimitExceeded]);
    for unit in ["[", "{a: ", "- ", "a:\n", "? "] {
        let deep: String = match unit {
            "a:\n" => (0..5_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect(),
            _ => unit.repeat(50_000),
        };
        assert_eq!(code(&deep), [Code::LimitExceeded], "{unit}");
    }
    assert_eq!(code(&" ".repeat(MAX_BYTES + 1)), [Code::LimitExceeded]);
    assert!(parse_all(&format!("{}x{}", "[".repeat(100), "]".repeat(100))).0.is_some());
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(
        source in "\\PC{0,80}|([-a-z:#&*!|>'\"%@`\\[\\]{},?$\\\\ \t\r\n\u{feff}ä0-9.~]|: |\n  |- |\\$\\{|\\\\u00|---|<<){0,60}",
    ) {
        let (node, diagnostics) = parse_all(&source);
        prop_assert!(node.is_some() || !diagnostics.is_empty());
        for diagnostic in &diagnostics {
            let range = diagnostic.span.range();
            prop_assert!(range.start <= range.end && range.end <= source.len(), "{:?}", diagnostic);
            prop_assert!(source.get(range).is_some());
        }
        if let Some(node) = node {
            check_places(&node, &source)?;
        }
    }
}

/// Every span can be sliced, and every character of a string is at its place.
fn check_places(node: &Node, source: &str) -> Result<(), TestCaseError> {
    prop_assert!(source.get(node.span.range()).is_some(), "{:?}", node);
    match &node.kind {
        NodeKind::List(items) => items.iter().try_for_each(|item| check_places(item, source)),
        NodeKind::Map(entries) => entries.iter().try_for_each(|entry| {
            prop_assert!(source.get(entry.key_span.range()).is_some());
            check_places(&entry.value, source)
        }),
        NodeKind::Str(text) => {
            prop_assert!(text.map.to_file(text.value.len()) <= source.len());
            offsets::tests::check(text, source);
            Ok(())
        }
        _ => Ok(()),
    }
}
