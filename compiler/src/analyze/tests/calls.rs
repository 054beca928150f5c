//! Callees and arguments.

use crate::analyze::testing::{check, check_all, lines, program, report};
use crate::limits::Limits;
use crate::program::{Action, Callee, RoutineId};

#[test]
fn arguments_stand_in_the_order_of_the_parameters() {
    let program = program(
        "
main:
  steps:
    - a: {call: sub, args: {c: 3, a: 1}, result: r}
    - b: {call: sys.log, args: [text, ERROR]}
    - c: {return: '${sub(1, 2) + r}'}
sub:
  params: [a, b: 0, c: 0]
  steps: [{d: {return: '${a + b + c}'}}]
",
    );
    let Action::Call(call) = &program.routines[0].body[0].action else { panic!("no call") };
    assert_eq!(call.callee, Callee::Routine(RoutineId(1)));
    assert_eq!(call.args.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(call.order, [2, 0]);
    let Action::Call(call) = &program.routines[0].body[1].action else { panic!("no call") };
    assert_eq!((call.args.len(), call.order.as_slice()), (2, [0, 1].as_slice()));
}

#[test]
fn unknown_functions_get_suggestions() {
    let text = "
- a: {call: http.gte, args: {url: x}}
- b: {assign: [{x: '${split(\"a\", \"b\")}'}]}
- c: {call: main}
- d: {assign: [{x: '${x(1)}'}]}
";
    assert_eq!(
        report(text),
        [
            "2:13 error in step a: unknown function 'http.gte'",
            "3:23 error in step b: unknown function or subworkflow 'split'",
            "4:13 error in step c: 'main' cannot be called",
            "5:23 error in step d: unknown function or subworkflow 'x'",
        ]
    );
    let help: Vec<_> = check(text).diagnostics.into_iter().map(|d| d.help.unwrap_or_default()).collect();
    assert_eq!(help[0], "did you mean `http.get`?");
    assert_eq!(help[1], "did you mean `text.split`?");
    assert_eq!(help[3], "'x' is a variable; variables cannot be called");
}

#[test]
fn connectors_are_not_there_yet() {
    let text = "
- a: {call: googleapis.pubsub.v1.projects.topics.publish, args: {topic: t}}
- c: {return: '${googleapis.storage.v1.objects.get(1)}'}
";
    assert_eq!(
        report(text),
        [
            "2:13 error in step a: 'googleapis.pubsub.v1.projects.topics.publish' is not available: \
             connectors cannot be called yet",
            "3:18 error in step c: error evaluating return value: 'googleapis.storage.v1.objects.get' \
             blocks and cannot be called in an expression",
        ]
    );
}

#[test]
fn blocking_functions_need_a_step() {
    assert_eq!(
        report("- a:\n    return: ${http.get(\"https://example.com\")}\n"),
        ["2:15 error in step a: error evaluating return value: \
             'http.get' blocks and cannot be called in an expression"]
    );
    program("- a:\n    return: ${events.create_callback_endpoint(\"POST\")}\n");
}

#[test]
fn wrong_arguments_are_named() {
    let text = "
main:
  steps:
    - a: {call: http.get, args: {ulr: x}}
    - b: {call: sub, args: {p: 1}}
    - c: {call: sub, args: [1, 2]}
    - d: {return: '${sub(1, 2, 3) + len()}'}
    - e: {call: sys.sleep, args: [1, 2]}
sub:
  params: [p, q]
  steps: [{f: {return: '${p + q}'}}]
";
    assert_eq!(
        report(text),
        [
            "4:34 error in step a: 'http.get' has no parameter 'ulr'",
            "5:17 error in step b: call of 'sub' lacks the required argument 'q'",
            "6:28 error in step c: arguments of a subworkflow are given by name",
            "7:22 error in step d: call of 'sub' has 3 arguments, at most 2 are possible",
            "7:37 error in step d: call of 'len' lacks the required argument 'x'",
            "8:17 error in step e: call of 'sys.sleep' has 2 arguments, at most 1 are possible",
        ]
    );
    let diagnostics = check(text).diagnostics;
    assert_eq!(diagnostics[0].help.as_deref(), Some("did you mean `url`?"));
    assert_eq!(diagnostics[1].related.len(), 1);
}

#[test]
fn libraries_bring_subworkflows() {
    let main = "main:\n  steps: [{a: {call: helper}}]\n";
    let library = "helper:\n  steps: [{b: {return: 1}}]\n";
    let checked = check_all(&[main, library], &Limits::default());
    assert_eq!(lines(&checked), Vec::<String>::new());
    assert_eq!(checked.program.unwrap().routines.len(), 2);

    let twice = check_all(&[main, library, library], &Limits::default());
    assert_eq!(lines(&twice), ["1:1 subworkflow 'helper' is defined twice"]);
    assert_eq!(twice.diagnostics[0].related.len(), 1);

    let none = check_all(&[library], &Limits::default());
    assert_eq!(lines(&none), ["1:1 there is no `main` workflow"]);
}

#[test]
fn google_limits_are_opt_in() {
    let entries: String = (0..51).map(|n| format!("      - x: {n}\n")).collect();
    let text = format!("- a:\n    assign:\n{entries}- b:\n    return: ${{\"{}\"}}\n", "x".repeat(399));
    assert_eq!(report(&text), Vec::<String>::new());
    assert_eq!(
        lines(&check_all(&[&text], &Limits::google())),
        [
            "2:5 error in step a: too many assignments in one step: 51, at most 50 are allowed",
            "55:13 error in step b: too many characters in an expression: 401, at most 400 are allowed",
        ]
    );
}
