//! Where the command line prints to.

use std::fmt;
use std::io::{self, IsTerminal as _, Write};

use clap::builder::StyledStr;

use crate::diagnostic::render::Style;

/// Standard output and standard error, or what stands for them.
///
/// Failures to print are ignored: whoever reads has gone away, and there is nobody left to tell.
pub struct Terminal<'a> {
    out: Box<dyn Write + 'a>,
    err: Box<dyn Write + 'a>,
    interactive: bool,
    colour: bool,
}

impl fmt::Debug for Terminal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal")
            .field("interactive", &self.interactive)
            .field("colour", &self.colour)
            .finish_non_exhaustive()
    }
}

impl<'a> Terminal<'a> {
    /// The process's own. Colours only on a terminal, and not when `NO_COLOR` is set.
    #[must_use]
    pub fn standard() -> Terminal<'static> {
        let interactive = io::stderr().is_terminal();
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Terminal {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            interactive,
            colour: interactive && !unwanted,
        }
    }

    /// Two buffers, without colours.
    #[must_use]
    pub fn buffers(out: &'a mut Vec<u8>, err: &'a mut Vec<u8>) -> Self {
        Self { out: Box::new(out), err: Box::new(err), interactive: false, colour: false }
    }

    /// Whether a person watches standard error.
    #[must_use]
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// How diagnostics are to be rendered.
    #[must_use]
    pub fn style(&self) -> Style {
        if self.colour { Style::Colour } else { Style::Plain }
    }

    /// Prints results as they are.
    pub(super) fn output(&mut self, text: &str) {
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }

    /// Prints text for people as it is.
    pub(super) fn message(&mut self, text: &str) {
        let _ = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
    }

    /// Prints what went wrong. Only the last line is the error; what stands before it led there.
    pub(super) fn error(&mut self, text: &str) {
        let (before, last) = text.rsplit_once('\n').map_or(("", text), |(before, last)| (before, last));
        if !before.is_empty() {
            self.message(&format!("{before}\n"));
        }
        let label = if self.colour { "\u{1b}[1;31merror\u{1b}[0m" } else { "error" };
        self.message(&format!("{label}: {last}\n"));
    }

    /// Prints what clap has to say.
    pub(super) fn styled(&mut self, text: &StyledStr, is_error: bool) {
        let text = if self.colour { text.ansi().to_string() } else { text.to_string() };
        if is_error { self.message(&text) } else { self.output(&text) }
    }
}
