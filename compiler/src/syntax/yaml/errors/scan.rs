//! Errors of the parser crate in words of our own, at the place where the author has to look.

use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use super::{brackets, line_start, tab, tab_before};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};

/// How far before an error its cause is looked for, in bytes.
const LOOK_BACK: usize = 2_000;

/// A document that the parser refuses.
struct Broken<'t> {
    text: &'t str,
    file: FileId,
    at: usize,
}

/// Turns an error of the parser into a diagnostic.
pub(in crate::syntax::yaml) fn diagnose(error: &ScanError, text: &str, file: FileId) -> Diagnostic {
    let mut at = error.marker().byte_offset().unwrap_or(0).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let broken = Broken { text, file, at };
    broken
        .tabs(error.kind())
        .or_else(|| broken.expression_in_flow(error.kind()))
        .or_else(|| broken.double_backslash(error.kind()))
        .or_else(|| broken.colon_in_expression())
        .or_else(|| broken.escape(error.kind()))
        .or_else(|| broken.quotes(error.kind()))
        .or_else(|| broken.bracket(error.kind()))
        .or_else(|| broken.collection(error.kind()))
        .unwrap_or_else(|| broken.other(error.kind()))
}

impl Broken<'_> {
    fn error(&self, range: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::InvalidDocument, Span::new(self.file, range), message)
    }

    /// An error about the word at the place that the parser names.
    fn here(&self, message: impl Into<String>) -> Diagnostic {
        let rest = self.rest();
        let word = rest.find(|c: char| c.is_whitespace() || ",[]{}:\"'".contains(c)).unwrap_or(rest.len());
        let first = rest.chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
        self.error(self.at..self.at + word.max(first), message)
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn before(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    fn line(&self) -> Range<usize> {
        let end = self.rest().find(['\n', '\r']).map_or(self.text.len(), |newline| self.at + newline);
        line_start(self.text, self.at)..end
    }

    fn tabs(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        let about_tabs = match kind {
            ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInIndentation
            | ErrorKind::TabNotAllowed => true,
            ErrorKind::InvalidIndentation
            | ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::ExpectedBlockSequenceEntry
            | ErrorKind::MappingValueNotAllowed
            | ErrorKind::SimpleKeyExpected => false,
            _ => return None,
        };
        let mut start = line_start(self.text, self.at);
        for line in self.text.get(start..)?.split_inclusive('\n') {
            let content = line.len() - line.trim_start_matches([' ', '\t']).len();
            if let Some(range) = tab_before(self.text, start + content) {
                return Some(tab(Span::new(self.file, range)));
            }
            if !about_tabs {
                return None;
            }
            start += line.len();
        }
        None
    }

    /// `[${a}]`: the braces begin a mapping.
    fn expression_in_flow(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        let flow = matches!(
            kind,
            ErrorKind::ExpectedFlowSequenceSeparator | ErrorKind::ExpectedFlowMappingSeparator
        );
        if !flow || !self.rest().starts_with('{') || !self.before().ends_with('$') {
            return None;
        }
        let length = self.rest().find(['}', '\n']).map_or(1, |end| end + 1);
        let help = if *kind == ErrorKind::ExpectedFlowSequenceSeparator {
            "quote each expression, as in ['${a}', '${b}'], or write the list inside of one expression: ${[a, b]}"
        } else {
            "quote the expression, as in {key: '${a}'}"
        };
        let diagnostic = self
            .error(self.at - 1..self.at + length, "unquoted expression inside a list or mapping in brackets")
            .with_label("`{` begins a mapping here");
        Some(diagnostic.with_help(help))
    }

    /// `"${\\"text\\"}"`: the string ends at the second quote.
    fn double_backslash(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        const HELP: &str = "`\\\\\"` is an escaped backslash and then the closing quote; \
                            for a quote inside of the string write `\\\"` with one backslash";
        let before = self.before().trim_end_matches([' ', '\t']);
        if *kind == ErrorKind::InvalidTrailingDoubleQuotedScalar && before.ends_with("\\\\\"") {
            let quote = before.len() - 3..before.len();
            let diagnostic = self
                .here("unexpected text behind the end of a string")
                .with_label("expected `,`, a closing bracket or the end of the line")
                .with_related(Span::new(self.file, quote), "the string ends here");
            return Some(diagnostic.with_help(HELP));
        }
        let line = self.text.get(self.line().start..self.at)?;
        let quote = line.find("\\\\\"").filter(|_| line.contains("\"${"))? + self.line().start;
        let related = Span::new(self.file, quote..quote + 3);
        Some(self.other(kind).with_related(related, "a string ends here").with_help(HELP))
    }

    /// `key: ${"a: " + b}`: without quotes the value ends at the colon.
    fn colon_in_expression(&self) -> Option<Diagnostic> {
        let mut from = self.at.saturating_sub(LOOK_BACK);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        let start = from + self.text.get(from..self.at)?.rfind("${")?;
        let line = self.text.get(line_start(self.text, start)..start)?.trim_end();
        let inside = self.text.get(start..self.at)?;
        if !(line.is_empty() || line.ends_with([':', '-']))
            || inside.contains("}\n")
            || inside.contains("\n\n")
        {
            return None;
        }
        // The colon is where the parser stumbles, or in front of it.
        let colon = if self.rest().starts_with(':') { self.at } else { start + inside.find(": ")? };
        let end = self.line().end;
        let whole = self.text.get(start..end)?.trim_end();
        let help = if whole.ends_with('}') && !whole.contains(['\n', '\r']) {
            format!("put the whole expression in single quotes: '{}'", whole.replace('\'', "''"))
        } else {
            "put the whole expression in single quotes: '${…}'".to_owned()
        };
        let diagnostic = self
            .error(colon..colon + 1, "an expression with a colon must be quoted")
            .with_label("without quotes this colon ends a key")
            .with_related(Span::new(self.file, start..start + 2), "the expression begins here");
        Some(diagnostic.with_help(help))
    }

    fn escape(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        let message = match kind {
            ErrorKind::UnknownQuotedScalarEscape => "unknown escape sequence in a string",
            ErrorKind::InvalidQuotedScalarHexEscape | ErrorKind::InvalidLowSurrogateHexEscape => {
                "hexadecimal digits are missing in an escape sequence"
            }
            ErrorKind::InvalidLowSurrogate
            | ErrorKind::MissingLowSurrogate
            | ErrorKind::UnpairedLowSurrogate
            | ErrorKind::InvalidUnicodeEscape => "escape sequence that is no character",
            _ => return None,
        };
        let range =
            bad_escape(self.rest()).map_or(self.at..self.at + 1, |r| self.at + r.start..self.at + r.end);
        Some(self.error(range, message).with_help(
            "in double quotes a backslash begins an escape; write `\\\\` for a backslash, or use single quotes",
        ))
    }

    fn quotes(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        Some(match kind {
            ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
                let quote = self.rest().chars().next().unwrap_or('"');
                let help = if quote == '\'' {
                    "inside of single quotes a quote is written twice: ''"
                } else {
                    "inside of double quotes a quote is written \\\""
                };
                self.here("the string is not closed")
                    .with_label(format!("no closing {quote} for this"))
                    .with_help(help)
            }
            ErrorKind::InvalidTrailingDoubleQuotedScalar => self
                .here("unexpected text behind the end of a string")
                .with_label("the string ends before this")
                .with_help("inside of double quotes a quote is written \\\""),
            ErrorKind::InvalidTrailingSingleQuotedScalar => self
                .here("unexpected text behind the end of a string")
                .with_label("the string ends before this")
                .with_help("inside of single quotes a quote is written twice: ''"),
            ErrorKind::CommentInterceptedScalar => self
                .here("a comment ends the value, but the next line goes on")
                .with_help("` #` begins a comment; put the whole value in quotes if text is meant"),
            ErrorKind::UnexpectedCharacter { character }
                if character.is_control() || !character.is_ascii() =>
            {
                self.here(format!("character U+{:04X} is not possible here", u32::from(*character)))
                    .with_help("in a string in double quotes it can be written as an escape such as \\u0007")
            }
            ErrorKind::UnexpectedCharacter { character } => self
                .here(format!("a value cannot start with '{character}'"))
                .with_help("put the value in quotes if text is meant"),
            ErrorKind::MissingAnchorOrAliasName => self
                .here("the name of an anchor or alias is missing")
                .with_help("a value that starts with `*` or `&` must be in quotes if text is meant"),
            _ => return None,
        })
    }

    /// `a: [1, 2` and more lines: the bracket is the cause, whatever comes behind it.
    fn bracket(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        let follows = matches!(
            kind,
            ErrorKind::MappingValueNotAllowed
                | ErrorKind::InvalidColonPlacement
                | ErrorKind::SimpleKeyExpected
                | ErrorKind::InvalidSimpleKey
                | ErrorKind::BlockSequenceEntryNotAllowed
                | ErrorKind::InvalidIndentation
                | ErrorKind::ExpectedFlowMappingSeparator
                | ErrorKind::ExpectedFlowSequenceSeparator
        );
        let (at, open) = brackets::unclosed(self.text).filter(|(at, _)| follows && *at < self.at)?;
        let close = if open == '[' { ']' } else { '}' };
        let error = self.error(at..at + 1, format!("'{open}' is not closed"));
        Some(error.with_label(format!("no `{close}` for this")))
    }

    fn collection(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        const COLUMN: &str =
            "check the indentation: the entries of one mapping or list start in the same column";
        const COMMA: &str = "a comma may be missing in front of this, or a closing bracket";
        const COLON: &str = "check the indentation; a text that holds `: ` must be in quotes";
        Some(match kind {
            ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
                self.here("a mapping cannot start here").with_help(COLON)
            }
            ErrorKind::ExpectedBlockMappingKey => {
                self.here("expected a key of the mapping here").with_help(COLUMN)
            }
            ErrorKind::ExpectedBlockSequenceEntry => self.here("expected `- ` here").with_help(COLUMN),
            ErrorKind::InvalidIndentation => self.here("wrong indentation").with_help(COLUMN),
            ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => self
                .here("expected `key: value` here")
                .with_label("no `: ` behind this key")
                .with_help(COLUMN),
            ErrorKind::BlockSequenceEntryNotAllowed => self.here("a list cannot start here").with_help(
                "start the list in a line of its own, or put the value in quotes if text is meant",
            ),
            ErrorKind::ExpectedFlowMappingSeparator => self.here("expected `,` or `}` here").with_help(COMMA),
            ErrorKind::ExpectedFlowSequenceSeparator => {
                self.here("expected `,` or `]` here").with_help(COMMA)
            }
            ErrorKind::MisplacedFlowCollectionEnd => self.here("this bracket closes nothing"),
            ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
                self.here(format!("'{open}' is closed by '{close}'"))
            }
            ErrorKind::UnclosedFlowCollection { .. }
            | ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::UnexpectedEofFlowSequence
            | ErrorKind::UnexpectedEofImplicitFlowMapping => self.here("a bracket is not closed"),
            _ => return None,
        })
    }

    fn other(&self, kind: &ErrorKind) -> Diagnostic {
        if let Some(diagnostic) = self.quotes(kind).or_else(|| self.collection(kind)) {
            return diagnostic;
        }
        match kind {
            ErrorKind::RecursionLimitExceeded => {
                Diagnostic { code: Code::LimitExceeded, ..self.here("the document is nested too deep") }
            }
            kind => self.here(format!("not valid YAML: {kind}")),
        }
    }
}

