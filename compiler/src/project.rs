//! The cargo package that a workflow is built in: written into a cache directory, built by cargo, never edited by hand.
//!
//! All packages share one target directory, so that the runtime is compiled once and every further workflow in seconds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

pub mod cache;
pub mod cargo;
mod manifest;
pub mod output;

pub use cache::Cache;
pub use cargo::{Cargo, Profile, Progress};

/// Why a workflow could not be built. The text is a whole clause for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// There is no place for the cache.
    #[error("cannot tell where to keep built workflows: set COGWORK_CACHE_DIR, or HOME")]
    NoCacheDirectory,
    /// A file could not be read or written.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was to be done with it.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The runtime is not where it was said to be.
    #[error("there is no runtime in `{}`, where COGWORK_RUNTIME_PATH points", path.display())]
    NoRuntime {
        /// The directory.
        path: PathBuf,
    },
    /// Cargo is not installed.
    #[error("cannot find cargo: install Rust (https://rustup.rs), or set CARGO to its path")]
    NoCargo,
    /// Cargo could not be started.
    #[error("cannot start `{}`: {source}", program.display())]
    CargoStart {
        /// What was to be started.
        program: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Cargo ended without a binary.
    #[error("{output}cargo could not build the program in `{}`", package.display())]
    CargoFailed {
        /// What cargo said, unless it said so on the terminal; ends with a newline.
        output: String,
        /// The package's directory.
        package: PathBuf,
    },
    /// The binary would take the place of something else.
    #[error("cannot write the program to `{}`: that is {what}; choose another path with -o", path.display())]
    Occupied {
        /// Where it should go.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },
}

impl ProjectError {
    /// For `map_err`: something that could not be done with `path`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// A workflow to be built.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// The workflow's name.
    pub name: &'a str,
    /// Its file, which tells it from others of the same name.
    pub source: &'a Path,
    /// The generated modules.
    pub rust: &'a str,
    /// Names of the modules in it, one for each workflow.
    pub modules: &'a [String],
}

/// Where generated code finds the runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// In this directory.
    Path(PathBuf),
    /// In the registry, in this compiler's own version.
    Version,
}

impl Runtime {
    /// `COGWORK_RUNTIME_PATH`; else the directory beside the compiler's own, where it was built from a checkout; else
    /// the registry.
    ///
    /// # Errors
    ///
    /// When `COGWORK_RUNTIME_PATH` leads to no package.
    pub fn locate() -> Result<Self, ProjectError> {
        let is_package = |path: &Path| path.join("Cargo.toml").is_file();
        if let Some(path) = std::env::var_os("COGWORK_RUNTIME_PATH").filter(|path| !path.is_empty()) {
            let path = std::path::absolute(&path).map_err(ProjectError::io("find", Path::new(&path)))?;
            return if is_package(&path) {
                Ok(Self::Path(path))
            } else {
                Err(ProjectError::NoRuntime { path })
            };
        }
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("runtime");
        Ok(if is_package(&beside) { Self::Path(beside) } else { Self::Version })
    }

    /// A file of the workspace that the runtime lies in.
    fn workspace_file(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Path(path) => Some(path.parent()?.join(name)).filter(|file| file.is_file()),
            Self::Version => None,
        }
    }
}

/// Writes the package of a program, builds it and gives the path of the binary.
///
/// # Errors
///
/// When files cannot be written, cargo is missing, or cargo fails.
pub fn build(
    cache: &Cache,
    cargo: &Cargo,
    program: &Program<'_>,
    profile: Profile,
    progress: Progress,
) -> Result<PathBuf, ProjectError> {
    let name = package_name(program);
    let package = cache.package(&name)?;
    write_package(package.path(), &name, program, &Runtime::locate()?)?;
    cargo.build(package.path(), &cache.target(), profile, progress)
}

