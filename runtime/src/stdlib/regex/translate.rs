//! From RE2's syntax to that of Rust's `regex-syntax`.
//!
//! The differences that matter: Perl's classes and word boundaries are ASCII in RE2; brackets hold neither nested classes
//! nor set operators; `\Q…\E` and octal escapes exist; a brace that starts no repetition is a character. Groups are never
//! reported and laziness changes nothing about the longest match, so names and laziness are dropped.

use std::fmt::Write as _;

use super::class::class;
use super::scanner::{Escape, Invalid, Scanner};

/// The largest count of a repetition in RE2.
const MAX_REPETITIONS: u32 = 1000;

/// Translates a pattern.
pub(super) fn translate(pattern: &str) -> Result<String, Invalid> {
    let mut scanner = Scanner::new(pattern);
    let mut out = String::with_capacity(pattern.len() * 2);
    // Names of groups, which must differ.
    let mut names = Vec::new();
    let mut repeated = false;
    while let Some(c) = scanner.next() {
        let repeats = match c {
            '*' | '+' | '?' => {
                out.push(c);
                true
            }
            '{' => match counts(&mut scanner)? {
                Some(counts) => {
                    out.push_str(&counts);
                    true
                }
                None => {
                    literal('{', &mut out);
                    false
                }
            },
            _ => {
                plain(c, &mut scanner, &mut names, &mut out)?;
                false
            }
        };
        if repeats {
            if repeated {
                return Err("a repetition operator follows another".to_owned());
            }
            scanner.eat("?");
        }
        repeated = repeats;
    }
    Ok(out)
}

/// Translates what is no repetition operator.
fn plain<'a>(
    c: char,
    scanner: &mut Scanner<'a>,
    names: &mut Vec<&'a str>,
    out: &mut String,
) -> Result<(), Invalid> {
    match c {
        '(' => group(scanner, names, out)?,
        '[' => class(scanner, out)?,
        '\\' => match scanner.escape()? {
            Escape::Char(c) => literal(c, out),
            Escape::Perl(letter, negated) => {
                out.push('[');
                perl(letter, negated, out);
                out.push(']');
            }
            Escape::Unicode(name, negated) => unicode(&name, negated, out),
            Escape::Other('Q') => {
                let quoted = match scanner.until("\\E") {
                    Some(quoted) => quoted,
                    None => scanner.take_rest(),
                };
                quoted.chars().for_each(|c| literal(c, out));
            }
            Escape::Other('b') => out.push_str("(?-u:\\b)"),
            Escape::Other('B') => out.push_str("(?-u:\\B)"),
            Escape::Other(anchor) => {
                out.push('\\');
                out.push(anchor);
            }
        },
        ')' | '|' | '^' | '$' | '.' => out.push(c),
        c => literal(c, out),
    }
    Ok(())
}

/// A repetition in braces whose opening one has been read; none when it is no repetition.
fn counts(scanner: &mut Scanner<'_>) -> Result<Option<String>, Invalid> {
    let mut ahead = scanner.clone();
    let Some(least) = ahead.number() else { return Ok(None) };
    let most = if ahead.eat(",") { ahead.number() } else { Some(least) };
    let open = most.is_none();
    if !ahead.eat("}") {
        return Ok(None);
    }
    *scanner = ahead;
    if least > MAX_REPETITIONS || most.is_some_and(|most| most > MAX_REPETITIONS || most < least) {
        return Err("the counts of a repetition must ascend and not exceed 1000".to_owned());
    }
    Ok(Some(match most {
        _ if open => format!("{{{least},}}"),
        Some(most) => format!("{{{least},{most}}}"),
        None => String::new(),
    }))
}

/// The start of a group whose parenthesis has been read, or a change of flags.
fn group<'a>(scanner: &mut Scanner<'a>, names: &mut Vec<&'a str>, out: &mut String) -> Result<(), Invalid> {
    if !scanner.eat("?") {
        out.push_str("(?:");
        return Ok(());
    }
    if ["<=", "<!", "=", "!", "P=", "P>"].iter().any(|start| scanner.rest().starts_with(start)) {
        return Err("look-around and references to groups are not supported".to_owned());
    }
    if scanner.eat("P<") || scanner.eat("<") {
        let name = scanner.until(">").ok_or("the name of a group lacks its >")?;
        let valid = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !valid || names.contains(&name) {
            return Err(format!("the group name {name:?} is invalid or used twice"));
        }
        names.push(name);
        out.push_str("(?:");
        return Ok(());
    }
    flags(scanner, out)
}

fn flags(scanner: &mut Scanner<'_>, out: &mut String) -> Result<(), Invalid> {
    let (mut on, mut off, mut negative, mut complete) = (String::new(), String::new(), false, true);
    loop {
        match scanner.next() {
            Some(c @ ('i' | 'm' | 's' | 'U')) => {
                complete = true;
                let (set, other) = if negative { (&mut off, &mut on) } else { (&mut on, &mut off) };
                other.retain(|flag| flag != c);
                // Ungreediness changes nothing about the longest match.
                if c != 'U' && !set.contains(c) {
                    set.push(c);
                }
            }
            Some('-') if !negative => {
                negative = true;
                complete = false;
            }
            Some(end @ (':' | ')')) if complete => {
                if off.is_empty() && on.is_empty() {
                    out.push_str(if end == ':' { "(?:" } else { "" });
                } else {
                    let minus = if off.is_empty() { "" } else { "-" };
                    // Writing to a string cannot fail.
                    let _ = write!(out, "(?{on}{minus}{off}{end}");
                }
                return Ok(());
            }
            _ => return Err("unknown kind of group".to_owned()),
        }
    }
}

/// One character, whatever it means in the syntax.
pub(super) fn literal(c: char, out: &mut String) {
    if c.is_alphanumeric() {
        out.push(c);
    } else {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\x{{{:X}}}", u32::from(c));
    }
}

/// The members of a Perl class, to stand in brackets.
pub(super) fn perl(letter: char, negated: bool, out: &mut String) {
    let members = match letter {
        'd' => "0-9",
        's' => "\\t\\n\\f\\r\\x20",
        _ => "0-9A-Za-z_",
    };
    if negated {
        // Writing to a string cannot fail.
        let _ = write!(out, "[^{members}]");
    } else {
        out.push_str(members);
    }
}

/// A class of Unicode.
pub(super) fn unicode(name: &str, negated: bool, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\\{}{{{name}}}", if negated { 'P' } else { 'p' });
}
