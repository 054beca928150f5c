use super::*;
use crate::diagnostic::Diagnostics;
use crate::source::FileId;
use crate::syntax::tree::{Node, NodeKind, Text};

/// Asserts that every character of `text` is found at its place in `source`: as itself, as an escape, or as the line
/// end or the blanks before it that were folded.
pub(in crate::syntax::yaml) fn check(text: &Text, source: &str) {
    for (at, c) in text.value.char_indices() {
        let place = text.map.to_file(at);
        let there = source.get(place..).unwrap_or_default();
        let folded = matches!(c, ' ' | '\n') && there.starts_with([' ', '\t', '\n', '\r']);
        let escaped = text.style == Style::DoubleQuoted && there.starts_with('\\');
        let blank_before = c == '\n' && matches!(text.style, Style::Literal | Style::Folded);
        assert!(
            there.starts_with(c) || folded || escaped || blank_before,
            "{c:?} of {:?} is not at {place}: {:?}",
            text.value,
            there.get(..10)
        );
    }
}

/// The string under key `a`.
fn text(source: &str) -> Text {
    let mut diagnostics = Diagnostics::default();
    let node = crate::syntax::yaml::parse(FileId(0), source, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{source}");
    let Some(Node { kind: NodeKind::Map(entries), .. }) = node else { panic!("{source}") };
    match entries.into_iter().find(|e| e.key.value == "a").unwrap().value.kind {
        NodeKind::Str(text) => text,
        other => panic!("{other:?}"),
    }
}

/// Where `part` of the decoded string is written.
fn written<'s>(source: &'s str, part: &str) -> &'s str {
    let text = text(source);
    check(&text, source);
    let start = text.value.find(part).unwrap_or_else(|| panic!("{part:?} in {:?}", text.value));
    &source[text.map.to_file(start)..text.map.to_file(start + part.len())]
}

#[test]
fn plain() {
    assert_eq!(written("a: ${x + y}\n", "y"), "y");
    assert_eq!(written("a: ä  b # c\n", "b"), "b");
    assert_eq!(written("a: ${x +  \n\n   y +\r\n z}\n", "y"), "y");
    assert_eq!(written("a: ${x +  \n\n   y +\r\n z}\n", "z}"), "z}");
    assert_eq!(written("a: x\n  y\n", "x y"), "x\n  y");
    assert_eq!(written("{a: x}\n", "x"), "x");
}

#[test]
fn single_quoted() {
    assert_eq!(written("a: 'it''s ${x}'\n", "'"), "''");
    assert_eq!(written("a: 'it''s ${x}'\n", "${x}"), "${x}");
    assert_eq!(written("a: 'x \n\n\n  y'\n", "y"), "y");
    assert_eq!(text("a: 'x \n\n\n  y'\n").value, "x\n\ny");
    assert_eq!(written("a: '  x  '\n", "  x  "), "  x  ");
}

#[test]
fn double_quoted() {
    let source = r#"{"a": "${f(\"x\", y)} \u00e4\ud83d\ude00\x41\U0001F600\n!"}"#;
    assert_eq!(written(source, "\"x\""), r#"\"x\""#);
    assert_eq!(written(source, "y"), "y");
    assert_eq!(written(source, "ä"), r"\u00e4");
    assert_eq!(written(source, "😀A"), r"\ud83d\ude00\x41");
    assert_eq!(written(source, "!"), "!");
    assert_eq!(written("a: \"x \\\n   y  \n z\"\n", "y"), "y");
    assert_eq!(written("a: \"x \\\n   y  \n z\"\n", "z"), "z");
    assert_eq!(text("a: \"x \\\n   y  \n z\"\n").value, "x y z");
    assert_eq!(written("a: \"x\\\n\n  y\"\n", "y"), "y");
}

#[test]
fn literal_blocks() {
    let source = "b:\n  a: |\n    ${x +\n\n      \"ä\" +\n    y}\n\n  c: 1\n".trim_start_matches("b:\n  ");
    assert_eq!(written(&source.replace("\n  c", "\nc"), "y}"), "y}");
    assert_eq!(written("a: |\n\n\n  x\n   y\n", "x\n"), "x\n  ");
    assert_eq!(written("a: |\n\n\n  x\n   y\n", " y"), " y");
    assert_eq!(written("a: |2-\n    x\n  y", "  x\ny"), "  x\n  y");
    assert_eq!(written("a: |+\r\n  x\r\n\r\nb: 1\r\n", "x"), "x");
    assert_eq!(written("a: |\n  x", "x\n"), "x");
}

#[test]
fn folded_blocks() {
    let source = "a: >-\n  ${x +\n  y +\n\n  z +\n    more\n   \n  end}\n\n";
    for part in ["x", "y", "z", "more", "end}"] {
        assert_eq!(written(source, part), part);
    }
    assert_eq!(written("a: >\n\n x\n y\nb: 1", "y\n"), "y\n");
    assert_eq!(written("a: >+\n x\n\n\nb: 1", "x\n"), "x\n");
}

#[test]
fn no_scalar_needs_the_fallback() {
    for source in [
        "a: >\n  x\n   \n  y\n",
        "a: |\n  \n  x\n",
        "a: >\n  x\n\n\n   y\n\n  z\n",
        "a: \"\\\n  x\\  \\\n  y\"\n",
        "a: \"x\n\n\n  y \\\n\n  z\"\n",
        "a: 'x\t \n \t\n  y'\n",
        "a: x\r\n \r\n y\rz: 1\n",
        "a: |-\n  x\n \n\n",
    ] {
        check(&text(source), source);
    }
}
