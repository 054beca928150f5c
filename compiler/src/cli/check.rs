//! The command `check`.

use std::collections::HashSet;
use std::fmt;

use crate::bundle::compile_all;
use crate::cli::args::{Check, Format};
use crate::cli::build::report;
use crate::cli::{CliError, FAILURE, SUCCESS, Terminal, files};
use crate::diagnostic::{Diagnostic, Severity, json};
use crate::{Compilation, Options, Source};

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

    pub(super) fn add(&mut self, other: Self) {
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

/// Checks all files together, so that workflows find the libraries beside them; goes on after one that cannot be read.
pub(super) fn check(options: &Check, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let mut sources = Vec::new();
    let mut unreadable = false;
    for path in &options.paths {
        match files::definitions(path) {
            Err(error) => {
                terminal.error(&error.to_string());
                unreadable = true;
            }
            Ok(files) => {
                for file in files {
                    match Source::read(&file, file.to_string_lossy()) {
                        Ok(source) => sources.push(source),
                        Err(error) => {
                            terminal.error(&error.to_string());
                            unreadable = true;
                        }
                    }
                }
            }
        }
    }
    let checked = sources.len();
    let compilations =
        compile_all(sources, &Options { limits: options.limits.limits(), ..Options::default() });
    let count = match options.format {
        Format::Human => {
            let count = report(&compilations, terminal);
            terminal.message(&format!("{} checked: {count}\n", plural(checked, "file")));
            count
        }
        Format::Json => report_json(&compilations, terminal),
    };
    Ok(if unreadable || count.errors > 0 { FAILURE } else { SUCCESS })
}

fn report_json(compilations: &[Compilation], terminal: &mut Terminal<'_>) -> Count {
    let mut count = Count::default();
    let mut seen = HashSet::new();
    let mut reports = Vec::new();
    for compilation in compilations {
        for diagnostic in &compilation.diagnostics {
            let report = json::to_json(diagnostic, &compilation.sources);
            // Libraries are compiled with each workflow; what is said about them is said once.
            if seen.insert(report.to_string()) {
                count.add(Count::of(std::slice::from_ref(diagnostic)));
                reports.push(report);
            }
        }
    }
    terminal.output(&format!("{:#}\n", serde_json::Value::Array(reports)));
    count
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
