//! Text of an expression to tokens (`language.md` §9.1).
//!
//! Offsets are bytes of the decoded scalar; the parser maps them to the file.

use std::ops::Range;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while, take_while1};
use nom::character::complete::{anychar, char, digit1, multispace0, one_of};
use nom::combinator::{opt, recognize, value};
use nom::error::{ErrorKind, ParseError};
use nom::{AsChar, IResult, Parser};
use nom_locate::LocatedSpan;

/// The magnitude of the smallest integer; a legal literal only behind a minus.
pub const MIN_MAGNITUDE: u64 = 1 << 63;

/// A token and the bytes it is written with.
#[derive(Debug, Clone, PartialEq)]
pub struct Token<'s> {
    /// What it is.
    pub kind: TokenKind<'s>,
    /// Where it is.
    pub range: Range<usize>,
}

/// The kinds of tokens.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind<'s> {
    /// A whole number, at most [`MIN_MAGNITUDE`].
    Int(u64),
    /// A number with fraction or exponent; finite.
    Float(f64),
    /// A string literal, unescaped.
    Str(String),
    /// A name or keyword.
    Word(&'s str),
    /// An operator or a bracket.
    Symbol(Symbol),
}

/// Operators and brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Symbol {
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    Comma,
    Dot,
    Plus,
    Minus,
    Star,
    SlashSlash,
    Slash,
    Percent,
    Equal,
    NotEqual,
    LessEqual,
    Less,
    GreaterEqual,
    Greater,
}

/// Why a text cannot be cut into tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LexError {
    /// The offending bytes.
    pub range: Range<usize>,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A character that starts no token.
    Unrecognised(char),
    /// `${` inside an expression.
    NestedExpression,
    /// A string without closing quote.
    UnterminatedString(char),
    /// A backslash in front of something that it cannot escape.
    UnknownEscape,
    /// Half of a surrogate pair alone.
    LoneSurrogate,
    /// An integer beyond 64 bits, or a number too large for a double.
    NumberOutOfRange,
    /// `1.`
    NumberEndsWithDot,
    /// `1x`
    NumberRunsIntoName,
}

type Input<'s> = LocatedSpan<&'s str>;
type Lexed<'s, T> = IResult<Input<'s>, T, LexError>;

impl<'s> ParseError<Input<'s>> for LexError {
    fn from_error_kind(input: Input<'s>, _: ErrorKind) -> Self {
        let start = input.location_offset();
        let first = input.fragment().chars().next().unwrap_or('\0');
        Self { range: start..start + first.len_utf8(), problem: Problem::Unrecognised(first) }
    }

    fn append(_: Input<'s>, _: ErrorKind, other: Self) -> Self {
        other
    }
}

fn fail<T>(range: Range<usize>, problem: Problem) -> Result<T, nom::Err<LexError>> {
    Err(nom::Err::Failure(LexError { range, problem }))
}

/// Cuts a text into tokens.
///
/// # Errors
/// The first place that is no token.
pub fn tokens(source: &str) -> Result<Vec<Token<'_>>, LexError> {
    let mut tokens = Vec::new();
    let mut rest = skip_whitespace(Input::new(source));
    while !rest.fragment().is_empty() {
        let start = rest.location_offset();
        match token(rest) {
            Ok((behind, kind)) => {
                tokens.push(Token { kind, range: start..behind.location_offset() });
                rest = skip_whitespace(behind);
            }
            Err(nom::Err::Error(error) | nom::Err::Failure(error)) => return Err(error),
            Err(nom::Err::Incomplete(_)) => break,
        }
    }
    Ok(tokens)
}

