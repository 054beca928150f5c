//! Which names are defined where.

use crate::analyze::testing::{check, program, report};
use crate::program::{Action, Slot, SlotId, StepId};

#[test]
fn an_undefined_symbol_has_the_documented_message() {
    let text = "
- step1:
    assign:
      - varB: 1
- step2:
    return: ${varC + varB}
";
    assert_eq!(
        report(text),
        ["6:15 error in step step2: error evaluating return value: \
          symbol 'varC' is neither a variable nor a sub-workflow name"]
    );
    assert_eq!(check(text).diagnostics[0].help.as_deref(), Some("did you mean `varB`?"));
}

#[test]
fn assigned_later_or_elsewhere_is_defined() {
    program(
        "
- a:
    switch:
      - condition: ${1 > 2}
        assign:
          - x: 1
      - condition: true
        next: c
- b:
    assign: [{y: '${z}'}]
- c:
    call: sys.now
    result: z
- d:
    return: ${[x, y]}
",
    );
}

#[test]
fn loop_variables_and_locals_end_with_the_loop() {
    let text = "
- sum:
    for:
      value: v
      in: [1, 2]
      steps:
        - add:
            assign:
              - total: ${v}
- out:
    return: ${total + v}
";
    assert_eq!(
        report(text),
        [
            "11:15 error in step out: error evaluating return value: \
             variable 'total' is used outside its scope, the loop of step 'sum'",
            "11:23 error in step out: error evaluating return value: \
             loop variable 'v' is used outside its scope, the loop of step 'sum'",
        ]
    );
    let diagnostics = check(text).diagnostics;
    assert_eq!(diagnostics[0].related.len(), 1);
    assert_eq!(diagnostics[0].help.as_deref(), Some("assign 'total' before step 'sum', for instance null"));
}

#[test]
fn an_assignment_after_the_loop_makes_the_variable_an_outer_one() {
    let program = program(
        "
- sum:
    for:
      value: v
      in: [1]
      steps:
        - add:
            assign: [{total: '${v}'}]
- reset:
    assign: [{total: 0}]
",
    );
    let slots = &program.routines[0].slots;
    assert_eq!(slots.iter().filter(|slot| slot.name == "total").count(), 1);
    let Action::For(body) = &program.routines[0].body[0].action else { panic!("no loop") };
    assert_eq!(body.locals, []);
}

#[test]
fn two_loops_keep_their_variables_apart() {
    let program = program(
        "
main:
  params: [input]
  steps:
    - one:
        for: {value: v, index: i, in: '${input}', steps: [{a: {assign: [{x: '${v}'}]}}]}
    - two:
        for: {value: v, in: '${input}', steps: [{b: {assign: [{x: '${v}'}, {y: 1}]}}]}
",
    );
    let slot = |name: &str, step| Slot { name: name.to_owned(), scope: step };
    let routine = &program.routines[0];
    assert_eq!(routine.slots[0], slot("input", None));
    assert_eq!(routine.params[0].slot, SlotId(0));
    for (name, step) in [("v", 0), ("i", 0), ("x", 0), ("v", 2), ("x", 2), ("y", 2)] {
        assert_eq!(
            routine.slots.iter().filter(|s| **s == slot(name, Some(StepId(step)))).count(),
            1,
            "{name}"
        );
    }
    let Action::For(two) = &routine.body[1].action else { panic!("no loop") };
    let names: Vec<_> = two.locals.iter().map(|slot| routine.slots[slot.0 as usize].name.as_str()).collect();
    assert_eq!(names, ["x", "y"]);
}

#[test]
fn loop_variables_must_not_be_used_around_the_loop() {
    let nested = "
- outer:
    for:
      value: v
      in: [1]
      steps:
        - inner:
            for: {value: v, in: [2], steps: [{s: {next: continue}}]}
";
    assert_eq!(report(nested), ["8:26 error in step inner: nested loops both use 'v' as loop variable"]);
    let outside = "
- init:
    assign: [{v: 1}]
- loop:
    for: {value: v, in: [2], steps: [{s: {next: continue}}]}
";
    assert_eq!(report(outside), ["5:18 error in step loop: loop variable 'v' is also used outside the loop"]);
}

