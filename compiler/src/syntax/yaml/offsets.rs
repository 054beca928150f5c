//! Where each character of a scalar comes from.
//!
//! The scalar is decoded a second time from its source, this time with offsets. When that does not give the parser's
//! value, every character maps to the start of the scalar: a diagnostic is then less exact, but never wrong by much.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use crate::syntax::tree::{OffsetMap, Style};

/// The map for a scalar that is written at `range` of `source` (quotes included) and decodes to `value`.
pub(super) fn map(value: &str, style: Style, source: &str, range: &Range<usize>) -> OffsetMap {
    let quote = usize::from(matches!(style, Style::SingleQuoted | Style::DoubleQuoted));
    let inner = range.start + quote..range.end.saturating_sub(quote);
    source
        .get(inner.clone())
        .and_then(|raw| match style {
            Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => flow(raw, inner.start, style),
            Style::Literal | Style::Folded => block(value, raw, inner.start, column(source, inner.start)),
        })
        .filter(|decoded| decoded.value == value)
        .map_or_else(
            || OffsetMap { points: vec![point(0, range.start)] },
            |decoded| OffsetMap { points: decoded.points },
        )
}

fn point(decoded: usize, file: usize) -> (u32, u32) {
    let clamp = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    (clamp(decoded), clamp(file))
}

/// Characters between the start of the line and `at`.
fn column(source: &str, at: usize) -> usize {
    let before = source.get(..at).unwrap_or_default();
    let line = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    before.get(line..).unwrap_or_default().chars().filter(|c| *c != '\u{feff}').count()
}

/// A decoded text in the making.
#[derive(Default)]
struct Decoded {
    value: String,
    points: Vec<(u32, u32)>,
    /// The file offset that would follow without a breakpoint.
    expected: Option<usize>,
}

impl Decoded {
    fn push(&mut self, c: char, at: usize) {
        self.mark(at);
        self.value.push(c);
        self.expected = Some(at + c.len_utf8());
    }

    fn mark(&mut self, at: usize) {
        if self.expected != Some(at) {
            self.points.push(point(self.value.len(), at));
        }
        self.expected = Some(at);
    }
}

type Chars<'s> = Peekable<CharIndices<'s>>;

/// Eats a line end; its offset.
fn line_end(chars: &mut Chars<'_>) -> Option<usize> {
    let (at, c) = chars.next_if(|(_, c)| matches!(c, '\n' | '\r'))?;
    if c == '\r' {
        chars.next_if(|(_, c)| *c == '\n');
    }
    Some(at)
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// Decodes a plain or quoted scalar, whose lines are folded.
fn flow(raw: &str, start: usize, style: Style) -> Option<Decoded> {
    let mut decoded = Decoded::default();
    let mut chars = raw.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' if style == Style::SingleQuoted => {
                chars.next_if(|(_, c)| *c == '\'')?;
                decoded.push('\'', start + at);
            }
            '\\' if style == Style::DoubleQuoted => {
                if line_end(&mut chars).is_some() {
                    blank_lines(&mut chars, &mut decoded, start);
                } else {
                    let c = escape(&mut chars)?;
                    decoded.push(c, start + at);
                }
            }
            ' ' | '\t' => {
                let rest = raw.get(at..)?;
                let blanks = rest.len() - rest.trim_start_matches(is_blank).len();
                for _ in 1..blanks {
                    chars.next();
                }
                if line_end(&mut chars).is_some() {
                    fold(&mut chars, &mut decoded, start, at);
                } else {
                    for (offset, c) in rest.get(..blanks)?.char_indices() {
                        decoded.push(c, start + at + offset);
                    }
                }
            }
            '\n' | '\r' => {
                if c == '\r' {
                    chars.next_if(|(_, c)| *c == '\n');
                }
                fold(&mut chars, &mut decoded, start, at);
            }
            c => decoded.push(c, start + at),
        }
    }
    decoded.mark(start + raw.len());
    Some(decoded)
}

/// Folds a line end that is already eaten; `at` is where the blanks before it begin.
fn fold(chars: &mut Chars<'_>, decoded: &mut Decoded, start: usize, at: usize) {
    if !blank_lines(chars, decoded, start) {
        decoded.push(' ', start + at);
    }
}

/// Eats indentation and empty lines behind a line end; whether there were any of the latter, which stay line ends.
fn blank_lines(chars: &mut Chars<'_>, decoded: &mut Decoded, start: usize) -> bool {
    let mut any = false;
    loop {
        while chars.next_if(|(_, c)| is_blank(*c)).is_some() {}
        match line_end(chars) {
            Some(at) => decoded.push('\n', start + at),
            None => return any,
        }
        any = true;
    }
}

/// Decodes what follows a backslash in double quotes.
fn escape(chars: &mut Chars<'_>) -> Option<char> {
    let (_, c) = chars.next()?;
    let digits = match c {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => {
            return Some(match c {
                '0' => '\0',
                'a' => '\u{7}',
                'b' => '\u{8}',
                't' => '\t',
                'n' => '\n',
                'v' => '\u{b}',
                'f' => '\u{c}',
                'r' => '\r',
                'e' => '\u{1b}',
                'N' => '\u{85}',
                '_' => '\u{a0}',
                'L' => '\u{2028}',
                'P' => '\u{2029}',
                c => c,
            });
        }
    };
    let high = hexadecimal(chars, digits)?;
    if digits == 4 && (0xD800..0xDC00).contains(&high) {
        chars.next_if(|(_, c)| *c == '\\')?;
        chars.next_if(|(_, c)| *c == 'u')?;
        let low = hexadecimal(chars, 4)?.checked_sub(0xDC00)?;
        return char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + low);
    }
    char::from_u32(high)
}

fn hexadecimal(chars: &mut Chars<'_>, digits: usize) -> Option<u32> {
    let mut code = 0_u32;
    for _ in 0..digits {
        let (_, c) = chars.next()?;
        code = code.checked_mul(16)? + c.to_digit(16)?;
    }
    Some(code)
}

/// Aligns a block scalar with its source, which starts behind the indentation of the first line with text.
///
/// The value tells how a line end was folded or chomped, so the rules for that need not be known here.
fn block(value: &str, raw: &str, start: usize, indent: usize) -> Option<Decoded> {
    let mut decoded = Decoded::default();
    let mut wanted = value.chars().peekable();
    let mut chars = raw.char_indices().peekable();
    // Empty lines in front of the text are not part of `raw`.
    while !raw.starts_with('\n') && wanted.next_if_eq(&'\n').is_some() {
        decoded.push('\n', start);
    }
    loop {
        while let Some((at, c)) = chars.next_if(|(_, c)| !matches!(c, '\n' | '\r')) {
            wanted.next_if_eq(&c)?;
            decoded.push(c, start + at);
        }
        let mut ends = Vec::new();
        while let Some(at) = line_end(&mut chars) {
            ends.push(at);
            let mut left = indent;
            while left > 0 && chars.next_if(|(_, c)| *c == ' ').is_some() {
                left -= 1;
            }
        }
        let folded = ends.len() == 1 && wanted.peek() == Some(&' ');
        for at in ends {
            if let Some(c) = wanted.next_if(|c| *c == '\n' || folded && *c == ' ') {
                decoded.push(c, start + at);
            }
        }
        if chars.peek().is_none() {
            break;
        }
    }
    // A last line without line end gets one.
    if wanted.next_if_eq(&'\n').is_some() {
        decoded.push('\n', start + raw.len());
        decoded.mark(start + raw.len());
    }
    wanted.next().is_none().then_some(decoded)
}

#[cfg(test)]
pub(super) mod tests;
