//! Compiling workflows from a `build.rs`: the generated code is then a file that can be read and stepped through.
//!
//! `build.rs`:
//!
//! ```no_run
//! use cogwork_compiler::build::{BuildError, Config};
//!
//! fn main() -> Result<(), BuildError> {
//!     Config::new().compile(&["workflows/order.yaml"])
//! }
//! ```
//!
//! and in the crate:
//!
//! ```ignore
//! include!(concat!(env!("OUT_DIR"), "/order.rs"));
//! // now there is `order::WORKFLOW`
//! ```

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use crate::diagnostic::Severity;
use crate::diagnostic::render::{Style, render};
use crate::source::ReadError;
use crate::{Compilation, Limits, Options, Source, codegen, compile, workflow_name};

/// What to compile workflows for.
#[derive(Debug, Clone, Default)]
pub struct Config {
    limits: Limits,
    out_dir: Option<PathBuf>,
    runtime: Option<String>,
}

impl Config {
    /// The usual: files go to `OUT_DIR`, the runtime is the crate `cogwork`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sizes that the definitions must keep to.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Writes the Rust files to this directory instead of `OUT_DIR`. It must exist.
    #[must_use]
    pub fn out_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(directory.into());
        self
    }

    /// The path by which generated code reaches the runtime, `::cogwork` by default.
    #[must_use]
    pub fn runtime_path(mut self, path: impl Into<String>) -> Self {
        self.runtime = Some(path.into());
        self
    }

    /// Compiles each file, relative to the package, to a Rust file: `order-approval.yaml` to `order_approval.rs`,
    /// which holds the module `order_approval`.
    ///
    /// Tells cargo to come again when a file changes, and prints warnings as cargo's. A file whose code has not changed
    /// is not written again.
    ///
    /// # Errors
    ///
    /// All files that do not compile together with what is wrong in them; what could not be read or written.
    pub fn compile<P: AsRef<Path>>(&self, files: &[P]) -> Result<(), BuildError> {
        let root = directory(None, "CARGO_MANIFEST_DIR")?;
        let out = directory(self.out_dir.as_deref(), "OUT_DIR")?;
        let mut modules: BTreeMap<String, PathBuf> = BTreeMap::new();
        let mut reports = String::new();
        for file in files {
            let file = file.as_ref();
            let module = codegen::module_name(&workflow_name(&file.to_string_lossy()));
            if let Some(other) = modules.insert(module.clone(), file.to_owned()) {
                return Err(BuildError::SameModule { first: other, second: file.to_owned(), module });
            }
            let path = root.join(file);
            tell_cargo("rerun-if-changed", &path.display().to_string());
            let compilation = compile(vec![Source::read(&path, file.to_string_lossy())?], &self.options());
            match compilation.rust() {
                Some(rust) => {
                    warn(&compilation);
                    write_if_changed(&out.join(format!("{module}.rs")), &rust)?;
                }
                None => reports.push_str(&compilation.report(Style::Plain)),
            }
        }
        if reports.is_empty() { Ok(()) } else { Err(BuildError::Workflows { reports }) }
    }

    fn options(&self) -> Options {
        let mut options = Options { limits: self.limits.clone(), ..Options::default() };
        if let Some(runtime) = &self.runtime {
            options.runtime.clone_from(runtime);
        }
        options
    }
}

/// Why workflows could not be compiled.
///
/// `Debug` is the same text as `Display`, because that is what Rust prints of an error that `main` returns.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Not run by cargo.
    #[error(
        "the environment variable {0} is not set; this is meant to be called from a build.rs that cargo runs"
    )]
    NoCargo(&'static str),
    /// A definition could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Generated code could not be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Two files would give the same module.
    #[error("`{}` and `{}` both give the module `{module}`; rename one", first.display(), second.display())]
    SameModule {
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// The module that both would be.
        module: String,
    },
    /// Definitions are wrong.
    #[error("workflows do not compile:\n\n{reports}")]
    Workflows {
        /// The diagnostics as text.
        reports: String,
    },
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn directory(given: Option<&Path>, variable: &'static str) -> Result<PathBuf, BuildError> {
    match given {
        Some(path) => Ok(path.to_owned()),
        None => env::var_os(variable).map(PathBuf::from).ok_or(BuildError::NoCargo(variable)),
    }
}

/// Prints the warnings of a compilation as cargo's, line by line because cargo takes lines.
fn warn(compilation: &Compilation) {
    for diagnostic in compilation.diagnostics.iter().filter(|d| d.severity == Severity::Warning) {
        for line in render(diagnostic, &compilation.sources, Style::Plain).lines() {
            tell_cargo("warning", line);
        }
    }
}

fn tell_cargo(key: &str, value: &str) {
    // Cargo has gone away if this fails, and the build with it.
    let _ = writeln!(io::stdout().lock(), "cargo::{key}={value}");
}

/// Writes a file unless it has this text already, so that nothing is rebuilt without need.
fn write_if_changed(path: &Path, text: &str) -> Result<(), BuildError> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    fs::write(path, text).map_err(|source| BuildError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
