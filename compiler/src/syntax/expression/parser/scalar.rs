//! Which strings are expressions (`language.md` §1.2).

use super::errors::SyntaxError;
use super::parse_expression;
use crate::diagnostic::Code;
use crate::source::Span;
use crate::syntax::expression::Expr;
use crate::syntax::tree::{Style, Text};

/// For longer texts (in bytes) no concatenation is proposed.
const MAX_PROPOSAL: usize = 120;

/// Reads a scalar that stands at `span`: `None` when it is a literal, for want of any `${`.
///
/// # Errors
/// When a string has `${` in it without being one whole expression, and when that expression is malformed.
pub fn parse_scalar(text: &Text, span: Span) -> Result<Option<Expr>, SyntaxError> {
    let value = text.value.as_str();
    if !value.contains("${") {
        return Ok(None);
    }
    let lead = value.len() - value.trim_start().len();
    let place =
        |start: usize, end: usize| Span::new(span.file, text.map.to_file(start)..text.map.to_file(end));
    let Some(rest) = value.trim().strip_prefix("${") else {
        let at = value.find("${").unwrap_or(0);
        return Err(mixed(value, place(at, at + 2)).label("text before this"));
    };
    let base = lead + "${".len();
    let end = closing_brace(rest);
    let Some(inner) = rest.strip_suffix('}') else {
        return Err(match end {
            Some(end) => {
                mixed(value, place(base + end + 1, base + rest.len())).label("text behind the expression")
            }
            None => unterminated(text.style, place(lead, base)),
        });
    };
    if let Some(end) = end
        && end < inner.len()
        && !inner.get(..end).unwrap_or_default().contains('{')
    {
        return Err(
            mixed(value, place(base + end + 1, base + rest.len())).label("text behind the expression")
        );
    }
    if inner.trim().is_empty() {
        let error = SyntaxError::new(place(lead, base + rest.len()), "the expression is empty");
        return Err(error.label("expected a value between the braces"));
    }
    parse_expression(inner, &text.map, base, span.file).map(Some)
}

/// Where the first `}` outside of string literals is.
fn closing_brace(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == '}' => return Some(at),
            None => {}
        }
    }
    None
}

fn unterminated(style: Style, span: Span) -> SyntaxError {
    let error = SyntaxError::new(span, "`${` without closing `}`").label("not closed");
    match style {
        Style::Plain => error.help(
            "without quotes YAML ends a value at ` #` and at `: `; put the whole expression in single quotes: '${…}'",
        ),
        _ => error.help("the last character of the string must be `}`"),
    }
}

fn mixed(value: &str, span: Span) -> SyntaxError {
    let error = SyntaxError::new(span, "text and `${…}` cannot be mixed: a string is not interpolated")
        .code(Code::NotAnExpression);
    match concatenation(value) {
        Some(proposal) => error.help(format!("concatenate inside one expression: {proposal}")),
        None => error
            .help("concatenate inside one expression: ${\"text \" + value}; a literal `${` is \"$\" + \"{\""),
    }
}

/// The same text as one expression that concatenates its parts.
fn concatenation(value: &str) -> Option<String> {
    if value.len() > MAX_PROPOSAL {
        return None;
    }
    let mut terms: Vec<String> = Vec::new();
    let literal = |text: &str, terms: &mut Vec<String>| {
        if !text.is_empty() {
            terms.push(serde_json::Value::from(text).to_string());
        }
    };
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once("${") {
        let end = closing_brace(behind)?;
        literal(before, &mut terms);
        let inner = behind.get(..end)?.trim();
        if inner.is_empty() || inner.contains(['{', '\n']) {
            return None;
        }
        let compound = inner.contains(|c: char| c.is_whitespace() || "<>=!+-*/%".contains(c));
        terms.push(if compound { format!("({inner})") } else { inner.to_owned() });
        rest = behind.get(end + 1..)?;
    }
    literal(rest, &mut terms);
    let expression = format!("${{{}}}", terms.join(" + "));
    let plain = !expression.contains(": ") && !expression.contains(" #");
    Some(if plain { expression } else { format!("'{}'", expression.replace('\'', "''")) })
}
