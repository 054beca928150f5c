//! Each broken workflow: the place by hand, the report as a snapshot.

use std::collections::{BTreeSet, HashSet};

use cogwork_compiler::diagnostic::Code;
use cogwork_compiler::diagnostic::render::Style;

use super::cases;

/// Kinds that no single definition brings about: they need library files, or guard what is not there yet.
const ELSEWHERE: &[Code] = &[Code::DuplicateSubworkflow, Code::FunctionNotAvailable];

#[test]
fn each_broken_workflow_is_reported_where_it_breaks() {
    let mut wrong = Vec::new();
    for case in cases::all() {
        let compilation = case.compile();
        let report = compilation.report(Style::Plain);
        let place = case.place();
        let Some(first) = compilation.diagnostics.first() else {
            wrong.push(format!("{}: nothing is reported", case.name));
            continue;
        };
        let found = compilation.sources.position(first.span.file, first.span.start);
        let arrow = format!("--> {}:{}:{}\n", case.file(), place.line, place.column);
        if first.code != case.code {
            wrong.push(format!("{}: expected {}, found {}\n{report}", case.name, case.code, first.code));
        } else if found != place || !report.contains(&arrow) {
            wrong.push(format!("{}: expected at {place:?}, found {found:?}\n{report}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn reports() {
    for case in cases::all() {
        // The source stands in the report; of the large ones only an excerpt does.
        insta::assert_snapshot!(case.name, case.compile().report(Style::Plain));
    }
}

#[test]
fn what_is_broken_stops_the_compilation() {
    for case in cases::all() {
        let only_warned = case.code.as_str().starts_with('W');
        assert_eq!(case.compile().has_errors(), !only_warned, "{}", case.name);
    }
}

#[test]
fn every_rule_and_every_code_has_a_case() {
    let all = cases::all();
    let names: HashSet<_> = all.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), all.len(), "names are unique");
    let rules: BTreeSet<u8> = all.iter().map(|case| case.rule).collect();
    assert_eq!(rules, (0..=22).collect(), "rules D1 to D22");
    let codes: HashSet<Code> =
        all.iter().flat_map(|case| case.compile().diagnostics).map(|diagnostic| diagnostic.code).collect();
    let missing: Vec<Code> =
        Code::all().filter(|code| !codes.contains(code) && !ELSEWHERE.contains(code)).collect();
    assert!(missing.is_empty(), "without a case: {missing:?}");
}
