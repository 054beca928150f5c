//! The command `check`.

use std::fmt;
use std::path::Path;

use crate::cli::args::{Check, Format};
use crate::cli::{CliError, FAILURE, SUCCESS, Terminal, files};
use crate::diagnostic::{Diagnostic, Severity, json};
use crate::{Compilation, Options, Source, compile};

/// How many errors and warnings there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Count {
    errors: usize,
    warnings: usize,
}

impl Count {
    /// Counts.
    pub(super) fn of(diagnostics: &[Diagnostic]) -> Self {
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        Self { errors, warnings: diagnostics.len() - errors }
    }

    fn add(&mut self, other: Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.errors, self.warnings) {
            (0, 0) => f.write_str("no problems"),
            (errors, 0) => f.write_str(&plural(errors, "error")),
            (0, warnings) => f.write_str(&plural(warnings, "warning")),
            (errors, warnings) => write!(f, "{}, {}", plural(errors, "error"), plural(warnings, "warning")),
        }
    }
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Checks each file by itself; goes on after one that cannot be read.
pub(super) fn check(options: &Check, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let mut checked = 0;
    let mut count = Count::default();
    let mut unreadable = false;
    let mut reports = Vec::new();
    for path in &options.paths {
        let files = files::definitions(path).unwrap_or_else(|error| {
            terminal.error(&error.to_string());
            unreadable = true;
            Vec::new()
        });
        for file in files {
            match check_file(&file, options) {
                Ok(compilation) => {
                    checked += 1;
                    count.add(Count::of(&compilation.diagnostics));
                    show(&compilation, options.format, &mut reports, terminal);
                }
                Err(error) => {
                    terminal.error(&error.to_string());
                    unreadable = true;
                }
            }
        }
    }
    match options.format {
        Format::Json => terminal.output(&format!("{:#}\n", serde_json::Value::Array(reports))),
        Format::Human => terminal.message(&format!("{} checked: {count}\n", plural(checked, "file"))),
    }
    Ok(if unreadable || count.errors > 0 { FAILURE } else { SUCCESS })
}

fn check_file(file: &Path, options: &Check) -> Result<Compilation, CliError> {
    let source = Source::read(file, file.to_string_lossy())?;
    Ok(compile(vec![source], &Options { limits: options.limits.limits(), ..Options::default() }))
}

fn show(
    compilation: &Compilation,
    format: Format,
    reports: &mut Vec<serde_json::Value>,
    terminal: &mut Terminal<'_>,
) {
    match format {
        Format::Human => terminal.message(&compilation.report(terminal.style())),
        Format::Json => {
            reports.extend(compilation.diagnostics.iter().map(|d| json::to_json(d, &compilation.sources)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_well() {
        let text = |errors, warnings| Count { errors, warnings }.to_string();
        assert_eq!(text(0, 0), "no problems");
        assert_eq!(text(1, 0), "1 error");
        assert_eq!(text(2, 1), "2 errors, 1 warning");
        assert_eq!(text(0, 2), "2 warnings");
    }
}
