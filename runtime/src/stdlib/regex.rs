//! Regular expressions in RE2's syntax with leftmost-longest matches.
//!
//! A leftmost match starts at the same place whether the first or the longest alternative wins. So one engine finds the
//! start, and a second one, anchored there and told to follow all alternatives, finds the furthest end. Both take linear
//! time for one match.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use regex_automata::hybrid::dfa::{Config, DFA};
use regex_automata::nfa::thompson;
use regex_automata::{Anchored, Input, MatchKind, meta};

use crate::error::{Error, Result};

mod class;
mod scanner;
mod translate;

/// The longest pattern in bytes.
const MAX_PATTERN: usize = 64 << 10;
/// Bytes that a compiled pattern may take.
const MAX_COMPILED: usize = 8 << 20;
/// Nested groups and repetitions of a pattern.
const MAX_NESTING: u32 = 200;
/// Compiled patterns that are kept.
const KEPT: usize = 64;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Regex {
    first: meta::Regex,
    longest: DFA,
}

/// The patterns used last, the latest at the end.
static CACHE: Mutex<Vec<(String, Arc<Regex>)>> = Mutex::new(Vec::new());

impl Regex {
    /// Compiles a pattern, or takes it from the cache.
    pub(super) fn new(pattern: &str) -> Result<Arc<Self>> {
        let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = cache.iter().position(|(known, _)| known == pattern) {
            if let Some(tail) = cache.get_mut(at..) {
                tail.rotate_left(1);
            }
            return cache.last().map(|(_, regex)| Arc::clone(regex)).ok_or_else(|| invalid("lost"));
        }
        drop(cache);
        let regex = Arc::new(Self::compile(pattern)?);
        let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= KEPT {
            cache.remove(0);
        }
        cache.push((pattern.to_owned(), Arc::clone(&regex)));
        Ok(regex)
    }

    fn compile(pattern: &str) -> Result<Self> {
        if pattern.len() > MAX_PATTERN {
            return Err(invalid(&format!("it is longer than {MAX_PATTERN} bytes")));
        }
        let translated = translate::translate(pattern).map_err(|reason| invalid(&reason))?;
        let hir = regex_syntax::ParserBuilder::new()
            .nest_limit(MAX_NESTING)
            .build()
            .parse(&translated)
            .map_err(|error| invalid(&reason(&error)))?;
        let first = meta::Builder::new()
            .configure(meta::Config::new().nfa_size_limit(Some(MAX_COMPILED)))
            .build_from_hir(&hir)
            .map_err(|_| invalid("it is too large"))?;
        let nfa = thompson::Compiler::new()
            .configure(thompson::Config::new().nfa_size_limit(Some(MAX_COMPILED)))
            .build_from_hir(&hir)
            .map_err(|_| invalid("it is too large"))?;
        let longest = DFA::builder()
            .configure(Config::new().match_kind(MatchKind::All).skip_cache_capacity_check(true))
            .build_from_nfa(nfa)
            .map_err(|_| invalid("it is too large"))?;
        Ok(Self { first, longest })
    }

    /// Whether it matches anywhere.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.first.is_match(text)
    }

    /// All matches that do not overlap. An empty match right after another match does not count.
    pub(super) fn find_all(&self, text: &str) -> Vec<Range<usize>> {
        let mut cache = self.longest.create_cache();
        let mut matches: Vec<Range<usize>> = Vec::new();
        let mut position = 0;
        while let Some(found) = self.first.find(Input::new(text).range(position..)) {
            let start = found.start();
            let input = Input::new(text).range(start..).anchored(Anchored::Yes);
            let end = match self.longest.try_search_fwd(&mut cache, &input) {
                Ok(Some(half)) => half.offset(),
                // It has no reason to give up; the first engine's end is a match as well.
                Ok(None) | Err(_) => found.end(),
            };
            if start < end || matches.last().is_none_or(|last| last.end != start) {
                matches.push(start..end);
            }
            position = if start < end {
                end
            } else {
                match text.get(end..).and_then(|rest| rest.chars().next()) {
                    Some(c) => end + c.len_utf8(),
                    None => break,
                }
            };
        }
        matches
    }
}

/// What is wrong, without the drawing of the (translated) pattern.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}

#[cold]
fn invalid(reason: &str) -> Error {
    Error::value_error(format!("invalid regular expression: {reason}"))
}

#[cfg(test)]
mod tests;
