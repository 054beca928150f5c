//! Parallel steps: what bodies read, write and keep.

use crate::analyze::testing::{check, program, report};
use crate::program::{
    Action, Capture, ParallelBodies, RoutineId, RoutineKind, Shared, SharedId, SlotId, Variable,
};

#[test]
fn reads_are_captured_and_shared_variables_are_reached() {
    let program = program(
        "
- init: {assign: [{a: 1}, {total: 0}]}
- p:
    parallel:
      shared: [total]
      branches:
        - one:
            steps:
              - s: {assign: [{total: '${total + a}'}, {mine: '${a}'}]}
        - two:
            steps:
              - t: {assign: [{mine: 2}]}
",
    );
    let Action::Parallel(parallel) = &program.routines[0].body[1].action else { panic!("no parallel") };
    assert_eq!(parallel.bodies, ParallelBodies::Branches(vec![RoutineId(1), RoutineId(2)]));
    let one = &program.routines[1];
    assert_eq!(one.kind, RoutineKind::Branch { name: "one".to_owned() });
    assert_eq!(one.shared, [Shared { name: "total".to_owned(), outer: Variable::Slot(SlotId(1)) }]);
    assert_eq!(one.captures, [Capture { outer: Variable::Slot(SlotId(0)), inner: SlotId(1) }]);
    assert_eq!(one.slots.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["mine", "a"]);
    let Action::Assign(entries) = &one.body[0].action else { panic!("no assign") };
    assert_eq!(entries[0].variable, Variable::Shared(SharedId(0)));
    assert_eq!(program.routines[2].captures, []);
}

#[test]
fn captures_and_shares_pass_through_every_level() {
    let program = program(
        "
main:
  params: [in_]
  steps:
    - init: {assign: [{sum: 0}]}
    - p:
        parallel:
          shared: [sum]
          for:
            value: v
            in: ${in_}
            steps:
              - q:
                  parallel:
                    shared: [sum]
                    branches:
                      - b:
                          steps:
                            - r: {assign: [{sum: '${sum + v + in_[0]}'}]}
",
    );
    let [_, iteration, branch] = program.routines.as_slice() else { panic!("three routines") };
    assert_eq!(iteration.kind, RoutineKind::Iteration { value: SlotId(0), index: None });
    assert_eq!(iteration.shared[0].outer, Variable::Slot(SlotId(1)));
    assert_eq!(iteration.captures, [Capture { outer: Variable::Slot(SlotId(0)), inner: SlotId(1) }]);
    assert_eq!(branch.shared, [Shared { name: "sum".to_owned(), outer: Variable::Shared(SharedId(0)) }]);
    assert_eq!(
        branch.captures,
        [
            Capture { outer: Variable::Slot(SlotId(0)), inner: SlotId(0) },
            Capture { outer: Variable::Slot(SlotId(1)), inner: SlotId(1) },
        ]
    );
    assert_eq!(branch.body[0].id.0, 0);
}

#[test]
fn unshared_variables_must_not_be_written() {
    let text = "
- init: {assign: [{x: 0}, {r: 0}]}
- p:
    parallel:
      branches:
        - one:
            steps:
              - s: {assign: [{x: 1}]}
              - t: {call: sys.now, result: r}
        - two:
            steps:
              - q:
                  parallel:
                    shared: [x]
                    for: {value: v, in: [1], steps: [{u: {assign: [{x: '${v}'}]}}]}
";
    let message = |step: &str, name: &str, fork: &str| {
        format!(
            "error in step {step}: variable '{name}' of an enclosing scope is written in a parallel body, \
             but step '{fork}' does not share it"
        )
    };
    assert_eq!(
        report(text),
        [
            format!("8:31 {}", message("s", "x", "p")),
            format!("9:44 {}", message("t", "r", "p")),
            format!("15:69 {}", message("u", "x", "p")),
        ]
    );
    assert_eq!(check(text).diagnostics[2].related.len(), 2);
}

#[test]
fn branches_do_not_see_each_other() {
    let text = "
- p:
    parallel:
      shared: [nothing]
      branches:
        - one: {steps: [{s: {assign: [{x: 1}]}}]}
        - two: {steps: [{t: {return: '${x}'}}]}
";
    assert_eq!(
        report(text),
        [
            "4:16 error in step p: error evaluating shared variable: \
             symbol 'nothing' is neither a variable nor a sub-workflow name",
            "7:30 error in step t: `return` is not possible in a body of parallel step 'p'",
            "7:41 error in step t: error evaluating return value: \
             variable 'x' is used outside its scope, the parallel branch of step 'p'",
        ]
    );
}

#[test]
fn deep_nesting_is_warned_of_once() {
    let inner = "{parallel: {branches: [{c: {steps: [{s: {next: end}}]}}]}}";
    let text = format!(
        "
- p:
    parallel:
      branches:
        - a: {{steps: [{{q: {{parallel: {{branches: [{{b: {{steps: [{{r: {inner}}}]}}}}]}}}}}}]}}
"
    );
    let report = report(&text);
    assert_eq!(report.len(), 1, "{report:?}");
    assert!(
        report[0].ends_with("warning in step r: parallel steps are nested more than 2 deep"),
        "{report:?}"
    );
}
