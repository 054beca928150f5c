//! Tests of the structural checks.

use crate::analyze::testing::{check, report};

#[test]
fn the_top_level_is_steps_or_main() {
    assert_eq!(report("- a:\n    return: 1\n"), Vec::<String>::new());
    assert_eq!(
        report("just text\n"),
        ["1:1 a workflow is a list of steps, or a mapping with `main` and subworkflows; found a string",]
    );
    assert_eq!(report("sub:\n  steps:\n    - a: {return: 1}\n"), ["1:1 there is no `main` workflow"]);
    assert_eq!(report("main:\n  params: []\n"), ["1:1 error in workflow main: `steps` is missing"]);
    assert_eq!(report("main:\n  steps: []\n"), ["2:10 error in workflow main: main has no steps"]);
    assert_eq!(
        report("main:\n  stesp: [{a: {return: 1}}]\n  steps: [{b: {return: 1}}]\n"),
        ["2:3 error in workflow main: unknown key 'stesp' in main"]
    );
}

#[test]
fn params_are_names_with_defaults_behind() {
    let text = "
main:
  params: [a, b]
  steps: [{s: {return: 1}}]
sub:
  params: [c: 1, d, d, 1x, e: 1, and]
  steps: [{s: {return: 1}}]
";
    assert_eq!(
        report(text),
        [
            "3:15 error in workflow main: main takes at most one parameter, found 2",
            "6:18 error in subworkflow sub: required parameter 'd' stands behind a parameter with a default",
            "6:21 error in subworkflow sub: parameter 'd' is declared twice",
            "6:24 error in subworkflow sub: invalid parameter name '1x'",
            "6:34 error in subworkflow sub: parameter name 'and' is a keyword of expressions",
        ]
    );
}

#[test]
fn a_step_is_one_name_with_one_action() {
    let text = "
- a: {return: 1}
  b: {return: 2}
- c
- d:
- e: {}
- f: {return: 1, assign: [{x: 1}]}
- g: {args: {x: 1}, next: end}
- h: {retry: '${http.default_retry}', asign: [], return: 1}
- end: {return: 1}
- '': {return: 1}
";
    assert_eq!(
        report(text),
        [
            "3:3 error in workflow main: a step is a mapping with one key, its name; found 'a', 'b'",
            "4:3 error in workflow main: a step is a mapping with one key, its name; found a string",
            "5:3 error in step d: the step has no body",
            "6:3 error in step e: the step has no body",
            "7:18 error in step f: a step does one thing: 'return' and 'assign' cannot stand together",
            "8:7 error in step g: 'args' belongs to 'call', which is missing",
            "9:7 error in step h: 'retry' belongs to 'try', which is missing",
            "9:39 error in step h: unknown key 'asign' in a step",
            "10:3 error in step end: 'end' cannot be the name of a step",
            "11:3 error in step : step name must not be empty",
        ]
    );
    let help: Vec<_> = check(text).diagnostics.into_iter().filter_map(|d| d.help).collect();
    assert!(help.contains(&"did you mean `assign`?".to_owned()), "{help:?}");
}

#[test]
fn loops_and_parallel_steps_are_complete() {
    let text = "
- a: {for: {in: [1], steps: [{a1: {next: continue}}]}}
- b: {for: {value: v, steps: [{b1: {next: continue}}]}}
- c: {for: {value: v, in: [1], range: [1, 2], steps: [{c1: {next: continue}}]}}
- d: {for: {value: v, range: [1], foo: 1}}
- e: {for: {value: v, in: {k: 1}, steps: []}}
- f: {parallel: {shared: []}}
- g: {parallel: {exception_policy: unhandled, concurrency_limit: 0, branches: [{x: {steps: [{g1: {next: end}}]}, y: 1}]}}
- h: {parallel: {branches: [{x: {steps: [{h1: {next: end}}]}}, {x: {steps: [{h2: {next: end}}]}}]}}
";
    assert_eq!(
        report(text),
        [
            "2:7 error in step a: `value` is missing in `for`",
            "3:7 error in step b: `for` needs `in` or `range`",
            "4:32 error in step c: `for` takes either `in` or `range`, not both",
            "5:7 error in step d: `steps` is missing in `for`",
            "5:30 error in step d: `range` must be a list of two numbers, or an expression that gives one",
            "5:35 error in step d: unknown key 'foo' in `for`",
            "6:27 error in step e: `in` must be a list or an expression, found a mapping",
            "6:42 error in step e: `for` has no steps",
            "7:7 error in step f: `parallel` needs `branches` or `for`",
            "8:36 error in step g: `exception_policy` must be `continueAll`",
            "8:66 error in step g: `concurrency_limit` must be a whole number of at least 1, or an expression",
            "8:80 error in step g: a branch is a mapping with one key, its name; found a mapping",
            "9:65 error in step h: two branches are called 'x'",
        ]
    );
}

#[test]
fn literals_are_checked_where_they_stand() {
    let text = "
- a: {switch: [{condition: 1, next: end}, {next: end}]}
- b: {next: '${x}'}
- c: {call: '${x}', result: a.b}
- d: {try: {}, except: {as: 1x, stpes: []}}
- e: {assign: {x: 1}}
- f: {assign: [{x: 1, y: 2}]}
- g: {assign: []}
- h: {call: sys.log, args: text}
";
    let report = report(text);
    assert_eq!(
        report,
        [
            "2:28 error in step a: condition must be a boolean or an expression, found a number",
            "2:43 error in step a: `condition` is missing in an entry of `switch`",
            "3:13 error in step b: `next` must name a step, an expression is not possible",
            "4:13 error in step c: `call` must name a function, an expression is not possible",
            "4:29 error in step c: invalid result variable 'a.b'",
            "5:12 error in step d: `try` is empty",
            "5:29 error in step d: invalid error variable '1x'",
            "5:33 error in step d: unknown key 'stpes' in `except`",
            "6:15 error in step e: `assign` must be a list, found a mapping",
            "7:16 error in step f: an assignment is one `name: value`, found 2 keys",
            "8:15 error in step g: `assign` has no entries",
            "9:28 error in step h: `args` must be a mapping of names to values, found a string",
        ],
        "{report:#?}"
    );
}

#[test]
fn an_unquoted_colon_is_warned_of() {
    let text = "- a:\n    assign:\n      - x:\n          ${text + b: c}\n";
    let report = report(text);
    assert!(
        report.contains(
            &"4:11 warning in step a: this is a mapping, because the expression holds a colon and is not quoted"
                .to_owned()
        ),
        "{report:?}"
    );
}
