//! Our trees against those of an independent YAML parser, on documents that both read alike.

use std::path::{Path, PathBuf};

use serde_yaml::Value;

use super::*;
use crate::syntax::expression::parser::parse_scalar;

fn value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(value) => Value::from(*value),
        NodeKind::Int(value) => Value::from(*value),
        NodeKind::Float(value) => Value::from(*value),
        NodeKind::Str(text) => Value::from(text.value.clone()),
        NodeKind::List(items) => Value::Sequence(items.iter().map(value).collect()),
        NodeKind::Map(entries) => Value::Mapping(
            entries.iter().map(|e| (Value::from(e.key.value.clone()), value(&e.value))).collect(),
        ),
    }
}

/// Keys become strings, as ours are.
fn with_string_keys(value: Value) -> Value {
    match value {
        Value::Sequence(items) => Value::Sequence(items.into_iter().map(with_string_keys).collect()),
        Value::Mapping(entries) => {
            let key = |key| match key {
                Value::Number(number) => Value::from(number.to_string()),
                Value::Bool(value) => Value::from(value.to_string()),
                other => other,
            };
            Value::Mapping(entries.into_iter().map(|(k, v)| (key(k), with_string_keys(v))).collect())
        }
        other => other,
    }
}

fn agree(name: &str, source: &str) {
    let theirs = serde_yaml::from_str::<Value>(source).map(with_string_keys);
    let (ours, diagnostics) = parse_all(source);
    match theirs {
        Ok(theirs) => {
            assert_eq!(diagnostics, [], "{name}");
            let ours = ours.unwrap();
            assert_eq!(value(&ours), theirs, "{name}");
            check_texts(name, &ours, source);
        }
        Err(error) => assert!(!diagnostics.is_empty(), "{name}: {error}"),
    }
}

/// Every character of every string is found at its place in the file, and expressions can be read.
fn check_texts(name: &str, node: &Node, source: &str) {
    match &node.kind {
        NodeKind::Str(text) => {
            offsets::tests::check(text, source);
            if let Err(error) = parse_scalar(text, node.span) {
                assert_eq!(error.code, Code::NotAnExpression, "{name}: {error}: {}", text.value);
            }
        }
        NodeKind::List(items) => items.iter().for_each(|item| check_texts(name, item, source)),
        NodeKind::Map(entries) => entries.iter().for_each(|entry| {
            offsets::tests::check(&entry.key, source);
            check_texts(name, &entry.value, source);
        }),
        _ => {}
    }
}

#[test]
fn own_documents() {
    for source in [
        "main:\n  params: [a, {b: 1.5}]\n  steps:\n  - s:\n      return: ${a}\n",
        "- a: 'it''s'\n- b: \"tab\\t\\u00e4 \\x41 \\\n    joined\"\n- c: plain\n    over\n\n    lines\n",
        "a: |\n  one\n    two\n\n  three\n\n\nb: >-\n  one\n  two\n\n    more\n  three\n\nc: |+\n  x\n\n",
        "a: >2\n   x\n  y\nb: |-\n\n  late\nc: >+\n\n  x\n\n",
        "{\"a\": [1, -2.5e3, true, null, \"x\\\"y\\/\"], \"b\": {}, \"c\": []}",
        "a: &x [1, {b: *y, c: &y 2}]\n",
        "a: &x [1, {b: 2}]\nc: *x\nd: {e: *x}\n",
        "? a\n: 1\n? b\n",
        "1: one\ntrue: two\n'3': three\n",
        "a: b: c\n",
        "a: [1, 2\n",
        "a: 'x\n",
        "a: 1\na: 2\n",
        "a: \"multi\n  line\n\n  quoted  \n  text\"\n",
    ] {
        agree(source, source);
    }
}

/// Files with a definition's extension below `directory`.
fn definitions(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            definitions(&path, found);
        } else if path.extension().is_some_and(|e| ["yaml", "yml", "json"].iter().any(|known| e == *known)) {
            found.push(path);
        }
    }
}

#[test]
fn corpus() {
    let root = std::env::var_os("COGWORK_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"), PathBuf::from);
    let mut files = Vec::new();
    definitions(&root, &mut files);
    if files.is_empty() {
        eprintln!("skipped: no corpus in {} (set COGWORK_CORPUS)", root.display());
    }
    for path in files {
        if let Ok(source) = std::fs::read_to_string(&path) {
            agree(&path.display().to_string(), &source);
        }
    }
}