fn skip_whitespace(input: Input<'_>) -> Input<'_> {
    let skipped: Lexed<'_, Input<'_>> = multispace0(input);
    skipped.map_or(input, |(rest, _)| rest)
}

fn token(input: Input<'_>) -> Lexed<'_, TokenKind<'_>> {
    alt((number, string, word, symbol.map(TokenKind::Symbol), nested)).parse(input)
}

fn word(input: Input<'_>) -> Lexed<'_, TokenKind<'_>> {
    let (rest, text) = recognize((one_of_name_start, take_while(is_name_char))).parse(input)?;
    Ok((rest, TokenKind::Word(text.into_fragment())))
}

fn one_of_name_start(input: Input<'_>) -> Lexed<'_, Input<'_>> {
    take_while1(|c: char| c.is_ascii_alphabetic() || c == '_')(input)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn symbol(input: Input<'_>) -> Lexed<'_, Symbol> {
    alt((
        value(Symbol::Equal, tag("==")),
        value(Symbol::NotEqual, tag("!=")),
        value(Symbol::LessEqual, tag("<=")),
        value(Symbol::GreaterEqual, tag(">=")),
        value(Symbol::SlashSlash, tag("//")),
        |input| {
            let (rest, c) = one_of("()[],.+-*/%<>")(input)?;
            Ok((
                rest,
                match c {
                    '(' => Symbol::LeftParen,
                    ')' => Symbol::RightParen,
                    '[' => Symbol::LeftBracket,
                    ']' => Symbol::RightBracket,
                    ',' => Symbol::Comma,
                    '.' => Symbol::Dot,
                    '+' => Symbol::Plus,
                    '-' => Symbol::Minus,
                    '*' => Symbol::Star,
                    '/' => Symbol::Slash,
                    '%' => Symbol::Percent,
                    '<' => Symbol::Less,
                    _ => Symbol::Greater,
                },
            ))
        },
    ))
    .parse(input)
}

/// Never a token: gives `${` a better error than its `$`.
fn nested(input: Input<'_>) -> Lexed<'_, TokenKind<'_>> {
    let start = input.location_offset();
    let (_, _) = tag("${").parse(input)?;
    fail(start..start + 2, Problem::NestedExpression)
}

fn number(input: Input<'_>) -> Lexed<'_, TokenKind<'_>> {
    let start = input.location_offset();
    let exponent = || (one_of("eE"), opt(one_of("+-")), digit1);
    let (rest, whole) = digit1(input)?;
    let (rest, fraction) = opt(recognize((char('.'), digit1))).parse(rest)?;
    let (rest, exponent) = opt(recognize(exponent())).parse(rest)?;
    let end = rest.location_offset();
    match rest.fragment().chars().next() {
        Some('.') if fraction.is_none() && exponent.is_none() => {
            return fail(start..end + 1, Problem::NumberEndsWithDot);
        }
        Some(c) if is_name_char(c) => {
            let (behind, _) = take_while(is_name_char)(rest)?;
            return fail(start..behind.location_offset(), Problem::NumberRunsIntoName);
        }
        _ => {}
    }
    let text = input.fragment().get(..end - start).unwrap_or_default();
    let token = if fraction.is_none() && exponent.is_none() {
        whole.fragment().parse::<u64>().ok().filter(|n| *n <= MIN_MAGNITUDE).map(TokenKind::Int)
    } else {
        text.parse::<f64>().ok().filter(|n| n.is_finite()).map(TokenKind::Float)
    };
    match token {
        Some(token) => Ok((rest, token)),
        None => fail(start..end, Problem::NumberOutOfRange),
    }
}

fn string(input: Input<'_>) -> Lexed<'_, TokenKind<'_>> {
    let start = input.location_offset();
    let (mut rest, quote) = one_of("\"'")(input)?;
    let mut text = String::new();
    loop {
        let (behind, part) = take_till(|c| c == quote || c == '\\')(rest)?;
        text.push_str(part.fragment());
        let stop: Lexed<'_, char> = anychar(behind);
        match stop {
            Ok((behind, c)) if c == quote => return Ok((behind, TokenKind::Str(text))),
            Ok(_) => {
                let (behind, c) = escape(behind, quote)?;
                text.push(c);
                rest = behind;
            }
            Err(_) => {
                return fail(start..behind.location_offset(), Problem::UnterminatedString(quote));
            }
        }
    }
}

/// A backslash and what it escapes.
fn escape(input: Input<'_>, quote: char) -> Lexed<'_, char> {
    let start = input.location_offset();
    let (rest, _) = char('\\')(input)?;
    let end = rest.location_offset();
    let next: Lexed<'_, char> = anychar(rest);
    let Ok((behind, c)) = next else { return fail(start..end, Problem::UnterminatedString(quote)) };
    let unescaped = match c {
        '"' | '\\' | '/' => c,
        '\'' if quote == '\'' => c,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode_escape(input),
        _ => return fail(start..behind.location_offset(), Problem::UnknownEscape),
    };
    Ok((behind, unescaped))
}

/// `\uXXXX`, or two of them for a character outside the basic plane.
fn unicode_escape(input: Input<'_>) -> Lexed<'_, char> {
    let start = input.location_offset();
    let Some((rest, high)) = code_unit(input) else { return fail(start..start + 2, Problem::UnknownEscape) };
    if let Some(c) = char::from_u32(high) {
        return Ok((rest, c));
    }
    let pair = code_unit(rest).filter(|(_, low)| high < 0xDC00 && (0xDC00..0xE000).contains(low)).and_then(
        |(rest, low)| Some((rest, char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))?)),
    );
    match pair {
        Some(pair) => Ok(pair),
        None => fail(start..rest.location_offset(), Problem::LoneSurrogate),
    }
}

fn code_unit(input: Input<'_>) -> Option<(Input<'_>, u32)> {
    let parsed: Lexed<'_, (Input<'_>, Input<'_>)> =
        (tag("\\u"), nom::bytes::complete::take_while_m_n(4, 4, |c: char| c.is_hex_digit())).parse(input);
    let (rest, (_, digits)) = parsed.ok()?;
    Some((rest, u32::from_str_radix(digits.fragment(), 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<TokenKind<'_>> {
        tokens(source).unwrap().into_iter().map(|token| token.kind).collect()
    }

    fn problem(source: &str) -> (Problem, &str) {
        let error = tokens(source).unwrap_err();
        (error.problem, &source[error.range])
    }

    #[test]
    fn tokens_know_their_bytes() {
        let source = " a//b <=\n\"ä\\n\" ";
        let found: Vec<&str> = tokens(source).unwrap().into_iter().map(|t| &source[t.range]).collect();
        assert_eq!(found, ["a", "//", "b", "<=", "\"ä\\n\""]);
    }

    #[test]
    fn numbers() {
        use TokenKind::{Float, Int};
        assert_eq!(kinds("0 007 9223372036854775808"), [Int(0), Int(7), Int(1 << 63)]);
        assert_eq!(kinds("1.5 1e5 1.5E-3 2e+2"), [Float(1.5), Float(1e5), Float(1.5e-3), Float(200.0)]);
        assert_eq!(problem("9223372036854775809"), (Problem::NumberOutOfRange, "9223372036854775809"));
        assert_eq!(problem("1e999"), (Problem::NumberOutOfRange, "1e999"));
        assert_eq!(problem("1. + 2"), (Problem::NumberEndsWithDot, "1."));
        assert_eq!(problem("0x1F + 2"), (Problem::NumberRunsIntoName, "0x1F"));
        assert_eq!(problem("1e"), (Problem::NumberRunsIntoName, "1e"));
    }

    #[test]
    fn strings() {
        let str = |s: &str| TokenKind::Str(s.to_owned());
        assert_eq!(kinds(r#""a\"b\\\/\n\t\u00e4\ud83d\ude00""#), [str("a\"b\\/\n\tä😀")]);
        assert_eq!(kinds("'a\"b' \"it's\""), [str("a\"b"), str("it's")]);
        assert_eq!(kinds("\"two\nlines\""), [str("two\nlines")]);
        assert_eq!(problem(r#"a + "b"#), (Problem::UnterminatedString('"'), "\"b"));
        assert_eq!(problem(r#""a\"#).0, Problem::UnterminatedString('"'));
        assert_eq!(problem(r#""a\qb""#), (Problem::UnknownEscape, r"\q"));
        assert_eq!(problem(r#""\u12""#), (Problem::UnknownEscape, r"\u"));
        assert_eq!(problem(r#""\ud83dx""#), (Problem::LoneSurrogate, r"\ud83d"));
    }

    #[test]
    fn other_characters_are_not_recognised() {
        assert_eq!(problem("a ! b"), (Problem::Unrecognised('!'), "!"));
        assert_eq!(problem("a = ä"), (Problem::Unrecognised('='), "="));
        assert_eq!(problem("ä"), (Problem::Unrecognised('ä'), "ä"));
        assert_eq!(problem("a + ${b}"), (Problem::NestedExpression, "${"));
        assert_eq!(problem("$"), (Problem::Unrecognised('$'), "$"));
    }
}
