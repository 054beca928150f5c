use proptest::prelude::*;

use super::*;
use crate::diagnostic::Code;
use crate::source::Source;

fn sources(text: &str) -> (SourceMap, FileId) {
    let mut sources = SourceMap::default();
    let file = sources.add(Source::new("dir/a.yaml", text));
    (sources, file)
}

#[test]
fn looks_like_rustc() {
    let (sources, file) = sources("- ä:\n    call: sys.log\n- ä:\n    next: end\n");
    let diagnostic =
        Diagnostic::error(Code::DuplicateStep, Span::new(file, 26..28), "error in step ä: name used twice")
            .with_label("second use")
            .with_related(Span::new(file, 2..4), "first use")
            .with_help("choose another name");
    let expected = "\
error[E028]: error in step ä: name used twice
 --> dir/a.yaml:3:3
  |
1 | - ä:
  |   - first use
2 |     call: sys.log
3 | - ä:
  |   ^ second use
  |
  = help: choose another name
";
    assert_eq!(render(&diagnostic, &sources, Style::Plain), expected);
    let coloured = render(&diagnostic, &sources, Style::Colour);
    assert!(coloured.contains("\u{1b}[") && coloured.ends_with('\n'));
}

#[test]
fn columns_are_those_of_the_source_map() {
    for (text, range) in [("\u{feff}a: b", 6..7), ("x: 1\r\n\tä: 2", 7..9), ("a", 1..1), ("a\n", 2..2)] {
        let (sources, file) = sources(text);
        let span = Span::new(file, range);
        let at = sources.position(file, span.start);
        let text = render(&Diagnostic::warning(Code::NotPrecedence, span, "m"), &sources, Style::Plain);
        let place = format!("--> dir/a.yaml:{}:{}\n", at.line, at.column);
        assert!(text.starts_with("warning[W002]: m\n") && text.contains(&place), "{place}{text}");
    }
}

#[test]
fn long_lines_and_long_places_are_not_shown_whole() {
    let (sources, file) = sources(&format!("a: {}\n", "x".repeat(1_000_000)));
    let diagnostic = Diagnostic::error(Code::InvalidStep, Span::new(file, 500_000..500_001), "m");
    let text = render(&diagnostic, &sources, Style::Plain);
    assert!(text.contains("dir/a.yaml:1:500001") && text.len() < 200, "{text}");

    let (sources, file) = self::sources(&"- x\n".repeat(100_000));
    let diagnostic = Diagnostic::error(Code::InvalidStep, Span::new(file, 0..400_000), "m")
        .with_related(Span::new(file, 399_998..399_999), "end");
    let text = render(&diagnostic, &sources, Style::Plain);
    assert!(text.contains("\n100000 | ") && text.lines().count() < 40, "{text}");
}

proptest! {
    #[test]
    fn any_span_can_be_rendered(
        text in "([a-zäß😀\u{feff}\r\n\t: -]|\u{301}){0,40}",
        spans in prop::collection::vec((0_u32..60, 0_u32..60, 0_u16..3), 1..4),
        label in "\\PC{0,5}|a\nb",
    ) {
        let (mut sources, _) = sources(&text);
        sources.add(Source::new("empty.yaml", ""));
        let place = |(start, end, file): (u32, u32, u16)| Span { file: FileId(file), start, end };
        let mut diagnostic = Diagnostic::error(Code::InvalidStep, place(spans[0]), label.clone()).with_label(label.clone());
        for span in &spans[1..] {
            diagnostic = diagnostic.with_related(place(*span), label.clone());
        }
        for style in [Style::Plain, Style::Colour] {
            prop_assert!(render(&diagnostic.clone().with_help(label.clone()), &sources, style).ends_with('\n'));
        }
    }
}
