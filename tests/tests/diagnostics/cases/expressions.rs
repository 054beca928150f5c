//! Expressions (D12, D18).

use cogwork_compiler::diagnostic::Code;

use super::{Broken, broken};

/// A workflow that returns `value`, with variables `a`, `m` and `l`.
fn returning(value: &str) -> String {
    format!(
        "
- init:
    assign:
      - a: 1
      - m: {{}}
      - l: []
- done:
    return: {value}
"
    )
}

/// The cases.
pub(crate) fn cases() -> Vec<Broken> {
    let syntax = |name, value: &str| broken(name, 12, Code::ExpressionSyntax, &returning(value));
    vec![
        syntax("unquoted_key", "${m[special>>>!key]}"),
        syntax("missing_operand", "${a +>>>}"),
        syntax("missing_operator", "${a >>>l}"),
        syntax("parenthesis_that_does_not_close", "${>>>(a + 1}"),
        syntax("bracket_of_an_index_that_does_not_close", "${l>>>[0}"),
        syntax("string_that_does_not_close", r#"'${>>>"a + 1}'"#),
        syntax("single_equals_sign", "${a >>>= 1}"),
        syntax("doubled_ampersand", "${a == 1 >>>&& a == 2}"),
        syntax("chained_comparison", "${0 < a >>>< 5}"),
        syntax("mixed_case_operator", "${a == 1 >>>And a == 2}"),
        syntax("null_in_capitals", "${a == >>>NULL}"),
        syntax("map_literal", r#"'${>>>{"k": a}}'"#),
        syntax("nested_expression", "${a + >>>${a}}"),
        syntax("empty_expression", ">>>${}"),
        syntax("comment_inside_of_an_expression", r#">>>${"a #" + a}"#),
        syntax("unknown_escape", r#"'${"a>>>\d"}'"#),
        syntax("unknown_escape_in_double_quotes", r#""${\"a>>>\\d\"}""#),
        syntax("error_on_a_later_line", "|-\n      ${a +\n        2 *\n        >>>* 3}"),
        broken("text_before_an_expression", 12, Code::NotAnExpression, &returning("Hello >>>${a}!")),
        broken("text_behind_an_expression", 12, Code::NotAnExpression, &returning("${a}>>> items")),
        broken(
            "integer_literal_out_of_range",
            12,
            Code::NumberOutOfRange,
            &returning("${a + >>>9223372036854775808}"),
        ),
        broken(
            "http_call_in_an_expression",
            18,
            Code::BlockingCall,
            &returning(r#"'${>>>http.get("https://example.com").body}'"#),
        ),
        broken("sleep_in_an_expression", 18, Code::BlockingCall, &returning("${a + >>>sys.sleep(1)}")),
        broken(
            "broken_assignment_target",
            12,
            Code::ExpressionSyntax,
            "
- init:
    assign:
      - l: [1]
      - l>>>[0: 2
",
        ),
        broken(
            "expression_as_assignment_target",
            12,
            Code::ExpressionSyntax,
            "
- init:
    assign:
      - >>>${name}: 2
",
        ),
    ]
}
