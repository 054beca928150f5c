//! One run reports everything that is wrong.

use cogwork_compiler::diagnostic::render::Style;
use cogwork_compiler::diagnostic::{Code, Severity};
use cogwork_compiler::{Compilation, Options, Source, compile};

fn codes(compilation: &Compilation) -> Vec<Code> {
    compilation.diagnostics.iter().map(|d| d.code).collect()
}

#[test]
fn several_errors_come_out_of_one_run() {
    let source = r#"
main:
  params: [input]
  steps:
    - init:
        assign:
          - name: ${input.name
          - 2nd: 1
          - third: ${unknown}
    - greet:
        call: txt.to_upper
        args: {source: '${name}'}
        result: loud
        next: finsih
    - wait:
        call: sys.sleep
        args: {second: 1}
    - finish:
        retrun: ${loud}
"#;
    let compilation = compile(vec![Source::new("workflow.yaml", source)], &Options::default());
    assert!(compilation.has_errors());
    let mut found = codes(&compilation);
    found.sort();
    found.dedup();
    let expected = [
        Code::ExpressionSyntax,
        Code::UnknownKey,
        Code::InvalidIdentifier,
        Code::UnknownStep,
        Code::UndefinedSymbol,
        Code::UnknownFunction,
        Code::InvalidArguments,
    ];
    for code in expected {
        assert!(found.contains(&code), "{code} is missing in {found:?}");
    }
    insta::assert_snapshot!(compilation.report(Style::Plain));
}

#[test]
fn errors_come_in_the_order_of_the_source() {
    let source = "- a:\n    next: x\n- b:\n    next: y\n- c:\n    return: ${z}\n";
    let compilation = compile(vec![Source::new("workflow.yaml", source)], &Options::default());
    let starts: Vec<u32> = compilation.diagnostics.iter().map(|d| d.span.start).collect();
    assert!(starts.len() == 3 && starts.is_sorted(), "{starts:?}");
}

#[test]
fn errors_in_two_files_name_their_files() {
    let main = "main:\n  steps:\n    - go:\n        return: ${twice(4) + x}\n";
    let library = "twice:\n  params: [n]\n  steps:\n    - done:\n        return: ${m * 2}\n";
    let again = "twice:\n  steps:\n    - done:\n        return: 1\n";
    let sources = vec![
        Source::new("main.yaml", main),
        Source::new("library.yaml", library),
        Source::new("again.yaml", again),
    ];
    let compilation = compile(sources, &Options::default());
    assert_eq!(
        codes(&compilation),
        [Code::UndefinedSymbol, Code::UndefinedSymbol, Code::DuplicateSubworkflow]
    );
    let report = compilation.report(Style::Plain);
    for place in ["main.yaml:4:30", "library.yaml:5:19", "again.yaml:1:1"] {
        assert!(report.contains(place), "{place} is not in\n{report}");
    }
    insta::assert_snapshot!(report);
}

#[test]
fn warnings_do_not_stop_the_compilation() {
    let source = "- pick:\n    switch:\n      - condition: true\n        return: 1\n      - condition: false\n        return: 2\n";
    let compilation = compile(vec![Source::new("workflow.yaml", source)], &Options::default());
    assert!(!compilation.has_errors() && compilation.rust().is_some());
    assert_eq!(codes(&compilation), [Code::UnreachableCase]);
    assert_eq!(compilation.diagnostics[0].severity, Severity::Warning);
}
