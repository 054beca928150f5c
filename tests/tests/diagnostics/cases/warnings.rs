//! Warnings. All but W004 leave the workflow compiled.

use cogwork_compiler::diagnostic::Code;

use super::{Broken, broken};

/// The cases.
pub(crate) fn cases() -> Vec<Broken> {
    vec![
        broken(
            "unreachable_entry_of_switch",
            0,
            Code::UnreachableCase,
            "
- pick:
    switch:
      - condition: true
        next: end
      - >>>condition: ${1 == 2}
        next: pick
",
        ),
        broken("not_with_in", 0, Code::NotPrecedence, "- done:\n    return: ${>>>not \"a\" in [\"a\"]}\n"),
        broken(
            "string_in_single_quotes",
            0,
            Code::SingleQuotedString,
            "- done:\n    return: ${>>>'a' + \"b\"}\n",
        ),
        broken(
            "expression_that_became_a_mapping",
            0,
            // The key is no whole expression, so the warning stands behind an error.
            Code::ExpressionSyntax,
            "
- init:
    assign:
      - b: 1
      - texts:
          - >>>${\"one: two\" + b}
",
        ),
        broken(
            "parallel_steps_three_deep",
            0,
            Code::ParallelNesting,
            "
- one:
    parallel:
      for:
        value: a
        in: [1]
        steps:
          - two:
              parallel:
                for:
                  value: b
                  in: [1]
                  steps:
                    - three:
                        >>>parallel:
                          for:
                            value: c
                            in: [1]
                            steps:
                              - s: {assign: [{x: 1}]}
",
        ),
    ]
}
