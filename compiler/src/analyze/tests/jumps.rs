//! Targets of `next`.

use crate::analyze::testing::{check, program, report};
use crate::program::{Action, Jump, StepId};

#[test]
fn jumps_out_of_loops_try_and_except_are_legal() {
    program(
        "
- loop:
    for:
      value: v
      in: [1]
      steps:
        - t:
            try:
              switch:
                - condition: ${v > 0}
                  next: done
                - condition: ${v < 0}
                  next: continue
            except:
              as: e
              steps:
                - s: {switch: [{condition: '${e == 1}', next: break}], next: done}
- done: {return: 1}
",
    );
}

#[test]
fn plain_blocks_may_be_entered() {
    let program = program(
        "
- a: {next: inner}
- b: {steps: [{inner: {next: deep}}]}
- c: {switch: [{condition: true, steps: [{deep: {next: end}}]}]}
",
    );
    let body = &program.routines[0].body;
    assert_eq!(body[0].next, Some(Jump::Step(StepId(2))));
    let Action::Steps(steps) = &body[1].action else { panic!("no steps") };
    assert_eq!(steps[0].next, Some(Jump::Step(StepId(4))));
}

#[test]
fn protected_blocks_may_not_be_entered() {
    let text = "
- a: {next: in_loop}
- b: {next: in_try}
- c: {next: in_except}
- d: {next: in_branch}
- loop: {for: {value: v, in: [1], steps: [{in_loop: {next: continue}}]}}
- t:
    try: {steps: [{in_try: {next: end}}]}
    except: {steps: [{in_except: {next: in_try}}]}
- p:
    parallel: {branches: [{one: {steps: [{in_branch: {next: a}}]}}]}
";
    assert_eq!(
        report(text),
        [
            "2:13 error in step a: next step 'in_loop' cannot be reached from here: it stands in the loop of step 'loop'",
            "3:13 error in step b: next step 'in_try' cannot be reached from here: it stands in the `try` body of step 't'",
            "4:13 error in step c: next step 'in_except' cannot be reached from here: \
             it stands in the `except` block of step 't'",
            "5:13 error in step d: next step 'in_branch' cannot be reached from here: \
             it stands in a branch of parallel step 'p'",
            "9:41 error in step in_except: next step 'in_try' cannot be reached from here: \
             it stands in the `try` body of step 't'",
            "11:61 error in step in_branch: next step 'a' cannot be reached from here: \
             it would leave a body of parallel step 'p'",
        ]
    );
}

#[test]
fn unknown_targets_get_suggestions() {
    let text = "- first:\n    next: sceond\n- second:\n    next: end\n";
    assert_eq!(report(text), ["2:11 error in step first: next step 'sceond' does not exist"]);
    assert_eq!(check(text).diagnostics[0].help.as_deref(), Some("did you mean `second`?"));
}

#[test]
fn break_and_continue_need_a_loop_of_their_own() {
    let text = "
- a: {next: break}
- p:
    parallel:
      for:
        value: v
        in: [1]
        steps:
          - b: {next: continue}
          - c: {next: break}
- loop:
    for:
      value: w
      in: [1]
      steps:
        - q:
            parallel: {branches: [{one: {steps: [{d: {next: continue}}]}}]}
        - r: {next: break}
";
    assert_eq!(
        report(text),
        [
            "2:13 error in step a: `break` outside of a loop",
            "10:23 error in step c: `break` is not possible in a parallel loop",
            "17:61 error in step d: `continue` cannot leave a branch of parallel step 'q' for the loop around it",
        ]
    );
}

#[test]
fn step_names_are_unique_in_a_workflow() {
    let text = "
main:
  steps:
    - a: {steps: [{b: {next: end}}]}
    - p: {parallel: {branches: [{x: {steps: [{b: {next: end}}]}}]}}
    - c: {call: sub}
sub:
  steps:
    - a: {return: 1}
";
    assert_eq!(report(text), ["5:47 error in step b: step name 'b' is used twice in workflow 'main'"]);
    assert_eq!(check(text).diagnostics[0].related.len(), 1);
}
