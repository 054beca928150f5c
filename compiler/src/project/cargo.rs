//! Runs cargo on a generated package.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::project::ProjectError;

/// How a program is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Quick to build.
    Dev,
    /// Optimised for speed.
    Release,
    /// Optimised for size; slow to build.
    Dist,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
            Self::Dist => "dist",
        }
    }
}

/// Whether cargo shows what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Progress {
    /// On standard error, as it goes.
    Shown,
    /// Only when it fails, with the error.
    Quiet,
}

/// A cargo program.
#[derive(Debug, Clone)]
pub struct Cargo {
    program: PathBuf,
}

impl Cargo {
    /// What `CARGO` names, else `cargo` in the search path.
    #[must_use]
    pub fn locate() -> Self {
        let named = std::env::var_os("CARGO").filter(|path| !path.is_empty());
        Self { program: named.map_or_else(|| PathBuf::from("cargo"), PathBuf::from) }
    }

    /// Builds the package in a directory; gives the path of its binary.
    ///
    /// Cargo uses the network only for what has not been downloaded yet, and heeds `CARGO_NET_OFFLINE`.
    ///
    /// # Errors
    ///
    /// When cargo is missing or fails.
    pub fn build(
        &self,
        package: &Path,
        target: &Path,
        profile: Profile,
        progress: Progress,
    ) -> Result<PathBuf, ProjectError> {
        let mut command = Command::new(&self.program);
        command
            .args(["build", "--profile", profile.name(), "--message-format", "json-render-diagnostics"])
            .arg("--target-dir")
            .arg(target)
            // Cargo reads configuration from where it runs and above: that of the package, not of the user's project.
            .current_dir(package)
            .stdin(Stdio::null());
        match progress {
            Progress::Shown => command.stderr(Stdio::inherit()),
            Progress::Quiet => command.arg("--quiet").stderr(Stdio::piped()),
        };
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_enclosing_cargo(name)) {
            command.env_remove(name);
        }
        let output = command.output().map_err(|error| self.not_started(error))?;
        let binary = if output.status.success() { binary_in(&output.stdout) } else { None };
        binary.ok_or_else(|| ProjectError::CargoFailed {
            output: String::from_utf8_lossy(&output.stderr).into_owned(),
            package: package.to_owned(),
        })
    }

    fn not_started(&self, source: io::Error) -> ProjectError {
        if source.kind() == io::ErrorKind::NotFound {
            ProjectError::NoCargo
        } else {
            ProjectError::CargoStart { program: self.program.clone(), source }
        }
    }
}

/// Whether an environment variable is one that `cargo run` or `cargo test` set for this process. Build scripts look at
/// some of them, and with them the runtime would be compiled again each time.
fn is_of_enclosing_cargo(name: &OsStr) -> bool {
    let name: OsString = name.to_ascii_uppercase();
    let Some(name) = name.to_str() else { return false };
    const PREFIXES: [&str; 6] = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CFG_",
        "CARGO_FEATURE_",
        "CARGO_TARGET_TMPDIR",
    ];
    const NAMES: [&str; 5] = [
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_MAKEFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "OUT_DIR",
    ];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || NAMES.contains(&name)
}

/// The binary that cargo's messages name.
fn binary_in(messages: &[u8]) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
    }
    messages
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .filter_map(|message| message.executable)
        .next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_the_last_executable_named() {
        let messages = concat!(
            "{\"reason\":\"compiler-artifact\",\"executable\":null}\n",
            "{\"reason\":\"compiler-artifact\",\"executable\":\"/t/debug/order-0\"}\n",
            "not json\n",
            "{\"reason\":\"build-finished\",\"success\":true}\n",
        );
        assert_eq!(binary_in(messages.as_bytes()), Some(PathBuf::from("/t/debug/order-0")));
        assert_eq!(binary_in(b""), None);
    }

    #[test]
    fn settings_of_the_user_reach_cargo() {
        let removed = |name: &str| is_of_enclosing_cargo(OsStr::new(name));
        for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_VERSION", "CARGO_BIN_EXE_cogwork", "OUT_DIR"] {
            assert!(removed(name), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_NET_OFFLINE", "CARGO_BUILD_JOBS", "RUSTFLAGS", "RUSTUP_TOOLCHAIN"] {
            assert!(!removed(name), "{name}");
        }
    }
}
