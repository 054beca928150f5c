//! Broken workflows by rule of `language.md` §13, each with the place where it breaks.

use cogwork_compiler::diagnostic::Code;
use cogwork_compiler::source::Position;
use cogwork_compiler::{Compilation, Limits, Options, Source, compile};

pub(crate) mod calls;
pub(crate) mod documents;
pub(crate) mod expressions;
pub(crate) mod jumps;
pub(crate) mod limits;
pub(crate) mod loops;
pub(crate) mod names;
pub(crate) mod structure;
pub(crate) mod warnings;

/// What precedes the place of the first diagnostic.
const MARK: &str = ">>>";

/// One broken workflow.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    /// The snapshot's name.
    pub(crate) name: &'static str,
    /// Number of the rule D1–D22; 0 for what is only a warning.
    pub(crate) rule: u8,
    /// Kind of the first diagnostic.
    pub(crate) code: Code,
    /// The definition, with a mark before the place where it breaks.
    pub(crate) marked: String,
    /// Whether the service's limits apply.
    pub(crate) google_limits: bool,
}

/// A case with the default limits.
pub(crate) fn broken(name: &'static str, rule: u8, code: Code, marked: &str) -> Broken {
    Broken { name, rule, code, marked: marked.to_owned(), google_limits: false }
}

impl Broken {
    /// The definition without the mark.
    pub(crate) fn source(&self) -> String {
        assert_eq!(self.marked.matches(MARK).count(), 1, "{}: exactly one mark", self.name);
        self.marked.replacen(MARK, "", 1)
    }

    /// Where the mark is, counted here and not by the compiler.
    pub(crate) fn place(&self) -> Position {
        let (before, _) = self.marked.split_once(MARK).expect("a mark");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Position { line: line.try_into().expect("short"), column: column.try_into().expect("short") }
    }

    /// Name of the source file: JSON when it begins like JSON.
    pub(crate) fn file(&self) -> &'static str {
        if self.marked.trim_start_matches(MARK).trim_start().starts_with(['{', '[']) {
            "workflow.json"
        } else {
            "workflow.yaml"
        }
    }

    /// Compiles it.
    pub(crate) fn compile(&self) -> Compilation {
        let mut options = Options::default();
        if self.google_limits {
            options.limits = Limits::google();
        }
        compile(vec![Source::new(self.file(), self.source())], &options)
    }
}

/// All cases.
pub(crate) fn all() -> Vec<Broken> {
    [
        documents::cases(),
        expressions::cases(),
        structure::cases(),
        jumps::cases(),
        names::cases(),
        calls::cases(),
        loops::cases(),
        limits::cases(),
        warnings::cases(),
    ]
    .concat()
}
