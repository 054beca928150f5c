//! Runs the real `cogwork` program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The root of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace")
}

/// The `cogwork` program of this profile. Cargo builds it now if a test runs before it exists or with older sources.
#[must_use]
pub fn cogwork() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().expect("a test knows its own path");
        let profile = test.ancestors().nth(2).expect("tests lie in target/PROFILE/deps");
        let mut build = cargo();
        build
            .args(["build", "--quiet", "-p", "cogwork-compiler", "--bin", "cogwork"])
            .current_dir(workspace());
        build.arg("--target-dir").arg(profile.parent().expect("the target directory"));
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo starts").success(), "cogwork does not build");
        profile.join(format!("cogwork{}", std::env::consts::EXE_SUFFIX))
    })
}

/// Cargo, as if it were called from a shell: without what the enclosing cargo tells this test about itself. Build
/// scripts of dependencies look at that, and would run again for each caller.
#[must_use]
pub fn cargo() -> Command {
    const PREFIXES: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "OUT_DIR"];
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        if PREFIXES.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

/// A command line of `cogwork` in the workspace's root, with the cache in the target directory.
#[must_use]
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(cogwork());
    command
        .args(args)
        .current_dir(workspace())
        .env("COGWORK_CACHE_DIR", workspace().join("target/cogwork-cache"))
        .env_remove("COGWORK_RUNTIME_PATH");
    command
}

/// What a command line of `cogwork` gives.
#[must_use]
pub fn run(args: &[&str]) -> Outcome {
    Outcome::of(&command(args).output().expect("cogwork starts"))
}

/// Exit code and output of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The exit code; none after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Outcome {
    /// Of a program that has ended.
    #[must_use]
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Standard output as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}
