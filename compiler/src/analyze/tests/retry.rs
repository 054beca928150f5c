//! `retry` policies and predicates.

use crate::analyze::testing::{check, report};
use crate::program::{Action, Predicate, Retry, RoutineId};

fn text(retry: &str) -> String {
    format!(
        "
main:
  params: [n]
  steps:
    - t:
        try: {{raise: a}}
        retry: {retry}
main2:
  params: [e, x: 1]
  steps: [{{s: {{return: '${{e == x}}'}}}}]
none:
  steps: [{{s: {{return: true}}}}]
"
    )
}

fn resolved(retry: &str) -> Retry {
    let checked = check(&text(retry));
    assert_eq!(checked.diagnostics, []);
    let program = checked.program.unwrap();
    let Action::Try(block) = &program.routines[0].body[0].action else { panic!("no try") };
    block.retry.clone().unwrap()
}

#[test]
fn policies_and_predicates_resolve() {
    for (retry, predicate) in [
        ("${http.default_retry}", Predicate::HttpDefault),
        ("${http.default_retry_non_idempotent}", Predicate::HttpNonIdempotent),
        ("${retry.always}", Predicate::Always),
        ("${retry.never}", Predicate::Never),
        ("{predicate: '${http.default_retry_predicate}'}", Predicate::HttpDefault),
        ("{predicate: '${http.default_retry_predicate_non_idempotent}'}", Predicate::HttpNonIdempotent),
        ("{predicate: '${main2}'}", Predicate::Routine(RoutineId(1))),
        ("{backoff: '${retry.default_backoff}'}", Predicate::Always),
    ] {
        let retry = resolved(retry);
        assert_eq!(retry.predicate, predicate);
        assert_eq!((retry.max_retries, retry.initial_delay), (None, None));
    }
    let retry =
        resolved("{max_retries: '${n}', backoff: {initial_delay: 0.5, max_delay: 60, multiplier: '${n}'}}");
    assert!(retry.max_retries.is_some() && retry.max_delay.is_some() && retry.multiplier.is_some());
}

#[test]
fn mistakes_are_named() {
    for (retry, message) in [
        ("${n}", "7:18 error in step t: 'n' is not a retry policy"),
        (
            "${http.default_retry_predicate}",
            "7:18 error in step t: 'http.default_retry_predicate' is not a retry policy",
        ),
        (
            "http.default_retry",
            "7:16 error in step t: `retry` must be a mapping or a policy such as ${http.default_retry}; found a string",
        ),
        (
            "{predicate: '${none}'}",
            "7:31 error in step t: predicate 'none' must take one parameter, the error; it requires 0",
        ),
        (
            "{predicate: '${mian2}'}",
            "7:31 error in step t: predicate 'mian2' is neither a predicate of the library nor a subworkflow",
        ),
        (
            "{predicate: '${main2(n)}'}",
            "7:31 error in step t: `predicate` must be the name of a predicate or subworkflow",
        ),
        (
            "{max_retries: -1}",
            "7:30 error in step t: `max_retries` must be a whole number of at least 0, or an expression",
        ),
        ("{tries: 1}", "7:17 error in step t: unknown key 'tries' in `retry`"),
        ("{backoff: {delay: 1}}", "7:27 error in step t: unknown key 'delay' in `backoff`"),
    ] {
        assert_eq!(report(&text(retry)), [message]);
    }
}
