//! An application with `include_workflow!`, built by cargo like a user's.

use std::fs;
use std::path::{Path, PathBuf};

use cogwork_tests::command::{Outcome, cargo, workspace};

const MANIFEST: &str = r#"[package]
name = "embedding"
version = "0.0.0"
edition = "2024"

[dependencies]
cogwork = { path = "RUNTIME" }

[workspace]

[profile.dev]
debug = "line-tables-only"

[profile.dev.package."*"]
debug = false
"#;

const MAIN: &str = r#"cogwork::include_workflow!("order.yaml");

fn main() -> std::process::ExitCode {
    cogwork::serve::main(&[&order::WORKFLOW])
}
"#;

/// A package in the same place each time, beside the programs that `cogwork` builds in tests.
struct Application(PathBuf);

impl Application {
    fn new() -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedding");
        fs::create_dir_all(directory.join("src")).unwrap();
        let application = Self(directory);
        let runtime = workspace().join("runtime").display().to_string().replace('\\', "\\\\");
        application.write("Cargo.toml", &MANIFEST.replace("RUNTIME", &runtime));
        application.write("src/main.rs", MAIN);
        fs::copy(workspace().join("Cargo.lock"), application.0.join("Cargo.lock")).unwrap();
        application
    }

    /// Writes a file only if it changes, as an editor would.
    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(path, text).unwrap();
        }
    }

    fn cargo(&self, args: &[&str]) -> Outcome {
        let mut command = cargo();
        command.arg("--quiet").args(args).current_dir(&self.0);
        command.env("CARGO_TARGET_DIR", workspace().join("target/cogwork-cache/target"));
        Outcome::of(&command.output().expect("cargo starts"))
    }
}

#[test]
fn only_the_definition_changes_and_the_application_is_rebuilt() {
    let application = Application::new();
    for word in ["one", "two"] {
        application.write("order.yaml", &format!("- a:\n    return: \"{word}\"\n"));
        let outcome = application.cargo(&["run", "--", "run"]);
        assert_eq!((outcome.code, outcome.out), (Some(0), format!("\"{word}\"\n")), "{}", outcome.err);
    }
    application.write("order.yaml", "- a:\n    return: ${unknown}\n");
    let outcome = application.cargo(&["check"]);
    assert_ne!(outcome.code, Some(0));
    assert!(outcome.err.contains("order.yaml:2:15"), "{}", outcome.err);
    assert!(outcome.err.contains("src/main.rs:1:28"), "{}", outcome.err);
    let errors = outcome.err.lines().filter(|line| line.starts_with("error")).count();
    assert_eq!(
        errors, 2,
        "the error and cargo's own summary, no errors that follow from it:\n{}",
        outcome.err
    );
}
