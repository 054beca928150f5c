//! Compiles and runs many programs in a cargo project of their own, in one process per batch.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cogwork_compiler::diagnostic::render::Style;
use cogwork_compiler::{Options, Source, compile};
use serde_json::Value as Json;

use super::evaluate::Outcome;
use super::program::Program;
use super::render::render;
use super::run::from_json;
use crate::command::cargo;

/// What a program came to under each schedule, or why it did not come to anything.
pub type Found = Result<Vec<Outcome>, String>;

/// The project that programs are built in.
#[derive(Debug)]
pub struct Project {
    folder: PathBuf,
}

impl Project {
    /// Prepares the project in `folder`.
    ///
    /// # Panics
    ///
    /// When the folder cannot be written.
    pub fn new(folder: PathBuf) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is around");
        fs::create_dir_all(folder.join("src")).expect("the folder can be made");
        let manifest = format!(
            r#"[package]
name = "random-programs"
version = "0.0.0"
edition = "2024"
publish = false

[workspace]

[dependencies]
cogwork.path = {:?}
serde_json = {{ version = "1", features = ["preserve_order"] }}
tokio = {{ version = "1", features = ["rt", "test-util"] }}

[profile.dev]
debug = false
incremental = false
"#,
            root.join("runtime")
        );
        fs::write(folder.join("Cargo.toml"), manifest).expect("writable");
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the workspace has a lock file");
        Self { folder }
    }

    /// Compiles and runs programs.
    ///
    /// # Panics
    ///
    /// When the generated code does not compile, or the process dies.
    pub fn run(&self, programs: &[&Program]) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let mut modules = String::new();
        let mut calls = String::new();
        for (number, program) in programs.iter().enumerate() {
            found.push(Err("no outcome".to_owned()));
            match rust(&format!("program{number}"), program) {
                Ok(code) => {
                    modules.push_str(&code);
                    writeln!(calls, "    report({number}, &program{number}::WORKFLOW);").expect("memory");
                }
                Err(report) => found[number] = Err(report),
            }
        }
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/random");
        let main = format!(
            r#"#![allow(warnings)]
#[path = {sources:?}]
mod random {{
    pub mod evaluate;
    pub mod program;
    pub mod run;
}}
include!("programs.rs");
fn report(number: usize, workflow: &'static cogwork::Workflow) {{
    let outcome = match random::run::outcomes(workflow) {{
        Ok(outcomes) => serde_json::Value::from_iter(outcomes.iter().map(random::run::to_json)),
        Err(problem) => serde_json::Value::from(problem),
    }};
    println!("OUTCOME{{}}", serde_json::json!([number, outcome]));
}}
fn main() {{
{calls}}}
"#
        );
        fs::write(self.folder.join("src/programs.rs"), modules).expect("writable");
        fs::write(self.folder.join("src/main.rs"), main).expect("writable");
        for line in self.cargo().lines().filter_map(|line| line.strip_prefix("OUTCOME")) {
            let (number, outcome): (usize, Json) =
                serde_json::from_str(line).expect("the process writes JSON");
            found[number] = match outcome {
                Json::Array(list) => Ok(list.iter().filter_map(from_json).collect()),
                problem => Err(problem.to_string()),
            };
        }
        found
    }

    fn cargo(&self) -> String {
        let output = cargo()
            .args(["run", "--quiet", "--offline"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .output()
            .expect("cargo runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "the batch in {} fails: {}",
            self.folder.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }
}

/// The code that the compiler makes of a program.
///
/// # Errors
///
/// The diagnostics, when the compiler refuses the program.
pub fn rust(name: &str, program: &Program) -> Result<String, String> {
    let options = Options { name: Some(name.to_owned()), ..Options::default() };
    let text = render(program);
    let compilation = compile(vec![Source::new("random.yaml", text.as_str())], &options);
    compilation.rust().ok_or_else(|| compilation.report(Style::Plain))
}
