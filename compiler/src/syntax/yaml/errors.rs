//! What the YAML loader says about bad documents.

use std::ops::Range;

use super::schema::BadNumber;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::quoted;

mod brackets;
mod scan;

pub(super) use scan::diagnose;

pub(super) fn unknown_anchor(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::InvalidDocument, span, format!("unknown anchor '{}'", quoted(name)))
        .with_help("a value that starts with `*` is an alias; put it in quotes if text is meant")
}

/// A tag that is not known, or does not fit what it stands at.
pub(super) fn wrong_tag(core: Option<&str>, tag: &str, span: Span) -> Diagnostic {
    match core {
        Some(kind) => Diagnostic::error(
            Code::UnsupportedYaml,
            span,
            format!("the value does not fit its tag `!!{kind}`"),
        ),
        None => Diagnostic::error(Code::UnsupportedYaml, span, format!("unknown tag `{}`", quoted(tag)))
            .with_help("a value that starts with `!` has a tag; put it in quotes if text is meant"),
    }
}

pub(super) fn bad_number(bad: BadNumber, text: &str, span: Span) -> Diagnostic {
    let text = quoted(text);
    let (message, help) = match bad {
        BadNumber::Int => (
            format!("integer {text} is out of range"),
            "integers have 64 bits; put the digits in quotes if text is meant",
        ),
        BadNumber::Float => {
            (format!("number {text} is out of range"), "put the number in quotes if text is meant")
        }
        BadNumber::NotFinite => {
            (format!("{text} is not possible"), "numbers are finite; put it in quotes if text is meant")
        }
    };
    Diagnostic::error(Code::NumberOutOfRange, span, message).with_help(help)
}

pub(super) fn duplicate_key(key: &str, span: Span, first: Span) -> Diagnostic {
    let key = quoted(key);
    Diagnostic::error(Code::DuplicateKey, span, format!("key '{key}' is used twice in the same mapping"))
        .with_label("second use")
        .with_related(first, "first use")
}

pub(super) fn merge_key(span: Span) -> Diagnostic {
    Diagnostic::error(Code::UnsupportedYaml, span, "merge keys are not supported")
        .with_help("write the entries out, or use a subworkflow; put `<<` in quotes if text is meant")
}

pub(super) fn invalid_key(span: Span) -> Diagnostic {
    Diagnostic::error(Code::InvalidKey, span, "a key must be a scalar, not a list or mapping")
        .with_help("an expression inside `{…}` or `[…]` must be in quotes: '${…}'")
}

pub(super) fn tab(span: Span) -> Diagnostic {
    Diagnostic::error(Code::TabIndentation, span, "tab in the indentation")
        .with_label("tab")
        .with_help("indent with spaces only, two for each level")
}

/// Where the tabs are in the indentation of the line that `at` lies in, provided that nothing else is before `at`.
pub(super) fn tab_before(text: &str, at: usize) -> Option<Range<usize>> {
    let start = line_start(text, at);
    let before = text.get(start..at)?;
    if !before.chars().all(|c| matches!(c, ' ' | '\t')) {
        return None;
    }
    let first = before.find('\t')?;
    let length = before.get(first..)?.len() - before.get(first..)?.trim_start_matches('\t').len();
    Some(start + first..start + first + length)
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}