#[test]
fn an_except_block_has_a_scope_and_try_has_none() {
    let text = "
- t:
    try:
      call: http.get
      args: {url: 'https://example.com'}
      result: r
    except:
      as: e
      steps:
        - keep: {assign: [{seen: '${e.message}'}]}
- out:
    return: ${[r, seen, e]}
";
    assert_eq!(
        report(text),
        [
            "12:19 error in step out: error evaluating return value: \
             variable 'seen' is used outside its scope, the `except` block of step 't'",
            "12:25 error in step out: error evaluating return value: \
             variable 'e' is used outside its scope, the `except` block of step 't'",
        ]
    );
}

#[test]
fn nested_except_blocks_may_both_say_e() {
    let program = program(
        "
- t:
    try: {raise: a}
    except:
      as: e
      steps:
        - u:
            try: {raise: b}
            except: {as: e, steps: [{again: {raise: '${e}'}}]}
",
    );
    assert_eq!(program.routines[0].slots.len(), 2);
}

#[test]
fn a_slot_is_identified_by_name_and_step() {
    let program = program(
        "
- s:
    switch:
      - condition: ${1 > 2}
        for: {value: v, in: [1], steps: [{a: {assign: [{x: '${v}'}]}}]}
      - condition: ${2 > 1}
        for: {value: v, in: [2], steps: [{b: {assign: [{x: '${v}'}]}}]}
",
    );
    let slots = &program.routines[0].slots;
    assert_eq!(slots.iter().map(|slot| slot.name.as_str()).collect::<Vec<_>>(), ["v", "x"]);
}

#[test]
fn a_path_is_assigned_only_below_a_variable() {
    assert_eq!(
        report("- s:\n    assign:\n      - m.a: 1\n"),
        ["3:9 error in step s: error evaluating assignment target 'm': \
          symbol 'm' is neither a variable nor a sub-workflow name"]
    );
}

#[test]
fn subworkflows_see_only_their_own() {
    let text = "
main:
  steps:
    - a: {assign: [{x: 1}]}
    - b: {call: sub}
sub:
  steps:
    - c: {return: '${x}'}
";
    assert_eq!(
        report(text),
        ["8:22 error in step c: error evaluating return value: \
          symbol 'x' is neither a variable nor a sub-workflow name"]
    );
}

#[test]
fn a_variable_named_like_a_module_hides_only_values() {
    let program = program(
        "
- a:
    assign:
      - map: {k: 1}
      - b: ${map.get(map, \"k\") + map.k}
",
    );
    assert_eq!(program.routines[0].slots.len(), 2);
}

#[test]
fn functions_policies_and_subworkflows_are_no_values() {
    let text = "
main:
  steps:
    - a: {assign: [{x: '${text.split}'}]}
    - b: {assign: [{x: '${http.default_retry}'}]}
    - c: {assign: [{x: '${sub}'}]}
    - d: {assign: [{x: '${http.default_retry.max_retries + retry.default_backoff.multiplier}'}]}
sub:
  steps:
    - e: {return: 1}
";
    assert_eq!(
        report(text),
        [
            "4:27 error in step a: error evaluating value of 'x': 'text.split' cannot be used as a value",
            "5:27 error in step b: error evaluating value of 'x': 'http.default_retry' cannot be used as a value",
            "6:27 error in step c: error evaluating value of 'x': subworkflow 'sub' cannot be used as a value",
        ]
    );
}

#[test]
fn defaults_are_constant() {
    let text = "
main:
  steps: [{a: {call: sub}}]
sub:
  params: [{p: '${len(\"abc\") + 1}'}, {q: '${p}'}, {r: '${sub()}'}]
  steps: [{b: {return: '${[p, q, r]}'}}]
";
    assert_eq!(
        report(text),
        [
            "5:45 error in subworkflow sub: error evaluating default of parameter 'q': 'p' is not a constant",
            "5:58 error in subworkflow sub: error evaluating default of parameter 'r': 'sub' is not a constant",
        ]
    );
}

#[test]
fn pitfalls_are_warned_of() {
    let text = "
- a:
    switch:
      - condition: true
        next: b
      - condition: ${not 1 in [1]}
        next: end
- b:
    return: ${'text' in [1]}
";
    assert_eq!(
        report(text),
        [
            "6:9 warning in step a: this entry of the switch is never reached",
            "6:22 warning in step a: `not x in y` means `(not x) in y`, because `not` binds tighter",
            "9:15 warning in step b: string in single quotes inside an expression",
        ]
    );
    assert!(check(text).program.is_some());
    assert_eq!(report("- a:\n    return: ${(not true) in [true]}\n"), Vec::<String>::new());
}