/// The first escape sequence of a string in double quotes that does not exist.
fn bad_escape(string: &str) -> Option<Range<usize>> {
    let mut rest = string.get(1..)?;
    loop {
        let at = string.len() - rest.len() + rest.find(['\\', '"'])?;
        let escape = string.get(at..).filter(|escape| escape.starts_with('\\'))?;
        let letter = escape.chars().nth(1)?;
        let digits = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            c if "0abt\tnvfre \"/\\N_LP\n\r".contains(c) => 0,
            c => return Some(at..at + 1 + c.len_utf8()),
        };
        let hex = escape
            .get(2..)
            .map_or(0, |hex| hex.bytes().take(digits).take_while(u8::is_ascii_hexdigit).count());
        let end = at + 1 + letter.len_utf8() + hex;
        if digits > 0 {
            let code = string.get(at + 2..end).and_then(|hex| u32::from_str_radix(hex, 16).ok());
            let low = |rest: &str| {
                let low = rest.strip_prefix("\\u").and_then(|rest| rest.get(..4));
                low.and_then(|low| u32::from_str_radix(low, 16).ok())
                    .is_some_and(|low| (0xDC00..0xE000).contains(&low))
            };
            match code {
                Some(0xD800..0xDC00) if hex == 4 && low(string.get(end..)?) => {
                    rest = string.get(end + 6..)?;
                    continue;
                }
                Some(code) if hex == digits && char::from_u32(code).is_some() => {}
                _ => return Some(at..end),
            }
        }
        rest = string.get(end..)?;
    }
}
