//! Functions, subworkflows and their arguments (D11, D19), and policies of `retry`.

use cogwork_compiler::diagnostic::Code;

use super::{Broken, broken};

/// The cases.
pub(crate) fn cases() -> Vec<Broken> {
    vec![
        broken(
            "misspelt_function",
            11,
            Code::UnknownFunction,
            "- done:\n    return: ${>>>text.tolower(\"A\")}\n",
        ),
        broken(
            "misspelt_module",
            11,
            Code::UnknownFunction,
            "- log:\n    call: >>>system.log\n    args: {text: a}\n",
        ),
        broken("misspelt_helper", 11, Code::UnknownFunction, "- done:\n    return: ${>>>length(\"A\")}\n"),
        broken(
            "misspelt_subworkflow",
            11,
            Code::UnknownFunction,
            "
main:
  steps:
    - go:
        call: >>>notfy
notify:
  steps:
    - log: {call: sys.log, args: {text: a}}
",
        ),
        broken("main_is_not_callable", 11, Code::UnknownFunction, "- again:\n    call: >>>main\n"),
        broken("computed_callee", 11, Code::InvalidCallee, "- go:\n    call: >>>${name}\n"),
        broken(
            "wrong_argument_name",
            19,
            Code::InvalidArguments,
            "- wait:\n    call: sys.sleep\n    args:\n      >>>second: 5\n",
        ),
        broken(
            "surplus_argument_name",
            19,
            Code::InvalidArguments,
            "- log:\n    call: sys.log\n    args:\n      text: a\n      >>>level: INFO\n",
        ),
        broken(
            "missing_argument",
            19,
            Code::InvalidArguments,
            "- cut:\n    call: >>>text.substring\n    args:\n      source: abc\n      start: 1\n    result: x\n",
        ),
        broken(
            "too_many_arguments_in_an_expression",
            19,
            Code::InvalidArguments,
            "- done:\n    return: ${>>>map.get(null, \"a\", 1)}\n",
        ),
        broken(
            "too_few_arguments_in_an_expression",
            19,
            Code::InvalidArguments,
            "- done:\n    return: ${1 + >>>default(1)}\n",
        ),
        broken(
            "wrong_argument_of_a_subworkflow",
            19,
            Code::InvalidArguments,
            "
main:
  steps:
    - go:
        call: greet
        args:
          name: Ada
          >>>gretting: Hello
greet:
  params: [name, greeting: Hi]
  steps:
    - done:
        return: ${greeting + name}
",
        ),
        broken(
            "function_as_a_value",
            11,
            Code::FunctionAsValue,
            "- done:\n    return: ${>>>http.default_retry}\n",
        ),
        broken(
            "unknown_retry_policy",
            11,
            Code::InvalidRetry,
            "- t:\n    try:\n      raise: x\n    retry: ${>>>http.default_rety}\n",
        ),
        broken(
            "called_retry_policy",
            11,
            Code::InvalidRetry,
            "- t:\n    try:\n      raise: x\n    retry:\n      predicate: ${>>>retry.always()}\n",
        ),
    ]
}
