//! Whole programs.

use crate::analyze::testing::{check, program, report};
use crate::program::{Action, RoutineKind, StepId};

#[test]
fn steps_are_numbered_in_source_order() {
    let program = program(
        "
- a: {steps: [{b: {next: c}}]}
- c: {switch: [{condition: true, steps: [{d: {next: e}}]}]}
- p: {parallel: {branches: [{x: {steps: [{inner: {next: end}}]}}]}}
- e: {return: 1}
",
    );
    let ids: Vec<_> = program.routines[0].body.iter().map(|step| step.id.0).collect();
    assert_eq!(ids, [0, 2, 4, 5]);
    assert_eq!(program.routines[1].body[0].id, StepId(0));
    assert_eq!(program.routines[0].kind, RoutineKind::Main);
}

#[test]
fn the_span_of_a_step_is_its_body() {
    let text = "- a:\n    raise: x\n";
    let checked = check(text);
    let program = checked.program.unwrap();
    let step = &program.routines[0].body[0];
    assert_eq!(checked.sources.position(step.span.file, step.span.start).line, 2);
    assert_eq!(checked.sources.position(step.span.file, step.name_span.start).line, 1);
    assert!(matches!(step.action, Action::Raise(_)));
}

#[test]
fn all_errors_come_in_one_run() {
    let text = "
- a: {call: nope, result: r, retry: 1}
- b: {assign: [{x: '${1 +}'}, {y: '${z}'}]}
- c: {next: nowhere}
- d: {return: '${x + y + r}'}
";
    let checked = check(text);
    assert!(checked.program.is_none());
    let lines: Vec<u32> = checked
        .diagnostics
        .iter()
        .map(|d| checked.sources.position(d.span.file, d.span.start).line)
        .collect();
    assert_eq!(lines, [2, 2, 3, 3, 4]);
}

#[test]
fn nesting_may_be_deep() {
    let sum = vec!["1"; 200].join(" + ");
    let mut text = format!("{{return: '${{{sum}}}'}}");
    for n in 0..30 {
        text = format!("{{steps: [{{s{n}: {text}}}]}}");
    }
    assert_eq!(report(&format!("[{{top: {text}}}]")), Vec::<String>::new());
}
