//! Keys, actions and names (D3–D5, D17, D20–D22).

use cogwork_compiler::diagnostic::Code;

use super::{Broken, broken};

/// The cases.
pub(crate) fn cases() -> Vec<Broken> {
    [keys(), steps(), identifiers()].concat()
}

fn keys() -> Vec<Broken> {
    vec![
        broken("unknown_key_of_a_step", 3, Code::UnknownKey, "- done:\n    >>>retrun: 1\n"),
        broken(
            "unknown_key_of_a_workflow",
            3,
            Code::UnknownKey,
            "main:\n  >>>param: [a]\n  steps:\n    - done:\n        return: 1\n",
        ),
        broken(
            "unknown_key_of_a_loop",
            3,
            Code::UnknownKey,
            "
- loop:
    for:
      value: v
      in: [1]
      >>>step:
        - log:
            call: sys.log
            args: {text: a}
",
        ),
        broken(
            "unknown_key_of_parallel",
            3,
            Code::UnknownKey,
            "
- fan:
    parallel:
      >>>concurrency: 3
      for:
        value: v
        in: [1]
        steps:
          - s: {assign: [{x: 1}]}
",
        ),
        broken(
            "unknown_keys_of_retry_and_backoff",
            3,
            Code::UnknownKey,
            "
- t:
    try:
      raise: x
    retry:
      >>>max_retry: 3
      backoff:
        delay: 1
    except:
      az: e
",
        ),
        broken(
            "args_without_call",
            4,
            Code::OrphanKey,
            "- log:\n    >>>args:\n      text: a\n    next: end\n",
        ),
        broken(
            "result_without_call",
            4,
            Code::OrphanKey,
            "- log:\n    assign:\n      - a: 1\n    >>>result: b\n",
        ),
        broken(
            "retry_without_try",
            4,
            Code::OrphanKey,
            "- log:\n    call: sys.log\n    args: {text: a}\n    >>>retry: ${http.default_retry}\n",
        ),
        broken(
            "except_without_try",
            4,
            Code::OrphanKey,
            "- log:\n    call: sys.log\n    args: {text: a}\n    >>>except:\n      as: e\n",
        ),
    ]
}

fn steps() -> Vec<Broken> {
    vec![
        broken(
            "two_actions",
            5,
            Code::ConflictingActions,
            "- done:\n    assign:\n      - a: 1\n    >>>return: ${a}\n",
        ),
        broken(
            "two_steps_in_one_item",
            5,
            Code::InvalidStep,
            "- one:\n    assign:\n      - a: 1\n  >>>two:\n    return: 1\n",
        ),
        broken("step_body_that_is_not_indented", 5, Code::InvalidStep, "- done:\n  >>>return: 1\n"),
        broken("step_without_a_body", 5, Code::InvalidStep, "- >>>done:\n"),
        broken(
            "step_that_is_text",
            5,
            Code::InvalidStep,
            "- init:\n    assign:\n      - a: 1\n- >>>finish\n",
        ),
        broken("step_called_end", 5, Code::InvalidStep, "- >>>end:\n    return: 1\n"),
        broken(
            "step_name_twice",
            5,
            Code::DuplicateStep,
            "
- init:
    assign:
      - a: 1
- group:
    steps:
      - >>>init:
          assign:
            - a: 2
",
        ),
        broken("empty_step_name", 22, Code::EmptyName, "- >>>'':\n    return: 1\n"),
        broken(
            "empty_branch_name",
            22,
            Code::EmptyName,
            "- p:\n    parallel:\n      branches:\n        - >>>'':\n            steps:\n              - s: {assign: [{x: 1}]}\n",
        ),
        broken(
            "assign_that_is_a_mapping",
            5,
            Code::InvalidStructure,
            "- init:\n    assign:\n      >>>a: 1\n      b: 2\n",
        ),
        broken(
            "condition_that_is_text",
            21,
            Code::InvalidLiteral,
            "- s:\n    switch:\n      - condition: >>>a == 1\n        next: end\n",
        ),
        broken(
            "concurrency_limit_of_zero",
            21,
            Code::InvalidLiteral,
            "
- p:
    parallel:
      concurrency_limit: >>>0
      for:
        value: v
        in: [1]
        steps:
          - s: {assign: [{x: 1}]}
",
        ),
        broken("entry_without_condition", 21, Code::MissingKey, "- s:\n    switch:\n      - >>>next: end\n"),
    ]
}

fn identifiers() -> Vec<Broken> {
    vec![
        broken(
            "variable_with_a_hyphen",
            17,
            Code::InvalidIdentifier,
            "- init:\n    assign:\n      - >>>first-name: Ada\n",
        ),
        broken(
            "variable_that_begins_with_a_digit",
            17,
            Code::InvalidIdentifier,
            "- init:\n    assign:\n      - >>>1st: Ada\n",
        ),
        broken(
            "keyword_as_variable",
            17,
            Code::InvalidIdentifier,
            "- init:\n    assign:\n      - >>>not: 1\n",
        ),
        broken(
            "parameter_with_a_blank",
            17,
            Code::InvalidIdentifier,
            "main:\n  params: [>>>my input]\n  steps:\n    - done:\n        return: 1\n",
        ),
        broken(
            "result_that_is_an_expression",
            17,
            Code::InvalidIdentifier,
            "- init:\n    call: sys.now\n    result: >>>${now}\n",
        ),
        broken(
            "error_variable_with_a_dot",
            17,
            Code::InvalidIdentifier,
            "- t:\n    try:\n      raise: x\n    except:\n      as: >>>e.x\n",
        ),
        broken(
            "loop_variable_that_is_an_expression",
            17,
            Code::InvalidIdentifier,
            "- l:\n    for:\n      value: >>>${v}\n      in: [1]\n      steps:\n        - s: {assign: [{x: 1}]}\n",
        ),
        broken(
            "two_parameters_of_main",
            20,
            Code::InvalidParams,
            "main:\n  params: [a, >>>b]\n  steps:\n    - done:\n        return: ${a}\n",
        ),
        broken(
            "parameter_twice",
            20,
            Code::InvalidParams,
            "
main:
  steps:
    - done:
        return: ${sub(1)}
sub:
  params: [a, >>>a]
  steps:
    - done:
        return: ${a}
",
        ),
        broken(
            "required_parameter_behind_a_default",
            20,
            Code::InvalidParams,
            "
main:
  steps:
    - done:
        return: ${sub(1, 2)}
sub:
  params: [a: 1, >>>b]
  steps:
    - done:
        return: ${a + b}
",
        ),
        broken(
            "params_that_are_text",
            20,
            Code::InvalidStructure,
            "main:\n  params: >>>'[a]'\n  steps:\n    - done:\n        return: 1\n",
        ),
    ]
}
