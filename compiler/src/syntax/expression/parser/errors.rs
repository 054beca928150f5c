//! What the expression parser says about bad input.

use std::borrow::Cow;
use std::ops::Range;

use super::{MAX_HEIGHT, MAX_NESTING, Parser};
use crate::diagnostic::Code;
use crate::source::Span;
use crate::syntax::expression::lexer::{LexError, Problem, Symbol, TokenKind};
use crate::syntax::quoted;

/// Why a text is not an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// The kind of error.
    pub code: Code,
    /// The offending place.
    pub span: Span,
    /// What is wrong, without naming the step.
    pub message: String,
    /// Short text for the place; may be empty.
    pub label: String,
    /// What the author can do about it.
    pub help: Option<String>,
}

impl SyntaxError {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { code: Code::ExpressionSyntax, span, message: message.into(), label: String::new(), help: None }
    }

    pub(super) fn code(self, code: Code) -> Self {
        Self { code, ..self }
    }

    pub(super) fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// `${a}: 1` in an assignment.
pub(super) fn expression_as_target(span: Span) -> SyntaxError {
    SyntaxError::new(span, "the left side of an assignment is no `${…}` expression")
        .help("write it without braces, such as `name`, `map.key` or `list[i + 1]`")
}

/// `a-b: 1` in an assignment.
pub(super) fn invalid_target(name: &str, span: Span) -> SyntaxError {
    SyntaxError::new(span, format!("invalid variable name '{}'", quoted(name)))
        .code(Code::InvalidIdentifier)
        .help("a name starts with a letter or underscore and goes on with letters, digits and underscores")
}

