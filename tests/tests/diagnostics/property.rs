//! Whatever the input is: no panic, and every place lies inside of its source.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use cogwork_compiler::diagnostic::render::Style;
use cogwork_compiler::source::Span;
use cogwork_compiler::{Compilation, Options, Source, compile};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// The test workflows and the samples.
static SEEDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = Vec::new();
    for folder in [tests.join("workflows"), tests.join("../samples/workflows")] {
        let mut files: Vec<_> = fs::read_dir(folder)
            .expect("the folder exists")
            .map(|entry| entry.expect("readable").path())
            .collect();
        files.sort();
        seeds.extend(files.iter().map(|file| fs::read_to_string(file).expect("UTF-8")));
    }
    assert!(seeds.len() >= 20, "{} files", seeds.len());
    seeds
});

/// Text that breaks things when it comes in between.
const FRAGMENTS: &[&str] = &[
    "${",
    "}",
    "\"",
    "'",
    "[",
    "]",
    "{",
    "(",
    ")",
    ": ",
    " #",
    "- ",
    "\n",
    "\r\n",
    "\t",
    "&a ",
    "*a",
    "!x ",
    "|\n",
    ">\n",
    "---\n",
    "\u{feff}",
    "\u{0}",
    "é",
    "😀",
    "\\",
    "\\u12",
    "<<: ",
    "? ",
    "next: end\n",
    "steps:\n",
    "9223372036854775808",
    "1e999",
    "not ",
    "$",
];

/// A change of a text.
#[derive(Debug, Clone)]
enum Change {
    DeleteLine(Index),
    DuplicateLine(Index),
    SwapLines(Index, Index),
    Reindent(Index, usize),
    DeleteByte(Index),
    DuplicateByte(Index),
    SwapBytes(Index, Index),
    SetByte(Index, u8),
    Insert(Index, Index),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        at().prop_map(Change::DeleteLine),
        at().prop_map(Change::DuplicateLine),
        (at(), at()).prop_map(|(a, b)| Change::SwapLines(a, b)),
        (at(), 0usize..12).prop_map(|(a, n)| Change::Reindent(a, n)),
        at().prop_map(Change::DeleteByte),
        at().prop_map(Change::DuplicateByte),
        (at(), at()).prop_map(|(a, b)| Change::SwapBytes(a, b)),
        (at(), any::<u8>()).prop_map(|(a, byte)| Change::SetByte(a, byte)),
        (at(), at()).prop_map(|(a, b)| Change::Insert(a, b)),
        at().prop_map(Change::Cut),
    ]
}

impl Change {
    fn apply(&self, text: &str) -> String {
        let mut lines: Vec<&str> = text.split('\n').collect();
        let mut bytes = text.as_bytes().to_vec();
        let indented;
        if bytes.is_empty() {
            return String::new();
        }
        let (line_count, byte_count) = (lines.len(), bytes.len());
        match self {
            Self::DeleteLine(at) => drop(lines.remove(at.index(line_count))),
            Self::DuplicateLine(at) => lines.insert(at.index(line_count), lines[at.index(line_count)]),
            Self::SwapLines(a, b) => lines.swap(a.index(line_count), b.index(line_count)),
            Self::Reindent(at, n) => {
                let line = &mut lines[at.index(line_count)];
                indented = format!("{}{}", " ".repeat(*n), line.trim_start());
                *line = &indented;
            }
            Self::DeleteByte(at) => drop(bytes.remove(at.index(byte_count))),
            Self::DuplicateByte(at) => bytes.insert(at.index(byte_count), bytes[at.index(byte_count)]),
            Self::SwapBytes(a, b) => bytes.swap(a.index(byte_count), b.index(byte_count)),
            Self::SetByte(at, byte) => bytes[at.index(byte_count)] = *byte,
            Self::Insert(at, fragment) => {
                let at = at.index(byte_count);
                bytes.splice(at..at, FRAGMENTS[fragment.index(FRAGMENTS.len())].bytes());
            }
            Self::Cut(at) => bytes.truncate(at.index(byte_count)),
        }
        match self {
            Self::DeleteLine(_) | Self::DuplicateLine(_) | Self::SwapLines(..) | Self::Reindent(..) => {
                lines.join("\n")
            }
            _ => String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

/// Compiles and checks every place that a diagnostic names.
fn check(text: &str) -> Result<Compilation, TestCaseError> {
    let compilation = compile(vec![Source::new("workflow.yaml", text)], &Options::default());
    let inside = |span: Span| {
        let range = span.range();
        range.start <= range.end && text.get(range).is_some()
    };
    for diagnostic in &compilation.diagnostics {
        prop_assert!(inside(diagnostic.span), "{diagnostic:?} lies outside of\n{text}");
        prop_assert!(diagnostic.related.iter().all(|related| inside(related.span)), "{diagnostic:?}");
        let position = compilation.sources.position(diagnostic.span.file, diagnostic.span.start);
        let lines = text.split('\n').count();
        prop_assert!(
            position.line >= 1 && position.line as usize <= lines.max(1),
            "{position:?} in {lines} lines"
        );
        let line = text.split('\n').nth(position.line as usize - 1).unwrap_or_default();
        prop_assert!(position.column as usize <= line.chars().count() + 1, "{position:?} in {line:?}");
    }
    let errors = compilation.diagnostics.iter().any(|d| d.code.as_str().starts_with('E'));
    prop_assert_eq!(errors, compilation.has_errors());
    prop_assert_eq!(compilation.report(Style::Plain).is_empty(), compilation.diagnostics.is_empty());
    Ok(compilation)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        check(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn arbitrary_fragments_never_panic(picks in vec(any::<Index>(), 0..60)) {
        let text: String = picks.iter().map(|pick| FRAGMENTS[pick.index(FRAGMENTS.len())]).collect();
        check(&text)?;
    }

    #[test]
    fn arbitrary_text_in_an_expression_never_panics(text in "[ -~äé😀\\n]{0,60}", quote in 0usize..4) {
        let definition = match quote {
            0 => format!("- done:\n    return: ${{{text}}}\n"),
            1 => format!("- done:\n    return: '${{{}}}'\n", text.replace('\'', "''")),
            2 => format!("- done: {{return: {}}}\n", serde_json::Value::from(format!("${{{text}}}"))),
            _ => format!("- init: {{assign: [{{a: 1}}, {{{}: 2}}]}}\n", serde_json::Value::from(format!("a[{text}]"))),
        };
        check(&definition)?;
    }

    #[test]
    fn mutated_workflows_never_panic(seed in any::<Index>(), changes in vec(change(), 1..6)) {
        let text = &SEEDS[seed.index(SEEDS.len())];
        let text = changes.iter().fold(text.clone(), |text, change| change.apply(&text));
        let compilation = check(&text)?;
        // What still compiles has code.
        prop_assert_eq!(compilation.rust().is_some(), !compilation.has_errors());
    }
}

#[test]
fn the_seeds_themselves_compile() {
    for seed in SEEDS.iter() {
        let compilation = check(seed).expect("places are inside");
        assert!(!compilation.has_errors(), "{}", compilation.report(Style::Plain));
    }
}
