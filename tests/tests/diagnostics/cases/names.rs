//! Variables and their scopes (D8–D10, D15).

use cogwork_compiler::diagnostic::Code;

use super::{Broken, broken};

/// The cases.
pub(crate) fn cases() -> Vec<Broken> {
    vec![
        broken(
            "undefined_variable",
            8,
            Code::UndefinedSymbol,
            "
- step1:
    assign:
      - varA: 1
      - varB: 2
- step2:
    return: ${>>>varC + varB}
",
        ),
        broken(
            "undefined_variable_without_a_similar_one",
            8,
            Code::UndefinedSymbol,
            "- done:\n    return: ${1 + >>>missing}\n",
        ),
        broken(
            "undefined_root_of_a_target",
            8,
            Code::UndefinedSymbol,
            "- init:\n    assign:\n      - >>>config.size: 1\n",
        ),
        broken(
            "undefined_variable_in_nested_data",
            8,
            Code::UndefinedSymbol,
            "- done:\n    return:\n      list:\n        - a\n        - '${\"x: \" + >>>name}'\n",
        ),
        broken(
            "undefined_variable_in_a_target_index",
            8,
            Code::UndefinedSymbol,
            "- init:\n    assign:\n      - l: [1]\n      - l[>>>index]: 2\n",
        ),
        broken(
            "variable_of_main_in_a_subworkflow",
            8,
            Code::UndefinedSymbol,
            "
main:
  params: [input]
  steps:
    - done:
        return: ${sub()}
sub:
  steps:
    - done:
        return: ${>>>input.name}
",
        ),
        broken(
            "variable_of_a_loop_behind_it",
            9,
            Code::OutOfScope,
            "
- loop:
    for:
      value: v
      in: [1, 2]
      steps:
        - keep:
            assign:
              - last: ${v}
- done:
    return: ${>>>last}
",
        ),
        broken(
            "variable_of_an_except_block_behind_it",
            9,
            Code::OutOfScope,
            "
- t:
    try:
      call: http.get
      args:
        url: https://example.com
    except:
      as: e
      steps:
        - keep:
            assign:
              - failed: true
- done:
    return: ${>>>failed}
",
        ),
        broken(
            "error_variable_behind_its_block",
            9,
            Code::OutOfScope,
            "
- t:
    try:
      raise: x
    except:
      as: e
- done:
    return: ${>>>e}
",
        ),
        broken(
            "variable_of_another_branch",
            9,
            Code::OutOfScope,
            "
- fan:
    parallel:
      branches:
        - one:
            steps:
              - set: {assign: [{mine: 1}]}
        - two:
            steps:
              - get: {assign: [{yours: '${>>>mine}'}]}
",
        ),
        broken(
            "write_to_an_unshared_variable",
            10,
            Code::UnsharedWrite,
            "
- init:
    assign:
      - total: 0
- fan:
    parallel:
      for:
        value: v
        in: [1, 2]
        steps:
          - add:
              assign:
                - >>>total: ${total + v}
",
        ),
        broken(
            "result_in_an_unshared_variable",
            10,
            Code::UnsharedWrite,
            "
- init:
    assign:
      - body: null
- fan:
    parallel:
      branches:
        - one:
            steps:
              - fetch:
                  call: http.get
                  args:
                    url: https://example.com
                  result: >>>body
",
        ),
        broken(
            "unknown_shared_variable",
            8,
            Code::UndefinedSymbol,
            "
- init:
    assign:
      - total: 0
- fan:
    parallel:
      shared: [>>>totl]
      branches:
        - one:
            steps:
              - add: {assign: [{x: 1}]}
",
        ),
        broken(
            "loop_variable_outside_of_its_loop",
            15,
            Code::LoopVariable,
            "
- loop:
    for:
      value: item
      in: [1, 2]
      steps:
        - log: {call: sys.log, args: {text: '${item}'}}
- done:
    return: ${>>>item}
",
        ),
        broken(
            "loop_variable_of_two_nested_loops",
            15,
            Code::LoopVariable,
            "
- outer:
    for:
      value: i
      in: [1, 2]
      steps:
        - inner:
            for:
              value: >>>i
              in: [1, 2]
              steps:
                - log: {call: sys.log, args: {text: '${i}'}}
",
        ),
    ]
}
