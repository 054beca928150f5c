//! The document and its YAML (D1, D2).

use cogwork_compiler::diagnostic::Code;

use super::{Broken, broken};

/// The cases.
pub(crate) fn cases() -> Vec<Broken> {
    vec![
        broken(
            "colon_in_an_unquoted_expression",
            1,
            Code::InvalidDocument,
            r#"
- greet:
    return: ${"a>>>: " + b}
"#,
        ),
        broken(
            "colon_in_an_unquoted_expression_of_a_list",
            1,
            Code::InvalidDocument,
            r#"
- init:
    assign:
      - b: 1
      - text: ${"name and number>>>: " + b}
"#,
        ),
        broken(
            "flow_sequence_of_bare_expressions",
            1,
            Code::InvalidDocument,
            "
- init:
    assign:
      - a: 1
      - pair: [>>>${a}, ${a}]
",
        ),
        broken(
            "tab_indentation",
            1,
            Code::TabIndentation,
            "
main:
>>>\tsteps:
\t\t- done:
\t\t\treturn: 1
",
        ),
        broken(
            "wrong_indentation",
            1,
            Code::InvalidDocument,
            "
- init:
    assign:
      - a: 1
   >>>next: done
- done:
    return: ${a}
",
        ),
        broken(
            "bracket_that_does_not_close",
            1,
            Code::InvalidDocument,
            "
- init:
    assign:
      - a: >>>[1, 2
- done:
    return: ${a}
",
        ),
        broken(
            "quote_that_does_not_close",
            1,
            Code::InvalidDocument,
            "
- init:
    assign:
      - a: >>>'it is
- done:
    return: ${a}
",
        ),
        broken(
            "json_with_doubled_backslashes",
            1,
            Code::InvalidDocument,
            r#"{
  "main": {
    "steps": [
      {
        "log": {
          "call": "sys.log",
          "args": {
            "severity": "INFO",
            "text": "${\\">>>Received \\" + json.encode_to_string(callback_request.http_request)}"
          }
        }
      }
    ]
  }
}
"#,
        ),
        broken(
            "json_without_a_comma",
            1,
            Code::InvalidDocument,
            r#"{
  "main": {
    "params": []
    >>>"steps": [{"done": {"return": 1}}]
  }
}
"#,
        ),
        broken(
            "two_documents",
            1,
            Code::MultipleDocuments,
            "
- done:
    return: 1
>>>---
- done:
    return: 2
",
        ),
        broken(
            "key_twice",
            1,
            Code::DuplicateKey,
            "
- init:
    assign:
      - limits:
          low: 1
          high: 2
          >>>low: 3
",
        ),
        broken(
            "list_as_a_key",
            1,
            Code::InvalidKey,
            "
- init:
    assign:
      - m:
          >>>[1, 2]: 3
",
        ),
        broken(
            "merge_key",
            1,
            Code::UnsupportedYaml,
            "
- one:
    call: sys.log
    args: &shared
      text: a
- two:
    call: sys.log
    args:
      >>><<: *shared
      severity: INFO
",
        ),
        broken("unknown_anchor", 1, Code::InvalidDocument, "- done:\n    return: >>>*nowhere\n"),
        broken("foreign_tag", 1, Code::UnsupportedYaml, "- done:\n    return: >>>!Ref name\n"),
        broken(
            "number_out_of_range",
            1,
            Code::NumberOutOfRange,
            "- done:\n    return: >>>9223372036854775808\n",
        ),
        broken("infinity", 1, Code::NumberOutOfRange, "- done:\n    return: >>>.inf\n"),
        broken("empty_file", 2, Code::InvalidDocument, ">>># nothing but a comment\n"),
        broken("text_instead_of_a_workflow", 2, Code::InvalidStructure, ">>>hello world\n"),
        broken(
            "no_main",
            2,
            Code::MissingMain,
            "
>>>mian:
  steps:
    - done:
        return: 1
",
        ),
        broken("empty_list_of_steps", 2, Code::EmptySteps, "main:\n  steps: >>>[]\n"),
        broken("workflow_without_steps", 2, Code::MissingKey, ">>>main:\n  params: [input]\n"),
        broken(
            "steps_that_are_a_mapping",
            2,
            Code::InvalidStructure,
            "main:\n  steps:\n    >>>done:\n      return: 1\n",
        ),
    ]
}
