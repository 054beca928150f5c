//! Compiles short workflows up to the resolved program, for tests.

use crate::analyze::analyze;
use crate::ast;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::limits::{Limits, check_source};
use crate::program::Program;
use crate::source::{Source, SourceMap};
use crate::syntax::yaml;

/// Everything that comes of some sources.
pub(crate) struct Checked {
    pub(crate) program: Option<Program>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) sources: SourceMap,
}

/// Compiles several sources as one program.
pub(crate) fn check_all(texts: &[&str], limits: &Limits) -> Checked {
    let mut sources = SourceMap::default();
    let mut diagnostics = Diagnostics::default();
    let mut documents = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let file = sources.add(Source::new(format!("{at}.yaml"), *text));
        if check_source(text, file, limits, &mut diagnostics)
            && let Some(tree) = yaml::parse(file, text, &mut diagnostics)
        {
            documents.extend(ast::from_tree(&tree, file, &mut diagnostics));
        }
    }
    let program = analyze(&documents, &sources, limits, &mut diagnostics);
    Checked { program, diagnostics: diagnostics.into_sorted(), sources }
}

/// Compiles one source with the default limits.
pub(crate) fn check(text: &str) -> Checked {
    check_all(&[text], &Limits::default())
}

/// The program of a source that is right and gives no warning.
pub(crate) fn program(text: &str) -> Program {
    let checked = check(text);
    assert_eq!(lines(&checked), Vec::<String>::new());
    checked.program.unwrap()
}

/// The diagnostics of a source as `line:column message`.
pub(crate) fn report(text: &str) -> Vec<String> {
    lines(&check(text))
}

/// Diagnostics as `line:column message`.
pub(crate) fn lines(checked: &Checked) -> Vec<String> {
    let line = |d: &Diagnostic| {
        let at = checked.sources.position(d.span.file, d.span.start);
        format!("{}:{} {}", at.line, at.column, d.message)
    };
    checked.diagnostics.iter().map(line).collect()
}
