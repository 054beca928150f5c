//! `for` and `parallel` (D14, D16).

use cogwork_compiler::diagnostic::Code;

use super::{Broken, broken};

/// The cases.
pub(crate) fn cases() -> Vec<Broken> {
    vec![
        broken(
            "loop_without_value",
            14,
            Code::MissingKey,
            "- l:\n    >>>for:\n      in: [1]\n      steps:\n        - s: {assign: [{x: 1}]}\n",
        ),
        broken(
            "loop_without_steps",
            14,
            Code::MissingKey,
            "- l:\n    >>>for:\n      value: v\n      in: [1]\n",
        ),
        broken(
            "loop_without_in_and_range",
            14,
            Code::InvalidLoop,
            "- l:\n    >>>for:\n      value: v\n      steps:\n        - s: {assign: [{x: 1}]}\n",
        ),
        broken(
            "loop_with_in_and_range",
            14,
            Code::InvalidLoop,
            "- l:\n    for:\n      value: v\n      in: [1]\n      >>>range: [1, 2]\n      steps:\n        - s: {assign: [{x: 1}]}\n",
        ),
        broken(
            "range_of_three_numbers",
            14,
            Code::InvalidLiteral,
            "- l:\n    for:\n      value: v\n      range: >>>[1, 2, 3]\n      steps:\n        - s: {assign: [{x: 1}]}\n",
        ),
        broken(
            "list_that_is_text",
            14,
            Code::InvalidLiteral,
            "- l:\n    for:\n      value: v\n      in: >>>items\n      steps:\n        - s: {assign: [{x: 1}]}\n",
        ),
        broken(
            "neither_branches_nor_loop",
            14,
            Code::InvalidLoop,
            "- p:\n    >>>parallel:\n      concurrency_limit: 2\n",
        ),
        broken(
            "branches_and_loop",
            14,
            Code::InvalidLoop,
            "
- p:
    parallel:
      branches:
        - b:
            steps:
              - s: {assign: [{x: 1}]}
      >>>for:
        value: v
        in: [1]
        steps:
          - t: {assign: [{x: 1}]}
",
        ),
        broken(
            "branches_that_are_a_mapping",
            14,
            Code::InvalidStructure,
            "- p:\n    parallel:\n      branches:\n        >>>b:\n          steps:\n            - s: {assign: [{x: 1}]}\n",
        ),
        broken(
            "exception_policy",
            16,
            Code::ExceptionPolicy,
            "
- p:
    parallel:
      exception_policy: >>>unhandled
      branches:
        - b:
            steps:
              - s: {assign: [{x: 1}]}
",
        ),
    ]
}
