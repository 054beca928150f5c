//! Real workflows: what does not compile is named as not available, and everything else is Rust that builds.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use cogwork_compiler::Compilation;
use cogwork_compiler::diagnostic::render::{Style, render};
use cogwork_compiler::diagnostic::{Code, Severity};

use crate::corpus::CORPUS;

#[path = "../../corpus_files.rs"]
mod files;

use files::CorpusFile;

/// The corpus, or nothing and a word about it.
fn corpus() -> Vec<CorpusFile> {
    let files = files::read_all();
    if files.is_empty() {
        // Straight to the stream: the test runner keeps back what `eprintln!` says in a test that passes.
        let line =
            format!("skipped: no workflows below {} (set COGWORK_CORPUS)\n", files::folder().display());
        io::stderr().write_all(line.as_bytes()).unwrap();
    }
    files
}

#[test]
fn only_functions_that_are_not_available_keep_a_file_from_compiling() {
    let mut wrong = Vec::new();
    for file in corpus() {
        let compilation = file.compile();
        for diagnostic in &compilation.diagnostics {
            let callee = compilation.sources.slice(diagnostic.span).trim_matches('"');
            let named = diagnostic.severity == Severity::Error
                && diagnostic.code == Code::FunctionNotAvailable
                && diagnostic.message.contains(&format!("'{callee}' is not available"))
                && ["googleapis.", "gke."].iter().any(|connectors| callee.starts_with(connectors));
            if !named {
                wrong.push(render(diagnostic, &compilation.sources, Style::Plain));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn yaml_and_json_twins_are_the_same_machines() {
    let mut revisions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in corpus() {
        revisions.entry(file.stem().to_owned()).or_default().push(revision(&file, &file.compile_stubbed()));
    }
    for (stem, twins) in revisions {
        assert!(
            twins.windows(2).all(|pair| pair[0] == pair[1]),
            "{stem} differs in YAML and JSON: {twins:?}"
        );
    }
}

#[test]
fn every_file_is_linked_with_connectors_stubbed() {
    let linked: BTreeMap<&str, &str> = CORPUS.iter().map(|(stem, flow)| (*stem, flow.revision)).collect();
    for file in corpus() {
        let revision = revision(&file, &file.compile_stubbed());
        assert_eq!(
            linked.get(file.stem()),
            Some(&revision.as_str()),
            "{} is not in the binary; was the corpus there when it was built? (touch tests/build.rs)",
            file.name
        );
    }
}

fn revision(file: &CorpusFile, compilation: &Compilation) -> String {
    match &compilation.module {
        Some(module) => module.revision.clone(),
        None => panic!("{} does not compile:\n{}", file.name, compilation.report(Style::Plain)),
    }
}
