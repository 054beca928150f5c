//! Real workflows, when they are at hand: `COGWORK_CORPUS` names their folder.

use std::path::PathBuf;

use crate::analyze::testing::{Checked, check};
use crate::diagnostic::{Code, Severity};
use crate::program::Program;

fn files() -> Vec<PathBuf> {
    let root = std::env::var_os("COGWORK_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus")),
        PathBuf::from,
    );
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().contains(".workflows.") {
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() {
        eprintln!("skipped: no workflows below {} (set COGWORK_CORPUS)", root.display());
    }
    files
}

/// Real errors and a program: what is not available yet does not count.
fn errors(checked: &Checked) -> Vec<String> {
    let bad = |d: &&crate::diagnostic::Diagnostic| {
        d.severity == Severity::Error && d.code != Code::FunctionNotAvailable
    };
    checked.diagnostics.iter().filter(bad).map(|d| d.message.clone()).collect()
}

#[test]
fn the_corpus_has_no_errors() {
    let mut bad = Vec::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        for message in errors(&check(&text)) {
            bad.push(format!("{}: {message}", path.display()));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn json_twins_are_equal() {
    let mut compared = 0;
    let mut different = Vec::new();
    for path in files().iter().filter(|path| path.extension().is_some_and(|e| e == "yaml")) {
        let Ok(json) = std::fs::read_to_string(path.with_extension("json")) else { continue };
        let yaml = std::fs::read_to_string(path).unwrap();
        if let (Some(one), Some(other)) = (check(&yaml).program, check(&json).program) {
            compared += 1;
            if without_spans(&one) != without_spans(&other) {
                different.push(path.display().to_string());
            }
        }
    }
    eprintln!("{compared} pairs compared");
    assert!(different.is_empty(), "{different:#?}");
}

/// The debug text of a program without its spans.
fn without_spans(program: &Program) -> String {
    let text = format!("{program:?}");
    let mut rest = text.as_str();
    let mut result = String::new();
    while let Some(at) = rest.find("Span {") {
        result.push_str(&rest[..at]);
        rest = rest[at..].split_once('}').map_or("", |(_, behind)| behind);
    }
    result + rest
}
