//! Diagnostics as data for tools.

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{SourceMap, Span};

/// A diagnostic with its places resolved, in the shape it is serialised in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report<'a> {
    /// Stable code, such as `E012`.
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// The whole message.
    pub message: &'a str,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// Short text for the place; may be empty.
    pub label: &'a str,
    /// Advice.
    pub help: Option<&'a str>,
    /// Further places.
    pub related: Vec<Related<'a>>,
}

/// A range of a file; lines and columns from 1, columns in Unicode characters, the end exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place<'a> {
    /// The file's name.
    pub file: &'a str,
    /// Line of the first character.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column behind the last character.
    pub end_column: u32,
}

/// A further place that explains a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Related<'a> {
    /// What is to be seen there.
    pub message: &'a str,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place<'a>,
}

impl<'a> Report<'a> {
    /// Resolves the places of a diagnostic.
    #[must_use]
    pub fn new(diagnostic: &'a Diagnostic, sources: &'a SourceMap) -> Self {
        Self {
            code: diagnostic.code.as_str(),
            severity: match diagnostic.severity {
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            message: &diagnostic.message,
            place: Place::new(diagnostic.span, sources),
            label: &diagnostic.label,
            help: diagnostic.help.as_deref(),
            related: diagnostic
                .related
                .iter()
                .map(|label| Related { message: &label.text, place: Place::new(label.span, sources) })
                .collect(),
        }
    }
}

impl<'a> Place<'a> {
    fn new(span: Span, sources: &'a SourceMap) -> Self {
        let start = sources.position(span.file, span.start);
        let end = sources.position(span.file, span.end.max(span.start));
        Self {
            file: sources.name(span.file),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

/// A diagnostic as a JSON object.
#[must_use]
pub fn to_json(diagnostic: &Diagnostic, sources: &SourceMap) -> serde_json::Value {
    // Serialising strings and numbers into a value cannot fail.
    serde_json::to_value(Report::new(diagnostic, sources)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diagnostic::Code;
    use crate::source::Source;

    #[test]
    fn places_are_lines_and_columns() {
        let mut sources = SourceMap::default();
        let file = sources.add(Source::new("a.yaml", "ä: 1\nä: 2\n"));
        let diagnostic = Diagnostic::error(Code::DuplicateKey, Span::new(file, 6..8), "twice")
            .with_label("again")
            .with_related(Span::new(file, 0..2), "first");
        assert_eq!(
            to_json(&diagnostic, &sources),
            json!({
                "code": "E004", "severity": "error", "message": "twice", "label": "again", "help": null,
                "file": "a.yaml", "line": 2, "column": 1, "endLine": 2, "endColumn": 2,
                "related": [
                    {"message": "first", "file": "a.yaml", "line": 1, "column": 1, "endLine": 1, "endColumn": 2}
                ],
            })
        );
    }

    #[test]
    fn places_outside_the_file_do_no_harm() {
        let mut sources = SourceMap::default();
        let file = sources.add(Source::new("a.yaml", "ä"));
        for (start, end) in [(1, 1), (0, 99), (99, 100), (5, 2)] {
            let diagnostic = Diagnostic::warning(Code::DuplicateKey, Span { file, start, end }, "x");
            assert_eq!(to_json(&diagnostic, &sources)["severity"], "warning");
        }
    }
}
