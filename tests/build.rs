//! Compiles the test workflows to Rust, so that the tests run what the compiler generates.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use cogwork_compiler::{Limits, Options, Source, compile};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    workflows(&root.join("workflows"), "workflows", &out);
    workflows(&root.join("../samples/workflows"), "samples", &out);
    workflows(&root.join("simulation"), "simulation", &out);
    conformance(&root.join("conformance"), &out);
    revisions(&root.join("revisions"), &out);
    random_programs(&out);
    corpus(&out);
}

/// One Rust file per workflow of a folder in `OUT_DIR/GROUP`, and `GROUP.rs` with a list of them all.
fn workflows(folder: &Path, group: &str, out: &Path) {
    println!("cargo::rerun-if-changed={}", folder.display());
    fs::create_dir_all(out.join(group)).expect("OUT_DIR is writable");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder exists")
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    let mut index = String::new();
    let mut list = String::new();
    for file in files {
        let name = format!("{group}/{}", file.file_name().expect("a file name").to_string_lossy());
        let mut workflow = file.file_stem().expect("a file name").to_string_lossy().into_owned();
        if file.extension().is_some_and(|extension| extension == "json") {
            workflow.push_str("_json");
        }
        let module = cogwork_compiler::codegen::module_name(&workflow);
        let text = fs::read_to_string(&file).expect("readable");
        fs::write(out.join(group).join(format!("{module}.rs")), rust(&name, &workflow, &text))
            .expect("OUT_DIR is writable");
        let path = format!("concat!(env!(\"OUT_DIR\"), \"/{group}/{module}.rs\")");
        writeln!(index, "include!({path});").expect("memory");
        let source = file.display().to_string();
        writeln!(
            list,
            "    ({name:?}, include_str!({source:?}), include_str!({path}), &{module}::WORKFLOW),"
        )
        .expect("memory");
    }
    let table = format!(
        "{index}\n/// File name, definition, generated code and compiled form of each workflow.\n\
         pub static ALL: &[(&str, &str, &str, &cogwork::Workflow)] = &[\n{list}];\n"
    );
    fs::write(out.join(format!("{group}.rs")), table).expect("OUT_DIR is writable");
}

fn rust(name: &str, workflow: &str, text: &str) -> String {
    let options = Options { name: Some(workflow.to_owned()), ..Options::default() };
    let compilation = compile(vec![Source::new(name, text)], &options);
    compilation.rust().unwrap_or_else(|| {
        panic!(
            "{name} does not compile:\n{}",
            compilation.report(cogwork_compiler::diagnostic::render::Style::Plain)
        )
    })
}

/// Several definitions of one workflow, `order`, each in a module of its own.
fn revisions(folder: &Path, out: &Path) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut code = String::new();
    for entry in fs::read_dir(folder).expect("the folder exists") {
        let file = entry.expect("readable").path();
        let module = file.file_stem().expect("a file name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).expect("readable");
        let options = Options { name: Some("order".to_owned()), ..Options::default() };
        let compilation = compile(vec![Source::new(module.as_str(), text)], &options);
        code.push_str(&compilation.rust_as(&module).expect("it compiles"));
    }
    fs::write(out.join("revisions.rs"), code).expect("OUT_DIR is writable");
}

/// All workflows of the conformance tables in one Rust file. Cases that must be rejected have no code.
fn conformance(folder: &Path, out: &Path) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut modules = String::new();
    let mut list = String::new();
    for table in cogwork_tests_cases::read_all(folder) {
        for case in table {
            let Some(text) = case.workflow_to_compile() else { continue };
            let limits = if case.google_limits { Limits::google() } else { Limits::default() };
            let options = Options { name: Some(case.id()), limits, ..Options::default() };
            let compilation = compile(vec![Source::new(case.id(), text.as_str())], &options);
            match compilation.rust() {
                Some(rust) => {
                    modules.push_str(&rust);
                    let module = cogwork_compiler::codegen::module_name(&case.id());
                    writeln!(list, "    ({:?}, &{module}::WORKFLOW),", case.id()).expect("memory");
                }
                // The test says so, with the diagnostics.
                None => println!("cargo::warning=conformance case `{}` does not compile", case.id()),
            }
        }
    }
    let code = format!(
        "{modules}\n/// The compiled cases by id.\npub static CASES: &[(&str, &cogwork::Workflow)] = &[\n{list}];\n"
    );
    fs::write(out.join("conformance.rs"), code).expect("OUT_DIR is writable");
}

/// Random programs of fixed seeds in one Rust file.
fn random_programs(out: &Path) {
    println!("cargo::rerun-if-changed=src/random");
    let mut modules = String::new();
    let mut list = String::new();
    for seed in 0..RANDOM_PROGRAMS {
        let name = format!("random_{seed}");
        let definition = random::render::render(&random::generate::generate(seed).program);
        modules.push_str(&rust(&format!("seed {seed}"), &name, &definition));
        writeln!(list, "    ({seed}, &{name}::WORKFLOW),").expect("memory");
    }
    let code = format!(
        "{modules}\n/// The compiled programs by seed.\npub static PROGRAMS: &[(u64, &cogwork::Workflow)] = &[\n{list}];\n"
    );
    fs::write(out.join("random_programs.rs"), code).expect("OUT_DIR is writable");
}

/// The workflows of the corpus in one Rust file, with connectors stubbed; an empty list when it is not at hand. Twins
/// in YAML and JSON are the same machines, which a test proves, so that one of them is enough.
fn corpus(out: &Path) {
    println!("cargo::rerun-if-env-changed=COGWORK_CORPUS");
    let folder = corpus_files::folder();
    // Cargo would take a path that does not exist for changed each time.
    if folder.exists() {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let mut modules = String::new();
    let mut list = String::new();
    let mut files = corpus_files::read_all();
    files.dedup_by(|next, kept| next.stem() == kept.stem());
    for file in files {
        let compilation = file.compile_stubbed();
        // What does not compile is left out; the test says so, with the diagnostics.
        let (Some(rust), Some(module)) = (compilation.rust(), &compilation.module) else { continue };
        modules.push_str(&rust);
        let name = cogwork_compiler::codegen::module_name(&module.name);
        writeln!(list, "    ({:?}, &{name}::WORKFLOW),", file.stem()).expect("memory");
    }
    let code = format!(
        "{modules}\n/// The compiled files by name without extension.\n\
         pub static CORPUS: &[(&str, &cogwork::Workflow)] = &[\n{list}];\n"
    );
    fs::write(out.join("corpus.rs"), code).expect("OUT_DIR is writable");
}

/// So many that the compiler takes well under a minute for them.
const RANDOM_PROGRAMS: u64 = 100;

#[path = "src/random"]
#[allow(dead_code, unreachable_pub, reason = "the build script needs less of it than the test")]
mod random {
    pub mod evaluate;
    pub mod generate;
    pub mod program;
    pub mod render;
}

#[path = "conformance_cases.rs"]
mod cogwork_tests_cases;

#[path = "corpus_files.rs"]
mod corpus_files;
