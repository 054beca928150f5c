//! What must hold for every input. The targets in `fuzz_targets/` only hand texts to these functions.

#![forbid(unsafe_code)]

use cogwork_compiler::diagnostic::render::Style;
use cogwork_compiler::diagnostic::{Diagnostic, Severity};
use cogwork_compiler::graph::{self, Format};
use cogwork_compiler::source::{FileId, Span};
use cogwork_compiler::{Compilation, Options, Source, SourceMap, compile};

mod tree;

pub use tree::expression;

/// Compiles `text` as a definition.
///
/// # Panics
/// When the compiler contradicts itself: a place outside the source, another result on the second run, a module
/// beside errors, or generated code that is not Rust.
pub fn definition(text: &str) {
    let compilation = run(text);
    let lines = line_lengths(text);
    for diagnostic in &compilation.diagnostics {
        check_diagnostic(diagnostic, &compilation.sources, &lines);
    }
    let errors = compilation.diagnostics.iter().any(|d| d.severity == Severity::Error);
    assert_eq!(errors, compilation.has_errors(), "a module exactly when there is no error");
    let _ = compilation.report(Style::Plain);
    let again = run(text);
    assert_eq!(again.diagnostics, compilation.diagnostics, "the same diagnostics each time");
    assert_eq!(again.module, compilation.module, "the same machines each time");
    check_steps(&compilation, &lines);
    if let Some(module) = &compilation.module {
        for format in [Format::Mermaid, Format::Dot, Format::Svg, Format::Json] {
            // Too large for a picture is a legal answer.
            let _ = graph::render(module, format);
        }
    }
    if let Some(rust) = compilation.rust() {
        assert!(syn::parse_file(&rust).is_ok(), "generated code is not Rust:\n{rust}");
    }
}

fn run(text: &str) -> Compilation {
    compile(vec![Source::new("fuzz.yaml", text)], &Options::default())
}

fn check_diagnostic(diagnostic: &Diagnostic, sources: &SourceMap, lines: &[usize]) {
    assert!(!diagnostic.message.is_empty());
    check_span(diagnostic.span, sources, lines);
    for label in &diagnostic.related {
        check_span(label.span, sources, lines);
    }
}

/// A span lies inside the file, on character boundaries, and so do its line and column.
fn check_span(span: Span, sources: &SourceMap, lines: &[usize]) {
    check_range(span, sources.text(FileId(0)));
    let position = sources.position(span.file, span.start);
    check_position(position.line, position.column, lines);
}

/// The length of each line in characters.
fn line_lengths(text: &str) -> Vec<usize> {
    text.split('\n').map(|line| line.chars().count()).collect()
}

fn check_position(line: u32, column: u32, lines: &[usize]) {
    let length = (line as usize).checked_sub(1).and_then(|index| lines.get(index));
    assert!(
        length.is_some_and(|length| (1..=length + 1).contains(&(column as usize))),
        "line {line}, column {column} is outside the source"
    );
}

fn check_steps(compilation: &Compilation, lines: &[usize]) {
    let machines = compilation.module.iter().flat_map(|module| &module.machines);
    for step in machines.flat_map(|machine| &machine.steps) {
        check_position(step.line, step.column, lines);
    }
}

/// A span lies inside the only text there is, on character boundaries.
pub(crate) fn check_range(span: Span, text: &str) {
    assert_eq!(span.file, FileId(0));
    assert!(span.start <= span.end && text.get(span.range()).is_some(), "{span:?} is outside the text");
}