impl Parser<'_> {
    fn error(&self, range: Range<usize>, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.span(range), message)
    }

    fn text(&self, range: Range<usize>) -> Cow<'_, str> {
        quoted(self.source.get(range).unwrap_or_default())
    }

    /// The next token is not what the grammar wants.
    pub(super) fn unexpected(&self, expected: &str) -> SyntaxError {
        let here = self.here();
        let error = match self.peek() {
            Some(TokenKind::Str(_)) => self.error(here, "unexpected string"),
            Some(_) => {
                let message = format!("unexpected '{}'", self.text(here.clone()));
                self.error(here, message)
            }
            None if self.tokens.is_empty() => self.error(here, "the expression is empty"),
            None => self.error(here, "unexpected end of the expression"),
        };
        let error = error.label(format!("expected {expected}"));
        match self.hint() {
            Some(help) => error.help(help),
            None => error,
        }
    }

    /// The likely mistake around the next token.
    fn hint(&self) -> Option<String> {
        let before = self.at.checked_sub(1).and_then(|i| self.tokens.get(i));
        let next = self.tokens.get(self.at);
        let words = [next, before].into_iter().flatten().filter_map(|token| match token.kind {
            TokenKind::Word(word) => Some(word),
            _ => None,
        });
        if let Some(hint) = words.into_iter().find_map(miscased) {
            return Some(hint);
        }
        let symbol = |token: Option<&super::Token<'_>>| match token.map(|token| &token.kind) {
            Some(TokenKind::Symbol(symbol)) => Some(*symbol),
            _ => None,
        };
        let text = match (symbol(before), symbol(next)) {
            (Some(Symbol::Comma), Some(Symbol::RightBracket | Symbol::RightParen)) => {
                "remove the comma before it"
            }
            (Some(Symbol::Star), Some(Symbol::Star)) => "there is no power operator",
            (Some(Symbol::Less), Some(Symbol::Greater)) => "write `!=`",
            (_, Some(Symbol::Dot)) if matches!(self.kind_after(), Some(TokenKind::Int(_))) => {
                "a number needs a digit before the dot: `0.5`"
            }
            _ => match next.map(|token| &token.kind) {
                Some(TokenKind::Word("not" | "NOT")) => "between two values only `not in` is possible",
                Some(TokenKind::Word("if" | "else")) => "write `if(condition, a, b)`",
                _ => return None,
            },
        };
        Some(text.to_owned())
    }

    fn kind_after(&self) -> Option<&TokenKind<'_>> {
        self.tokens.get(self.at + 1).map(|token| &token.kind)
    }

    pub(super) fn unclosed(&self, symbol: Symbol, open: &Range<usize>) -> SyntaxError {
        let close = if symbol == Symbol::RightParen { ')' } else { ']' };
        if self.at < self.tokens.len() {
            return self.unexpected(&format!("`,`, an operator or `{close}`"));
        }
        let message = format!("'{}' is not closed", self.text(open.clone()));
        self.error(open.clone(), message).label(format!("no `{close}` for this"))
    }

    pub(super) fn chained(&self) -> SyntaxError {
        self.error(self.here(), "comparisons cannot be chained")
            .label("second comparison")
            .help("join them with `and`: `a < b and b < c`; or set parentheses")
    }

    pub(super) fn not_callable(&self, base: Range<usize>) -> SyntaxError {
        self.error(base, "only a function can be called")
            .label("not the name of a function")
            .help("before `(` stands a name such as `len` or `text.split`")
    }

    pub(super) fn out_of_range(&self, range: Range<usize>) -> SyntaxError {
        let message = format!("number '{}' is out of range", self.text(range.clone()));
        self.error(range, message)
            .code(Code::NumberOutOfRange)
            .help("integers have 64 bits: -9223372036854775808 to 9223372036854775807")
    }

    pub(super) fn too_deep(&self) -> SyntaxError {
        self.error(self.here(), format!("the expression is nested more than {MAX_NESTING} levels deep"))
            .code(Code::LimitExceeded)
    }

    pub(super) fn too_long(&self, range: Range<usize>) -> SyntaxError {
        self.error(range, format!("the expression has more than {MAX_HEIGHT} operators in a row"))
            .code(Code::LimitExceeded)
            .help("assign parts of it to variables first")
    }

    pub(super) fn lexical(&self, error: LexError) -> SyntaxError {
        let LexError { range, problem } = error;
        let text = self.text(range.clone());
        match problem {
            Problem::Unrecognised(c) => self.unrecognised(c, range),
            Problem::NestedExpression => self
                .error(range, "`${` inside an expression")
                .help("inside `${…}` names and functions stand as they are: `${a + b}`"),
            Problem::UnterminatedString(quote) => self
                .error(range, "the string is not closed")
                .label(format!("no closing {quote} for this"))
                .help(format!("a {quote} inside a string is written \\{quote}")),
            Problem::UnknownEscape => {
                let message = format!("unknown escape sequence '{text}' in a string");
                self.error(range, message).help(
                    r#"possible are \" \\ \/ \b \f \n \r \t and \uXXXX; write a backslash itself as \\"#,
                )
            }
            Problem::LoneSurrogate => {
                let message = format!("'{text}' is half of a character");
                self.error(range, message).help(r"a character above U+FFFF is a pair: \ud83d\ude00")
            }
            Problem::NumberOutOfRange => self.out_of_range(range),
            Problem::NumberEndsWithDot => {
                let message = format!("digits are missing after '{text}'");
                let help = format!("write `{text}0`");
                self.error(range, message).help(help)
            }
            Problem::NumberRunsIntoName => {
                let message = format!("'{text}' is neither a number nor a name");
                let help = if text.starts_with("0x") || text.starts_with("0o") {
                    "write the number in decimal"
                } else {
                    "a name cannot start with a digit"
                };
                self.error(range, message).help(help)
            }
        }
    }

    fn unrecognised(&self, c: char, range: Range<usize>) -> SyntaxError {
        let next = self.source.get(range.end..).and_then(|rest| rest.chars().next());
        let help = match c {
            '=' => "comparison is written `==`; an assignment is a step of its own",
            '&' => "write `and`",
            '|' => "write `or`",
            '!' => "write `not`; keys with special characters are written `map[\"key!\"]`",
            '{' | ':' => "an expression cannot hold a map: assign the map to a variable first",
            '}' => "the expression ends only at the last `}`",
            '?' => "write `if(condition, a, b)`",
            '“' | '”' | '„' | '‘' | '’' | '`' => {
                "strings are written in straight double quotes: \"…\""
            }
            '\\' if next == Some('"') => "outside of a string no backslash is needed",
            '\u{a0}' => "this is a non-breaking space, write an ordinary one",
            '$' => "names have no `$`",
            ';' => "an expression is not ended by `;`",
            _ => "",
        };
        let error = self.error(range, format!("token recognition error at: '{c}'"));
        if help.is_empty() { error } else { error.help(help) }
    }
}

/// Advice for a keyword that is written in a case which the language does not know.
fn miscased(word: &str) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    let advice = match lower.as_str() {
        "null" if word != "null" => "`null` is written in lower case".to_owned(),
        "in" if word != "in" => "`in` is written in lower case".to_owned(),
        "and" | "or" | "not" if word != lower && word != lower.to_ascii_uppercase() => {
            format!("write `{lower}` or `{}`", lower.to_ascii_uppercase())
        }
        _ => return None,
    };
    Some(advice)
}