/// The package's name: what is left of the workflow's name in a cargo name, and a digest that tells apart files of the
/// same name.
fn package_name(program: &Program<'_>) -> String {
    let mut name = String::new();
    for c in program.name.chars().take(40) {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    let prefix = if name.starts_with(|c: char| c.is_ascii_alphabetic()) { "" } else { "workflow-" };
    let path = fs::canonicalize(program.source).unwrap_or_else(|_| program.source.to_owned());
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    let digest: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    format!("{prefix}{name}-{digest}").replace("--", "-")
}

fn write_package(
    directory: &Path,
    name: &str,
    program: &Program<'_>,
    runtime: &Runtime,
) -> Result<(), ProjectError> {
    let sources = directory.join("src");
    fs::create_dir_all(&sources).map_err(ProjectError::io("create", &sources))?;
    write_if_changed(&directory.join("Cargo.toml"), &manifest::text(name, runtime))?;
    write_if_changed(&sources.join("main.rs"), &manifest::main(program))?;
    copy_lock(directory, runtime)?;
    // The checkout's toolchain is there, since it compiled this compiler; another one would compile the runtime anew.
    if let Some(toolchain) = runtime.workspace_file("rust-toolchain.toml") {
        write_if_changed(&directory.join("rust-toolchain.toml"), &read(&toolchain)?)?;
    }
    Ok(())
}

/// Gives the package the versions that the runtime's workspace has. Cargo then adds the package itself to its copy;
/// so what was copied is kept beside it, to see when the original changes.
fn copy_lock(directory: &Path, runtime: &Runtime) -> Result<(), ProjectError> {
    let Some(original) = runtime.workspace_file("Cargo.lock") else { return Ok(()) };
    let text = read(&original)?;
    let lock = directory.join("Cargo.lock");
    if write_if_changed(&directory.join("workspace.lock"), &text)? || !lock.is_file() {
        write_if_changed(&lock, &text)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, ProjectError> {
    fs::read_to_string(path).map_err(ProjectError::io("read", path))
}

/// Writes a file unless it has this text already, since cargo goes by the time of change; whether it wrote.
fn write_if_changed(path: &Path, text: &str) -> Result<bool, ProjectError> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(false);
    }
    fs::write(path, text).map_err(ProjectError::io("write", path))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> String {
        let program = Program { name, source: Path::new("/nowhere/x.yaml"), rust: "", modules: &[] };
        let full = package_name(&program);
        let (name, digest) = full.rsplit_once('-').unwrap();
        assert_eq!(digest.len(), 10);
        name.to_owned()
    }

    #[test]
    fn every_workflow_name_gives_a_package_name() {
        assert_eq!(named("order"), "order");
        assert_eq!(named("Order_Approval v2"), "order-approval-v2");
        assert_eq!(named("2nd"), "workflow-2nd");
        assert_eq!(named("Übung"), "bung");
        assert_eq!(named("…"), "workflow");
        assert_eq!(named(""), "workflow");
        assert!(named(&"long".repeat(100)).len() <= 64);
    }

    #[test]
    fn files_of_the_same_name_have_packages_of_their_own() {
        let package =
            |path| package_name(&Program { name: "order", source: Path::new(path), rust: "", modules: &[] });
        assert_ne!(package("/nowhere/a/order.yaml"), package("/nowhere/b/order.yaml"));
    }

    #[test]
    fn unchanged_files_are_not_written() {
        let directory = std::env::temp_dir().join(format!("cogwork-project-{}", std::process::id()));
        let program = Program {
            name: "order",
            source: Path::new("order.yaml"),
            rust: "pub mod order {}\n",
            modules: &["order".to_owned()],
        };
        let runtime = Runtime::Path(PathBuf::from("/nowhere/runtime"));
        let times = || {
            ["Cargo.toml", "src/main.rs"]
                .map(|file| directory.join(file).metadata().unwrap().modified().unwrap())
        };
        write_package(&directory, "order-0", &program, &runtime).unwrap();
        let first = times();
        write_package(&directory, "order-0", &program, &runtime).unwrap();
        assert_eq!(first, times());
        fs::remove_dir_all(&directory).unwrap();
    }
}
