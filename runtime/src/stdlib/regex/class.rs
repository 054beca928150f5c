//! Bracketed character classes.
//!
//! They are written anew from their parts: what is a set operator or a nested class in the one syntax is plain
//! characters in the other.

use std::fmt::Write as _;

use super::scanner::{Escape, Invalid, Scanner};
use super::translate::{literal, perl, unicode};

const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// Translates a class whose opening bracket has been read.
pub(super) fn class(scanner: &mut Scanner<'_>, out: &mut String) -> Result<(), Invalid> {
    out.push('[');
    if scanner.eat("^") {
        out.push('^');
    }
    let mut first = true;
    // A closing bracket in first place is a character.
    while first || !scanner.eat("]") {
        first = false;
        if scanner.eat("[:") {
            posix(scanner, out)?;
            continue;
        }
        let low = match item(scanner)? {
            Escape::Char(c) => c,
            Escape::Perl(letter, negated) => {
                perl(letter, negated, out);
                continue;
            }
            Escape::Unicode(name, negated) => {
                unicode(&name, negated, out);
                continue;
            }
            Escape::Other(c) => return Err(format!("\\{c} does not stand in a class")),
        };
        literal(low, out);
        if let Some(high) = range_end(scanner)? {
            if high < low {
                return Err(format!("the range {low}-{high} is the wrong way round"));
            }
            out.push('-');
            literal(high, out);
        }
    }
    out.push(']');
    Ok(())
}

fn item(scanner: &mut Scanner<'_>) -> Result<Escape, Invalid> {
    match scanner.next() {
        None => Err("a class lacks its ]".to_owned()),
        Some('\\') => scanner.escape(),
        Some(c) => Ok(Escape::Char(c)),
    }
}

/// The second character of a range; a hyphen at the end of the class makes none.
fn range_end(scanner: &mut Scanner<'_>) -> Result<Option<char>, Invalid> {
    let mut ahead = scanner.clone();
    if !ahead.eat("-") || ahead.rest().starts_with(']') {
        return Ok(None);
    }
    match item(&mut ahead)? {
        Escape::Char(c) => {
            *scanner = ahead;
            Ok(Some(c))
        }
        _ => Err("a range ends in a class".to_owned()),
    }
}

fn posix(scanner: &mut Scanner<'_>, out: &mut String) -> Result<(), Invalid> {
    let name = scanner.until(":]").ok_or("[: lacks its :]")?;
    let (negation, bare) = name.strip_prefix('^').map_or(("", name), |bare| ("^", bare));
    if !POSIX.contains(&bare) {
        return Err(format!("unknown character class [:{name}:]"));
    }
    // Writing to a string cannot fail.
    let _ = write!(out, "[:{negation}{bare}:]");
    Ok(())
}
